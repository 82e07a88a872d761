"""A graph as text: a second reader finds the same triples in every format."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otsgraph.formats import GraphFormat
from otsgraph.graph_text import serialise
from otsgraph.serialising import RDF_FORMATS
from otsgraph.terms import RDF, XSD, Triple, integer, iri, literal

S, T = iri("http://x/s"), iri("http://x/t")
PREFIXES = {"x": "http://x/", "rdf": RDF}

XML_TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Co", "Cn"], exclude_characters="\x7f"))
OBJECTS = st.one_of(
    st.just(T),
    st.builds(literal, XML_TEXT),
    st.builds(lambda text: literal(text, language="hu"), XML_TEXT),
    st.builds(integer, st.integers()),
    st.just(literal("2025-12-02", datatype=XSD + "date")),
)
TRIPLES = st.tuples(
    st.sampled_from([S, T]), st.sampled_from([iri(RDF + "value"), iri("http://y/a-b#c.d"), iri("http://x/p")]), OBJECTS
)


def read_back(document: bytes, format_: GraphFormat) -> set[Triple]:
    parsed = ox.parse(document, format=RDF_FORMATS[format_])
    return {(str(q.subject), str(q.predicate), str(q.object)) for q in parsed}


@given(st.lists(TRIPLES))
@pytest.mark.parametrize("format_", list(GraphFormat))
def test_another_reader_finds_the_same_triples(format_: GraphFormat, triples: list[Triple]) -> None:
    as_read = {tuple(map(str, (q.subject, q.predicate, q.object))) for q in ox.parse(
        "".join(f"{s} {p} {o} .\n" for s, p, o in triples), format=ox.RdfFormat.N_TRIPLES)}  # fmt: skip
    assert read_back(serialise(triples, format_, PREFIXES), format_) == as_read


@pytest.mark.parametrize("format_", list(GraphFormat))
def test_types_are_types_in_every_format(format_: GraphFormat) -> None:
    triple = (S, iri(RDF + "type"), T)
    assert read_back(serialise([triple], format_, PREFIXES), format_) == {triple}


def test_the_order_of_the_triples_does_not_matter() -> None:
    triples = [(S, iri("http://x/p"), T), (T, iri("http://x/p"), S)]
    for format_ in GraphFormat:
        assert serialise(triples, format_, PREFIXES) == serialise(triples[::-1] * 2, format_, PREFIXES)


def test_a_predicate_that_xml_cannot_name_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot write the predicate http://x/1"):
        serialise([(S, iri("http://x/1"), T)], GraphFormat.RDFXML, {})
