"""Statements as witnesses: what counts as the same, who counts as another, and what is told of each."""

from __future__ import annotations

import pytest

from otsgraph.graph.statements import Origins, Statement, same_claim, saying, statements
from otsgraph.rdf.terms import DCTERMS, OA, OTS, PROV, RDF, RDFS, Triple, integer, iri, literal

DOCUMENT = "https://w3id.org/otsgraph/id/document/"
STATEMENT = "https://w3id.org/otsgraph/id/statement/"
SKOS = "http://www.w3.org/2004/02/skos/core#"
MEETING, CITY = iri("https://example.org/meeting"), iri("https://example.org/city")
HELD_IN = iri(OTS + "heldIn")


def reified(name: str, document: str = "a", voice: str = "ReportedFact", **further: str) -> list[Triple]:
    """A statement that the meeting was held in the city; `further` are values of properties of ours."""
    node = iri(STATEMENT + name)
    about = {"nature": iri(OTS + "Factual"), "statedIn": iri(DOCUMENT + document), **further}
    return [
        (node, iri(RDF + "type"), iri(OTS + voice)),
        (node, iri(RDF + "subject"), MEETING),
        (node, iri(RDF + "predicate"), HELD_IN),
        (node, iri(RDF + "object"), CITY),
        *((node, iri(OTS + name), value) for name, value in about.items()),
    ]


def read(*reified: list[Triple]) -> list[Statement]:
    return statements({"https://example.org/graph": [triple for one in reified for triple in one]})


ORIGINS = Origins({DOCUMENT + "a": "x", DOCUMENT + "b": "x", DOCUMENT + "c": "y"}, {"x": "one side", "y": "another"})


def test_a_statement_tells_its_document_its_place_and_its_passage() -> None:
    node, passage, position = (STATEMENT + part for part in ("1", "1#passage", "1#position"))
    (one,) = read(
        [
            *reified("1", paragraph=integer(3), sentence=integer(1), passage=iri(passage)),
            (iri(node), iri(RDFS + "label"), literal("Statement 1", language="en")),
            (iri(passage), iri(OTS + "textFragment"), literal("Budapest")),
            (iri(passage), iri(OA + "hasSelector"), iri(position)),
            (iri(position), iri(OA + "start"), integer(0)),
            (iri(position), iri(OA + "end"), integer(8)),
        ]
    )
    assert (one.document, one.paragraph, one.sentence, one.fragment) == (DOCUMENT + "a", "3", "1", "Budapest")
    assert (one.start, one.end, one.label, one.is_fact) == (0, 8, "Statement 1", True)


def test_a_statement_tells_all_that_is_on_record_of_it() -> None:
    node, passage, reading = (STATEMENT + part for part in ("1", "1#passage", "1#reading"))
    things = {
        name: f"https://example.org/{name}"
        for name in ("speaker", "quotedBy", "occasion", "confidence", "difference", "concerns")
    }
    note, says, means = (literal(text, language="en") for text in ("a note", "what it says", "what it may mean"))
    (one,) = read(
        [
            *reified("1", passage=iri(passage), checkedOn=literal("2025-12-02"), paraphrase=says, differsFrom=iri(STATEMENT + "2")),
            *((iri(node), iri(OTS + name), iri(value)) for name, value in things.items()),
            (iri(node), iri(OTS + "alternativeReading"), iri(reading)),
            (iri(reading), iri(OTS + "reads"), means),
            (iri(node), iri(SKOS + "editorialNote"), note),
            (iri(node), iri(DCTERMS + "source"), iri("https://example.org/source")),
            (iri(node), iri(PROV + "wasDerivedFrom"), iri(STATEMENT + "3")),
            (iri(passage), iri(OTS + "passageDigest"), literal("sha256:0")),
        ]
    )  # fmt: skip
    assert (one.iri, one.graph, one.triple) == (node, "https://example.org/graph", (MEETING, HELD_IN, CITY))
    assert (one.nature, one.gives, one.commitments) == (OTS + "Factual", frozenset(), ())
    assert (one.speaker, one.quoted_by, one.occasion) == (things["speaker"], things["quotedBy"], things["occasion"])
    assert (one.confidence, one.difference, one.about) == (
        things["confidence"],
        things["difference"],
        (things["concerns"],),
    )
    assert (one.paraphrase, one.readings, one.notes) == (says, (means,), (note,))
    assert (one.sources, one.derived_from) == (("https://example.org/source",), (STATEMENT + "3",))
    assert (one.differs_from, one.checked_on, one.digest) == ((STATEMENT + "2",), "2025-12-02", "sha256:0")


