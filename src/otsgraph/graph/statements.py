"""Statements: who says what, in which voice and how firmly; which of them are facts; who corroborates them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from otsgraph.rdf.terms import (
    DCTERMS,
    GEO,
    OA,
    OTS,
    PROV,
    RDF,
    RDFS,
    SENTENCE_BASE,
    SKOS,
    STATEMENT_BASE,
    URI_SPACE,
    WGS,
    XSD,
    About,
    Ots,
    Triple,
    by_subject,
    iri,
    iri_value,
    iris_in,
    is_iri,
    literal,
    literal_value,
    texts_in,
)

VOICES = (
    Ots.ReportedFact,
    Ots.AttributedStatement,
    Ots.EditorialAssessment,
    Ots.BackgroundStatement,
    Ots.ReferenceFact,
)
_COMMITMENTS = (Ots.hedge, Ots.degree, Ots.modality, Ots.negated)
_TIMES = {Ots.since: Ots.since, Ots.until: Ots.until, Ots.asOf: Ots.attestedOn}
_POINT = re.compile(r"POINT\((-?[0-9]+(?:\.[0-9]+)?) (-?[0-9]+(?:\.[0-9]+)?)\)")


@dataclass(frozen=True, slots=True)
class Reification:
    """A reified triple with all that decides whether it is a fact; terms as N-Triples text.

    `voices` are its classes; `commitments` the IRIs of the qualifiers that change whether it is true; `occasion` the
    meeting that a context qualifier names, or empty; `times` what context qualifiers say of when, as the property that
    a node has it with and the value.
    """

    iri: str
    voices: frozenset[str]
    nature: str
    triple: Triple
    grounding: str = ""
    occasion: str = ""
    commitments: frozenset[str] = field(default_factory=frozenset)
    times: tuple[tuple[str, str], ...] = ()


def reifications(triples: Iterable[Triple]) -> list[Reification]:
    """Returns what a graph reifies, sorted by IRI."""
    described = by_subject(triples)
    return [_reification(name, described[name]) for name in sorted(described) if RDF + "subject" in described[name]]


def _reification(name: str, about: About) -> Reification:
    return Reification(
        iri=name,
        voices=frozenset(about.get(RDF + "type", ())),
        nature=_first(about, Ots.nature),
        triple=(_first(about, RDF + "subject"), _first(about, RDF + "predicate"), _first(about, RDF + "object")),
        grounding=_first(about, Ots.grounding),
        occasion=_first(about, Ots.occasion),
        commitments=frozenset(p for p in _COMMITMENTS if p in about),
        times=tuple((role, value) for property_, role in _TIMES.items() for value in about.get(property_, ())),
    )


def _first(about: About, property_: str) -> str:
    return about.get(property_, ("",))[0]


def is_statement(resource: str) -> bool:
    """Returns whether a resource, as N-Triples text, has the IRI of a statement or of a part of one."""
    return resource.startswith("<" + STATEMENT_BASE)


def asserted(one: Reification) -> bool:
    """Returns whether a reified triple is a fact of its document.

    It is if a document reports it as a fact, a reference source gives it, or what is said entails it; if it is
    factual or a name; if nothing hedges, grades, negates or demands it; and if it is about a thing, not about
    another statement or a sentence.
    """
    asserting = {Ots.ReportedFact, Ots.ReferenceFact}
    if one.grounding == iri(Ots.Entailed):
        asserting.add(Ots.BackgroundStatement)
    subject = one.triple[0]
    return (
        not asserting.isdisjoint(map(iri_value, one.voices))
        and one.nature in (iri(Ots.Factual), iri(Ots.Naming))
        and not one.commitments
        and is_iri(subject)
        and not iri_value(subject).startswith((STATEMENT_BASE, SENTENCE_BASE))
    )


def facts(document: Iterable[Triple]) -> list[Triple]:
    """Returns what a document states as fact: the asserted triples, and after them the projected ones."""
    held = [one for one in reifications(document) if asserted(one)]
    return [*sorted({one.triple for one in held}), *projected(held)]


def projected(held: Iterable[Reification]) -> list[Triple]:
    """Returns the nodes of asserted statements, sorted.

    A node's IRI is minted from its parts, so that documents that say the same meet in the same node; each node names
    the statements that support it.
    """
    return sorted({triple for one in held for triple in (*_node_of(one), *_geometry(one))})


def withheld(held: Iterable[Reification], doubted: frozenset[str]) -> frozenset[Triple]:
    """Returns the facts of a whole dataset that rest on doubted statements alone.

    `doubted`: the IRIs, as N-Triples text, of those that a resolution rejects or leaves open.
    """
    if not doubted:
        return frozenset()
    candidates = [one for one in held if asserted(one)]
    unsure = [one for one in candidates if one.iri in doubted]
    sure = [one for one in candidates if one.iri not in doubted]
    return frozenset(_given_by(unsure) - _given_by(sure))


def _given_by(held: Iterable[Reification]) -> set[Triple]:
    return {triple for one in held for triple in (one.triple, *projected([one]))}


def _node_of(one: Reification) -> list[Triple]:
    """Returns the participation, tenure or membership that a statement gives, or nothing."""
    subject, predicate, object_ = one.triple
    match iri_value(predicate):
        case Ots.representedState:
            return _node(one, Ots.Participation, {Ots.meeting: subject, Ots.party: object_})
        case Ots.represented:
            parts = {Ots.meeting: one.occasion, Ots.party: object_}
            return _node(one, Ots.Participation, parts, [(Ots.representative, subject)])
        case Ots.heldOffice:
            return _node(one, Ots.Tenure, {Ots.holder: subject, Ots.office: object_}, one.times)
        case Ots.memberOf:
            status, ending = Ots.FullMember, ""
        case Ots.observerOf:
            status, ending = Ots.Observer, "-observer"
        case _:
            return []
    more = [*one.times, (Ots.membershipStatus, iri(status))]
    return _node(one, Ots.Membership, {Ots.member: subject, Ots.organization: object_}, more, ending)


def _node(
    one: Reification, class_: str, parts: Mapping[str, str], more: Iterable[tuple[str, str]] = (), ending: str = ""
) -> list[Triple]:
    if not all(map(is_iri, parts.values())):
        return []
    node = _minted(class_.removeprefix(OTS).lower(), *parts.values(), ending=ending)
    about = [(RDF + "type", iri(class_)), *parts.items(), (Ots.supportedBy, one.iri), *more]
    return [(node, iri(property_), value) for property_, value in about]


def _geometry(one: Reification) -> list[Triple]:
    """Returns the point of a place, for GeoSPARQL 1.0 §8.3, §8.5 and for the W3C Basic Geo vocabulary."""
    place, predicate, point = one.triple
    degrees = _POINT.fullmatch(literal_value(point)) if point.startswith('"') else None
    if iri_value(predicate) != Ots.coordinates or degrees is None:
        return []
    node = _minted("geometry", place)
    return [
        (place, iri(WGS + "long"), literal(degrees[1], datatype=XSD + "decimal")),
        (place, iri(WGS + "lat"), literal(degrees[2], datatype=XSD + "decimal")),
        (place, iri(GEO + "hasDefaultGeometry"), node),
        (node, iri(RDF + "type"), iri(GEO + "Geometry")),
        (node, iri(GEO + "asWKT"), point),
        (node, iri(Ots.supportedBy), one.iri),
    ]


def _minted(kind: str, *parts: str, ending: str = "") -> str:
    names = "-".join(iri_value(part).rsplit("/", 1)[-1] for part in parts)
    return iri(f"{URI_SPACE}{kind}/{names}{ending}")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a document or of the reference layer, as pages show it.

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
        """What it claims: statements with the same key claim the same."""
        return self.triple, self.occasion, self.commitments

    @property
    def is_of_document(self) -> bool:
        return bool(self.document)

    @property
    def corroborates(self) -> bool:
        """Whether it counts among those who say so: factual, and nothing qualifies it."""
        return self.is_of_document and self.nature == Ots.Factual and not self.commitments


def statements(told: Mapping[str, Iterable[Triple]]) -> list[Statement]:
    """Returns the statements that graphs hold, sorted by IRI; `told` are the triples of each graph by its IRI."""
    found: dict[str, Statement] = {}
    for graph, triples in told.items():
        about = by_subject(triples)
        for name, own in about.items():
            if RDF + "subject" in own:
                found.setdefault(name, _statement(graph, _reification(name, own), about))
    return [found[name] for name in sorted(found)]


def _statement(graph: str, one: Reification, about: Mapping[str, About]) -> Statement:
    own = about[one.iri]
    passage = about.get(_first(own, Ots.passage), {})
    position = about.get(_first(passage, OA + "hasSelector"), {})
    return Statement(
        iri=iri_value(one.iri),
        graph=graph,
        label=_text(own, RDFS + "label"),
        voice=next((voice for voice in VOICES if iri(voice) in one.voices), ""),
        nature=_iri(own, Ots.nature),
        triple=one.triple,
        is_fact=asserted(one),
        gives=frozenset(projected([one])),
        paraphrase=_first(own, Ots.paraphrase),
        document=_iri(own, Ots.statedIn),
        speaker=_iri(own, Ots.speaker),
        quoted_by=_iri(own, Ots.quotedBy),
        occasion=_iri(own, Ots.occasion),
        paragraph=_text(own, Ots.paragraph),
        sentence=_text(own, Ots.sentence),
        fragment=_text(passage, Ots.textFragment),
        start=_number(position, OA + "start"),
        end=_number(position, OA + "end"),
        digest=_text(passage, Ots.passageDigest),
        commitments=tuple((p, value) for p in (*_COMMITMENTS, Ots.comparisonClass) for value in own.get(p, ())),
        readings=tuple(
            reading
            for other in own.get(Ots.alternativeReading, ())
            for reading in about.get(other, {}).get(Ots.reads, ())[:1]
        ),
        sources=iris_in(own, DCTERMS + "source"),
        derived_from=iris_in(own, PROV + "wasDerivedFrom"),
        confidence=_iri(own, Ots.confidence),
        checked_on=_text(own, Ots.checkedOn),
        notes=own.get(SKOS + "editorialNote", ()),
        differs_from=iris_in(own, Ots.differsFrom),
        difference=_iri(own, Ots.difference),
        about=iris_in(own, Ots.concerns),
    )


def _iri(about: About, property_: str) -> str:
    return next(iter(iris_in(about, property_)), "")


def _text(about: About, property_: str) -> str:
    return next(iter(texts_in(about, property_)), "")


def _number(about: About, property_: str) -> int:
    text = _text(about, property_)
    return int(text) if text.isascii() and text.isdigit() else 0


@dataclass(frozen=True, slots=True)
class Origins:
    """Where documents come from: the IRI of each document's origin, and of the side that each origin speaks for."""

    of_document: Mapping[str, str]
    side: Mapping[str, str]

    @classmethod
    def of(cls, triples: Iterable[Triple]) -> Origins:
        """Returns the origins that triples have on record."""
        held: dict[str, dict[str, str]] = {iri(Ots.origin): {}, iri(Ots.side): {}}
        for s, p, o in triples:
            if p in held and is_iri(o):
                held[p][iri_value(s)] = iri_value(o)
        return cls(*held.values())

    def origin(self, one: Statement) -> str:
        """Returns the IRI of a statement's origin; a document without one on record is its own."""
        return self.of_document.get(one.document, one.document)

    def distinct(self, held: Iterable[Statement]) -> list[str]:
        """Returns the IRIs of the different origins of statements, sorted."""
        return sorted({self.origin(one) for one in held if one.is_of_document})

    def sides(self, held: Iterable[Statement]) -> list[str]:
        """Returns the IRIs of the different sides that statements speak for, sorted."""
        return sorted({self.side[origin] for origin in self.distinct(held) if origin in self.side})


def saying(triple: Triple, held: Iterable[Statement]) -> list[Statement]:
    """Returns the statements that give a triple without qualifying it.

    Those first that make it a fact, then those of documents, then those with a passage.
    """
    chosen = [one for one in held if one.triple == triple and not one.commitments]
    return sorted(
        chosen,
        key=lambda one: (not one.is_fact, not one.is_of_document, not one.fragment, _rank(one), one.iri),
    )


def _rank(one: Statement) -> int:
    return VOICES.index(one.voice) if one.voice in VOICES else len(VOICES)


def same_claim(one: Statement, held: Iterable[Statement], origins: Origins) -> list[Statement]:
    """Returns the statements of other origins that claim the same as one of a document."""
    others = (other for other in held if other.is_of_document and other.key == one.key)
    return [other for other in others if origins.origin(other) != origins.origin(one)]
