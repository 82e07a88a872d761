"""JSON-LD with short names: two other readers find the same triples, and readers of JSON find one shape."""

from __future__ import annotations

import json

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from otsgraph.rdf.serializers import write_dataset, write_graph
from otsgraph.rdf.terms import RDF, XSD, Triple, integer, iri, literal, triple_term

S, P, T = iri("http://x/s"), iri("http://x/p"), iri("http://x/t")
TYPE = iri(RDF + "type")
PREFIXES = {"x": "http://x/", "long": "http://x/y/", "xsd": XSD, "rdf": RDF}

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
IRIS = st.sampled_from(
    "http://x/s http://x/ http://x/y/z http://x/y/a/b http://x///c urn:x:y x-y:z http://y/?a=b#c http://é/ü".split()
).map(iri)
RESOURCES = st.one_of(IRIS, st.sampled_from(["_:a", "_:b"]))
OBJECTS = st.one_of(
    RESOURCES,
    st.builds(literal, TEXT),
    st.builds(lambda text: literal(text, language="hu"), TEXT),
    st.builds(integer, st.integers()),
    st.sampled_from(["1.50", "true", "1e3"]).map(lambda text: literal(text, datatype=XSD + "decimal")),
    st.just(literal("{}", datatype=RDF + "JSON")),
)
TRIPLES = st.tuples(RESOURCES, st.one_of(IRIS, st.just(TYPE)), OBJECTS)


def told(triples: list[Triple]) -> ox.Dataset:
    """The triples as another reader has them from N-Triples; blank nodes named canonically."""
    return canonical(ox.parse("".join(f"{s} {p} {o} .\n" for s, p, o in triples), format=ox.RdfFormat.N_TRIPLES))


def canonical(quads: ox.QuadParser) -> ox.Dataset:
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


@given(st.lists(TRIPLES, max_size=8))
def test_another_reader_finds_the_same_triples(triples: list[Triple]) -> None:
    document = write_graph(triples, PREFIXES)
    assert canonical(ox.parse(document, format=ox.RdfFormat.JSON_LD)) == told(triples)


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
def test_a_third_reader_finds_the_same_triples() -> None:
    triples = [
        (S, TYPE, T),
        (S, P, iri("http://x/y/a/b")),
        (S, P, literal("kürt", language="hu")),
        (S, P, literal('a "b"\n\\c')),
        (S, P, integer(7)),
        (S, iri("http://y/q#r"), literal("true", datatype=XSD + "boolean")),
    ]
    read = rdflib.Graph().parse(data=write_graph(triples, PREFIXES), format="json-ld")
    expected = rdflib.Graph().parse(data="".join(f"{s} {p} {o} .\n" for s, p, o in triples), format="nt")
    assert set(read) == set(expected)


def test_named_graphs_stay_apart() -> None:
    document = write_dataset({"http://x/g": [(S, P, T)], "http://x/h": [(T, P, S)], "": [(T, P, T)]}, PREFIXES)
    quads = {str(quad) for quad in ox.parse(document, format=ox.RdfFormat.JSON_LD)}
    assert quads == {f"{S} {P} {T} <http://x/g>", f"{T} {P} {S} <http://x/h>", f"{T} {P} {T}"}


def test_names_are_shortened_by_the_longest_prefix_that_fits_and_only_used_prefixes_are_declared() -> None:
    document = json.loads(write_graph([(iri("http://x/y/z"), P, integer(7))], PREFIXES))
    assert document == {
        "@context": {"long": "http://x/y/", "x": "http://x/", "xsd": XSD},
        "@graph": [{"@id": "long:z", "x:p": [{"@value": "7", "@type": "xsd:integer"}]}],
    }


@pytest.mark.parametrize(
    ("prefixes", "reason"),
    [
        ({"x": "http://x/s"}, "a namespace ends with a sign that parts an IRI"),
        ({"http": "http://x/"}, "a prefix is no scheme of an IRI"),
        ({"": "http://x/"}, "a term is not empty"),
        ({"@x": "http://x/"}, "a term is no keyword"),
    ],
)
def test_a_prefix_that_json_ld_would_read_otherwise_is_not_used(prefixes: dict[str, str], reason: str) -> None:
    assert json.loads(write_graph([(S, P, T)], prefixes))["@context"] == {}, reason


def test_the_order_of_the_triples_does_not_matter() -> None:
    triples = [(S, P, T), (T, P, S)]
    assert write_graph(triples, PREFIXES) == write_graph(triples[::-1] * 2, PREFIXES)


def test_a_triple_about_a_triple_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON-LD cannot write"):
        write_graph([(S, P, triple_term((S, P, T)))], PREFIXES)
