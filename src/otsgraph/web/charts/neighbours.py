"""The picture of a thing among its neighbours.

Lengths are in units of the picture, WIDTH of them across.  Source: SVG 2 §9.3 (path data).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from otsgraph.web.charts.drawing import GAP, WIDTH, Text, cut, text_width, wrapped

MOST_A_SIDE = 12  # neighbours drawn on a side
MOST_LINES, MOST_LINES_BESIDE = 5, 2  # of the name of the thing in the middle, and of those of its neighbours
BOLD = 1.15  # how much wider the name of the thing in the middle is than it would be in plain type
LINE = 17  # from one line of a name to the next
PADDING, PADDING_BESIDE = 12, 6  # between the lines and the border of the thing in the middle, and of its neighbours
BETWEEN = 6  # from a neighbour to the next
HEADING, APART = 22, 14  # the height of the name of a relation, and from its neighbours to the next name
SIDE, MIDDLE = 200, 128  # the widths of neighbours on two sides, and of the thing between them
MIDDLE_ALONE, REACH = 172, 76  # the width of the thing if all neighbours are on one side, and its distance to them
MARGIN = 2  # around all of it, so that no border is cut
SPINE = 14  # from neighbours to the line that joins those of a relation
CORNER, HEAD = 6, 7  # the radius of the corners of brackets, and the length of the head of an arrow

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


def neighbourhood(label: str, kind: str, neighbours: Sequence[Neighbour]) -> NeighbourPicture | None:
    """Returns the picture of a thing's neighbours, or None if there are none.

    Relations and their neighbours keep their order.  If not all are drawn, each relation has one before any has two,
    and so on.
    """
    before = _chosen([each for each in neighbours if each.incoming])
    after = _chosen([each for each in neighbours if not each.incoming])
    if not before and not after:
        return None
    name, kind = _one_line(label) or NAMELESS, _one_line(kind)
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
    leads_here, leads_on = (", ".join(each.counted for each in side) for side in (before, after))
    drawn = sum(len(each.drawn) for each in (*before, *after))
    summary = [
        f"{drawn:,} of {len(neighbours):,} shown.",
        f"What leads to it: {leads_here}." if before else "",
        f"What it leads to: {leads_on}." if after else "",
    ]
    return NeighbourPicture(
        height=centre + max(tall, nodes) / 2 + MARGIN,
        title=_title(name, bool(before), bool(after)),
        summary=" ".join(filter(None, summary)),
        incoming=incoming,
        middle=middle,
        outgoing=outgoing,
        lines=(*_lines(incoming, middle), *_lines(outgoing, middle)),
        heads=_heads(incoming, middle, outgoing),
    )


def _title(name: str, has_before: bool, has_after: bool) -> str:
    if has_before and has_after:
        return f"What leads to {name}, and what it leads to"
    return f"What leads to {name}" if has_before else f"What {name} leads to"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _family_of(kind: str) -> str:
    """Returns "who", "where", "event", "words" or "other", by the last word of what a kind of things is called."""
    return _FAMILY.get(kind.rpartition(" ")[2].lower(), "other")


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The neighbours of a relation that are drawn; `total` counts all of them."""

    relation: str
    drawn: Sequence[Neighbour]
    total: int

    @property
    def named(self) -> str:
        """The relation, with how many there are if not all are drawn."""
        return self.counted if self.total > len(self.drawn) else self.relation

    @property
    def counted(self) -> str:
        of = f" of {self.total:,}" if self.total > len(self.drawn) else ""
        return f"{self.relation} ({len(self.drawn)}{of})"


def _chosen(side: Sequence[Neighbour]) -> list[_Chosen]:
    """Returns at most MOST_A_SIDE of them; the relations take turns."""
    groups: dict[str, list[Neighbour]] = {}
    for each in side:
        groups.setdefault(_one_line(each.relation), []).append(each)
    turns = sorted((turn, place) for place, group in enumerate(groups.values()) for turn in range(len(group)))
    taken = Counter(place for _, place in turns[:MOST_A_SIDE])
    return [
        _Chosen(relation, group[: taken[place]], len(group))
        for place, (relation, group) in enumerate(groups.items())
        if taken[place]
    ]


