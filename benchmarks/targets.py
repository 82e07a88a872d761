"""What is wished of the endpoint, and how far it is from that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.endpoints import OURS, OXIGRAPH, RDFLIB
from benchmarks.loads import DISTINCT_SMALL, REPEATED_LARGE, REPEATED_SMALL
from benchmarks.machine import MIB
from benchmarks.results import Results

RATIOS = (
    (REPEATED_SMALL, OXIGRAPH, 1.0),
    (REPEATED_LARGE, OXIGRAPH, 4.0),
    (DISTINCT_SMALL, OXIGRAPH, 0.3),
    (DISTINCT_SMALL, RDFLIB, 5.0),
)
"""Under a load, the answers a second are to be at least so many times those of another endpoint."""

LONGEST_START = 1.5
"""Until the first answer [s]."""

MOST_MEMORY = 250
"""Of all processes, with a full cache [MB]."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is wished, what was measured, and whether that is enough or how much is missing, in words."""

    what: str
    wished: str
    measured: str
    verdict: str


def targets(results: Results) -> Iterator[Target]:
    """All targets beside what was measured."""
    for load, other, factor in RATIOS:
        ratio = results.ratio(OURS, other, load)
        measured = "–" if ratio is None else f"{ratio:.2f} × {other}"
        missed = 0.0 if ratio is None else 1 - ratio / factor
        verdict = f"missed by {missed:.0%}" if missed > 0 else "met"
        yield Target(f"answers a second, {load.kind}", f"at least {factor:.1f} × {other}", measured, verdict)
    upkeep = results.upkeeps[OURS]
    yield _at_most("first answer", upkeep.first_answer, LONGEST_START, "s", 2)
    if upkeep.cache_full is not None:
        yield _at_most("memory, cache full", upkeep.cache_full / MIB, MOST_MEMORY, "MiB", 0)


def _at_most(what: str, value: float, limit: float, unit: str, digits: int) -> Target:
    over = value - limit
    verdict = f"missed by {over:.{digits}f} {unit}" if over > 0 else "met"
    return Target(what, f"at most {limit:g} {unit}", f"{value:.{digits}f} {unit}", verdict)
