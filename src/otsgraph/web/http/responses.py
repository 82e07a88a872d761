"""Responses: sent within a budget, tagged for caches, and kept ready to be sent again.

Sources: RFC 9110 §8.8.3 (ETag), §12.5.3 (Accept-Encoding), §13.1.2 (If-None-Match).
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar
from weakref import ref

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from otsgraph.engine.cache import Answer, ByteLru, CachingEngine
from otsgraph.errors import EngineBusy, size_text
from otsgraph.quoting import as_utf8
from otsgraph.sparql.protocol import digest
from otsgraph.web.http.headers import (
    REVALIDATED,
    RawHeaders,
    accepts_gzip,
    head_lines,
    head_with_common,
    header,
    is_current,
)

PIECE = 2**16
"""Bytes that a connection gets at once; a smaller body is not counted."""

LARGE = 2**22
"""Bytes above which a result is large."""


class SendBudget:
    """Counts the bodies that are being sent, each once however many clients get it; `most` bytes together.

    One half is for large results, so that clients that read those slowly leave room for others.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._senders: Counter[int] = Counter()
        self._sizes = {True: 0, False: 0}

    @property
    def size(self) -> int:
        """Bytes that are being sent."""
        return sum(self._sizes.values())

    @contextmanager
    def hold(self, body: bytes) -> Iterator[None]:
        """Counts a body while it is being sent.  Raises EngineBusy."""
        key, is_large = id(body), len(body) > LARGE
        if not self._senders[key]:
            if self._sizes[is_large] + len(body) > self._most // 2:
                del self._senders[key]
                raise EngineBusy(
                    f"Results of {self.size >> 20} MiB are being sent to other clients; the limit is"
                    f" {size_text(self._most)}.", retry_after=5, limit=self._most, unit="bytes",
                )  # fmt: skip
            self._sizes[is_large] += len(body)
        self._senders[key] += 1
        try:
            yield
        finally:
            self._senders[key] -= 1
            if not self._senders[key]:
                del self._senders[key]
                self._sizes[is_large] -= len(body)


SMALLEST_COMPRESSED = 1_400
"""Bytes of a body that fits in one packet and so is not compressed."""

_OF_304 = ("cache-control", "etag", "link", "vary")


class TaggedResponse(Response):
    """A response with its entity tag, unless it failed or must not be stored.

    A client that has it already gets status 304.  It may be sent many times; its compressed form is made once.
    """

    def __init__(
        self,
        content: str | bytes,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
    ) -> None:
        body = as_utf8(content) if isinstance(content, str) else content
        super().__init__(body, status_code, headers, media_type)
        self._tag = ""
        self._packed: bytes | None = None
        if status_code == 200 and self.headers.get("cache-control") != "no-store":
            self._tag = digest(bytes(self.body))
            self.headers["etag"] = f'"{self._tag}"'
            if len(self.body) >= SMALLEST_COMPRESSED:
                self.headers.add_vary_header("Accept-Encoding")

    @property
    def size(self) -> int:
        """Bytes that it takes in memory."""
        return len(self.body) + len(self._packed or b"")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: Response = self
        may_pack = bool(self._tag) and len(self.body) >= SMALLEST_COMPRESSED
        if may_pack and accepts_gzip(header(scope, b"accept-encoding")):
            answer = await self._compressed()
        if self._tag and is_current(scope, answer.headers["etag"].strip('"')):
            kept = {name: answer.headers[name] for name in _OF_304 if name in answer.headers}
            answer = Response(status_code=304, headers=kept)
        await (super().__call__ if answer is self else answer)(scope, receive, send)

    async def _compressed(self) -> Response:
        if self._packed is None:
            self._packed = await asyncio.to_thread(gzip.compress, bytes(self.body), 6, mtime=0)
        headers = {**self.headers, "etag": f'"{self._tag}-gzip"', "content-encoding": "gzip"}
        headers["content-length"] = str(len(self._packed))
        return Response(self._packed, self.status_code, headers)


