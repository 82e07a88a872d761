"""Where a request begins and ends, and which requests are refused before any application sees them."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from http_testing import connected, echo, echoed, hello, listening, never, pump, read_all, statuses, talk
from otsgraph.web.http.connection import LARGEST_HEADER, MOST_FIELDS
from otsgraph.web.http.contract import ConnectionLimits

pytestmark = pytest.mark.anyio

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"GET /\r\n\r\n", 505, id="a request line of HTTP/0.9"),
        pytest.param(b"GET / HTTP/0.9\r\nHost: x\r\n\r\n", 505, id="HTTP/0.9 by name"),
        pytest.param(b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505, id="HTTP/2.0"),
        pytest.param(b"POST / HTTP/2.0\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", 505, id="HTTP/2.0 with a body"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, id="the preface of HTTP/2"),
        pytest.param(b"GET / HTTP/1.2\r\nHost: x\r\n\r\n", 400, id="a version that there is not"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, id="no Host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400, id="two Hosts"),
        pytest.param(b"GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", 400, id="two Hosts in HTTP/1.0"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, id="a Host of two words"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400, id="a Host with a path"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x:y\r\n\r\n", 400, id="a Host whose port is not a number"),
        pytest.param(POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, id="gzip and chunked"),
        pytest.param(
            POST + b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501,
            id="gzip and chunked in two fields",
        ),
        pytest.param(POST + b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501, id="an unknown coding"),
        pytest.param(POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400, id="chunked twice"),
        pytest.param(POST + b"Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", 501, id="an empty coding"),
        pytest.param(POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 400, id="chunked before gzip"),
        pytest.param(
            b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, id="chunked in HTTP/1.0"
        ),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400, id="two lengths"),
        pytest.param(POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400, id="two lengths that differ"),
        pytest.param(b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 405, id="a tunnel"),
        pytest.param(b"nonsense\r\n\r\n", 400, id="nonsense"),
        pytest.param(CHUNKED + b"x\r\n", 400, id="a chunk without a size"),
        pytest.param(CHUNKED + b"1\r\nab\r\n0\r\n\r\n", 400, id="a chunk that is longer than it says"),
    ],
)  # fmt: skip
async def test_it_is_refused_alone_and_after_another_request(sent: bytes, status: int) -> None:
    async with listening(echo) as port:
        for before in (b"", GET):
            received = await talk(port, before + sent + LAST)
            assert statuses(received) == [*[200] * bool(before), status]
            refused = received[received.rindex(b"HTTP/1.1 %d " % status) :].lower()
            for line in (b"content-type: application/problem+json", b"connection: close", b"content-security-policy: "):
                assert line in refused


async def test_requests_before_one_that_is_refused_are_answered_first() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.05)
        await hello(scope, receive, send)

    async with listening(slow) as port:
        received = await talk(port, GET + GET + b"nonsense\r\n\r\n")
        assert statuses(received) == [200, 200, 400]


async def test_what_comes_after_a_refused_request_is_not_read() -> None:
    async with listening(echo) as port:
        assert statuses(await talk(port, b"GET / HTTP/2.0\r\n\r\n" + GET * 3)) == [505]


@pytest.mark.parametrize(
    "upgrade",
    [
        pytest.param(b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AA\r\n", id="to HTTP/2"),
        pytest.param(
            b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n", id="to a WebSocket"
        ),
        pytest.param(b"Upgrade: TLS/1.0\r\nConnection: upgrade\r\n", id="to TLS"),
    ],
)
@pytest.mark.parametrize(
    ("method", "body", "read"),
    [
        pytest.param(b"GET", b"\r\n", "", id="without a body"),
        pytest.param(
            b"POST",
            b"Content-Length: 29\r\n\r\nGET /body HTTP/1.1\r\nHost: x\r\n",
            "GET /body HTTP/1.1\r\nHost: x\r\n",
            id="with a body",
        ),
        pytest.param(
            b"POST", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "abc", id="with a body in chunks"
        ),
    ],
)
async def test_an_upgrade_is_ignored_and_the_next_request_answered(
    upgrade: bytes, method: bytes, body: bytes, read: str
) -> None:
    async with listening(echo) as port:
        request = method + b" /first HTTP/1.1\r\nHost: x\r\n" + upgrade + body
        for pieces in ([request + request + LAST], [request, request, LAST]):
            found = echoed(await talk(port, *pieces))
            assert [each["target"] for each in found] == ["/first", "/first", "/last"]
            assert [each["body"] for each in found] == [read, read, ""]


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Forwarded-Proto", "Host", "Accept", "If-None-Match", "X-Other"])
async def test_a_trailer_is_not_merged_into_the_header(name: str) -> None:
    async with listening(echo) as port:
        sent = CHUNKED + b"3\r\nabc\r\n0\r\n" + f"{name}: forged\r\n\r\n".encode()
        found = echoed(await talk(port, sent + LAST))
        assert [each["target"] for each in found] == ["/", "/last"]
        assert [field for each in found for field in each["headers"] if "forged" in field] == []


@pytest.mark.parametrize("name", ["Content-Length", "Transfer-Encoding"])
async def test_a_trailer_that_says_where_a_body_ends_is_refused(name: str) -> None:
    async with listening(echo) as port:
        received = await talk(port, CHUNKED + b"0\r\n" + f"{name}: 3\r\n\r\n".encode() + LAST)
        assert statuses(received) == [400]


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        pytest.param(CHUNKED + b"1\r\na\r\n0\r\n", b"x: y\r\n", id="trailers"),
        pytest.param(CHUNKED + b"1\r\na\r\n0\r\nx: ", b"y" * 100, id="one trailer"),
        pytest.param(CHUNKED + b"1\r\na\r\n0\r\n", b"y" * 100, id="the name of a trailer"),
        pytest.param(CHUNKED + b"1;x=", b"y" * 100, id="an extension of a chunk"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n", b"x: y\r\n", id="fields"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nx: ", b"y" * 100, id="one field"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n", b"y" * 100, id="the name of a field"),
        pytest.param(b"", b"\r\n" * 50, id="empty lines"),
        pytest.param(GET, b"\r\n" * 50, id="empty lines after a request"),
        pytest.param(b"", b"GET", id="a method"),
    ],
)
async def test_what_never_ends_is_refused_and_not_kept(begin: bytes, more: bytes) -> None:
    async with listening(echo, ConnectionLimits(body=2**16)) as port:
        sent, received = await pump(port, begin, more * (2**14 // len(more)), 64 * LARGEST_HEADER)
        assert sent < 64 * LARGEST_HEADER
        assert statuses(received)[-1] in (400, 431)


async def test_a_header_may_have_only_so_many_fields() -> None:
    async with listening(echo) as port:
        for number, status in ((MOST_FIELDS, 200), (MOST_FIELDS + 1, 431)):
            fields = b"a: b\r\n" * (number - 2)
            received = await talk(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + fields + b"\r\n")
            assert statuses(received) == [status]


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        pytest.param(b"Content-Length: 1572864000\r\n\r\n", b"x" * 2**14, id="of a known length"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n", b"4000\r\n" + b"x" * 2**14 + b"\r\n", id="in chunks"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 2_000, id="in small chunks"),
        pytest.param(b"\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n" + b"x" * 9_000, id="of many requests"),
        pytest.param(b"\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 150 + b"\r\n", id="of none, but long headers"),
    ],
)  # fmt: skip
async def test_a_body_that_comes_while_another_request_is_answered_is_not_taken_in(head: bytes, piece: bytes) -> None:
    async with listening(never) as port:
        sent, _ = await pump(port, GET + POST + head, piece, 64 * 2**20, seconds=1)
        assert sent < 16 * 2**20


async def test_a_body_of_which_a_part_was_held_back_is_read_whole() -> None:
    async def slow_echo(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.1)
        await echo(scope, receive, send)

    async with listening(slow_echo) as port:
        body = bytes(range(32, 127)) * 5_000
        request = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body
        found = echoed(await talk(port, GET + request + GET + request + LAST))
        assert [len(each["body"]) for each in found] == [0, len(body), 0, len(body), 0]
        assert found[1]["body"].encode() == found[3]["body"].encode() == body


@pytest.mark.parametrize(
    "head", [b"Content-Length: 1572864000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n5f5e100\r\n"]
)
async def test_a_body_that_no_application_takes_is_cut_off(head: bytes) -> None:
    async with listening(hello, ConnectionLimits(body=2**18)) as port:
        sent, received = await pump(port, POST + head, b"x" * 2**14, 64 * 2**20)
        assert statuses(received) == [200]
        assert sent < 32 * 2**20


async def slow(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(0.6)
    await hello(scope, receive, send)


async def test_each_header_has_its_own_time_though_no_piece_ends_with_one() -> None:
    async with listening(hello, ConnectionLimits(header_time=0.4)) as port:
        stream = GET * 40 + LAST
        pieces = [stream[start : start + 100] for start in range(0, len(stream), 100)]
        async with connected(port) as client:
            for piece in pieces:
                await asyncio.get_running_loop().sock_sendall(client, piece)
                await asyncio.sleep(0.05)
            assert statuses(await read_all(client)) == [200] * 41


async def test_each_body_has_its_own_time() -> None:
    async with listening(echo, ConnectionLimits(body_time=0.4)) as port:
        stream = (POST + b"Content-Length: 10\r\n\r\n" + b"x" * 10) * 20 + LAST
        pieces = [stream[start : start + 40] for start in range(0, len(stream), 40)]
        async with connected(port) as client:
            for piece in pieces:
                await asyncio.get_running_loop().sock_sendall(client, piece)
                await asyncio.sleep(0.05)
            assert statuses(await read_all(client)) == [200] * 21


async def test_half_a_request_does_not_end_the_answer_to_the_one_before() -> None:
    async with listening(slow, ConnectionLimits(header_time=0.2)) as port:
        assert statuses(await talk(port, GET + b"GET / HT")) == [200]


async def test_a_connection_on_which_nothing_more_comes_is_closed_whatever_came_after_the_answer() -> None:
    async with listening(hello, ConnectionLimits(header_time=0.3)) as port:
        received = await talk(port, POST + b"Content-Length: 5\r\n\r\nab", b"cde", seconds=3)
        assert statuses(received) == [200]


@pytest.mark.parametrize(
    ("target", "path"),
    [
        pytest.param("http://y/z?a=b", "/z?a=b", id="with a path"),
        pytest.param("http://y", "/", id="without a path"),
        pytest.param("HTTPS://y:8000?a=b", "/?a=b", id="with a query alone"),
    ],
)
async def test_an_absolute_target_says_which_host_is_meant(target: str, path: str) -> None:
    async with listening(echo) as port:
        sent = f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        (found,) = echoed(await talk(port, sent))
        assert found["target"] == path
        assert ["host", "y:8000" if "8000" in target else "y"] in found["headers"]


async def test_what_cannot_be_read_after_an_upgrade_is_no_fault_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    async with listening(echo) as port:
        upgrade = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"
        assert statuses(await talk(port, upgrade * 3 + b"!\r\n\r\n")) == [200, 200, 200, 400]
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
