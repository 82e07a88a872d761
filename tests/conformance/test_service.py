"""SERVICE: refused in every disguise before anything is evaluated; where it is allowed, it works, and only there."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from otsgraph.process.resources import children_of
from otsgraph_testing import Server, running_server, wait_until, workers_of

DISGUISES = {
    "plainly": "ASK { SERVICE <URL> { ?s ?p ?o } }",
    "in small letters": "ASK { service <URL> { ?s ?p ?o } }",
    "in mixed letters": "ASK { sErViCe <URL> { ?s ?p ?o } }",
    "silently": "ASK { SERVICE SILENT <URL> { ?s ?p ?o } }",
    "behind a comment": "ASK { # }\nSERVICE # {\n <URL> { ?s ?p ?o } }",
    "without spaces": "ASK{SERVICE<URL>{?s ?p ?o}}",
    "with an escape in the IRI": "ASK { SERVICE <URL\\u0061> { ?s ?p ?o } }",
    "by a prefixed name": "PREFIX x: <URL> ASK { SERVICE x: { ?s ?p ?o } }",
    "by a prefix called service": "PREFIX service: <URL> ASK { SERVICE service: { ?s ?p ?o } }",
    "by an IRI relative to BASE": "BASE <URL> ASK { SERVICE <a> { ?s ?p ?o } }",
    "by a variable": "ASK { VALUES ?x { <URL> } SERVICE ?x { ?s ?p ?o } }",
    "by a variable that is bound": "ASK { BIND(<URL> AS ?x) SERVICE SILENT ?x { ?s ?p ?o } }",
    "inside FILTER EXISTS": "ASK { FILTER EXISTS { SERVICE <URL> { ?s ?p ?o } } }",
    "inside FILTER NOT EXISTS": "ASK { FILTER NOT EXISTS { SERVICE <URL> { ?s ?p ?o } } }",
    "inside MINUS": "ASK { ?s ?p ?o MINUS { SERVICE <URL> { ?s ?p ?o } } }",
    "inside a sub-SELECT": "ASK { { SELECT * { SERVICE <URL> { ?s ?p ?o } } } }",
    "inside OPTIONAL": "ASK { OPTIONAL { SERVICE <URL> { ?s ?p ?o } } }",
    "inside UNION": "ASK { { } UNION { SERVICE <URL> { ?s ?p ?o } } }",
    "inside GRAPH": "ASK { GRAPH ?g { SERVICE <URL> { ?s ?p ?o } } }",
    "inside an expression": "SELECT (EXISTS { SERVICE <URL> { ?s ?p ?o } } AS ?x) { }",
    "behind a string": "ASK { ?s ?p 'x'SERVICE <URL> { ?s ?p ?o } }",
    "behind a long string with quotation marks": 'ASK { ?s ?p """a""b""" SERVICE <URL> { ?s ?p ?o } }',
    "glued to a truth value": "ASK { ?s ?p trueSERVICE<URL>{ ?s ?p ?o } }",
    "after what looks like an IRI": "ASK { FILTER('!'<'>') SERVICE <URL> { ?s ?p ?o } FILTER(1 != 'x') }",
    "after an IRI that looks like a string": "BASE <http://b/> ASK { ?s <'> ?o . SERVICE <URL> { ?s ?p ?o } ?s ?p '' }",
    "after quotation marks that open no long string": "ASK { VALUES ?v {'''a'} SERVICE <URL> { ?s ?p ?o } } # \\x'''",
    "glued to a prefix": "PREFIX x: <http://a:> ASK { ?s ?p x:SERVICE <URL> { ?s ?p ?o } }",
    "after a comment that ends at a carriage return": "ASK { # '\rSERVICE <URL> { ?s ?p ?o } # '\n}",
    "in a CONSTRUCT": "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <URL> { ?s ?p ?o } }",
    "in a DESCRIBE": "DESCRIBE ?s { SERVICE <URL> { ?s ?p ?o } }",
}

HARMLESS = {
    "in a string": "ASK { FILTER('SERVICE <URL> { }' = 'SERVICE <URL> { }') }",
    "in a long string": 'ASK { FILTER("""SERVICE <URL> {""" = """SERVICE <URL> {""") }',
    "in a comment": "ASK { } # SERVICE <URL> { }",
    "in a comment with an apostrophe": "# it's SERVICE <URL> { }\nASK { }",
    "in a string after comparisons": "ASK { FILTER(1 < 2 && 3 > 2 && 'SERVICE <URL> { }' != '') }",
    "in an IRI": "ASK { FILTER(<http://x/SERVICE> = <http://x/SERVICE>) }",
    "as a variable": "ASK { BIND(1 AS ?SERVICE) FILTER(?SERVICE = 1) }",
    "as a prefix": "PREFIX service: <http://x/> ASK { FILTER(service:a = <http://x/a>) }",
    "as a local name": "PREFIX x: <http://x/> ASK { FILTER(x:SERVICE = <http://x/SERVICE>) }",
    "as a graph's name": "PREFIX service: <http://x/> ASK { OPTIONAL { GRAPH service:a { ?s ?p ?o } } }",
}


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    """Somebody on the loopback interface who would hear a call."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        yield listener


def address(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_call_is_forbidden(client: httpx.Client, listener: socket.socket, disguise: str) -> None:
    query = DISGUISES[disguise].replace("URL", address(listener))
    for answer in (client.get("/sparql", params={"query": query}), client.post("/sparql", data={"query": query})):
        assert answer.status_code == 403, answer.text
        assert answer.json()["type"].endswith("/service-forbidden")
        assert answer.json()["line"] >= 1


def test_nobody_has_heard_a_call(listener: socket.socket) -> None:
    with pytest.raises(TimeoutError):
        listener.accept()


@pytest.mark.parametrize("place", HARMLESS)
def test_the_mere_word_is_harmless(client: httpx.Client, place: str) -> None:
    answer = client.get("/sparql", params={"query": HARMLESS[place].replace("URL", "http://127.0.0.1:9/")})
    assert answer.json()["boolean"] is True, answer.text


@pytest.fixture(scope="module")
def federated(server: Server) -> Iterator[tuple[Server, httpx.Client]]:
    """A second endpoint that may ask the first one."""
    with (
        running_server("--allow-service", f"{server.url}/sparql", "--query-time-limit", "5") as second,
        httpx.Client(base_url=second.url, timeout=30) as client,
    ):
        yield second, client


def test_an_allowed_endpoint_is_asked(server: Server, federated: tuple[Server, httpx.Client]) -> None:
    query = f"""
        SELECT ?state {{
          SERVICE <{server.url}/sparql> {{
            ?meeting <https://w3id.org/otsgraph/ontology#hostState> ?state }} }}"""
    rows = federated[1].get("/sparql", params={"query": query}).json()["results"]["bindings"]
    assert [row["state"]["value"] for row in rows] == ["https://w3id.org/otsgraph/id/state/hungary"]


@pytest.mark.parametrize("disguise", DISGUISES)
def test_another_endpoint_stays_forbidden(
    federated: tuple[Server, httpx.Client], listener: socket.socket, disguise: str
) -> None:
    query = DISGUISES[disguise].replace("URL", address(listener))
    answer = federated[1].get("/sparql", params={"query": query})
    assert answer.status_code == 403, answer.text
    assert "may be asked" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("PREFIX e: <GOOD> PREFIXe: <BAD> ASK { SERVICE e: { ?s ?p ?o } }", id="glued to its keyword"),
        pytest.param("PREFIX e: <GOOD> prefixe: <BAD> ASK { SERVICE e: { ?s ?p ?o } }", id="in small letters"),
        pytest.param("PREFIX : <GOOD> PREFIX: <BAD> ASK { SERVICE : { ?s ?p ?o } }", id="without a name"),
        pytest.param("PREFIX e: <GOOD>PREFIXe:<BAD>ASK{SERVICE e:{?s ?p ?o}}", id="without any space"),
        pytest.param("PREFIX e: <GOOD> PREFIX e: <BAD> ASK { SERVICE e: { ?s ?p ?o } }", id="plainly"),
    ],
)
def test_a_prefix_declared_again_leads_nowhere_else(
    server: Server, federated: tuple[Server, httpx.Client], listener: socket.socket, query: str
) -> None:
    text = query.replace("GOOD", f"{server.url}/sparql").replace("BAD", address(listener))
    assert federated[1].get("/sparql", params={"query": text}).status_code == 403


@pytest.mark.parametrize("iri", ["http://x/\\u00410041", "http://x/\\U00110000", "http://x/\\uD800", "http://["])
def test_a_strange_iri_is_refused_and_takes_no_worker_away(federated: tuple[Server, httpx.Client], iri: str) -> None:
    before = workers_of(federated[0])
    answer = federated[1].get("/sparql", params={"query": f"BASE <http://b/> ASK {{ SERVICE <{iri}> {{ }} }}"})
    assert answer.status_code in (400, 403), answer.text
    assert workers_of(federated[0]) == before


def test_nobody_else_has_heard_a_call_either(listener: socket.socket) -> None:
    with pytest.raises(TimeoutError):
        listener.accept()


def test_a_query_that_asks_nobody_is_answered_beside_the_open_lane(federated: tuple[Server, httpx.Client]) -> None:
    assert federated[1].get("/sparql", params={"query": "ASK { ?s ?p ?o }"}).json()["boolean"] is True


def test_a_description_says_that_other_endpoints_may_be_asked(
    client: httpx.Client, federated: tuple[Server, httpx.Client]
) -> None:
    feature = "sd:BasicFederatedQuery"
    assert feature in federated[1].get("/sparql").text
    assert feature not in client.get("/sparql").text
    assert "sd:UnionDefaultGraph" not in federated[1].get("/sparql").text


@pytest.mark.seccomp
def test_clients_that_hang_up_leave_no_connection_to_an_endpoint_that_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as silent, contextlib.ExitStack() as stack:
        address = silent.getsockname()
        for _ in range(4):
            # the system does not answer who knocks while the backlog is full
            knocking = stack.enter_context(socket.socket())
            knocking.setblocking(False)
            knocking.connect_ex(address)
        endpoint = f"http://127.0.0.1:{address[1]}/sparql"
        with running_server("--allow-service", endpoint, "--query-time-limit", "20") as server:
            for number in range(4):
                query = f"SELECT * {{ SERVICE <{endpoint}> {{ ?s ?p {number} }} }}"
                with pytest.raises(httpx.ReadTimeout):
                    httpx.get(f"{server.url}/sparql", params={"query": query}, timeout=0.5)
            wait_until(lambda: _descriptors_of_the_broker(server) <= 8)


def _descriptors_of_the_broker(server: Server) -> int:
    """How many descriptors the broker has open; its fork server is a child of the server."""
    for fork_server in children_of(server.process.pid):
        for child in children_of(fork_server):
            if Path(f"/proc/{child}/comm").read_text().strip() == "otsgraph-broker":
                return len(list(Path(f"/proc/{child}/fd").iterdir()))
    raise AssertionError("there is no broker")