def tagged_json(value: object, headers: Mapping[str, str], media_type: str = "application/json") -> TaggedResponse:
    """Returns a value as JSON, which caches revalidate each time."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return TaggedResponse(body, headers={"Cache-Control": REVALIDATED, **headers}, media_type=media_type)


class PageCache:
    """The last pages, within a budget of bytes.

    Several clients may ask for a page before it is kept; it is then made several times.  What costs most, the answers
    of the engine, is asked for once.
    """

    def __init__(self, budget: int = 2**24) -> None:
        self._pages: ByteLru[Hashable, TaggedResponse] = ByteLru(budget)

    def find(self, key: Hashable) -> TaggedResponse | None:
        """Returns the page that is kept under a key: its address, and whatever else it depends on."""
        return self._pages.find(key)

    def keep(self, key: Hashable, page: TaggedResponse) -> TaggedResponse:
        """Keeps a page if it may be kept and is not too large; returns it."""
        if "etag" in page.headers and key not in self._pages:
            # its compressed form is counted before it is made
            self._pages.keep(key, page, 2 * page.size)
        return page


KEEP = "otsgraph.keep"
"""The key of a scope that is there if the response may be kept: only target, headers and scheme decide what it is."""

LONGEST_ASKED = 2**13
"""Bytes of a request's target and of the headers that matter, beyond which its response is not kept."""

LARGEST_KEPT = PIECE
"""Bytes of the largest body that is sent without regard to how fast the client reads."""

_VARIES_BY = (b"accept", b"accept-encoding", b"accept-language", b"host", b"x-forwarded-proto")
_NEEDS_READING = (
    b"if-none-match",
    b"if-modified-since",
    b"range",
    b"upgrade",
    b"expect",
    b"content-length",
    b"transfer-encoding",
)

