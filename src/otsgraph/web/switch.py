"""The application of the current dataset version, which can be replaced while requests are being answered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from otsgraph.web.ready import ReadyAnswers


class Served:
    """An application and the requests that it is answering; `drained` is set when it has answered the last one."""

    def __init__(self, app: ASGIApp, ready: ReadyAnswers) -> None:
        self.app = app
        self.ready = ready
        self.requests = 0
        self.is_current = True
        self.drained = asyncio.Event()

    def finish_one(self) -> None:
        self.requests -= 1
        self.note_end()

    def note_end(self) -> None:
        if not self.requests and not self.is_current:
            self.drained.set()


class Switch:
    """Sends each request to the application that is current when it comes."""

    def __init__(self, app: ASGIApp, ready: ReadyAnswers) -> None:
        self._current = Served(app, ready)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        served = self._current
        served.requests += 1
        try:
            await served.app(scope, receive, send)
        finally:
            served.finish_one()

    def find(self, target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, bytes] | None:
        """Head and body of the response to a GET request that is ready to be sent."""
        return self._current.ready.find(target, headers)

    def replace(self, app: ASGIApp, ready: ReadyAnswers) -> Served:
        """Makes another application the current one; what was current is answering requests still."""
        before, self._current = self._current, Served(app, ready)
        before.is_current = False
        before.note_end()
        return before
