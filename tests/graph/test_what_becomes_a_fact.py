"""What becomes a fact, from the triples of a statement to its files, the default graph's rules and the pages."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from otsgraph.checks.data import breaches, read_rule
from otsgraph.dataset.facts import facts_text
from otsgraph.dataset.sources import packaged_folder
from otsgraph.graph.entities import Description, Fact, account
from otsgraph.graph.statements import Origins, facts, projected, statements
from otsgraph.graph.statements import testimonies as as_told
from otsgraph.rdf.terms import BASE, DCTERMS, OTS, RDF, Triple, iri, literal, ntriples
from otsgraph.web.pages.evidence import fact_view
from otsgraph.web.pages.labels import Labels

COMMITMENTS = {
    "hedge": iri(OTS + "OneOf"),
    "degree": iri(OTS + "Superlative"),
    "modality": iri(OTS + "Should"),
    "negated": literal("true", datatype="http://www.w3.org/2001/XMLSchema#boolean"),
}
"""Whatever keeps a statement from becoming a fact, with a value that it has."""

QUALIFIED = COMMITMENTS | {"comparisonClass": iri(BASE + "id/group/turkic-world")}
"""Whatever keeps a statement from saying the plain triple."""

NATURES = {"Factual": True, "Naming": True, "Evaluative": False, "Causal": False, "Normative": False, "Prospective": False}  # fmt: skip
"""Whether a statement of a nature becomes a fact."""

VOICES = {"ReportedFact": True, "ReferenceFact": True, "AttributedStatement": False, "EditorialAssessment": False, "BackgroundStatement": False}  # fmt: skip
GROUNDINGS = {"Entailed": True, "Presupposed": False, "Juxtaposed": False, "Unsourced": False, "Inferred": False}

MEETING, STATE = iri(BASE + "id/meeting/m"), iri(BASE + "id/state/s")
REPRESENTED = (MEETING, iri(OTS + "representedState"), STATE)
NODE = BASE + "id/participation/m-s"
PARTY = (iri(NODE), iri(OTS + "party"), STATE)


def stated(name: str = "1", document: str = "d", voice: str = "ReportedFact", **further: str) -> list[Triple]:
    """A statement that a state was represented; `further` are values of properties of ours."""
    node = iri(f"{BASE}id/statement/{document}/{name}")
    about = {"nature": iri(OTS + "Factual"), "statedIn": iri(f"{BASE}id/document/{document}"), **further}
    return [
        (node, iri(RDF + "type"), iri(OTS + voice)),
        *((node, iri(RDF + part), term) for part, term in zip(("subject", "predicate", "object"), REPRESENTED, strict=True)),
        *((node, iri(OTS + name), value) for name, value in about.items() if value),
    ]  # fmt: skip


def becomes_a_fact(statement: list[Triple]) -> bool:
    """Whether it does, in the graph and in the file of facts alike."""
    found = REPRESENTED in facts(statement)
    written = facts_text("data/documents/d.ttl", statement, {})
    assert ("representedState" in written) is found
    assert ("participation/m-s" in written) is found
    return found


def test_a_plain_statement_becomes_a_fact() -> None:
    assert becomes_a_fact(stated())


@pytest.mark.parametrize("commitment", COMMITMENTS)
@pytest.mark.parametrize("voice", ["ReportedFact", "ReferenceFact"])
def test_a_statement_with_a_commitment_becomes_none(voice: str, commitment: str) -> None:
    assert not becomes_a_fact(stated(voice=voice, **{commitment: COMMITMENTS[commitment]}))


@pytest.mark.parametrize("nature", NATURES)
def test_a_statement_becomes_a_fact_by_its_nature(nature: str) -> None:
    assert becomes_a_fact(stated(nature=iri(OTS + nature))) is NATURES[nature]


@pytest.mark.parametrize("voice", VOICES)
def test_a_statement_becomes_a_fact_by_its_voice(voice: str) -> None:
    assert becomes_a_fact(stated(voice=voice)) is VOICES[voice]


@pytest.mark.parametrize("grounding", GROUNDINGS)
def test_background_becomes_a_fact_by_its_grounding(grounding: str) -> None:
    assert becomes_a_fact(stated(voice="BackgroundStatement", grounding=iri(OTS + grounding))) is GROUNDINGS[grounding]


@pytest.mark.parametrize("nature", NATURES)
def test_only_what_is_factual_and_plain_corroborates(nature: str) -> None:
    (one,) = as_told({"g": stated(nature=iri(OTS + nature))})
    assert one.corroborates is (nature == "Factual")


@pytest.mark.parametrize("qualifier", QUALIFIED)
def test_a_qualified_statement_corroborates_nothing(qualifier: str) -> None:
    (one,) = as_told({"g": stated(**{qualifier: QUALIFIED[qualifier]})})
    assert not one.corroborates


# what the data is checked for


def claim_among_facts(statement: list[Triple]) -> bool:
    """Whether `otsgraph validate` finds that the triple of a statement, put among the facts, is a claim."""
    name = "claim-among-facts"
    rule = read_rule(name, (packaged_folder() / "ontology" / "rules" / f"{name}.rq").read_text(encoding="utf-8"))
    kinds = [(iri("x:d"), iri(RDF + "type"), iri(OTS + "StatementGraph")), (iri("x:f"), iri(RDF + "type"), iri(OTS + "FactGraph"))]  # fmt: skip
    store = ox.Store()
    store.load(ntriples(kinds), format=ox.RdfFormat.N_TRIPLES)
    store.load(ntriples(statement), format=ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode("x:d"))
    store.load(ntriples([REPRESENTED]), format=ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode("x:f"))
    return bool(list(breaches(store, rule)))


STATEMENTS = {
    "plain": stated(),
    **{commitment: stated(**{commitment: value}) for commitment, value in COMMITMENTS.items()},
    **{nature: stated(nature=iri(OTS + nature)) for nature in NATURES},
    **{voice: stated(voice=voice) for voice in VOICES},
    **{g: stated(voice="BackgroundStatement", grounding=iri(OTS + g)) for g in GROUNDINGS},
}


@pytest.mark.parametrize("kind", STATEMENTS)
def test_a_claim_among_facts_is_found_by_the_rule_that_makes_facts(kind: str) -> None:
    assert claim_among_facts(STATEMENTS[kind]) is not becomes_a_fact(STATEMENTS[kind])


# what a page says of a node that several statements share

PLAIN = stated("1", "d")
ADDING_NOTHING = {
    **{name: stated("2", "e", **{name: value}) for name, value in QUALIFIED.items()},
    "a name": stated("2", "e", nature=iri(OTS + "Naming")),
    "an evaluation": stated("2", "e", nature=iri(OTS + "Evaluative")),
    "an announcement": stated("2", "e", nature=iri(OTS + "Prospective")),
    "a reference fact": [
        *stated("2", "e", voice="ReferenceFact", statedIn=""),
        (iri(BASE + "id/statement/e/2"), iri(DCTERMS + "source"), iri("https://example.org/source")),
    ],
}
"""Evidence that is not somebody's plain factual statement."""

