"""Statements as witnesses: who says something where, as what, and who else says the same; pure.

What counts as the same is the key of a statement: subject, predicate, object, occasion, and what qualifies the claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from otsgraph.layers import Statement, asserted, projected, statements
from otsgraph.rdf.terms import DCTERMS, OA, OTS, PROV, RDFS, Triple, iri, iri_value, is_iri, literal_value

REFERENCE = OTS + "ReferenceFact"
ATTRIBUTED = OTS + "AttributedStatement"
ASSESSMENT = OTS + "EditorialAssessment"
BACKGROUND = OTS + "BackgroundStatement"
REPORTED = OTS + "ReportedFact"
VOICES = (REPORTED, ATTRIBUTED, ASSESSMENT, BACKGROUND, REFERENCE)

_COMMITMENTS = tuple(OTS + name for name in ("hedge", "degree", "modality", "negated", "comparisonClass"))
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
        commitments=tuple((p, o) for p in _COMMITMENTS for o in own.get(p, ())),
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
