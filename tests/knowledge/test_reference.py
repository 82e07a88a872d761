"""The reference layer: what is verified is there with its source, and nothing else is a fact."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from otsgraph.dataset.build import build
from otsgraph.dataset.info import GraphKind
from otsgraph.dataset.sources import layered_sources, packaged_folder
from otsgraph.graph.statements import Statement, asserted, is_statement, statements
from otsgraph.rdf.files import RdfFile
from otsgraph.rdf.terms import BASE, DCTERMS, OTS, RDF, RDFS, Triple, iri, iri_value, is_iri, literal_value
from sources_testing import source_rows

NOT_VERIFIED = {156, 195, 212, 259, 261, 271, 279, 280, 293, 294, 307, 308, 309, 330, 332, 343, 350, 355, 360, 363, 365, 377, 378, 379}  # fmt: skip
"""Rows of the source that were looked for and not found; they stay out."""

JOINED = {190, 208, 209, 210, 223, 225, 227, 229, 231, 233, 235, 237, 282}
"""Rows that say more of the fact of another row: another source, or since when."""

LEFT_OUT = {
    238: "counts a disputed observer among states",
    285: "the day of birth of an official",
    306: "no source says that he sat at the table",
    314: "in the record of the document", 315: "in the record of the document", 316: "in the record of the document",
    317: "a by-line of another document", 318: "in the record of the document",
    333: "a check of other rows", 342: "an aid to reading",
}  # fmt: skip


@pytest.fixture(scope="module")
def layer() -> list[Triple]:
    """Everything that the files of the reference layer hold."""
    sources = [s for s in layered_sources(packaged_folder()) if s.kind is GraphKind.REFERENCE]
    return [triple for source in sources for triple in RdfFile(source.path, source.name).triples()]


@pytest.fixture(scope="module")
def store() -> ox.Store:
    return build(layered_sources(packaged_folder()), layered=True)[0]


def about(layer: list[Triple], statement: Statement, predicate: str) -> list[str]:
    return [o for s, p, o in layer if s == statement.iri and p == iri(predicate)]


def facts_with(layer: list[Triple], predicate: str) -> list[Triple]:
    return [s.triple for s in statements(layer) if s.triple[1] == iri(OTS + predicate) and asserted(s)]


def ask(store: ox.Store, pattern: str) -> bool:
    kinds = "agreement meeting organization person place plan polity state strategy"
    prefixes = "".join(f"PREFIX {kind}: <{BASE}id/{kind}/> " for kind in kinds.split())
    return bool(store.query(f"PREFIX ots: <{OTS}> PREFIX rdf: <{RDF}> {prefixes} ASK {{ {pattern} }}"))


@pytest.mark.sources
def test_the_record_of_rows_that_are_not_verified_is_what_the_rows_are(project: Path) -> None:
    rows = source_rows(project, "reference_facts.json")
    found = {n for n, row in enumerate(rows, 1) if row["value"] is None or row["confidence"] == "not verified"}
    assert (found, len(rows)) == (NOT_VERIFIED, 379)


def test_every_verified_row_is_there_and_no_other(layer: list[Triple]) -> None:
    identifiers = {literal_value(o) for _, p, o in layer if p == iri(DCTERMS + "identifier")}
    rows = {int(i[1:]) for i in identifiers if re.fullmatch("R[0-3][0-9]{2}", i)}
    assert rows | JOINED | NOT_VERIFIED | LEFT_OUT.keys() == set(range(1, 380))
    assert not rows & (JOINED | NOT_VERIFIED | LEFT_OUT.keys())


def test_every_reference_fact_has_a_source_and_a_confidence(layer: list[Triple]) -> None:
    reference = [s for s in statements(layer) if iri(OTS + "ReferenceFact") in s.voices]
    assert len(reference) == 501
    for predicate in (DCTERMS + "source", OTS + "confidence"):
        assert {s.iri for s in reference} <= {s for s, p, _ in layer if p == iri(predicate)}


def test_every_source_is_a_page_or_a_package_that_is_described(layer: list[Triple]) -> None:
    packages = {s for s, p, o in layer if (p, o) == (iri(RDF + "type"), iri(OTS + "DataPackage"))}
    for _, predicate, source in layer:
        if predicate == iri(DCTERMS + "source"):
            assert is_iri(source)
            assert source in packages or re.match(r"https?://[^/]+\.[a-z]", iri_value(source)), source


@pytest.mark.parametrize("language", ["az", "tr", "kk", "ky", "uz", "hu", "ru", "en"])
def test_each_state_and_the_organization_have_a_name_in(language: str, layer: list[Triple]) -> None:
    states = {s for s, p, o in layer if (p, o) == (iri(RDF + "type"), iri(OTS + "State"))}
    named = {s for s, _, o in facts_with(layer, "name") if o.endswith(f"@{language}")}
    assert len(states) == 7
    assert states <= named
    if language != "en":
        assert iri(f"{BASE}id/organization/ots") in named


def test_names_in_a_script_that_is_not_the_usual_one_say_so(layer: list[Triple]) -> None:
    cyrillic = [o for _, p, o in layer if p == iri(RDF + "object") and re.search(r'[а-яА-Я].*"@uz', o)]
    assert len(cyrillic) == 2
    assert all(o.lower().endswith("@uz-cyrl") for o in cyrillic)


@pytest.mark.parametrize("predicate", ["isoAlpha2", "isoAlpha3", "isoNumeric", "m49Code", "m49Subregion", "geonamesFeature", "euCountryAuthority", "coordinates"])  # fmt: skip
def test_each_state_has_its(predicate: str, layer: list[Triple]) -> None:
    states = {s for s, p, o in layer if (p, o) == (iri(RDF + "type"), iri(OTS + "State"))}
    assert {s for s, _, _ in facts_with(layer, predicate)} >= states


def test_codes_keep_their_leading_zero(store: ox.Store) -> None:
    assert ask(store, 'state:azerbaijan ots:isoNumeric "031" ; ots:m49Code "031"')


def test_a_place_has_its_coordinates_in_both_ways(store: ox.Store) -> None:
    wgs, geo = "http://www.w3.org/2003/01/geo/wgs84_pos#", "http://www.opengis.net/ont/geosparql#"
    point = f'"POINT(19.04045 47.49835)"^^<{geo}wktLiteral>'
    assert ask(store, f"place:budapest <{wgs}lat> 47.49835 ; <{wgs}long> 19.04045")
    assert ask(store, f"place:budapest <{geo}hasDefaultGeometry>/<{geo}asWKT> {point}")


@pytest.mark.parametrize(
    ("state", "relation", "since"),
    [
        ("azerbaijan", "memberOf", '"2009-10-03"^^<http://www.w3.org/2001/XMLSchema#date>'),
        ("uzbekistan", "memberOf", '"2019"^^<http://www.w3.org/2001/XMLSchema#gYear>'),
        ("hungary", "observerOf", '"2018-09-03"^^<http://www.w3.org/2001/XMLSchema#date>'),
        ("turkmenistan", "observerOf", '"2021-11"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>'),
    ],
)
def test_a_membership_has_its_date_as_precise_as_it_is_known(
    store: ox.Store, state: str, relation: str, since: str
) -> None:
    assert ask(store, f"state:{state} ots:{relation} organization:ots")
    assert ask(store, f"?m ots:member state:{state} ; ots:since {since}")


def test_that_northern_cyprus_is_an_observer_is_said_by_somebody_and_no_fact(store: ox.Store) -> None:
    assert not ask(store, "polity:northern-cyprus ots:observerOf ?organization")
    assert not ask(store, "?membership ots:member polity:northern-cyprus")
    assert ask(
        store,
        "GRAPH ?g { ?claim rdf:subject polity:northern-cyprus ; rdf:predicate ots:observerOf ; ots:speaker ?who }",
    )
    assert ask(
        store, "GRAPH ?g { ?claim rdf:subject polity:northern-cyprus ; ots:differsFrom ?other ; ots:speaker ?who }"
    )


def test_no_statement_of_the_reference_layer_is_in_the_default_graph(store: ox.Store) -> None:
    assert not ask(store, "?statement rdf:subject ?thing")
    subjects = {str(q.subject) for q in store.quads_for_pattern(None, None, None, ox.DefaultGraph())}
    assert not list(filter(is_statement, subjects))


@pytest.mark.parametrize(
    "value",
    [
        "meeting:diaspora-6 ots:heldOn '2024-11-19'^^<http://www.w3.org/2001/XMLSchema#date>",
        "meeting:diaspora-4 ots:heldIn place:turkistan",
        "meeting:diaspora-5 ots:heldIn place:bursa",
        "plan:joint-action-plan-of-the-3rd-meeting ots:forPeriod '2019'",
        "plan:joint-action-plan-of-the-3rd-meeting ots:forPeriod '2018/2019'",
    ],
)
def test_a_value_that_is_rejected_or_left_open_is_in_its_facts_graph_alone(store: ox.Store, value: str) -> None:
    assert not ask(store, value)
    assert ask(store, f"GRAPH ?facts {{ {value} }}")


def test_what_follows_a_document_s_claim_says_so(layer: list[Triple]) -> None:
    derived = {s for s, p, _ in layer if p == iri("http://www.w3.org/ns/prov#wasDerivedFrom")}
    seventh = iri(f"{BASE}id/meeting/diaspora-7")
    claimed = {"heldOn", "chairedBy", "organizedBy", "firstOf"}
    following = [
        s.iri for s in statements(layer)
        if (s.triple[0] == seventh and s.triple[1] in {iri(OTS + name) for name in claimed})
        or about(layer, s, OTS + "occasion") == [seventh]
    ]  # fmt: skip
    assert len(following) == 7
    assert set(following) <= derived


def test_every_graph_with_data_of_others_says_what_is_owed(layer: list[Triple]) -> None:
    owed = {s: literal_value(o) for s, p, o in layer if p == iri(DCTERMS + "rights")}
    words = {"links": "GeoNames", "states-and-places": "CLDR", "topics": "EuroVoc"}
    for slug, word in words.items():
        assert word in owed[iri(f"{BASE}graph/{slug}")]


def test_things_are_labelled_in_english_once_and_named_elsewhere(layer: list[Triple]) -> None:
    labels = [s for s, p, _ in layer if p == iri(RDFS + "label")]
    assert len(labels) == len(set(labels))
