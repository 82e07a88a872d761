"""Connections: headers that do not come, requests that come together, and answers that are ready to be sent."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
import socket
import weakref
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from http_testing import hello, listening, never
from otsgraph.engine.base import Counters
from otsgraph.engine.cache import Answer
from otsgraph.rdf.formats import ResultsFormat
from otsgraph.sparql.protocol import FormatChoice, QueryOperation, QueryResult
from otsgraph.web.http.connection import MOST_WAITING, SLICE
from otsgraph.web.http.contract import ConnectionLimits
from otsgraph.web.http.responses import ResponseCache
from otsgraph_testing import Server

QUERY = quote("SELECT ?o { ?s <https://w3id.org/otsgraph/ontology#ordinal> ?o }")


REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing is sent"),
        pytest.param(b"GET / HT", id="half a request line is sent"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nAccept:", id="half a header is sent"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHo", id="half a second header is sent"),
    ],
)
async def test_a_connection_is_closed_where_a_header_does_not_come(sent: bytes) -> None:
    async with listening(limits=ConnectionLimits(header_time=0.2)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        async with asyncio.timeout(2):
            received = await reader.read()
        assert received.count(b"hello") == sent.count(b"\r\n\r\n")
        writer.close()


@pytest.mark.anyio
async def test_a_header_that_comes_slowly_but_in_time_is_answered() -> None:
    async with listening(limits=ConnectionLimits(header_time=0.5)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for part in (b"GET / HT", b"TP/1.1\r\nHo", b"st: x\r\n\r\n"):
            writer.write(part)
            await asyncio.sleep(0.1)
        async with asyncio.timeout(2):
            assert b"hello" in await reader.readuntil(b"hello")
        writer.close()


async def read_body(scope: Scope, receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] != "http.disconnect" and message.get("more_body"):
        continue
    if message["type"] != "http.disconnect":
        await hello(scope, receive, send)


@pytest.mark.anyio
async def test_a_connection_is_closed_where_a_body_does_not_come() -> None:
    async with listening(read_body, ConnectionLimits(header_time=5, body_time=0.2)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
        async with asyncio.timeout(2):
            assert await reader.read() == b""
        writer.close()


@pytest.mark.anyio
async def test_an_endless_header_is_refused() -> None:
    async with listening(limits=ConnectionLimits(header_time=5)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n")
        await writer.drain()
        for _ in range(5):
            await asyncio.sleep(0.05)
            writer.write(b"a: b\r\n" * 2_500)
        async with asyncio.timeout(2):
            received = await reader.readuntil(b"\r\n\r\n")
        assert received.startswith(b"HTTP/1.1 431 ")
        assert b"content-security-policy: " in received
        writer.close()


@pytest.mark.anyio
@pytest.mark.parametrize("length", [66_000, 200_000])
async def test_an_address_that_is_too_long_is_told_what_to_do(length: int) -> None:
    async with listening(limits=ConnectionLimits(header_time=5)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /sparql?query=" + b"x" * length + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(2):
            received = await reader.readuntil(b"}")
        assert received.startswith(b"HTTP/1.1 414 ")
        assert b"by POST" in received
        writer.close()


@pytest.mark.anyio
@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="without Host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", id="with two Hosts"),
        pytest.param(b"nonsense\r\n\r\n", id="that is none"),
    ],
)
async def test_a_request_that_is_not_of_http_is_told_so_like_any_other(head: bytes) -> None:
    async with listening(limits=ConnectionLimits(header_time=5)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        async with asyncio.timeout(2):
            received = await reader.read()
        assert received.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert b"content-type: application/problem+json\r\n" in received
        assert b"hello" not in received
        writer.close()


@pytest.mark.anyio
async def test_one_connection_too_many_is_told_to_come_again_where_all_are_busy() -> None:
    async with listening(never, ConnectionLimits(header_time=5, connections=1)) as port:
        _, busy = await asyncio.open_connection("127.0.0.1", port)
        busy.write(REQUEST)
        await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        async with asyncio.timeout(2):
            received = await reader.read()
        assert received.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert b"retry-after: 1\r\n" in received
        assert b"content-security-policy: " in received
        for each in (busy, writer):
            each.close()


@pytest.mark.anyio
async def test_one_connection_too_many_ends_the_one_that_has_been_idle_for_longest() -> None:
    async with listening(limits=ConnectionLimits(header_time=5, connections=2)) as port:
        first, second, third = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        async with asyncio.timeout(2):
            assert await first[0].read() == b""
            for reader, writer in (second, third):
                writer.write(REQUEST)
                assert b"hello" in await reader.readuntil(b"hello")
        for _, writer in (first, second, third):
            writer.close()


@pytest.mark.anyio
async def test_one_connection_too_many_ends_one_whose_body_does_not_come() -> None:
    async with listening(read_body, ConnectionLimits(header_time=5, connections=1)) as port:
        waiting, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
        await asyncio.sleep(0.05)
        reader, other = await asyncio.open_connection("127.0.0.1", port)
        other.write(REQUEST)
        async with asyncio.timeout(2):
            assert b"hello" in await reader.readuntil(b"hello")
            assert await waiting.read() == b""
        for each in (writer, other):
            each.close()


@pytest.mark.anyio
async def test_only_so_many_requests_wait_behind_one_that_is_being_answered() -> None:
    started = 0

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal started
        started += 1
        await asyncio.sleep(0.3 if started == 1 else 0)
        await hello(scope, receive, send)

    async with listening(slow, ConnectionLimits(header_time=5)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST * 5_000)
        await asyncio.sleep(0.2)
        cycles = sum(isinstance(thing, RequestResponseCycle) for thing in gc.get_objects())
        assert cycles < MOST_WAITING + SLICE // len(REQUEST) + 5
        received = 0
        async with asyncio.timeout(20):
            while received < 5_000:
                received += (await reader.readuntil(b"hello")).count(b"hello")
        writer.close()


async def say_much(scope: Scope, receive: Receive, send: Send) -> None:
    number, piece = 400, b"x" * 2**16
    length = str(number * len(piece)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    for left in reversed(range(number)):
        await send({"type": "http.response.body", "body": piece, "more_body": left > 0})


@pytest.mark.anyio
async def test_a_client_that_stops_reading_is_not_waited_for() -> None:
    counters = Counters()
    async with listening(say_much, ConnectionLimits(header_time=5, send_time=0.3), counters=counters) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        async with asyncio.timeout(5):
            while not counters.cut["not-read"]:
                await asyncio.sleep(0.05)
            with contextlib.suppress(ConnectionError):
                assert len(await reader.read()) < 400 * 2**16
        writer.close()


@pytest.mark.anyio
async def test_a_client_that_reads_slowly_but_steadily_gets_everything() -> None:
    async with listening(say_much, ConnectionLimits(header_time=5, send_time=0.5)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        received = 0
        async with asyncio.timeout(20):
            while received < 400 * 2**16:
                received += len(await reader.read(2**20))
                await asyncio.sleep(0.02)
        writer.close()


@pytest.mark.anyio
def test_who_does_not_read_is_not_written_to_for_ever(server: Server) -> None:
    ready = request(target="/sparql?query=" + quote("SELECT * { ?s ?p ?o } LIMIT 100"))
    for _ in range(3):
        size = len(exchange(server, ready)[0])
    address = ("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
    before = resident(server)
    with socket.create_connection(address, timeout=1) as connection:
        number = 100_000_000 // size
        with contextlib.suppress(TimeoutError):
            connection.sendall(ready * number)
        assert resident(server) - before < 50_000_000


def resident(server: Server) -> int:
    """Bytes of memory that the server process has."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024  # type: ignore[index]


