"""An account of one source document: what it states and in which voice, how much of its text that is, and what other
documents say of the same; pure.

Facts, claims and judgements are kept apart as `layers` does, and agreement is counted by origins, never by documents.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from otsgraph.document_echoes import Echo, Heard
from otsgraph.document_queries import MOST_OTHERS, MOST_OWN
from otsgraph.rdf.terms import OTS, RDF, Triple, iri, iri_value, literal_value
from otsgraph.sparql.protocol import Solution
from otsgraph.testimony import ASSESSMENT, ATTRIBUTED, BACKGROUND, REPORTED, Origins, Testimony, testimonies


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
