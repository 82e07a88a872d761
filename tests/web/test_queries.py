"""/queries as an API: parameters, pages of rows, evidence, formats, errors, over a real socket."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from otsgraph.rdf.datatypes import is_valid
from otsgraph.rdf.terms import XSD
from otsgraph_testing import are_one_value, otsgraph, running_server

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

QUERIES = {
    "types": """\
#+ summary: Which values came?
#+ enumerate:
#+   - colour: [red, green]
SELECT ?name ?value {
  { BIND("thing" AS ?name) BIND(?__thing_iri AS ?value) } UNION
  { BIND("whole" AS ?name) BIND(?__whole_integer AS ?value) } UNION
  { BIND("number" AS ?name) BIND(?__number_number AS ?value) } UNION
  { BIND("day" AS ?name) BIND(?__day_date AS ?value) } UNION
  { BIND("yes" AS ?name) BIND(?__yes_boolean AS ?value) } UNION
  { BIND("text" AS ?name) BIND(?__text_literal AS ?value) } UNION
  { BIND("hungarian" AS ?name) BIND(?__hungarian_hu AS ?value) } UNION
  { BIND("colour" AS ?name) BIND(?__colour_literal AS ?value) }
  FILTER(BOUND(?value))
}
ORDER BY ?name
""",
    "defaulted": """\
#+ summary: Five?
#+ defaults:
#+   - whole: 5
SELECT ?value { BIND(?__whole_integer AS ?value) FILTER(BOUND(?value)) } ORDER BY ?value
""",
    "needs": "#+ summary: Who is it?\nSELECT ?p { ?_thing_iri ?p ?o } ORDER BY ?p\n",
    "rows": "#+ summary: Numbers?\n#+ pagination: 4\nSELECT ?n { VALUES ?n { 1 2 3 4 5 6 7 8 9 10 } } ORDER BY ?n\n",
    "nothing": "#+ summary: Nothing?\nSELECT ?s { ?s ?p ?__o_iri FILTER(false) } ORDER BY ?s\n",
    "large": "#+ summary: Much?\nSELECT * { ?s ?p ?o . ?a ?b ?s } ORDER BY ?s ?p ?o ?a ?b\n",
    "is-so": "#+ summary: Is it so?\nASK { ?s ?p ?o }\n",
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server with saved queries of each kind beside the packaged ones."""
    folder = tmp_path_factory.mktemp("queries")
    for name, text in QUERIES.items():
        (folder / f"{name}.rq").write_text(text)
    with running_server("--queries", str(folder)) as server, httpx.Client(base_url=server.url, timeout=30) as client:
        yield client


def rows(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return list(answer.json()["results"]["bindings"])


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param("thing", "state:hungary", {"type": "uri", "value": "https://w3id.org/otsgraph/id/state/hungary"}, id="a prefixed name"),
        pytest.param("thing", "Macarıstan", {"type": "uri", "value": "https://w3id.org/otsgraph/id/state/hungary"}, id="a name in any language"),
        pytest.param("thing", "MACARISTAN ", {"type": "uri", "value": "https://w3id.org/otsgraph/id/state/hungary"}, id="a name without its letters and in capitals"),
        pytest.param("thing", "urn:x:y", {"type": "uri", "value": "urn:x:y"}, id="an IRI that nobody has heard of"),
        pytest.param("whole", "7", {"type": "literal", "value": "7", "datatype": "http://www.w3.org/2001/XMLSchema#integer"}, id="a whole number"),
        pytest.param("number", "7.5", {"type": "literal", "value": "7.5", "datatype": "http://www.w3.org/2001/XMLSchema#decimal"}, id="a number"),
        pytest.param("day", "2025-12-02", {"type": "literal", "value": "2025-12-02", "datatype": "http://www.w3.org/2001/XMLSchema#date"}, id="a day"),
        pytest.param("yes", "false", {"type": "literal", "value": "false", "datatype": "http://www.w3.org/2001/XMLSchema#boolean"}, id="a truth value"),
        pytest.param("text", '"} #\n', {"type": "literal", "value": '"} #\n'}, id="a text with all sorts of things"),
        pytest.param("hungarian", "szia", {"type": "literal", "value": "szia", "xml:lang": "hu"}, id="a text in a language"),
        pytest.param("colour", "red", {"type": "literal", "value": "red"}, id="one of the values that are listed"),
    ],
)  # fmt: skip
def test_a_value_arrives_as_a_term_of_its_type(
    own: httpx.Client, name: str, value: str, expected: dict[str, str]
) -> None:
    assert rows(own.get("/queries/types", params={name: value})) == [
        {"name": {"type": "literal", "value": name}, "value": expected}
    ]


