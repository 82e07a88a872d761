"""What follows from the facts by the ontology alone; pure.

Three rules and no more: superclasses and superproperties among our own terms, declared inverses, and one step from a
term of ours to the terms of other vocabularies that it is aligned with.  Nothing is typed by domain or range (that is
what shapes check), nothing is concluded from equality or from SKOS, and no resource comes into being.
Source: RDF Schema 1.1 §3.4, §3.5 (rdfs:subClassOf, rdfs:subPropertyOf); OWL 2 §9.2.4 (inverses).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from otsgraph.rdf.terms import OTS, OWL, RDF, RDFS, Triple, iri, is_iri

_TYPE = iri(RDF + "type")
_OURS = f"<{OTS}"
_OF_EVERYTHING = {iri(OWL + "Thing"), iri(RDFS + "Resource")}


@dataclass(frozen=True, slots=True)
class Schema:
    """The wider terms and the inverses of each term, as the ontology writes them: one step, terms as N-Triples text."""

    wider: Mapping[str, frozenset[str]]
    inverses: Mapping[str, frozenset[str]]


def schema(ontology: Iterable[Triple]) -> Schema:
    """What an ontology declares of superclasses, superproperties and inverses of our terms.

    What would say nothing is passed over: that a term is wider than itself, and the classes of everything.
    """
    wider: dict[str, set[str]] = {}
    inverses: dict[str, set[str]] = {}
    for subject, predicate, object_ in ontology:
        if not subject.startswith(_OURS) or subject == object_ or object_ in _OF_EVERYTHING:
            continue
        if predicate in (iri(RDFS + "subClassOf"), iri(RDFS + "subPropertyOf")):
            wider.setdefault(subject, set()).add(object_)
        elif predicate == iri(OWL + "inverseOf"):
            inverses.setdefault(subject, set()).add(object_)
            inverses.setdefault(object_, set()).add(subject)
    return Schema({k: frozenset(v) for k, v in wider.items()}, {k: frozenset(v) for k, v in inverses.items()})


def inferred(facts: Iterable[Triple], known: Schema) -> list[Triple]:
    """The triples that follow from some facts and are not among them, sorted.

    Facts about blank nodes are passed over.
    """
    stated = {t for t in facts if is_iri(t[0]) and not t[2].startswith("_:")}
    ours = _closure(stated, known)
    return sorted((ours | {t for triple in ours for t in _aligned(triple, known)}) - stated)


def _closure(triples: set[Triple], known: Schema) -> set[Triple]:
    """The triples and all that follows from them among our own terms."""
    reached, new = set(triples), list(triples)
    while new:
        following = {t for triple in new for t in _within(triple, known)} - reached
        reached |= following
        new = list(following)
    return reached


def _within(triple: Triple, known: Schema) -> Iterable[Triple]:
    yield from (t for t in _wider(triple, known) if _names_our_term(t))
    subject, predicate, object_ = triple
    if is_iri(object_):
        yield from ((object_, inverse, subject) for inverse in known.inverses.get(predicate, ()))


def _aligned(triple: Triple, known: Schema) -> Iterable[Triple]:
    """The same triple with the terms of other vocabularies, one step from ours."""
    return (t for t in _wider(triple, known) if not _names_our_term(t)) if _names_our_term(triple) else ()


def _wider(triple: Triple, known: Schema) -> Iterable[Triple]:
    """The triple with each term one step wider in the place that names a term: the class, or the predicate."""
    subject, predicate, object_ = triple
    if predicate == _TYPE:
        return ((subject, _TYPE, class_) for class_ in known.wider.get(object_, ()))
    return ((subject, property_, object_) for property_ in known.wider.get(predicate, ()))


def _names_our_term(triple: Triple) -> bool:
    return triple[2 if triple[1] == _TYPE else 1].startswith(_OURS)
