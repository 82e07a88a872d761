"""The diagrams of the ontology's page: one statement, the layers of facts and statements, the classes; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otsgraph.graph.ontology import Section, Term, TermKind, Use
from otsgraph.graph.statements import Statement, asserted
from otsgraph.rdf.terms import BASE, OTS, iri, iri_value, is_iri, literal_value
from otsgraph.sparql.protocol import Solution
from otsgraph.web.diagrams import Diagram, Item, columns, forest
from otsgraph.web.links import leads_to

LEAST_AROUND = 4
"""Classes around another one that are worth a picture."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a statement: the role that it has, the anchor of the term for that or "", and what it is."""

    role: str
    anchor: str
    name: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A statement taken apart: what it is called, what it says in our words, its triple, and the evidence for it."""

    statement: Part
    says: str
    triple: tuple[Part, ...]
    evidence: tuple[Part, ...]


def anatomy(row: Solution, labels: Mapping[str, str]) -> Anatomy:
    """What a row that answers `ontology_examples.WORKED` says of its statement."""

    def part(role: str, anchor: str, variable: str) -> Part:
        term = row[variable]
        if not is_iri(term):
            return Part(role, anchor, literal_value(term))
        thing = iri_value(term)
        link = f"#{thing.removeprefix(OTS)}" if thing.startswith(OTS) else leads_to(thing)
        return Part(role, anchor, labels.get(thing, thing), link)

    number = {name: int(literal_value(row[name])) for name in ("paragraph", "sentence", "start", "end")}
    return Anatomy(
        part("attributed statement", "AttributedStatement", "statement"),
        literal_value(row["says"]),
        (part("subject", "", "subject"), part("predicate", "", "predicate"), part("object", "", "object")),
        (
            part("speaker", "speaker", "speaker"),
            part("stated in", "statedIn", "document"),
            Part("place in the text", "paragraph", f"paragraph {number['paragraph']}, sentence {number['sentence']}"),
            Part("passage", "passage", f"positions {number['start']:,}–{number['end']:,}"),
        ),
    )


def anatomy_figure(shown: Anatomy) -> Diagram:
    """A statement in the middle, what it says on the left, who says it and where on the right."""

    def items(parts: Sequence[Part]) -> list[Item]:
        return [Item(part.name, part.role, part.link) for part in parts]

    middle = Item(shown.statement.name, shown.statement.role, shown.statement.link, "strong")
    left, right = items(shown.triple), items(shown.evidence)
    arrows = [((1, 0), (0, row)) for row in range(len(left))] + [((1, 0), (2, row)) for row in range(len(right))]
    said = "; ".join(f"{part.role}: {part.name}" for part in (*shown.triple, *shown.evidence))
    return columns(
        "One statement and its evidence",
        f"{shown.statement.name}, an {shown.statement.role}. What it says: {said}.",
        [left, [middle], right],
        arrows,
    )


def can_be_fact(voice: str) -> bool:
    """Whether a statement of a kind becomes a fact at its best: said factually, without a hedge, and entailed."""
    thing = iri(BASE + "id/")
    best = Statement("", frozenset({iri(voice)}), iri(OTS + "Factual"), (thing, thing, thing), iri(OTS + "Entailed"))
    return asserted(best)


def layers_figure(terms: Mapping[str, Term], uses: Mapping[str, Sequence[Use]]) -> Diagram | None:
    """Which statements can become facts; None if the ontology has no kinds of them."""
    voices = [terms[voice] for voice in terms[OTS + "Statement"].narrower] if OTS + "Statement" in terms else []
    voices.sort(key=lambda voice: not can_be_fact(voice.iri))
    if not voices:
        return None
    left = [Item(voice.label, _number(uses, voice.iri, "statements"), f"#{voice.name}") for voice in voices]
    right = [
        Item("facts", "met outside of GRAPH too", "", "strong"),
        Item("claims", "met inside GRAPH alone"),
    ]
    ends = [0 if can_be_fact(voice.iri) else 1 for voice in voices]
    able = ", ".join(voice.label for voice, end in zip(voices, ends, strict=True) if end == 0)
    unable = ", ".join(voice.label for voice, end in zip(voices, ends, strict=True) if end == 1)
    return columns(
        "Which statements can become facts",
        f"Can become facts: {able}. Stay claims: {unable}.",
        [left, right],
        [((0, row), (1, end)) for row, end in enumerate(ends)],
    )


def section_figures(section: Section, terms: Mapping[str, Term], uses: Mapping[str, Sequence[Use]]) -> list[Diagram]:
    """What can be drawn of a section: its classes, and what the most connected one of them is related to."""
    return [figure for figure in (_classes_figure(section, uses), _relations_figure(section, terms)) if figure]


def _classes_figure(section: Section, uses: Mapping[str, Sequence[Use]]) -> Diagram | None:
    """The classes of a section as trees, with their values; None for a single class."""
    shown = {term.iri: term for term in section.terms if term.kind in (TermKind.CLASS, TermKind.VALUE)}
    classes = [term for term in shown.values() if term.kind is TermKind.CLASS]
    if len(classes) < 2:
        return None
    below = {
        term.iri: sorted({*term.narrower, *term.values} & shown.keys(), key=lambda name: shown[name].label)
        for term in classes
    }
    items = {term.iri: Item(term.label, _number(uses, term.iri), f"#{term.name}", "bare") for term in shown.values()}
    under = {name for names in below.values() for name in names}
    return forest(
        f"The classes of “{section.label}”",
        f"{len(classes)} classes, some with the number of their instances. What stands below a class belongs to it:"
        " kinds of it, or its values.",
        [term.iri for term in classes if term.iri not in under],
        below,
        items,
    )


def _relations_figure(section: Section, terms: Mapping[str, Term]) -> Diagram | None:
    """The class with most relations of its own, among those around it; None where these are fewer than LEAST_AROUND."""
    classes = [term for term in section.terms if term.kind is TermKind.CLASS]
    if not classes:
        return None
    centre = max(classes, key=lambda term: len(term.properties_from) + len(term.properties_to))
    into, out = _around(centre, terms, "range"), _around(centre, terms, "domain")
    if len(into) + len(out) < LEAST_AROUND:
        return None
    # what leads to the class stands on the left of it, with so many others that both sides are about as high
    moved = max(0, (len(out) - len(into)) // 2)
    left, right = [*into, *out[:moved]], out[moved:]
    to_centre = [((0, row), (1, 0)) for row in range(len(into))]
    from_centre = [((1, 0), (0, row)) for row in range(len(into), len(left))]
    return columns(
        f"What surrounds the class “{centre.label}”: the classes at the other ends of its relations",
        f"Leading to it: {_spoken(into)}. Leading from it: {_spoken(out)}.",
        [left, [Item(centre.label, "", f"#{centre.name}", "strong")], right],
        [*to_centre, *from_centre, *(((1, 0), (2, row)) for row in range(len(right)))],
    )


def _around(centre: Term, terms: Mapping[str, Term], end: str) -> list[Item]:
    """The classes at the other ends of the relations that have a class, or one above it, at one end, and which these
    are; `end` is "domain" or "range"."""
    above = {centre.iri, *centre.wider}
    found: dict[str, list[str]] = {}
    for relation in terms.values():
        here, there = (relation.domain, relation.range) if end == "domain" else (relation.range, relation.domain)
        if above & {*here}:
            for other in there:
                if other in terms:
                    found.setdefault(other, []).append(relation.label)
    named = sorted((terms[other].label, labels, terms[other].name) for other, labels in found.items())
    return [Item(label, ", ".join(labels), f"#{name}") for label, labels, name in named]


def _spoken(items: Sequence[Item]) -> str:
    return "; ".join(item.full for item in items) or "nothing"


def _number(uses: Mapping[str, Sequence[Use]], term: str, what: str = "") -> str:
    total = sum(use.number for use in uses.get(term, ()))
    return f"{total:,} {what}".strip() if total else ""
