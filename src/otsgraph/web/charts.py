"""Charts of query results, laid out for a template that only writes them down; one that would mislead is not drawn."""

from __future__ import annotations

from collections.abc import Sequence

from otsgraph.web.chart_bars import bar_chart
from otsgraph.web.chart_columns import Shown
from otsgraph.web.chart_maps import point_map
from otsgraph.web.chart_shapes import BarChart, PointMap, Timeline
from otsgraph.web.chart_times import timeline

__all__ = ["BarChart", "PointMap", "Shown", "Timeline", "chart"]


def chart(columns: Sequence[str], rows: Sequence[Sequence[Shown]]) -> BarChart | Timeline | PointMap | None:
    """The chart that suits a table, or None; the more special one wins."""
    table = {name: [row[place] for row in rows] for place, name in enumerate(columns)}
    return point_map(table) or timeline(table) or bar_chart(table)
