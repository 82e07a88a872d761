"""Charts of a table's rows: bars, timelines and maps."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from math import cos, nan, radians
from typing import Protocol

from otsgraph.rdf import datatypes
from otsgraph.web.charts.drawing import (
    AXIS,
    EDGE,
    GAP,
    RADIUS,
    WIDTH,
    BarChart,
    Box,
    Lines,
    Mark,
    Point,
    PointMap,
    Row,
    Text,
    Tick,
    Timeline,
    cut,
    is_address,
    lines_for,
    multiples,
    step_of,
    text_width,
)


class Shown(Protocol):
    """A cell of a table of results: `datatype` is an IRI, empty for texts and IRIs; `link` an address or empty."""

    @property
    def value(self) -> str: ...
    @property
    def datatype(self) -> str: ...
    @property
    def link(self) -> str: ...


Table = Mapping[str, Sequence[Shown]]
"""The cells of each column, from top to bottom."""


def chart(columns: Sequence[str], rows: Sequence[Sequence[Shown]]) -> BarChart | Timeline | PointMap | None:
    """Returns the chart that suits a table, or None; the more special one wins."""
    table = {name: [row[place] for row in rows] for place, name in enumerate(columns)}
    return point_map(table) or timeline(table) or bar_chart(table)


def says(name: str, words: str) -> bool:
    """Returns whether the last word in a column's name, which says what "lastDay" is, is one of some words."""
    last = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)][-1:]
    return bool(last) and last[0] in words.split()


def texts(table: Table) -> list[str]:
    """Returns the columns of plain text, those first that are called names."""
    found = [
        name
        for name, cells in table.items()
        if any(cell.value for cell in cells) and not any(cell.datatype or is_address(cell.value) for cell in cells)
    ]
    return sorted(found, key=lambda name: not says(name, "label name title"))


def labels_of(table: Table, names: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Returns the one or two of some columns that tell most rows apart, and each row's label."""

    def joined(chosen: tuple[str, ...]) -> list[str]:
        rows = zip(*(table[name] for name in chosen), strict=True)
        return [", ".join(text for cell in row if (text := " ".join(cell.value.split()))) for row in rows]

    def telling(chosen: tuple[str, ...]) -> int:
        return len(set(joined(chosen)) - {""})

    # the more telling or shorter first
    ranked = sorted(names, key=lambda name: (-telling((name,)), sum(len(cell.value) for cell in table[name])))
    best = max([*((name,) for name in names), *combinations(ranked[:6], 2)], key=telling)  # the first of equals
    return best, joined(best)


def number_of(cell: Shown) -> float:
    """Returns NaN if a cell has no number, as in an ill-typed literal."""
    try:
        return float(cell.value)
    except ValueError:
        return nan


def links_of(table: Table, labelled_by: Sequence[str]) -> list[str]:
    """Returns where each row leads: its label or its first column, else a column of addresses."""
    names = [*labelled_by[:1], *list(table)[:1], *(name for name in table if says(name, "url page address"))]
    rows = zip(*(table[name] for name in names), strict=True)
    return [next((cell.link for cell in row if cell.link), "") for row in rows]


MOST_BARS = 30
MOST_TEXTS = 2  # columns beside that of numbers; a table of more is not about the numbers
SMALLEST_LONGEST, LARGEST_LONGEST = 1e-9, 1e15  # of the longest bar's number; beyond, an axis has no readable ticks

PLACES_IN_AN_ORDER = "start end position paragraph sentence number ordinal year identifier id offset latitude longitude"


def bar_chart(table: Table) -> BarChart | None:
    """Returns bars for the only column of numbers, if texts tell the rows apart."""
    counted = [name for name, cells in table.items() if any(cell.datatype in datatypes.NUMBERS for cell in cells)]
    plain = texts(table)
    names = [*plain, *(name for name in table if name not in {*counted, *plain})]
    if len(counted) != 1 or not 1 <= len(names) <= MOST_TEXTS or says(counted[0], PLACES_IN_AN_ORDER):
        return None
    cells = table[counted[0]]
    if not 2 <= len(cells) <= MOST_BARS or any(cell.datatype not in datatypes.NUMBERS for cell in cells):
        return None
    numbers = [number_of(cell) for cell in cells]
    labelled_by, labels = labels_of(table, names)
    if not all(number >= 0 for number in numbers) or not SMALLEST_LONGEST <= max(numbers) <= LARGEST_LONGEST:
        return None
    if len(set(labels) - {""}) < len(labels):
        return None
    return _bars(f"{counted[0]} by {' and '.join(labelled_by)}", numbers, labels, links_of(table, labelled_by))


def _bars(title: str, numbers: Sequence[float], labels: Sequence[str], links: Sequence[str]) -> BarChart:
    largest, lines, values = max(numbers), lines_for(labels), [_number_text(number) for number in numbers]
    left = lines.left or float(GAP)
    longest = round(WIDTH - left - GAP - max(EDGE, *map(text_width, values)), 1)
    bottom = len(numbers) * lines.pitch

    def length(number: float) -> float:
        return round(number / largest * longest, 1)

    def row(place: int) -> Row:
        y, value, mark = lines.y(place), values[place], Mark(left, length(numbers[place]))
        return Row(
            y=y,
            label=lines.label(labels[place], y, left, WIDTH),
            value=Text(value, round(left + mark.width + GAP, 1), y),
            full=f"{labels[place]}: {value}",
            link=links[place],
            marks=(mark,),
        )

    longest_label = cut(labels[numbers.index(largest)], WIDTH)
    ticks = multiples(0, largest, step_of(largest, 5, least=1 if all(map(float.is_integer, numbers)) else 0))
    return BarChart(
        height=bottom + AXIS,
        left=left,
        right=round(left + longest, 1),
        bottom=bottom,
        title=title,
        summary=f"{len(numbers)} bars; the longest is {longest_label} with {_number_text(largest)}.",
        ticks=tuple(Tick(round(left + length(at), 1), _number_text(at)) for at in ticks),
        rows=tuple(map(row, range(len(numbers)))),
    )


def _number_text(number: float) -> str:
    return f"{int(number):,}" if number.is_integer() else f"{number:,.6g}"


MOST_TIMES = 40
NARROWEST_SPAN = 6.0  # so that a month among many years stays visible

ENDS, MOMENTS = "ended end until to", "attested observed"
TIMES = f"""{ENDS} {MOMENTS} held on at date day month year time when began begun start started since from
    published issued created founded"""
"""Names of columns whose plain text is read as times if it looks like them."""

_TIME = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T[\d:.]+)?)?)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)

