"""The ontology and the facts as OWL: in the OWL 2 DL profile and without contradiction, by a check that sees both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from otsgraph.rdf.terms import OTS, OWL, RDF, RDFS, Triple, datatype, iri, iri_value
from owl_testing import OWL_DATATYPES, OwlReport, owl_report, owl_triples, owl_view, without_statements

PREFIXES = f"""
PREFIX ots: <{OTS}>
PREFIX owl: <{OWL}>
PREFIX rdf: <{RDF}>
PREFIX rdfs: <{RDFS}>
"""

OUTSIDE_THE_PROFILE = """
ots:both a owl:ObjectProperty , owl:DatatypeProperty .
ots:Reified a owl:Class ; rdfs:subClassOf rdf:Statement .
ots:One a owl:Class ; owl:disjointWith ots:Other .
ots:Other a owl:Class .
ots:Impossible a owl:Class ; rdfs:subClassOf ots:One , ots:Other .
"""

CONTRADICTION = """
ots:One a owl:Class ; owl:disjointWith ots:Other .
ots:Other a owl:Class .
ots:mixUp a owl:NamedIndividual , ots:One , ots:Other .
"""


@pytest.fixture(scope="module")
def triples(project: Path) -> list[Triple]:
    return owl_triples(project)


@pytest.fixture(scope="module")
def report(triples: list[Triple], tmp_path_factory: pytest.TempPathFactory) -> OwlReport:
    return owl_report(owl_view(triples)[0], tmp_path_factory.mktemp("owl"))


@pytest.fixture(scope="module")
def report_outside_the_profile(triples: list[Triple], tmp_path_factory: pytest.TempPathFactory) -> OwlReport:
    return owl_report(owl_view(triples)[0] + parsed(OUTSIDE_THE_PROFILE), tmp_path_factory.mktemp("owl"))


def parsed(turtle: str) -> list[Triple]:
    quads = ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)
    return [(str(q.subject), str(q.predicate), str(q.object)) for q in quads]


@pytest.mark.java
def test_ontology_and_facts_are_in_the_owl_2_dl_profile(report: OwlReport) -> None:
    assert "\n".join(report.violations) == ""


@pytest.mark.java
def test_ontology_and_facts_are_consistent(report: OwlReport) -> None:
    assert report.consistent


@pytest.mark.java
def test_every_class_can_have_members(report: OwlReport) -> None:
    assert not report.unsatisfiable


@pytest.mark.java
@pytest.mark.parametrize("term", [f"<{OTS}both>", "rdf:Statement"])
def test_what_is_outside_the_profile_is_found(report_outside_the_profile: OwlReport, term: str) -> None:
    assert [violation for violation in report_outside_the_profile.violations if term in violation]


@pytest.mark.java
def test_a_class_that_nothing_can_belong_to_is_found(report_outside_the_profile: OwlReport) -> None:
    assert OTS + "Impossible" in report_outside_the_profile.unsatisfiable


@pytest.mark.java
def test_a_contradiction_is_found(triples: list[Triple], tmp_path: Path) -> None:
    assert not owl_report(owl_view(triples)[0] + parsed(CONTRADICTION), tmp_path).consistent


def test_only_literals_that_owl_does_not_know_are_left_out(
    triples: list[Triple], record_testsuite_property: Callable[[str, object], None]
) -> None:
    kept, left_out = owl_view(triples)
    record_testsuite_property("literals left out of the OWL view", len(left_out))
    by_datatype = Counter(datatype(o) for _, _, o in left_out)
    assert not by_datatype.keys() & {"", *OWL_DATATYPES}
    assert {datatype(o) for _, _, o in kept} <= {"", *OWL_DATATYPES}
    assert Counter(kept + left_out) == Counter(triples), f"{len(left_out)} left out: {dict(by_datatype)}"


def test_a_range_is_a_datatype_that_owl_knows_or_a_class(triples: list[Triple]) -> None:
    classes = {s for s, p, o in triples if o == iri(OWL + "Class")}
    datatypes = {iri(known) for known in (*OWL_DATATYPES, RDFS + "Literal")}
    ranges = {(s, o) for s, p, o in triples if p == iri(RDFS + "range")}
    assert {(iri_value(s), iri_value(o)) for s, o in ranges if o not in classes | datatypes} == set()


def test_statements_are_not_seen_by_owl() -> None:
    fact, *_ = parsed("ots:state ots:memberOf ots:organization .")
    statement = parsed(
        "ots:s a ots:ReferenceFact ; rdf:subject ots:state ; rdf:predicate ots:memberOf ; rdf:object ots:organization ."
    )
    assert without_statements([*statement, fact]) == [fact]
