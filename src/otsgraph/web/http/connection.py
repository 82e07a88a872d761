"""A client's connection: uvicorn's protocol, with limits, and with kept responses that are sent at once.

uvicorn reads requests, keeps connections alive and controls the flow.  What is relied on inside it is listed in
`contract`.

Sources: RFC 9112 (HTTP/1.1) §2.3, §3.2, §6, §9; RFC 9110 §6.5.1 (trailers), §7.8 (Upgrade); RFC 6585 §5 (431).
"""

from __future__ import annotations

import asyncio
import http
import logging
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from otsgraph.engine.base import Counters
from otsgraph.engine.cache import Answer
from otsgraph.errors import (
    AddressTooLong,
    HeaderTooLarge,
    MalformedRequest,
    MethodNotAllowed,
    RequestError,
    TooManyConnections,
    TransferCodingUnknown,
    VersionNotSupported,
    size_text,
)
from otsgraph.sparql.protocol import METHODS
from otsgraph.web.http.access_log import is_wanted, write, write_ready
from otsgraph.web.http.contract import ClientOf, ConnectionLimits
from otsgraph.web.http.headers import head_lines, with_common
from otsgraph.web.http.problems import problem
from otsgraph.web.http.reload import HotSwap
from otsgraph.web.http.responses import PIECE, WHOLE, whole_answer

LARGEST_HEADER = 2**16
"""Bytes that may come without completing a header, a part of a body, or the trailers after it."""

MOST_FIELDS = 200
"""Maximum number of fields in a header.  A field of four bytes takes 140 in memory."""

LONGEST_ADDRESS = 2**16
"""Maximum size of a request target [bytes]; the HTTP parser accepts no more."""

MOST_WAITING = 16
"""Number of requests that may wait for the one that is being answered before reading pauses."""

SLICE = 2**10
"""Bytes that the parser gets at once: so few that all requests in them may wait."""

CYCLE_SIZE, FIELD_SIZE = 2**12, 150
"""Bytes that a waiting request takes besides what was sent: by itself, and for each field of its header."""

LINGER = 1.0
"""Time between the last byte that is sent to a client that is still sending, and closing [s]."""

_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
"""uri-host [":" port] (RFC 9110 §7.2)."""

_ABSOLUTE = re.compile(rb"https?://([^/?#@]*)", re.IGNORECASE)

log = logging.getLogger(__name__)


class Answered:
    """Replaces the cycle of a request that needs none."""

    response_complete = True
    disconnected = False

    def __init__(self) -> None:
        self.message_event = asyncio.Event()


class ReadFlow(FlowControl):
    """uvicorn's flow control, except that it resumes reading only while the connection may read.

    uvicorn resumes whenever an application waits for its request, even if the bytes that made it pause belong to a
    later request on the connection: that request could then fill the memory.
    """

    def __init__(self, transport: asyncio.Transport, resumes: Callable[[], bool]) -> None:
        super().__init__(transport)
        self.resumes = resumes

    def resume_reading(self) -> None:
        if self.read_paused and self.resumes():
            super().resume_reading()


