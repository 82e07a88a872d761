"""The strip of a document's text: where in it each statement stands, in a band for each kind; pure.

Lengths are in units of the picture, WIDTH of them across; x is the place in the text, y grows downwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from otsgraph.graph.documents import Entry, Kind, lanes, span_of
from otsgraph.web.chart_shapes import AXIS, WIDTH, Tick
from otsgraph.web.document_entries import text_of

_HEADING, _PITCH, _THICKNESS, _BELOW = 20, 9, 7, 6

NARROWEST = 3.0
"""A passage of few characters is drawn so wide that it can be seen."""

LEAST_BETWEEN_TICKS = 16.0


@dataclass(frozen=True, slots=True)
class Segment:
    """One statement: a box, the address that it leads to, and what it says, in a language or none on record."""

    x: float
    y: float
    width: float
    link: str
    says: str
    lang: str


@dataclass(frozen=True, slots=True)
class Band:
    """The statements of one kind, under its name, whose line of writing ends at `y`."""

    kind: Kind
    y: float
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """The bands above each other, and the paragraphs' beginnings as ticks."""

    width: int
    height: float
    bottom: float
    thickness: int
    bands: tuple[Band, ...]
    ticks: tuple[Tick, ...]


def strip(entries: Sequence[Entry], length: int, link: Callable[[Entry], str]) -> Strip | None:
    """The strip of a text of so many characters; None where no positions are on record."""
    placed = [entry for entry in entries if entry.has_position]
    if not length or not placed:
        return None
    bands: list[Band] = []
    top = 0.0
    for kind in Kind:
        of_kind = [entry for entry in placed if entry.kind is kind]
        if of_kind:
            band, top = _band(kind, of_kind, length, link, top)
            bands.append(band)
    return Strip(WIDTH, top + AXIS, top, _THICKNESS, tuple(bands), tuple(_ticks(placed, length)))


def _band(
    kind: Kind, entries: Sequence[Entry], length: int, link: Callable[[Entry], str], top: float
) -> tuple[Band, float]:
    """The band that begins at `top`, and where it ends."""
    spans = [span_of(entry) for entry in entries]
    said = [text_of(entry.said.paraphrase) for entry in entries]
    places = lanes(spans)
    segments = tuple(
        Segment(
            x=round(min(start / length * WIDTH, WIDTH - NARROWEST), 1),
            y=top + _HEADING + place * _PITCH,
            width=round(max(NARROWEST, (end - start) / length * WIDTH), 1),
            link=link(entry),
            says=words.text,
            lang=words.lang,
        )
        for entry, words, (start, end), place in zip(entries, said, spans, places, strict=True)
    )
    return Band(kind, top + _HEADING - 6, segments), top + _HEADING + (max(places) + 1) * _PITCH + _BELOW


def _ticks(entries: Sequence[Entry], length: int) -> list[Tick]:
    begin: dict[str, int] = {}
    for entry in entries:
        if entry.said.paragraph:
            begin[entry.said.paragraph] = min(begin.get(entry.said.paragraph, length), entry.said.start)
    found: list[Tick] = []
    for paragraph, start in sorted(begin.items(), key=lambda pair: pair[1]):
        at = round(start / length * WIDTH, 1)
        if not found or at - found[-1].at >= LEAST_BETWEEN_TICKS:
            found.append(Tick(at, paragraph))
    return found
