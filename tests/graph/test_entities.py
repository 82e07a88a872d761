"""What pages put together, and in which words they say it."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from otsgraph.graph.entities import CODES, LINKS, MEANINGS, NAMES, REST, TIME, meaning_of
from otsgraph.rdf.terms import OTS, OWL, RDF, RDFS, XSD, Triple, iri, literal
from otsgraph.web.pages.json_ld import thing_json_ld
from otsgraph.web.pages.labels import Labels, language_name, sentence

THING = "https://w3id.org/otsgraph/id/meeting/m"
WORDS = Labels(
    {"https://example.org/budapest": "Budapest", "https://example.org/hungary": "Hungary"},
    {"ots": OTS, "state": "https://w3id.org/otsgraph/id/state/"},
    {"https://example.org/document": "https://example.org/page"},
)


def fact(name: str, value: str) -> Triple:
    return (iri(THING), iri(OTS + name), value)


@pytest.mark.parametrize(
    ("name", "meaning"), [("officialName", NAMES), ("heldOn", TIME), ("isoAlpha2", CODES), ("geonamesFeature", LINKS)]
)
def test_a_property_of_ours_has_its_meaning(name: str, meaning: str) -> None:
    assert meaning_of(OTS + name, literal("x")) == meaning


def test_what_is_not_known_is_told_by_its_value_or_stands_last() -> None:
    assert meaning_of("https://example.org/p", literal("2025", datatype=XSD + "gYear")) == TIME
    assert meaning_of("https://example.org/p", literal("x")) == REST
    assert MEANINGS[-1] == REST


def test_every_property_of_ours_that_a_fact_has_is_given_a_meaning(project: Path) -> None:
    files = (project / "data" / "facts").glob("*.ttl")
    used = {quad.predicate.value for file in files for quad in ox.parse(file.read_bytes(), format=ox.RdfFormat.TURTLE)}
    ours = {name.removeprefix(OTS) for name in used if name.startswith(OTS)} - {"supportedBy"}
    assert {name for name in ours if meaning_of(OTS + name, iri(THING)) == REST} == set()


def test_a_sentence_tells_what_a_thing_is_by_its_most_telling_facts() -> None:
    facts = [
        fact("heldOn", literal("2025-12-02", datatype=XSD + "date")),
        fact("heldIn", iri("https://example.org/budapest")),
        fact("hostState", iri("https://example.org/hungary")),
        fact("eventStatus", iri(OTS + "Held")),
    ]
    assert sentence("meeting", facts, WORDS) == "A meeting, held in Budapest, hosted by Hungary, on 2 December 2025."


def test_of_several_values_a_sentence_tells_none() -> None:
    facts = [fact("heldIn", iri("https://example.org/budapest")), fact("heldIn", iri("https://example.org/hungary"))]
    assert sentence("meeting", facts, WORDS) == "A meeting."


@pytest.mark.parametrize(
    ("written", "type_", "said"),
    [
        ("2025-12-02", "date", "on 2 December 2025"),
        ("2021-11", "gYearMonth", "in November 2021"),
        ("2021-13", "gYearMonth", "in 2021-13"),
    ],
)
def test_days_and_months_have_their_prepositions(written: str, type_: str, said: str) -> None:
    held = fact("heldOn", literal(written, datatype=XSD + type_))
    assert sentence("meeting", [held], WORDS) == f"A meeting, {said}."


def test_a_very_long_text_is_cut_on_pages() -> None:
    assert len(WORDS.term(literal("x" * 100_000)).value) < 2_000


def test_an_address_that_is_none_of_the_web_is_no_link() -> None:
    words = Labels({}, {}, {"https://example.org/document": "javascript:alert(1)"})
    assert words.passage("https://example.org/document", "a") == ""


def test_a_sentence_has_the_article_that_goes_with_its_kind() -> None:
    assert sentence("office", [], WORDS) == "An office."


def test_a_day_that_is_no_day_is_told_as_it_is() -> None:
    wrong = fact("heldOn", literal("about 2025", datatype=XSD + "date"))
    assert sentence("meeting", [wrong], WORDS) == "A meeting, on about 2025."


@pytest.mark.parametrize(
    ("iri_", "label"),
    [
        ("https://example.org/budapest", "Budapest"),
        (OTS + "heldInState", "held in state"),
        ("https://w3id.org/otsgraph/id/participation/diaspora-7-hungary", "participation: diaspora 7 hungary"),
        ("https://example.org/elsewhere", "https://example.org/elsewhere"),
    ],
)
def test_an_iri_is_called_by_its_label_or_else_by_its_end(iri_: str, label: str) -> None:
    assert WORDS.label(iri_) == label


def test_a_passage_is_found_at_the_publisher_by_its_words() -> None:
    assert WORDS.passage("https://example.org/document", "a%20b") == "https://example.org/page#:~:text=a%20b"
    assert WORDS.passage("https://example.org/document", "") == "https://example.org/page"
    assert WORDS.passage("https://example.org/unknown", "a") == ""


def test_languages_are_called_by_name_but_for_that_of_the_page() -> None:
    assert [language_name(tag) for tag in ("hu", "uz-Cyrl", "en", "", "xx")] == [
        "Hungarian",
        "Uzbek, in Cyrillic",
        "",
        "",
        "xx",
    ]


def test_embedded_data_have_what_is_said_in_the_words_of_schema_org_and_nothing_else() -> None:
    schema = "https://schema.org/"
    triples = [
        (iri(THING), iri(RDF + "type"), iri(OTS + "Meeting")),
        (iri(THING), iri(RDF + "type"), iri(schema + "Event")),
        (iri(THING), iri(RDFS + "label"), literal("7th meeting", language="en")),
        (iri(THING), iri(schema + "startDate"), literal("2025-12-02", datatype=XSD + "date")),
        (iri(THING), iri(OWL + "sameAs"), iri("http://www.wikidata.org/entity/Q1")),
        (iri("https://example.org/other"), iri(schema + "name"), literal("other")),
    ]
    assert thing_json_ld(THING, triples) == {
        "@context": {"@vocab": schema},
        "@id": THING,
        "@type": ["Event"],
        "name": {"@value": "7th meeting", "@language": "en"},
        "sameAs": {"@id": "http://www.wikidata.org/entity/Q1"},
        "startDate": {"@value": "2025-12-02", "@type": XSD + "date"},
    }


def test_a_name_of_schema_org_goes_before_the_label() -> None:
    triples = [
        (iri(THING), iri(RDFS + "label"), literal("label")),
        (iri(THING), iri("https://schema.org/name"), literal("name")),
    ]
    assert thing_json_ld(THING, triples)["name"] == "name"
