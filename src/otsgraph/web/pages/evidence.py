"""Statements as pages show them: kind, document, speaker, place, and who else says the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from otsgraph.graph.entities import Fact
from otsgraph.graph.statements import ASSESSMENT, ATTRIBUTED, BACKGROUND, REFERENCE, REPORTED, Testimony
from otsgraph.rdf.terms import OTS, is_iri, literal_value
from otsgraph.web.http.html import leads_to
from otsgraph.web.pages.labels import Labels, Term

_TONES = {
    REPORTED: "reported",
    ATTRIBUTED: "attributed",
    ASSESSMENT: "assessment",
    BACKGROUND: "background",
    REFERENCE: "reference",
}
"""The style sheet's names of the kinds, which pages always say in words as well."""


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement with labels in place of IRIs.

    `kind` is its voice in words, with where it is defined, and `tone` the same for the style sheet; `place` names
    paragraph and sentence, `passage` is the address of the passage at the publisher.
    """

    said: Testimony
    name: str
    link: str
    kind: Term
    tone: str
    nature: str
    says: Term
    triple: tuple[Term, ...]
    document: Term
    origin: Term
    speaker: Term
    quoted_by: Term
    place: str
    passage: str
    qualifiers: tuple[str, ...]
    readings: tuple[Term, ...]
    sources: tuple[Term, ...]
    confidence: str
    notes: tuple[Term, ...]


def statement_view(one: Testimony, labels: Labels) -> StatementView:
    places = (("paragraph", one.paragraph), ("sentence", one.sentence))
    return StatementView(
        said=one,
        name=one.label or labels.label(one.iri),
        link=leads_to(one.iri),
        kind=labels.thing(one.voice) if one.voice else Term("statement"),
        tone=_TONES.get(one.voice, "background"),
        nature="" if one.nature == OTS + "Factual" else labels.label(one.nature),
        says=labels.term(one.paraphrase),
        triple=labels.terms(one.triple),
        document=labels.thing(one.document),
        origin=labels.thing(labels.origins.of_document.get(one.document, "")),
        speaker=labels.thing(one.speaker),
        quoted_by=labels.thing(one.quoted_by),
        place=", ".join(f"{name} {value}" for name, value in places if value),
        passage=labels.passage(one.document, one.fragment),
        qualifiers=tuple(f"{labels.label(p)}: {value_in_words(o, labels)}" for p, o in one.commitments),
        readings=labels.terms(one.readings),
        sources=labels.things(one.sources),
        confidence=labels.label(one.confidence) if one.confidence else "",
        notes=labels.terms(one.notes),
    )


def value_in_words(term: str, labels: Labels) -> str:
    """Returns the label of an IRI, or the text of a literal; `term` is N-Triples text."""
    return labels.label(term[1:-1]) if is_iri(term) else literal_value(term)


def statement_views(held: Iterable[Testimony], labels: Labels) -> tuple[StatementView, ...]:
    return tuple(statement_view(one, labels) for one in held)


@dataclass(frozen=True, slots=True)
class OriginView:
    """What one origin says: a statement, and those of its other documents that repeat it and add no weight."""

    first: StatementView
    again: tuple[StatementView, ...]


def by_origin(held: Iterable[Testimony], labels: Labels) -> tuple[OriginView, ...]:
    """Returns statements with those of one origin and kind that claim the same as one; reference facts stay single."""
    found: dict[tuple[object, ...], list[StatementView]] = {}
    for one in statement_views(held, labels):
        source = one.origin.iri or one.document.iri or one.link
        found.setdefault((source, one.kind, one.triple, one.qualifiers), []).append(one)
    return tuple(OriginView(first, tuple(again)) for first, *again in found.values())


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact with its evidence: `summary` says in few words what that is."""

    value: Term
    summary: str
    evidence: tuple[OriginView, ...]


def fact_view(fact: Fact, labels: Labels) -> FactView:
    return FactView(labels.term(fact.value), _summary(fact, labels), by_origin(fact.evidence, labels))


def _summary(fact: Fact, labels: Labels) -> str:
    """Returns who says so, in few words: origins and the sides they speak for, and whether it is background too."""
    if not fact.evidence:
        return "record of this graph"
    confidence = next((labels.label(one.confidence) for one in fact.evidence if one.confidence), "")
    background = f"background: {confidence}" if confidence else "background"
    said = _said(fact, labels)
    if not said:
        return background
    return f"{said}; {background}" if any(not one.is_of_document for one in fact.evidence) else said


def _said(fact: Fact, labels: Labels) -> str:
    if fact.origins > 1:
        return f"{counted(fact.origins, 'origin')} of {counted(fact.sides, 'side')} say so"
    if fact.origins:
        return "one origin says so"
    naming = len(labels.origins.distinct([one for one in fact.evidence if one.is_fact]))
    if naming > 1:
        return f"{naming} origins call it so"
    return "one origin calls it so" if naming else ""


def differing_from(one: Testimony, others: Iterable[Testimony], labels: Labels) -> tuple[tuple[OriginView, str], ...]:
    """Returns statements that put something differently than one does, by origin, with what differs in words."""
    by_difference: dict[str, list[Testimony]] = {}
    for other in others:
        difference = other.difference if one.iri in other.differs_from else one.difference
        by_difference.setdefault(labels.label(difference).lower(), []).append(other)
    return tuple((each, said) for said, same in by_difference.items() for each in by_origin(same, labels))


def counted(number: int, noun: str) -> str:
    """Returns a number with its noun, for nouns that take an s."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
