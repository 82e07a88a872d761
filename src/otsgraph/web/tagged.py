"""Responses with an entity tag that is made from their bodies, compressed where a client takes that.

Source: RFC 9110 §8.8.3 (ETag), §12.5.3 (Accept-Encoding), §13.1.2 (If-None-Match).
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from otsgraph.quoting import as_utf8
from otsgraph.sparql.protocol import digest
from otsgraph.web.headers import REVALIDATED, accepts_gzip, header, is_current

SMALLEST_COMPRESSED = 1_400
"""Bytes of a body that is sent in one packet anyway, and not compressed."""

_OF_304 = ("cache-control", "etag", "link", "vary")


class TaggedResponse(Response):
    """A response with its entity tag, unless it failed or is not to be kept.

    To a client that has it already it is status 304 without a body.  It may be sent many times; its compressed form is
    made once.
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
        """Bytes that it holds in memory."""
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
    """A value as JSON, of which caches ask each time whether it is current."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return TaggedResponse(body, headers={"Cache-Control": REVALIDATED, **headers}, media_type=media_type)
