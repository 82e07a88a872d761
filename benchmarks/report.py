"""Results → Markdown."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Iterator, Sequence

from benchmarks.driving import WARM_UP
from benchmarks.endpoints import OURS
from benchmarks.loads import LOADS, NUMBER, Load
from benchmarks.machine import MIB
from benchmarks.measuring import MIXED, STARTS
from benchmarks.results import Results
from benchmarks.targets import targets

PLOT = "results.svg"


def report(results: Results, notes: str) -> Iterator[str]:
    """The report, part by part; `notes` is what is written by hand.  The last part is measured when it is asked for."""
    yield from _measured(results)
    yield notes.strip()
    yield from _siege(results.rounds)


def _measured(results: Results) -> Iterator[str]:
    yield "# Measurements"
    yield _introduction(results)
    yield "## What is wished\n\n" + _table(
        ("what", "wished", "measured", "verdict"),
        ((t.what, t.wished, t.measured, t.verdict) for t in targets(results)),
    )
    yield f"## Answers a second\n\n![Answers a second, by load and endpoint]({PLOT})"
    yield _rates(results)
    yield "## Waiting times\n\nHalf of the answers, and 99 of 100, came within so many milliseconds (p50 / p99)."
    yield _waiting_times(results)
    yield "## Requests without an answer of status 200\n\n" + _failures(results)
    yield "## Start and memory\n\n" + _upkeep(results)
    yield "## The queries\n\n" + _queries()


def _introduction(results: Results) -> str:
    served = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    repeated = f"{results.rounds} rounds of {results.seconds} s" if results.rounds > 1 else f"{results.seconds} s"
    return (
        f"Written by `make bench` on {results.day:%Y-%m-%d}: {served}, on the same data, on loopback of one machine, "
        f"each with its own defaults, driven by {results.driver} on the same cores.\n\n"
        f"Each figure is the median of {repeated}, after {WARM_UP} s that does not count. In a round each load goes to "
        "each endpoint in turn. Connections are kept alive, and each asks again as soon as it has its answer. Ratios "
        f"say how many times the answers of another endpoint {OURS} gives.\n\n"
        + _table(("machine", ""), results.machine.items())
    )


def _rates(results: Results) -> str:
    others = results.endpoints[1:]
    rows = []
    for load in LOADS:
        rates = (_with_range(results, endpoint, load) for endpoint in results.endpoints)
        ratios = (_times(results.ratio(OURS, other, load)) for other in others)
        rows.append((load.kind, str(load.connections), *rates, *ratios))
    return _table(("load", "connections", *results.endpoints, *(f"× {other}" for other in others)), rows)


def _with_range(results: Results, endpoint: str, load: Load) -> str:
    rates = [reading.rate for reading in results.readings(endpoint, load)]
    middle = _number(results.rate(endpoint, load))
    return middle if len(rates) == 1 else f"{middle} ({_number(min(rates))} to {_number(max(rates))})"


def _number(value: float) -> str:
    if not value:
        return "none"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _times(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:,.2f}"


def _waiting_times(results: Results) -> str:
    rows = (
        (load.kind, str(load.connections), *(_percentiles(results, endpoint, load) for endpoint in results.endpoints))
        for load in LOADS
    )
    return _table(("load", "connections", *results.endpoints), rows)


def _percentiles(results: Results, endpoint: str, load: Load) -> str:
    if not results.rate(endpoint, load):
        return "–"
    p50 = results.median(endpoint, load, lambda reading: reading.p50)
    p99 = results.median(endpoint, load, lambda reading: reading.p99)
    return f"{p50:,.1f} / {p99:,.1f}"


def _failures(results: Results) -> str:
    rows = []
    for load in LOADS:
        numbers = [results.failures(endpoint, load) for endpoint in results.endpoints]
        if any(numbers):
            rows.append((load.kind, str(load.connections), *map(str, numbers)))
    mixed = [upkeep.failures for upkeep in results.upkeeps.values()]
    if any(mixed):
        rows.append(("mixed, for memory", "8", *map(str, mixed)))
    return _table(("load", "connections", *results.endpoints), rows) if rows else "None."


def _upkeep(results: Results) -> str:
    rows = (
        (
            upkeep.endpoint,
            f"{upkeep.first_answer:.2f} s",
            _mebibytes(upkeep.at_start),
            _mebibytes(upkeep.after_mixed),
            _mebibytes(upkeep.cache_full),
        )
        for upkeep in results.upkeeps.values()
    )
    return (
        f"From the command to the first answer to `ASK {{}}` (median of {STARTS}), and the proportional set size of "
        f"all processes. {OURS} reads and merges its sources at each start; oxigraph finds a database that was loaded "
        "and optimized before.\n\n"
    ) + _table(("endpoint", "first answer", "memory at start", f"after {MIXED:,} mixed queries", "cache full"), rows)


def _mebibytes(size: int | None) -> str:
    return "–" if size is None else f"{size / MIB:.0f} MiB"


def _queries() -> str:
    texts = {load.kind: load for load in LOADS}
    told = f"`{NUMBER}` is another number in each request. Prefixes are declared in full.\n\n"
    return told + "\n\n".join(f"{kind.capitalize()}:\n\n```sparql\n{load.query}\n```" for kind, load in texts.items())


def _siege(rounds: int) -> Iterator[str]:
    """The parts on well-behaved clients among bad and among many ones, where they are there."""
    for part in ("benchmarks.siege", "benchmarks.crowds"):
        if importlib.util.find_spec(part):
            yield str(importlib.import_module(part).section(rounds)).strip()


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; columns of numbers are not told apart from others."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
