"""The picture of what is next to a thing: what leads to it, the thing, and what it leads to, by relation; pure.

Lengths are in units of the picture, WIDTH of them across, rounded to a tenth; y grows downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from otsgraph.web.chart_shapes import GAP, WIDTH, Text, cut, text_width, wrapped
from otsgraph.web.chart_turns import NAMELESS, Chosen, Neighbour, chosen, family_of, one_line, summary_of, title_of
from otsgraph.web.chart_wires import bracket, curve, head

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
