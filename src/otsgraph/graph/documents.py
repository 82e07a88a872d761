"""What the graph says about one source document: its statements in text order and what other documents say of them.

Sources: Web Annotation Data Model §4.2.4 (text position selector).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from otsgraph.graph.entities import Ask
from otsgraph.graph.statements import Origins, Statement, statements
from otsgraph.rdf.terms import RDF, Ots, Triple, iri, iri_value, literal_value
from otsgraph.sparql.protocol import Solution

MOST_OWN = 500
"""Statements of the document that are shown, the first by their IRIs; `document-statements.rq` asks for one more."""

MOST_OTHERS = 1_000
"""Statements of others that are compared, those first that may say the same; `document-others.rq` asks for one more."""

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Corroboration:
    """What others say of one statement.

    `confirming` are the statements of other origins by which it counts as confirmed, `repeating` those that say the
    same without confirming it: of its own origin, or not plain facts.  `differing` put it differently, each with the
    IRI of the difference.  `doubts` are reasons, as N-Triples text, and `left_out_by` the IRIs of documents.
    `origins` and `sides` are the IRIs of all that say so, with the document's own.
    """

    confirming: tuple[Statement, ...] = ()
    repeating: tuple[Statement, ...] = ()
    differing: tuple[tuple[str, Statement], ...] = ()
    doubts: tuple[str, ...] = ()
    left_out_by: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()


class Kind(Enum):
    """As what a document says something; the values stand in addresses."""

    FACT = "fact"
    ATTRIBUTED = "attributed"
    ASSESSMENT = "assessment"
    BACKGROUND = "background"
    OTHER = "other"


_KINDS = {
    Ots.ReportedFact: Kind.FACT,
    Ots.AttributedStatement: Kind.ATTRIBUTED,
    Ots.EditorialAssessment: Kind.ASSESSMENT,
    Ots.BackgroundStatement: Kind.BACKGROUND,
}


class Standing(Enum):
    """What becomes of a statement here."""

    FACT = "counted as a fact"
    LEFT_OUT = "stated as a fact, and left out of the facts here"
    FACT_ELSEWHERE = "no fact by this document, but one by another source"
    CLAIM = "remains a claim"
    JUDGEMENT = "remains a judgement"
    ASSUMED = "taken for granted, not counted as a fact"


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement of the document, what becomes of it, and what others say of it."""

    said: Statement
    kind: Kind
    standing: Standing
    corroboration: Corroboration

    @property
    def number(self) -> str:
        """The last part of the IRI, which distinguishes the statements of a document."""
        return self.said.iri.rsplit("/", 1)[-1]

    @property
    def span(self) -> Span:
        return self.said.start, self.said.end

    @property
    def has_position(self) -> bool:
        return self.said.end > self.said.start


@dataclass(frozen=True, slots=True)
class Addition:
    """What other origins say, in one of their wordings as N-Triples text, whether that is a fact here, who says so."""

    says: str
    is_fact: bool
    by: tuple[Statement, ...]
    origins: tuple[str, ...]
    sides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentReport:
    """`entries` are in the order of the text; `record` are the triples on the document and on where others come from.

    `length` is the number of characters of the text, 0 where no positions are on record.  `added` holds what other
    origins state of the same meetings and the document does not, most origins first; `left_out` what it leaves out
    that another document of its origin has.  `has_more_own` and `has_more_others`: there are more statements, of the
    document or of others, than the limits above.
    """

    document: str
    record: tuple[Triple, ...]
    entries: tuple[Entry, ...]
    added: tuple[Addition, ...]
    left_out: tuple[Statement, ...]
    length: int = 0
    has_more_own: bool = False
    has_more_others: bool = False

    def values(self, property_: str, subject: str = "") -> list[str]:
        """Returns the values, as N-Triples text, that the document or a subject has on record for a property."""
        of = iri(subject or self.document)
        return sorted(o for s, p, o in self.record if s == of and p == iri(property_))

    def subjects(self, property_: str, value: str) -> list[str]:
        """Returns the IRIs of what has the IRI `value` on record for a property."""
        return sorted(iri_value(s) for s, p, o in self.record if p == iri(property_) and o == iri(value))

    @property
    def meetings(self) -> list[str]:
        """The IRIs of the meetings that its statements speak of."""
        return self.subjects(RDF + "type", Ots.Meeting)


