"""The one rule that turns statements into facts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from otsgraph.graph.statements import Reification, asserted, facts, projected, reifications, withheld
from otsgraph.rdf.terms import BASE, GEO, OTS, RDF, WGS, XSD, iri, literal

MEETING = iri(BASE + "id/meeting/m")
STATE = iri(BASE + "id/state/s")
PERSON = iri(BASE + "id/person/p")
PLAIN = Reification(
    iri=iri(BASE + "id/statement/d/1"),
    voices=frozenset({iri(OTS + "ReportedFact")}),
    nature=iri(OTS + "Factual"),
    triple=(MEETING, iri(OTS + "representedState"), STATE),
)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        pytest.param(PLAIN, True, id="a reported fact is asserted"),
        pytest.param(replace(PLAIN, voices=frozenset({iri(OTS + "ReferenceFact")})), True, id="a reference fact is"),
        pytest.param(replace(PLAIN, nature=iri(OTS + "Naming")), True, id="a name is"),
        pytest.param(replace(PLAIN, nature=iri(OTS + "Evaluative")), False, id="a reported evaluation is not"),
        pytest.param(replace(PLAIN, nature=iri(OTS + "Causal")), False, id="a reported cause is not"),
        pytest.param(replace(PLAIN, nature=""), False, id="a statement without nature is not"),
        pytest.param(
            replace(PLAIN, voices=frozenset({iri(OTS + "AttributedStatement")})), False, id="what somebody says is not"
        ),
        pytest.param(
            replace(PLAIN, voices=frozenset({iri(OTS + "EditorialAssessment")})), False, id="an assessment is not"
        ),
        pytest.param(
            replace(PLAIN, voices=frozenset({iri(OTS + "BackgroundStatement")})),
            False,
            id="presupposed background is not",
        ),
        pytest.param(
            replace(PLAIN, voices=frozenset({iri(OTS + "BackgroundStatement")}), grounding=iri(OTS + "Entailed")),
            True,
            id="entailed background is",
        ),
        pytest.param(replace(PLAIN, commitments=frozenset({iri(OTS + "hedge")})), False, id="a hedged one is not"),
        pytest.param(replace(PLAIN, commitments=frozenset({iri(OTS + "negated")})), False, id="a negated one is not"),
        pytest.param(replace(PLAIN, occasion=MEETING), True, id="a context qualifier changes nothing"),
        pytest.param(replace(PLAIN, triple=(PLAIN.iri, *PLAIN.triple[1:])), False, id="one about a statement is not"),
        pytest.param(
            replace(PLAIN, triple=(iri(BASE + "id/sentence/d/1"), *PLAIN.triple[1:])),
            False,
            id="one about a sentence is not",
        ),
    ],
)
def test_what_is_asserted(statement: Reification, expected: bool) -> None:
    assert asserted(statement) is expected


def test_a_represented_state_makes_a_participation_with_its_support() -> None:
    node = iri(BASE + "id/participation/m-s")
    assert set(projected([PLAIN])) == {
        (node, iri(RDF + "type"), iri(OTS + "Participation")),
        (node, iri(OTS + "meeting"), MEETING),
        (node, iri(OTS + "party"), STATE),
        (node, iri(OTS + "supportedBy"), PLAIN.iri),
    }


def test_a_representative_joins_the_participation_of_the_same_party() -> None:
    named = replace(
        PLAIN, iri=iri(BASE + "id/statement/d/2"), triple=(PERSON, iri(OTS + "represented"), STATE), occasion=MEETING
    )
    nodes = {subject for subject, _, _ in projected([PLAIN, named])}
    assert nodes == {iri(BASE + "id/participation/m-s")}
    assert (nodes.pop(), iri(OTS + "representative"), PERSON) in projected([PLAIN, named])


@pytest.mark.parametrize(
    ("predicate", "class_"), [("heldOffice", "Tenure"), ("memberOf", "Membership")], ids=["tenure", "membership"]
)
def test_offices_and_memberships_become_nodes(predicate: str, class_: str) -> None:
    statement = replace(PLAIN, triple=(PERSON, iri(OTS + predicate), iri(BASE + "id/office/o")))
    assert iri(OTS + class_) in {object_ for _, _, object_ in projected([statement])}


def test_a_claim_projects_nothing() -> None:
    claim = [
        (PLAIN.iri, iri(RDF + "type"), iri(OTS + "AttributedStatement")),
        (PLAIN.iri, iri(OTS + "nature"), PLAIN.nature),
        (PLAIN.iri, iri(RDF + "subject"), MEETING),
        (PLAIN.iri, iri(RDF + "predicate"), iri(OTS + "representedState")),
        (PLAIN.iri, iri(RDF + "object"), STATE),
    ]
    assert len(reifications(claim)) == 1
    assert facts(claim) == []


OFFICE = iri(BASE + "id/office/o")
ORGANIZATION = iri(BASE + "id/organization/ots")
PLACE = iri(BASE + "id/place/budapest")


def about(triples: list[tuple[str, str, str]], predicate: str) -> set[str]:
    return {o for _, p, o in triples if p == iri(OTS + predicate)}


def test_a_tenure_has_the_times_of_all_its_statements() -> None:
    year = literal("2018", datatype=XSD + "gYear")
    day = literal("2025-12-02", datatype=XSD + "date")
    held = replace(PLAIN, triple=(PERSON, iri(OTS + "heldOffice"), OFFICE))
    nodes = projected(
        [replace(held, times=((OTS + "since", year),)), replace(held, times=((OTS + "attestedOn", day),))]
    )
    assert {s for s, _, _ in nodes} == {iri(BASE + "id/tenure/p-o")}
    assert (about(nodes, "since"), about(nodes, "attestedOn"), about(nodes, "until")) == ({year}, {day}, set())


@pytest.mark.parametrize(
    ("predicate", "node", "status"),
    [("memberOf", "membership/s-ots", "FullMember"), ("observerOf", "membership/s-ots-observer", "Observer")],
)
def test_a_membership_says_in_what_quality(predicate: str, node: str, status: str) -> None:
    nodes = projected([replace(PLAIN, triple=(STATE, iri(OTS + predicate), ORGANIZATION))])
    assert {s for s, _, _ in nodes} == {iri(f"{BASE}id/{node}")}
    assert about(nodes, "membershipStatus") == {iri(OTS + status)}


def test_coordinates_become_a_geometry_and_degrees() -> None:
    point = literal("POINT(19.04045 47.49835)", datatype=GEO + "wktLiteral")
    nodes = projected([replace(PLAIN, triple=(PLACE, iri(OTS + "coordinates"), point))])
    geometry = iri(BASE + "id/geometry/budapest")
    assert set(nodes) == {
        (PLACE, iri(WGS + "lat"), literal("47.49835", datatype=XSD + "decimal")),
        (PLACE, iri(WGS + "long"), literal("19.04045", datatype=XSD + "decimal")),
        (PLACE, iri(GEO + "hasDefaultGeometry"), geometry),
        (geometry, iri(RDF + "type"), iri(GEO + "Geometry")),
        (geometry, iri(GEO + "asWKT"), point),
        (geometry, iri(OTS + "supportedBy"), PLAIN.iri),
    }


@pytest.mark.parametrize("text", ["POINT(19.04045,47.49835)", "LINESTRING(1 2, 3 4)", "", "POINT(1 2) "])
def test_coordinates_that_are_no_point_become_nothing(text: str) -> None:
    point = literal(text, datatype=GEO + "wktLiteral")
    assert projected([replace(PLAIN, triple=(PLACE, iri(OTS + "coordinates"), point))]) == []


def test_coordinates_that_are_a_thing_become_nothing() -> None:
    assert projected([replace(PLAIN, triple=(PLACE, iri(OTS + "coordinates"), STATE))]) == []


OTHER = replace(PLAIN, iri=iri(BASE + "id/statement/e/1"))


def test_a_fact_that_rests_on_a_doubted_statement_alone_is_withheld() -> None:
    assert PLAIN.triple in withheld([PLAIN], frozenset({PLAIN.iri}))


def test_a_fact_that_another_statement_supports_is_not_withheld() -> None:
    doubted = withheld([PLAIN, OTHER], frozenset({PLAIN.iri}))
    assert PLAIN.triple not in doubted
    assert doubted == {(iri(BASE + "id/participation/m-s"), iri(OTS + "supportedBy"), PLAIN.iri)}


def test_a_claim_cannot_be_withheld_since_it_is_no_fact() -> None:
    claim = replace(PLAIN, nature=iri(OTS + "Evaluative"))
    assert withheld([claim], frozenset({claim.iri})) == frozenset()


def test_nothing_is_withheld_without_a_doubt() -> None:
    assert withheld([PLAIN, OTHER], frozenset()) == frozenset()
