"""Syntax errors in words: what the engine refuses is explained from the tokens."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from otsgraph.errors import MalformedQuery
from otsgraph.sparql.diagnostics import explain, explain_fault
from otsgraph.sparql.evaluator import Evaluator
from otsgraph.sparql.protocol import FormatChoice, QueryOperation


@pytest.mark.parametrize(
    ("query", "line", "column", "words"),
    [
        pytest.param("", 1, 1, "is empty", id="nothing at all"),
        pytest.param('ASK { ?s ?p "abc }', 1, 13, "string that begins here is not closed", id="unterminated string"),
        pytest.param("ASK { <http://x y> ?p ?o }", 1, 7, "IRI that begins here", id="unterminated IRI"),
        pytest.param("ASK {\n ?s ?p ?o", 1, 5, "brace { that opens here is never closed", id="missing brace"),
        pytest.param("ASK { ?s ?p ?o } }", 1, 18, "has no opening one", id="one brace too many"),
        pytest.param("ASK { FILTER(?o > 1 }", 1, 21, "closes the bracket ( of line 1", id="bracket closed by a brace"),
        pytest.param("SELECT *\n{ ?s foo:bar ?o }", 2, 6, "Unknown prefix `foo:`", id="undeclared prefix"),
        pytest.param("ASK { FILTER(foo(?o)) }", 1, 14, "Unknown function `foo`", id="unknown function"),
        pytest.param("ASK { FILTR(?o) }", 1, 7, "did you mean FILTER?", id="misspelt keyword before a bracket"),
        pytest.param("SELCT * { ?s ?p ?o }", 1, 1, "Unknown keyword `SELCT`; did you mean SELECT?", id="misspelt form"),
        pytest.param("INSERT DATA { <x:a> <x:b> <x:c> }", 1, 1, "belongs to SPARQL Update", id="an update"),
        pytest.param("PREFIX a: <x:> CLEAR ALL", 1, 16, "belongs to SPARQL Update", id="an update behind a prologue"),
        pytest.param("ASK { <rel> ?p ?o }", 1, 7, "is relative", id="relative IRI"),
        pytest.param(
            "SELECT ?s WHERE { ?s ?p ?o } ORDER ?s",
            1,
            36,
            "ORDER must be followed by BY, not `?s`.",
            id="a missing word",
        ),
        pytest.param("ASK { ?s ?p }", 1, 13, "lacks an object", id="an incomplete triple"),
        pytest.param("ASK { ?s ?p ?o } LIMIT ?x", 1, 24, "whole number from 0, not `?x`", id="a variable for a number"),
        pytest.param("SELECT ?s", 1, 10, "without a pattern in braces", id="an incomplete query"),
    ],
)
def test_a_syntax_error_is_told_in_words_with_its_place(query: str, line: int, column: int, words: str) -> None:
    evaluator = Evaluator(ox.Store(), {}, 2**20)
    with pytest.raises(MalformedQuery) as refused:
        evaluator.evaluate(QueryOperation(query), FormatChoice())
    assert words in refused.value.detail
    assert refused.value.members == {"line": line, "column": column}
    assert "expected one of" not in refused.value.detail


def assert_told(query: str, place: tuple[int, int], sentence: str) -> None:
    """The engine refuses the query, and the explanation says that at that line and column."""
    with pytest.raises(SyntaxError):
        ox.Store().query(query)
    error = explain(query, 1, len(query))
    assert sentence in error.detail
    assert (error.members["line"], error.members["column"]) == place


@pytest.mark.parametrize(
    ("query", "place", "sentence"),
    [
        pytest.param("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o }", (1, 8), "not in GROUP BY", id="a variable beside an aggregate"),
        pytest.param("SELECT ?s ?o (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s", (1, 11), "`?o` is selected", id="one of several beside an aggregate"),
        pytest.param("SELECT ?s { ?s ?p ?o } GROUP BY ?o", (1, 8), "from groups", id="a variable that is not grouped by"),
        pytest.param("SELECT * { { SELECT ?s (MAX(?o) AS ?m) { ?s ?p ?o } } }", (1, 21), "not in GROUP BY", id="the same in a sub-select"),
        pytest.param("SELECT * { ?s ?p ?o } GROUP BY ?s", (1, 8), "name the variables", id="a star with GROUP BY"),
        pytest.param("SELECT (1 AS ?a) (2 AS ?a) { }", (1, 24), "selected twice", id="a name for two values"),
        pytest.param("SELECT ?a (2 AS ?a) { }", (1, 17), "selected twice", id="a name that is selected already"),
        pytest.param("SELECT * { BIND(1 AS ?x) BIND(2 AS ?x) }", (1, 36), "already has a value", id="a name that is bound already"),
        pytest.param("ASK { FILTER(COUNT(?x) > 1) }", (1, 14), "use it in SELECT, HAVING or ORDER BY only", id="an aggregate in a filter"),
        pytest.param("SELECT * { ?s ?p ?o } LIMIT -1", (1, 29), "whole number from 0", id="a negative limit"),
        pytest.param("SELECT * { VALUES (?a ?b) { (1) } }", (1, 29), "1 values for 2 variables", id="a short row of VALUES"),
        pytest.param("SELECT * { VALUES (?a) { ('a'@en) (1 2) } }", (1, 35), "2 values for 1 variables", id="a long row of VALUES"),
        pytest.param("PREFIX s: <x:> ASK { s:trend/026 ?p ?o }", (1, 22), "`s:trend\\/026`", id="a slash in a prefixed name"),
    ],
)  # fmt: skip
def test_a_mistake_beyond_brackets_and_words_is_told(query: str, place: tuple[int, int], sentence: str) -> None:
    assert_told(query, place, sentence)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        pytest.param("ASK { FILTER(<http://x/f>(1)) }", (1, 14), id="by its IRI"),
        pytest.param("PREFIX x: <http://x/>\nSELECT (x:f(1) AS ?y) { }", (2, 9), id="by a prefixed name"),
    ],
)
def test_a_function_that_the_engine_does_not_have_is_told(query: str, place: tuple[int, int]) -> None:
    error = explain_fault(query)
    assert error is not None
    assert "Unknown function" in error.detail
    assert (error.members["line"], error.members["column"]) == place


def test_a_cast_is_no_unknown_function() -> None:
    assert explain_fault("PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> ASK { FILTER(xsd:integer('1') = 1) }") is None


@pytest.mark.parametrize(
    ("query", "place", "sentence"),
    [
        pytest.param("SELECT ?s, ?p { ?s ?p ?o }", (1, 10), "separated by spaces, not commas", id="a comma between variables"),
        pytest.param("SELECT COUNT(?s) AS ?n { ?s ?p ?o }", (1, 8), "needs brackets and a name", id="an aggregate without brackets"),
        pytest.param("SELECT DISTINCT { ?s ?p ?o }", (1, 17), "followed by variables or *", id="nothing selected"),
        pytest.param("SELECT * FROM { ?s ?p ?o }", (1, 15), "the IRI of a graph", id="FROM nothing"),
        pytest.param("SELECT * { ?s ?p ?o } LIMIT", (1, 28), "a whole number from 0", id="a limit without number"),
        pytest.param("SELECT * { ?s ?p ?o } LIMIT 10 ORDER BY ?s", (1, 32), "ORDER must come before LIMIT", id="modifiers out of order"),
        pytest.param("SELECT * { OPTIONAL ?s ?p ?o }", (1, 21), "a group in braces", id="OPTIONAL without braces"),
        pytest.param("SELECT * { GRAPH { ?s ?p ?o } }", (1, 18), "GRAPH ?g { … }", id="GRAPH without a name"),
        pytest.param("SELECT * { FILTER ?x > 1 }", (1, 19), "a condition in brackets", id="FILTER without brackets"),
        pytest.param("SELECT * { BIND ?x AS 1 }", (1, 17), "BIND(?x + 1 AS ?y)", id="BIND without brackets"),
        pytest.param("ASK { FILTER(?o IN 1, 2) }", (1, 20), "a list in brackets", id="IN without brackets"),
        pytest.param("PREFIX a <http://x/> ASK {}", (1, 8), "a prefix with its colon", id="a prefix without colon"),
        pytest.param("ASK { ?s ?p 'x'^^ }", (1, 16), "the IRI of a datatype", id="a datatype that is missing"),
        pytest.param("ASK { ?s ?p 'x'@ }", (1, 16), "a language tag", id="a language tag that is missing"),
        pytest.param("ASK { ?s }", (1, 10), "lacks a predicate and an object", id="a subject alone"),
        pytest.param("SELECT $ { ?s ?p ?o }", (1, 8), "`$` must be followed by the name of a variable", id="a variable without name"),
        pytest.param("DESCRIBE", (1, 9), "an IRI, a variable or *", id="nothing to describe"),
        pytest.param("ASK { ?s ?p ?o FILTER(?o <> 3) }", (1, 26), "Not equal is written `!=`", id="unequal as elsewhere"),
        pytest.param("ASK { FILTER(?a AND ?b) }", (1, 17), "use `&&`", id="a conjunction as elsewhere"),
        pytest.param("ASK { ?s A ?o }", (1, 10), "in lower case", id="the type in upper case"),
        pytest.param("PREFIX ex: http://x/ ASK { ?s ?p ex:a }", (1, 11), "needs an IRI in angle brackets", id="a prefix without brackets"),
        pytest.param("SELECT (COUNT(*) AS n) { }", (1, 21), "a new variable, not `n`", id="a name without question mark"),
        pytest.param("SELECT * { ?s ?p ?o } LIMIT ten", (1, 29), "a whole number from 0, not `ten`", id="a number in words"),
    ],
)  # fmt: skip
def test_what_must_stand_behind_a_keyword_is_told(query: str, place: tuple[int, int], sentence: str) -> None:
    assert_told(query, place, sentence)


@pytest.mark.parametrize(
    "fragment",
    [
        "VALUES ?x { <http://x/a> }",
        "VALUES (?x) { (<http://x/a>) }",
        "FILTER(COUNT(DISTINCT STR(?x)) > 1)",
        "{ SELECT DISTINCT ?x { ?x ?y ?z } ORDER BY ?x LIMIT 1 }",
        "OPTIONAL { ?a ?b ?c } FILTER NOT EXISTS { ?a ?b ?d } BIND(1 AS ?n)",
        "MINUS { ?s ?q ?x } BIND(1 AS ?x)",
        "FILTER EXISTS { ?s ?p ?x } BIND(1 AS ?x)",
        "{ SELECT ?s { ?s ?p ?x } } BIND(1 AS ?x)",
        "FILTER(?x > 1) BIND(2 AS ?x)",
        "FILTER(?o<3&&?o>1)",
        "<< ?s ?p ?o >> ?q ?x .",
        "BIND((1 + 2) AS ?z)",
    ],
)
def test_what_is_right_is_not_blamed_for_what_is_wrong_elsewhere(fragment: str) -> None:
    error = explain(f"SELECT * {{ {fragment} ?s ?p ?o ?q }}", 1, 13 + len(fragment) + 9)
    assert any(word in error.detail for word in ("Did not expect", "computed from groups"))


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(f"ASK {{ <{'a' * 10_000}> ?p ?o }}", id="a relative IRI"),
        pytest.param(f"ASK {{ {'a' * 10_000}:b ?p ?o }}", id="an unknown prefix"),
        pytest.param(f"ASK {{ {'a' * 10_000} }}", id="an unknown word"),
        pytest.param(f"SELECT ?{'a' * 10_000} ?{'a' * 10_000} (1 AS ?{'a' * 10_000}) {{ }}", id="a variable"),
    ],
)
def test_a_sentence_about_a_long_name_is_cut(query: str) -> None:
    assert len(explain(query, 1, 1).detail) < 1_000


@pytest.mark.parametrize("escape", [r"\uD800", r"\u000a", r"\U00110000", r"\u003C"])
def test_an_escape_that_no_iri_can_have_is_named(escape: str) -> None:
    error = explain(f"ASK {{ ?s ?p <http://x/{escape}> }}", 1, 1)
    assert error.detail.startswith(f"The IRI that begins here has `{escape}`")
    assert error.members == {"line": 1, "column": 13}
