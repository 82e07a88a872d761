"""Timelines of when something was, or of when it began and ended."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from otsgraph.web.chart_columns import XSD, Shown, Table, labels_of, links_of, says, texts
from otsgraph.web.chart_shapes import (
    AXIS,
    EDGE,
    GAP,
    RADIUS,
    WIDTH,
    Lines,
    Mark,
    Row,
    Text,
    Tick,
    Timeline,
    cut,
    lines_for,
    step_of,
)

MOST_TIMES = 40
NARROWEST_SPAN = 6.0
"""A month among many years stays visible."""

ENDS, MOMENTS = "ended end until to", "attested observed"
TIMES = f"""{ENDS} {MOMENTS} held on at date day month year time when began begun start started since from
    published issued created founded"""
"""Words for which a column of plain text that looks like times is one."""

_DATATYPES = frozenset(XSD + name for name in ("date", "dateTime", "gYear", "gYearMonth"))
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
    """A timeline of one column of times, or of those that say when something began, ended and is attested; a start
    without an end is no span, since nothing says how long."""
    times = {name: found for name, cells in table.items() if (found := _times(name, cells))}
    names = [name for name in texts(table) if name not in times]
    size = max(map(len, table.values()), default=0)
    if not times or not names or not 2 <= size <= MOST_TIMES:
        return None
    chosen, lasts = _chosen(times)
    labelled_by, labels = labels_of(table, names)
    rows = [
        _Timed(label, _written([table[name][place].value for name in chosen], lasts), link, days)
        for place, (label, link) in enumerate(zip(labels, links_of(table, labelled_by), strict=True))
        if (days := _joined([times[name][place] for name in chosen], lasts))
    ]
    if len(rows) < max(2, size / 2) or len({row.days for row in rows}) < 2 or not all(row.label for row in rows):
        return None
    return _drawn(f"Timeline of {' and '.join(labelled_by)}: {', '.join(chosen)}", rows)


def _times(name: str, cells: Sequence[Shown]) -> list[list[Days]]:
    """The times in each cell of a column, several where commas part them; nothing if it is not a column of times."""
    filled = [cell for cell in cells if cell.value]
    if not all(cell.datatype in _DATATYPES or (not cell.datatype and says(name, TIMES)) for cell in filled):
        return []
    try:
        found = [[_days(time) for time in cell.value.split(", ") if time] for cell in cells]
    except ValueError:
        return []
    return found if filled else []


def _days(time: str) -> Days:
    """Raises ValueError if it is not a time of the years 1 to 9999."""
    matched = _TIME.fullmatch(time)
    if matched is None:
        raise ValueError(time)
    year, month, day = (int(part) if part else 0 for part in matched.groups())
    last_month = month or 12
    last_day = day or monthrange(year, last_month)[1]
    return date(year, month or 1, day or 1).toordinal(), date(year, last_month, last_day).toordinal() + 1


def _chosen(times: dict[str, list[list[Days]]]) -> tuple[list[str], bool]:
    """The columns to draw, and whether the first two are a start and an end."""
    ends = [name for name in times if says(name, ENDS)]
    moments = [name for name in times if says(name, MOMENTS)]
    starts = [name for name in times if name not in {*ends, *moments}]
    if starts and (ends or moments):
        return [starts[0], *ends[:1], *moments], bool(ends)
    return [max(times, key=lambda name: sum(map(bool, times[name])))], False


def _joined(times: Sequence[Sequence[Days]], lasts: bool) -> tuple[Days, ...]:
    """The times of a row, a start and an end as one where both are known."""
    if lasts and times[0] and times[1] and times[0][0][0] < times[1][-1][1]:
        times = [[(times[0][0][0], times[1][-1][1])], *times[2:]]
    return tuple(sorted(days for several in times for days in several))


def _written(times: Sequence[str], lasts: bool) -> str:
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
    """The times as written stand right of the marks, or left of them, or only in the full text."""
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
    """Round years, months or days from one day until before another, and how they are written."""
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
