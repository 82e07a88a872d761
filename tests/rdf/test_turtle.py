"""Turtle for people: RDF 1.1 Turtle."""

from __future__ import annotations

import pyoxigraph as ox
from hypothesis import example, given
from hypothesis import strategies as st

from otsgraph.rdf.formats import DatasetFormat, GraphFormat
from otsgraph.rdf.serializers import serialise, serialise_dataset
from otsgraph.rdf.terms import RDF, XSD, Triple, iri, literal, triple_term

PREFIXES = {"x": "http://x/", "xx": "http://x/y/", "xsd": XSD}

_iris = st.sampled_from(["http://x/a", "http://x/y/b", "http://x/y/", "http://x/a.b", "http://z/#c", "http://x/1"]).map(
    iri
)
_literals = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])).map(literal),
    st.just(literal("a", language="az-Latn")),
    st.sampled_from(["7", "-7", "007", "x"]).map(lambda v: literal(v, datatype=XSD + "integer")),
    st.sampled_from(["true", "1"]).map(lambda v: literal(v, datatype=XSD + "boolean")),
    st.sampled_from(["1.5", ".5", "1."]).map(lambda v: literal(v, datatype=XSD + "decimal")),
)
_triple_terms = st.tuples(_iris, _iris, st.one_of(_iris, _literals)).map(triple_term)
_triples = st.lists(st.tuples(_iris, _iris, st.one_of(_iris, _literals, _triple_terms)))


@given(_triples)
@example(
    [(iri("http://x/y/b"), iri("http://x/y/b"), triple_term((iri("http://x/a"), iri("http://x/a"), literal("a"))))]
)
def test_what_is_written_reads_back_the_same(triples: list[Triple]) -> None:
    read = {
        (str(q.subject), str(q.predicate), str(q.object))
        for q in ox.parse(serialise(triples, GraphFormat.TURTLE, PREFIXES), format=ox.RdfFormat.TURTLE)
    }
    expected = {
        (str(q.subject), str(q.predicate), str(q.object))
        for q in ox.parse("".join(f"{s} {p} {o} .\n" for s, p, o in triples), format=ox.RdfFormat.N_TRIPLES)
    }
    assert read == expected


@given(_triples, st.randoms())
def test_the_order_of_the_triples_does_not_matter(triples: list[Triple], random: object) -> None:
    assert serialise(triples, GraphFormat.TURTLE, PREFIXES) == serialise(triples[::-1], GraphFormat.TURTLE, PREFIXES)


def test_the_type_comes_first_and_prefixes_are_only_those_used() -> None:
    triples = [
        (iri("http://x/a"), iri("http://x/y/b"), literal("7", datatype=XSD + "integer")),
        (iri("http://x/a"), iri(RDF + "type"), iri("http://x/T")),
    ]
    assert serialise(triples, GraphFormat.TURTLE, PREFIXES, "Said first.").decode() == (
        "# Said first.\n\n@prefix x: <http://x/> .\n@prefix xx: <http://x/y/> .\n\nx:a a x:T ;\n    xx:b 7 .\n"
    )


def test_a_dataset_keeps_its_graphs_apart() -> None:
    triple = (iri("http://x/a"), iri("http://x/b"), iri("http://x/c"))
    text = serialise_dataset({"http://x/g": [triple], "http://x/h": [triple]}, DatasetFormat.TRIG, PREFIXES)
    graphs = {str(q.graph_name) for q in ox.parse(text, format=ox.RdfFormat.TRIG)}
    assert graphs == {"<http://x/g>", "<http://x/h>"}