@pytest.mark.parametrize(
    ("parameters", "parameter", "detail"),
    [
        pytest.param("whole=7.5", "whole", "The value of `whole` does not fit: it is not a whole number. It takes a whole number, for example 3.", id="not of the type"),
        pytest.param("day=2025-13-01", "day", "The value of `day` does not fit: it is not a day as year-month-day.", id="not a day of any calendar"),
        pytest.param("thing=Hungry", "thing", "Nothing is called `Hungry`. It takes the name or the IRI of a thing", id="a name of nothing"),
        pytest.param("thing=meeting", "thing", "`meeting` names 2 things; give the IRI of one. It takes", id="a name of several things"),
        pytest.param("colour=blue", "colour", "The value of `colour` is none of those that there are. It takes text, for example red. There are red, green.", id="none of the values that are listed"),
        pytest.param("wole=7", "wole", "There is no parameter `wole`; there are thing, whole, number, day, yes, text, hungarian, colour.", id="a misspelt parameter"),
        pytest.param("whole=7&whole=8", "whole", "The parameter `whole` is given twice. It takes a whole number", id="a parameter twice"),
        pytest.param("text=%00", "text", "The value of `text` does not fit: it has characters that no text has.", id="a character that is none"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_with_what_would(
    own: httpx.Client, parameters: str, parameter: str, detail: str
) -> None:
    answer = own.get(f"/queries/types?{parameters}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["type"] == "https://w3id.org/otsgraph/problem/unfit-parameter"
    assert answer.json()["parameter"] == parameter
    assert answer.json()["detail"].startswith(detail)


def test_a_missing_value_is_told_by_its_name_with_an_example(own: httpx.Client) -> None:
    problem = own.get("/queries/needs.csv").json()
    assert problem["status"] == 400
    assert (problem["parameter"], problem["takes"]) == ("thing", "the name or the IRI of a thing")
    assert own.get("/queries/needs.csv", params={"thing": problem["example"]}).status_code == 200


def test_candidates_are_told_where_a_name_is_not_enough(own: httpx.Client) -> None:
    problem = own.get("/queries/needs", params={"thing": "meeting"}).json()
    assert sorted(problem["candidates"]) == [
        "https://w3id.org/otsgraph/ontology#Meeting", "https://w3id.org/otsgraph/ontology#meeting",
    ]  # fmt: skip
    similar = own.get("/queries/needs", params={"thing": "Azerbaidjan"}).json()
    assert similar["candidates"][0] == "https://w3id.org/otsgraph/id/state/azerbaijan"


@pytest.mark.parametrize("value", ["", "   "])
def test_an_empty_value_is_none_as_forms_send_it(own: httpx.Client, value: str) -> None:
    assert rows(own.get("/queries/types", params={"whole": value})) == []


def test_an_empty_value_for_what_needs_one_is_a_missing_one(client: httpx.Client) -> None:
    answer = client.get("/queries/about", params={"thing": ""})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("The parameter `thing` is missing. It takes")
    assert answer.json()["example"] == "Hungary"


def test_what_may_be_left_out_is_left_out_when_it_is_empty_and_has_its_default_when_it_is_absent(
    own: httpx.Client,
) -> None:
    assert [row["value"]["value"] for row in rows(own.get("/queries/defaulted"))] == ["5"]
    assert rows(own.get("/queries/defaulted", params={"whole": ""})) == []


@pytest.mark.parametrize("encoded", ["%E9", "%ED%A0%80", "%FF"])
def test_what_is_no_utf_8_is_refused(own: httpx.Client, encoded: str) -> None:
    answer = own.get(f"/queries/types?text={encoded}")
    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        "The parameters of the URL are not percent-encoded UTF-8.",
    )


def test_a_misspelt_name_is_told_with_those_that_are_like_it(client: httpx.Client) -> None:
    assert (
        client.get("/queries/representitives")
        .json()["detail"]
        .endswith("Was it representatives or represented-states?")
    )


def test_what_is_not_given_has_its_default(client: httpx.Client) -> None:
    spelt_out = client.get("/queries/found-by-name.csv", params={"name": "Macarıstan"})
    assert client.get("/queries/found-by-name.csv").text == spelt_out.text
    assert "hungary" in spelt_out.text


# pages of rows


def links(answer: httpx.Response) -> dict[str, str]:
    found = re.findall(r'<([^>]*)>; rel="([a-z]+)"', answer.headers.get("link", ""))
    return {relation: target for target, relation in found}


def test_without_a_page_the_answer_is_whole(own: httpx.Client) -> None:
    answer = own.get("/queries/rows")
    assert len(rows(answer)) == 10
    assert "link" not in answer.headers


@pytest.mark.parametrize("suffix", ["csv", "tsv", "json", "xml"])
def test_following_next_gives_each_row_once_in_every_format(own: httpx.Client, suffix: str) -> None:
    address, seen = f"/queries/rows.{suffix}?per_page=3", []
    while address:
        answer = own.get(address)
        assert answer.status_code == 200
        seen += re.findall(r">(\d+)<|\"value\":\"(\d+)\"|^(\d+)", answer.text, re.MULTILINE)
        address = links(answer).get("next", "")
    assert [int("".join(groups)) for groups in seen] == list(range(1, 11))


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(1, {"first": 1, "next": 2, "last": 4}, id="the first page has none before"),
        pytest.param(2, {"first": 1, "prev": 1, "next": 3, "last": 4}, id="a page in the middle has both neighbours"),
        pytest.param(4, {"first": 1, "prev": 3, "last": 4}, id="the last page has none behind"),
    ],
)
def test_a_page_leads_to_the_others(own: httpx.Client, page: int, expected: dict[str, int]) -> None:
    found = links(own.get("/queries/rows.csv", params={"page": page, "per_page": 3}))
    assert found == {r: f"/queries/rows.csv?page={number}&per_page=3" for r, number in expected.items()}


def test_links_keep_what_else_was_asked_for(client: httpx.Client) -> None:
    answer = client.get("/queries/statements-in-text-order.csv", params={"per_page": 50, "evidence": "1"})
    assert links(answer)["next"] == "/queries/statements-in-text-order.csv?evidence=1&page=2&per_page=50"


def test_the_header_of_the_file_says_how_many_rows_a_page_has(own: httpx.Client) -> None:
    assert len(rows(own.get("/queries/rows?page=1"))) == 4
    assert len(rows(own.get("/queries/rows?page=3"))) == 2


def test_an_answer_without_rows_has_one_empty_page(own: httpx.Client) -> None:
    answer = own.get("/queries/nothing?page=1")
    assert rows(answer) == []
    assert set(links(answer)) == {"first", "last"}


@pytest.mark.parametrize(
    ("address", "status", "detail"),
    [
        ("/queries/rows?page=0", 400, "`page` is one whole number from 1 to 1,000,000,000."),
        ("/queries/rows?page=x", 400, "`page` is one whole number"),
        ("/queries/rows?page=1&page=2", 400, "`page` is one whole number"),
        ("/queries/rows?per_page=100000", 400, "`per_page` is one whole number from 1 to 10,000."),
        ("/queries/rows?page=" + "9" * 5_000, 400, "`page` is one whole number"),
        ("/queries/rows?page=9", 404, "There is no page 9: there are 3 pages of 4 rows."),
        ("/queries/is-so?page=1", 400, "Only the rows of a SELECT query come in pages; this is ASK."),
        ("/queries/rows?evidence=1", 400, "The rows of this query are not statements, so they have no evidence"),
        ("/queries/represented-states?timeout=soon", 400, "`timeout` is one number of seconds above 0"),
    ],
)
def test_options_that_make_no_sense_are_refused_with_what_would(
    own: httpx.Client, address: str, status: int, detail: str
) -> None:
    answer = own.get(address)
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(detail)


# evidence


def test_evidence_says_of_each_row_who_states_it_in_which_document_and_where(client: httpx.Client) -> None:
    plain = list(csv.DictReader(io.StringIO(client.get("/queries/attributed-statements.csv").text)))
    shown = list(csv.DictReader(io.StringIO(client.get("/queries/attributed-statements.csv?evidence=1").text)))
    assert [{k: v for k, v in row.items() if k in plain[0]} for row in shown] == plain
    assert {row["evidenceDocument"] for row in shown} == {"https://w3id.org/otsgraph/id/document/trend-2025-12-02"}
    assert {row["evidenceVoice"] for row in shown} == {"attributed statement"}
    assert [(row["evidenceStart"], row["evidenceEnd"]) for row in shown] == [
        (row["start"], row["end"]) for row in plain
    ]
    assert [row["evidenceSpeaker"] for row in shown] == [row["speaker"] for row in plain]


# formats


def test_a_suffix_may_be_the_name_or_the_extension_of_a_format(client: httpx.Client) -> None:
    assert (
        client.get("/queries/represented-states.srj").content == client.get("/queries/represented-states.json").content
    )


def test_rq_is_the_file_itself_and_with_values_what_is_asked(own: httpx.Client) -> None:
    file = own.get("/queries/needs.rq")
    assert (file.headers["content-type"], file.text) == ("application/sparql-query", QUERIES["needs"])
    asked = own.get("/queries/needs.rq", params={"thing": "Hungary"}).text
    answer = own.get("/sparql", params={"query": asked})
    assert rows(answer) == rows(own.get("/queries/needs", params={"thing": "Hungary"}))


def test_markdown_is_the_question_and_its_answer(client: httpx.Client) -> None:
    answer = client.get("/queries/represented-states.md")
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    lines = answer.text.splitlines()
    (query,) = (query for query in client.get("/queries").json() if query["name"] == "represented-states")
    assert lines[0] == f"# {query['summary']}"
    assert "| name | state |" in lines
    assert any(line.startswith("| Hungary | [Hungary](<http") for line in lines)
    assert "Rows 1 to 6 of 6." in lines


def test_markdown_of_a_large_answer_says_that_it_is_too_large(own: httpx.Client) -> None:
    assert "bytes, too many for a text. Get it in another format." in own.get("/queries/large.md").text


def test_markdown_and_html_are_negotiated_too(client: httpx.Client) -> None:
    for media_type in ("text/markdown", "text/html"):
        answer = client.get("/queries/represented-states", headers={"Accept": media_type})
        assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"


def test_a_page_that_the_client_has_is_not_sent_again(client: httpx.Client) -> None:
    page = client.get("/queries/represented-states", headers=BROWSER)
    again = client.get("/queries/represented-states", headers={**BROWSER, "If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_iri_of_a_saved_query_leads_to_it_with_its_values(client: httpx.Client) -> None:
    answer = client.get("/query/about?thing=Hungary")
    assert (answer.status_code, answer.headers["location"]) == (303, "/queries/about?thing=Hungary")


# hostile values

PIECES = ('"', "'", "\\", "}", "{", "} UNION { ?name ?p ?value", "} SERVICE <http://127.0.0.1:9/> { ?s ?p ?o", "#", "\n", "<",
          ">", "\\u0022", '"""', " . ?a ?b ?value . ", "^^<x:y>", "@en", "?value", "1", "x", "é", "ı", "%", "&", "=")  # fmt: skip


DATATYPES = {"whole": "integer", "number": "decimal", "day": "date", "yes": "boolean"}


def takes(name: str, value: str) -> bool:
    """Whether a parameter takes a value that the pieces make: no IRI, no listed colour, and any text."""
    if name in DATATYPES:
        return is_valid(value.strip(), XSD + DATATYPES[name])
    return name in ("text", "hungarian")


@pytest.mark.parametrize("name", ["thing", "whole", "number", "day", "yes", "text", "hungarian", "colour"])
@example(pieces=["1"])
@example(pieces=["} UNION { ?name ?p ?value"])
@example(pieces=["\n"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=5))
def test_a_hostile_value_is_refused_or_comes_back_as_itself(own: httpx.Client, name: str, pieces: list[str]) -> None:
    value = "".join(pieces)
    answer = own.get("/queries/types", params={name: value})
    if not value.strip():  # as forms send what was left out
        assert rows(answer) == []
    elif name == "thing" and answer.status_code == 200:  # without its signs it is the name of something
        (came,) = (row["value"]["value"] for row in rows(answer))
        assert came.startswith("https://w3id.org/otsgraph/")
    elif not takes(name, value):
        assert answer.status_code == 400
        assert answer.json()["parameter"] == name
    else:
        (came,) = (row["value"]["value"] for row in rows(answer))
        assert came == value or are_one_value(came, value.strip())


@pytest.mark.parametrize(
    "value", ["<x:y>", "x^^<x:y>", "<http://127.0.0.1:9/>", "<>", "x:y", "} UNION { ?name ?p ?value"]
)
def test_a_hostile_name_of_a_thing_is_refused_or_comes_back_as_the_iri_in_its_brackets(
    own: httpx.Client, value: str
) -> None:
    answer = own.get("/queries/types", params={"thing": value})
    if re.fullmatch(r"<\w+:[^<>]+>", value):
        assert [row["value"]["value"] for row in rows(answer)] == [value[1:-1]]
    else:
        assert (answer.status_code, answer.json()["parameter"]) == (400, "thing")


def test_markup_in_a_value_is_text_on_the_page(own: httpx.Client) -> None:
    for name in ("text", "thing", "<script>"):
        page = own.get("/queries/types", params={name: "<script>alert(1)</script>\"'"}, headers=BROWSER)
        assert "text/html" in page.headers["content-type"]
        assert "<script" not in page.text


# the folder of saved queries


def test_a_mistake_in_a_file_is_told_before_anything_is_served(tmp_path: Path) -> None:
    (tmp_path / "bad.rq").write_text("#+ summary: x\n\nSELECT ?s {\n  ?s ?_d_date ?o }\nORDER BY ?s")
    done = otsgraph("serve", "--port", "0", "--queries", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: bad.rq:4: with values for d: ")
    assert "Traceback" not in done.stderr


def test_the_json_list_has_what_a_client_needs_to_ask(own: httpx.Client) -> None:
    (types,) = (query for query in own.get("/queries").json() if query["name"] == "types")
    assert types["parameters"][-1] == {
        "name": "colour", "takes": "text", "required": False, "default": "",
        "choices": [{"value": "red", "label": "red"}, {"value": "green", "label": "green"}],
    }  # fmt: skip
    assert json.dumps(types["results"]) == json.dumps(
        {n: f"/queries/types.{n}" for n in ("json", "xml", "csv", "tsv", "html", "md")}
    )
