"""What all engines share: their interface, and the counters of what happens."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from otsgraph.dataset.info import DatasetInfo
from otsgraph.sparql.protocol import Deadline, FormatChoice, QueryOperation, QueryResult


class RunLimitExceeded(Exception):
    """An operation was stopped after the `seconds` [s] that one may run in an engine; another engine may allow more."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"stopped after {seconds:g} s")
        self.seconds = seconds


class Engine(Protocol):
    """Anything that answers query operations on one dataset version."""

    @property
    def dataset(self) -> DatasetInfo: ...

    async def query(self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline) -> QueryResult:
        """Returns the complete result before the deadline.  Raises the RequestError that says why there is none."""
        ...

    async def aclose(self) -> None:
        """Ends whatever the engine has started; running queries fail with EngineClosing."""
        ...


BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
"""Upper bounds of the classes of durations [s]; the last class has none."""

OUTCOMES = ("ok", "moved-on", "client-gone", "deadline-exceeded", "engine-busy", "no-worker-in-time")
"""Outcomes of queries in a lane, besides errors of their own: `moved-on` is to the long lane."""

REASONS = (
    "client-gone",
    "deadline-exceeded",
    "has-grown",
    "outside",
    "query-too-big",
    "query-too-complex",
    "run-limit",
)
"""Why workers end: `outside` is somebody else, or the system; all others are queries of clients."""

CUTS = ("idle", "no-body", "no-header", "not-read", "unread")
"""Why connections are cut: one too many, a request that does not come, a response that the client does not read, a body
that no application takes."""

RELOADS = ("done", "failed")


def _from_zero(names: Iterable[str]) -> Counter[str]:
    return Counter(dict.fromkeys(names, 0))


@dataclass(slots=True)
class LaneCounters:
    """`outcomes` by "ok", "moved-on", "client-gone" or the code of an error; `killed` workers by reason.

    `classes` counts durations [s], waiting included, by BOUNDS; `seconds` is their sum.
    """

    outcomes: Counter[str] = field(default_factory=lambda: _from_zero(OUTCOMES))
    killed: Counter[str] = field(default_factory=lambda: _from_zero(REASONS))
    classes: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0

    def count(self, outcome: str, seconds: float) -> None:
        """One more query, and how long it took [s]."""
        self.outcomes[outcome] += 1
        self.classes[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


@dataclass(slots=True)
class Counters:
    """`lanes` by name.  `cached` answers were kept, `shared` ones were being evaluated already; all others are counted
    in a lane.

    `connections` are open at present; `cut` counts by reason, `responses` by HTTP status, `reloads` by "done" or
    "failed".
    """

    lanes: defaultdict[str, LaneCounters] = field(default_factory=lambda: defaultdict(LaneCounters))
    cached: int = 0
    shared: int = 0
    connections: int = 0
    responses: Counter[int] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=lambda: _from_zero(CUTS))
    reloads: Counter[str] = field(default_factory=lambda: _from_zero(RELOADS))
