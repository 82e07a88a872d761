"""The one rule that turns statements into facts; pure.

A document's statements say who states what, in which words and how firmly.  What enters the layer of facts is
computed here and nowhere else: `asserted` decides it for one statement, `projected` adds the nodes (participations,
tenures, memberships, geometries) that several statements share, and `withheld` says which facts the default graph
leaves out, since a resolution rejects the statements that they rest on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from otsgraph.rdf.terms import BASE, GEO, OTS, RDF, WGS, XSD, Triple, iri, iri_value, is_iri, literal, literal_value

STATEMENT_BASE = BASE + "id/statement/"
SENTENCE_BASE = BASE + "id/sentence/"

_VOICES = {iri(OTS + name): name for name in ("ReportedFact", "ReferenceFact", "BackgroundStatement")}
_ASSERTABLE_NATURES = {iri(OTS + "Factual"), iri(OTS + "Naming")}
_COMMITMENTS = {iri(OTS + name) for name in ("hedge", "degree", "modality", "negated")}
_ENTAILED = iri(OTS + "Entailed")
_TIMES = {iri(OTS + "since"): "since", iri(OTS + "until"): "until", iri(OTS + "asOf"): "attestedOn"}
_STATUSES = {iri(OTS + "memberOf"): "FullMember", iri(OTS + "observerOf"): "Observer"}
_POINT = re.compile(r"POINT\((-?[0-9]+(?:\.[0-9]+)?) (-?[0-9]+(?:\.[0-9]+)?)\)")


@dataclass(frozen=True, slots=True)
class Statement:
    """One reified statement; terms as N-Triples text.

    `voices` are its classes; `commitments` the qualifiers that change whether it is true (hedge, degree, modality,
    negated); `occasion` the meeting that a context qualifier names, or empty; `times` what context qualifiers say of
    when, as the property that a node has it with (since, until, attestedOn) and the value.
    """

    iri: str
    voices: frozenset[str]
    nature: str
    triple: Triple
    grounding: str = ""
    occasion: str = ""
    commitments: frozenset[str] = field(default_factory=frozenset)
    times: tuple[tuple[str, str], ...] = ()


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
        times=tuple((role, value) for name, role in _TIMES.items() for value in sorted(about.get(name, ()))),
    )


def is_statement(resource: str) -> bool:
    """Whether a resource, as N-Triples text, is a statement or a part of one, such as its passage, by its IRI."""
    return resource.startswith("<" + STATEMENT_BASE)


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
    """The nodes of asserted statements, sorted.

    A node's IRI is minted from its parts, so that documents that say the same meet in the same node; each node names
    the statements that support it.
    """
    kinds = (_participation, _tenure, _membership, _geometry)
    return sorted({t for s in held for project in kinds for t in project(s)})


def withheld(held: Iterable[Statement], doubted: frozenset[str]) -> frozenset[Triple]:
    """The facts that rest on doubted statements alone, of the statements of a whole dataset.

    `doubted`: the IRIs, as N-Triples text, of those that a resolution rejects or leaves open.
    """
    if not doubted:
        return frozenset()
    sure: list[Statement] = []
    unsure: list[Statement] = []
    for statement in filter(asserted, held):
        (unsure if statement.iri in doubted else sure).append(statement)
    return frozenset(_asserted_by(unsure)) - frozenset(_asserted_by(sure))


def _asserted_by(held: Iterable[Statement]) -> Iterable[Triple]:
    statements_ = list(held)
    return [*(s.triple for s in statements_), *projected(statements_)]


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
    return _timed(statement, _node(statement, "tenure", "Tenure", {"holder": subject, "office": object_}))


def _membership(statement: Statement) -> list[Triple]:
    subject, predicate, object_ = statement.triple
    status = _STATUSES.get(predicate)
    if status is None:
        return []
    ending = "" if status == "FullMember" else "-observer"
    node = _node(statement, "membership", "Membership", {"member": subject, "organization": object_}, ending)
    known = [(node[0][0], iri(OTS + "membershipStatus"), iri(OTS + status)) for _ in node[:1]]
    return [*_timed(statement, node), *known]


def _geometry(statement: Statement) -> list[Triple]:
    """The point of a place, for GeoSPARQL 1.0 §8.3, §8.5 and for the W3C Basic Geo vocabulary."""
    place, predicate, point = statement.triple
    if predicate != iri(OTS + "coordinates") or is_iri(point):
        return []
    degrees = _POINT.fullmatch(literal_value(point))
    if degrees is None:
        return []
    node = iri(_minted("geometry", place))
    return [
        (place, iri(WGS + "long"), literal(degrees[1], datatype=XSD + "decimal")),
        (place, iri(WGS + "lat"), literal(degrees[2], datatype=XSD + "decimal")),
        (place, iri(GEO + "hasDefaultGeometry"), node),
        (node, iri(RDF + "type"), iri(GEO + "Geometry")),
        (node, iri(GEO + "asWKT"), point),
        (node, iri(OTS + "supportedBy"), statement.iri),
    ]


def _node(statement: Statement, kind: str, class_: str, parts: dict[str, str], ending: str = "") -> list[Triple]:
    if not all(map(is_iri, parts.values())):
        return []
    node = iri(_minted(kind, *parts.values()) + ending)
    return [
        (node, iri(RDF + "type"), iri(OTS + class_)),
        *((node, iri(OTS + role), part) for role, part in parts.items()),
        (node, iri(OTS + "supportedBy"), statement.iri),
    ]


def _timed(statement: Statement, node: list[Triple]) -> list[Triple]:
    """A node with what its statement says of when."""
    return [*node, *((node[0][0], iri(OTS + role), value) for role, value in statement.times if node)]


def _minted(kind: str, *parts: str) -> str:
    return f"{BASE}id/{kind}/" + "-".join(iri_value(part).rsplit("/", 1)[-1] for part in parts)
