"""Results → a picture of the answers a second."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.loads import LOADS
from benchmarks.results import Results

_COLOURS = ("#0072b2", "#e69f00", "#999999")
"""Told apart by all kinds of eyes (Okabe and Ito)."""

_BAR = 0.27
"""Height of a bar, where a load has 1."""


def plot(results: Results, file: Path) -> None:
    """Writes an SVG: for each load one bar an endpoint, on a logarithmic scale."""
    # the same results make the same file
    mpl.rcParams["svg.hashsalt"] = "otsgraph"
    figure = Figure(figsize=(9, 6.5), layout="constrained")
    axes = figure.subplots()
    places = range(len(LOADS))
    for index, endpoint in enumerate(results.endpoints):
        rates = [results.rate(endpoint, load) for load in LOADS]
        heights = [place + (index - 1) * _BAR for place in places]
        bars = axes.barh(heights, rates, _BAR, color=_COLOURS[index], label=endpoint)
        axes.bar_label(
            bars, [f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}" for rate in rates], padding=3, fontsize=8
        )
    axes.set_yticks(places, [_caption(load.kind, load.connections) for load in LOADS])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.margins(x=0.08, y=0.02)
    axes.set_xlabel("answers a second (median; logarithmic scale)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=len(results.endpoints), frameon=False)
    figure.savefig(file, metadata={"Date": None, "Creator": None})


def _caption(kind: str, connections: int) -> str:
    return f"{kind}\n{connections} connection{'s' if connections > 1 else ''}"