Key: TypeAlias = tuple[bytes | None, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """The response to one request.

    `head` are its own headers and the empty line after them: the status line and the date are the server's.  The body
    is `own`, or that of an answer for as long as the engine's cache keeps it, compressed if `is_packed`.
    """

    head: bytes
    own: bytes | None = None
    answer: ref[Answer] | None = None
    is_packed: bool = False

    @property
    def body(self) -> bytes | None:
        """The body, or None if the answer is no longer kept."""
        answer = self.answer() if self.answer is not None else None
        if answer is None or not answer.kept:
            return self.own
        return answer.compressed if self.is_packed else answer.result.body


class ResponseCache:
    """The last responses by request target and the headers that they depend on, within a budget of bytes."""

    def __init__(self, budget: int = 2**24) -> None:
        self._kept: ByteLru[Key, Kept] = ByteLru(budget)

    def keep_answer(
        self, target: bytes, headers: Iterable[tuple[bytes, bytes]], answer: Answer, head: bytes, body: bytes
    ) -> None:
        """Keeps what was sent to a GET request, if the engine's cache keeps the answer; the body stays there."""
        if answer.kept and len(body) <= LARGEST_KEPT:
            self._keep(target, headers, Kept(head, None, ref(answer), is_packed=body is answer.compressed))

    def keep_page(self, scope: Scope, own: RawHeaders, body: bytes) -> None:
        """Keeps a response of status 200 to a GET request, if its headers `own` allow it.

        A client that is no trusted proxy may say another scheme than the one the page was made for: then the page is
        not what a trusted one gets, and is not kept.
        """
        about = dict(own)
        may_be_kept = b"etag" in about and b"no-store" not in about.get(b"cache-control", b"")
        said = header(scope, b"x-forwarded-proto")
        if may_be_kept and len(body) <= LARGEST_KEPT and said in (None, scope["scheme"]):
            self._keep(target_of(scope), scope["headers"], Kept(head_lines(own) + b"\r\n", body))

    def find(self, target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, bytes] | None:
        """Returns head and body of the response to a GET request, or None if it is not kept."""
        key = _key(target, headers)
        found = self._kept.find(key) if key is not None else None
        if key is None or found is None:
            return None
        body = found.body
        if body is None:
            self._kept.drop(key)
            return None
        return found.head, body

    def _keep(self, target: bytes, headers: Iterable[tuple[bytes, bytes]], kept: Kept) -> None:
        key = _key(target, headers)
        asked = sum(len(part or b"") for part in key or ())
        if key is not None and asked <= LONGEST_ASKED:
            self._kept.keep(key, kept, asked + len(kept.head) + len(kept.own or b"") + _OVERHEAD)


_OVERHEAD = 512
"""Bytes that a kept response is reckoned to take beside its text and that of its request."""


def _key(target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> Key | None:
    """Returns what a response depends on; None for a request that has to be read, since more of it matters."""
    varying: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _VARIES_BY:
            if name in varying:
                return None
            varying[name] = value
        elif name in _NEEDS_READING:
            return None
    return target, *map(varying.get, _VARIES_BY)


T = TypeVar("T")

WHOLE = "otsgraph.response.whole"
"""The extension of an ASGI scope that sends a whole response of status 200 at once: it takes the lines of the head with
the empty line after them, and the body, and returns whether it could (ASGI §Extensions)."""

PATIENCE = 0.02
"""Time before a client is watched for having disconnected [s]."""


class ClientGone(Exception):
    """The client has closed its connection."""


async def while_connected(future: asyncio.Future[T], receive: Receive) -> T:
    """Returns the result of a future; `receive` must have returned the whole request body already.

    Raises ClientGone, after cancelling the future, if the client disconnects first, and whatever the future raises.
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
    """Cancels a future when the client disconnects; begins to look after PATIENCE."""

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
        """Ends the watch; a circle of references would keep a large answer until garbage is collected."""
        self._timer.cancel()
        self._future = None
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None


def accept_header(request: Request) -> str | None:
    """Returns the Accept header, joined with commas if repeated, or None (RFC 9110 §5.3)."""
    return header(request.scope, b"accept")


class AnswerResponse(Response):
    """A query result as a response of Starlette, with header fields `own` if it needs them."""

    def __init__(
        self, answer: Answer, engine: CachingEngine, send_budget: SendBudget, own: RawHeaders | None = None
    ) -> None:
        super().__init__()
        self._own = own or []
        self._answer = answer
        self._engine = engine
        self._send_budget = send_budget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*self._own, *message["headers"]]}
            await send(message)

        await send_answer(self._answer, self._engine, self._send_budget, scope, send_on if self._own else send)


async def send_answer(
    answer: Answer,
    engine: CachingEngine,
    send_budget: SendBudget,
    scope: Scope,
    send: Send,
    responses: ResponseCache | None = None,
) -> None:
    """Sends a query result: compressed if the client accepts that, or 304 if it has the result already.

    `responses` keeps what was sent in answer to a GET.  Raises EngineBusy, before anything is sent, if too much is
    being sent already.
    """
    coding: RawHeaders = []
    body, tag = answer.result.body, answer.result.digest
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
        with send_budget.hold(body):
            await _send_in_pieces(send, head, body)
    elif responses is None:
        await _send(send, 200, head, body)
    else:
        lines = head_with_common(head)
        send_whole = scope.get("extensions", {}).get(WHOLE)
        if send_whole is None or not send_whole(lines, body):
            await _send(send, 200, head, body)
        responses.keep_answer(target_of(scope), scope["headers"], answer, lines, body)


def target_of(scope: Scope) -> bytes:
    """Returns the target of a request as it was sent."""
    path: bytes = scope["raw_path"]
    return path + b"?" + scope["query_string"] if scope["query_string"] else path


def whole_answer(answer: Answer) -> tuple[bytes, bytes]:
    """Returns the lines of the head, and the body, of the response of status 200 without compression."""
    body = answer.result.body
    return head_with_common([*_about_body(answer, body), *_validity(answer, answer.result.digest)]), body


def _about_body(answer: Answer, body: bytes) -> RawHeaders:
    media_type, length = answer.result.format.content_type.encode(), str(len(body)).encode()
    return [(b"content-type", media_type), (b"content-length", length)]


def _validity(answer: Answer, tag: str) -> RawHeaders:
    """Returns what 200 and 304 have in common: tag, lifetime, hint and dataset version (RFC 9110 §15.4.5)."""
    kept = [(b"etag", f'"{tag}"'.encode()), (b"cache-control", REVALIDATED.encode())]
    return [
        *(kept if answer.repeatable else [(b"cache-control", b"no-store")]),
        *([(b"otsgraph-hint", answer.result.hint.encode())] if answer.result.hint else []),
        (b"otsgraph-dataset", answer.dataset.encode()),
        (b"vary", b"Accept, Accept-Encoding"),
    ]


async def _send_in_pieces(send: Send, headers: RawHeaders, body: bytes) -> None:
    """Sends a large body as fast as its client reads, so that the connection never holds much of it."""
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    whole = memoryview(body)
    for start in range(0, len(body), PIECE):
        piece = whole[start : start + PIECE]
        await send({"type": "http.response.body", "body": piece, "more_body": start + PIECE < len(body)})


async def _send(send: Send, status: int, headers: RawHeaders, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
