"""What FOOPS! asks of an ontology and its file can answer, each question with a defect that would be seen.

Source: D. Garijo, Ó. Corcho, M. Poveda-Villalón, FOOPS! (Ontology Pitfall Scanner for the FAIR principles), its tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS, VANN, XSD

from ontology_testing import (
    BIBO,
    ONTOLOGY,
    OTS,
    SH,
    TERM,
    Offenders,
    Rule,
    delete,
    insert,
    is_foreign,
    is_ours,
    lacking,
    own,
    read_ontology,
    spoilt,
    without_english,
)

FOOPS = {
    *"FIND1 FIND2 FIND3 FIND3_BIS URI1 URI2 PURL1 VER1 VER2 OM1 OM2 OM3 OM4.1 OM4.2 OM5.1 OM5.2".split(),
    *"RDF1 CN1 DOC1 HTTP1 VOC1 VOC2 VOC3 VOC4".split(),
    *(f"OM3 {wish}" for wish in "bibo:doi foaf:logo owl:priorVersion owl:backwardCompatibleWith".split()),
}
"""The tests of FOOPS!, and apart from OM3 what it wishes for that this ontology does not have."""


def without_declared_prefix(graph: Graph) -> Offenders:
    """The ontology, unless it names its prefix and declares it for queries with its own namespace."""
    preferred = set(graph.objects(ONTOLOGY, VANN.preferredNamespacePrefix))
    declarations = graph.subjects(SH.namespace, Literal(OTS, datatype=XSD.anyURI))
    declared = {prefix for declaration in declarations for prefix in graph.objects(declaration, SH.prefix)}
    return set() if preferred and preferred == declared else {ONTOLOGY}


def not_below(base: str, graph: Graph) -> Offenders:
    return {ontology for ontology in graph.subjects(RDF.type, OWL.Ontology) if not str(ontology).startswith(base)}


def not_defined_by_it(graph: Graph) -> Offenders:
    """Terms that do not name the IRI under which the ontology is served as the one that defines them."""
    return {term for term in own(graph, TERM) if set(graph.objects(term, RDFS.isDefinedBy)) != {ONTOLOGY}}


def without_version_iri(graph: Graph) -> Offenders:
    """The ontology, unless the IRI of this version is its own IRI and, as the last part, its version."""
    versions = [URIRef(f"{ONTOLOGY}/{version}") for version in graph.objects(ONTOLOGY, OWL.versionInfo)]
    return set() if versions and versions == list(graph.objects(ONTOLOGY, OWL.versionIRI)) else {ONTOLOGY}


def with_metadata_of_our_own(graph: Graph) -> Offenders:
    return {predicate for predicate in graph.predicates(ONTOLOGY) if is_ours(predicate)}


def without_foreign_terms(graph: Graph) -> Offenders:
    """The ontology, unless some of its terms are below terms of others."""
    wider = {o for p in (RDFS.subClassOf, RDFS.subPropertyOf) for s, o in graph.subject_objects(p) if is_ours(s)}
    return set() if any(is_foreign(term) for term in wider) else {ONTOLOGY}


RULES: Mapping[str, Rule] = {
    "FIND1": Rule(
        "the ontology names its prefix, and queries get the same one",
        without_declared_prefix,
        delete("?ontology vann:preferredNamespacePrefix ?prefix"),
    ),
    "URI2": Rule(
        "the terms name the IRI that the ontology is served under",
        not_defined_by_it,
        insert("ots:A a owl:Class ; rdfs:isDefinedBy <https://example.org/ontology>"),
    ),
    "PURL1": Rule(
        "the IRI of the ontology is a permanent one, at w3id.org",
        partial(not_below, "https://w3id.org/"),
        insert("<https://example.org/ontology> a owl:Ontology"),
    ),
    "HTTP1": Rule(
        "the IRI of the ontology is reached by an open protocol",
        partial(not_below, "https://"),
        insert("<urn:example:ontology> a owl:Ontology"),
    ),
    "VER1": Rule(
        "this version of the ontology has an IRI that ends in its number",
        without_version_iri,
        "DELETE { ?o owl:versionIRI ?v } INSERT { ?o owl:versionIRI ?o } WHERE { ?o owl:versionIRI ?v }",
    ),
    "OM1": Rule(
        "the ontology has its least metadata",
        lacking(
            DCTERMS.title,
            DCTERMS.description,
            DCTERMS.license,
            DCTERMS.creator,
            DCTERMS.created,
            OWL.versionIRI,
            VANN.preferredNamespaceUri,
        ),
        delete("?ontology dcterms:title ?title"),
    ),
    "OM2": Rule(
        "the ontology has its recommended metadata",
        lacking(
            DCTERMS.bibliographicCitation,
            DCTERMS.contributor,
            DCTERMS.created,
            OWL.versionInfo,
            VANN.preferredNamespacePrefix,
        ),
        delete("?ontology dcterms:bibliographicCitation ?citation"),
    ),
    "OM3": Rule(
        "the ontology has its detailed metadata",
        lacking(DCTERMS.issued, DCTERMS.modified, DCTERMS.publisher, DCTERMS.source, BIBO.status),
        delete("?ontology bibo:status ?status"),
    ),
    "OM4.1": Rule(
        "the ontology has a licence",
        lacking(DCTERMS.license),
        delete("?ontology dcterms:license ?licence"),
    ),
    "OM5.1": Rule(
        "the ontology says who made it and when",
        lacking(DCTERMS.creator, DCTERMS.created),
        delete("?ontology dcterms:creator ?creator"),
    ),
    "OM5.2": Rule(
        "the ontology says who published it and when",
        lacking(DCTERMS.publisher, DCTERMS.issued),
        delete("?ontology dcterms:publisher ?publisher"),
    ),
    "VOC1": Rule(
        "the metadata of the ontology is in the words of known vocabularies",
        with_metadata_of_our_own,
        insert('<https://w3id.org/otsgraph/ontology> ots:p "a"'),
    ),
    "VOC2": Rule(
        "terms of other vocabularies are above some of ours",
        without_foreign_terms,
        "DELETE { ?s ?p ?o } WHERE { VALUES ?p { rdfs:subClassOf rdfs:subPropertyOf } ?s ?p ?o }",
    ),
    "VOC3": Rule(
        "every term has a label in English",
        partial(without_english, predicate=RDFS.label),
        insert("ots:A a owl:Class"),
    ),
    "VOC4": Rule(
        "every term has a definition in English",
        partial(without_english, predicate=SKOS.definition),
        insert("ots:A a owl:Class"),
    ),
}

LEFT: Mapping[str, str] = {
    "FIND2": "Whether a registry of prefixes knows the prefix depends on the registry.",
    "FIND3": "Whether a registry of ontologies knows the ontology depends on the registry.",
    "FIND3_BIS": "Whether metadata outlives the ontology depends on the same registry.",
    "URI1": "Whether the IRI of the ontology resolves depends on a registration at w3id.org.",
    "VER2": "Whether the IRI of the version resolves depends on a registration at w3id.org.",
    "OM4.2": "Whether the licence resolves depends on its publisher; no test goes to the network.",
    "RDF1": "Whether the IRI of the ontology answers with RDF depends on that registration and on a server.",
    "CN1": "Whether it answers with RDF or HTML as the client prefers depends on that registration and on a server.",
    "DOC1": "Whether it answers with a page for people depends on that registration and on a server.",
    "OM3 bibo:doi": "No DOI is registered for the ontology.",
    "OM3 foaf:logo": "The ontology has no logo.",
    "OM3 owl:priorVersion": "There is no version before the first one.",
    "OM3 owl:backwardCompatibleWith": "There is no version before the first one.",
}


@pytest.fixture(scope="module")
def ontology(project: Path) -> Graph:
    return read_ontology(project)


def test_every_question_of_foops_has_a_check_or_a_reason() -> None:
    assert RULES.keys() | LEFT.keys() == FOOPS
    assert not RULES.keys() & LEFT.keys()


@pytest.mark.parametrize("rule", [pytest.param(rule, id=f"{name} {rule.sentence}") for name, rule in RULES.items()])
def test_the_ontology_is_as_foops_wants_it(ontology: Graph, rule: Rule) -> None:
    assert rule.offenders(ontology) == set()


@pytest.mark.parametrize("rule", [pytest.param(rule, id=name) for name, rule in RULES.items()])
def test_a_check_finds_its_defect(ontology: Graph, rule: Rule) -> None:
    assert rule.offenders(spoilt(ontology, rule)) - rule.offenders(ontology)
