"""The picture of a thing's neighbourhood: places, wires and turns.

Sources: SVG 2 §9.3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from otsgraph.web.charts.drawing import GAP, WIDTH, Text, cut, text_width, wrapped

MOST_A_SIDE = 12
"""So many neighbours are drawn on a side."""

NAMELESS = "without a name"

_FAMILIES: Mapping[str, str] = {
    "who": "agency group office organization origin outlet person",
    "where": "city country place polity region settlement state",
    "event": "adoption event meeting series speech visit",
    "words": "agreement assessment document fact package plan quotation sentence statement strategy text",
}
_FAMILY = {word: family for family, words in _FAMILIES.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A thing next to another: `relation` in words as it reads from the thing in the middle, `kind` in words, `link`
    its address; `incoming` if it leads to the thing."""

    label: str
    kind: str
    link: str
    relation: str
    incoming: bool


def one_line(text: str) -> str:
    return " ".join(text.split())


def family_of(kind: str) -> str:
    """Whether a kind of thing is "who", "where", "event", "words" or "other", by the last word of what it is called."""
    return _FAMILY.get(kind.rpartition(" ")[2].lower(), "other")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The neighbours of a relation that are drawn; `known` counts all of them, or is 0 where that is not known."""

    relation: str
    drawn: Sequence[Neighbour]
    known: int

    @property
    def named(self) -> str:
        """The relation, with how many there are where not all are drawn."""
        return self.counted if self.known > len(self.drawn) else self.relation

    @property
    def counted(self) -> str:
        of = f" of {self.known:,}" if self.known > len(self.drawn) else ""
        return f"{self.relation} ({len(self.drawn)}{of})"


def chosen(side: Sequence[Neighbour], *, is_all: bool) -> list[Chosen]:
    """At most MOST_A_SIDE of them; the relations take turns."""
    groups: dict[str, list[Neighbour]] = {}
    for each in side:
        groups.setdefault(one_line(each.relation), []).append(each)
    turns = sorted((turn, place) for place, group in enumerate(groups.values()) for turn in range(len(group)))
    taken = Counter(place for _, place in turns[:MOST_A_SIDE])
    return [
        Chosen(relation, group[: taken[place]], len(group) if is_all else 0)
        for place, (relation, group) in enumerate(groups.items())
        if taken[place]
    ]


def title_of(name: str, before: Sequence[Chosen], after: Sequence[Chosen]) -> str:
    if before and after:
        return f"What leads to {name}, and what it leads to"
    return f"What leads to {name}" if before else f"What {name} leads to"


def summary_of(before: Sequence[Chosen], after: Sequence[Chosen], total: int) -> str:
    drawn = sum(len(each.drawn) for each in (*before, *after))
    parts = [f"{drawn:,} of {total:,} shown."]
    if before:
        parts.append(f"What leads to it: {', '.join(each.counted for each in before)}.")
    if after:
        parts.append(f"What it leads to: {', '.join(each.counted for each in after)}.")
    return " ".join(parts)


CORNER = 6
"""How round the corners of brackets are."""

HEAD = 7
"""How long the head of an arrow is."""


def bracket(edge: float, spine: float, heights: Sequence[float]) -> str:
    """What joins points below each other at x = `edge` by an upright line at x = `spine`; `heights` are ascending.

    Of one point it is a line to the spine.
    """
    first, *between = heights
    if not between:
        return f"M{edge:g} {first:.1f}H{spine:g}"
    last = between.pop()
    turn = spine + (CORNER if edge > spine else -CORNER)
    outline = (
        f"M{edge:g} {first:.1f}H{turn:g}Q{spine:g} {first:.1f} {spine:g} {first + CORNER:.1f}"
        f"V{last - CORNER:.1f}Q{spine:g} {last:.1f} {turn:g} {last:.1f}H{edge:g}"
    )
    return outline + "".join(f"M{edge:g} {height:.1f}H{spine:g}" for height in between)


def curve(x1: float, y1: float, x2: float, y2: float) -> str:
    """A line that leaves and arrives level."""
    middle = (x1 + x2) / 2
    return f"M{x1:g} {y1:.1f}C{middle:g} {y1:.1f} {middle:g} {y2:.1f} {x2:g} {y2:.1f}"


def head(x: float, y: float) -> str:
    """The head of an arrow that points to the right and ends in a point."""
    return f"M{x - HEAD:g} {y - HEAD / 2:.1f}L{x:g} {y:.1f}L{x - HEAD:g} {y + HEAD / 2:.1f}Z"


__all__ = ["Neighbour", "NeighbourPicture", "neighbourhood"]

MOST_LINES, MOST_LINES_BESIDE = 5, 2
"""Of the name of the thing in the middle, and of those of its neighbours."""

BOLD = 1.15
"""How much wider the name of the thing in the middle is than it would be in plain type."""

LINE = 17
"""From one line of a name to the next."""

PADDING, PADDING_BESIDE = 12, 6
"""Between the lines and the border of the thing in the middle, and of its neighbours."""

BETWEEN = 6
"""How far a neighbour is from the next."""

HEADING, APART = 22, 14
"""The height of the name of a relation above its neighbours, and how far they are from the next name."""

SIDE, MIDDLE = 200, 128
"""The widths of neighbours on two sides, and of the thing between them."""

MIDDLE_ALONE, REACH = 172, 76
"""The width of the thing where all neighbours are on one side, and how far it is from them."""

MARGIN = 2
"""Around all of it, so that no border is cut."""

SPINE = 14
"""How far from neighbours the line is that joins those of a relation."""


@dataclass(frozen=True, slots=True)
class Node:
    """A thing in its box, about `centre`; `lines` are of its name, and `kind` is None where it has no room.

    `full` says all of it, `link` is empty for the thing in the middle, and `family` says how it is coloured.
    """

    x: float
    centre: float
    width: float
    height: float
    lines: tuple[Text, ...]
    kind: Text | None
    full: str
    link: str
    family: str

    @property
    def y(self) -> float:
        return self.centre - self.height / 2

    @property
    def bottom(self) -> float:
        return self.centre + self.height / 2


@dataclass(frozen=True, slots=True)
class Relation:
    """Neighbours by one relation; `full` is all of its name, which is cut where it has no room."""

    name: Text
    full: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class NeighbourPicture:
    """`incoming` leads to `middle`, and that to `outgoing`; `lines` and `heads` are path data."""

    width: ClassVar[int] = WIDTH
    height: float
    title: str
    summary: str
    incoming: tuple[Relation, ...]
    middle: Node
    outgoing: tuple[Relation, ...]
    lines: tuple[str, ...]
    heads: tuple[str, ...]


def neighbourhood(label: str, kind: str, neighbours: Sequence[Neighbour], total: int) -> NeighbourPicture | None:
    """The picture of the neighbours of a thing, or None if there are none; `total` counts also those not given.

    Relations and their neighbours keep their order.  Where not all are drawn, each relation has one before any has
    two, and so on.
    """
    before = chosen([each for each in neighbours if each.incoming], is_all=total <= len(neighbours))
    after = chosen([each for each in neighbours if not each.incoming], is_all=total <= len(neighbours))
    if not before and not after:
        return None
    name, kind = one_line(label) or NAMELESS, one_line(kind)
    columns = _columns(bool(before), bool(after))
    lines = wrapped(name, columns.middle.room / BOLD, MOST_LINES)
    tall = 2 * PADDING + LINE * (len(lines) + bool(kind))
    nodes = max(_height(before, columns.before), _height(after, columns.after))
    centre = MARGIN + max(tall / 2, HEADING + nodes / 2)
    middle = _middle(lines, kind, ", ".join(filter(None, (name, kind))), columns.middle, centre)
    incoming, outgoing = (
        _column(side, place, centre - _height(side, place) / 2 - HEADING)
        for side, place in ((before, columns.before), (after, columns.after))
    )
    return NeighbourPicture(
        height=centre + max(tall, nodes) / 2 + MARGIN,
        title=title_of(name, before, after),
        summary=summary_of(before, after, max(total, len(neighbours))),
        incoming=incoming,
        middle=middle,
        outgoing=outgoing,
        lines=(*_lines(incoming, middle), *_lines(outgoing, middle)),
        heads=_heads(incoming, middle, outgoing),
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Of a column, from left to right."""

    x: float
    width: float

    @property
    def room(self) -> float:
        return self.width - 2 * GAP


