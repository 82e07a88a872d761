"""Which things of a store are called what: what goes into the index of names.

A name is what a triple of some graph gives with a property of names; what only a statement claims is none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

import pyoxigraph as ox

from otsgraph.examples import QUERY_BASE
from otsgraph.graph.names import Name, Thing
from otsgraph.rdf.terms import BASE, DCTERMS, FOAF, GRAPH_BASE, INFERRED_GRAPH, OTS, OWL, RDF, RDFS, SCHEMA

_SKOS = "http://www.w3.org/2004/02/skos/core#"
_LABELS = frozenset({RDFS + "label", _SKOS + "prefLabel"})
_NAMES = _LABELS | {
    OTS + "name",
    _SKOS + "altLabel",
    SCHEMA + "name",
    "http://schema.org/name",
    FOAF + "name",
    DCTERMS + "title",
}
"""The widest properties of names: those that the data calls narrower ones of them are others."""

_TERMS = (RDF, RDFS, OWL)
"""Whose classes are those of terms: of classes, properties, individuals, ontologies."""

_PARTS = (BASE + "ontology", GRAPH_BASE, *(f"{BASE}id/{part}/" for part in ("statement", "sentence", "quotation")))
"""How the IRIs of our terms, of graphs and of parts of documents begin."""


def names_of(store: ox.Store) -> tuple[list[Thing], list[Name]]:
    """The things that have a name in some graph, by IRI, and all their names.

    Blank nodes are left out, and saved queries, which are found by their words.

    The label is in English, else without a language, else in the first language by alphabet, and among several it is
    the first by alphabet; a thing without labels has a name in its place.  The kind is the label of its class in small
    letters, of several classes the most special one; what has no class is a "thing", and terms are each a "class", a
    "property" and so on.  The weight is the number of triples of the default graph with the thing as subject or
    object, and 0 for terms, graphs and parts of documents.
    """
    names = _names(store)
    classes = {iri: _most_special(types, store, names) for iri, types in _types(store, names).items()}
    weights = _weights(store, names)
    things = []
    for iri in sorted(names):
        class_ = classes.get(iri, "")
        behind = iri.startswith(_PARTS) or class_.startswith(_TERMS)
        kind = _kind(class_, names) if class_ else "thing"
        things.append(Thing(iri, _label(names[iri]), kind, class_, 0 if behind else weights[iri]))
    return things, [name for iri in sorted(names) for name in sorted(names[iri], key=_english_first)]


def _names(store: ox.Store) -> dict[str, list[Name]]:
    """The names of each thing, each once: as a label if some triple says that it is one."""
    labels: dict[tuple[str, str, str], bool] = {}
    for property_ in _with_narrower(store, _NAMES):
        for quad in store.quads_for_pattern(None, ox.NamedNode(property_), None):
            if not isinstance(quad.subject, ox.NamedNode) or not isinstance(quad.object, ox.Literal):
                continue
            if quad.subject.value.startswith(QUERY_BASE):
                continue
            name = (quad.subject.value, " ".join(quad.object.value.split()), quad.object.language or "")
            labels[name] = labels.get(name, False) or property_ in _LABELS
    of_thing: defaultdict[str, list[Name]] = defaultdict(list)
    for (entity, text, language), is_label in labels.items():
        if text:
            of_thing[entity].append(Name(entity, text, language, is_label))
    return dict(of_thing)


def _with_narrower(store: ox.Store, properties: Collection[str]) -> set[str]:
    """The properties and all that are narrower than one of them.  Source: RDF Schema 1.1 §3.5."""
    reached, new = set(properties), list(properties)
    while new:
        found = store.quads_for_pattern(None, ox.NamedNode(RDFS + "subPropertyOf"), ox.NamedNode(new.pop()))
        narrower = {q.subject.value for q in found if isinstance(q.subject, ox.NamedNode)} - reached
        reached |= narrower
        new += narrower
    return reached


def _types(store: ox.Store, things: Collection[str]) -> dict[str, set[str]]:
    """The classes that each thing is said to have, less those that are only inferred."""
    type_ = ox.NamedNode(RDF + "type")
    inferred = {(q.subject, q.object) for q in store.quads_for_pattern(None, type_, None, ox.NamedNode(INFERRED_GRAPH))}
    types: defaultdict[str, set[str]] = defaultdict(set)
    for quad in store.quads_for_pattern(None, type_, None):
        subject, class_ = quad.subject, quad.object
        if not isinstance(subject, ox.NamedNode) or not isinstance(class_, ox.NamedNode):
            continue
        if subject.value in things and (subject, class_) not in inferred:
            types[subject.value].add(class_.value)
    return dict(types)


def _most_special(types: Collection[str], store: ox.Store, names: Collection[str]) -> str:
    """The class of some that is wider than none of the others; of several one that has a name, then by IRI.

    That something is an individual says less than any other class.
    """
    wider = {class_ for each in types for class_ in _wider(store, each)}
    return min(
        types, key=lambda class_: (class_ in wider, class_ == OWL + "NamedIndividual", class_ not in names, class_)
    )


def _wider(store: ox.Store, class_: str) -> set[str]:
    """All classes that are wider than one, and not the same.  Source: RDF Schema 1.1 §3.4."""
    reached: set[str] = set()
    new = [class_]
    while new:
        found = store.quads_for_pattern(ox.NamedNode(new.pop()), ox.NamedNode(RDFS + "subClassOf"), None)
        wider = {q.object.value for q in found if isinstance(q.object, ox.NamedNode)} - reached
        reached |= wider
        new += wider
    return reached - {class_}


def _weights(store: ox.Store, things: Iterable[str]) -> dict[str, int]:
    """The number of triples of the default graph that have each thing as subject or object."""
    weights = dict.fromkeys(things, 0)
    for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph()):
        for term in (quad.subject, quad.object):
            if isinstance(term, ox.NamedNode) and term.value in weights:
                weights[term.value] += 1
    return weights


def _label(names: Iterable[Name]) -> str:
    return min(names, key=_english_first).name


def _english_first(name: Name) -> tuple[bool, int, str, str]:
    english = name.language.lower().partition("-")[0] == "en"
    return not name.is_label, 0 if english else 2 if name.language else 1, name.language, name.name


def _kind(class_: str, names: Mapping[str, Iterable[Name]]) -> str:
    """The label of a class in small letters; where it has none, the words of the end of its IRI.

    Of the classes of terms the last word says enough: an owl:ObjectProperty is a property.
    """
    if class_ in names:
        return _label(names[class_]).lower()
    end = re.split(r"[/#:]", class_.rstrip("/#"))[-1]
    words = [word.lower() for word in re.findall(r"[A-Z]*[^\W\d_A-Z]+|[A-Z]+", end)]
    return " ".join(words[-1:] if class_.startswith(_TERMS) else words) or "thing"