async def ask_of_document(ask: Ask, document: str) -> list[list[Solution]]:
    """Returns the answers that `document_report` is made from.  Raises whatever `ask` raises."""
    about = {"this": iri(document)}
    # one after the other, since a client may not have many queries at once
    answers = [await ask(query, about) for query in ("document-record", "document-statements", "document-others")]
    stated = {row["s"] for rows in answers[1:] for row in rows if row["p"] == iri(RDF + "subject")}
    return [*answers, await ask("document-marks", {"statements": " ".join(sorted(stated))})]


def document_report(
    document: str,
    record: Iterable[Solution],
    own: Iterable[Solution],
    others: Iterable[Solution],
    marks: Iterable[Solution],
) -> DocumentReport:
    """Returns the report on a document, from the answers to `ask_of_document`."""
    known = tuple(sorted({(row["s"], row["p"], row["o"]) for row in record}))
    origins = Origins.of(known)
    stated = [one for one in statements(_by_graph(own)) if one.document == document]
    said = stated[:MOST_OWN]
    held = [one for one in statements(_by_graph(others)) if one.document != document]
    marked = _marks(marks)
    entries = [
        _entry(one, corroboration, marked.get(one.iri, {}))
        for one, corroboration in zip(said, _corroborations(said, held, origins, marked), strict=True)
    ]
    leaves_out = {iri_value(o) for s, p, o in known if (s, p) == (iri(document), iri(Ots.leavesOut))}
    lengths = [literal_value(o) for _, p, o in known if p == iri(Ots.length)]
    return DocumentReport(
        document,
        known,
        tuple(sorted(entries, key=in_text_order)),
        tuple(_additions(document, said, _on_meetings(held, known), origins, marked)),
        tuple(one for one in held if one.iri in leaves_out),
        int(lengths[0]) if lengths and lengths[0].isdigit() else 0,
        len(stated) > MOST_OWN,
        len(held) > MOST_OTHERS,
    )


def in_text_order(entry: Entry) -> tuple[object, ...]:
    """Returns a sort key: paragraph, sentence, position; entries without them come last, by number."""
    said = entry.said
    places = [int(n) if n.isdigit() else 10**9 for n in (said.paragraph, said.sentence)]
    position = entry.span if entry.has_position else (10**9, 10**9)
    return *places, *position, [int(n) for n in re.findall("[0-9]+", entry.number)], said.iri


def _by_graph(rows: Iterable[Solution]) -> Mapping[str, list[Triple]]:
    found: dict[str, list[Triple]] = {}
    for row in rows:
        found.setdefault(iri_value(row["graph"]), []).append((row["s"], row["p"], row["o"]))
    return found


_Marks: TypeAlias = Mapping[str, Mapping[str, Sequence[str]]]
"""The values of the marks of statements, as N-Triples text, by the statement's IRI and the mark."""


def _marks(rows: Iterable[Solution]) -> _Marks:
    found: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        marked = found.setdefault(iri_value(row["statement"]), {})
        marked.setdefault(literal_value(row["mark"]), []).append(row["value"])
    return found


def _corroborations(
    said: Iterable[Statement], held: Iterable[Statement], origins: Origins, marked: _Marks
) -> Iterable[Corroboration]:
    """Yields what the statements of others say of each of those of the document."""
    by_iri: dict[str, Statement] = {}
    same: dict[object, list[Statement]] = {}
    against: dict[str, list[Statement]] = {}
    for one in held:
        by_iri[one.iri] = one
        if one.is_of_document:
            same.setdefault((one.key, one.nature), []).append(one)
        for other in one.differs_from:
            against.setdefault(other, []).append(one)
    for one in said:
        agreeing = same.get((one.key, one.nature), ())
        confirming = [other for other in agreeing if _confirms(other, one, origins)]
        differing = [(one.difference, by_iri[name]) for name in one.differs_from if name in by_iri]
        differing += [(other.difference, other) for other in against.get(one.iri, ())]
        marks = marked.get(one.iri, {})
        yield Corroboration(
            tuple(confirming),
            tuple(other for other in agreeing if not _confirms(other, one, origins)),
            tuple(differing),
            tuple(sorted(marks.get("doubted", ()))),
            tuple(sorted(iri_value(value) for value in marks.get("left out", ()))),
            tuple(origins.distinct([one, *confirming])),
            tuple(origins.sides([one, *confirming])),
        )


