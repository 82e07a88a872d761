"""Statements as they stand beside what they give evidence for: kind, document, speaker, place, and who agrees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from otsgraph.graph.entities import Fact
from otsgraph.graph.statements import ASSESSMENT, ATTRIBUTED, BACKGROUND, REFERENCE, REPORTED, Origins, Testimony
from otsgraph.rdf.terms import OTS, is_iri, literal_value
from otsgraph.web.http.html import leads_to
from otsgraph.web.pages.tables import Cell
from otsgraph.web.pages.words import Words

_TONES = {
    REPORTED: "reported",
    ATTRIBUTED: "attributed",
    ASSESSMENT: "assessment",
    BACKGROUND: "background",
    REFERENCE: "reference",
}
"""Names by which the style sheet tells kinds apart, which are always said in words as well."""


@dataclass(frozen=True, slots=True)
class Witness:
    """One statement for people.

    `kind` in words, with where it is defined, and `tone` for the style sheet; `place` says paragraph and sentence,
    `passage` is the address of the passage at the publisher; `triple` are subject, predicate and object.
    """

    name: str
    link: str
    kind: Cell
    tone: str
    nature: str
    says: Cell
    triple: tuple[Cell, Cell, Cell]
    document: Cell
    origin: Cell
    speaker: Cell
    quoted_by: Cell
    place: str
    passage: str
    qualifiers: tuple[str, ...]
    readings: tuple[Cell, ...]
    sources: tuple[Cell, ...]
    confidence: str
    checked_on: str
    notes: tuple[Cell, ...]


def witness(one: Testimony, words: Words, origins: Origins) -> Witness:
    """A statement with labels in place of IRIs."""
    subject, predicate, object_ = one.triple
    origin = origins.of_document.get(one.document, "")
    return Witness(
        name=one.label or words.label(one.iri),
        link=leads_to(one.iri),
        kind=words.thing(one.voice) if one.voice else Cell("statement"),
        tone=_TONES.get(one.voice, "background"),
        nature="" if one.nature == OTS + "Factual" else words.label(one.nature),
        says=words.term(one.paraphrase),
        triple=(words.term(subject), words.term(predicate), words.term(object_)),
        document=words.thing(one.document),
        origin=words.thing(origin),
        speaker=words.thing(one.speaker),
        quoted_by=words.thing(one.quoted_by),
        place=_place(one),
        passage=words.passage(one.document, one.fragment),
        qualifiers=tuple(_qualifier(p, o, words) for p, o in one.commitments),
        readings=tuple(map(words.term, one.readings)),
        sources=words.things(one.sources),
        confidence=words.label(one.confidence) if one.confidence else "",
        checked_on=one.checked_on,
        notes=tuple(map(words.term, one.notes)),
    )


def _place(one: Testimony) -> str:
    parts = [f"{name} {value}" for name, value in (("paragraph", one.paragraph), ("sentence", one.sentence)) if value]
    return ", ".join(parts)


def _qualifier(property_: str, value: str, words: Words) -> str:
    said = words.label(value[1:-1]) if is_iri(value) else literal_value(value)
    return f"{words.label(property_)}: {said}"


@dataclass(frozen=True, slots=True)
class Heard:
    """A statement, and those of other documents with the same origin and kind: they repeat it, and add no weight."""

    first: Witness
    again: tuple[Witness, ...]


def by_origin(witnesses: Iterable[Witness]) -> tuple[Heard, ...]:
    """Statements, those of one origin and kind that claim the same as one; of the reference layer each for itself."""
    heard: dict[tuple[object, ...], list[Witness]] = {}
    for one in witnesses:
        source = one.origin.iri or one.document.iri or one.link
        heard.setdefault((source, one.kind, one.triple, one.qualifiers), []).append(one)
    return tuple(Heard(same[0], tuple(same[1:])) for same in heard.values())


@dataclass(frozen=True, slots=True)
class ShownFact:
    """A fact with its evidence: `summary` says in few words what that is."""

    value: Cell
    language: str
    summary: str
    heard: tuple[Heard, ...]


def shown_fact(fact: Fact, words: Words, origins: Origins, language: str) -> ShownFact:
    """A fact for people; `language` is the name of the one that its value is in."""
    return ShownFact(
        value=words.term(fact.value),
        language=language,
        summary=_summary(fact, words, origins),
        heard=by_origin(witness(one, words, origins) for one in fact.evidence),
    )


def _summary(fact: Fact, words: Words, origins: Origins) -> str:
    """Who says so, in few words: origins and the sides they speak for, and whether it is background too."""
    if not fact.evidence:
        return "record of this graph"
    confidence = next((words.label(one.confidence) for one in fact.evidence if one.confidence), "")
    background = f"background: {confidence}" if confidence else "background"
    said = _said(fact, origins)
    if not said:
        return background
    return f"{said}; {background}" if any(not one.is_of_document for one in fact.evidence) else said


def _said(fact: Fact, origins: Origins) -> str:
    if fact.origins > 1:
        return f"{counted(fact.origins, 'origin')} of {counted(fact.sides, 'side')} say so"
    if fact.origins:
        return "one origin says so"
    naming = len(origins.distinct([one for one in fact.evidence if one.is_fact]))
    if naming > 1:
        return f"{naming} origins call it so"
    return "one origin calls it so" if naming else ""


def differing_from(
    one: Testimony, others: Iterable[Testimony], words: Words, origins: Origins
) -> tuple[tuple[Heard, str], ...]:
    """Statements that put something differently than one does, each origin heard once, with what differs in words."""
    by_difference: dict[str, list[Witness]] = {}
    for other in others:
        difference = other.difference if one.iri in other.differs_from else one.difference
        said = words.label(difference).lower() if difference else ""
        by_difference.setdefault(said, []).append(witness(other, words, origins))
    return tuple((heard, said) for said, same in by_difference.items() for heard in by_origin(same))


def counted(number: int, noun: str) -> str:
    """A number with its noun, for nouns that take an s."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
