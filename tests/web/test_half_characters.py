"""Half of a surrogate pair, which is not a character (Unicode 16 §3.9, D75), is a mistake of whoever sends it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from otsgraph.errors import MalformedRequest
from otsgraph.sparql.protocol import QueryOperation
from otsgraph.web.http.headers import COMMON
from otsgraph_testing import otsgraph


def assert_is_a_mistake_of_the_client(response: httpx.Response) -> None:
    assert response.status_code == 400
    problem = response.json()
    assert problem["type"].rpartition("/")[2] in ("malformed-query", "malformed-request")
    assert problem["detail"]
    response.text.encode()
    assert all(response.headers[name] == value for name, value in COMMON.items())


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(r"ASK FROM <http://a/\uD800> {}", id="in FROM"),
        pytest.param(r"ASK FROM <http://a/\uD800> FROM <http://b/> {}", id="in one of two graphs"),
        pytest.param(r"ASK FROM <http://a/> FROM <http://b/> FROM NAMED <http://c/\uD800> {}", id="beside two graphs"),
        pytest.param(r"ASK FROM NAMED <http://a/\uDFFF> {}", id="in FROM NAMED"),
        pytest.param(r"ASK FROM <http://a/\uD83D\uDE00> FROM <http://b/> {}", id="in two halves, in one of two graphs"),
        pytest.param(r"ASK FROM <http://a/\U0000D800> {}", id="with eight digits"),
        pytest.param(r"PREFIX x: <http://a/\uD800> ASK FROM x:b FROM x:c {}", id="in PREFIX"),
        pytest.param(r"BASE <http://a/\uD800> ASK FROM <b> FROM <c> {}", id="in BASE"),
        pytest.param(r"ASK { ?s <http://a/\uD800> ?o }", id="in a pattern"),
        pytest.param(r"ASK { ?s ?p '\uD800' }", id="in a string"),
        pytest.param(r"ASK { FILTER(<http://a/\uD800>(1)) }", id="in the name of a function"),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/turtle"])
def test_half_a_character_in_a_query_is_a_mistake(client: httpx.Client, query: str, accept: str) -> None:
    assert_is_a_mistake_of_the_client(client.get("/sparql", params={"query": query}, headers={"Accept": accept}))


@pytest.mark.parametrize("name", ["default-graph-uri", "named-graph-uri"])
@pytest.mark.parametrize("value", ["http://a/%ED%A0%80", r"http://a/\uD800", "http://a/%EF%BF%BE", "http://a/%C2%85"])
def test_half_a_character_in_the_name_of_a_graph_is_a_mistake(client: httpx.Client, name: str, value: str) -> None:
    assert_is_a_mistake_of_the_client(client.get(f"/sparql?query=ASK%20%7B%7D&{name}={value}"))


def test_bytes_of_half_a_character_are_a_mistake(client: httpx.Client) -> None:
    body, type_ = b"ASK { ?s ?p '\xed\xa0\x80' }", {"Content-Type": "application/sparql-query"}
    assert_is_a_mistake_of_the_client(client.post("/sparql", content=body, headers=type_))


def test_an_iri_with_half_a_character_is_named_with_its_place(client: httpx.Client) -> None:
    problem = client.get("/sparql", params={"query": "ASK\nFROM <http://a/\\uD800> {}"}).json()
    assert problem["detail"].startswith(r"The IRI that begins here has `\uD800`")
    assert (problem["line"], problem["column"]) == (2, 6)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(("ASK { ?s ?p '\ud800' }",), id="in the query"),
        pytest.param(("ASK {}", ("http://a/\udfff",)), id="in a default graph"),
        pytest.param(("ASK {}", (), ("http://a/\udfff",)), id="in a named graph"),
    ],
)
def test_no_operation_has_half_a_character(given: tuple[Any, ...]) -> None:
    with pytest.raises(MalformedRequest, match=r"U\+D"):
        QueryOperation(*given)


def test_bytes_on_the_command_line_that_are_no_text_are_a_mistake() -> None:
    said = otsgraph("query", "ASK { ?s ?p '\udcff' }")
    assert said.returncode == 1
    assert said.stderr == "Error: Half of a surrogate pair (U+DCFF) is not a character.\n"


def test_no_header_field_is_made_of_the_escapes_of_a_query(client: httpx.Client) -> None:
    term = r"<https://w3id.org/otsgraph/ontology#zz\u000d\u000aX-Injected:yes>"
    query = f"SELECT ?q {{ VALUES ?a {{'!'}} FILTER(?a<'>') FILTER(?a = ' {{ {term} }}') }}"
    response = client.get("/sparql", params={"query": query})
    assert response.status_code == 200
    assert "X-Injected" not in response.headers
    assert "Otsgraph-Hint" not in response.headers
