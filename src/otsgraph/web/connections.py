"""One client's connection: gives up on a request whose header does not come, and answers at once what is ready."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from otsgraph.web.ready import ReadyAnswers

HEADER_TIME_LIMIT = 10.0
"""The header of a request, or the first one's first byte, may take so long to come [s]."""


class _Answered:
    """What stands in the place of a request's cycle when it has been answered already."""

    response_complete = True
    disconnected = False

    def __init__(self) -> None:
        self.message_event = asyncio.Event()


class Connection(HttpToolsProtocol):
    """uvicorn's connection with a time limit for headers, and without a task for what is ready to be sent."""

    def __init__(self, *, ready: ReadyAnswers, header_time_limit: float = HEADER_TIME_LIMIT, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._ready = ready
        self._header_time_limit = header_time_limit
        self._header_timer: asyncio.TimerHandle | None = None
        self._header_under_way = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch_header()

    def connection_lost(self, exc: Exception | None) -> None:
        self._header_under_way = False
        self._watch_header()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch_header()

    def on_message_begin(self) -> None:
        self._header_under_way = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._header_under_way = False
        if not self._send_ready():
            super().on_headers_complete()

    def _watch_header(self) -> None:
        """Starts the timer when a header is under way, and stops it when it is not."""
        if self._header_under_way and self._header_timer is None:
            self._header_timer = self.loop.call_later(self._header_time_limit, self.transport.close)
        elif not self._header_under_way and self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _send_ready(self) -> bool:
        """Sends the response to the request whose header is complete, if it is ready; whether it was."""
        is_busy = self.cycle is not None and not self.cycle.response_complete
        if is_busy or self.parser.get_method() != b"GET" or not self.parser.should_keep_alive():
            return False
        found = self._ready.find(self.url, self.headers)
        if found is None or self.parser.get_http_version() != "1.1":
            return False
        common = b"".join([b"%s: %s\r\n" % pair for pair in self.server_state.default_headers])
        self.cycle = _Answered()  # type: ignore[assignment]
        self.transport.write(b"".join((b"HTTP/1.1 200 OK\r\n", common, *found)))
        self.on_response_complete()
        return True
