"""Saved queries and their headers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from otsgraph.errors import DataError
from otsgraph.graph.documents import MOST_OTHERS, MOST_OWN
from otsgraph.graph.entities import MOST_FACTS_FROM, MOST_FACTS_TO, MOST_STATEMENTS
from otsgraph.queries.saved import PAGE_QUERIES, QueryForm, load, load_written, read, write

HEADER = "#+ summary: What?\n"


def test_a_file_says_what_it_answers() -> None:
    query = read("what", "#+ summary: What?\n#+ description: This.\n#+ tags: [a, b]\nASK { }\n")
    assert (query.summary, query.description, query.tags, query.form) == ("What?", "This.", ("a", "b"), QueryForm.ASK)


def test_the_query_is_the_file_as_it_stands() -> None:
    text = HEADER + "# a comment\nSELECT * { }"
    assert read("what", text).text == text


def test_the_form_is_not_taken_from_a_comment_or_a_prefix() -> None:
    assert read("what", HEADER + "# ASK\nPREFIX ASK: <x:> CONSTRUCT { } WHERE { }").form is QueryForm.CONSTRUCT


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        pytest.param("What", HEADER + "ASK {}", "What.rq: the name of a saved query", id="a name in capitals"),
        pytest.param("what", "ASK {}", "what.rq:1: the file has no header", id="no header"),
        pytest.param("what", "#+ tags: []\nASK {}", "what.rq:1: the header has no summary", id="no summary"),
        pytest.param(
            "what", "\n#+ summary: [\nASK {}", "what.rq:2: the header is not YAML", id="broken YAML, with its line"
        ),
        pytest.param(
            "what", HEADER + "#+ sumary: x\nASK {}", "what.rq:2: unknown key in the header: sumary", id="a typo"
        ),
        pytest.param("what", HEADER + "#+ tags: x\nASK {}", "what.rq:2: tags", id="tags that are no list"),
        pytest.param("what", HEADER + "# nothing", "what.rq: there is no SELECT", id="no query"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(name: str, text: str, message: str) -> None:
    with pytest.raises(DataError) as refused:
        read(name, text)
    assert str(refused.value).startswith(message)


def test_what_is_written_down_is_loaded_as_the_same_without_a_second_look_at_its_text(tmp_path: Path) -> None:
    select = "SELECT ?s { ?s ?p ?_a_integer FILTER(?p != ?__b_iri) } ORDER BY ?s LIMIT 9"
    texts = {"select": f"#+ enumerate:\n#+   - a: [1, 2]\n#+ evidence: s\n{select}", "ask": "#+ tags: [t]\nASK { }"}
    queries = {name: read(name, HEADER + text) for name, text in texts.items()}
    write(tmp_path / "queries.json", queries.values())
    loaded = load_written(tmp_path / "queries.json")
    assert loaded == queries
    assert loaded["select"].parameters[0].choices[1].folded == "2"


def test_a_page_is_asked_for_with_values_and_numbers_in_their_places() -> None:
    rows = read("what", HEADER + "SELECT ?s { ?s ?p ?_a_integer } LIMIT 30 OFFSET 5").compiled.rows
    assert rows is not None
    text = " ".join(rows.window(20, 25, {"_a_integer": "7"}).split())
    assert text == "#+ summary: What? SELECT ?s { ?s ?p 7 } LIMIT 10 OFFSET 25"
    assert "?s ?p ?_a_integer }" in rows.window(0, 1, {}), "without a value the variable stays"


def test_each_query_of_the_pages_is_one_file_in_the_same_dialect() -> None:
    queries = load(PAGE_QUERIES)
    assert {"document-record", "thing-facts", "meeting-parts", "ontology-uses"} <= queries.keys()
    bound = queries["thing-records"].bind(
        {"mentioned": "<http://x/a> <http://x/b>", "documents": "<http://x/c>", "statements": ""}
    )
    assert "VALUES ?s {  <http://x/a> <http://x/b>  }" in bound
    assert "#+" not in bound


def test_a_query_of_a_page_needs_a_term_for_each_parameter() -> None:
    with pytest.raises(KeyError):
        load(PAGE_QUERIES)["thing-records"].bind({"mentioned": ""})


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("document-statements", MOST_OWN + 1),
        ("document-others", MOST_OTHERS + 1),
        ("thing-statements", MOST_STATEMENTS),
        ("thing-facts", MOST_FACTS_FROM),
        ("thing-facts", MOST_FACTS_TO),
    ],
)
def test_a_query_of_a_page_asks_for_as_much_as_the_page_can_show(name: str, most: int) -> None:
    assert str(most) in re.findall(r"LIMIT (\d+)", load(PAGE_QUERIES)[name].text)
