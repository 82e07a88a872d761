"""The application of the current dataset version, which can be replaced while requests are being answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

from otsgraph.engine.cache import Answer
from otsgraph.web.http.responses import ResponseCache

EARLY = "otsgraph.early"
"""The key of a scope for the future of an answer that was asked for before the application was called."""

_SERVED = "otsgraph.served"

Begin: TypeAlias = Callable[[Scope], "asyncio.Future[Answer] | None"]
"""Asks for the answer to a request, if that can be done without waiting; the future may be cancelled."""


def begin_nothing(scope: Scope) -> None:
    """Leaves every request to the application."""
    return


class Served:
    """An application and the requests that it is answering; `drained` is set when it has answered the last one."""

    def __init__(self, app: ASGIApp, ready: ResponseCache, begin: Begin) -> None:
        self.app = app
        self.ready = ready
        self.begin = begin
        self.requests = 0
        self.is_current = True
        self.drained = asyncio.Event()

    def finish_one(self) -> None:
        self.requests -= 1
        self.note_end()

    def note_end(self) -> None:
        if not self.requests and not self.is_current:
            self.drained.set()


class HotSwap:
    """Sends each request to the application that is current when it arrives."""

    def __init__(self, app: ASGIApp, ready: ResponseCache, begin: Begin = begin_nothing) -> None:
        self._current = Served(app, ready, begin)

    def begin(self, scope: Scope) -> asyncio.Future[Answer] | None:
        """Asks for the answer to a request, before or instead of a call of the application.

        The application finds the future in the scope.  When it is done, `end` must be called.
        """
        served = self._current
        early = served.begin(scope)
        if early is not None:
            # not kept in the scope for longer than needed: answers can be large
            scope[EARLY], scope[_SERVED] = early, served
            served.requests += 1
        return early

    def end(self, scope: Scope) -> None:
        """Notes that a request that was begun has been answered, or passed to the application."""
        scope[_SERVED].finish_one()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        served: Served = scope.get(_SERVED, self._current)
        served.requests += 1
        try:
            await served.app(scope, receive, send)
        finally:
            served.finish_one()

    def find(self, target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, bytes] | None:
        """Returns head and body of the kept response to a GET request, or None."""
        return self._current.ready.find(target, headers)

    def replace(self, app: ASGIApp, ready: ResponseCache, begin: Begin = begin_nothing) -> Served:
        """Makes another application the current one; the earlier one goes on answering its requests."""
        before, self._current = self._current, Served(app, ready, begin)
        before.is_current = False
        before.note_end()
        return before
