"""Maps of places by latitude and longitude, without a ground: a graticule tells where one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

from otsgraph.web.chart_columns import NUMBERS, Table, links_of, number_of, says, texts
from otsgraph.web.chart_shapes import (
    AXIS,
    EDGE,
    GAP,
    RADIUS,
    WIDTH,
    Box,
    Point,
    PointMap,
    Text,
    Tick,
    cut,
    multiples,
    step_of,
)

MOST_POINTS = 100
WIDEST_LABEL = 200
LOWEST, TALLEST = 200, 460
NARROWEST = 0.02
"""Degrees; what lies closer together still shares a picture of this size."""

FINE = 4
"""Degrees; parallels of places closer together have decimals, and need a wider margin for them."""

ATTEMPTS = 4
POSITIONS = (
    (8, 0, "start"),
    (-8, 0, "end"),
    (0, -13, "middle"),
    (0, 13, "middle"),
    (5, -11, "start"),
    (5, 11, "start"),
    (-5, -11, "end"),
    (-5, 11, "end"),
)
"""Where a label may stand from its point, best first."""

Place = tuple[float, float, str, str]
"""x, y, the whole label, and where it leads."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where places lie in the picture: its middle in degrees, `across` and `up` in units a degree."""

    left: float
    latitude: float
    longitude: float
    across: float
    up: float
    height: float

    def x(self, longitude: float) -> float:
        return round((self.left + WIDTH) / 2 + (longitude - self.longitude) * self.across, 1)

    def y(self, latitude: float) -> float:
        return round(self.height / 2 - (latitude - self.latitude) * self.up, 1)


def point_map(table: Table) -> PointMap | None:
    """The places of the rows that have both degrees, each once."""
    latitudes, longitudes = _degrees(table, "lat latitude", 90), _degrees(table, "lng lon long longitude", 180)
    names = texts(table)
    if not latitudes or not longitudes or not names:
        return None
    labels = [" ".join(cell.value.split()) for cell in table[names[0]]]
    places = {
        (latitude, longitude, label): link
        for latitude, longitude, label, link in zip(
            latitudes, longitudes, labels, links_of(table, names[:1]), strict=True
        )
        if latitude is not None and longitude is not None and label
    }
    if not 2 <= len(places) <= MOST_POINTS:
        return None
    frame = _fitting([north for north, _, _ in places], [east for _, east, _ in places])
    found = [
        (frame.x(longitude), frame.y(latitude), label, link) for (latitude, longitude, label), link in places.items()
    ]
    northernmost, southernmost = max(places), min(places)
    return PointMap(
        height=frame.height + AXIS,
        left=frame.left,
        right=WIDTH,
        bottom=frame.height,
        title="Map of the places",
        summary=f"{len(places)} places from {southernmost[2]} in the south to {northernmost[2]} in the north.",
        ticks=_meridians(frame),
        parallels=_parallels(frame),
        points=tuple(_placed(found, frame)),
    )


def _degrees(table: Table, words: str, most: float) -> list[float | None]:
    """The degrees of each row from the column whose name says so; nothing if there is none, or a value out of range."""
    column = next((name for name in table if says(name, words)), None)
    cells = table[column] if column is not None else []
    if any(cell.value and cell.datatype not in NUMBERS for cell in cells):
        return []
    degrees = [number_of(cell) if cell.value else None for cell in cells]
    return degrees if all(each is None or -most <= each <= most for each in degrees) else []


def _fitting(latitudes: Sequence[float], longitudes: Sequence[float]) -> _Frame:
    """The largest scale at which the places, and a margin for their labels, are in the picture."""
    (south, north), (west, east) = ((min(degrees), max(degrees)) for degrees in (latitudes, longitudes))
    narrowing = max(cos(radians((south + north) / 2)), 0.1)
    height, width = max((north - south) * 1.25, NARROWEST), max((east - west) * 1.15, NARROWEST)
    left = EDGE if north - south >= FINE else EDGE * 2
    up = min((WIDTH - left) / (width * narrowing), TALLEST / height)
    return _Frame(left, (south + north) / 2, (west + east) / 2, up * narrowing, up, round(max(LOWEST, height * up), 1))


def _meridians(frame: _Frame) -> tuple[Tick, ...]:
    """The round ones, but for those so far right that their labels would leave the picture."""
    half = (WIDTH - frame.left) / 2 / frame.across
    low, high = max(frame.longitude - half, -180), min(frame.longitude + half - EDGE / frame.across, 180)
    lines = multiples(low, high, step_of(high - low, 7))
    return tuple(Tick(frame.x(line), _written(line, "E", "W")) for line in lines)


def _parallels(frame: _Frame) -> tuple[Tick, ...]:
    """The round ones, but for those at the very top or bottom."""
    half = (frame.height / 2 - GAP) / frame.up
    low, high = max(frame.latitude - half, -90), min(frame.latitude + half, 90)
    lines = multiples(low, high, step_of(high - low, 5))
    return tuple(Tick(frame.y(line), _written(line, "N", "S")) for line in lines)


def _written(degrees: float, positive: str, negative: str) -> str:
    letter = f" {positive if degrees > 0 else negative}" if round(degrees, 6) else ""
    return f"{abs(degrees):g}°{letter}"


def _placed(places: Sequence[Place], frame: _Frame) -> list[Point]:
    """The points, as many as can be with a label; what had no room is placed first in another attempt."""
    order = list(range(len(places)))
    best: dict[int, Text] = {}
    for _ in range(ATTEMPTS):
        found = _labels(places, order, frame)
        best = max(best, found, key=len)
        order = [place for place in order if place not in found] + [place for place in order if place in found]
    return [Point(x, y, best.get(number), full, link) for number, (x, y, full, link) in enumerate(places)]


def _labels(places: Sequence[Place], order: Sequence[int], frame: _Frame) -> dict[int, Text]:
    """The labels that have room beside, above, below or askew of their points, by the number of the place."""
    taken = [(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS) for x, y, _, _ in places]
    found = {}
    for number in order:
        x, y, full, _ = places[number]
        label = cut(full, WIDEST_LABEL)
        options = (Text(label, round(x + across, 1), round(y + down, 1), anchor) for across, down, anchor in POSITIONS)
        text = next((option for option in options if _is_free(option.box, taken, frame)), None)
        if text is not None:
            taken.append(text.box)
            found[number] = text
    return found


def _is_free(box: Box, taken: Sequence[Box], frame: _Frame) -> bool:
    left, top, right, bottom = box
    inside = left >= frame.left and right <= WIDTH and top >= 0 and bottom <= frame.height
    return inside and not any(
        left < other[2] and other[0] < right and top < other[3] and other[1] < bottom for other in taken
    )