@dataclass(frozen=True, slots=True)
class _Columns:
    before: _Place
    middle: _Place
    after: _Place


def _columns(has_before: bool, has_after: bool) -> _Columns:
    """Three of them, or two over the whole width, so that none is empty."""
    wide = WIDTH - 2 * MARGIN - MIDDLE_ALONE - REACH
    end = WIDTH - MARGIN
    if not has_before:
        return _Columns(_Place(0, 0), _Place(MARGIN, MIDDLE_ALONE), _Place(end - wide, wide))
    if not has_after:
        return _Columns(_Place(MARGIN, wide), _Place(end - MIDDLE_ALONE, MIDDLE_ALONE), _Place(0, 0))
    return _Columns(_Place(MARGIN, SIDE), _Place((WIDTH - MIDDLE) / 2, MIDDLE), _Place(end - SIDE, SIDE))


def _written(rows: Sequence[str], x: float, centre: float, anchor: str) -> tuple[Text, ...]:
    top = centre - LINE * len(rows) / 2
    return tuple(Text(row, x, top + LINE * (number + 0.5), anchor) for number, row in enumerate(rows))


def _middle(lines: Sequence[str], kind: str, full: str, place: _Place, centre: float) -> Node:
    rows = [*lines, cut(kind, place.room)] if kind else lines
    texts = _written(rows, place.x + place.width / 2, centre, "middle")
    name, below = texts[: len(lines)], texts[-1] if kind else None
    return Node(place.x, centre, place.width, 2 * PADDING + LINE * len(rows), name, below, full, "", family_of(kind))


