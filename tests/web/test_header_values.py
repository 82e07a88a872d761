"""No header of a response holds anything but what was meant, and every response has the common ones."""

from __future__ import annotations

import asyncio
import re
from typing import Any, cast
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from otsgraph.web.app import EndpointFirst
from otsgraph.web.http.headers import COMMON, head_lines, writable
from otsgraph.web.http.responses import ResponseCache
from otsgraph.web.sparql import SparqlEndpoint

SPLIT = "SELECT ?q { VALUES ?a {'!'} FILTER(?a<'>') FILTER(?a = ' { <https://w3id.org/otsgraph/ontology#zz%s> }') }"
INJECTED = "X-Injected:yes"


@given(st.lists(st.tuples(st.just(b"x-field"), st.binary(max_size=200)), max_size=5))
def test_each_field_is_one_line_of_printable_characters(fields: list[tuple[bytes, bytes]]) -> None:
    lines = head_lines(fields).split(b"\r\n")
    assert len(lines) == len(fields) + 1
    assert all(re.fullmatch(rb"x-field: [ -~]*", line) for line in lines[:-1])


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200))
def test_a_printable_value_is_written_as_it_is(value: str) -> None:
    assert writable([(b"link", value.encode())]) == [(b"link", value.encode())]


@pytest.mark.parametrize("name", [b"", b"a b", b"a:b", b"a\r\nb", b"\xc3\xa4"])
def test_what_is_not_the_name_of_a_field_is_not_written(name: bytes) -> None:
    with pytest.raises(ValueError, match="is not the name of a header field"):
        writable([(name, b"x")])


@pytest.mark.parametrize(
    "escaped",
    [
        pytest.param(r"\u000d\u000a" + INJECTED, id="CR LF"),
        pytest.param(r"\u000a" + INJECTED, id="LF alone"),
        pytest.param(r"\u000d" + INJECTED, id="CR alone"),
        pytest.param(r"\U0000000d\U0000000a" + INJECTED, id="long escapes"),
        pytest.param(r"\u0085" + INJECTED, id="the next line of C1"),
        pytest.param(r"\u2028" + INJECTED, id="a line separator"),
        pytest.param(r"\u0000" + INJECTED, id="NUL"),
        pytest.param(r"\u000d\u000aContent-Length: 0\u000d\u000a\u000d\u000a<script>", id="a body"),
        pytest.param(r"\u000d\u000aSet-Cookie: a=b", id="a cookie"),
    ],
)
@pytest.mark.parametrize("accept", ["text/csv", "application/sparql-results+json", "text/html"])
def test_a_hint_adds_no_header(client: httpx.Client, escaped: str, accept: str) -> None:
    """Nor does it when the answer is sent again as it was kept."""
    plain = client.get("/sparql", params={"query": "ASK { }"}, headers={"Accept": accept})
    for _ in range(3):
        answer = client.get("/sparql", params={"query": SPLIT % escaped}, headers={"Accept": accept})
        assert answer.status_code == 200
        assert set(answer.headers) <= {*plain.headers, "otsgraph-hint"}
        assert all(value.isprintable() and value.isascii() for value in answer.headers.values())


@pytest.mark.parametrize(
    "address",
    [
        "/id/state/hungary{}", "/id/state/{}", "/page/state/hungary{}", "/data/state/hungary{}.ttl", "/x{}/", "/{}/", "/a/?b={}",
        "/queries/represented-states{}", "/queries/represented-states.csv?page=1&per_page=2&x={}", "/query/{}", "/graph/{}",
        "/download/{}", "/search?q={}", "/lookup?iri={}", "/ontology/{}", "/problem/{}", "/static/{}", "/sparql?query={}",
        "/sparql?query=ASK%7B%7D&default-graph-uri={}", "/sparql?query=ASK%7B%7D&timeout={}",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "text", ["\r\nX-Injected: yes", "\n\nX-Injected: yes", "\u0085\u2028X-Injected: yes", "é\u202e"]
)
def test_no_address_adds_a_header(client: httpx.Client, address: str, text: str) -> None:
    answer = client.get(address.format(quote(text)), follow_redirects=False)
    assert "x-injected" not in answer.headers
    assert "\n" not in "".join(answer.headers.values())
    assert all(value.isascii() for value in answer.headers.values())
    assert {name.lower() for name in COMMON} <= set(answer.headers)


async def failing(scope: Scope, receive: Receive, send: Send) -> None:
    raise ZeroDivisionError("a secret of the code")


async def failing_late(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ZeroDivisionError


def respond(app: Any, path: str) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
    }
    asyncio.run(EndpointFirst(cast(SparqlEndpoint, app), app, ResponseCache())(scope, receive, send))
    return sent


@pytest.mark.parametrize("path", ["/sparql", "/queries", "/"])
def test_a_fault_is_answered_with_the_common_headers_and_no_word_of_the_code(path: str) -> None:
    failing.begin = None  # type: ignore[attr-defined]
    start, body = respond(failing, path)
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert start["status"] == 500
    assert {name.lower(): value for name, value in COMMON.items()}.items() <= headers.items()
    assert b"engine-failed" in body["body"]
    assert b"secret" not in body["body"]


def test_a_fault_after_a_response_has_begun_is_not_answered_a_second_time() -> None:
    failing_late.begin = None  # type: ignore[attr-defined]
    with pytest.raises(ZeroDivisionError):
        respond(failing_late, "/sparql")
