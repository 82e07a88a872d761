"""One client's connection: answers at once what is ready, and without a task what only has to be evaluated.

Sources: RFC 9112 §3.2 (Host), §9.3 (pipelining).
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from otsgraph.engines.caching import Answer
from otsgraph.errors import MalformedRequest, TooManyConnections
from otsgraph.web.access import is_wanted, write_ready
from otsgraph.web.answering import WHOLE, whole_answer
from otsgraph.web.bounded import MOST_WAITING, Answered, BoundedConnection
from otsgraph.web.headers import head_lines
from otsgraph.web.outbox import PIECE
from otsgraph.web.switch import Switch


class Connection(BoundedConnection):
    """A connection that leaves to the application only what needs it."""

    def __init__(self, *, switch: Switch, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._switch = switch
        self._active: RequestResponseCycle | None = None
        self._early: asyncio.Future[Answer] | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._withdraw()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        # a connection may be idle for long, and must not keep its last answer
        self._active = None
        super().on_response_complete()

    def _withdraw(self) -> None:
        """Lets whatever is being done for a client that has gone be stopped, also where it has sent more requests."""
        if self._active is not None and not self._active.response_complete:
            self._active.disconnected = True
            self._active.message_event.set()
            self._active = None
        if self._early is not None:
            self._early.cancel()

    def on_headers_complete(self) -> None:
        self.note_header()
        if self.transport.is_closing():
            self.cycle = Answered()  # type: ignore[assignment]
        elif self.is_busy:
            super().on_headers_complete()
            if len(self.pipeline) < MOST_WAITING:
                # whoever does not read does not notice either that the client hangs up
                self.flow.resume_reading()
        elif self._lacks_host():
            self.refuse(MalformedRequest("A request of HTTP/1.1 has exactly one Host header."))
        elif not self._send_ready():
            if self._are_too_many():
                self.refuse(
                    TooManyConnections(
                        "Come again in a second.", retry_after=1, limit=self.limits.connections, unit="connections"
                    )
                )
            else:
                super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._active = cycle
        extensions: dict[str, Any] = {WHOLE: self._send_whole}
        cycle.scope["extensions"] = extensions
        scope: Any = cycle.scope
        self._early = self._switch.begin(scope) if not is_wanted() else None
        if self._early is None:
            super()._start_asgi_task(cycle, app)
        else:
            self._early.add_done_callback(partial(self._end_early, cycle, app))

    def _end_early(self, cycle: RequestResponseCycle, app: ASGI3Application, early: asyncio.Future[Answer]) -> None:
        """Sends an answer without a task; what is more than that is the application's work, which finds the answer."""
        self._early = None
        failed = early.cancelled() or early.exception() is not None
        if not cycle.disconnected and (failed or not self._send_whole(*whole_answer(early.result()))):
            super()._start_asgi_task(cycle, app)
        scope: Any = cycle.scope
        self._switch.end(scope)

    def _send_whole(self, head: bytes, body: bytes) -> bool:
        """Sends a response of status 200 at once, with no more ado than it needs; whether it was sent."""
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

    @property
    def _default_head(self) -> bytes:
        return head_lines(self.server_state.default_headers)

    def _lacks_host(self) -> bool:
        hosts = sum(name == b"host" for name, _ in self.headers)
        return hosts != 1 and self.parser.get_http_version() == "1.1"

    def _are_too_many(self) -> bool:
        return max(len(self.connections), len(self.tasks)) > self.limits.connections

    def _send_ready(self) -> bool:
        """Sends the response to the request whose header is complete, if it is ready; whether it was."""
        if self.flow.write_paused or self.parser.get_method() != b"GET" or not self.parser.should_keep_alive():
            return False
        found = self._switch.find(self.url, self.headers)
        if found is None or self.parser.get_http_version() != "1.1":
            return False
        self.cycle = Answered()  # type: ignore[assignment]
        self.transport.write(b"".join((b"HTTP/1.1 200 OK\r\n", self._default_head, *found)))
        self.counters.responses[200] += 1
        self.counters.cached += 1
        write_ready(self.client[0] if self.client else "", self.url, len(found[1]))
        self.on_response_complete()
        return True