Days = tuple[int, int]
"""The first day of a time and the day after its last, as proleptic ordinals."""


@dataclass(frozen=True, slots=True)
class _Timed:
    """A row of the table; `days` in order, `written` as the table has them."""

    label: str
    written: str
    link: str
    days: tuple[Days, ...]


def timeline(table: Table) -> Timeline | None:
    """Returns a timeline of one column of times, or of those that say when something began, ended and is attested.

    A start without an end is not a span, since nothing says how long it lasted.
    """
    times = {name: found for name, cells in table.items() if (found := _times(name, cells))}
    names = [name for name in texts(table) if name not in times]
    size = max(map(len, table.values()), default=0)
    if not times or not names or not 2 <= size <= MOST_TIMES:
        return None
    chosen, lasts = _chosen(times)
    labelled_by, labels = labels_of(table, names)
    rows = [
        _Timed(label, _times_text([table[name][place].value for name in chosen], lasts), link, days)
        for place, (label, link) in enumerate(zip(labels, links_of(table, labelled_by), strict=True))
        if (days := _joined([times[name][place] for name in chosen], lasts))
    ]
    if len(rows) < max(2, size / 2) or len({row.days for row in rows}) < 2 or not all(row.label for row in rows):
        return None
    return _drawn(f"Timeline of {' and '.join(labelled_by)}: {', '.join(chosen)}", rows)


def _times(name: str, cells: Sequence[Shown]) -> list[list[Days]]:
    """Returns the times in each cell of a column, separated by commas; nothing if it is not a column of times."""
    filled = [cell for cell in cells if cell.value]
    if not all(cell.datatype in datatypes.TIMES or (not cell.datatype and says(name, TIMES)) for cell in filled):
        return []
    try:
        found = [[_days(time) for time in cell.value.split(", ") if time] for cell in cells]
    except ValueError:
        return []
    return found if filled else []


def _days(time: str) -> Days:
    """Returns the days of a time.  Raises ValueError if it is not a time of the years 1 to 9999."""
    matched = _TIME.fullmatch(time)
    if matched is None:
        raise ValueError(time)
    year, month, day = (int(part) if part else 0 for part in matched.groups())
    last_month = month or 12
    last_day = day or monthrange(year, last_month)[1]
    return date(year, month or 1, day or 1).toordinal(), date(year, last_month, last_day).toordinal() + 1


