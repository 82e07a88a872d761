"""The other documents: every row of their sources is there, in its voice, and agreement is counted by origins."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from otsgraph.dataset.build import build
from otsgraph.dataset.info import GraphKind
from otsgraph.dataset.sources import layered_sources, packaged_folder
from otsgraph.graph.statements import asserted, facts, statements
from otsgraph.rdf.files import RdfFile
from otsgraph.rdf.terms import BASE, OTS, Triple, iri, literal_value
from sources_testing import source_rows

ARTICLE = "trend-2025-12-02"
ROWS = {
    "dayaz-1799389": range(25, 31), "dayaz-1799390": range(31, 37), "centralasia-2375222": range(37, 43),
    "kt-kz-1377984675": range(43, 55), "samal-akparat-189239": range(55, 61), "gondola-318613": range(61, 71),
    "gondola-318621": range(71, 80), "azernews-251245": range(80, 87), "report-az-en-20251206": range(87, 92),
    "report-az-ru-20251206": range(92, 98), "dayaz-1800401": range(98, 103), "dayaz-1800393": range(103, 108),
    "turkicworld-447125": range(108, 113), "infobridge-281": range(113, 118), "menafn-1110424059": range(118, 122),
    "trend-4123593": range(122, 125), "azernews-250910": range(125, 128), "azernews-250953": range(128, 131),
    "dayaz-1799142": range(131, 133), "report-az-en-20251128": range(133, 134),
}  # fmt: skip
"""The rows of each document's source, as they were read: st025 and so on."""

REPORTED = {*range(25, 29), *range(30, 37), 39, *range(71, 75), 77, 78, 79, 97}
ASSESSED = {29}
ABOUT_DOCUMENTS = {"st030", "st036", "st097"}
"""Rows that are no statements of a document: two by-lines, and something that a document leaves out."""

VOICES = {
    "reported fact": "ReportedFact",
    "attributed statement": "AttributedStatement",
    "editorial assessment": "EditorialAssessment",
}


def recorded() -> dict[str, tuple[str, str]]:
    """Document and voice of each row, as the project has them on record."""
    return {
        f"st{row:03}": (
            document,
            "ReportedFact" if row in REPORTED else "EditorialAssessment" if row in ASSESSED else "AttributedStatement",
        )
        for document, rows in ROWS.items()
        for row in rows
    }


ARTICLE_ROWS = {f"F{row:03}" for row in range(1, 112)}


@pytest.fixture(scope="module")
def documents() -> Mapping[str, list[Triple]]:
    """The statement graph of each document by slug."""
    sources = [s for s in layered_sources(packaged_folder()) if s.kind is GraphKind.STATEMENTS]
    return {source.path.stem: RdfFile(source.path, source.name).triples() for source in sources}


@pytest.fixture(scope="module")
def store() -> ox.Store:
    return build(layered_sources(packaged_folder()), layered=True)[0]


def identifiers(triples: list[Triple]) -> dict[str, str]:
    """The identifier of each statement by its IRI."""
    return {s: literal_value(o) for s, p, o in triples if p == iri("http://purl.org/dc/terms/identifier")}


@pytest.mark.sources
def test_the_record_is_what_the_rows_are(project: Path) -> None:
    others = [s for s in source_rows(project, "corroboration.json")["statements"] if s["document"] != "trend-4124758"]
    assert {s["id"]: (s["document"], VOICES[s["kind"]]) for s in others} == recorded()
    assert len(others) == len(recorded())


@pytest.mark.sources
def test_the_rows_of_the_article_are_those_of_the_record(project: Path) -> None:
    assert {fact["id"] for fact in source_rows(project, "gold_facts.json")["facts"]} == ARTICLE_ROWS


def test_all_220_rows_but_three_are_statements_of_their_document(documents: Mapping[str, list[Triple]]) -> None:
    found = {row: slug for slug, triples in documents.items() for row in identifiers(triples).values()}
    expected = {row: document for row, (document, _) in recorded().items() if row not in ABOUT_DOCUMENTS}
    assert len(recorded()) + len(ARTICLE_ROWS) == 220
    assert found == expected | dict.fromkeys(ARTICLE_ROWS, ARTICLE)


def test_the_three_others_are_said_about_documents(project: Path) -> None:
    triples = RdfFile(project / "data" / "reference" / "documents.ttl").triples()
    assert set(identifiers(triples).values()) == ABOUT_DOCUMENTS


