"""Waits for answers for as long as the client is there, and sends them."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from otsgraph.engine.cache import Answer, CachingEngine
from otsgraph.web.headers import REVALIDATED, RawHeaders, accepts_gzip, head_with_common, header, is_current
from otsgraph.web.outbox import PIECE, Outbox
from otsgraph.web.ready import ReadyAnswers

T = TypeVar("T")

WHOLE = "otsgraph.response.whole"
"""The extension of an ASGI scope that sends a whole response of status 200 at once: it takes the lines of the head with
the empty line behind them, and the body, and says whether it could (ASGI §Extensions)."""

PATIENCE = 0.02
"""Whether a client is still there is not looked at before its answer takes longer than this [s]."""


NO_CODING: RawHeaders = []


class ClientGone(Exception):
    """The client has closed its connection; there is nobody to answer."""


async def while_connected(future: asyncio.Future[T], receive: Receive) -> T:
    """What a future brings; `receive` must have given the whole request body already.

    Raises ClientGone, after cancelling the future, if the client hangs up first, and whatever the future raises.
    """
    watch = _Watch(future, receive)
    try:
        return await future
    except asyncio.CancelledError:
        if watch.has_hung_up:
            raise ClientGone from None
        raise
    finally:
        watch.end()


class _Watch:
    """Cancels a future when the client hangs up; looks for that only after PATIENCE."""

    def __init__(self, future: asyncio.Future[Any], receive: Receive) -> None:
        self._future: asyncio.Future[Any] | None = future
        self._receive = receive
        self._watching: asyncio.Task[None] | None = None
        self._timer = future.get_loop().call_later(PATIENCE, self._begin)
        self.has_hung_up = False

    def _begin(self) -> None:
        self._watching = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue
        if self._future is not None:
            self.has_hung_up = True
            self._future.cancel()

    def end(self) -> None:
        """Ends the watch; what refers to itself in a circle would keep a large answer until garbage is collected."""
        self._timer.cancel()
        self._future = None
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None


def accept_header(request: Request) -> str | None:
    """The Accept header; several of them are one list (RFC 9110 §5.3).  None if there is none."""
    return header(request.scope, b"accept")


class AnswerResponse(Response):
    """A query result as a response of the pages' framework, with header fields of its own if it needs them."""

    def __init__(self, answer: Answer, engine: CachingEngine, outbox: Outbox, own: RawHeaders | None = None) -> None:
        super().__init__()
        self._own = own or []
        self._answer = answer
        self._engine = engine
        self._outbox = outbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*self._own, *message["headers"]]}
            await send(message)

        await send_answer(self._answer, self._engine, self._outbox, scope, send_on if self._own else send)


async def send_answer(
    answer: Answer,
    engine: CachingEngine,
    outbox: Outbox,
    scope: Scope,
    send: Send,
    ready: ReadyAnswers | None = None,
) -> None:
    """Sends a query result: compressed where the client takes that, or 304 where it has it already.

    `ready` is told what was sent in answer to a GET, so that it can be sent again.  Raises EngineBusy, before anything
    is sent, if too much is on the way already.
    """
    body, tag, coding = answer.result.body, answer.result.digest, NO_CODING
    if accepts_gzip(header(scope, b"accept-encoding")):
        packed = await engine.compressed(answer)
        if len(packed) < len(body):
            body, tag, coding = packed, f"{tag}-gzip", [(b"content-encoding", b"gzip")]
    validity = _validity(answer, tag)
    if answer.repeatable and is_current(scope, tag):
        await _send(send, 304, validity, b"")
        return
    head = [*_about_body(answer, body), *coding, *validity]
    if scope["method"] == "HEAD":
        await _send(send, 200, head, b"")
    elif len(body) > PIECE:
        with outbox.hold(body):
            await _send_in_pieces(send, head, body)
    elif ready is None:
        await _send(send, 200, head, body)
    else:
        lines = head_with_common(head)
        if not scope.get("extensions", {}).get(WHOLE, _cannot)(lines, body):
            await _send(send, 200, head, body)
        ready.remember(scope["raw_path"] + b"?" + scope["query_string"], scope["headers"], answer, lines, body)


def whole_answer(answer: Answer) -> tuple[bytes, bytes]:
    """The lines of the head, and the body, of the response of status 200 that is not compressed."""
    body = answer.result.body
    return head_with_common([*_about_body(answer, body), *_validity(answer, answer.result.digest)]), body


def _about_body(answer: Answer, body: bytes) -> RawHeaders:
    media_type, length = answer.result.format.content_type.encode(), str(len(body)).encode()
    return [(b"content-type", media_type), (b"content-length", length)]


def _cannot(head: bytes, body: bytes) -> bool:
    return False


def _validity(answer: Answer, tag: str) -> RawHeaders:
    """What 200 and 304 say alike: which answer it is, of which dataset version, and for how long (RFC 9110 §15.4.5)."""
    kept = [(b"etag", f'"{tag}"'.encode()), (b"cache-control", REVALIDATED.encode())]
    return [
        *(kept if answer.repeatable else [(b"cache-control", b"no-store")]),
        *([(b"otsgraph-hint", answer.result.hint.encode())] if answer.result.hint else []),
        (b"otsgraph-dataset", answer.dataset.encode()),
        (b"vary", b"Accept, Accept-Encoding"),
    ]


async def _send_in_pieces(send: Send, headers: RawHeaders, body: bytes) -> None:
    """A large body as fast as its client takes it, so that the connection never holds much of it."""
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    whole = memoryview(body)
    for start in range(0, len(body), PIECE):
        piece = whole[start : start + PIECE]
        await send({"type": "http.response.body", "body": piece, "more_body": start + PIECE < len(body)})


async def _send(send: Send, status: int, headers: RawHeaders, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
