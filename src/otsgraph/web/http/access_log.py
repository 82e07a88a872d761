"""The access log: one JSON object a request, with the hash of its query; the query itself at DEBUG only."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from otsgraph.engine.stats import Counters
from otsgraph.sparql.protocol import digest

log = logging.getLogger(__name__)

QUERY = "otsgraph.query"
"""The key of a scope under which the text of the query is noted that a request asks."""


class WithAccessLog:
    """Counts the answers of an application by status, and logs each of them where that is wanted."""

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
    """Whether answers are logged."""
    return log.isEnabledFor(logging.INFO)


def write(client: str, method: str, path: str, status: int, size: int, seconds: float, query: str | None) -> None:
    """Logs one answer of `size` bytes; its status is 0 if the client did not wait for it."""
    about = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "client": client,
        "method": method,
        "path": path,
        "status": status,
        "bytes": size,
        "ms": round(seconds * 1_000, 2),
    }
    log.info(json.dumps({**about, **_about_query(query)}))


def write_ready(client: str, target: bytes, size: int) -> None:
    """Logs a GET that was answered from memory."""
    if is_wanted():
        path, _, parameters = target.decode("latin-1").partition("?")
        query = unquote(parameters.partition("query=")[2].partition("&")[0].replace("+", " ")) or None
        write(client, "GET", unquote(path), 200, size, 0.0, query)


def _about_query(query: str | None) -> Mapping[str, object]:
    if query is None:
        return {}
    known = {"query_hash": digest(query.encode(errors="replace"))}
    return known | ({"query": query} if log.isEnabledFor(logging.DEBUG) else {})