def test_every_statement_of_a_row_has_the_voice_of_the_row(documents: Mapping[str, list[Triple]]) -> None:
    rows = recorded()
    for slug in ROWS:
        assert statements(documents[slug]), slug
        row_of = identifiers(documents[slug])
        for statement in statements(documents[slug]):
            assert statement.voices == {iri(OTS + rows[row_of[statement.iri]][1])}, statement.iri


def test_the_other_documents_make_310_statements(documents: Mapping[str, list[Triple]]) -> None:
    assert sum(len(statements(triples)) for slug, triples in documents.items() if slug != ARTICLE) == 310


@pytest.mark.parametrize("slug", [ARTICLE, *ROWS])
def test_no_claim_of_a_document_is_among_its_facts(documents: Mapping[str, list[Triple]], slug: str) -> None:
    claims = {s.triple for s in statements(documents[slug]) if not asserted(s)}
    assert not claims & set(facts(documents[slug]))


@pytest.mark.parametrize("slug", ROWS)
def test_a_document_whose_text_is_not_known_to_the_letter_has_no_positions(
    documents: Mapping[str, list[Triple]], slug: str
) -> None:
    assert not [p for _, p, _ in documents[slug] if p == iri(OTS + "passage")]


def test_seven_outlets_with_one_release_are_one_origin(store: ox.Store) -> None:
    origin = ox.NamedNode(f"{BASE}id/origin/az-state-committee-release-dec6")
    assert len(list(store.quads_for_pattern(None, ox.NamedNode(OTS + "origin"), origin, ox.DefaultGraph()))) == 7


def test_the_five_origins_on_the_meeting_speak_for_four_sides(store: ox.Store) -> None:
    query = f"""
        PREFIX ots: <{OTS}>
        SELECT (COUNT(DISTINCT ?origin) AS ?origins) (COUNT(DISTINCT ?side) AS ?sides) {{
          GRAPH ?g {{ ?statement ots:statedIn ?document .
            FILTER EXISTS {{ ?statement <http://www.w3.org/1999/02/22-rdf-syntax-ns#predicate> ots:ordinal }} }}
          ?document ots:origin ?origin . ?origin ots:side ?side }}"""
    solutions = store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)
    (row,) = solutions
    assert (row["origins"].value, row["sides"].value) == ("5", "4")


AGREED = {
    "F01 held in Budapest": ("held in", "Budapest", 5),
    "F02 the seventh": ("ordinal", "7", 5),
    "F04 ministers and heads": ("participant class", "Ministers and heads of diaspora institutions", 3),
    "F05 the Secretary General came": (
        "attended by the holder of",
        "Secretary General of the Organization of Turkic States",
        4,
    ),
    "F08 Hungary as the host": ("host state", "Hungary", 3),
    **{
        f"F07 {state} was represented": ("represented state", state, 3)
        for state in ("Azerbaijan", "Kazakhstan", "Kyrgyzstan", "Türkiye", "Uzbekistan")
    },
    "F06 the Secretary General's name": ("held office", "Secretary General of the Organization of Turkic States", 3),
}


def test_what_three_origins_confirm_is_this_and_nothing_else(client: httpx.Client) -> None:
    answer = client.get("/queries/confirmed-by-origins.csv").text
    rows = list(csv.DictReader(io.StringIO(answer)))
    found = [(row["predicate"], row["object"], int(row["origins"])) for row in rows]
    assert sorted(found) == sorted(AGREED.values())


def test_nobody_but_azerbaijani_sources_names_fuad_muradov(store: ox.Store) -> None:
    query = f"""
        PREFIX ots: <{OTS}>
        PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
        SELECT DISTINCT ?side {{
          GRAPH ?g {{ ?statement rdf:subject|rdf:object|ots:speaker|ots:quotedBy <{BASE}id/person/fuad-muradov> ;
            ots:statedIn ?document }}
          ?document ots:origin/ots:side ?side }}"""
    solutions = store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)
    assert [row["side"].value for row in solutions] == [f"{BASE}id/state/azerbaijan"]


def test_no_document_of_which_only_the_introduction_was_seen_makes_a_statement(
    documents: Mapping[str, list[Triple]],
) -> None:
    assert "haqqin-369872" not in documents


def test_an_announcement_never_confirms_that_hungary_was_the_host(documents: Mapping[str, list[Triple]]) -> None:
    announced = [s for slug in ("trend-4123593", "azernews-250910", "azernews-250953") for s in statements(documents[slug]) if s.triple[1] == iri(OTS + "hostState")]  # fmt: skip
    assert [s.nature for s in announced] == [iri(OTS + "Prospective")] * 3
