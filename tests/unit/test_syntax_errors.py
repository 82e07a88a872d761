"""Syntax errors in words: what the engine refuses is explained from the tokens."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from otsgraph.errors import MalformedQuery
from otsgraph.evaluation import Evaluator
from otsgraph.operation import FormatChoice, QueryOperation


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
        pytest.param("SELECT ?s WHERE { ?s ?p ?o } ORDER ?s", 1, 36, "Did not expect `?s` here", id="a missing word"),
        pytest.param("ASK { ?s ?p }", 1, 13, "something is missing beside it", id="an incomplete triple"),
        pytest.param("ASK { ?s ?p ?o } LIMIT ?x", 1, 24, "Did not expect `?x` here", id="a variable for a number"),
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
