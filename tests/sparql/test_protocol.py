"""From HTTP requests to query operations: SPARQL 1.1 Protocol §2.1."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otsgraph.errors import MalformedRequest, MethodNotAllowed, RequestError, UnsupportedMediaType
from otsgraph.sparql.protocol import DIRECT, FORM, QueryOperation, parse_request

ASK = "ASK { ?s ?p ?o }"


@given(st.text().filter(lambda query: not query.startswith("\ufeff")))
def test_any_query_text_arrives_as_it_was_sent(query: str) -> None:
    encoded = urlencode({"query": query}).encode()
    assert parse_request("GET", encoded, None, b"").operation.query == query
    assert parse_request("POST", b"", FORM, encoded).operation.query == query
    assert parse_request("POST", b"", DIRECT, query.encode()).operation.query == query


def test_a_byte_order_mark_is_no_part_of_a_bare_query() -> None:
    assert parse_request("POST", b"", DIRECT, b"\xef\xbb\xbf" + ASK.encode()).operation.query == ASK


def test_graph_parameters_are_read_in_order_each_once() -> None:
    encoded = (
        f"query={quote(ASK)}&default-graph-uri=x:b&default-graph-uri=x:a&default-graph-uri=x:b&named-graph-uri=x:c"
    )
    assert parse_request("GET", encoded.encode(), None, b"").operation == QueryOperation(ASK, ("x:b", "x:a"), ("x:c",))


def test_a_direct_post_takes_its_graphs_from_the_url() -> None:
    assert parse_request("POST", b"default-graph-uri=x:a", DIRECT, ASK.encode()).operation == QueryOperation(
        ASK, ("x:a",)
    )


def test_a_form_takes_everything_from_its_body() -> None:
    operation = parse_request("POST", b"default-graph-uri=x:a", FORM, urlencode({"query": ASK}).encode()).operation
    assert operation == QueryOperation(ASK)


def test_parameters_of_the_content_type_do_not_matter() -> None:
    assert (
        parse_request("POST", b"", f"{FORM}; charset=UTF-8", urlencode({"query": ASK}).encode()).operation.query == ASK
    )


@pytest.mark.parametrize(
    ("method", "query_string", "content_type", "body", "error", "words"),
    [
        pytest.param("GET", b"", None, b"", MalformedRequest, "`query` is missing", id="no query"),
        pytest.param("GET", b"query=a&query=b", None, b"", MalformedRequest, "exactly one", id="two queries"),
        pytest.param("GET", b"query=%FF", None, b"", MalformedRequest, "UTF-8", id="not UTF-8 in the URL"),
        pytest.param("POST", b"", DIRECT, b"\xff", MalformedRequest, "Byte 0", id="not UTF-8 in the body"),
        pytest.param("POST", b"", FORM, b"update=x", MalformedRequest, "`update` is not accepted", id="an update"),
        pytest.param(
            "GET", b"query=a&default-graph-uri=b", None, b"", MalformedRequest, "absolute", id="relative graph"
        ),
        pytest.param("POST", b"", None, b"x", UnsupportedMediaType, "without Content-Type", id="no content type"),
        pytest.param("POST", b"", "text/plain", b"x", UnsupportedMediaType, "`text/plain`", id="other content type"),
        pytest.param("POST", b"", DIRECT + ";charset=latin1", b"x", UnsupportedMediaType, "UTF-8", id="other charset"),
        pytest.param("PUT", b"", None, b"", MethodNotAllowed, "not by PUT", id="other method"),
    ],
)
def test_what_is_no_query_operation_is_refused(
    method: str, query_string: bytes, content_type: str | None, body: bytes, error: type[RequestError], words: str
) -> None:
    with pytest.raises(error) as refused:
        parse_request(method, query_string, content_type, body)
    assert words in refused.value.detail
