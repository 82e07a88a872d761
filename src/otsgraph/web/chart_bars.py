"""Bars for the one number that each row has."""

from __future__ import annotations

from collections.abc import Sequence

from otsgraph.web.chart_columns import NUMBERS, Table, labels_of, links_of, number_of, says, texts
from otsgraph.web.chart_shapes import (
    AXIS,
    EDGE,
    GAP,
    WIDTH,
    BarChart,
    Mark,
    Row,
    Text,
    Tick,
    cut,
    lines_for,
    multiples,
    step_of,
    text_width,
)

MOST_BARS = 30
MOST_TEXTS = 2
"""Columns beside that of numbers; a table of more is not about the numbers."""

SMALLEST_LONGEST, LARGEST_LONGEST = 1e-9, 1e15
"""The longest bar stands for a number between these; beyond them an axis has no readable ticks."""

PLACES_IN_AN_ORDER = "start end position paragraph sentence number ordinal year identifier id offset latitude longitude"


def bar_chart(table: Table) -> BarChart | None:
    """Bars for the only column of numbers, where texts tell the rows apart."""
    counted = [name for name, cells in table.items() if any(cell.datatype in NUMBERS for cell in cells)]
    plain = texts(table)
    names = [*plain, *(name for name in table if name not in {*counted, *plain})]
    if len(counted) != 1 or not 1 <= len(names) <= MOST_TEXTS or says(counted[0], PLACES_IN_AN_ORDER):
        return None
    cells = table[counted[0]]
    if not 2 <= len(cells) <= MOST_BARS or any(cell.datatype not in NUMBERS for cell in cells):
        return None
    numbers = [number_of(cell) for cell in cells]
    labelled_by, labels = labels_of(table, names)
    if not all(number >= 0 for number in numbers) or not SMALLEST_LONGEST <= max(numbers) <= LARGEST_LONGEST:
        return None
    if len(set(labels) - {""}) < len(labels):
        return None
    return _bars(f"{counted[0]} by {' and '.join(labelled_by)}", numbers, labels, links_of(table, labelled_by))


def _bars(title: str, numbers: Sequence[float], labels: Sequence[str], links: Sequence[str]) -> BarChart:
    largest, lines, values = max(numbers), lines_for(labels), [_written(number) for number in numbers]
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
        summary=f"{len(numbers)} bars; the longest is {longest_label} with {_written(largest)}.",
        ticks=tuple(Tick(round(left + length(at), 1), _written(at)) for at in ticks),
        rows=tuple(map(row, range(len(numbers)))),
    )


def _written(number: float) -> str:
    return f"{int(number):,}" if number.is_integer() else f"{number:,.6g}"
