"""The parts of a SELECT query and the queries made of them: on a real engine they give what they promise."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otsgraph.sparql.rewrite import EVIDENCE_COLUMNS, rows_of, select_parts, values_of, with_evidence

STORE = ox.Store()
STORE.extend(
    [ox.Quad(ox.NamedNode(f"x:s{n}"), ox.NamedNode(f"x:p{n % 3}"), ox.Literal(n), g)
     for n in range(20) for g in (ox.DefaultGraph(), ox.NamedNode("x:g"))]
)  # fmt: skip

QUERIES = [
    pytest.param("SELECT ?s ?o { ?s ?p ?o } ORDER BY ?s", id="plain"),
    pytest.param(
        "PREFIX x: <x:> # {\nSELECT ?s ?o WHERE { ?s x:p1 ?o } # }\nORDER BY ?s # end", id="comments with braces"
    ),
    pytest.param("SELECT * { ?s ?p ?o } ORDER BY ?s LIMIT 7", id="a limit of its own"),
    pytest.param("SELECT * { ?s ?p ?o } ORDER BY ?s OFFSET 3 LIMIT 7", id="an offset before the limit"),
    pytest.param("SELECT * { ?s ?p ?o } ORDER BY ?s OFFSET 15", id="an offset alone"),
    pytest.param("SELECT DISTINCT ?p { ?s ?p ?o } ORDER BY ?p", id="distinct"),
    pytest.param(
        "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p HAVING (COUNT(*) > 6) ORDER BY DESC(?n)", id="groups"
    ),
    pytest.param("SELECT ?s FROM <x:g> WHERE { ?s ?p ?o } ORDER BY ?s", id="a dataset of its own"),
    pytest.param("SELECT ?s FROM NAMED <x:g> { GRAPH ?g { ?s ?p ?o } } ORDER BY ?s", id="named graphs of its own"),
    pytest.param("SELECT ?s { { SELECT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 5 } } ORDER BY DESC(?s)", id="a query inside"),
    pytest.param("SELECT ?s ?p { ?s ?p ?o } ORDER BY ?s VALUES ?p { <x:p1> <x:p2> }", id="values at the end"),
    pytest.param('SELECT ?s { ?s ?p ?o FILTER(STR(?s) != "} LIMIT 1") } ORDER BY ?s', id="a limit in a text"),
    pytest.param("select ?s where { ?s ?p ?o } order by ?s limit 4", id="small letters"),
    pytest.param("SELECT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 999999999999999999", id="a limit beyond all numbers"),
    pytest.param("SELECT ?s { ?s ?p ?o FILTER(false) } ORDER BY ?s", id="no rows"),
]


def rows(query: str) -> list[tuple[str, ...]]:
    found = STORE.query(query)
    assert isinstance(found, ox.QuerySolutions)
    return [tuple(str(row[v]) for v in found.variables) for row in found]


@pytest.mark.parametrize("query", QUERIES)
def test_pages_of_any_size_put_together_are_the_whole(query: str) -> None:
    whole = rows(query)
    for size in (1, 3, 50):
        assert [
            row for first in range(0, len(whole) + 1, size) for row in rows(rows_of(query).window(first, size, {}))
        ] == whole


@pytest.mark.parametrize("query", QUERIES)
def test_a_page_behind_the_last_row_is_empty(query: str) -> None:
    assert rows(rows_of(query).window(50, 10, {})) == []


@pytest.mark.parametrize("query", QUERIES)
def test_the_number_of_rows_is_that_of_the_whole(query: str) -> None:
    assert rows(rows_of(query).count.bound({})) == [(str(ox.Literal(len(rows(query)))),)]


def test_the_columns_are_the_variables_that_are_selected() -> None:
    text = "SELECT ?a (COUNT(?b) AS ?n) (STR(?c) AS ?d) { ?a ?b ?c }"
    assert select_parts(text).columns == ("a", "n", "d")


def test_all_variables_have_no_names() -> None:
    assert select_parts("SELECT * { ?s ?p ?o }").columns == ()


def test_the_values_of_a_variable_are_those_for_which_the_query_has_answers() -> None:
    query = "PREFIX x: <x:>\nSELECT ?s { ?s ?_kind_iri ?o FILTER(?o < 2) } ORDER BY ?s LIMIT 1"
    assert rows(values_of(query, "_kind_iri", 10)) == [("<x:p0>",), ("<x:p1>",)]


def test_no_more_values_are_asked_for_than_wanted() -> None:
    assert len(rows(values_of("SELECT ?s { ?s ?p ?o }", "s", 4))) == 4


def test_evidence_adds_columns_and_leaves_the_rows_and_their_order() -> None:
    query = "SELECT ?s ?o { ?s ?p ?o } ORDER BY DESC(?s)"
    assert [row[:2] for row in rows(with_evidence(query, "s"))] == rows(query)
    assert select_parts(with_evidence(query, "s")).columns == ("s", "o", *EVIDENCE_COLUMNS)


def test_the_variable_of_the_statements_need_not_be_selected() -> None:
    query = "SELECT ?o { ?s ?p ?o } ORDER BY ?o ?s"
    assert [row[:1] for row in rows(with_evidence(query, "s"))] == rows(query)


@pytest.mark.parametrize("text", ["ASK { }", "", "SELECT", "SELECT ?s", "SELECT ?s {", "}"])
def test_what_is_no_whole_select_query_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="SELECT"):
        select_parts(text)


@given(
    text=st.lists(
        st.sampled_from("SELECT ?a { } ( ) FROM WHERE LIMIT 1 OFFSET ORDER BY GROUP VALUES <x:y> # \n".split(" ")),
        max_size=14,
    ).map(" ".join)
)
def test_any_text_has_parts_or_is_refused(text: str) -> None:
    try:
        rows_of(text)
    except ValueError:
        return
