"""Diagrams of boxes and arrows, and of trees, laid out for a template that only writes them down.

Lengths are in units of the picture, WIDTH of them across, rounded to a tenth; y grows downwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from otsgraph.web.charts.drawing import GAP, WIDTH, Text, cut, text_width, wrapped

LINE = 18  # from one line of text to the next
PADDING = 9  # between a box and its text, above and below
BESIDE = 44  # between columns of boxes: the least length of an arrow
MOST_LINES = 2  # of the name in a box, and of what more it says
BELOW = 12  # between the boxes of a column
HEAD = 7  # the length of the head of an arrow
INDENT, ROW = 16, 22  # of a branch of a tree; the height of a row of a tree


@dataclass(frozen=True, slots=True)
class Item:
    """What a box or a row says: its name, more about it, and where it leads; `weight` says how it is drawn."""

    name: str
    more: str = ""
    link: str = ""
    weight: str = "plain"

    @property
    def full(self) -> str:
        return ": ".join(filter(None, (self.name, self.more)))


@dataclass(frozen=True, slots=True)
class Box:
    """`names` are the lines of its name, `more` what else it says; `full` says all of it where something is cut."""

    x: float
    y: float
    width: float
    height: float
    names: tuple[Text, ...]
    more: tuple[Text, ...]
    full: str
    link: str
    weight: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """Its line and its head, as path data (SVG 2 §9.3)."""

    line: str
    head: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """Boxes and the arrows between them; `summary` says in words what it shows."""

    width: ClassVar[int] = WIDTH
    height: float
    title: str
    summary: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...] = ()
    branches: tuple[str, ...] = ()


Place: TypeAlias = tuple[int, int]
"""A column and a row in it, from 0."""


def columns(
    title: str, summary: str, items: Sequence[Sequence[Item]], arrows: Sequence[tuple[Place, Place]]
) -> Diagram:
    """Returns columns of boxes, each in the middle of the height, and arrows from place to place."""
    width = round((WIDTH - BESIDE * (len(items) - 1)) / len(items), 1)
    heights = [sum(_height(item, width) + BELOW for item in column) - BELOW for column in items]
    tallest = max(heights)
    boxes: dict[Place, Box] = {}
    for c, column in enumerate(items):
        y = (tallest - heights[c]) / 2 + 1
        for r, item in enumerate(column):
            boxes[c, r] = _box(item, round(c * (width + BESIDE), 1), round(y, 1), width)
            y += boxes[c, r].height + BELOW
    drawn = tuple(_arrow(boxes[start], boxes[end]) for start, end in arrows)
    return Diagram(tallest + 2, title, summary, tuple(boxes.values()), drawn)


def _lines(item: Item, width: float) -> tuple[list[str], list[str]]:
    """Returns the lines of the name in a box, and of what more it says."""
    room = width - 2 * GAP
    return wrapped(item.name, room, MOST_LINES), wrapped(item.more, room, MOST_LINES)


def _height(item: Item, width: float) -> int:
    return 2 * PADDING + LINE * sum(map(len, _lines(item, width)))


def _box(item: Item, x: float, y: float, width: float) -> Box:
    name, more = _lines(item, width)
    middle = round(x + width / 2, 1)
    texts = tuple(
        Text(line, middle, round(y + PADDING + LINE * (n + 0.5), 1), "middle") for n, line in enumerate([*name, *more])
    )
    # the outline of a box at the edge has to be inside of the picture
    place = x + 1, y, width - 2, _height(item, width)
    return Box(*place, texts[: len(name)], texts[len(name) :], item.full, item.link, item.weight)


def _arrow(start: Box, end: Box) -> Arrow:
    rightwards = end.x > start.x
    x1, x2 = (start.x + start.width, end.x) if rightwards else (start.x, end.x + end.width)
    y1, y2 = start.y + start.height / 2, end.y + end.height / 2
    middle, back = (x1 + x2) / 2, x2 - HEAD if rightwards else x2 + HEAD
    return Arrow(
        f"M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}",
        f"M{back:.1f} {y2 - 4:.1f}L{x2:.1f} {y2:.1f}L{back:.1f} {y2 + 4:.1f}Z",
    )


def forest(
    title: str, summary: str, roots: Sequence[str], below: Mapping[str, Sequence[str]], items: Mapping[str, Item]
) -> Diagram:
    """Returns trees below each other, in two columns of about the same height; no tree is divided.

    `below` gives the keys of the branches of a key, and `items` what each key is.  Raises ValueError if a tree grows
    into itself.
    """
    trees = [_rows(root, below, ()) for root in roots]
    splits = range(1, len(trees)) or [len(trees)]
    split = min(splits, key=lambda at: max(sum(map(len, trees[:at])), sum(map(len, trees[at:]))))
    boxes: list[Box] = []
    branches: list[str] = []
    halves = [[row for tree in half for row in tree] for half in (trees[:split], trees[split:])]
    for half, rows in enumerate(halves):
        left, last_at = half * WIDTH / 2, dict[int, float]()
        for number, (key, depth) in enumerate(rows):
            x, y = left + depth * INDENT, ROW * (number + 0.5)
            boxes.append(_row(items[key], x, y, WIDTH / 2 - depth * INDENT - GAP))
            if depth:
                stem = x - INDENT + 5
                branches.append(f"M{stem:.1f} {last_at[depth - 1] + ROW / 2 - 3:.1f}V{y:.1f}H{x - 3:.1f}")
            last_at[depth] = y
    height = ROW * max(map(len, halves))
    return Diagram(height, title, summary, tuple(boxes), branches=tuple(branches))


def _rows(key: str, below: Mapping[str, Sequence[str]], above: tuple[str, ...]) -> list[tuple[str, int]]:
    """Returns the keys of a tree, each with how many are above it."""
    if key in above:
        raise ValueError(f"{key} is below itself")
    branches = (_rows(branch, below, (*above, key)) for branch in below.get(key, ()))
    return [(key, len(above)), *(row for rows in branches for row in rows)]


def _row(item: Item, x: float, y: float, room: float) -> Box:
    name = cut(item.name, room)
    behind = x + text_width(name) + GAP
    fits = item.more and behind + text_width(item.more) <= x + room
    more = (Text(item.more, round(behind, 1), round(y, 1)),) if fits else ()
    place = round(x, 1), round(y - ROW / 2, 1), round(room, 1), ROW
    return Box(*place, (Text(name, round(x, 1), round(y, 1)),), more, item.full, item.link, item.weight)
