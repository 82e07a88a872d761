"""The inferred graph: exactly what the three rules give, and no answer depends on it."""

from __future__ import annotations

import subprocess
import sys

import pyoxigraph as ox
import pytest

from otsgraph.dataset.build import build
from otsgraph.dataset.info import DatasetInfo
from otsgraph.dataset.sources import layered_sources, packaged_folder
from otsgraph.graph.statements import asserted, reifications
from otsgraph.queries import saved
from otsgraph.rdf.files import RdfFile
from otsgraph.rdf.formats import GraphFormat, ResultsFormat
from otsgraph.rdf.terms import BASE, DISCOVERY_GRAPH, INFERRED_GRAPH, OTS, RDF, Triple, iri
from otsgraph.sparql.evaluator import Evaluator
from otsgraph.sparql.protocol import FormatChoice, QueryOperation

QUERIES = {
    f"{folder}/{name}": query
    for folder in ("queries", "queries/competency")
    for name, query in saved.load(packaged_folder() / folder).items()
}


@pytest.fixture(scope="module")
def with_inferred() -> tuple[ox.Store, DatasetInfo]:
    return build(layered_sources(packaged_folder()), layered=True)


@pytest.fixture(scope="module")
def without_inferred() -> tuple[ox.Store, DatasetInfo]:
    return build(layered_sources(packaged_folder()), layered=True, with_inferred=False)


def triples(store: ox.Store, graph: str = "") -> set[Triple]:
    name = ox.NamedNode(graph) if graph else ox.DefaultGraph()
    return {(str(q.subject), str(q.predicate), str(q.object)) for q in store.quads_for_pattern(None, None, None, name)}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_gives_the_same_rows_without_the_inferred_graph(
    name: str, with_inferred: tuple[ox.Store, DatasetInfo], without_inferred: tuple[ox.Store, DatasetInfo]
) -> None:
    query = QUERIES[name]
    assert "inferred" not in query.tags
    choice = FormatChoice(ResultsFormat.CSV, GraphFormat.NTRIPLES)
    answers = [
        Evaluator(store, {}, 2**24).evaluate(QueryOperation(query.default_text), choice).body.splitlines()
        for store, _ in (with_inferred, without_inferred)
    ]
    if query.form.gives_graph:
        answers = [sorted(answer) for answer in answers]
    assert answers[0] == answers[1]


def test_the_inferred_triples_are_all_that_the_default_graph_has_more(
    with_inferred: tuple[ox.Store, DatasetInfo], without_inferred: tuple[ox.Store, DatasetInfo]
) -> None:
    more = triples(with_inferred[0]) - triples(without_inferred[0])
    assert more - triples(with_inferred[0], DISCOVERY_GRAPH) == triples(with_inferred[0], INFERRED_GRAPH)


def test_a_state_is_a_polity_and_what_other_vocabularies_call_it(with_inferred: tuple[ox.Store, DatasetInfo]) -> None:
    hungary = iri(f"{BASE}id/state/hungary")
    kinds = {o for s, p, o in triples(with_inferred[0], INFERRED_GRAPH) if (s, p) == (hungary, iri(RDF + "type"))}
    schema = "https://schema.org/"
    assert kinds == {iri(OTS + "Polity"), iri(schema + "Country"), iri(schema + "AdministrativeArea")}


def test_no_claim_follows_from_the_facts(with_inferred: tuple[ox.Store, DatasetInfo]) -> None:
    article = RdfFile(packaged_folder() / "data" / "documents" / "trend-2025-12-02.ttl").triples()
    claims = {s.triple for s in reifications(article) if not asserted(s)}
    assert not claims & triples(with_inferred[0], INFERRED_GRAPH)


def test_counts_leave_the_inferred_graph_out(
    with_inferred: tuple[ox.Store, DatasetInfo], without_inferred: tuple[ox.Store, DatasetInfo]
) -> None:
    assert with_inferred[1].triples == without_inferred[1].triples
    assert INFERRED_GRAPH not in {graph.iri for graph in without_inferred[1].graphs}


def test_the_command_line_can_leave_it_out() -> None:
    ask = "ASK { state:hungary a ots:Polity }"
    answers = [
        subprocess.run(
            [sys.executable, "-m", "otsgraph", "query", ask, "-f", "csv", *flags], capture_output=True, check=True
        ).stdout
        for flags in ((), ("--no-inferred",))
    ]
    assert answers == [b"true\n", b"false\n"]
