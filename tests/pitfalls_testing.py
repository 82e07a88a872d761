"""One check for each pitfall of OOPS! that a program can see; each returns the terms that are caught in it.

Source: M. Poveda-Villalón, the catalogue of OOPS! (OntOlogy Pitfall Scanner!), P01 to P41.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from functools import partial

from rdflib import Graph, URIRef
from rdflib.collection import Collection
from rdflib.namespace import OWL, RDF, RDFS, SKOS, VANN
from rdflib.term import Node

from ontology_testing import (
    CLASS,
    OBJECT_PROPERTY,
    ONTOLOGY,
    OTS,
    PROPERTY,
    TERM,
    Offenders,
    english,
    is_foreign,
    is_of_a_language,
    is_ours,
    name,
    own,
    without_english,
)
from otsgraph.rdf.terms import BASE

_LINKS = (
    RDF.type, RDFS.domain, RDFS.range, RDFS.subClassOf, RDFS.subPropertyOf,
    OWL.equivalentClass, OWL.equivalentProperty, OWL.inverseOf,
)  # fmt: skip
_CLASS_PLACES = (RDFS.domain, RDFS.range, RDFS.subClassOf, OWL.disjointWith, OWL.equivalentClass)
_PROPERTY_PLACES = (RDFS.subPropertyOf, OWL.inverseOf, OWL.equivalentProperty)
_DISJOINTNESS = (OWL.disjointWith, OWL.members, OWL.disjointUnionOf)
_CLASS_KINDS = {OWL.Class, RDFS.Class, RDFS.Datatype}
_PROPERTY_KINDS = {OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, RDF.Property}
_FILE_ENDING = re.compile(r"\.(html?|jsonld|n3|nt|owl|rdf|rdfxml|ttl|xml)$")


def called_equivalent_among_ours(graph: Graph) -> Offenders:
    return {s for s, o in graph.subject_objects(OWL.equivalentClass) if is_ours(s) and is_ours(o)}


def named_is(graph: Graph) -> Offenders:
    return {p for p in own(graph, PROPERTY) if name(p).lower() in {"is", "isa", "sameas", "subclassof", "type"}}


def unconnected(graph: Graph) -> Offenders:
    """Terms in no hierarchy, at no end of a property, of no kind of ours, and without a word on why not."""
    links = [(s, o) for p in _LINKS for s, o in graph.subject_objects(p) if p != RDF.type or is_ours(o)]
    connected = {term for link in links for term in link}
    return {t for t in own(graph, TERM) - connected if "No domain and no range" not in reasons(graph, t)}


def inverses_that_do_not_fit(graph: Graph) -> Offenders:
    return {p for p, q in graph.subject_objects(OWL.inverseOf) if ends(graph, p) != ends(graph, q)[::-1]}


def above_themselves(graph: Graph) -> Offenders:
    return {c for c, d in graph.subject_objects(RDFS.subClassOf) if c in graph.transitive_objects(d, RDFS.subClassOf)}


def merging_concepts(graph: Graph) -> Offenders:
    return {c for c in own(graph, CLASS) if re.search(r"[a-z](And|Or)[A-Z]", name(c))}


def without_label_or_definition(graph: Graph) -> Offenders:
    return without_english(graph, RDFS.label) | without_english(graph, SKOS.definition)


def without_disjointness(graph: Graph) -> Offenders:
    return set() if any((None, p, None) in graph for p in _DISJOINTNESS) else {ONTOLOGY}


def open_ends_without_reason(graph: Graph) -> Offenders:
    """Properties that lack a domain or a range and do not say why, or say why and do not lack it."""
    return {p for p in own(graph, PROPERTY) if reasons(graph, p) != _open_ends(graph, p)}


def _open_ends(graph: Graph, term: Node) -> set[str]:
    open_ = [f"no {end}" for end in ("domain", "range") if (term, RDFS[end], None) not in graph]
    return {" and ".join(open_).capitalize()} if open_ else set()


def reasons(graph: Graph, term: Node) -> set[str]:
    """What the editorial notes of a term give a reason for: "No domain", "No range", "No domain and no range"."""
    notes = english(graph, term, SKOS.editorialNote)
    return {m[1] for note in notes if (m := re.match(r"(No domain and no range|No domain|No range): \w", note))}


def with_a_double_by(key: Callable[[Graph, URIRef], str], kinds: tuple[URIRef, ...], graph: Graph) -> Offenders:
    """Terms of some kinds that share a key, such as their label, with another one."""
    doubles: dict[str, set[Node]] = defaultdict(set)
    for term in own(graph, kinds):
        doubles[key(graph, term)].add(term)
    return {term for text, terms in doubles.items() if text and len(terms) > 1 for term in terms}


def _plain_name(_: Graph, term: URIRef) -> str:
    return re.sub(r"[\W_]", "", name(term)).lower()


def _text(predicate: URIRef, graph: Graph, term: URIRef) -> str:
    return " ".join(english(graph, term, predicate)).lower()


same_property_twice = partial(with_a_double_by, _plain_name, PROPERTY)
same_definition_twice = partial(with_a_double_by, partial(_text, SKOS.definition), CLASS)


def same_label_twice(graph: Graph) -> Offenders:
    by_label = partial(with_a_double_by, partial(_text, RDFS.label))
    return by_label(CLASS, graph) | by_label(PROPERTY, graph)


def without_inverse_or_reason(graph: Graph) -> Offenders:
    """Object properties without inverse, unless they, or the ontology once for all, say why."""
    paired = {p for pair in graph.subject_objects(OWL.inverseOf) for p in pair}
    paired |= set(graph.subjects(RDF.type, OWL.SymmetricProperty))
    return {p for p in own(graph, OBJECT_PROPERTY) - paired if not _says_why_no_inverse(graph, p)}


def _says_why_no_inverse(graph: Graph, term: Node) -> bool:
    notes = [note for about in (term, ONTOLOGY) for note in english(graph, about, SKOS.editorialNote)]
    return any(re.match(r"No inverses?: \w", note) for note in notes)


def ends(graph: Graph, term: Node) -> tuple[set[Node], set[Node]]:
    """The domains and the ranges of a property."""
    return set(graph.objects(term, RDFS.domain)), set(graph.objects(term, RDFS.range))


def with_several_domains_or_ranges(graph: Graph) -> Offenders:
    return {p for p in own(graph, PROPERTY) if any(len(end) > 1 for end in ends(graph, p))}


def with_label_and_definition_confused(graph: Graph) -> Offenders:
    texts = {t: [_text(p, graph, t).strip(" .") for p in (RDFS.label, SKOS.definition)] for t in own(graph, TERM)}
    return {t for t, (label, definition) in texts.items() if label == definition or len(label) > len(definition)}


def miscellaneous(graph: Graph) -> Offenders:
    return {c for c in own(graph, CLASS) if re.search(r"(Other|Misc|Miscellaneous|Unknown)(?![a-z])", name(c))}


def named_otherwise(graph: Graph) -> Offenders:
    upper, lower = re.compile(r"[A-Z][A-Za-z0-9]*"), re.compile(r"[a-z][A-Za-z0-9]*")
    things = own(graph, (OWL.Class, OWL.NamedIndividual))
    properties = own(graph, (*PROPERTY, OWL.AnnotationProperty))
    return {t for t in things if not upper.fullmatch(name(t))} | {p for p in properties if not lower.fullmatch(name(p))}


def in_axioms_on_themselves(graph: Graph) -> Offenders:
    return {s for s, _, o in graph if s == o}


def inverse_of_themselves(graph: Graph) -> Offenders:
    return {p for p, q in graph.subject_objects(OWL.inverseOf) if p == q}


def symmetric_with_inverse(graph: Graph) -> Offenders:
    paired = {p for pair in graph.subject_objects(OWL.inverseOf) for p in pair}
    return paired & set(graph.subjects(RDF.type, OWL.SymmetricProperty))


def of_a_kind_with_different_ends(kind: URIRef, graph: Graph) -> Offenders:
    """Properties of a kind that has the same things at both ends, such as symmetric ones, though theirs differ."""
    return {p for p in graph.subjects(RDF.type, kind) if ends(graph, p)[0] != ends(graph, p)[1]}


def called_equivalent(predicate: URIRef, graph: Graph) -> Offenders:
    return {s for s, o in graph.subject_objects(predicate) if not (is_ours(s) and is_ours(o))}


def chained_of_one(graph: Graph) -> Offenders:
    return {p for p, chain in graph.subject_objects(OWL.propertyChainAxiom) if len(Collection(graph, chain)) == 1}


def untyped_classes(graph: Graph) -> Offenders:
    used = {o for p in _CLASS_PLACES for o in graph.objects(None, p)}
    used |= {o for term in own(graph, TERM) for o in graph.objects(term, RDF.type)}
    return {c for c in used if not is_of_a_language(c) and not _CLASS_KINDS & set(graph.objects(c, RDF.type))}


def untyped_properties(graph: Graph) -> Offenders:
    used = {*graph.predicates(), *(o for p in _PROPERTY_PLACES for o in graph.objects(None, p))}
    return {p for p in used if not is_of_a_language(p) and not _PROPERTY_KINDS & set(graph.objects(p, RDF.type))}


def with_file_ending(graph: Graph) -> Offenders:
    iris = {*graph.subjects(RDF.type, OWL.Ontology), *graph.objects(None, OWL.versionIRI), *own(graph, TERM)}
    return {iri for iri in iris if _FILE_ENDING.search(str(iri))}


def undeclared_ontology(graph: Graph) -> Offenders:
    return set(graph.subjects(RDF.type, OWL.Ontology)) ^ {ONTOLOGY}


def outside_the_namespace(graph: Graph) -> Offenders:
    """Terms of ours that are not in the one namespace; the ontology, where it does not name that one."""
    named = [str(o) for o in graph.objects(ONTOLOGY, VANN.preferredNamespaceUri)]
    strays = {t for kind in TERM for t in graph.subjects(RDF.type, kind) if str(t).startswith(BASE) and not is_ours(t)}
    return strays if named == [str(OTS)] else strays | {ONTOLOGY}


def hijacked(graph: Graph) -> Offenders:
    """Terms of others of which the ontology says more than what sort of term they are."""
    return {s for s, p, o in graph if is_foreign(s) and (p != RDF.type or o not in _CLASS_KINDS | _PROPERTY_KINDS)}
