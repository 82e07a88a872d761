"""What the graph says about one source document: its statements in text order and what other documents echo.

Sources: Web Annotation Data Model §4.2.4 (text position selector).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from otsgraph.graph.statements import ASSESSMENT, ATTRIBUTED, BACKGROUND, REPORTED, Origins, Testimony, testimonies
from otsgraph.rdf.terms import OTS, RDF, Triple, iri, iri_value, literal_value
from otsgraph.sparql.protocol import Solution

MOST_OWN = 500
"""So many statements of the document are looked at, the first by their IRIs."""

MOST_OTHERS = 1_000
"""So many statements of others are looked at, those first that may say the same."""

Key: TypeAlias = tuple[object, str]


@dataclass(frozen=True, slots=True)
class Echo:
    """What others say of one statement.

    `confirming` are the statements of other origins by which it counts as confirmed, `repeating` those that say the
    same without confirming it: of its own origin, or of what is no plain fact.  `differing` put it differently, each
    with the IRI of in what.  `doubts` are reasons, as N-Triples text, and `left_out_by` the IRIs of documents.
    `origins` and `sides` are the IRIs of all that say so, with the document's own.
    """

    confirming: tuple[Testimony, ...] = ()
    repeating: tuple[Testimony, ...] = ()
    differing: tuple[tuple[str, Testimony], ...] = ()
    doubts: tuple[str, ...] = ()
    left_out_by: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """The statements of other documents: by what they claim and its nature, and by the IRIs that they differ from."""

    origins: Origins
    by_iri: Mapping[str, Testimony]
    by_key: Mapping[Key, Sequence[Testimony]]
    against: Mapping[str, Sequence[Testimony]]

    @classmethod
    def of(cls, held: Iterable[Testimony], origins: Origins) -> Heard:
        by_iri: dict[str, Testimony] = {}
        by_key: dict[Key, list[Testimony]] = {}
        against: dict[str, list[Testimony]] = {}
        for one in held:
            by_iri[one.iri] = one
            if one.is_of_document:
                by_key.setdefault((one.key, one.nature), []).append(one)
            for other in one.differs_from:
                against.setdefault(other, []).append(one)
        return cls(origins, by_iri, by_key, against)

    def echo(self, one: Testimony, marks: Mapping[str, Sequence[str]]) -> Echo:
        """What others say of one statement; `marks` are the values of its marks, as N-Triples text."""
        same = self.by_key.get((one.key, one.nature), ())
        confirming = [other for other in same if self._confirms(other, one)]
        agreed = [one, *confirming]
        different = [(one.difference, self.by_iri[iri]) for iri in one.differs_from if iri in self.by_iri]
        different += [(other.difference, other) for other in self.against.get(one.iri, ())]
        return Echo(
            tuple(confirming),
            tuple(other for other in same if not self._confirms(other, one)),
            tuple(different),
            tuple(sorted(marks.get("doubted", ()))),
            tuple(sorted(iri_value(value) for value in marks.get("left out", ()))),
            tuple(self.origins.distinct(agreed)),
            tuple(self.origins.sides(agreed)),
        )

    def _confirms(self, other: Testimony, one: Testimony) -> bool:
        """Whether a statement that claims the same confirms another: both plain facts, of different origins."""
        return one.corroborates and other.corroborates and self.origins.origin(other) != self.origins.origin(one)


Span: TypeAlias = tuple[int, int]


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


def cover(told: Account) -> Cover:
    """How much of its text the statements of a document cover, by kind."""
    every = [span_of(entry) for entry in told.entries if entry.has_position]
    return Cover(
        told.length,
        tuple(_share(kind, told) for kind in Kind if any(entry.kind is kind for entry in told.entries)),
        told.length - covered(every) if told.length else 0,
    )


def _share(kind: Kind, told: Account) -> Share:
    entries = [entry for entry in told.entries if entry.kind is kind]
    characters = covered(span_of(entry) for entry in entries if entry.has_position)
    return Share(kind, len(entries), characters, characters / told.length if told.length else 0.0)


def span_of(entry: Entry) -> Span:
    return entry.said.start, entry.said.end


def covered(spans: Iterable[Span]) -> int:
    """The characters in any of some passages, each once."""
    total = reached = 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def lanes(spans: Sequence[Span]) -> list[int]:
    """For each passage the first line, from 0, in which it overlaps none before it; by start, long ones first."""
    ends: list[int] = []
    found = [0] * len(spans)
    for place in sorted(range(len(spans)), key=lambda place: (spans[place][0], -spans[place][1])):
        start, end = spans[place]
        lane = next((lane for lane, reached in enumerate(ends) if reached <= start), len(ends))
        ends[lane:] = [end, *ends[lane + 1 :]]
        found[place] = lane
    return found


class Kind(Enum):
    """As what a document says something: `value` in addresses, `voice` the IRI of the class."""

    FACT = "fact"
    ATTRIBUTED = "attributed"
    ASSESSMENT = "assessment"
    BACKGROUND = "background"
    OTHER = "other"

    @property
    def voice(self) -> str:
        """The IRI of the class of such statements; empty for all that have none of the others."""
        return _VOICES[self]


_VOICES = {
    Kind.FACT: REPORTED,
    Kind.ATTRIBUTED: ATTRIBUTED,
    Kind.ASSESSMENT: ASSESSMENT,
    Kind.BACKGROUND: BACKGROUND,
    Kind.OTHER: "",
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

    said: Testimony
    kind: Kind
    standing: Standing
    echo: Echo

    @property
    def number(self) -> str:
        """The last part of the IRI, by which the statement is told from others of its document."""
        return self.said.iri.rsplit("/", 1)[-1]

    @property
    def has_position(self) -> bool:
        return self.said.end > self.said.start


@dataclass(frozen=True, slots=True)
class Addition:
    """What other origins say, in one of their wordings as N-Triples text, whether that is a fact here, who says so."""

    says: str
    is_fact: bool
    by: tuple[Testimony, ...]
    origins: tuple[str, ...]
    sides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """`entries` are in the order of the text; `record` are the triples on the document and on where others come from.

    `length` is the number of characters of the text, 0 where no positions are on record.  `added` says what other
    origins state of the same meetings and the document does not, most origins first; `left_out` what it leaves out
    that another document of its origin has.  `has_more_own` and `has_more_others`: there are more statements, of the
    document or of others, than are looked at.
    """

    document: str
    record: tuple[Triple, ...]
    entries: tuple[Entry, ...]
    added: tuple[Addition, ...]
    left_out: tuple[Testimony, ...]
    length: int = 0
    has_more_own: bool = False
    has_more_others: bool = False

    def values(self, property_: str, subject: str = "") -> list[str]:
        """The values, as N-Triples text, that the document, or else a subject, has on record for a property."""
        of = iri(subject or self.document)
        return sorted(o for s, p, o in self.record if s == of and p == iri(property_))

    @property
    def meetings(self) -> list[str]:
        """The IRIs of the meetings that its statements speak of."""
        return self.subjects(RDF + "type", OTS + "Meeting")

    def subjects(self, property_: str, value: str) -> list[str]:
        """The IRIs of what has the IRI `value` on record for a property."""
        return sorted(iri_value(s) for s, p, o in self.record if p == iri(property_) and o == iri(value))


def account(
    document: str, record: Iterable[Solution], own: Iterable[Solution], others: Iterable[Solution],
    marks: Iterable[Solution],
) -> Account:  # fmt: skip
    """The account of a document, from the answers to the queries of `document_queries`."""
    known = tuple(sorted({(row["s"], row["p"], row["o"]) for row in record}))
    origins = Origins.of(known)
    stated = [one for one in testimonies(_by_graph(own)) if one.document == document]
    said = stated[:MOST_OWN]
    held = [one for one in testimonies(_by_graph(others)) if one.document != document]
    marked = _marks(marks)
    heard = Heard.of(held, origins)
    entries = (_entry(one, heard.echo(one, marked.get(one.iri, {})), marked.get(one.iri, {})) for one in said)
    leaves_out = {iri_value(o) for s, p, o in known if (s, p) == (iri(document), iri(OTS + "leavesOut"))}
    lengths = [literal_value(o) for _, p, o in known if p == iri(OTS + "length")]
    return Account(
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
    """Paragraph, sentence, position; what has none of them stands behind, by number."""
    said = entry.said
    places = [int(n) if n.isdigit() else 10**9 for n in (said.paragraph, said.sentence)]
    position = (said.start, said.end) if entry.has_position else (10**9, 10**9)
    return *places, *position, [int(n) for n in re.findall("[0-9]+", entry.number)], entry.said.iri


def _by_graph(rows: Iterable[Solution]) -> Mapping[str, list[Triple]]:
    found: dict[str, list[Triple]] = {}
    for row in rows:
        found.setdefault(iri_value(row["graph"]), []).append((row["s"], row["p"], row["o"]))
    return found


def _marks(rows: Iterable[Solution]) -> Mapping[str, Mapping[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        marked = found.setdefault(iri_value(row["statement"]), {})
        marked.setdefault(literal_value(row["mark"]), []).append(row["value"])
    return found


def _entry(one: Testimony, echo: Echo, marks: Collection[str]) -> Entry:
    kind = next((kind for kind in Kind if kind.voice == one.voice), Kind.OTHER)
    return Entry(one, kind, _standing(one, kind, held="held" in marks), echo)


def _standing(one: Testimony, kind: Kind, *, held: bool) -> Standing:
    if one.is_fact:
        return Standing.FACT if held else Standing.LEFT_OUT
    if held and not one.commitments:
        return Standing.FACT_ELSEWHERE
    judged = {Kind.ASSESSMENT: Standing.JUDGEMENT, Kind.BACKGROUND: Standing.ASSUMED}
    return judged.get(kind, Standing.CLAIM)


def _on_meetings(held: Iterable[Testimony], known: Iterable[Triple]) -> list[Testimony]:
    """The statements with one of the meetings that are on record as subject, object or occasion."""
    meetings = {s for s, p, o in known if (p, o) == (iri(RDF + "type"), iri(OTS + "Meeting"))}
    return [one for one in held if meetings & {one.triple[0], one.triple[2], iri(one.occasion)}]


def _additions(
    document: str, said: Iterable[Testimony], held: Iterable[Testimony], origins: Origins,
    marked: Mapping[str, Collection[str]],
) -> list[Addition]:  # fmt: skip
    """What others state plainly, each once; nothing that is said by the document, in whatever voice."""
    own_origin = origins.of_document.get(document, document)
    mentioned = {(one.triple, one.occasion) for one in said}
    found: dict[tuple[Triple, str], list[Testimony]] = {}
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
