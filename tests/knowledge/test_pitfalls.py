"""The ontology falls into none of the pitfalls of OOPS!, and each check would see it if it did."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.namespace import DCTERMS, OWL

import pitfalls_testing as pitfall
from ontology_testing import Rule, delete, insert, lacking, read_ontology, spoilt

PITFALLS = {f"P{number:02}" for number in range(1, 42)}

RULES: Mapping[str, Rule] = {
    "P02": Rule(
        "no class of ours is called equivalent to another one",
        pitfall.called_equivalent_among_ours,
        insert("ots:A a owl:Class ; owl:equivalentClass ots:B"),
    ),
    "P03": Rule(
        "no property does the work of rdf:type, rdfs:subClassOf or owl:sameAs",
        pitfall.named_is,
        insert("ots:isA a owl:ObjectProperty"),
    ),
    "P04": Rule(
        "every term is connected to another one, or says why it is not",
        pitfall.unconnected,
        insert("ots:A a owl:Class"),
    ),
    "P05": Rule(
        "inverse properties have each other's domain and range",
        pitfall.inverses_that_do_not_fit,
        insert("ots:p rdfs:domain ots:A ; rdfs:range ots:B ; owl:inverseOf ots:q . ots:q rdfs:domain ots:A"),
    ),
    "P06": Rule(
        "no class is above itself",
        pitfall.above_themselves,
        insert("ots:A rdfs:subClassOf ots:B . ots:B rdfs:subClassOf ots:C . ots:C rdfs:subClassOf ots:A"),
    ),
    "P07": Rule(
        "no class merges two concepts",
        pitfall.merging_concepts,
        insert("ots:StyleAndPeriod a owl:Class"),
    ),
    "P08": Rule(
        "every term has a label and a definition in English",
        pitfall.without_label_or_definition,
        insert('ots:A a owl:Class ; rdfs:label "a"@en'),
    ),
    "P10": Rule(
        "some classes are called disjoint",
        pitfall.without_disjointness,
        "DELETE { ?s ?p ?o } WHERE { VALUES ?p { owl:disjointWith owl:members owl:disjointUnionOf } ?s ?p ?o }",
    ),
    "P11": Rule(
        "every property has a domain and a range, or says why not",
        pitfall.open_ends_without_reason,
        insert('ots:p a owl:ObjectProperty ; rdfs:domain ots:A ; skos:editorialNote "No domain: none."@en'),
    ),
    "P12": Rule(
        "no property is there twice under nearly the same name",
        pitfall.same_property_twice,
        insert("ots:madeOf a owl:ObjectProperty . ots:made_of a owl:ObjectProperty"),
    ),
    "P13": Rule(
        "every object property has an inverse, or it is written why not",
        pitfall.without_inverse_or_reason,
        delete("?ontology a owl:Ontology ; skos:editorialNote ?note") + " ; " + insert("ots:p a owl:ObjectProperty"),
    ),
    "P19": Rule(
        "no property has several domains or ranges",
        pitfall.with_several_domains_or_ranges,
        insert("ots:p a owl:ObjectProperty ; rdfs:range ots:A , ots:B"),
    ),
    "P20": Rule(
        "a definition says more than the label",
        pitfall.with_label_and_definition_confused,
        insert('ots:A a owl:Class ; rdfs:label "a thing"@en ; skos:definition "A thing."@en'),
    ),
    "P21": Rule(
        "no class is for the rest",
        pitfall.miscellaneous,
        insert("ots:OtherEvent a owl:Class"),
    ),
    "P22": Rule(
        "classes and individuals are in UpperCamelCase, properties in lowerCamelCase",
        pitfall.named_otherwise,
        insert("ots:MadeOf a owl:ObjectProperty"),
    ),
    "P24": Rule(
        "no term stands in an axiom on itself",
        pitfall.in_axioms_on_themselves,
        insert("ots:p rdfs:domain ots:p"),
    ),
    "P25": Rule(
        "no property is its own inverse",
        pitfall.inverse_of_themselves,
        insert("ots:p owl:inverseOf ots:p"),
    ),
    "P26": Rule(
        "no symmetric property has an inverse",
        pitfall.symmetric_with_inverse,
        insert("ots:p owl:inverseOf ots:q . ots:q a owl:SymmetricProperty"),
    ),
    "P27": Rule(
        "no property is called equivalent to one of another vocabulary: alignments go to a wider one",
        partial(pitfall.called_equivalent, OWL.equivalentProperty),
        insert("ots:p owl:equivalentProperty schema:about"),
    ),
    "P28": Rule(
        "a symmetric property has one class as domain and range",
        partial(pitfall.of_a_kind_with_different_ends, OWL.SymmetricProperty),
        insert("ots:p a owl:SymmetricProperty ; rdfs:domain ots:A ; rdfs:range ots:B"),
    ),
    "P29": Rule(
        "a transitive property has one class as domain and range",
        partial(pitfall.of_a_kind_with_different_ends, OWL.TransitiveProperty),
        insert("ots:p a owl:TransitiveProperty ; rdfs:domain ots:A ; rdfs:range ots:B"),
    ),
    "P30": Rule(
        "no class is there twice under one definition",
        pitfall.same_definition_twice,
        insert('ots:A a owl:Class ; skos:definition "It."@en . ots:B a owl:Class ; skos:definition "It."@en'),
    ),
    "P31": Rule(
        "no class is called equivalent to one of another vocabulary: alignments go to a wider one",
        partial(pitfall.called_equivalent, OWL.equivalentClass),
        insert("ots:A owl:equivalentClass schema:Person"),
    ),
    "P32": Rule(
        "no two classes and no two properties have one label",
        pitfall.same_label_twice,
        insert('ots:p a owl:ObjectProperty ; rdfs:label "p"@en . ots:q a owl:DatatypeProperty ; rdfs:label "p"@en'),
    ),
    "P33": Rule(
        "no chain of properties has only one link",
        pitfall.chained_of_one,
        insert("ots:p owl:propertyChainAxiom ( ots:q )"),
    ),
    "P34": Rule(
        "every class that is used is declared",
        pitfall.untyped_classes,
        insert("ots:p rdfs:domain ots:A"),
    ),
    "P35": Rule(
        "every property that is used is declared",
        pitfall.untyped_properties,
        insert("ots:A ots:p ots:B"),
    ),
    "P36": Rule(
        "no IRI has the ending of a file",
        pitfall.with_file_ending,
        insert("<https://w3id.org/otsgraph/ontology.ttl> a owl:Ontology"),
    ),
    "P38": Rule(
        "the ontology is declared, and it alone",
        pitfall.undeclared_ontology,
        delete("?ontology a owl:Ontology"),
    ),
    "P39": Rule(
        "all our terms are in the namespace that the ontology names",
        pitfall.outside_the_namespace,
        delete("?ontology vann:preferredNamespaceUri ?namespace"),
    ),
    "P40": Rule(
        "nothing is said of the terms of others but what they are",
        pitfall.hijacked,
        insert("schema:Person rdfs:subClassOf ots:A"),
    ),
    "P41": Rule(
        "the ontology has a licence",
        lacking(DCTERMS.license),
        delete("?ontology dcterms:license ?licence"),
    ),
}

LEFT: Mapping[str, str] = {
    "P01": "Whether a term has two senses is a matter of reading; a label that two classes share is seen by P32.",
    "P09": "What is missing shows when a question has no answer: the competency questions are tests.",
    "P14": "It is about universal restrictions; the ontology has no class expressions, since it has no blank nodes.",
    "P15": "It is about negated restrictions; the ontology has no class expressions, since it has no blank nodes.",
    "P16": "It is about classes that restrictions should define; the ontology has none, since it has no blank nodes.",
    "P17": "Whether a class is too special to be one is a matter of reading.",
    "P18": "A domain or range that is too narrow shows in data: shapes and disjoint classes are there to find it.",
    "P23": "Whether a class does the work of a datatype is a matter of reading; OOPS! has no check for it either.",
    "P37": "Whether the ontology is on the Web depends on a registration at w3id.org, not on the file.",
}


@pytest.fixture(scope="module")
def ontology(project: Path) -> Graph:
    return read_ontology(project)


def test_every_pitfall_has_a_check_or_a_reason() -> None:
    assert RULES.keys() | LEFT.keys() == PITFALLS
    assert not RULES.keys() & LEFT.keys()


@pytest.mark.parametrize("rule", [pytest.param(rule, id=f"{name} {rule.sentence}") for name, rule in RULES.items()])
def test_the_ontology_avoids_the_pitfall(ontology: Graph, rule: Rule) -> None:
    assert rule.offenders(ontology) == set()


@pytest.mark.parametrize("rule", [pytest.param(rule, id=name) for name, rule in RULES.items()])
def test_a_check_finds_its_pitfall(ontology: Graph, rule: Rule) -> None:
    assert rule.offenders(spoilt(ontology, rule)) - rule.offenders(ontology)
