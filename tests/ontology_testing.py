"""What the two catalogues of rules for ontologies, OOPS! and FOOPS!, have in common here: the graph, and a rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS, VANN, XSD
from rdflib.term import Node

from otsgraph.rdf.terms import BASE
from otsgraph.rdf.terms import OTS as OTS_IRI

Offenders: TypeAlias = set[Node]

OTS = Namespace(OTS_IRI)
BIBO = Namespace("http://purl.org/ontology/bibo/")
SCHEMA = Namespace("https://schema.org/")
SH = Namespace("http://www.w3.org/ns/shacl#")
ONTOLOGY = URIRef(OTS_IRI.removesuffix("#"))

CLASS = (OWL.Class,)
OBJECT_PROPERTY = (OWL.ObjectProperty,)
PROPERTY = (OWL.ObjectProperty, OWL.DatatypeProperty)
TERM = (*CLASS, *PROPERTY, OWL.AnnotationProperty, OWL.NamedIndividual)

LANGUAGES = (RDF, RDFS, OWL, XSD)
"""The namespaces that ontologies are written with; their terms need no declaration."""

_PREFIXES = {
    "bibo": BIBO, "dcterms": DCTERMS, "ots": OTS, "owl": OWL, "rdf": RDF, "rdfs": RDFS, "schema": SCHEMA, "sh": SH,
    "skos": SKOS, "vann": VANN, "xsd": XSD,
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """A rule: as a sentence, as a function to what breaks it, and as a SPARQL update that makes something break it."""

    sentence: str
    offenders: Callable[[Graph], Offenders]
    defect: str


def read_ontology(project: Path) -> Graph:
    """The ontology with its alignments."""
    graph = Graph()
    for name in ("otsgraph.ttl", "alignments.ttl"):
        graph.parse(project / "ontology" / name)
    return graph


def spoilt(graph: Graph, rule: Rule) -> Graph:
    """A copy of an ontology with the defect of a rule."""
    copy = Graph() + graph
    copy.update(rule.defect, initNs=_PREFIXES)
    return copy


def insert(turtle: str) -> str:
    return f"INSERT DATA {{ {turtle} }}"


def delete(pattern: str) -> str:
    return f"DELETE WHERE {{ {pattern} }}"


def own(graph: Graph, kinds: tuple[URIRef, ...]) -> set[URIRef]:
    """The terms of ours that are declared as one of some kinds."""
    return {s for kind in kinds for s in graph.subjects(RDF.type, kind) if isinstance(s, URIRef) and is_ours(s)}


def name(term: Node) -> str:
    """The local name of a term of ours."""
    return str(term).removeprefix(OTS)


def is_ours(term: Node) -> bool:
    return str(term).startswith(OTS)


def is_foreign(term: Node) -> bool:
    """Whether a term belongs to somebody else, and not to the languages that ontologies are written with either."""
    return isinstance(term, URIRef) and not term.startswith(BASE) and not is_of_a_language(term)


def is_of_a_language(term: Node) -> bool:
    return any(str(term).startswith(str(namespace)) for namespace in LANGUAGES)


def english(graph: Graph, term: Node, predicate: URIRef) -> list[str]:
    return [str(o) for o in graph.objects(term, predicate) if isinstance(o, Literal) and o.language == "en"]


def without_english(graph: Graph, predicate: URIRef) -> Offenders:
    """The terms of ours that lack a text in English, such as a label."""
    return {term for term in own(graph, TERM) if not english(graph, term, predicate)}


def lacking(*predicates: URIRef) -> Callable[[Graph], Offenders]:
    """A check for what the ontology says of itself: returns those of some predicates that it does not use."""
    return lambda graph: {predicate for predicate in predicates if (ONTOLOGY, predicate, None) not in graph}
