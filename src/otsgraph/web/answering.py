"""Waits for answers for as long as the client is there, and sends them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from otsgraph.engines.caching import Answer, CachingEngine
from otsgraph.web.headers import RAW_COMMON, REVALIDATED, RawHeaders, accepts_gzip, header, is_current
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
    body, tag, coding = answer.result.body, answer.result.digest, []
    if accepts_gzip(header(scope, b"accept-encoding")):
        packed = await engine.compressed(answer)
        if len(packed) < len(body):
            body, tag, coding = packed, f"{tag}-gzip", [(b"content-encoding", b"gzip")]
    validity = _validity(answer, tag, engine.dataset.short_version)
    if answer.repeatable and is_current(scope, tag):
        await _send(send, 304, validity, b"")
        return
    media_type, length = answer.result.format.content_type.encode(), str(len(body)).encode()
    head: RawHeaders = [(b"content-type", media_type), (b"content-length", length), *coding, *validity]
    await _send(send, 200, head, b"" if scope["method"] == "HEAD" else body)
    if ready is not None and scope["method"] == "GET":
        target = scope["raw_path"] + b"?" + scope["query_string"]
        ready.remember(target, scope["headers"], answer, [*head, *RAW_COMMON], body)


def _validity(answer: Answer, tag: str, dataset: str) -> RawHeaders:
    """What 200 and 304 say alike: which answer it is, of which dataset version, and for how long (RFC 9110 §15.4.5)."""
    kept = [(b"etag", f'"{tag}"'.encode()), (b"cache-control", REVALIDATED.encode())]
    return [
        *(kept if answer.repeatable else [(b"cache-control", b"no-store")]),
        *([(b"otsgraph-hint", answer.result.hint.encode())] if answer.result.hint else []),
        (b"otsgraph-dataset", dataset.encode()),
        (b"vary", b"Accept, Accept-Encoding"),
    ]


async def _send(send: Send, status: int, headers: RawHeaders, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *RAW_COMMON]})
    await send({"type": "http.response.body", "body": body})