def _node(one: Neighbour, place: _Place, top: float) -> Node:
    """The name begins at the left; the kind is at the right where a name of one line leaves room for it."""
    name, kind = one_line(one.label) or NAMELESS, one_line(one.kind)
    rows = wrapped(name, place.room, MOST_LINES_BESIDE)
    height = 2 * PADDING_BESIDE + LINE * len(rows)
    centre = top + height / 2
    fits = kind and text_width(name) + 2 * GAP + text_width(kind) <= place.room
    beside = Text(kind, place.x + place.width - GAP, centre, "end") if fits else None
    full = ", ".join(filter(None, (name, kind, one_line(one.relation))))
    lines = _written(rows, place.x + GAP, centre, "start")
    return Node(place.x, centre, place.width, height, lines, beside, full, one.link, family_of(kind))


def _relation(of: Chosen, place: _Place, top: float) -> Relation:
    name = Text(cut(of.named, place.width), place.x, top + HEADING / 2 - 1)
    nodes: list[Node] = []
    for one in of.drawn:
        nodes.append(_node(one, place, nodes[-1].bottom + BETWEEN if nodes else top + HEADING))
    return Relation(name, of.named, tuple(nodes))


def _column(side: Sequence[Chosen], place: _Place, top: float) -> tuple[Relation, ...]:
    """One relation below the other."""
    relations: list[Relation] = []
    for each in side:
        relations.append(_relation(each, place, relations[-1].nodes[-1].bottom + APART if relations else top))
    return tuple(relations)


def _height(side: Sequence[Chosen], place: _Place) -> float:
    """From the first neighbour to the last; the name above the first has no part in the balance."""
    relations = _column(side, place, -HEADING)
    return relations[-1].nodes[-1].bottom if relations else 0.0


def _lines(side: Sequence[Relation], middle: Node) -> list[str]:
    """Of each relation the bracket about its neighbours, and the curve between that and the thing."""
    paths = []
    for relation in side:
        heights = [node.centre for node in relation.nodes]
        one, about = relation.nodes[0], (heights[0] + heights[-1]) / 2
        if one.x < middle.x:
            edge, spine, near = one.x + one.width, one.x + one.width + SPINE, middle.x
        else:
            edge, spine, near = one.x, one.x - SPINE, middle.x + middle.width
        paths.append(bracket(edge, spine, heights) + curve(spine, about, near, middle.centre))
    return paths


def _heads(incoming: Sequence[Relation], middle: Node, outgoing: Sequence[Relation]) -> tuple[str, ...]:
    """Arrows end at the thing, or at its neighbours."""
    into = [head(middle.x, middle.centre)] if incoming else []
    return (*into, *(head(node.x, node.centre) for relation in outgoing for node in relation.nodes))
