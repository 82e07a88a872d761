"""What an error says of the request: a short quotation, in which nothing acts on the page or the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from otsgraph.web.app import PAGES

MARK = "ж"
ODD = f"no\x1b[2J\x07\x9b1m\r\n\x85\u2028\u202e\u2066\u200f\u061c\x7f` such {MARK * 2_000}"
ENCODED = quote(ODD, safe="")
MOST_MARKS = 400
"""Two quotations in a sentence, and the part of a query around the mistake."""

ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Controls but the line end, which our own pages have, marks of direction, line separators."""

_CONTROLS_OF_FORMS = re.compile(r"<textarea.*?</textarea>|<select.*?</select>|<input[^>]*>", re.DOTALL)
"""What holds a value for its author to mend: no other text can be mistaken for it."""

STATE = "https://w3id.org/otsgraph/id/state/hungary"

ADDRESSES = [
    *(re.sub(r"\{[^}]*\}", ENCODED, route.path) for route in PAGES if "{" in route.path),
    f"/queries/{ENCODED}",
    f"/{ENCODED}",
    f"/queries/{ENCODED}.csv",
    f"/queries/represented-states.{ENCODED}",
    f"/queries/represented-states?{ENCODED}=1",
    f"/queries/represented-states.csv?{ENCODED}=1",
    f"/queries/represented-states.csv?page={ENCODED}",
    f"/queries/represented-states.csv?evidence={ENCODED}",
    f"/queries/represented-states.csv?timeout={ENCODED}",
    f"/queries/about?thing={ENCODED}",
    f"/queries/about?thing=nobody&{ENCODED}={ENCODED}",
    f"/queries/about.csv?thing={ENCODED}",
    f"/queries/about.csv?thing={STATE}&thing={ENCODED}",
    f"/queries/about.csv?thing=urn:x:{ENCODED}",
    f"/graph/ontology.{ENCODED}",
    f"/data/{ENCODED}.ttl",
    f"/data/state/hungary?format={ENCODED}",
    f"/id/state/hungary?format={ENCODED}",
    f"/id/state/{quote(MARK * 2_000)}",
    f"/page/state/{quote(MARK * 2_000)}",
    f"/page/document/trend-2025-12-02?kind={ENCODED}",
    f"/ontology?format={ENCODED}",
    f"/lookup?iri={ENCODED}",
    f"/sparql?query={ENCODED}",
    f"/sparql?query=ASK{{}}&default-graph-uri={ENCODED}",
    f"/sparql?query=ASK{{}}&named-graph-uri=urn:{ENCODED}",
    f"/sparql?query=ASK{{}}&timeout={ENCODED}",
    f"/sparql?query=ASK{{}}&using-graph-uri={ENCODED}&update=",
    f"/sparql?query=SELECT * {{ ?s {MARK * 2_000}:p ?o }}",
    f"/sparql?query=SELECT * {{ ?s ?p {MARK * 2_000} }}",
    f"/sparql?query=SELECT * {{ ?s <{MARK * 2_000}> ?o }}",
    f"/sparql?query=SELECT ?{MARK * 2_000} ?{MARK * 2_000} {{ ?s ?p ?o }}",
    f"/sparql?query=SELECT (<http://{MARK * 2_000}>(1) AS ?x) {{ }}",
    f"/sparql?query={quote(f'PREFIX x: {MARK * 2_000}')}",
]


def asked(client: httpx.Client) -> Iterator[tuple[str, httpx.Response]]:
    for address in ADDRESSES:
        for accept in ("text/html", "application/json"):
            yield f"{address[:60]} as {accept}", client.get(address, headers={"Accept": accept})


@pytest.fixture(scope="module")
def refused(client: httpx.Client) -> dict[str, httpx.Response]:
    return {name: answer for name, answer in asked(client) if answer.status_code >= 400}


def test_nearly_every_odd_address_is_refused_by_the_client_s_fault(refused: dict[str, httpx.Response]) -> None:
    assert len(refused) > 1.8 * len(ADDRESSES)
    assert [name for name, answer in refused.items() if answer.status_code >= 500] == []


def test_nothing_in_an_error_acts_on_the_page_or_the_terminal(refused: dict[str, httpx.Response]) -> None:
    said = {name: _CONTROLS_OF_FORMS.sub("", answer.text) for name, answer in refused.items()}
    assert [name for name, text in said.items() if ACTING.search(text)] == []
    details = {name: str(answer.json()) for name, answer in refused.items() if "json" in answer.headers["content-type"]}
    assert len(details) > 0.8 * len(ADDRESSES)
    assert [name for name, text in details.items() if ACTING.search(text) or "\n" in text] == []


def test_an_error_quotes_no_more_than_a_line_of_the_request(refused: dict[str, httpx.Response]) -> None:
    said = {name: _CONTROLS_OF_FORMS.sub("", answer.text) for name, answer in refused.items()}
    assert {name: text.count(MARK) for name, text in said.items() if text.count(MARK) > MOST_MARKS} == {}
    long = {name: len(answer.content) for name, answer in refused.items() if "json" in answer.headers["content-type"]}
    assert {name: size for name, size in long.items() if size > 4_096} == {}


def test_a_form_holds_no_more_than_a_value_may_have(client: httpx.Client) -> None:
    page = client.get(f"/queries/about?thing={'x' * 30_000}&other={'x' * 30_000}", headers={"Accept": "text/html"})
    assert page.status_code == 400
    assert 1_000 < page.text.count("x" * 100) * 100 < 2_500


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": f"text/{'x' * 2_000}"},
        {"Content-Type": f"application/sparql-query; charset={'x' * 2_000}"},
        {"Content-Type": "application/sparql-query", "Content-Encoding": "x" * 2_000},
        {"Content-Type": "a` or `b\x9b"},
    ],
    ids=["media type", "charset", "coding", "backticks"],
)
def test_a_header_is_quoted_as_short(client: httpx.Client, headers: dict[str, str]) -> None:
    raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    answer = client.post("/sparql", content=b"ASK {}", headers=raw)
    assert answer.status_code == 415
    assert len(answer.content) < 700
    assert ACTING.search(answer.json()["detail"]) is None


@pytest.mark.parametrize("address", ["/search?q=", "/queries/found-by-name?name="])
def test_a_page_does_not_take_its_title_from_marks_of_direction(client: httpx.Client, address: str) -> None:
    page = client.get(address + quote("\u202egpj.exe\u2066"), headers={"Accept": "text/html"})
    assert page.status_code == 200
    for shown in re.findall(r'<title>.*?</title>|<p class="about">.*?</p>', page.text, re.DOTALL):
        assert ACTING.search(shown) is None


@pytest.mark.parametrize("digits", [10, 5_000])
def test_a_part_of_the_sitemap_with_too_large_a_number_is_not_there(client: httpx.Client, digits: int) -> None:
    assert client.get(f"/sitemap-{'9' * digits}.xml").status_code == 404


def test_the_way_to_an_address_without_its_slash_is_ascii(client: httpx.Client) -> None:
    answer = client.get("/queries/?a=b%0ac&d=%22<>&e=%D0%B6")
    assert answer.headers["location"] == "../queries?a=b%0ac&d=%22%3C%3E&e=%D0%B6"


def test_no_hint_is_longer_than_a_header_field_may_be(client: httpx.Client) -> None:
    query = f"SELECT * {{ ?s <https://w3id.org/otsgraph/ontology#{'x' * 20_000}> ?o }}"
    answer = client.post("/sparql", data={"query": query})
    assert answer.status_code == 200
    assert "otsgraph-hint" not in answer.headers
