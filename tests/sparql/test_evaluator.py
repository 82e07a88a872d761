"""What an evaluator makes of a query operation, without processes."""

from __future__ import annotations

import io

import pyoxigraph as ox
import pytest
import rdflib

from otsgraph.errors import DatasetTooLargeToMerge, NotAcceptable, ResultTooBig
from otsgraph.rdf.formats import GraphFormat, ResultsFormat
from otsgraph.rdf.serializers import SERIALIZERS, serialise_graph
from otsgraph.sparql import evaluator as evaluation
from otsgraph.sparql.evaluator import Evaluator
from otsgraph.sparql.protocol import FormatChoice, QueryOperation

A, B, NOWHERE = "http://x/g/a", "http://x/g/b", "http://x/g/nowhere"
DATA = f"""
<http://x/s> <http://x/p> <http://x/o> .
<http://x/s> <http://x/p> <http://x/o> <{A}> .
<http://x/s> <http://x/p> <http://x/o> <{B}> .
<http://x/s> <http://x/p> "only b" <{B}> .
"""
COUNT = "SELECT (COUNT(*) AS ?n) {} {{ ?s ?p ?o }}"
COUNT_NAMED = "SELECT (COUNT(*) AS ?n) {} {{ GRAPH ?g {{ ?s ?p ?o }} }}"


@pytest.fixture
def evaluator() -> Evaluator:
    store = ox.Store()
    store.load(DATA.encode(), format=ox.RdfFormat.N_QUADS)
    return Evaluator(store, {"x": "http://x/", "unused": "http://y/"}, 2**16)


def count(evaluator: Evaluator, operation: QueryOperation) -> int:
    csv = evaluator.evaluate(operation, FormatChoice(ResultsFormat.CSV)).body
    return int(csv.split()[1])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param(COUNT.format(""), 1, id="without FROM the default graph is the store's"),
        pytest.param(COUNT.format(f"FROM <{B}>"), 2, id="one FROM is that graph"),
        pytest.param(COUNT.format(f"FROM <{A}> FROM <{B}>"), 2, id="a triple in two FROM graphs counts once"),
        pytest.param(COUNT.format(f"FROM <{A}> FROM <{A}>"), 1, id="the same FROM twice is one graph"),
        pytest.param(COUNT.format(f"FROM <{NOWHERE}>"), 0, id="an unknown graph is empty"),
        pytest.param(COUNT.format(f"FROM NAMED <{A}>"), 0, id="with FROM NAMED alone the default graph is empty"),
        pytest.param(COUNT_NAMED.format(""), 3, id="without FROM all named graphs are there"),
        pytest.param(COUNT_NAMED.format(f"FROM <{A}> FROM <{B}>"), 0, id="with FROM alone there is no named graph"),
        pytest.param(COUNT_NAMED.format(f"FROM <{A}> FROM <{B}> FROM NAMED <{B}>"), 2, id="merged and named together"),
    ],
)
def test_the_dataset_is_the_one_the_query_names(evaluator: Evaluator, query: str, expected: int) -> None:
    assert count(evaluator, QueryOperation(query)) == expected


@pytest.mark.parametrize(
    ("default", "named", "query", "expected"),
    [
        pytest.param((A, B), (), COUNT.format(""), 2, id="several default graphs are merged"),
        pytest.param((A,), (), COUNT.format(f"FROM <{B}>"), 1, id="the protocol's graphs override FROM"),
        pytest.param((A,), (), COUNT_NAMED.format(""), 0, id="with default graphs alone there is no named graph"),
        pytest.param((), (B,), COUNT.format(""), 0, id="with named graphs alone the default graph is empty"),
        pytest.param((), (B,), COUNT_NAMED.format(""), 2, id="the named graphs are those named"),
        pytest.param((NOWHERE,), (), COUNT.format(""), 0, id="an unknown graph is empty"),
    ],
)
def test_the_dataset_is_the_one_the_protocol_names(
    evaluator: Evaluator, default: tuple[str, ...], named: tuple[str, ...], query: str, expected: int
) -> None:
    assert count(evaluator, QueryOperation(query, default, named)) == expected


