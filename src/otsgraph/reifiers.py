"""Statements in RDF 1.1 reification → the same with the reifiers of RDF 1.2; pure.

The IRI of a statement stays what it is, and becomes the reifier of its triple; everything else that is said of it stays
too.  Only rdf:subject, rdf:predicate and rdf:object go, since the triple term holds them.
Sources: RDF 1.2 Concepts and Abstract Syntax (triple terms and reification); RDF 1.2 N-Triples (triple terms).
"""

from __future__ import annotations

from collections.abc import Iterable

from otsgraph.terms import RDF, Triple, iri, triple_term

_SUBJECT, _PREDICATE, _OBJECT = (iri(RDF + name) for name in ("subject", "predicate", "object"))
_REIFIES = iri(RDF + "reifies")


def reifying(triples: Iterable[Triple]) -> frozenset[Triple]:
    """The triples with each complete reification as one rdf:reifies; what is incomplete stays as it is."""
    held = frozenset(triples)
    parts: dict[str, dict[str, list[str]]] = {}
    for subject, predicate, object_ in held:
        if predicate in (_SUBJECT, _PREDICATE, _OBJECT):
            parts.setdefault(subject, {}).setdefault(predicate, []).append(object_)
    complete = {
        name: (about[_SUBJECT][0], about[_PREDICATE][0], about[_OBJECT][0])
        for name, about in parts.items()
        if [len(about.get(part, ())) for part in (_SUBJECT, _PREDICATE, _OBJECT)] == [1, 1, 1]
    }
    kept = {t for t in held if t[0] not in complete or t[1] not in (_SUBJECT, _PREDICATE, _OBJECT)}
    return frozenset(kept | {(name, _REIFIES, triple_term(triple)) for name, triple in complete.items()})
