"""Requests as they should be or nearly so, and what a second reader of HTTP/1.1, h11, makes of them."""

from __future__ import annotations

from itertools import pairwise

import h11
from hypothesis import strategies as st

LINES = [
    b"GET / HTTP/1.0\r\n", b"POST / HTTP/1.0\r\n", b"GET / HTTP/0.9\r\n", b"GET / HTTP/2.0\r\n", b"GET /\r\n", b" GET / HTTP/1.1\r\n",
    b"GET / HTTP/1.1 \r\n", b"get / HTTP/1.1\r\n", b"GET / HTTP/1.1\n", b"GET /\tx HTTP/1.1\r\n", b"GET http://y/z HTTP/1.1\r\n",
    b"CONNECT x:1 HTTP/1.1\r\n", b"GET /in HTTP/1.1\r\nHost: x\r\n\r\n",
]  # fmt: skip
FIELDS = [
    b"Host: y\r\n", b"Host:\r\n", b"Accept: */*\r\n", b"Accept:*/*\r\n",
    b"Content-Length: 5\r\n", b"Content-Length: 0\r\n", b"Content-Length: 05\r\n", b"Content-Length: +5\r\n",
    b"Content-Length: 5, 5\r\n", b"Content-Length: -1\r\n", b"Content-Length: 0x5\r\n", b"Content-Length : 5\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: Chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding: xchunked\r\n", b"Transfer-Encoding:\tchunked\r\n", b"Transfer-Encoding: chunked, identity\r\n",
    b"Transfer-Encoding: identity\r\n", b"Transfer-Encoding: \x0bchunked\r\n", b"Transfer-Encoding\r\n",
    b"Connection: keep-alive\r\n", b"Connection: Upgrade\r\n", b"Upgrade: h2c\r\n", b"Connection: Upgrade\r\nUpgrade: h2c\r\n",
    b"Expect: 100-continue\r\n", b"X: a\r\n b\r\n", b" X: a\r\n", b"X: a\nContent-Length: 5\r\n", b"X: a\rY: b\r\n", b"X: \x00\r\n",
    b"X y: a\r\n", b": a\r\n", b"X: \xe9\r\n",
]  # fmt: skip
BODIES = [
    b"", b"hello", b"5;x=y\r\nhello\r\n0\r\nX: y\r\n\r\n", b"5\nhello\n0\n\n",
    b"05\r\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n", b"5 \r\nhello\r\n0\r\n\r\n", b"5\r\nhello0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n",
    b"5\r\nhello\r\n0\r\nHost: y\r\nContent-Length: 9\r\n\r\n", b"5\r\nhelloworld\r\n0\r\n\r\n", b"ffffffffffffffff1\r\nhello\r\n0\r\n\r\n",
    b"GET /in HTTP/1.1\r\nHost: x\r\n\r\n",
]  # fmt: skip

GOOD_FIELDS = [
    b"Accept: */*\r\n", b"Accept:*/*\r\n", b"Connection: keep-alive\r\n", b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n",
    b"Expect: 100-continue\r\n", b"X: \xe9\r\n",
]  # fmt: skip
CHUNKED = b"Transfer-Encoding: chunked\r\n"
GOOD_MESSAGES = [
    (b"GET", b"", b""), (b"POST", b"Content-Length: 5\r\n", b"hello"), (b"POST", CHUNKED, b"5\r\nhello\r\n0\r\n\r\n"),
    (b"GET", b"Content-Length: 5\r\n", b"hello"), (b"PUT", CHUNKED, b"2\r\nhe\r\n003;x=y\r\nllo\r\n0\r\nX: y\r\n\r\n"),
    (b"POST", b"Content-Length: 25\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n"), (b"GET", CHUNKED, b"0\r\n\r\n"),
]  # fmt: skip
"""Method, the field that says where the body ends, and the body."""


def pieces_of(data: bytes, cuts: list[int]) -> list[bytes]:
    """The data in pieces, cut at some places."""
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(places)]


@st.composite
def requests(draw: st.DrawFn, target: bytes = b"/a?b=c") -> bytes:
    """A request as it should be, or with one thing that is odd."""
    odd = draw(st.sampled_from(["nothing", "nothing", "nothing", "line", "field", "body"]))
    method, framing, body = draw(st.sampled_from(GOOD_MESSAGES))
    line = draw(st.sampled_from(LINES)) if odd == "line" else b"%s %s HTTP/1.1\r\n" % (method, target)
    fields = [b"Host: x\r\n", framing, *draw(st.lists(st.sampled_from(GOOD_FIELDS), max_size=2))]
    if odd == "field":
        fields.insert(draw(st.integers(0, len(fields))), draw(st.sampled_from(FIELDS)))
        if draw(st.booleans()):
            del fields[draw(st.integers(0, 1))]
    return line + b"".join(fields) + b"\r\n" + (draw(st.sampled_from(BODIES)) if odd == "body" else body)


def by_the_reference(data: bytes) -> tuple[list[tuple[str, str, str]], bool]:
    """The requests in the data, as method, target and body, until one that is not; and whether all were well-formed.

    Empty lines before a request are passed over, as RFC 9112 §2.2 says; h11 does not do so.
    """
    found: list[tuple[str, str, str]] = []
    while data:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=2**16)
        connection.receive_data(data.lstrip(b"\r\n"))
        try:
            request = _next_request(connection)
        except h11.RemoteProtocolError:
            return found, False
        if request is None:
            return found, True
        found.append(request)
        status = 405 if request[0] == "CONNECT" else 200
        connection.send(h11.Response(status_code=status, headers=[("Content-Length", "0")]))
        connection.send(h11.EndOfMessage())
        data = connection.trailing_data[0] if connection.our_state is h11.DONE else b""
    return found, True


def _next_request(connection: h11.Connection) -> tuple[str, str, str] | None:
    """The next whole request; None if it is not whole."""
    head, body = connection.next_event(), b""
    if not isinstance(head, h11.Request):
        return None
    while isinstance(part := connection.next_event(), h11.Data):
        body += part.data
    if not isinstance(part, h11.EndOfMessage):
        return None
    return head.method.decode(), head.target.decode("latin-1"), body.decode("latin-1")