def test_graphs_too_large_together_are_not_merged(evaluator: Evaluator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "MOST_MERGED_TRIPLES", 1)
    with pytest.raises(DatasetTooLargeToMerge, match="more than 1 triples"):
        count(evaluator, QueryOperation(COUNT.format(f"FROM <{A}> FROM <{B}>")))


@pytest.mark.parametrize("format_", list(ResultsFormat))
def test_truth_values_are_written_in_every_results_format(evaluator: Evaluator, format_: ResultsFormat) -> None:
    assert b"true" in evaluator.evaluate(QueryOperation("ASK { ?s ?p ?o }"), FormatChoice(format_)).body


@pytest.mark.parametrize("format_", list(GraphFormat))
def test_graphs_are_written_in_every_graph_format(evaluator: Evaluator, format_: GraphFormat) -> None:
    body = evaluator.evaluate(QueryOperation("CONSTRUCT WHERE { ?s ?p ?o }"), FormatChoice(None, format_)).body
    (quad,) = ox.parse(body, format=SERIALIZERS[format_].rdf)
    assert quad.triple == ox.Triple(*(ox.NamedNode(f"http://x/{name}") for name in "spo"))


def test_turtle_declares_the_prefixes_that_it_uses(evaluator: Evaluator) -> None:
    body = evaluator.evaluate(QueryOperation("CONSTRUCT WHERE { ?s ?p ?o }"), FormatChoice()).body
    assert body == b"@prefix x: <http://x/> .\n\nx:s x:p x:o .\n"


def test_a_prefix_that_is_the_end_of_one_in_use_is_not_in_use() -> None:
    output = io.BytesIO()
    triples = [ox.Triple(*(ox.NamedNode(f"http://x/{name}") for name in "spo"))]
    serialise_graph(triples, GraphFormat.TURTLE, {"xsd": "http://x/", "sd": "http://y/"}, output)
    assert output.getvalue().startswith(b"@prefix xsd: <http://x/> .\n\nxsd:s ")


def test_a_kind_of_result_that_the_client_does_not_take_is_not_written(evaluator: Evaluator) -> None:
    with pytest.raises(NotAcceptable, match="text/turtle"):
        evaluator.evaluate(QueryOperation("CONSTRUCT WHERE { ?s ?p ?o }"), FormatChoice(ResultsFormat.CSV, None))


def test_a_predicate_that_xml_cannot_name_is_refused_as_rdf_xml(evaluator: Evaluator) -> None:
    with pytest.raises(NotAcceptable, match="<http://x/123>"):
        evaluator.evaluate(
            QueryOperation("CONSTRUCT { <x:s> <http://x/123> 1 } WHERE { }"), FormatChoice(None, GraphFormat.RDFXML)
        )


def test_a_character_that_xml_does_not_have_is_refused_as_rdf_xml(evaluator: Evaluator) -> None:
    with pytest.raises(NotAcceptable, match="a character in a value of <http://x/p>"):
        evaluator.evaluate(
            QueryOperation('CONSTRUCT { <x:s> <http://x/p> "a\\fb" } WHERE { }'), FormatChoice(None, GraphFormat.RDFXML)
        )


def test_line_ends_are_the_same_after_rdf_xml(evaluator: Evaluator) -> None:
    body = evaluator.evaluate(
        QueryOperation('CONSTRUCT { <x:s> <http://x/p> "a\\r\\nb\\rc" } WHERE { }'),
        FormatChoice(None, GraphFormat.RDFXML),
    ).body
    assert [str(o) for o in rdflib.Graph().parse(data=body, format="xml").objects()] == ["a\r\nb\rc"]


def test_a_result_over_the_size_limit_is_refused(evaluator: Evaluator) -> None:
    large = 'SELECT (CONCAT(?x, ?x) AS ?y) { VALUES ?z { 1 2 3 } BIND("' + "x" * 20_000 + '" AS ?x) }'
    with pytest.raises(ResultTooBig, match="larger than 64 KiB"):
        evaluator.evaluate(QueryOperation(large), FormatChoice())
