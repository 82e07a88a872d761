"""The one rule that turns statements into facts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from otsgraph.layers import Statement, asserted, facts, projected, statements
from otsgraph.terms import BASE, OTS, RDF, iri

MEETING = iri(BASE + "id/meeting/m")
STATE = iri(BASE + "id/state/s")
PERSON = iri(BASE + "id/person/p")
PLAIN = Statement(
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
def test_what_is_asserted(statement: Statement, expected: bool) -> None:
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
    assert len(statements(claim)) == 1
    assert facts(claim) == []
