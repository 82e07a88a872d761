"""How much of a text passages cover, and how they are set in lines that show all of them; pure.

A passage is a start and an end in characters from 0, the end behind its last character.
Source: Web Annotation Data Model §4.2.4 (text position selector).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from otsgraph.document_account import Account, Entry, Kind

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
