"""A graph as text: a second reader finds the same triples in every format."""

from __future__ import annotations

import unicodedata

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import example, given
from hypothesis import strategies as st

from otsgraph.rdf.formats import GraphFormat
from otsgraph.rdf.serializers import SERIALIZERS, serialise
from otsgraph.rdf.terms import RDF, XSD, Triple, integer, iri, literal

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


FORBIDDEN = "RDF ID about parseType resource nodeID datatype Description aboutEach aboutEachPrefix bagID li".split()
LOCAL = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='%#[]<>"{}|^`\\'))
PREDICATES = st.one_of(
    LOCAL.map("http://p/n".__add__),
    LOCAL.map("http://p/".__add__),
    st.sampled_from(["type", "_1", "value", *FORBIDDEN]).map(RDF.__add__),
)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ANY_OBJECTS = st.one_of(
    ANY_TEXT.map(literal),
    ANY_TEXT.map(lambda text: literal(text, language="hu")),
    ANY_TEXT.map(lambda text: literal(text, datatype="http://x/a&b")),
)


def read_back(document: bytes, format_: GraphFormat) -> set[Triple]:
    parsed = ox.parse(document, format=SERIALIZERS[format_].rdf)
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
    with pytest.raises(ValueError, match="cannot write the predicate <http://x/1>"):
        serialise([(S, iri("http://x/1"), T)], GraphFormat.RDFXML, {})


def told(term: rdflib.term.Node) -> str:
    if isinstance(term, rdflib.Literal):
        return literal(str(term), language=term.language or "", datatype=str(term.datatype or ""))
    return iri(str(term))


def is_known_to_old_readers(predicate: str) -> bool:
    """Whether a reader of XML 1.0 before its fifth edition, as expat is, knows the characters."""
    return all(ord(character) < 0x100 and unicodedata.category(character) != "Lo" for character in predicate)


@given(PREDICATES, ANY_OBJECTS)
@example("http://p/ªx", literal("a"))
@example("http://p/a²", literal("a"))
@example("http://p/ax·y", literal("a"))
@example("http://p/p", literal("a\r\nb\rc"))
@example("http://p/p", literal("]]>"))
def test_what_is_written_as_xml_is_read_as_the_same_by_two_readers(predicate: str, object_: str) -> None:
    triple = (S, iri(predicate), object_)
    try:
        document = serialise(
            [triple], GraphFormat.RDFXML, {"rdf": "http://p/", "xml": "http://x/", "ns0": "http://p/n"}
        )
    except ValueError:
        return
    (read,) = ox.parse(document, format=ox.RdfFormat.RDF_XML)
    (given_,) = ox.parse(f"{' '.join(triple)} .", format=ox.RdfFormat.N_TRIPLES)
    assert read == given_
    if is_known_to_old_readers(predicate):
        graph = rdflib.Graph().parse(data=document, format="xml")
        assert [tuple(map(told, found)) for found in graph] == [triple]


@pytest.mark.parametrize(
    "predicate", [*(RDF + name for name in FORBIDDEN), "http://www.w3.org/2000/xmlns/p", "http://p/²"]
)
def test_a_name_that_xml_reads_as_something_else_is_refused(predicate: str) -> None:
    with pytest.raises(ValueError, match="cannot write the predicate"):
        serialise([(S, iri(predicate), T)], GraphFormat.RDFXML, {})


@pytest.mark.parametrize("character", ["\0", "\x07", "\x0c", "\x1f", "\ufffe", "\uffff"])
def test_a_character_that_xml_does_not_have_is_refused_in_xml_alone(character: str) -> None:
    triple = (S, iri("http://x/p"), literal(f"a{character}b"))
    with pytest.raises(ValueError, match="cannot write a character in a value of <http://x/p>"):
        serialise([triple], GraphFormat.RDFXML, {})
    for format_ in set(GraphFormat) - {GraphFormat.RDFXML}:
        (read,) = ox.parse(serialise([triple], format_, {}), format=SERIALIZERS[format_].rdf)
        assert read.object == ox.Literal(f"a{character}b")
