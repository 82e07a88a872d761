"""Why a query may have found nothing."""

from __future__ import annotations

import pytest

from otsgraph.hints import hint, statement_terms
from otsgraph.terms import DCTERMS, OTS, OWL, RDF, RDFS, Triple, iri

ONTOLOGY: list[Triple] = [
    (iri(OTS + "ReportedFact"), iri(RDFS + "subClassOf"), iri(OTS + "Statement")),
    *(
        triple
        for name in ("speaker", "enables", "supportedBy")
        for triple in (
            (iri(OTS + name), iri(RDF + "type"), iri(OWL + "ObjectProperty")),
            (iri(OTS + name), iri(DCTERMS + "isPartOf"), iri(OTS + "section-statements")),
        )
    ),
    (iri(OTS + "heldIn"), iri(RDF + "type"), iri(OWL + "ObjectProperty")),
    (iri(OTS + "heldIn"), iri(DCTERMS + "isPartOf"), iri(OTS + "section-things")),
]
TERMS = statement_terms(ONTOLOGY)
PREFIXES = f"PREFIX ots: <{OTS}> PREFIX rdf: <{RDF}> "


@pytest.mark.parametrize(
    ("query", "named"),
    [
        pytest.param("SELECT * { ?s ots:speaker ?who }", "ots:speaker", id="a term of statements"),
        pytest.param("SELECT * { ?s rdf:subject ?o }", "rdf:subject", id="a term of reification"),
        pytest.param("SELECT * { ?s a ots:ReportedFact }", "ots:ReportedFact", id="a voice"),
        pytest.param("SELECT * { ?s ots:enables ?o }", "ots:enables", id="a claim predicate"),
        pytest.param(f"SELECT * {{ ?s <{OTS}speaker> ?who }}", "ots:speaker", id="a term in full"),
        pytest.param("SELECT * { GRAPH ?g { ?a ?b ?c } ?s ots:speaker ?who }", "ots:speaker", id="a term behind GRAPH"),
        pytest.param("SELECT * { { OPTIONAL { ?s ots:speaker ?who } } }", "ots:speaker", id="a term in an inner group"),
    ],
)
def test_a_term_that_is_met_in_statement_graphs_only_is_named(query: str, named: str) -> None:
    assert hint(PREFIXES + query, TERMS).startswith(f"{named} is met inside GRAPH")


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("SELECT * { GRAPH ?g { ?s ots:speaker ?who } }", id="inside GRAPH"),
        pytest.param("SELECT * { GRAPH <http://x/> { { ?s ots:speaker ?who } } }", id="in a group inside GRAPH"),
        pytest.param("SELECT * { ?s ots:heldIn ?o }", id="a term of facts"),
        pytest.param("SELECT * { ?s ots:supportedBy ?o }", id="a term of both"),
        pytest.param("SELECT * { ?s ?p 'ots:speaker' } # ots:speaker", id="in strings and comments"),
    ],
)
def test_nothing_is_said_where_that_is_not_why(query: str) -> None:
    assert hint(PREFIXES + query, TERMS) == ""


def test_without_an_ontology_of_statements_there_are_no_hints() -> None:
    assert statement_terms([]) == frozenset()