def _chosen(times: dict[str, list[list[Days]]]) -> tuple[list[str], bool]:
    """Returns the columns to draw, and whether the first two are a start and an end."""
    ends = [name for name in times if says(name, ENDS)]
    moments = [name for name in times if says(name, MOMENTS)]
    starts = [name for name in times if name not in {*ends, *moments}]
    if starts and (ends or moments):
        return [starts[0], *ends[:1], *moments], bool(ends)
    return [max(times, key=lambda name: sum(map(bool, times[name])))], False


def _joined(times: Sequence[Sequence[Days]], lasts: bool) -> tuple[Days, ...]:
    """Returns the times of a row; a start and an end are one if both are known."""
    if lasts and times[0] and times[1] and times[0][0][0] < times[1][-1][1]:
        times = [[(times[0][0][0], times[1][-1][1])], *times[2:]]
    return tuple(sorted(days for several in times for days in several))


def _times_text(times: Sequence[str], lasts: bool) -> str:
    if lasts and (times[0] or times[1]):
        times = [f"{times[0]} – {times[1]}".strip(), *times[2:]]
    return ", ".join(filter(None, times))


def _drawn(title: str, rows: Sequence[_Timed]) -> Timeline:
    lines = lines_for(row.label for row in rows)
    left, right, bottom = lines.left or EDGE, WIDTH - EDGE, len(rows) * lines.pitch
    first = min(rows, key=lambda row: row.days[0])
    last = max(rows, key=lambda row: max(after for _, after in row.days))
    low, high = first.days[0][0], max(after for _, after in last.days)

    def x(day: int) -> float:
        return round(left + GAP + (day - low) / (high - low) * (right - left - GAP), 1)

    def mark(days: Days) -> Mark:
        width = round(x(days[1]) - x(days[0]), 1)
        return Mark(x(days[0]), 0.0 if days[1] - days[0] == 1 else max(NARROWEST_SPAN, width))

    return Timeline(
        height=bottom + AXIS,
        left=left,
        right=right,
        bottom=bottom,
        title=title,
        summary=f"{len(rows)} rows in time, from {_said(first)} to {_said(last)}.",
        ticks=tuple(Tick(x(day), label) for day, label in _calendar(low, high)),
        rows=tuple(_row(lines, place, row, [mark(days) for days in row.days]) for place, row in enumerate(rows)),
    )


def _said(row: _Timed) -> str:
    return f"{cut(row.label, WIDTH)} ({cut(row.written, WIDTH)})"


def _row(lines: Lines, place: int, row: _Timed, marks: Sequence[Mark]) -> Row:
    """Returns a row whose times as written are right of the marks, or left of them, or only in the full text."""
    y = lines.y(place)
    begin = round(marks[0].x - (0 if marks[0].width else RADIUS), 1)
    end = round(max(mark.x + (mark.width or RADIUS) for mark in marks), 1)
    after, before = Text(row.written, round(end + GAP, 1), y), Text(row.written, round(begin - GAP, 1), y, "end")
    fitting = (text for text in (after, before) if lines.left <= text.box[0] and text.box[2] <= WIDTH)
    return Row(
        y=y,
        label=lines.label(row.label, y, begin, end),
        value=next(fitting, None),
        full=f"{row.label}: {row.written}",
        link=row.link,
        marks=tuple(marks),
    )


