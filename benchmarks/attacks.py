"""What bad clients do to an endpoint.  Each attack ends by itself and tells which answers it got, counted.

An answer is the status of a response, or "closed" where the server ended the connection instead of answering.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TypeAlias

from benchmarks.client import Connection, connect, connected, target

Answers: TypeAlias = Counter[int | str]
Attack: TypeAlias = Callable[[str], Awaitable[Answers]]

CROSS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l"
ENDLESS = "SELECT (COUNT(*) AS ?n) {{ " + CROSS + " FILTER(?a != {number}) }}"
MEMORY_BOMB = "SELECT * {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a != {number}) }} ORDER BY ?a ?d ?g"
MILLION_ROWS = "SELECT ?p { ?s ?p ?o . ?a ?b ?c } LIMIT 1000000"
PLAIN = "ASK {{ ?s ?p ?o FILTER(?o != {number}) }}"

_numbers = itertools.count(1)


def fresh(query: str) -> str:
    """A query text that nobody has sent before."""
    return query.format(number=next(_numbers))


async def _answer_to(url: str, query: str, **parameters: str) -> int | str:
    async with connected(url) as connection:
        try:
            return (await connection.ask(query, **parameters)).status
        except (asyncio.IncompleteReadError, ConnectionError):
            return "closed"


async def _all_at_once(url: str, queries: list[str], **parameters: str) -> Answers:
    return Counter(await asyncio.gather(*(_answer_to(url, query, **parameters) for query in queries)))


async def eight_endless_queries(url: str) -> Answers:
    return await _all_at_once(url, [fresh(ENDLESS) for _ in range(8)])


async def the_same_endless_query_eight_times(url: str) -> Answers:
    return await _all_at_once(url, [fresh(ENDLESS)] * 8)


async def eight_memory_bombs(url: str) -> Answers:
    return await _all_at_once(url, [fresh(MEMORY_BOMB) for _ in range(8)])


async def growing_strings(url: str) -> Answers:
    doubling = "".join(f"BIND(CONCAT(?s{n}, ?s{n}) AS ?s{n + 1}) " for n in range(40))
    return await _all_at_once(url, ['SELECT ?s40 { BIND("otsgraph" AS ?s0) ' + doubling + "}"] * 2)


async def results_that_are_too_large(url: str) -> Answers:
    return await _all_at_once(url, ["SELECT * { ?a ?b ?c . ?d ?e ?f }", "SELECT (1 AS ?x) { ?a ?b ?c . ?d ?e ?f }"])


async def deep_nesting(url: str) -> Answers:
    deep = 10_000
    queries = [
        "ASK " + "{" * deep + "}" * deep,
        "ASK { FILTER(" + "(" * deep + "1" + ")" * deep + ") }",
        "ASK { FILTER(" + "!" * deep + "true) }",
        "ASK { FILTER(" + "-" * deep + "1 = 1) }",
        "ASK { FILTER(" + "true && " * deep + "true) }",
        "ASK { ?s ?p " + "[ ?p " * deep + "1" + " ]" * deep + " }",
        "ASK { ?s ?p " + "(" * deep + ")" * deep + " }",
        "ASK { ?s " + "^" * deep + "?p ?o }",
        "ASK { ?s " + "/".join(["<http://x/p>"] * deep) + " ?o }",
        "ASK { { } " + "UNION { } " * deep + "}",
        "ASK " + "{" * deep,
    ]
    answers: Answers = Counter()
    for query in queries:
        answers[await _posted(url, query.encode())] += 1
    return answers


async def _posted(url: str, body: bytes, announced: int | None = None) -> int | str:
    """The answer to a query by POST; `announced` is the length that the header tells."""
    async with connected(url) as connection:
        length = len(body) if announced is None else announced
        connection.writer.write(
            b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n"
            b"Content-Length: %d\r\n\r\n" % length + body
        )
        try:
            return (await connection.receive()).status
        except (asyncio.IncompleteReadError, ConnectionError):
            return "closed"


async def a_body_of_100_mb(url: str) -> Answers:
    """One that says how long it is, and one that does not (RFC 9112 §7.1)."""
    async with connected(url) as connection:
        connection.writer.write(
            b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        answering = asyncio.ensure_future(connection.receive())
        chunk = b"10000\r\n" + b" " * 2**16 + b"\r\n"
        for _ in range(100_000_000 // 2**16):
            connection.writer.write(chunk)
            await asyncio.wait([answering], timeout=0)
            if answering.done() or connection.writer.transport.is_closing():
                break
            await asyncio.sleep(0)
        unannounced = await _status_or_closed(answering)
    return Counter([await _posted(url, b"ASK { }", announced=100_000_000), unannounced])


async def _status_or_closed(answering: Awaitable[object]) -> int | str:
    try:
        return getattr(await answering, "status", "closed")
    except (asyncio.IncompleteReadError, ConnectionError):
        return "closed"


async def million_rows_read_slowly_and_abandoned(url: str) -> Answers:
    """Four clients each read a little of a result of a million rows, wait, read on, and go."""

    async def read_a_little() -> int:
        async with connected(url) as connection:
            connection.send(target(MILLION_ROWS), "Accept: text/csv\r\n")
            head = await connection.reader.readuntil(b"\r\n\r\n")
            for _ in range(10):
                await connection.reader.read(2**12)
                await asyncio.sleep(0.1)
            return int(head.split()[1])

    return Counter(await asyncio.gather(*(read_a_little() for _ in range(4))))


async def five_hundred_idle_connections(url: str) -> Answers:
    """Half of them say nothing, half begin a request; all are there while a plain query is asked."""
    connections = [await connect(url) for _ in range(500)]
    for connection in connections[::2]:
        connection.writer.write(b"GET /sparql?query=")
    answers = Counter([await _answer_to(url, fresh(PLAIN))])
    for connection in connections:
        connection.drop()
    return answers


async def more_connections_than_there_may_be(url: str) -> Answers:
    """1,500 idle connections, and a plain query beside them."""
    connections = [await connect(url) for _ in range(1_500)]
    answers = Counter([await _answer_to(url, fresh(PLAIN))])
    for connection in connections:
        connection.drop()
    return answers


async def a_flood_of_slow_queries(url: str) -> Answers:
    return await _all_at_once(url, [fresh(ENDLESS) for _ in range(200)], timeout="2")


async def a_flood_of_quick_queries(url: str) -> Answers:
    return await _all_at_once(url, [fresh(PLAIN) for _ in range(400)])


async def clients_that_hang_up(url: str) -> Answers:
    """64 endless queries whose clients are gone a moment later, and 64 half requests."""
    connections = [await connect(url) for _ in range(128)]
    for connection in connections[::2]:
        connection.send(target(fresh(ENDLESS)))
    for connection in connections[1::2]:
        connection.writer.write(b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nASK")
    await asyncio.sleep(0.3)
    for connection in connections:
        connection.drop()
    return Counter()


async def requests_that_are_none(url: str) -> Answers:
    texts = [
        b"\x00" * 1_000,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /sparql?query=ASK{} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: " + b"a" * 2**20 + b"\r\n\r\n",
        b"GET /" + b"a" * 2**18 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
    answers: Answers = Counter()
    for text in texts:
        async with connected(url) as connection:
            connection.writer.write(text)
            answers[await _status_or_closed(connection.receive())] += 1
    return answers


async def many_requests_at_once_on_one_connection(url: str) -> Answers:
    """2,000 requests are sent before the first answer is read."""
    async with connected(url) as connection:
        for _ in range(2_000):
            connection.send(target(fresh(PLAIN)))
        answers: Answers = Counter()
        for _ in range(2_000):
            answers[(await connection.receive()).status] += 1
        return answers


async def forbidden_calls(url: str) -> Answers:
    return await _all_at_once(url, ["ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"] * 50)


def killing(processes: Callable[[], list[int]]) -> Attack:
    """An attack that kills processes, again and again, while queries are asked; none of them may be lost."""

    async def attack(url: str) -> Answers:
        answers: Answers = Counter()
        async with connected(url) as connection:
            for number in range(60):
                if number % 10 == 5:
                    for pid in processes():
                        # One that ends by itself meanwhile is as dead.
                        with suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)
                answers[await _asked(connection)] += 1
        return answers

    return attack


async def _asked(connection: Connection) -> int | str:
    return (await connection.ask(fresh(PLAIN))).status


ATTACKS: Mapping[str, Attack] = {
    attack.__name__.replace("_", " "): attack
    for attack in (
        eight_endless_queries,
        the_same_endless_query_eight_times,
        eight_memory_bombs,
        growing_strings,
        results_that_are_too_large,
        deep_nesting,
        a_body_of_100_mb,
        million_rows_read_slowly_and_abandoned,
        five_hundred_idle_connections,
        more_connections_than_there_may_be,
        a_flood_of_slow_queries,
        a_flood_of_quick_queries,
        clients_that_hang_up,
        requests_that_are_none,
        many_requests_at_once_on_one_connection,
        forbidden_calls,
    )
}
