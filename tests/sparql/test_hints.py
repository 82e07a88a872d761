"""Why a query may have found nothing."""

from __future__ import annotations

import pytest

from otsgraph.rdf.terms import DCTERMS, OTS, OWL, RDF, RDFS, Triple, iri
from otsgraph.sparql.hints import Vocabulary, hint, vocabulary

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
    *(
        triple
        for name in ("heldIn", "discussed")
        for triple in (
            (iri(OTS + name), iri(RDF + "type"), iri(OWL + "ObjectProperty")),
            (iri(OTS + name), iri(DCTERMS + "isPartOf"), iri(OTS + "section-things")),
        )
    ),
    (iri(OTS + "ReportedFact"), iri(DCTERMS + "isPartOf"), iri(OTS + "section-statements")),
]
TERMS = vocabulary(ONTOLOGY, claimed=[("http://x/m", OTS + "discussed"), ("http://x/m", "http://x/p")])
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
    assert vocabulary([]) == Vocabulary()


def test_what_is_only_claimed_of_a_subject_is_named_with_the_way_to_the_claims() -> None:
    said = hint(PREFIXES + "SELECT * { <http://x/m> ots:discussed ?topic }", TERMS)
    assert said.startswith("No fact has ots:discussed of this subject; who claims it is met inside GRAPH")


def test_a_term_of_another_vocabulary_is_named_in_full() -> None:
    assert hint("SELECT * { <http://x/m> <http://x/p> ?o }", TERMS).startswith(
        "No fact has <http://x/p> of this subject"
    )


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("SELECT * { <http://x/other> ots:discussed ?topic }", id="of another subject"),
        pytest.param("SELECT * { ?m ots:discussed ?topic }", id="of any subject"),
        pytest.param("SELECT * { GRAPH ?g { <http://x/m> ots:discussed ?topic } }", id="inside GRAPH"),
        pytest.param("SELECT * { ?s ots:heldIn <http://x/m> . ots:discussed ?p ?o }", id="in two triples"),
    ],
)
def test_nothing_is_said_where_nothing_is_claimed(query: str) -> None:
    assert hint(PREFIXES + query, TERMS) == ""


@pytest.mark.parametrize(
    "query", ["SELECT * { ?m ots:attendance ?n }", "SELECT * { GRAPH ?g { ?m ots:attendance ?n } }"]
)
def test_a_term_that_is_defined_nowhere_is_named(query: str) -> None:
    assert (
        hint(PREFIXES + query, TERMS)
        == "ots:attendance is not a term of the ontology, so nothing can be found with it."
    )


def test_a_namespace_that_is_declared_is_not_taken_for_a_term() -> None:
    assert hint(f"PREFIX other: <{OTS}other/> SELECT * {{ ?s ?p ?o }}", TERMS) == ""


@pytest.mark.parametrize(
    "term",
    [
        pytest.param(f"<{OTS}zz\\u000d\\u000aX-Injected:yes>", id="a line end"),
        pytest.param(f"<{OTS}zz\\u0085>", id="a control character beyond ASCII"),
        pytest.param(f"<{OTS}zz\\uD800>", id="half of a surrogate pair"),
        pytest.param(f"<{OTS}z\\u00e9>", id="a letter beyond ASCII"),
        pytest.param(f"<{OTS}zé>", id="a letter beyond ASCII, as it is"),
        pytest.param("ots:zé", id="a letter beyond ASCII, in a prefixed name"),
        pytest.param(f"<{OTS}{'z' * 1_000}>", id="a very long term"),
    ],
)
def test_what_a_header_field_cannot_hold_is_not_named(term: str) -> None:
    assert hint(f"{PREFIXES} SELECT ?q {{ ?q {term} ?o }}", TERMS) == ""
    # the engine reads a comparison and a string here
    assert hint(f"{PREFIXES} SELECT ?q {{ FILTER('!'<'>') FILTER('!' = ' {{ {term} }}') }}", TERMS) == ""
