"""Limits that clients meet, and what they are told."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from otsgraph.errors import EngineBusy, TooManyQueries, size_text
from otsgraph.web.http.responses import LARGE, SendBudget
from otsgraph.web.http.site import Clients, client_of
from otsgraph_testing import ENDLESS, MEMORY_BOMB, Server, running_server


def ask(url: str, query: str, **parameters: str) -> httpx.Response:
    return httpx.get(f"{url}/sparql", params={"query": query, **parameters}, timeout=30)


@pytest.fixture(scope="module")
def narrow() -> Iterator[Server]:
    """A server with small limits."""
    limits = (
        "--query-time-limit 2 --query-memory-limit 60MiB --result-size-limit 20KiB --query-size-limit 2KiB"
        " --workers 1+1 --queue-limit 2+1 --client-query-limit 3"
    )
    with running_server(*limits.split()) as server:
        yield server


def test_the_home_page_tells_all_limits(narrow: Server) -> None:
    page = httpx.get(narrow.url, headers={"Accept": "text/html"}).text
    for name, value in (
        ("query_time_limit", "2 seconds"),
        ("query_memory_limit", "60MiB"),
        ("result_size_limit", "20KiB"),
        ("queue_limit", "2+1"),
        ("client_query_limit", "3"),
    ):
        assert f"<code>{name}</code></th><td>{value}</td>" in page


@pytest.mark.parametrize(
    ("query", "status", "limit", "unit"),
    [
        pytest.param(ENDLESS, 504, 2.0, "seconds", id="time"),
        pytest.param(MEMORY_BOMB, 507, 60 * 2**20, "bytes", id="memory"),
        pytest.param("SELECT * { ?s ?p ?o }", 507, 20 * 2**10, "bytes", id="the size of a result"),
    ],
)
def test_an_error_tells_the_limit_that_caused_it(
    narrow: Server, query: str, status: int, limit: float, unit: str
) -> None:
    response = ask(narrow.url, query)
    assert response.status_code == status
    problem = response.json()
    assert (problem["limit"], problem["unit"]) == (limit, unit)
    assert any(char.isdigit() for char in problem["detail"])


def test_a_query_that_is_too_large_is_told_how_large_it_may_be(narrow: Server) -> None:
    body = b"ASK { } #" + b"x" * 3_000
    response = httpx.post(f"{narrow.url}/sparql", content=body, headers={"Content-Type": "application/sparql-query"})
    assert response.status_code == 413
    assert response.json()["limit"] == 2 * 2**10


def test_a_query_by_get_may_not_be_larger_than_by_post(narrow: Server) -> None:
    response = ask(narrow.url, "ASK { } #" + "x" * 3_000)
    assert response.status_code == 414
    assert (response.json()["limit"], response.json()["unit"]) == (2 * 2**10, "bytes")


@pytest.mark.parametrize("timeout", ["0.3", "0.05"])
def test_a_client_may_lower_the_time_limit(client: httpx.Client, timeout: str) -> None:
    response = client.get("/sparql", params={"query": ENDLESS, "timeout": timeout})
    assert response.status_code == 504
    assert response.json()["limit"] == float(timeout)


@pytest.mark.parametrize("method", ["GET", "form", "direct"])
def test_the_time_limit_is_told_where_the_other_parameters_are(client: httpx.Client, method: str) -> None:
    parameters = {"query": ENDLESS, "timeout": "0.2"}
    if method == "GET":
        response = client.get("/sparql", params=parameters)
    elif method == "form":
        response = client.post("/sparql", data=parameters)
    else:
        headers = {"Content-Type": "application/sparql-query"}
        response = client.post("/sparql", params={"timeout": "0.2"}, content=ENDLESS, headers=headers)
    assert response.json()["limit"] == 0.2


def test_a_client_may_not_raise_the_time_limit(narrow: Server) -> None:
    assert ask(narrow.url, ENDLESS, timeout="100").json()["limit"] == 2.0


@pytest.mark.parametrize("timeout", ["", "0", "-1", "1s", "1e3", "nan", "inf", "1,5", "0.0000001"])
def test_a_time_limit_that_is_none_is_refused(client: httpx.Client, timeout: str) -> None:
    for address in ("/sparql?query=ASK{}", "/queries/represented-states.csv?"):
        response = client.get(f"{address}&timeout={timeout}")
        assert response.status_code == 400
        assert "number of seconds" in response.json()["detail"]


def test_an_answer_that_is_there_is_given_whatever_the_time_limit(client: httpx.Client) -> None:
    query = "SELECT ?s { ?s ?p ?o } LIMIT 7"
    plain = client.get("/sparql", params={"query": query})
    assert client.get("/sparql", params={"query": query, "timeout": "0.001"}).content == plain.content


def test_one_client_may_have_only_so_many_queries_at_once(narrow: Server) -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        queries = [f"{ENDLESS} #{number}" for number in range(8)]
        answers = list(threads.map(lambda query: ask(narrow.url, query), queries))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 5
    assert refused[0].json()["limit"] == 3
    assert refused[0].headers["Retry-After"] == "1"
    assert ask(narrow.url, "ASK { }").status_code == 200


def test_a_full_queue_is_told_with_the_time_to_come_back() -> None:
    limits = "--query-time-limit 3 --workers 1+1 --queue-limit 64+1"
    with running_server(*limits.split()) as server, concurrent.futures.ThreadPoolExecutor(6) as threads:
        queries = [f"{ENDLESS} #{number}" for number in range(6)]
        answers = list(threads.map(lambda query: ask(server.url, query), queries))
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses[:4] == [503] * 4
        assert statuses[-1] == 504
        busy = next(answer for answer in answers if answer.json()["type"].endswith("/engine-busy"))
        assert 1 <= int(busy.headers["Retry-After"]) <= 3
        assert busy.json()["limit"] == 1


@pytest.mark.parametrize(
    ("size", "text"),
    [(2**30, "1 GiB"), (3 * 2**20, "3 MiB"), (20 * 2**10, "20 KiB"), (100_000, "100,000 bytes"), (0, "0 bytes")],
)
def test_sizes_are_told_exactly(size: int, text: str) -> None:
    assert size_text(size) == text


def test_a_client_is_an_address() -> None:
    assert client_of({"client": ("192.0.2.7", 1234)}) == "192.0.2.7"
    assert client_of({"client": ("::ffff:192.0.2.7", 1234)}) == "192.0.2.7"
    assert client_of({}) == ""


def test_a_client_of_ipv6_is_a_network() -> None:
    one, other = (client_of({"client": (f"2001:db8:0:1::{n}", 1)}) for n in (1, 2))
    assert one == other != client_of({"client": ("2001:db8:0:2::1", 1)})


def test_a_place_is_free_again_when_the_query_has_ended() -> None:
    clients, scope = Clients(1), {"client": ("192.0.2.7", 1)}
    for _ in range(3):
        with clients.place_for(scope):
            with pytest.raises(TooManyQueries), clients.place_for(scope):
                pass
            with clients.place_for({"client": ("192.0.2.8", 1)}):
                pass


def test_results_on_the_way_are_limited_together() -> None:
    send_budget, first, second = SendBudget(500), b"x" * 200, b"y" * 100
    with send_budget.hold(first):
        with pytest.raises(EngineBusy), send_budget.hold(second):
            pass
        assert send_budget.size == 200
    with send_budget.hold(second):
        assert send_budget.size == 100
    assert send_budget.size == 0


def test_large_results_leave_room_for_smaller_ones() -> None:
    large, smaller = b"x" * (LARGE + 1), b"y" * LARGE
    send_budget = SendBudget(2 * (LARGE + 1))
    with send_budget.hold(large), send_budget.hold(smaller):
        assert send_budget.size == 2 * LARGE + 1
        with pytest.raises(EngineBusy), send_budget.hold(large + b"x"):
            pass


def test_a_result_on_the_way_to_several_clients_counts_once() -> None:
    send_budget, body = SendBudget(500), b"x" * 200
    with send_budget.hold(body), send_budget.hold(body):
        assert send_budget.size == 200
    assert send_budget.size == 0


def test_more_files_may_be_open_than_by_default(server: Server) -> None:
    limits = Path(f"/proc/{server.process.pid}/limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max open files"))
    assert int(line.split()[3]) >= min(1_200, int(line.split()[4]))