RECORDS = [
    *((iri(f"{BASE}id/document/{d}"), iri(OTS + "origin"), iri(f"{BASE}id/origin/{d}")) for d in "de"),
    *((iri(f"{BASE}id/origin/{d}"), iri(OTS + "side"), iri(f"{BASE}id/state/{d}")) for d in "de"),
]


def party_of_the_participation(*held: list[Triple]) -> Fact:
    """The fact of who took part, as the page of the participation has it; all statements are said to support it."""
    node = {triple for one in held for triple in projected(statements(one))}
    told = {f"x:{number}": frozenset(one) for number, one in enumerate(held)}
    found = account(Description(NODE, tuple(sorted(node)), told=told, records=frozenset(RECORDS)))
    (fact,) = (f for groups in found.facts.values() for g in groups for f in g.facts if f.triple == PARTY)
    return fact


def said_on_the_page(fact: Fact) -> str:
    return fact_view(fact, Labels({}, {}, {}, Origins.of(RECORDS))).summary


def test_a_shared_node_has_the_origins_and_sides_of_all_who_say_so() -> None:
    fact = party_of_the_participation(PLAIN, stated("2", "e"))
    assert (len(fact.evidence), fact.origins, fact.sides) == (2, 2, 2)
    assert said_on_the_page(fact) == "2 origins of 2 sides say so"


@pytest.mark.parametrize("kind", ADDING_NOTHING)
def test_other_evidence_of_a_shared_node_adds_no_origin_and_no_side(kind: str) -> None:
    fact = party_of_the_participation(PLAIN, ADDING_NOTHING[kind])
    assert (len(fact.evidence), fact.origins, fact.sides) == (2, 1, 1)
    assert said_on_the_page(fact).startswith("one origin says so")


@pytest.mark.parametrize("kind", ADDING_NOTHING)
def test_a_shared_node_with_other_evidence_alone_has_no_origin_that_says_so(kind: str) -> None:
    fact = party_of_the_participation(ADDING_NOTHING[kind])
    assert (len(fact.evidence), fact.origins, fact.sides) == (1, 0, 0)
    assert "says so" not in said_on_the_page(fact)