def _calendar(low: int, high: int) -> list[tuple[int, str]]:
    """Returns round years, months or days from one day until before another, and how they are written."""
    first, last = date.fromordinal(low), date.fromordinal(high - 1)
    if high - low <= 60:
        step = next(step for step in (1, 2, 7, 14) if (high - low) / step <= 5)
        return [(day, date.fromordinal(day).isoformat()) for day in range(low, high) if day % step == 1 % step]
    if high - low <= 3 * 366:
        step = next(step for step in (1, 2, 3, 6) if (high - low) / 30 / step <= 7)
        months = range(first.year * 12, last.year * 12 + 12, step)
        days = [date(month // 12, month % 12 + 1, 1) for month in months]
        return [(at, f"{day:%Y-%m}") for day in days if low <= (at := day.toordinal()) < high]
    step = int(step_of((high - low) / 365, 6, least=1))
    years = [date(year, 1, 1) for year in range(first.year, last.year + 1) if year % step == 0]
    return [(at, f"{day.year}") for day in years if low <= (at := day.toordinal()) < high]


MOST_POINTS, ATTEMPTS = 100, 4
WIDEST_LABEL = 200
LOWEST, TALLEST = 200, 460  # the heights of a map
NARROWEST = 0.02  # degrees; places closer together still share a picture of this size
FINE = 4  # degrees; parallels of places closer together have decimals, which need a wider margin
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
"""Where a label may be from its point, best first."""

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
    """Returns a map of the places of the rows that have both degrees, each once; None if there are too few or many."""
    latitudes, longitudes = _degrees(table, "lat latitude", 90), _degrees(table, "lng lon long longitude", 180)
    names = texts(table)
    if not latitudes or not longitudes or not names:
        return None
    labels = [" ".join(cell.value.split()) for cell in table[names[0]]]
    rows = zip(latitudes, longitudes, labels, links_of(table, names[:1]), strict=True)
    places = {(n, e, label): link for n, e, label, link in rows if n is not None and e is not None and label}
    if not 2 <= len(places) <= MOST_POINTS:
        return None
    frame = _fitting([north for north, _, _ in places], [east for _, east, _ in places])
    found = [(frame.x(east), frame.y(north), label, link) for (north, east, label), link in places.items()]
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
    """Returns the degrees of each row from the column named so; nothing without one, or with a value out of range."""
    column = next((name for name in table if says(name, words)), None)
    cells = table[column] if column is not None else []
    if any(cell.value and cell.datatype not in datatypes.NUMBERS for cell in cells):
        return []
    degrees = [number_of(cell) if cell.value else None for cell in cells]
    return degrees if all(each is None or -most <= each <= most for each in degrees) else []


def _fitting(latitudes: Sequence[float], longitudes: Sequence[float]) -> _Frame:
    """Returns the largest scale at which the places, and a margin for their labels, are in the picture."""
    (south, north), (west, east) = ((min(degrees), max(degrees)) for degrees in (latitudes, longitudes))
    narrowing = max(cos(radians((south + north) / 2)), 0.1)
    height, width = max((north - south) * 1.25, NARROWEST), max((east - west) * 1.15, NARROWEST)
    left = EDGE if north - south >= FINE else EDGE * 2
    up = min((WIDTH - left) / (width * narrowing), TALLEST / height)
    return _Frame(left, (south + north) / 2, (west + east) / 2, up * narrowing, up, round(max(LOWEST, height * up), 1))


def _meridians(frame: _Frame) -> tuple[Tick, ...]:
    """Returns the round ones, without those whose labels would leave the picture at the right."""
    half = (WIDTH - frame.left) / 2 / frame.across
    low, high = max(frame.longitude - half, -180), min(frame.longitude + half - EDGE / frame.across, 180)
    lines = multiples(low, high, step_of(high - low, 7))
    return tuple(Tick(frame.x(line), _degrees_text(line, "E", "W")) for line in lines)


def _parallels(frame: _Frame) -> tuple[Tick, ...]:
    """Returns the round ones, without those at the very top or bottom."""
    half = (frame.height / 2 - GAP) / frame.up
    low, high = max(frame.latitude - half, -90), min(frame.latitude + half, 90)
    lines = multiples(low, high, step_of(high - low, 5))
    return tuple(Tick(frame.y(line), _degrees_text(line, "N", "S")) for line in lines)


def _degrees_text(degrees: float, positive: str, negative: str) -> str:
    letter = f" {positive if degrees > 0 else negative}" if round(degrees, 6) else ""
    return f"{abs(degrees):g}°{letter}"


def _placed(places: Sequence[Place], frame: _Frame) -> list[Point]:
    """Returns the points, as many as possible with a label; what had no room is placed first in another attempt."""
    order = list(range(len(places)))
    best: dict[int, Text] = {}
    for _ in range(ATTEMPTS):
        found = _labels(places, order, frame)
        best = max(best, found, key=len)
        order = [place for place in order if place not in found] + [place for place in order if place in found]
    return [Point(x, y, best.get(number), full, link) for number, (x, y, full, link) in enumerate(places)]


def _labels(places: Sequence[Place], order: Sequence[int], frame: _Frame) -> dict[int, Text]:
    """Returns the labels that have room around their points, by the number of the place."""
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
