"""The files of a dataset, of triples few enough to be written down."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from otsgraph.dataset.downloads import Contents, write_all
from otsgraph.dataset.info import DatasetInfo, GraphInfo, GraphKind
from otsgraph.rdf.terms import BASE, GRAPH_BASE, OTS, RDF, RDFS, Triple, iri, literal

STATE, CITY = iri(BASE + "id/state/hungary"), iri(BASE + "id/place/budapest")
LABEL = iri(RDFS + "label")


def stated(name: str) -> list[Triple]:
    """A statement with its passage."""
    node, passage = iri(f"{BASE}id/statement/{name}"), iri(f"{BASE}id/statement/{name}#passage")
    parts = {RDF + "subject": CITY, RDF + "predicate": iri(OTS + "capitalOf"), RDF + "object": STATE}
    return [*((node, iri(p), o) for p, o in parts.items()), (node, iri(OTS + "passage"), passage), (passage, LABEL, literal("x"))]  # fmt: skip


QUOTATION = (iri(BASE + "id/quotation/one/1"), iri(OTS + "speaker"), iri(BASE + "id/person/p"))
"""What the graph of a document holds beside its statements."""

GRAPHS = {
    "one": (GraphKind.STATEMENTS, [*stated("one/1"), QUOTATION]),
    "places": (GraphKind.REFERENCE, [*stated("places/1"), (STATE, LABEL, literal("Hungary", language="en"))]),
    "one/facts": (GraphKind.FACTS, [(CITY, iri(OTS + "capitalOf"), STATE)]),
}


def contents() -> Contents:
    graphs = tuple(GraphInfo(GRAPH_BASE + slug, kind, len(held)) for slug, (kind, held) in GRAPHS.items())
    facts = frozenset([(CITY, iri(OTS + "capitalOf"), STATE), (STATE, LABEL, literal("Hungary", language="en"))])
    named = {GRAPH_BASE + slug: frozenset(held) for slug, (_, held) in GRAPHS.items()}
    return Contents(DatasetInfo("0" * 64, True, len(facts), graphs, {"ots": OTS}), facts, named)


def triples_in(file: Path) -> set[Triple]:
    quads = ox.parse(file.read_bytes(), format=ox.RdfFormat.TURTLE)
    return {(str(q.subject), str(q.predicate), str(q.object)) for q in quads}


def test_the_file_of_statements_has_those_of_the_reference_layer_with_their_parts_and_nothing_else_of_it(
    tmp_path: Path,
) -> None:
    write_all(contents(), tmp_path)
    assert triples_in(tmp_path / "otsgraph-statements.ttl") == {*stated("one/1"), *stated("places/1"), QUOTATION}


def test_no_statement_is_in_the_file_of_facts(tmp_path: Path) -> None:
    write_all(contents(), tmp_path)
    assert triples_in(tmp_path / "otsgraph.ttl") == contents().default
