"""One client's connection: gives up on a request that does not come, and answers at once what is ready.

Sources: RFC 9112 §3.2 (Host), §9.3 (pipelining); RFC 6585 §5 (431).
"""

from __future__ import annotations

import asyncio
import http
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from otsgraph.errors import HeaderTooLarge, MalformedRequest, RequestError, TooManyConnections
from otsgraph.web.headers import with_common
from otsgraph.web.problems import problem
from otsgraph.web.ready import ReadyAnswers

HEADER_TIME_LIMIT = 10.0
"""The header of a request, or the first one's first byte, may take so long to come [s]."""

BODY_TIME_LIMIT = 30.0
"""The body of a request may take so long to come [s]."""

LARGEST_HEADER = 2**16
"""Bytes that a header may have beyond those that were received with its first one."""


class _Answered:
    """What stands in the place of a request's cycle when it has been answered already."""

    response_complete = True
    disconnected = False

    def __init__(self) -> None:
        self.message_event = asyncio.Event()


class Connection(HttpToolsProtocol):
    """uvicorn's connection with limits for headers and bodies, and without a task for what is ready to be sent."""

    def __init__(
        self,
        *,
        ready: ReadyAnswers,
        header_time_limit: float = HEADER_TIME_LIMIT,
        body_time_limit: float = BODY_TIME_LIMIT,
        **arguments: Any,
    ) -> None:
        super().__init__(**arguments)
        self._ready = ready
        self._header_time_limit = header_time_limit
        self._header_timer: asyncio.TimerHandle | None = None
        self._header_under_way = True
        self._header_begun = False
        self._header_size = 0
        self._body_time_limit = body_time_limit
        self._body_timer: asyncio.TimerHandle | None = None
        self._body_under_way = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch_header()

    def connection_lost(self, exc: Exception | None) -> None:
        self._header_under_way = self._body_under_way = False
        self._watch_header()
        self._watch_body()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._header_begun = False
        super().data_received(data)
        if self._header_under_way:
            self._header_size = 0 if self._header_begun else self._header_size + len(data)
            if self._header_size > LARGEST_HEADER and not self.transport.is_closing():
                self._refuse(HeaderTooLarge(f"A header may have {LARGEST_HEADER // 1024} KiB."))
        self._watch_header()
        self._watch_body()

    def on_message_begin(self) -> None:
        self._header_under_way = self._header_begun = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._header_under_way = False
        self._body_under_way = True
        if self.transport.is_closing():
            self.cycle = _Answered()  # type: ignore[assignment]
        elif self._is_busy():
            super().on_headers_complete()
        elif self._lacks_host():
            self._refuse(MalformedRequest("A request of HTTP/1.1 has exactly one Host header."))
        elif not self._send_ready():
            if self._are_too_many():
                self._refuse(TooManyConnections("Come again in a second.", retry_after=1))
            else:
                super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._body_under_way = False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(MalformedRequest("This is no request of HTTP/1.1."))

    def _refuse(self, error: RequestError) -> None:
        """Says what is wrong with a request that no application will see, and closes the connection.

        It only closes where an answer is under way, since this would be taken for it.
        """
        if self._is_busy():
            self.transport.close()
            return
        self.cycle = _Answered()  # type: ignore[assignment]
        response = problem(error, html=False)
        reason = http.HTTPStatus(response.status_code).phrase
        head = [*self.server_state.default_headers, *with_common(response.raw_headers), (b"connection", b"close")]
        lines = b"".join([b"%s: %s\r\n" % pair for pair in head])
        self.transport.write(f"HTTP/1.1 {response.status_code} {reason}\r\n".encode() + lines + b"\r\n" + response.body)
        self.transport.close()

    def _lacks_host(self) -> bool:
        hosts = sum(name == b"host" for name, _ in self.headers)
        return hosts != 1 and self.parser.get_http_version() == "1.1"

    def _are_too_many(self) -> bool:
        limit = self.limit_concurrency
        return limit is not None and max(len(self.connections), len(self.tasks)) >= limit

    def _is_busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _watch_body(self) -> None:
        """Starts the timer when a body is under way, and stops it when it is not."""
        if self._body_under_way and self._body_timer is None:
            self._body_timer = self.loop.call_later(self._body_time_limit, self._give_up_body)
        elif not self._body_under_way and self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def _give_up_body(self) -> None:
        """Closes, unless it is this side that does not read, since it is busy with the request before."""
        self._body_timer = None
        if self.flow.read_paused:
            self._watch_body()
        else:
            self.transport.close()

    def _watch_header(self) -> None:
        """Starts the timer when a header is under way, and stops it when it is not."""
        if self._header_under_way and self._header_timer is None:
            self._header_timer = self.loop.call_later(self._header_time_limit, self.transport.close)
        elif not self._header_under_way and self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _send_ready(self) -> bool:
        """Sends the response to the request whose header is complete, if it is ready; whether it was."""
        if self.flow.write_paused or self.parser.get_method() != b"GET" or not self.parser.should_keep_alive():
            return False
        found = self._ready.find(self.url, self.headers)
        if found is None or self.parser.get_http_version() != "1.1":
            return False
        common = b"".join([b"%s: %s\r\n" % pair for pair in self.server_state.default_headers])
        self.cycle = _Answered()  # type: ignore[assignment]
        self.transport.write(b"".join((b"HTTP/1.1 200 OK\r\n", common, *found)))
        self.on_response_complete()
        return True
