"""Queries that take the engine longer to plan or to read than a query may take are ended like all others."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from benchmarks.attacks import PLAIN, fresh

from otsgraph_testing import Server, running_server

pytestmark = pytest.mark.alone


LIMIT = 2.0
PATIENCE = 3.0
"""An answer may come so much later than the limit [s], on a machine that has much else to do."""

NUMBERS = " ".join(map(str, range(50_000)))
HARD = {
    "a path of 2,000 steps": "SELECT * { ?s (" + "/".join(["<http://x/p>"] * 2_000) + ") ?o }",
    "a join of 400 patterns": "SELECT * { " + " . ".join(f"?s{i} ?p{i} ?s{i + 1}" for i in range(400)) + " }",
    "a new regular expression a row": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?a ?b ?c"
    " FILTER(REGEX(STR(?o), CONCAT(STR(?s), STR(?c), '{1,100}'))) }",
    "regular expressions with large repetitions": "SELECT (REPLACE(STR(?o), CONCAT('((a{100}){100}){9}', STR(?s)), 'x')"
    " AS ?x) { ?s ?p ?o }",
    "2,000 optional parts": "SELECT * { ?s ?p ?o "
    + " ".join(f"OPTIONAL {{ ?s ?p{i} ?o }}" for i in range(2_000))
    + " }",
    "1,000 conditions that a pattern exists": "SELECT * { ?s ?p ?o "
    + " ".join(f"FILTER EXISTS {{ ?s ?p{i} ?o }}" for i in range(1_000))
    + " }",
    "50,000 values joined with as many": f"SELECT * {{ VALUES ?a {{ {NUMBERS} }} VALUES ?b {{ {NUMBERS} }} }}",
    "20,000 variables one after the other": "SELECT ?b0 { BIND(1 AS ?b0) "
    + " ".join(f"BIND(?b{i} + 1 AS ?b{i + 1})" for i in range(20_000))
    + " }",
    "20,000 prefixes": " ".join(f"PREFIX p{i}: <http://x/{i}>" for i in range(20_000)) + " ASK { ?s p1:a ?o",
    "an IRI of escapes without an end": "ASK { <" + r"\u0041" * 150_000,
    "many calls of another endpoint": "ASK { " + "SERVICE " * 120_000 + "<http://x/> { }",
    "many long strings without an end": "ASK { " + r"'''\ " * 150_000 + "SERVICE <http://x/> { }",
    "many functions that change the answer": "ASK { " + "rand_ " * 150_000,
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server("--query-time-limit", f"{LIMIT:g}") as server:
        yield server


@contextmanager
def another_client(server: Server) -> Iterator[list[float]]:
    """How long each of the small queries waits that are asked meanwhile [s]; it is infinite for one that fails."""
    waits: list[float] = []
    over = threading.Event()

    def ask() -> None:
        with httpx.Client(timeout=20) as client:
            while not waits or not over.wait(0.1):
                began = time.monotonic()
                answered = client.get(f"{server.url}/sparql", params={"query": fresh(PLAIN)}).is_success
                waits.append(time.monotonic() - began if answered else float("inf"))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield waits
    finally:
        over.set()
        asking.join()


@pytest.mark.parametrize("name", HARD)
def test_what_takes_long_to_plan_ends_by_the_limit_and_holds_up_nobody(server: Server, name: str) -> None:
    body, type_ = HARD[name], {"Content-Type": "application/sparql-query"}
    with another_client(server) as waits:
        began = time.monotonic()
        response = httpx.post(f"{server.url}/sparql", content=body, headers=type_, timeout=20)
        took = time.monotonic() - began
    assert response.status_code in (200, 400, 403, 504, 507)
    assert response.is_success or response.headers["Content-Type"] == "application/problem+json"
    assert took < LIMIT + PATIENCE
    assert max(waits) < PATIENCE
