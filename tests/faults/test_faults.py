"""Nothing that a client sends, leaves out or breaks off takes the endpoint away from the others.

After each fault a plain query is answered rightly within two seconds; while one goes on, others are answered too.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from benchmarks.attacks import ATTACKS, ENDLESS, MEMORY_BOMB, PLAIN, Answers, fresh, killing
from benchmarks.client import connect, connected, target

from otsgraph.process.resources import children_of
from otsgraph_testing import Server, is_running, processor_time, resident, running_server, wait_until, workers_of

pytestmark = pytest.mark.alone


TIME_TO_ANSWER = 10.0
"""A plain query has an answer within this time [s]: far more than it takes, so that a busy machine fails no test."""

MOST_TRIES = 5
"""How often a query is asked that is refused because others wait."""

STATES = """PREFIX ots: <https://w3id.org/otsgraph/ontology#>
SELECT ?s {{ <https://w3id.org/otsgraph/id/meeting/diaspora-7> ots:representedState ?s FILTER(?s != {number}) }}"""

EXPECTED: dict[str, dict[int, int]] = {
    "the same endless query eight times": {504: 8},
    "eight memory bombs": {507: 8},
    "growing strings": {507: 2},
    "results that are too large": {507: 2},
    "deep nesting": {400: 11},
    "a body of 100 mb": {413: 2},
    "million rows read slowly and abandoned": {200: 4},
    "five hundred idle connections": {200: 1},
    "more connections than there may be": {200: 1},
    "a flood of quick queries": {200: 400},
    "clients that hang up": {},
    "requests that are none": {400: 5, 414: 1, 431: 1},
    "many requests at once on one connection": {200: 2_000},
    "forbidden calls": {403: 50},
}
"""How many answers of each status an attack gets."""

OVERLOADING = {"eight endless queries": 8, "a flood of slow queries": 200}
"""Attacks of whose queries some run out of time and the others are refused, with the number of all."""


@pytest.fixture(scope="module")
def attacked() -> Iterator[Server]:
    """A server that is attacked by one test after another, and lives."""
    with (
        many_files_open(),
        running_server("--query-time-limit", "4", "--query-memory-limit", "300MiB") as server,
    ):
        yield server
        assert server.process.poll() is None


@contextmanager
def many_files_open() -> Iterator[None]:
    """Attackers need connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4_096, hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def assert_answers_a_plain_query(server: Server) -> None:
    """Six states, by a query that was never asked before."""
    query = fresh(STATES)
    response = httpx.get(f"{server.url}/sparql", params={"query": query}, timeout=TIME_TO_ANSWER)
    assert response.status_code == 200
    states = {row["s"]["value"].rpartition("/")[2] for row in response.json()["results"]["bindings"]}
    assert states == {"azerbaijan", "hungary", "kazakhstan", "kyrgyzstan", "turkiye", "uzbekistan"}


def run(attack: Callable[[str], Awaitable[Answers]], server: Server) -> Answers:
    async def bounded() -> Answers:
        async with asyncio.timeout(60):
            return await attack(server.url)

    return asyncio.run(bounded())


def test_every_attack_is_expected_to_get_some_answer() -> None:
    assert set(ATTACKS) == EXPECTED.keys() | OVERLOADING.keys()


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_answered_and_survived(attacked: Server, name: str) -> None:
    answers = run(ATTACKS[name], attacked)
    if name in OVERLOADING:
        assert answers[504] > 0
        assert answers[503] + answers[504] == answers.total() == OVERLOADING[name], answers
    else:
        assert answers == EXPECTED[name]
    assert_answers_a_plain_query(attacked)


@pytest.mark.parametrize("name", ["eight endless queries", "eight memory bombs", "a flood of slow queries"])
def test_others_are_answered_while_an_attack_goes_on(attacked: Server, name: str) -> None:
    async def beside(url: str) -> Answers:
        attack = asyncio.ensure_future(ATTACKS[name](url))
        async with connected(url) as connection:
            while not attack.done():
                for _ in range(MOST_TRIES):
                    async with asyncio.timeout(TIME_TO_ANSWER):
                        answer = await connection.ask(fresh(PLAIN))
                    if answer.status != 503:
                        break
                    # as a client does that is asked to come again
                    await asyncio.sleep(float(answer.headers["retry-after"]))
                assert answer.status == 200, answer.body
                assert b"true" in answer.body
        return await attack

    assert run(beside, attacked)


@pytest.mark.parametrize(
    "processes",
    [
        pytest.param(lambda server: workers_of(server), id="all workers"),
        pytest.param(lambda server: workers_of(server)[:1], id="one worker"),
        pytest.param(lambda server: children_of(server.process.pid), id="the process that makes the workers"),
    ],
)
def test_processes_that_are_killed_under_load_cost_no_answer(
    attacked: Server, processes: Callable[[Server], list[int]]
) -> None:
    assert run(killing(lambda: processes(attacked)), attacked) == {200: 60}
    assert_answers_a_plain_query(attacked)


def test_a_stopped_process_that_makes_workers_is_replaced(attacked: Server) -> None:
    for pid in children_of(attacked.process.pid):
        os.kill(pid, signal.SIGSTOP)
    for query, statuses in ((MEMORY_BOMB, {503, 507}), (ENDLESS, {503, 504})):
        answer = httpx.get(f"{attacked.url}/sparql", params={"query": fresh(query)}, timeout=30)
        assert answer.status_code in statuses
    give_up = time.monotonic() + 20
    while len(workers_of(attacked)) < 10:
        assert time.monotonic() < give_up
        time.sleep(0.1)
    assert_answers_a_plain_query(attacked)


def test_where_files_are_few_connections_give_way_before_workers_lack_them() -> None:
    few = ["prlimit", "--nofile=256:256"]
    with running_server("--query-time-limit", "2", before=few) as server:

        async def many(url: str) -> Answers:
            idle = [await connect(url) for _ in range(300)]
            answers = await ATTACKS["eight endless queries"](url)
            answers += await killing(lambda: workers_of(server))(url)
            for connection in idle:
                connection.drop()
            return answers

        assert run(many, server)[200] == 60
        assert_answers_a_plain_query(server)


def test_a_stopped_worker_is_given_up_at_the_time_limit(attacked: Server) -> None:
    wait_until(lambda: len(workers_of(attacked)) == 10)
    stopped = workers_of(attacked)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    answer = httpx.get(f"{attacked.url}/sparql", params={"query": fresh(PLAIN)}, timeout=20)
    assert answer.status_code == 504
    for pid in stopped:
        if is_running(pid):
            os.kill(pid, signal.SIGCONT)
    assert_answers_a_plain_query(attacked)


@pytest.mark.parametrize(
    ("headers", "more"),
    [
        pytest.param("", 0, id="a plain request"),
        pytest.param("Accept-Encoding: gzip\r\n", 0, id="one with wishes"),
        pytest.param("", 3, id="with more requests behind it"),
        pytest.param("Accept-Encoding: gzip\r\n", 3, id="one with wishes and more requests behind it"),
    ],
)
def test_whoever_hangs_up_gives_the_processors_back(attacked: Server, headers: str, more: int) -> None:
    async def hang_up(url: str) -> Answers:
        async with connected(url) as connection:
            connection.send(target(fresh(ENDLESS)), headers)
            for _ in range(more):
                connection.send(target(fresh(PLAIN)), headers)
            await asyncio.sleep(0.5)
        return Counter()

    run(hang_up, attacked)
    assert_answers_a_plain_query(attacked)
    time.sleep(0.3)
    before = processor_time(attacked)
    time.sleep(0.5)
    assert processor_time(attacked) - before < 0.25


@pytest.mark.parametrize("headers", ["Accept: text/csv\r\n", "Accept: text/csv\r\nAccept-Encoding: gzip\r\n"])
def test_a_large_answer_that_has_been_sent_is_not_kept(headers: str) -> None:
    async def ask_for_much(url: str) -> Answers:
        answers: Answers = Counter()
        async with connected(url) as connection:
            for number in range(12):
                connection.send(target(f"SELECT * {{ ?s ?p ?o . ?a ?b ?c }} LIMIT {100_000 + number}"), headers)
                answer = await connection.receive()
                answers[answer.status] += 1
                assert len(answer.body) > 20 * 2**20
        return answers

    with running_server() as server:
        before = resident(server)
        assert run(ask_for_much, server) == {200: 12}
        assert resident(server) < before + 200 * 2**20


def test_memory_is_back_when_all_is_over(attacked: Server) -> None:
    before = resident(attacked)
    for name in ("million rows read slowly and abandoned", "eight memory bombs", "five hundred idle connections"):
        run(ATTACKS[name], attacked)
    assert_answers_a_plain_query(attacked)
    give_up = time.monotonic() + 10
    while resident(attacked) > before + 32 * 2**20 and time.monotonic() < give_up:
        time.sleep(0.2)
    assert resident(attacked) <= before + 32 * 2**20
    assert len(workers_of(attacked)) == 10


@pytest.mark.parametrize(
    "field",
    [
        "Range: bytes=a" + " " * 60_000 + "b",
        "Accept: " + ";" * 60_000,
        "Accept: " + "text/html," * 6_000,
        "Accept-Encoding: " + "gzip;q=0," * 6_000,
        "Accept-Encoding: gzip" + " " * 60_000 + "x",
        "If-None-Match: " + '"x",' * 15_000,
        "Accept-Language: " + "en;q=0.1," * 6_000,
        "Content-Type: " + "a;" * 30_000,
        "Authorization: Bearer " + "x" * 60_000,
        "Cookie: " + "a=b;" * 15_000,
        "X-Forwarded-For: " + "1.2.3.4," * 7_000,
    ],
)
def test_no_header_takes_long_to_read(attacked: Server, field: str) -> None:
    answers: list[int] = []
    httpx.get(f"{attacked.url}/download/otsgraph.nt", timeout=30)  # files are written when the first is asked for

    async def ask(url: str) -> Answers:
        async with connected(url) as connection, connected(url) as other:
            for path in (
                "/download/otsgraph.nt",
                "/sparql?query=ASK%7B%7D",
                "/queries/about",
                "/metrics",
                "/id/state/hungary",
            ):
                connection.send(path, f"{field}\r\n")
                async with asyncio.timeout(TIME_TO_ANSWER):
                    other.send("/health")
                    assert (await other.receive()).status == 200
                    answers.append((await connection.receive()).status)
        return Counter(answers)

    run(ask, attacked)
    # nothing can be negotiated with semicolons
    assert answers == ([200, 406, 406, 200, 406] if field.startswith("Accept: ;") else [200, 200, 200, 200, 303])


def test_clients_that_read_nothing_leave_room_for_others() -> None:
    few = ["prlimit", "--nofile=280:280"]
    with running_server("--connection-limit", "50", before=few) as server:

        async def many(url: str) -> Answers:
            greedy = []
            for _ in range(300):
                connection = await connect(url)
                greedy.append(connection)
                for _ in range(60):
                    connection.send(target("SELECT * { ?s ?p ?o } LIMIT 300"))
            answers: Answers = Counter()
            for _ in range(MOST_TRIES):
                async with connected(url) as other, asyncio.timeout(TIME_TO_ANSWER):
                    answer = await other.ask(fresh(PLAIN))
                answers[answer.status] += 1
                if answer.status == 503:
                    # as a client does that is asked to come again
                    await asyncio.sleep(float(answer.headers["retry-after"]))
            for connection in greedy:
                connection.drop()
            return answers

        answers = run(many, server)
        assert answers.keys() <= {200, 503}
        assert answers[200] >= 1
