"""Statements: who says what, in which voice and how firmly; which of them are facts; who corroborates them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from otsgraph.rdf.terms import (
    BASE,
    DCTERMS,
    GEO,
    OA,
    OTS,
    PROV,
    RDF,
    RDFS,
    WGS,
    XSD,
    Triple,
    iri,
    iri_value,
    is_iri,
    literal,
    literal_value,
)

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


REFERENCE = OTS + "ReferenceFact"
ATTRIBUTED = OTS + "AttributedStatement"
ASSESSMENT = OTS + "EditorialAssessment"
BACKGROUND = OTS + "BackgroundStatement"
REPORTED = OTS + "ReportedFact"
VOICES = (REPORTED, ATTRIBUTED, ASSESSMENT, BACKGROUND, REFERENCE)

_SHOWN_COMMITMENTS = tuple(OTS + name for name in ("hedge", "degree", "modality", "negated", "comparisonClass"))
_FACTUAL = iri(OTS + "Factual")
_SKOS_NOTE = "http://www.w3.org/2004/02/skos/core#editorialNote"

About = Mapping[str, tuple[str, ...]]
"""What is said of a resource: terms as N-Triples text, by the IRI of the property."""


@dataclass(frozen=True, slots=True)
class Testimony:
    """One statement of a document or of the reference layer.

    IRIs stand without angle brackets, texts with their language are terms as N-Triples text; what is not on record is
    empty, or 0.  `gives` are triples of the nodes that it shares with other statements, such as a participation.
    `start` and `end` count characters of the text from 0.  `commitments` are pairs of a property and its value that
    change what is claimed.  `readings` are other ways to understand the words.
    """

    iri: str
    graph: str
    label: str
    voice: str
    nature: str
    triple: Triple
    is_fact: bool
    gives: frozenset[Triple]
    paraphrase: str = ""
    document: str = ""
    speaker: str = ""
    quoted_by: str = ""
    occasion: str = ""
    paragraph: str = ""
    sentence: str = ""
    fragment: str = ""
    start: int = 0
    end: int = 0
    digest: str = ""
    commitments: tuple[tuple[str, str], ...] = ()
    readings: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    derived_from: tuple[str, ...] = ()
    confidence: str = ""
    checked_on: str = ""
    notes: tuple[str, ...] = ()
    differs_from: tuple[str, ...] = ()
    difference: str = ""
    about: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[Triple, str, tuple[tuple[str, str], ...]]:
        """What it claims; statements with the same key claim the same."""
        return self.triple, self.occasion, self.commitments

    @property
    def is_of_document(self) -> bool:
        return bool(self.document)

    @property
    def corroborates(self) -> bool:
        """Whether it counts among those who say so: factual, and nothing qualifies it."""
        return self.is_of_document and iri(self.nature) == _FACTUAL and not self.commitments


def testimonies(told: Mapping[str, Iterable[Triple]]) -> list[Testimony]:
    """The statements that graphs hold, by IRI; `told` are the triples of each graph by its IRI."""
    found: dict[str, Testimony] = {}
    for graph, triples in told.items():
        held = list(triples)
        about = _by_subject(held)
        for statement in statements(held):
            found.setdefault(statement.iri, _testimony(graph, statement, about))
    return [found[name] for name in sorted(found)]


def _by_subject(triples: Iterable[Triple]) -> Mapping[str, About]:
    found: dict[str, dict[str, list[str]]] = {}
    for s, p, o in triples:
        found.setdefault(s, {}).setdefault(iri_value(p), []).append(o)
    return {s: {p: tuple(sorted(values)) for p, values in about.items()} for s, about in found.items()}


def _testimony(graph: str, statement: Statement, about: Mapping[str, About]) -> Testimony:
    own = about[statement.iri]
    passage = about.get(_first(own, OTS + "passage"), {})
    position = about.get(_first(passage, OA + "hasSelector"), {})
    voices = {iri_value(voice) for voice in statement.voices}
    return Testimony(
        iri=iri_value(statement.iri),
        graph=graph,
        label=_text(own, RDFS + "label"),
        voice=next((voice for voice in VOICES if voice in voices), ""),
        nature=iri_value(statement.nature) if is_iri(statement.nature) else "",
        triple=statement.triple,
        is_fact=asserted(statement),
        gives=frozenset(projected([statement])),
        paraphrase=_first(own, OTS + "paraphrase"),
        document=_iri(own, OTS + "statedIn"),
        speaker=_iri(own, OTS + "speaker"),
        quoted_by=_iri(own, OTS + "quotedBy"),
        occasion=_iri(own, OTS + "occasion"),
        paragraph=_text(own, OTS + "paragraph"),
        sentence=_text(own, OTS + "sentence"),
        fragment=_text(passage, OTS + "textFragment"),
        start=_number(position, OA + "start"),
        end=_number(position, OA + "end"),
        digest=_text(passage, OTS + "passageDigest"),
        commitments=tuple((p, o) for p in _SHOWN_COMMITMENTS for o in own.get(p, ())),
        readings=tuple(
            about[r][OTS + "reads"][0]
            for r in own.get(OTS + "alternativeReading", ())
            if OTS + "reads" in about.get(r, {})
        ),
        sources=tuple(iri_value(o) for o in own.get(DCTERMS + "source", ()) if is_iri(o)),
        derived_from=tuple(iri_value(o) for o in own.get(PROV + "wasDerivedFrom", ()) if is_iri(o)),
        confidence=_iri(own, OTS + "confidence"),
        checked_on=_text(own, OTS + "checkedOn"),
        notes=own.get(_SKOS_NOTE, ()),
        differs_from=tuple(iri_value(o) for o in own.get(OTS + "differsFrom", ()) if is_iri(o)),
        difference=_iri(own, OTS + "difference"),
        about=tuple(iri_value(o) for o in own.get(OTS + "concerns", ()) if is_iri(o)),
    )


def _first(about: About, predicate: str) -> str:
    return about.get(predicate, ("",))[0]


def _iri(about: About, predicate: str) -> str:
    term = _first(about, predicate)
    return iri_value(term) if is_iri(term) else ""


def _text(about: About, predicate: str) -> str:
    term = _first(about, predicate)
    return literal_value(term) if term.startswith('"') else ""


def _number(about: About, predicate: str) -> int:
    text = _text(about, predicate)
    return int(text) if text.isascii() and text.isdigit() else 0


@dataclass(frozen=True, slots=True)
class Origins:
    """Where documents come from: the IRI of each document's origin, and of the side that each origin speaks for."""

    of_document: Mapping[str, str]
    side: Mapping[str, str]

    @classmethod
    def of(cls, triples: Iterable[Triple]) -> Origins:
        """As the triples of a description say it."""
        origin, side = iri(OTS + "origin"), iri(OTS + "side")
        held = [(iri_value(s), p, iri_value(o)) for s, p, o in triples if p in (origin, side) and is_iri(o)]
        return cls({s: o for s, p, o in held if p == origin}, {s: o for s, p, o in held if p == side})

    def origin(self, testimony: Testimony) -> str:
        """The origin that a statement comes from; a document without one on record is its own."""
        return self.of_document.get(testimony.document, testimony.document)

    def distinct(self, held: Iterable[Testimony]) -> list[str]:
        """The different origins of statements, by IRI."""
        return sorted({self.origin(one) for one in held if one.is_of_document})

    def sides(self, held: Iterable[Testimony]) -> list[str]:
        """The different sides that they speak for, by IRI."""
        return sorted({self.side[o] for o in self.distinct(held) if o in self.side})


def saying(triple: Triple, held: Iterable[Testimony]) -> list[Testimony]:
    """The statements that give a triple without qualifying it.

    Those first that make it a fact, then those of documents, then those with a passage.
    """
    chosen = [one for one in held if one.triple == triple and not one.commitments]
    return sorted(
        chosen,
        key=lambda one: (not one.is_fact, not one.is_of_document, not one.fragment, _rank(one), one.iri),
    )


def _rank(one: Testimony) -> int:
    return VOICES.index(one.voice) if one.voice in VOICES else len(VOICES)


def same_claim(one: Testimony, held: Iterable[Testimony], origins: Origins) -> list[Testimony]:
    """The statements of other origins that claim the same as one of a document."""
    others = (other for other in held if other.is_of_document and other.key == one.key)
    return [other for other in others if origins.origin(other) != origins.origin(one)]
