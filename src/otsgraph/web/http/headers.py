"""Header fields: those that every response has, and what is read from those of requests.

Sources: Fetch (CORS protocol §3.3); Content Security Policy Level 3; RFC 9110 §8.8.3 (ETag), §12.5.3
(Accept-Encoding), §13.1.2 (If-None-Match).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

RawHeaders: TypeAlias = list[tuple[bytes, bytes]]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

COMMON: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Allow, Content-Length, Content-Range, ETag, Link,"
    " Otsgraph-Dataset, Otsgraph-Hint, Retry-After",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Headers of every response: any page may read it, without credentials; no page may frame it or sniff its type."""

REVALIDATED = "public, max-age=0, must-revalidate"
"""Cache-Control of what may change with the dataset: a cache may keep it, and revalidates it each time."""

PREFLIGHT: Mapping[str, str] = {
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Authorization, Content-Language, Content-Type,"
    " If-None-Match, Range, X-Requested-With",
    "Access-Control-Max-Age": "86400",
}

RAW_COMMON: RawHeaders = [(name.lower().encode(), value.encode()) for name, value in COMMON.items()]

_UNPRINTABLE = re.compile(rb"[^\x20-\x7e]")
_NAME = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def writable(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """Returns header fields as they may be written; every response passes here.

    A byte of a value that is not printable ASCII is percent-encoded, so that no value can end its line (RFC 9110 §5.5).
    Raises ValueError if a name is not a token.
    """
    fields = []
    for name, value in headers:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of a header field")
        if _UNPRINTABLE.search(value):
            value = _UNPRINTABLE.sub(lambda match: b"%%%02X" % match[0][0], value)
        fields.append((name, value))
    return fields


def head_lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Returns header fields as lines of a message (RFC 9112 §5)."""
    return b"".join([b"%s: %s\r\n" % pair for pair in writable(headers)])


_COMMON_LINES = head_lines(RAW_COMMON)

READING = ("GET", "HEAD", "OPTIONS")
"""The methods of every address but that of the endpoint."""

_RAW_OPTIONS: RawHeaders = [
    (b"allow", ", ".join(READING).encode()),
    (b"access-control-allow-methods", ", ".join(READING).encode()),
    *((name.lower().encode(), value.encode()) for name, value in PREFLIGHT.items()),
]

_GZIP = re.compile(r"(?:^|,)\s*(gzip|x-gzip|\*)\s*(?:;\s*q\s*=\s*([0-9.]+)\s*)?(?=,|$)", re.IGNORECASE)
_WEIGHT = re.compile(r"[01](\.[0-9]{0,3})?")
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


class HeadAndOptions:
    """Answers OPTIONS and HEAD for an application that answers GET."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": _RAW_OPTIONS})
            await send({"type": "http.response.body", "body": b""})
            return
        is_head = scope["method"] == "HEAD"

        async def send_on(message: Message) -> None:
            if is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app(_as_get(scope) if is_head else scope, receive, send_on)


def _as_get(scope: Scope) -> Scope:
    """Returns a HEAD request as the corresponding GET request; only GET can ask for a range (RFC 9110 §14.2)."""
    headers = [pair for pair in scope["headers"] if pair[0] != b"range"]
    return {**scope, "method": "GET", "headers": headers}


def head_with_common(own: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Returns the lines of a response's own header fields and of the common ones, and the empty line after them."""
    return head_lines(own) + _COMMON_LINES + b"\r\n"


def with_common(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """Returns header fields with the common ones; those of the response itself take precedence."""
    own = list(headers)
    said = {name for name, _ in own}
    return [*own, *(pair for pair in RAW_COMMON if pair[0] not in said)]


def header(scope: Scope, name: bytes) -> str | None:
    """Returns a request header, joined with commas if repeated, or None (RFC 9110 §5.3)."""
    values = [value for key, value in scope["headers"] if key == name]
    return b", ".join(values).decode("latin-1") if values else None


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Whether a client accepts gzip: by name, or by `*` if it does not name gzip."""
    weights = {
        match[1].lower(): float(match[2] or 1)
        for match in _GZIP.finditer(accept_encoding or "")
        if _WEIGHT.fullmatch(match[2] or "1")
    }
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def matches_etag(if_none_match: str | None, tag: str) -> bool:
    """Whether a client has the representation that would be sent (weak comparison, RFC 9110 §8.8.3.2)."""
    if if_none_match is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return bool(tags & {"*", f'"{tag}"'})


def is_current(scope: Scope, tag: str) -> bool:
    """Whether the response is 304: the request only reads, and its client has the representation (RFC 9110 §13.1.2)."""
    return scope["method"] in ("GET", "HEAD", "QUERY") and matches_etag(header(scope, b"if-none-match"), tag)


def address_of(scope: Scope) -> str | None:
    """Returns the scheme and authority that a client used, such as http://localhost:8000, or None if the Host header is
    invalid.  Source: RFC 9110 §7.2."""
    host = header(scope, b"host")
    if not host and scope.get("server"):
        name, port = scope["server"]
        host = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
    return f"{scope['scheme']}://{host}" if host and _HOST.fullmatch(host) else None