@dataclass(frozen=True, slots=True)
class _Place:
    """A column: its left edge and its width."""

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
    """Returns three columns, or two over the whole width, so that none is empty."""
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
    return Node(place.x, centre, place.width, 2 * PADDING + LINE * len(rows), name, below, full, "", _family_of(kind))


def _node(one: Neighbour, place: _Place, top: float) -> Node:
    """Returns a box with the name at the left, and the kind at the right if a name of one line leaves room for it."""
    name, kind = _one_line(one.label) or NAMELESS, _one_line(one.kind)
    rows = wrapped(name, place.room, MOST_LINES_BESIDE)
    height = 2 * PADDING_BESIDE + LINE * len(rows)
    centre = top + height / 2
    fits = kind and text_width(name) + 2 * GAP + text_width(kind) <= place.room
    beside = Text(kind, place.x + place.width - GAP, centre, "end") if fits else None
    full = ", ".join(filter(None, (name, kind, _one_line(one.relation))))
    lines = _written(rows, place.x + GAP, centre, "start")
    return Node(place.x, centre, place.width, height, lines, beside, full, one.link, _family_of(kind))


def _relation(of: _Chosen, place: _Place, top: float) -> Relation:
    name = Text(cut(of.named, place.width), place.x, top + HEADING / 2 - 1)
    nodes: list[Node] = []
    for one in of.drawn:
        nodes.append(_node(one, place, nodes[-1].bottom + BETWEEN if nodes else top + HEADING))
    return Relation(name, of.named, tuple(nodes))


def _column(side: Sequence[_Chosen], place: _Place, top: float) -> tuple[Relation, ...]:
    """Returns the relations below each other."""
    relations: list[Relation] = []
    for each in side:
        relations.append(_relation(each, place, relations[-1].nodes[-1].bottom + APART if relations else top))
    return tuple(relations)


def _height(side: Sequence[_Chosen], place: _Place) -> float:
    """Returns the height from the first neighbour to the last, without the name above the first."""
    relations = _column(side, place, -HEADING)
    return relations[-1].nodes[-1].bottom if relations else 0.0


def _lines(side: Sequence[Relation], middle: Node) -> list[str]:
    """Returns for each relation the bracket about its neighbours, and the curve between that and the thing."""
    paths = []
    for relation in side:
        heights = [node.centre for node in relation.nodes]
        one, about = relation.nodes[0], (heights[0] + heights[-1]) / 2
        if one.x < middle.x:
            edge, spine, near = one.x + one.width, one.x + one.width + SPINE, middle.x
        else:
            edge, spine, near = one.x, one.x - SPINE, middle.x + middle.width
        paths.append(_bracket(edge, spine, heights) + _curve(spine, about, near, middle.centre))
    return paths


def _heads(incoming: Sequence[Relation], middle: Node, outgoing: Sequence[Relation]) -> tuple[str, ...]:
    """Returns the heads of arrows, which end at the thing or at its neighbours."""
    into = [_head(middle.x, middle.centre)] if incoming else []
    return (*into, *(_head(node.x, node.centre) for relation in outgoing for node in relation.nodes))


def _bracket(edge: float, spine: float, heights: Sequence[float]) -> str:
    """Returns what joins points below each other at x = `edge` by an upright line at x = `spine`.

    `heights` are ascending; one point has a line to the spine.
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


def _curve(x1: float, y1: float, x2: float, y2: float) -> str:
    """Returns a line that leaves and arrives level."""
    middle = (x1 + x2) / 2
    return f"M{x1:g} {y1:.1f}C{middle:g} {y1:.1f} {middle:g} {y2:.1f} {x2:g} {y2:.1f}"


def _head(x: float, y: float) -> str:
    """Returns the head of an arrow to the right that ends in a point."""
    return f"M{x - HEAD:g} {y - HEAD / 2:.1f}L{x:g} {y:.1f}L{x - HEAD:g} {y + HEAD / 2:.1f}Z"
