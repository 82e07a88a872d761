"""What follows from facts: three rules, and nothing else."""

from __future__ import annotations

import pytest

from otsgraph.graph.inference import inferred, schema
from otsgraph.rdf.terms import OTS, OWL, RDF, RDFS, Triple, iri

A, B, C = (iri(f"http://x/{name}") for name in "abc")
TYPE, SUBCLASS, SUBPROPERTY = iri(RDF + "type"), iri(RDFS + "subClassOf"), iri(RDFS + "subPropertyOf")
INVERSE, DOMAIN, SAME = iri(OWL + "inverseOf"), iri(RDFS + "domain"), iri(OWL + "sameAs")


def ours(name: str) -> str:
    return iri(OTS + name)


MEETING, EVENT, THING = ours("Meeting"), ours("Event"), ours("Thing")
THEIRS, WIDER_THEIRS = iri("https://schema.org/Event"), iri("https://schema.org/Thing")
CAPITAL, LOCATED, CONTAINS = ours("capitalOf"), ours("locatedIn"), ours("contains")

ONTOLOGY: list[Triple] = [
    (MEETING, SUBCLASS, EVENT),
    (EVENT, SUBCLASS, THING),
    (EVENT, SUBCLASS, THEIRS),
    (THEIRS, SUBCLASS, WIDER_THEIRS),
    (CAPITAL, SUBPROPERTY, LOCATED),
    (LOCATED, SUBPROPERTY, iri("https://schema.org/containedInPlace")),
    (CONTAINS, INVERSE, LOCATED),
    (CAPITAL, DOMAIN, THING),
]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param([(A, TYPE, EVENT)], {(A, TYPE, THING), (A, TYPE, THEIRS)}, id="the class one wider, and one step out"),
        pytest.param(
            [(A, TYPE, MEETING)], {(A, TYPE, EVENT), (A, TYPE, THING), (A, TYPE, THEIRS)}, id="all wider classes of ours"
        ),
        pytest.param([(A, TYPE, THEIRS)], set(), id="nothing from a term of another vocabulary"),
        pytest.param(
            [(A, LOCATED, B)],
            {(B, CONTAINS, A), (A, iri("https://schema.org/containedInPlace"), B)},
            id="the inverse, and the property one step out",
        ),
        pytest.param([(B, CONTAINS, A)], {(A, LOCATED, B), (A, iri("https://schema.org/containedInPlace"), B)}, id="the inverse of the inverse"),
        pytest.param(
            [(A, CAPITAL, B)],
            {(A, LOCATED, B), (B, CONTAINS, A), (A, iri("https://schema.org/containedInPlace"), B)},
            id="no class by the domain of a property",
        ),
        pytest.param([(A, LOCATED, '"here"')], {(A, iri("https://schema.org/containedInPlace"), '"here"')}, id="no inverse with a literal as its subject"),
        pytest.param([("_:a", TYPE, MEETING), (A, LOCATED, "_:b")], set(), id="nothing about a blank node"),
        pytest.param([(A, SAME, B), (A, ours("p"), C)], set(), id="nothing from equality"),
        pytest.param([(A, TYPE, EVENT), (A, TYPE, THING), (A, TYPE, THEIRS)], set(), id="nothing that is stated already"),
    ],
)  # fmt: skip
def test_what_follows(facts: list[Triple], expected: set[Triple]) -> None:
    assert set(inferred(facts, schema(ONTOLOGY))) == expected


def test_a_cycle_of_terms_comes_to_an_end() -> None:
    circle = [(ours("A"), SUBCLASS, ours("B")), (ours("B"), SUBCLASS, ours("A"))]
    assert inferred([(A, TYPE, ours("A"))], schema(circle)) == [(A, TYPE, ours("B"))]
