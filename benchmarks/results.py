"""All that a run has measured, and the medians of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from benchmarks.driving import Reading
from benchmarks.loads import Load
from benchmarks.measuring import Sample, Upkeep


@dataclass(frozen=True, slots=True)
class Results:
    """A run: `versions` and `upkeeps` have an entry for each endpoint, ours first."""

    day: date
    rounds: int
    seconds: int
    driver: str
    machine: dict[str, str]
    versions: dict[str, str]
    samples: Sequence[Sample]
    upkeeps: dict[str, Upkeep]

    @property
    def endpoints(self) -> tuple[str, ...]:
        return tuple(self.versions)

    def readings(self, endpoint: str, load: Load) -> list[Reading]:
        """What was read of one endpoint under one load, by round."""
        return [s.reading for s in self.samples if s.endpoint == endpoint and s.load == load]

    def median(self, endpoint: str, load: Load, figure: Callable[[Reading], float]) -> float:
        """The median of one figure of the readings."""
        return median(map(figure, self.readings(endpoint, load)))

    def rate(self, endpoint: str, load: Load) -> float:
        """The median of the answers a second."""
        return self.median(endpoint, load, lambda reading: reading.rate)

    def ratio(self, one: str, other: str, load: Load) -> float | None:
        """How many times the answers of the other endpoint one gives; None where the other gave none."""
        rate = self.rate(other, load)
        return self.rate(one, load) / rate if rate else None

    def failures(self, endpoint: str, load: Load) -> int:
        """How many requests had no answer of status 200, in all rounds."""
        return sum(reading.failures for reading in self.readings(endpoint, load))
