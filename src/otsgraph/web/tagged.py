"""Responses with an entity tag that is made from their bodies.  Source: RFC 9110 §8.8.3, §13.1.2."""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from otsgraph.operation import digest
from otsgraph.web.headers import REVALIDATED, is_current

_OF_304 = ("cache-control", "etag", "vary")


class TaggedResponse(Response):
    """A response with its entity tag, unless it failed or is not to be kept.

    To a client that has it already it is status 304 without a body.
    """

    def __init__(
        self,
        content: str | bytes,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
    ) -> None:
        super().__init__(content, status_code, headers, media_type)
        if status_code == 200 and self.headers.get("cache-control") != "no-store":
            self.headers["etag"] = f'"{digest(bytes(self.body))}"'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tag = self.headers.get("etag", "").strip('"')
        if tag and is_current(scope, tag):
            kept = {name: self.headers[name] for name in _OF_304 if name in self.headers}
            await Response(status_code=304, headers=kept)(scope, receive, send)
            return
        await super().__call__(scope, receive, send)


def tagged_json(value: object, headers: Mapping[str, str], media_type: str = "application/json") -> TaggedResponse:
    """A value as JSON, of which caches ask each time whether it is current."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return TaggedResponse(body, headers={"Cache-Control": REVALIDATED, **headers}, media_type=media_type)