def exchange(server: Server, sent: bytes, number: int = 1) -> list[bytes]:
    """The responses to requests that are sent together on one connection, without their dates."""
    address = ("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
    with socket.create_connection(address, timeout=5) as connection, connection.makefile("rb") as stream:
        connection.sendall(sent)
        return [_response(stream) for _ in range(number)]


def _response(stream: BinaryIO) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += stream.readline()
    length = re.search(rb"content-length: (\d+)", head)
    assert length is not None
    return re.sub(rb"date: .*\r\n", b"", head) + stream.read(int(length[1]))


def request(headers: str = "", method: str = "GET", target: str = f"/sparql?query={QUERY}") -> bytes:
    return f"{method} {target} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode()


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param("", id="without wishes"),
        pytest.param("Accept: text/csv\r\n", id="for a format"),
        pytest.param("Accept: application/sparql-results+xml\r\nAccept-Encoding: gzip\r\n", id="for a coding"),
    ],
)
def test_an_answer_that_is_ready_is_the_same_to_the_letter(server: Server, headers: str) -> None:
    answers = [exchange(server, request(headers))[0] for _ in range(4)]
    assert len(set(answers)) == 1
    assert answers[0].startswith(b"HTTP/1.1 200 OK\r\n")


def test_what_is_ready_for_one_is_not_sent_to_another(server: Server) -> None:
    wishes = ["", "Accept: text/csv\r\n", "Accept: text/csv\r\nAccept-Encoding: gzip\r\n", "Accept: text/html\r\n"]
    for _ in range(3):
        types = [re.search(rb"content-type: ([^;\r]+)", exchange(server, request(w))[0]) for w in wishes]
        assert [t and t[1] for t in types] == [
            b"application/sparql-results+json",
            b"text/csv",
            b"text/csv",
            b"text/html",
        ]