def _confirms(other: Statement, one: Statement, origins: Origins) -> bool:
    """Returns whether a statement that claims the same confirms another: both plain facts, of different origins."""
    return one.corroborates and other.corroborates and origins.origin(other) != origins.origin(one)


def _entry(one: Statement, corroboration: Corroboration, marks: Collection[str]) -> Entry:
    kind = _KINDS.get(one.voice, Kind.OTHER)
    held = "held" in marks
    if one.is_fact:
        standing = Standing.FACT if held else Standing.LEFT_OUT
    elif held and not one.commitments:
        standing = Standing.FACT_ELSEWHERE
    else:
        judged = {Kind.ASSESSMENT: Standing.JUDGEMENT, Kind.BACKGROUND: Standing.ASSUMED}
        standing = judged.get(kind, Standing.CLAIM)
    return Entry(one, kind, standing, corroboration)


def _on_meetings(held: Iterable[Statement], known: Iterable[Triple]) -> list[Statement]:
    """Returns the statements with a meeting that is on record as subject, object or occasion."""
    meetings = {s for s, p, o in known if (p, o) == (iri(RDF + "type"), iri(Ots.Meeting))}
    return [one for one in held if meetings & {one.triple[0], one.triple[2], iri(one.occasion)}]


def _additions(
    document: str, said: Iterable[Statement], held: Iterable[Statement], origins: Origins, marked: _Marks
) -> list[Addition]:
    """Returns what others state plainly, each once, and the document does not say in any voice."""
    own_origin = origins.of_document.get(document, document)
    mentioned = {(one.triple, one.occasion) for one in said}
    found: dict[tuple[Triple, str], list[Statement]] = {}
    for one in held:
        if one.corroborates and origins.origin(one) != own_origin and (one.triple, one.occasion) not in mentioned:
            found.setdefault((one.triple, one.occasion), []).append(one)
    added = [
        Addition(
            min(one.paraphrase for one in by),
            any("held" in marked.get(one.iri, ()) for one in by),
            tuple(by),
            tuple(origins.distinct(by)),
            tuple(origins.sides(by)),
        )
        for by in found.values()
    ]
    return sorted(added, key=lambda each: (-len(each.origins), -len(each.sides), each.says))


@dataclass(frozen=True, slots=True)
class Share:
    """How many statements of a kind there are, and how many characters of the text they cover, each counted once.

    `part` is that from 0 to 1 of the text; both are 0 where no positions are on record.
    """

    kind: Kind
    statements: int
    characters: int
    part: float


@dataclass(frozen=True, slots=True)
class Cover:
    """The shares of the kinds that occur, and the characters that no statement of any kind covers."""

    length: int
    shares: tuple[Share, ...]
    uncovered: int

    @property
    def uncovered_part(self) -> float:
        return self.uncovered / self.length if self.length else 0.0


def cover(told: DocumentReport) -> Cover:
    """Returns how much of its text the statements of a document cover, by kind."""
    shares = []
    for kind in Kind:
        if entries := [entry for entry in told.entries if entry.kind is kind]:
            characters = _characters(entries)
            shares.append(Share(kind, len(entries), characters, characters / told.length if told.length else 0.0))
    return Cover(told.length, tuple(shares), told.length - _characters(told.entries) if told.length else 0)


def _characters(entries: Iterable[Entry]) -> int:
    return covered(entry.span for entry in entries if entry.has_position)


def covered(spans: Iterable[Span]) -> int:
    """Returns the number of characters in any of some passages, each counted once."""
    total = reached = 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def lanes(spans: Sequence[Span]) -> list[int]:
    """Returns for each passage the first line, from 0, in which it overlaps none before it; long ones go first."""
    ends: list[int] = []
    found = [0] * len(spans)
    for place in sorted(range(len(spans)), key=lambda place: (spans[place][0], -spans[place][1])):
        start, end = spans[place]
        lane = next((lane for lane, reached in enumerate(ends) if reached <= start), len(ends))
        ends[lane:] = [end, *ends[lane + 1 :]]
        found[place] = lane
    return found
