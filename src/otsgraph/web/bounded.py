"""One client's connection, with limits for all that it may keep the server waiting with.

Source: RFC 6585 §5 (431).
"""

from __future__ import annotations

import asyncio
import http
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from otsgraph.engines.counters import Counters
from otsgraph.errors import AddressTooLong, HeaderTooLarge, MalformedRequest, RequestError
from otsgraph.limits import size_text
from otsgraph.web.headers import head_lines, with_common
from otsgraph.web.problems import problem

LARGEST_HEADER = 2**16
"""Bytes that a header may have beyond those that were received with its first one."""


MOST_WAITING = 16
"""So many requests may wait behind the one that is being answered before no more are read."""

SLICE = 2**12
"""Bytes that are read at once: small requests in it may all wait."""

LONGEST_ADDRESS = 2**16
"""Bytes of a request target; the HTTP parser takes no more."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How long a client may take [s]: over a request's header (or the first one's first byte), over its body, and over
    the next 64 KiB of an answer; and how many connections may be open."""

    header_time: float = 10.0
    body_time: float = 30.0
    send_time: float = 30.0
    connections: int = 1_000


class Answered:
    """What stands in the place of a request's cycle when it has been answered already."""

    response_complete = True
    disconnected = False

    def __init__(self) -> None:
        self.message_event = asyncio.Event()


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's connection, which gives up on headers and bodies that do not come and on answers that are not read."""

    def __init__(self, *, limits: ConnectionLimits, counters: Counters, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.limits = limits
        self.counters = counters
        self._header_timer: asyncio.TimerHandle | None = None
        self._header_under_way = True
        self._header_begun = False
        self._header_size = 0
        self._body_timer: asyncio.TimerHandle | None = None
        self._body_under_way = False
        self._send_timer: asyncio.TimerHandle | None = None
        self._idle_since = 0.0
        self._unread = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.counters.connections += 1
        self._idle_since = self.loop.time()
        self._watch_header()
        if len(self.connections) > self.limits.connections:
            self._make_room()

    def _make_room(self) -> None:
        """Closes the connection that has been idle for longest; none, if all are being answered."""
        others = (c for c in self.connections if isinstance(c, BoundedConnection) and c is not self and c.is_idle)
        longest = min(others, key=lambda c: c._idle_since, default=None)
        if longest is not None:
            self.counters.cut["idle"] += 1
            self.connections.discard(longest)
            longest.close()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being done for the client: no request has come, or not all of one."""
        return not self.is_busy or self._body_under_way

    def close(self) -> None:
        """Closes the connection when what was written has been sent; at last, also if the client does not read it."""
        self.transport.close()
        if self.transport.get_write_buffer_size():
            self.loop.call_later(self.limits.send_time, self.transport.abort)

    def timeout_keep_alive_handler(self) -> None:
        if not self.transport.is_closing():
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._header_under_way = self._body_under_way = False
        self._watch_header()
        self._watch_body()
        self.resume_writing()
        self.counters.connections -= 1
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._send_timer = self.loop.call_later(self.limits.send_time, self._abandon)

    def resume_writing(self) -> None:
        if self._send_timer is not None:
            self._send_timer.cancel()
            self._send_timer = None
        super().resume_writing()

    def on_response_complete(self) -> None:
        self._idle_since = self.loop.time()
        super().on_response_complete()
        if self._unread:
            self.flow.pause_reading()
            self.loop.call_soon(self._read_on)

    def data_received(self, data: bytes) -> None:
        """Reads what has come, but not more requests than may wait: the rest is kept for later."""
        if self._unread:
            self._unread += data
        elif len(data) <= SLICE:
            self._read(data)
        else:
            self._unread = data
            self._read_on()

    def _read_on(self) -> None:
        while self._unread and len(self.pipeline) < MOST_WAITING and not self.transport.is_closing():
            data, self._unread = self._unread[:SLICE], self._unread[SLICE:]
            self._read(data)
        if self.transport.is_closing():
            return
        if self._unread:
            self.flow.pause_reading()
        elif len(self.pipeline) < MOST_WAITING:
            self.flow.resume_reading()

    def _read(self, data: bytes) -> None:
        self._header_begun = False
        super().data_received(data)
        if self._header_under_way:
            self._header_size = 0 if self._header_begun else self._header_size + len(data)
            if self._header_size > LARGEST_HEADER and not self.transport.is_closing():
                most = size_text(LARGEST_HEADER)
                too_large = HeaderTooLarge(f"A header may have {most}.", limit=LARGEST_HEADER, unit="bytes")
                self.refuse(self._address_too_long() or too_large)
        self._watch_header()
        self._watch_body()

    def on_message_begin(self) -> None:
        self._header_under_way = self._header_begun = True
        super().on_message_begin()

    def note_header(self) -> None:
        """Has to be called when a header is complete, whatever is done with it then."""
        self._header_under_way = False
        self._body_under_way = True
        self._idle_since = self.loop.time()

    def on_message_complete(self) -> None:
        self._body_under_way = False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self.refuse(self._address_too_long() or MalformedRequest("This is no request of HTTP/1.1."))

    def _address_too_long(self) -> AddressTooLong | None:
        if len(getattr(self, "url", b"")) < LONGEST_ADDRESS:
            return None
        most = size_text(LONGEST_ADDRESS)
        return AddressTooLong(
            f"An address may have {most}; send the query by POST.", limit=LONGEST_ADDRESS, unit="bytes"
        )

    def refuse(self, error: RequestError) -> None:
        """Says what is wrong with a request that no application will see, and closes the connection.

        It only closes where an answer is under way, since this would be taken for it.
        """
        if self.is_busy:
            self.close()
            return
        self.cycle = Answered()  # type: ignore[assignment]
        response = problem(error, html=False)
        self.counters.responses[response.status_code] += 1
        reason = http.HTTPStatus(response.status_code).phrase
        head = [*self.server_state.default_headers, *with_common(response.raw_headers), (b"connection", b"close")]
        lines = head_lines(head)
        self.transport.write(f"HTTP/1.1 {response.status_code} {reason}\r\n".encode() + lines + b"\r\n" + response.body)
        self.close()

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def _watch_body(self) -> None:
        """Starts the timer when a body is under way, and stops it when it is not."""
        if self._body_under_way and self._body_timer is None:
            self._body_timer = self.loop.call_later(self.limits.body_time, self._give_up_body)
        elif not self._body_under_way and self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def _give_up_body(self) -> None:
        """Closes, unless it is this side that does not read, since it is busy with the request before."""
        self._body_timer = None
        if self.flow.read_paused:
            self._watch_body()
        else:
            self._cut("no-body")

    def _cut(self, reason: str) -> None:
        """Ends a connection on which nothing comes."""
        self.counters.cut[reason] += 1
        self.close()

    def _abandon(self) -> None:
        """Ends a connection on which nothing is read; what is left to be sent is lost."""
        self.counters.cut["not-read"] += 1
        self.transport.abort()

    def _watch_header(self) -> None:
        """Starts the timer when a header is under way, and stops it when it is not."""
        if self._header_under_way and self._header_timer is None:
            self._header_timer = self.loop.call_later(self.limits.header_time, self._cut, "no-header")
        elif not self._header_under_way and self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None