def test_a_client_that_has_the_answer_is_told_so_though_it_is_ready(server: Server) -> None:
    whole = [exchange(server, request())[0] for _ in range(3)][-1]
    tag = re.search(rb'etag: ("[^"]+")', whole)
    assert tag is not None
    sent = request(f"If-None-Match: {tag[1].decode()}\r\nConnection: close\r\n")
    address = ("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
    with socket.create_connection(address, timeout=5) as connection, connection.makefile("rb") as stream:
        connection.sendall(sent)
        assert stream.read().startswith(b"HTTP/1.1 304 ")


def test_requests_that_come_together_are_answered_in_their_order(server: Server) -> None:
    slow = request(
        target="/sparql?query=" + quote("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . { SELECT * { ?d ?e ?f } LIMIT 500 } }")
    )
    for _ in range(2):
        exchange(server, request())
    first, second, third, fourth = exchange(server, request() + slow + request() + request("Accept: text/csv\r\n"), 4)
    assert first == third
    assert b'"n"' in second
    assert b"text/csv" in fourth


def test_head_is_not_answered_with_a_body_that_is_ready(server: Server) -> None:
    for _ in range(3):
        exchange(server, request())
    address = ("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
    with socket.create_connection(address, timeout=5) as connection, connection.makefile("rb") as stream:
        connection.sendall(request("Connection: close\r\n", method="HEAD"))
        assert stream.read().endswith(b"\r\n\r\n")


def kept_answer() -> Answer:
    return Answer(
        QueryOperation("ASK { }"),
        FormatChoice(),
        QueryResult(ResultsFormat.JSON, b"{}", "0" * 16),
        "0" * 16,
        repeatable=True,
        kept=True,
    )


def test_a_response_is_kept_for_as_long_as_its_answer() -> None:
    responses, answer = ResponseCache(), kept_answer()
    responses.keep_answer(b"/sparql?query=x", [], answer, b"a: b\r\n\r\n", b"{}")
    found = responses.find(b"/sparql?query=x", [(b"user-agent", b"other")])
    assert found == (b"a: b\r\n\r\n", b"{}")
    answer.kept = False
    assert responses.find(b"/sparql?query=x", []) is None


def test_a_kept_response_keeps_no_answer_alive() -> None:
    responses, answer = ResponseCache(), kept_answer()
    responses.keep_answer(b"/sparql?query=x", [], answer, b"", answer.result.body)
    alive = weakref.ref(answer)
    del answer
    assert alive() is None
    assert responses.find(b"/sparql?query=x", []) is None


def test_kept_responses_take_only_so_many_bytes() -> None:
    responses, answer = ResponseCache(budget=100_000), kept_answer()
    for number in range(1_000):
        responses.keep_answer(b"/sparql?%d" % number, [], answer, b"", b"{}")
    known = [number for number in range(1_000) if responses.find(b"/sparql?%d" % number, []) is not None]
    assert known == [*range(known[0], 1_000)]
    assert 100 < len(known) < 200
