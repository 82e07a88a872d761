"""The access log: a JSON object for each request, with the hash of its query; the query itself at DEBUG only."""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime
from functools import partial
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from otsgraph.engine.base import Counters
from otsgraph.sparql.protocol import digest

log = logging.getLogger(__name__)

QUERY = "otsgraph.query"
"""The key of a scope for the text of the query that a request asks."""


class WithAccessLog:
    """Counts the responses of an application by status, and logs them if that is wanted."""

    def __init__(self, app: ASGIApp, counters: Counters) -> None:
        self._app = app
        self._responses = counters.responses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif is_wanted():
            await self._logged(scope, receive, send)
        else:
            await self._app(scope, receive, partial(self._counted, send))

    async def _counted(self, send: Send, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._responses[message["status"]] += 1
        await send(message)

    async def _logged(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status, size = time.monotonic(), 0, 0
        scope["extensions"] = {}

        async def noted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                self._responses[status] += 1
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            client = scope["client"][0] if scope.get("client") else ""
            write(client, scope["method"], scope["path"], status, size, time.monotonic() - began, scope.get(QUERY))


def is_wanted() -> bool:
    """Whether responses are logged."""
    return log.isEnabledFor(logging.INFO)


def write(client: str, method: str, path: str, status: int, size: int, seconds: float, query: str | None) -> None:
    """Logs a response of `size` bytes; its status is 0 if the client did not wait for it."""
    about: dict[str, object] = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "client": client,
        "method": method,
        "path": path,
        "status": status,
        "bytes": size,
        "ms": round(seconds * 1_000, 2),
    }
    if query is not None:
        about["query_hash"] = digest(query.encode(errors="replace"))
        if log.isEnabledFor(logging.DEBUG):
            about["query"] = query
    log.info(json.dumps(about))


def write_ready(client: str, target: bytes, size: int) -> None:
    """Logs a GET that was answered by a kept response."""
    if is_wanted():
        path, _, parameters = target.decode("latin-1").partition("?")
        query = unquote(parameters.partition("query=")[2].partition("&")[0].replace("+", " ")) or None
        write(client, "GET", unquote(path), 200, size, 0.0, query)
