"""Waits for answers for as long as the client is there, and sends them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from otsgraph.engines.caching import Answer, CachingEngine
from otsgraph.web.headers import RAW_COMMON, REVALIDATED, RawHeaders, accepts_gzip, header, matches_etag
from otsgraph.web.ready import ReadyAnswers

T = TypeVar("T")


class ClientGone(Exception):
    """The client has closed its connection; there is nobody to answer."""


async def while_connected(coroutine: Coroutine[Any, Any, T], receive: Receive) -> T:
    """What a coroutine returns; `receive` must have given the whole request body already.

    Raises ClientGone, after cancelling the coroutine, if the client hangs up first, and whatever it raises itself.
    """
    work = asyncio.create_task(coroutine)
    hung_up = asyncio.create_task(_disconnected(receive))
    try:
        await asyncio.wait([work, hung_up], return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise ClientGone
        return work.result()
    finally:
        for task in (work, hung_up):
            task.cancel()
        await asyncio.gather(work, hung_up, return_exceptions=True)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


def accept_header(request: Request) -> str | None:
    """The Accept header; several of them are one list (RFC 9110 §5.3).  None if there is none."""
    return header(request.scope, b"accept")


class AnswerResponse(Response):
    """A query result as a response of the pages' framework."""

    def __init__(self, answer: Answer, engine: CachingEngine) -> None:
        super().__init__()
        self._answer = answer
        self._engine = engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_answer(self._answer, self._engine, scope, send)


async def send_answer(
    answer: Answer, engine: CachingEngine, scope: Scope, send: Send, ready: ReadyAnswers | None = None
) -> None:
    """Sends a query result: compressed where the client takes that, or 304 where it has it already.

    `ready` is told what was sent, so that it can be sent again.
    """
    digest = answer.result.digest
    if answer.repeatable and matches_etag(header(scope, b"if-none-match"), digest):
        await _send(send, 304, [(b"etag", f'"{digest}"'.encode()), *_validity(answer)], b"")
        return
    body, tag, coding = answer.result.body, digest, []
    if accepts_gzip(header(scope, b"accept-encoding")):
        packed = await engine.compressed(answer)
        if len(packed) < len(body):
            body, tag, coding = packed, f"{digest}-gzip", [(b"content-encoding", b"gzip")]
    head: RawHeaders = [
        (b"content-type", answer.result.format.content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        *coding,
        *([(b"etag", f'"{tag}"'.encode())] if answer.repeatable else []),
        (b"otsgraph-dataset", engine.dataset.short_version.encode()),
        *_validity(answer),
    ]
    await _send(send, 200, head, b"" if scope["method"] == "HEAD" else body)
    if ready is not None and scope["method"] == "GET":
        target = scope["raw_path"] + b"?" + scope["query_string"]
        ready.remember(target, scope["headers"], answer, [*head, *RAW_COMMON], body)


def _validity(answer: Answer) -> RawHeaders:
    cache_control = REVALIDATED if answer.repeatable else "no-store"
    return [(b"cache-control", cache_control.encode()), (b"vary", b"Accept, Accept-Encoding")]


async def _send(send: Send, status: int, headers: RawHeaders, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *RAW_COMMON]})
    await send({"type": "http.response.body", "body": body})