class Connection(HttpToolsProtocol):
    """A connection that calls the application only for what needs it."""

    def __init__(
        self, *, switch: HotSwap, limits: ConnectionLimits, counters: Counters, client_of: ClientOf, **arguments: Any
    ) -> None:
        super().__init__(**arguments)
        self.limits = limits
        self.counters = counters
        self.flow: ReadFlow
        self._switch = switch
        self._client_of = client_of
        self._active: RequestResponseCycle | None = None
        self._early: asyncio.Future[Answer] | None = None
        self._left = memoryview(b"")
        self._ahead = 0
        self._unproductive = 0
        self._advanced = False
        self._body_size = 0
        self._unread = 0
        self._host = b""
        self._default_headers: list[tuple[bytes, bytes]] | None = None
        self._default_lines = b""
        self._header_under_way = True
        self._body_under_way = False
        self._stopped = False
        self._refusal: RequestError | None = None
        self._idle_since = 0.0
        self._header_timer: asyncio.TimerHandle | None = None
        self._body_timer: asyncio.TimerHandle | None = None
        self._send_timer: asyncio.TimerHandle | None = None

    # opening and closing

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = ReadFlow(transport, self._resumes)
        self.counters.connections += 1
        self._idle_since = self.loop.time()
        self._watch()
        if len(self.connections) > self.limits.connections:
            self._make_room()

    def _make_room(self) -> None:
        """Closes the connection that has been idle for the longest time, if there is one."""
        others = (c for c in self.connections if isinstance(c, Connection) and c is not self and c.is_idle)
        longest = min(others, key=lambda c: c._idle_since, default=None)
        if longest is not None:
            self.counters.cut["idle"] += 1
            # a client that does not read its response would keep the descriptor
            longest.transport.abort() if longest.transport.get_write_buffer_size() else longest.close()

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered."""
        return self._active is not None and not self._active.response_complete

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being done for the client: no request has come, or only a part of one."""
        return not self.transport.is_closing() and (not self.is_busy or self._body_under_way)

    def close(self) -> None:
        """Closes the connection when all has been sent, or when the client takes too long to read it."""
        self.transport.close()
        if self.transport.get_write_buffer_size():
            self.loop.call_later(self.limits.send_time, self.transport.abort)

    def timeout_keep_alive_handler(self) -> None:
        if not self.transport.is_closing():
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Drops all that the client has sent, so that its memory is free before the next garbage collection."""
        self._withdraw()
        self._stop_reading()
        self._watch()
        self.resume_writing()
        self.counters.connections -= 1
        super().connection_lost(exc)
        self.pipeline.clear()
        self.cycle = Answered()  # type: ignore[assignment]
        self.flow.resumes = lambda: False

    def _withdraw(self) -> None:
        """Stops the work on the request that is being answered."""
        if self._active is not None and not self._active.response_complete:
            self._active.disconnected = True
            self._active.message_event.set()
        self._active = None
        if self._early is not None:
            self._early.cancel()

    def _finish(self) -> None:
        """Ends the response side, and closes when the client does, or a little later.

        What comes until then is dropped, up to the limit of a body: to close while bytes are coming could take the
        response from the client (RFC 9112 §9.6).
        """
        if not self.transport.is_closing():
            self.transport.write_eof()
            self.flow.resumes = lambda: True
            self.flow.resume_reading()
            self.loop.call_later(LINGER, self.close)

    # reading, within limits

    def data_received(self, data: bytes) -> None:
        """Reads in slices, so that flow control and other clients get their turn: one read may hold 8,000 requests."""
        if self._stopped:
            self._unread += len(data)
            if self._unread > self.limits.body:
                self._cut("unread")
            return
        if self._active is None and not self._left and len(data) <= SLICE:
            self._feed(data)
            return
        self._left = memoryview(bytes(self._left) + data if self._left else data)
        self._read_on()

    def _read_on(self) -> None:
        """Reads a slice of what has come, if it may be read, and schedules the next one."""
        if self._left and self._may_read() and not self.transport.is_closing():
            piece, self._left = self._left[:SLICE], self._left[SLICE:]
            if self.is_busy and not self._reads_active_body:
                self._ahead += len(piece)
            self._feed(bytes(piece))
            if not self._left:
                self.flow.resume_reading()
            elif self._may_read():
                self.loop.call_soon(self._read_on)
        if self._left and not self.transport.is_closing():
            self.flow.pause_reading()

    def _may_read(self) -> bool:
        """Whether more may be read: at most uvicorn's mark may wait, in the body of the active request and after it."""
        return (
            not self._stopped
            and self._ahead <= HIGH_WATER_LIMIT
            and len(self.pipeline) < MOST_WAITING
            and (self._active is None or len(self._active.body) <= HIGH_WATER_LIMIT)
        )

    @property
    def _reads_active_body(self) -> bool:
        """Whether what comes is the body of the active request."""
        return self._body_under_way and not self.pipeline

    def _resumes(self) -> bool:
        """Whether reading resumes; what has been read but not parsed comes first."""
        if self._left:
            self.loop.call_soon(self._read_on)
            return False
        return self._may_read()

    def _stop_reading(self) -> None:
        """Reads no more: only what has come before is still answered."""
        self._stopped = True
        self._left = memoryview(b"")
        self._header_under_way = self._body_under_way = False
        if not self.transport.is_closing():
            self.flow.pause_reading()

    def _feed(self, data: bytes) -> None:
        """Parses bytes as uvicorn does, but refuses what is not a request of HTTP/1.1 with a reason."""
        self._unset_keepalive_if_required()
        self._advanced = False
        place: int | None = None
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            place = upgrade.args[0]
        except httptools.HttpParserError as error:
            self._refuse_unreadable(error)
        if place is not None:
            self._read_without_upgrade(data[place:])
        if self._advanced:
            self._unproductive = 0
        else:
            self._note_unproductive(len(data))
        if self._header_under_way or self._body_under_way or self._header_timer or self._body_timer:
            self._watch()

    def _note_unproductive(self, size: int) -> None:
        """Refuses what never ends; what has not begun must come in time too."""
        self._unproductive += size
        if self._stopped:
            return
        if not self._body_under_way and not self.is_busy:
            self._header_under_way = True
        if self._unproductive > LARGEST_HEADER:
            self.refuse(self._address_too_long() or _header_too_large())

    def _read_without_upgrade(self, rest: bytes) -> None:
        """Parses a request again without its Upgrade field, which a server may ignore.

        The first parser takes the body of the request, and all that follows, for bytes of the other protocol.
        """
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        head = b"".join(b"%s: %s\r\n" % field for field in self.headers if field[0] != b"upgrade")
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._feed(b"%s %s HTTP/%s\r\n%s\r\n%s" % (method, self.url, version, head, rest))

    def _refuse_unreadable(self, error: Exception) -> None:
        if self.transport.is_closing():
            return
        cause = error.__context__
        if cause is not None and not isinstance(cause, RequestError | httptools.HttpParserError):
            log.error("a request could not be read", exc_info=cause)
        malformed = MalformedRequest("This is not a request of HTTP/1.1.")
        self.refuse(cause if isinstance(cause, RequestError) else self._address_too_long() or malformed)

    def _address_too_long(self) -> AddressTooLong | None:
        if len(getattr(self, "url", b"")) < LONGEST_ADDRESS:
            return None
        most = size_text(LONGEST_ADDRESS)
        return AddressTooLong(
            f"An address may have at most {most}; send the query by POST.", limit=LONGEST_ADDRESS, unit="bytes"
        )

    def refuse(self, error: RequestError) -> None:
        """Says why no application can read a request, and closes the connection.

        Requests before it are answered first.  A request whose response has begun gets no second one.
        """
        in_body, answered = self._body_under_way, not self.is_busy
        self._stop_reading()
        if in_body and self.pipeline:
            self.pipeline.popleft()
        elif in_body and (answered or (self._active is not None and self._active.response_started)):
            self.close()
            return
        elif in_body:
            self._withdraw()
        self._refusal = error
        if not self.is_busy:
            self._send_refusal(error)

    def _send_refusal(self, error: RequestError) -> None:
        if self.transport.is_closing():
            return
        self.cycle = Answered()  # type: ignore[assignment]
        response = problem(error, html=False)
        self.counters.responses[response.status_code] += 1
        reason = http.HTTPStatus(response.status_code).phrase
        head = [*self.server_state.default_headers, *with_common(response.raw_headers), (b"connection", b"close")]
        lines = head_lines(head)
        self.transport.write(f"HTTP/1.1 {response.status_code} {reason}\r\n".encode() + lines + b"\r\n" + response.body)
        if is_wanted():
            write(self.client[0] if self.client else "", "", "", response.status_code, len(response.body), 0.0, None)
        self._finish()

    # what the parser has found

    def on_message_begin(self) -> None:
        self._advanced = self._header_under_way = True
        self._body_size = 0
        if self._header_timer or self._body_timer:
            self._stop_timers()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keeps a field of the header; drops one of the trailers, which must not be merged into the header.

        It replaces uvicorn's method: another call for each field would be slower.
        """
        if self._body_under_way:
            return
        if len(self.headers) == MOST_FIELDS:
            raise _header_too_large()
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._advanced = True
        if self.transport.is_closing():
            self.cycle = Answered()  # type: ignore[assignment]
            return
        self._check_header()
        if self.parser.should_upgrade():
            return
        if self.url[:1] != b"/" and (absolute := _ABSOLUTE.match(self.url)):
            self._use_authority(absolute)
        self._header_under_way = False
        self._idle_since = self.loop.time()
        if self._header_timer or self._body_timer:
            self._stop_timers()
        if self.is_busy:
            self._ahead += CYCLE_SIZE + FIELD_SIZE * len(self.headers)
            super().on_headers_complete()
            # a paused connection would not notice that the client disconnects
            self.flow.resume_reading()
        elif not self._send_ready():
            self._check_room()
            super().on_headers_complete()
        self._body_under_way = True

    def _use_authority(self, absolute: re.Match[bytes]) -> None:
        """Lets the target decide which host is meant, whatever the Host header says (RFC 9112 §3.2.2)."""
        path = self.url[absolute.end() :]
        self.url = path if path.startswith(b"/") else b"/" + path
        self.headers[:] = [(name, absolute[1] if name == b"host" else value) for name, value in self.headers]
        self._check_header()

    def _check_room(self) -> None:
        """Raises TooManyConnections."""
        most = self.limits.connections
        if max(len(self.connections), len(self.tasks)) <= most:
            return
        # those that were closed to make room still exist for a moment
        staying = sum(not each.transport.is_closing() for each in self.connections)
        if max(staying, len(self.tasks)) > most:
            raise TooManyConnections(
                "Too many connections; retry in one second.", retry_after=1, limit=most, unit="connections"
            )

    def _check_header(self) -> None:
        """Raises the RequestError that says why no application could answer a request."""
        version = self.parser.get_http_version()
        if version not in ("1.1", "1.0"):
            raise VersionNotSupported("This server supports HTTP/1.1 and HTTP/1.0.")
        hosts, codings = 0, []
        for name, value in self.headers:
            if name == b"host":
                hosts += 1
                if value != self._host and not _HOST.fullmatch(value):
                    raise MalformedRequest("The Host header must be a host name with an optional port.")
                self._host = value
            elif name == b"transfer-encoding":
                codings += value.lower().split(b",")
        if hosts > 1 or (not hosts and version == "1.1"):
            raise MalformedRequest("A request of HTTP/1.1 must have exactly one Host header.")
        if any(coding.strip() != b"chunked" for coding in codings):
            raise TransferCodingUnknown("The only transfer coding that this server supports is chunked.")
        if len(codings) > 1 or (codings and version == "1.0"):
            raise MalformedRequest("A body can be chunked only once, and only in HTTP/1.1.")
        if self.parser.get_method() == b"CONNECT":
            raise MethodNotAllowed("This server is not a proxy.", allow=list(METHODS))

    def on_body(self, body: bytes) -> None:
        """Stops reading a body that is larger than any application accepts."""
        self._advanced = True
        self._body_size += len(body)
        super().on_body(body)
        if self._body_size > self.limits.body + HIGH_WATER_LIMIT and not self._stopped:
            self._stop_reading()
            if not self.is_busy:
                self._finish()

    def on_message_complete(self) -> None:
        self._advanced = True
        if not self.parser.should_upgrade():
            self._body_under_way = False
            super().on_message_complete()
            # the next request must come in time even if this one ended after its response
            self._header_under_way = self.timeout_keep_alive_task is None and not self.is_busy

    # answering

    def _send_ready(self) -> bool:
        """Sends the response to the request whose header is complete, if it is ready.  Returns whether it was."""
        if self.flow.write_paused or self.parser.get_method() != b"GET" or not self.parser.should_keep_alive():
            return False
        found = self._switch.find(self.url, self.headers)
        if found is None or self.parser.get_http_version() != "1.1":
            return False
        self.cycle = Answered()  # type: ignore[assignment]
        self.transport.write(b"".join((b"HTTP/1.1 200 OK\r\n", self._default_head, *found)))
        self.counters.responses[200] += 1
        self.counters.cached += 1
        if is_wanted():
            write_ready(self._client_of(self.client[0] if self.client else "", self.headers), self.url, len(found[1]))
        self.on_response_complete()
        return True

    @property
    def _default_head(self) -> bytes:
        # uvicorn makes a new list each second, with the date
        if self.server_state.default_headers is not self._default_headers:
            self._default_headers = self.server_state.default_headers
            self._default_lines = head_lines(self._default_headers)
        return self._default_lines

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Begins to evaluate without a task if the answer only has to be sent."""
        self._active = cycle
        if not self.pipeline:
            self._ahead = 0
        extensions: dict[str, Any] = {WHOLE: self._send_whole}
        cycle.scope["extensions"] = extensions
        scope: Any = cycle.scope
        self._early = self._switch.begin(scope) if not is_wanted() else None
        if self._early is None:
            super()._start_asgi_task(cycle, app)
        else:
            self._early.add_done_callback(partial(self._end_early, cycle, app))

    def _end_early(self, cycle: RequestResponseCycle, app: Any, early: asyncio.Future[Answer]) -> None:
        """Sends an answer without a task, or else leaves it to the application."""
        self._early = None
        failed = early.cancelled() or early.exception() is not None
        if not cycle.disconnected and (failed or not self._send_whole(*whole_answer(early.result()))):
            super()._start_asgi_task(cycle, app)
        scope: Any = cycle.scope
        self._switch.end(scope)

    def _send_whole(self, head: bytes, body: bytes) -> bool:
        """Sends a response of status 200 at once.  Returns whether it was sent."""
        cycle = self._active
        if cycle is None or cycle.disconnected or not cycle.keep_alive:
            return False
        if len(body) > PIECE or self.flow.write_paused:
            return False
        self.transport.write(b"".join((b"HTTP/1.1 200 OK\r\n", self._default_head, head, body)))
        self.counters.responses[200] += 1
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        cycle.on_response()
        return True

    def on_response_complete(self) -> None:
        # an idle connection must not keep its last response
        self._active = None
        self._idle_since = self.loop.time()
        if not self.pipeline:
            self._ahead = 0
        super().on_response_complete()
        if self._stopped and not self.is_busy:
            self._send_refusal(self._refusal) if self._refusal is not None else self._finish()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._send_timer = self.loop.call_later(self.limits.send_time, self._abandon)

    def resume_writing(self) -> None:
        if self._send_timer is not None:
            self._send_timer.cancel()
            self._send_timer = None
        super().resume_writing()

    # time limits

    def _watch(self) -> None:
        """Keeps a timer running while a header or a body is coming."""
        if self._header_under_way and self._header_timer is None:
            self._header_timer = self.loop.call_later(self.limits.header_time, self._give_up_header)
        elif not self._header_under_way and self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None
        if self._body_under_way and self._body_timer is None:
            self._body_timer = self.loop.call_later(self.limits.body_time, self._give_up_body)
        elif not self._body_under_way and self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def _stop_timers(self) -> None:
        """Stops the timers: each header and each body has its own time."""
        for timer in (self._header_timer, self._body_timer):
            if timer is not None:
                timer.cancel()
        self._header_timer = self._body_timer = None

    def _give_up_header(self) -> None:
        """Closes the connection, unless an earlier request is being answered."""
        self._header_timer = None
        if self.is_busy:
            self._watch()
        else:
            self._cut("no-header")

    def _give_up_body(self) -> None:
        """Closes the connection, unless it is this side that does not read because of an earlier request."""
        self._body_timer = None
        if self.flow.read_paused:
            self._watch()
        else:
            self._cut("no-body")

    def _cut(self, reason: str) -> None:
        """Closes a connection on which nothing comes, or too much."""
        if not self.transport.is_closing():
            self.counters.cut[reason] += 1
            self.close()

    def _abandon(self) -> None:
        """Ends a connection whose client does not read; what has not been sent is lost."""
        self.counters.cut["not-read"] += 1
        self.transport.abort()


def _header_too_large() -> HeaderTooLarge:
    detail = f"A header may have at most {size_text(LARGEST_HEADER)} and {MOST_FIELDS} fields."
    return HeaderTooLarge(detail, limit=LARGEST_HEADER, unit="bytes")
