"""What follows from the facts by the ontology alone.

Three rules and no more: superclasses and superproperties among our own terms, declared inverses, and one step from a
term of ours to the terms of other vocabularies that it is aligned with.  Nothing is typed by domain or range (shapes
check these), nothing is concluded from equality or from SKOS, and no resource is created.
Source: RDF Schema 1.1 §3.4, §3.5 (rdfs:subClassOf, rdfs:subPropertyOf); OWL 2 §9.2.4 (inverses).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from otsgraph.rdf.terms import OTS, OWL, RDF, RDFS, Triple, iri, is_iri

_OURS = "<" + OTS
_TYPE = iri(RDF + "type")
_WIDER = {iri(RDFS + "subClassOf"), iri(RDFS + "subPropertyOf")}
_OF_EVERYTHING = {iri(OWL + "Thing"), iri(RDFS + "Resource")}


@dataclass(frozen=True, slots=True)
class Schema:
    """The wider terms and the inverses of each term, one step away; terms as N-Triples text."""

    wider: Mapping[str, set[str]]
    inverses: Mapping[str, set[str]]


def schema(ontology: Iterable[Triple]) -> Schema:
    """Returns what an ontology declares of superclasses, superproperties and inverses of our terms.

    Leaves out what says nothing: that a term is wider than itself, and the classes of everything.
    """
    wider: defaultdict[str, set[str]] = defaultdict(set)
    inverses: defaultdict[str, set[str]] = defaultdict(set)
    for subject, predicate, object_ in ontology:
        if not subject.startswith(_OURS) or subject == object_ or object_ in _OF_EVERYTHING:
            continue
        if predicate in _WIDER:
            wider[subject].add(object_)
        elif predicate == iri(OWL + "inverseOf"):
            inverses[subject].add(object_)
            inverses[object_].add(subject)
    return Schema(dict(wider), dict(inverses))


def inferred(facts: Iterable[Triple], known: Schema) -> list[Triple]:
    """Returns the triples that follow from some facts and are not among them, sorted.

    Leaves out facts about blank nodes.
    """
    stated = {t for t in facts if is_iri(t[0]) and not t[2].startswith("_:")}
    ours, new = set(stated), stated
    while new:
        new = {t for triple in new for t in _within(triple, known)} - ours
        ours |= new
    aligned = {t for triple in ours if _names_our_term(triple) for t in _wider(triple, known) if not _names_our_term(t)}
    return sorted((ours | aligned) - stated)


def _within(triple: Triple, known: Schema) -> Iterable[Triple]:
    """Yields what follows from a triple in one step among our own terms."""
    yield from filter(_names_our_term, _wider(triple, known))
    subject, predicate, object_ = triple
    if is_iri(object_):
        yield from ((object_, inverse, subject) for inverse in known.inverses.get(predicate, ()))


def _wider(triple: Triple, known: Schema) -> Iterable[Triple]:
    """Returns the triple with each term one step wider in the place that names a term: the class, or the predicate."""
    subject, predicate, object_ = triple
    if predicate == _TYPE:
        return ((subject, _TYPE, class_) for class_ in known.wider.get(object_, ()))
    return ((subject, property_, object_) for property_ in known.wider.get(predicate, ()))


def _names_our_term(triple: Triple) -> bool:
    return triple[2 if triple[1] == _TYPE else 1].startswith(_OURS)
