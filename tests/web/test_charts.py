"""Which tables become a chart, where its parts stand, and that it is written down safely."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, PackageLoader, StrictUndefined

from otsgraph.web.charts.drawing import BarChart, PointMap, Timeline
from otsgraph.web.charts.tables import chart

XSD = "http://www.w3.org/2001/XMLSchema#"
SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True)
class Cell:
    value: str = ""
    datatype: str = ""
    link: str = ""


def cell(written: object) -> Cell:
    """A term as it is written here: numbers as decimals, `value^type`, <address>, or a plain text."""
    if isinstance(written, int | float):
        return Cell(str(written), XSD + ("integer" if isinstance(written, int) else "double"))
    text = str(written)
    if text.startswith("<"):
        return Cell(text[1:-1], "", text[1:-1])
    value, mark, datatype = text.partition("^")
    return Cell(value, XSD + datatype) if mark else Cell(text)


def drawn(columns: str, *rows: Sequence[object]) -> BarChart | Timeline | PointMap | None:
    return chart(columns.split(), [[cell(each) for each in row] for row in rows])


def bars(columns: str, *rows: Sequence[object]) -> BarChart:
    found = drawn(columns, *rows)
    assert isinstance(found, BarChart)
    return found


def timeline(columns: str, *rows: Sequence[object]) -> Timeline:
    found = drawn(columns, *rows)
    assert isinstance(found, Timeline)
    return found


def map_of(columns: str, *rows: Sequence[object]) -> PointMap:
    found = drawn(columns, *rows)
    assert isinstance(found, PointMap)
    return found


def many(count: int) -> list[tuple[str, int]]:
    return [(f"name {number}", number) for number in range(count)]


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        pytest.param("city meetings", [("Baku", 1), ("Ankara", 2)], id="one column of numbers beside a text"),
        pytest.param("city share", [("Baku", 0.5), ("Ankara", 0.25)], id="numbers need not be whole"),
        pytest.param("city n", [("Baku", "0^integer"), ("Ankara", "7^nonNegativeInteger")], id="nought is a length"),
        pytest.param("city numberOfMeetings", [("Baku", 1), ("Ankara", 2)], id="a number of something is no ordinal"),
        pytest.param("side topic n", [("A", "x", 1), ("A", "y", 2), ("B", "x", 3)], id="two texts tell rows apart"),
        pytest.param(
            "class n", [("<http://x/A>", 1), ("<http://x/B>", 2)], id="addresses name rows where no text does"
        ),
        pytest.param("year n", [("2024^gYear", 1), ("2025^gYear", 2)], id="times name rows where no text does"),
        pytest.param("name n", many(30), id="30 rows"),
    ],
)
def test_bars_are_drawn_for(columns: str, rows: list[Sequence[object]]) -> None:
    assert len(bars(columns, *rows).rows) == len(rows)


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        pytest.param("subject origins sides", [("a", 5, 4), ("b", 4, 4)], id="two columns of numbers"),
        pytest.param("number person", [(1, "a"), (2, "b")], id="ordinals"),
        pytest.param("says start", [("a", 212), ("b", 260)], id="positions in a text"),
        pytest.param("says officeStart", [("a", 212), ("b", 260)], id="positions by the last word of the name"),
        pytest.param("city n", [("Baku", 1), ("Ankara", -2)], id="a negative number"),
        pytest.param("city n", [("Baku", 1), ("Ankara", "")], id="a number that is not known"),
        pytest.param("city n", [("Baku", 1), ("Ankara", "many^integer")], id="an ill-typed number"),
        pytest.param("city n", [("Baku", 1), ("Ankara", "NaN^double")], id="not a number"),
        pytest.param("city n", [("Baku", 1), ("Ankara", "INF^double")], id="an infinite number"),
        pytest.param("city n", [("Baku", 0), ("Ankara", 0)], id="nothing but noughts"),
        pytest.param("city n", [("Baku", 1), ("Baku", 2)], id="rows that texts do not tell apart"),
        pytest.param("city n", [("Baku", 1), ("", 2)], id="a row without a name"),
        pytest.param("n", [(1,), (2,)], id="numbers of nothing"),
        pytest.param("city n", [("Baku", 1)], id="one row"),
        pytest.param("name n", many(31), id="31 rows"),
        pytest.param("name held", [("a", "2025-12-02"), ("b", "2025-12-02")], id="the same time in each row"),
        pytest.param("name held", [("a", "2025-12-02"), ("b", "")], id="one time"),
        pytest.param("name held", [("a", "2013"), ("b", "2014"), *[("c", "")] * 3], id="most rows without a time"),
        pytest.param("name held", [("a", "2013"), ("b", "unknown")], id="a text among the times"),
        pytest.param("name code", [("a", "2013"), ("b", "2014")], id="texts like years in a column not about time"),
        pytest.param("name held", [("a", "2025-02-30^date"), ("b", "2025-03-01^date")], id="a day that never was"),
        pytest.param("held until", [("2013", "2014"), ("2015", "2016")], id="times of nothing"),
        pytest.param("name held", [(f"n{n}", f"{1900 + n}") for n in range(41)], id="41 rows of times"),
        pytest.param("label lat long", [("a", 40.5, 20.5)], id="one place"),
        pytest.param("label lat long", [("a", 95.0, 20.5), ("b", 40.5, 20.5)], id="a latitude beyond the pole"),
        pytest.param("label lat long", [("a", 40.5, 181.0), ("b", 40.5, 20.5)], id="a longitude beyond half the globe"),
        pytest.param("label lat", [("a", 40.5), ("b", 41.5), ("a", 1.5)], id="latitudes alone"),
        pytest.param("label lat long", [("a", "40", "20"), ("b", "41", "20")], id="degrees that are texts"),
        pytest.param("name office", [("a", "x"), ("b", "y")], id="texts alone"),
        pytest.param("name n", [], id="no rows"),
        pytest.param("", [], id="no columns"),
    ],
)
def test_nothing_is_drawn_for(columns: str, rows: list[Sequence[object]]) -> None:
    assert drawn(columns, *rows) is None


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        pytest.param("meeting held", [("1st", "2013-01-24"), ("2nd", "2013-05-14")], id="days in plain text"),
        pytest.param("meeting held", [("1st", "2013-01-24"), ("4th", "2021-11")], id="days beside months"),
        pytest.param("document issued", [("a", "2025-12-01^date"), ("b", "2025-12-02^date")], id="xsd:date"),
        pytest.param("plan of", [("a", "2025^gYear"), ("b", "2026^gYear")], id="xsd:gYear, whatever the name"),
        pytest.param("plan of", [("a", "2025-01^gYearMonth"), ("b", "2025-02^gYearMonth")], id="xsd:gYearMonth"),
        pytest.param(
            "x at",
            [("a", "2025-12-01T10:00:00Z^dateTime"), ("b", "2025-12-02T09:30:00.5+05:00^dateTime")],
            id="xsd:dateTime",
        ),
        pytest.param("meeting createdAt", [("a", "2013"), ("b", "2014")], id="the last word of a name tells"),
        pytest.param(
            "meeting number held", [("a", 1, "2013"), ("b", 2, "2014")], id="ordinals beside times do no harm"
        ),
        pytest.param("meeting n held", [("a", 1, "2013"), ("b", 2, "2014")], id="times outrank counts"),
    ],
)
def test_times_are_drawn_for(columns: str, rows: list[Sequence[object]]) -> None:
    assert len(timeline(columns, *rows).rows) == len(rows)


def test_rows_without_a_time_are_left_out() -> None:
    found = timeline("name began", ("a", "2013"), ("b", ""), ("c", "2015"))
    assert [row.label.text for row in found.rows] == ["a", "c"]


def test_a_day_is_a_point_and_a_month_or_year_a_span_of_its_length() -> None:
    day, month, year = (
        row.marks[0] for row in timeline("a on", ("x", "2024-01-01"), ("y", "2024-02"), ("z", "2024")).rows
    )
    assert day.width == 0
    assert month.width / year.width == pytest.approx(29 / 366, abs=0.01)
    assert year.x == day.x


def test_a_start_and_an_end_make_a_span_and_a_start_alone_a_point() -> None:
    both, alone = timeline("a began ended", ("x", "2024-01-01", "2024-12-31"), ("y", "2024-07-01", "")).rows
    assert [mark.width > 0 for mark in (*both.marks, *alone.marks)] == [True, False]
    assert both.value is None  # no room beside a span from edge to edge
    assert (both.full, alone.full) == ("x: 2024-01-01 – 2024-12-31", "y: 2024-07-01 –")


def test_an_end_before_its_start_makes_no_span() -> None:
    wrong, _ = timeline("a since until", ("x", "2024-05-01", "2024-01-01"), ("y", "2023-01-01", "2024-01-01")).rows
    assert [mark.width for mark in wrong.marks] == [0, 0]


def test_times_at_which_something_is_attested_join_its_row() -> None:
    row, _ = timeline("a began ended attested", ("x", "2018", "", "2023-11-22, 2025-12-02"), ("y", "", "", "2013")).rows
    assert len(row.marks) == 3
    assert list(row.marks) == sorted(row.marks, key=lambda mark: mark.x)


def test_the_column_with_most_times_is_drawn_where_none_is_an_end() -> None:
    found = timeline("what held year", ("a", "2013-05-14", ""), ("b", "2018-11-08", "2024^gYear"))
    assert [len(row.marks) for row in found.rows] == [1, 1]
    assert "held" in found.title


def test_rows_are_named_by_the_text_that_tells_most_apart_then_by_a_second() -> None:
    found = timeline(
        "office holder began", ("p", "A", "2013"), ("p", "B", "2014"), ("p", "C", "2015"), ("q", "C", "2016")
    )
    assert [row.label.text for row in found.rows] == ["A, p", "B, p", "C, p", "C, q"]


def test_a_column_called_label_is_preferred() -> None:
    assert bars("code label n", ("x", "A", 1), ("y", "B", 2)).rows[0].label.text == "A"


def test_a_row_leads_where_its_label_or_its_first_column_does() -> None:
    assert bars("thing label n", ("<http://x/1>", "A", 1), ("", "B", 2)).rows[0].link == "http://x/1"


def test_a_row_leads_nowhere_by_a_link_of_something_else() -> None:
    assert bars("label source n", ("A", "<http://x/1>", 1), ("B", "<http://x/2>", 2)).rows[0].link == ""


@pytest.mark.parametrize(
    ("times", "ticks"),
    [
        pytest.param(("2013-01-24", "2025-12-02"), ["2015", "2020", "2025"], id="years"),
        pytest.param(
            ("2024-11-18", "2025-12-02"),
            ["2025-01", "2025-03", "2025-05", "2025-07", "2025-09", "2025-11"],
            id="every second month",
        ),
        pytest.param(("2025-09-03", "2025-12-02"), ["2025-10", "2025-11", "2025-12"], id="months"),
        pytest.param(
            ("2025-11-28", "2025-12-23"), ["2025-12-01", "2025-12-08", "2025-12-15", "2025-12-22"], id="Mondays"
        ),
        pytest.param(("2025-12-01", "2025-12-03"), ["2025-12-01", "2025-12-02", "2025-12-03"], id="days"),
        pytest.param(("1200", "1990"), ["1200", "1400", "1600", "1800"], id="centuries"),
    ],
)
def test_an_axis_of_time_has_round_ticks(times: tuple[str, str], ticks: list[str]) -> None:
    found = timeline("a date", ("x", times[0]), ("y", times[1]))
    assert [tick.label for tick in found.ticks] == ticks


def test_an_axis_of_counts_has_whole_ticks() -> None:
    assert [tick.label for tick in bars("a n", ("x", 1), ("y", 2)).ticks] == ["0", "1", "2"]


def test_the_summary_names_the_longest_bar() -> None:
    found = bars("city meetings", ("Baku", 3), ("Ankara", 1_200))
    assert (found.title, found.summary) == ("meetings by city", "2 bars; the longest is Ankara with 1,200.")


def test_a_map_names_its_degrees() -> None:
    found = map_of("label latitude longitude", ("Budapest", 47.5, 19.0), ("Bishkek", 42.9, 74.6))
    assert [tick.label for tick in found.ticks] == ["20° E", "30° E", "40° E", "50° E", "60° E", "70° E"]
    assert [tick.label for tick in found.parallels] == ["40° N", "45° N", "50° N"]


def test_west_south_and_nought_are_written_so() -> None:
    found = map_of("label lat lng", ("a", -10.0, -10.0), ("b", 10.0, 10.0))
    assert {"10° S", "0°", "10° N"} <= {tick.label for tick in found.parallels}
    assert {"10° W", "0°", "10° E"} <= {tick.label for tick in found.ticks}


def test_a_map_is_true_to_scale_in_its_middle() -> None:
    west, east, north = map_of("label lat long", ("a", 59.0, 10.0), ("b", 59.0, 12.0), ("c", 61.0, 10.0)).points
    assert (east.x - west.x) / (west.y - north.y) == pytest.approx(0.5, abs=0.01)  # cos 60°


def test_a_place_that_many_rows_name_is_one_point() -> None:
    assert len(map_of("label lat long", *[("a", 1.5, 2.5)] * 5, ("b", 3.5, 4.5)).points) == 2


@given(st.text("abMW .", max_size=14))
def test_a_short_label_is_not_cut(end: str) -> None:
    row = bars("name n", (f"x{end}x", 1), ("b", 2)).rows[0]
    assert row.label.text == " ".join(f"x{end}x".split())


def test_an_address_keeps_its_end_when_cut() -> None:
    row = bars("class n", (f"<http://x/{'path/' * 40}End>", 1), ("<http://x/B>", 2)).rows[0]
    assert row.label.text.startswith("…")
    assert row.label.text.endswith("path/End")


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=200)
names = st.lists(texts.map("x{}".format), min_size=2, max_size=30, unique=True)
"""Texts that are neither addresses nor numbers nor times."""


GLYPH = 8
"""What a character of an axis is high and at most wide."""


def inside(found: BarChart | Timeline | PointMap) -> bool:
    """Whether nothing stands outside the picture; texts by the guess of how wide they are."""
    items = found.points if isinstance(found, PointMap) else found.rows
    written = [item.label for item in items if item.label]
    if not isinstance(found, PointMap):
        written += [row.value for row in found.rows if row.value]
        assert all(0 <= mark.x <= mark.x + mark.width <= found.width for row in found.rows for mark in row.marks)
    assert all(0 <= item.y <= found.bottom < found.height for item in items)
    assert all(found.left <= tick.at <= found.right <= found.width for tick in found.ticks)
    assert all(
        GLYPH / 2 * len(tick.label) <= tick.at <= found.width - GLYPH / 2 * len(tick.label) for tick in found.ticks
    )
    if isinstance(found, PointMap):
        assert all(GLYPH <= line.at <= found.bottom - GLYPH for line in found.parallels)
        assert all(GLYPH * len(line.label) <= found.left for line in found.parallels)
    return all(
        -0.1 <= left <= right <= found.width + 0.1 and 0 <= top <= bottom <= found.bottom
        for left, top, right, bottom in (text.box for text in written)
    )


def test_degrees_with_decimals_have_room() -> None:
    found = map_of("label lat long", ("a", -47.4951, 179.9901), ("b", -47.4958, 179.9912))
    assert "47.495° S" in [line.label for line in found.parallels]
    assert inside(found)


@given(names, st.data())
def test_bars_are_as_long_as_their_numbers_are_large(labels: list[str], data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(0, 10**9), min_size=len(labels), max_size=len(labels)).filter(any))
    found = chart(["name", "n"], [[Cell(label), cell(number)] for label, number in zip(labels, numbers, strict=True)])
    assert isinstance(found, BarChart)
    longest = max(mark.width for row in found.rows for mark in row.marks)
    for row, number in zip(found.rows, numbers, strict=True):
        assert row.marks[0].width / longest == pytest.approx(number / max(numbers), abs=0.002)
        assert row.marks[0].x == found.left
    assert inside(found)


@given(names, st.data())
def test_a_timeline_keeps_the_order_of_the_table_and_of_time(labels: list[str], data: st.DataObject) -> None:
    several = st.lists(st.dates(), min_size=len(labels), max_size=len(labels)).filter(lambda days: len({*days}) > 1)
    days = data.draw(several)
    found = chart(["a", "on"], [[Cell(label), Cell(day.isoformat())] for label, day in zip(labels, days, strict=True)])
    assert isinstance(found, Timeline)
    assert [row.full for row in found.rows] == [f"{label}: {day}" for label, day in zip(labels, days, strict=True)]
    assert [row.y for row in found.rows] == sorted(row.y for row in found.rows)
    in_time = [row.marks[0].x for _, row in sorted(zip(days, found.rows, strict=True), key=lambda pair: pair[0])]
    assert in_time == sorted(in_time)
    assert len(found.ticks) <= 10
    assert inside(found)


@settings(deadline=None)
@given(names, st.data())
def test_a_map_has_north_above_east_at_the_right_and_no_label_on_another(
    labels: list[str], data: st.DataObject
) -> None:
    degrees = data.draw(
        st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=len(labels), max_size=len(labels))
    )
    found = chart(
        ["label", "lat", "long"],
        [[Cell(label), *map(cell, each)] for label, each in zip(labels, degrees, strict=True)],
    )
    assert isinstance(found, PointMap)
    by_place = dict(zip(labels, degrees, strict=True))
    north = sorted(found.points, key=lambda point: -by_place[point.full][0])
    east = sorted(found.points, key=lambda point: by_place[point.full][1])
    assert [point.y for point in north] == sorted(point.y for point in found.points)
    assert [point.x for point in east] == sorted(point.x for point in found.points)
    boxes = [point.label.box for point in found.points if point.label]
    assert all(apart(one, other) for one in boxes for other in boxes if one is not other)
    assert inside(found)


def apart(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


HOSTILE = [
    pytest.param("<script>alert(1)</script>", id="markup"),
    pytest.param("\"onload='x'&amp;", id="quotes and an entity"),
    pytest.param("]]>", id="the end of CDATA"),
    pytest.param("very long " * 99 + "end", id="a very long text"),
    pytest.param("مرحبا بالعالم", id="right to left"),
    pytest.param("{{ drawn }}{% raw %}", id="template syntax"),
]


def written(found: BarChart | Timeline | PointMap | None) -> ET.Element:
    """The figure, as a parser of XML reads it; its elements are of the SVG namespace as HTML has it."""
    environment = Environment(
        loader=PackageLoader("otsgraph.web.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    text = environment.from_string('{% from "_chart.html" import chart %}{{ chart(drawn) }}').render(drawn=found)
    return ET.fromstring(text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))  # noqa: S314 - our own text


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    ("columns", "first", "second"),
    [
        pytest.param("thing label n", (1,), (2,), id="bars"),
        pytest.param("thing label held", ("2013-01-24",), ("2014",), id="times"),
        pytest.param("thing label lat long", (40.5, 20.5), (41.5, 21.5), id="map"),
    ],
)
def test_a_label_is_never_more_than_a_text(
    text: str, columns: str, first: tuple[object, ...], second: tuple[object, ...]
) -> None:
    rows = [
        [Cell(text, "", f"https://x/?{text}"), Cell(text), *map(cell, first)],
        [Cell(), Cell("b"), *map(cell, second)],
    ]
    figure = written(chart(columns.split(), rows))
    shown = " ".join(text.split())
    assert any((title.text or "").startswith(shown) for title in figure.iter(f"{SVG}title"))
    assert [link.attrib["href"] for link in figure.iter(f"{SVG}a")] == [f"https://x/?{text}"]
    assert {element.tag.removeprefix(SVG) for element in figure.iter()} <= set(
        "figure svg title desc line text g a rect circle".split()
    )


EXAMPLES = [
    pytest.param(bars("thing label n", ("<http://x/1>", "A", 1), ("", "B", 2)), {"chart-bar"}, id="bars"),
    pytest.param(
        timeline("thing label began", ("<http://x/1>", "A", "2013-01-24"), ("", "B", "2014")),
        {"chart-point", "chart-span"},
        id="times",
    ),
    pytest.param(
        map_of("thing label lat long", ("<http://x/1>", "A", 40.5, 20.5), ("", "B", 41.5, 20.5)),
        {"chart-point"},
        id="map",
    ),
]


@pytest.mark.parametrize(("found", "shapes"), EXAMPLES)
def test_a_picture_is_styled_by_classes_alone(found: BarChart | Timeline | PointMap, shapes: set[str]) -> None:
    figure = written(found)
    assert not [name for element in figure.iter() for name in element.attrib if re.match(r"style|fill|stroke|on", name)]
    classes = {element.attrib["class"] for element in figure.iter() if "class" in element.attrib}
    assert shapes | {"chart", "chart-label", "chart-axis", "chart-grid"} <= classes


@pytest.mark.parametrize(("found", "shapes"), EXAMPLES)
def test_a_picture_has_a_name_and_its_links_are_within_reach(
    found: BarChart | Timeline | PointMap, shapes: set[str]
) -> None:
    figure = written(found)
    picture = figure.find(f"{SVG}svg")
    assert picture is not None
    assert picture.attrib["role"] == "group"  # as an image, its links could not be reached
    ids = {element.attrib["id"]: element.text for element in figure.iter() if "id" in element.attrib}
    assert ids[picture.attrib["aria-labelledby"]] == found.title
    assert ids[picture.attrib["aria-describedby"]] == found.summary
    assert [link.attrib["aria-label"].startswith("A") for link in figure.iter(f"{SVG}a")] == [True]
