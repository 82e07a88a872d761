"""The one rule that turns statements into facts; pure.

A document's statements say who states what, in which words and how firmly.  What enters the layer of facts is
computed here and nowhere else: `asserted` decides it for one statement, `projected` adds the n-ary nodes
(participations, tenures, memberships) that several statements share.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from otsgraph.terms import BASE, OTS, RDF, Triple, iri, iri_value, is_iri

STATEMENT_BASE = BASE + "id/statement/"
SENTENCE_BASE = BASE + "id/sentence/"

_VOICES = {iri(OTS + name): name for name in ("ReportedFact", "ReferenceFact", "BackgroundStatement")}
_ASSERTABLE_NATURES = {iri(OTS + "Factual"), iri(OTS + "Naming")}
_COMMITMENTS = {iri(OTS + name) for name in ("hedge", "degree", "modality", "negated")}
_ENTAILED = iri(OTS + "Entailed")


@dataclass(frozen=True, slots=True)
class Statement:
    """One reified statement; terms as N-Triples text.

    `voices` are its classes; `commitments` the qualifiers that change whether it is true (hedge, degree, modality,
    negated); `occasion` the meeting that a context qualifier names, or empty.
    """

    iri: str
    voices: frozenset[str]
    nature: str
    triple: Triple
    grounding: str = ""
    occasion: str = ""
    commitments: frozenset[str] = field(default_factory=frozenset)


def statements(triples: Iterable[Triple]) -> list[Statement]:
    """The statements that a graph reifies, by IRI; resources without subject, predicate and object are none."""
    described: dict[str, dict[str, list[str]]] = {}
    for subject, predicate, object_ in triples:
        described.setdefault(subject, {}).setdefault(predicate, []).append(object_)
    return [_statement(name, about) for name, about in sorted(described.items()) if iri(RDF + "subject") in about]


def _statement(name: str, about: dict[str, list[str]]) -> Statement:
    def one(predicate: str) -> str:
        return min(about.get(iri(predicate), [""]))

    return Statement(
        iri=name,
        voices=frozenset(about.get(iri(RDF + "type"), [])),
        nature=one(OTS + "nature"),
        triple=(one(RDF + "subject"), one(RDF + "predicate"), one(RDF + "object")),
        grounding=one(OTS + "grounding"),
        occasion=one(OTS + "occasion"),
        commitments=frozenset(_COMMITMENTS & about.keys()),
    )


def asserted(statement: Statement) -> bool:
    """Whether the statement's own triple is a fact of its document.

    It is if a document reports it as a fact, a reference source gives it, or what is said entails it; if it is
    factual or a name; if nothing hedges, grades, negates or demands it; and if it is about a thing, not about
    another statement or a sentence.
    """
    voices = {_VOICES[v] for v in statement.voices if v in _VOICES}
    if "BackgroundStatement" in voices and statement.grounding != _ENTAILED:
        voices.remove("BackgroundStatement")
    subject = statement.triple[0]
    return (
        bool(voices)
        and statement.nature in _ASSERTABLE_NATURES
        and not statement.commitments
        and is_iri(subject)
        and not iri_value(subject).startswith((STATEMENT_BASE, SENTENCE_BASE))
    )


def facts(document: Iterable[Triple]) -> list[Triple]:
    """What a document states as fact: the asserted triples, and after them the projected ones."""
    held = [s for s in statements(document) if asserted(s)]
    return [*sorted({s.triple for s in held}), *projected(held)]


def projected(held: Iterable[Statement]) -> list[Triple]:
    """The n-ary nodes of asserted statements, sorted.

    A node's IRI is minted from its parts, so that documents that say the same meet in the same node; each node names
    the statements that support it.
    """
    triples = {t for s in held for project in (_participation, _tenure, _membership) for t in project(s)}
    return sorted(triples)


def _participation(statement: Statement) -> list[Triple]:
    subject, predicate, object_ = statement.triple
    if predicate == iri(OTS + "representedState"):
        return _node(statement, "participation", "Participation", {"meeting": subject, "party": object_})
    if predicate == iri(OTS + "represented") and statement.occasion:
        node = _node(statement, "participation", "Participation", {"meeting": statement.occasion, "party": object_})
        return [*node, *((node[0][0], iri(OTS + "representative"), subject) for _ in node[:1])]
    return []


def _tenure(statement: Statement) -> list[Triple]:
    subject, predicate, object_ = statement.triple
    if predicate != iri(OTS + "heldOffice"):
        return []
    return _node(statement, "tenure", "Tenure", {"holder": subject, "office": object_})


def _membership(statement: Statement) -> list[Triple]:
    subject, predicate, object_ = statement.triple
    if predicate != iri(OTS + "memberOf"):
        return []
    return _node(statement, "membership", "Membership", {"member": subject, "organization": object_})


def _node(statement: Statement, kind: str, class_: str, parts: dict[str, str]) -> list[Triple]:
    if not all(map(is_iri, parts.values())):
        return []
    node = iri(_minted(kind, *parts.values()))
    return [
        (node, iri(RDF + "type"), iri(OTS + class_)),
        *((node, iri(OTS + role), part) for role, part in parts.items()),
        (node, iri(OTS + "supportedBy"), statement.iri),
    ]


def _minted(kind: str, *parts: str) -> str:
    return f"{BASE}id/{kind}/" + "-".join(iri_value(part).rsplit("/", 1)[-1] for part in parts)
