"""What charts are made of, and how much room texts need.

Lengths are in units of the picture, WIDTH of them across, rounded to a tenth; y grows downwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, takewhile
from math import ceil, floor, log10
from typing import ClassVar
from unicodedata import combining, east_asian_width

WIDTH, FONT, GAP = 640, 13, 8
RADIUS = 5  # of a point
EDGE = 40  # what the label of the outermost tick may need on either side of it
AXIS = 24  # the height of the labels of an axis
WIDEST_BESIDE = 200  # wider labels stand above the marks of their rows, so that most of them need no cutting

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of an axis or graticule; `at` is the y of a parallel, else an x."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar or span that begins at `x`, or a point there if `width` is 0."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Text:
    """A text that begins at `x`, is about it or ends there, as `anchor` says: "start", "middle" or "end"."""

    text: str
    x: float
    y: float
    anchor: str = "start"

    @property
    def box(self) -> Box:
        """Where it is, by the generous guess of `text_width`."""
        width = text_width(self.text)
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return left, self.y - FONT / 2, left + width, self.y + FONT / 2


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a chart, its marks at `y`; `full` says all of it where the label is cut, or the value has no room."""

    y: float
    label: Text
    value: Text | None
    full: str
    link: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A place on a map; `full` names it where the label is cut or has no room."""

    x: float
    y: float
    label: Text | None
    full: str
    link: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What all charts have: the plot lies between `left` and `right` and ends at y = `bottom`; `ticks` are its
    vertical lines."""

    width: ClassVar[int] = WIDTH
    height: float
    left: float
    right: float
    bottom: float
    title: str
    summary: str
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class BarChart(Picture):
    """A bar for each row of the table, in its order, as long as its number is large."""

    kind: ClassVar[str] = "bars"
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Timeline(Picture):
    """A row for each row of the table that has a time, in its order; a year or month without a day is a span."""

    kind: ClassVar[str] = "times"
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class PointMap(Picture):
    """Places in an equirectangular projection, true to scale at the middle latitude."""

    kind: ClassVar[str] = "map"
    parallels: tuple[Tick, ...]
    points: tuple[Point, ...]


def text_width(text: str) -> float:
    """Returns a generous guess, since the reader's font is not known here."""
    return FONT * sum(map(_advance, text))


def _advance(character: str) -> float:
    if combining(character):
        return 0.0
    if east_asian_width(character) in "WF" or character in "mwMW%@—":
        return 1.0
    if character in "fijlrtI.,:;'|()[]-/ ":
        return 0.4
    return 0.72 if character.isupper() else 0.62


def cut(text: str, room: float) -> str:
    """Returns as much of a text as fits: the beginning, or of an address the end, since addresses differ there."""
    if text_width(text) <= room:
        return text
    from_end = is_address(text)
    widths = accumulate(FONT * _advance(character) for character in (reversed(text) if from_end else text))
    count = sum(1 for _ in takewhile(lambda width: width <= room - text_width("…"), widths))
    return "…" + text[len(text) - count :] if from_end else text[:count].rstrip() + "…"


def wrapped(text: str, room: float, most: int) -> list[str]:
    """Returns a text on at most so many lines, cut if it needs more."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and (text_width(longer) <= room or len(lines) == most):
            lines[-1] = longer
        else:
            lines.append(word)
    return [cut(line, room) for line in lines]


def is_address(text: str) -> bool:
    return text.startswith(("http://", "https://"))


@dataclass(frozen=True, slots=True)
class Lines:
    """How the rows of a chart follow each other; their labels are `left` of the marks, or above them if it is 0."""

    left: float
    pitch: int

    def y(self, place: int) -> float:
        return place * self.pitch + (self.pitch / 2 if self.left else 26)

    def label(self, label: str, y: float, begin: float, end: float) -> Text:
        """Returns the label of a row whose marks are at `y` from `begin` to `end`, cut to fit; it begins or ends with
        them if it can."""
        if self.left:
            return Text(cut(label, self.left - GAP), round(self.left - GAP, 1), y, "end")
        label = cut(label, WIDTH - GAP)
        if begin + text_width(label) <= WIDTH:
            return Text(label, begin, y - 16)
        if text_width(label) <= end:
            return Text(label, end, y - 16, "end")
        return Text(label, round(max(0.0, WIDTH - text_width(label)), 1), y - 16)


def lines_for(labels: Iterable[str]) -> Lines:
    widest = max(map(text_width, labels))
    return Lines(float(max(EDGE, ceil(widest) + GAP)), 24) if widest <= WIDEST_BESIDE else Lines(0.0, 40)


def step_of(span: float, most: int, least: float = 0.0) -> float:
    """Returns the smallest of 1, 2 and 5 times a power of ten that divides a span into at most so many parts."""
    needed = max(span / most, least)
    power = 10.0 ** floor(log10(needed))
    return next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= needed * (1 - 1e-9))


def multiples(low: float, high: float, step: float) -> list[float]:
    return [count * step for count in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]