def test_what_is_not_on_record_is_empty() -> None:
    (one,) = read(reified("1"))
    assert (one.speaker, one.paragraph, one.fragment, one.checked_on, one.confidence) == ("",) * 5
    assert (one.start, one.end) == (0, 0)


VOICES = ("ReportedFact", "AttributedStatement", "EditorialAssessment", "BackgroundStatement", "ReferenceFact")


@pytest.mark.parametrize("voice", VOICES)
def test_a_statement_has_the_voice_of_its_class(voice: str) -> None:
    (one,) = read(reified("1", voice=voice))
    assert one.voice == OTS + voice


def test_a_statement_of_another_class_has_no_voice() -> None:
    (one,) = read(reified("1", voice="RumouredFact"))
    assert one.voice == ""


def test_those_who_say_so_come_in_the_order_of_voices_if_all_else_is_equal() -> None:
    evaluative = iri(OTS + "Evaluative")
    held = read(*(reified(str(9 - n), voice=voice, nature=evaluative) for n, voice in enumerate(VOICES)))
    assert [one.voice for one in saying((MEETING, HELD_IN, CITY), held)] == [OTS + voice for voice in VOICES]
    alike = read(*(reified(name) for name in "123"))
    assert saying((MEETING, HELD_IN, CITY), alike[::-1]) == alike


def test_parts_of_statements_are_no_statements() -> None:
    passage = iri(STATEMENT + "1#passage")
    assert len(read([*reified("1"), (passage, iri(OTS + "textFragment"), literal("x"))])) == 1


def test_several_documents_of_one_origin_are_one_origin() -> None:
    held = read(reified("1", "a"), reified("2", "b"), reified("3", "c"))
    assert ORIGINS.distinct(held) == ["x", "y"]
    assert ORIGINS.sides(held) == ["another", "one side"]


def test_a_document_without_an_origin_on_record_is_its_own() -> None:
    (one,) = read(reified("1", "elsewhere"))
    assert ORIGINS.distinct([one]) == [DOCUMENT + "elsewhere"]
    assert ORIGINS.sides([one]) == []


def test_who_makes_something_a_fact_comes_before_who_says_so_too() -> None:
    held = read(reified("1", voice="AttributedStatement"), reified("2"))
    assert [one.iri.removeprefix(STATEMENT) for one in saying((MEETING, HELD_IN, CITY), held)] == ["2", "1"]


def test_what_is_qualified_does_not_say_the_plain_triple() -> None:
    (one,) = read(reified("1", hedge=iri(OTS + "OneOf")))
    assert saying((MEETING, HELD_IN, CITY), [one]) == []
    assert not one.corroborates


def test_a_negated_statement_confirms_nothing() -> None:
    (one,) = read(reified("1", negated=literal("true")))
    assert not one.corroborates


def test_a_judgement_does_not_count_among_those_who_say_so() -> None:
    (one,) = read(reified("1", nature=iri(OTS + "Evaluative")))
    assert not one.corroborates


def test_a_reference_fact_is_no_document_that_says_so() -> None:
    node = iri(STATEMENT + "r")
    triples = [t for t in reified("r", voice="ReferenceFact") if t[1] != iri(OTS + "statedIn")]
    (one,) = read([*triples, (node, iri(DCTERMS + "source"), iri("https://example.org/source"))])
    assert (one.is_of_document, one.corroborates, one.sources) == (False, False, ("https://example.org/source",))


def test_the_same_claim_is_looked_for_in_other_origins_only() -> None:
    one, same_origin, other = read(reified("1", "a"), reified("2", "b"), reified("3", "c"))
    assert same_claim(one, [one, same_origin, other], ORIGINS) == [other]


def test_a_claim_on_another_occasion_is_another_claim() -> None:
    one, other = read(reified("1", "a"), reified("2", "c", occasion=iri("https://example.org/occasion")))
    assert same_claim(one, [one, other], ORIGINS) == []


def test_a_claim_that_is_qualified_otherwise_is_another_claim() -> None:
    one, other = read(reified("1", "a"), reified("2", "c", degree=iri(OTS + "Superlative")))
    assert same_claim(one, [one, other], ORIGINS) == []
