"""Deadlines: instants on the monotonic clock that are handed down instead of durations."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """`at` is an instant of `time.monotonic()` [s]; `limit` is the duration that led to it [s]."""

    at: float
    limit: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """The instant `seconds` [s] from now."""
        return cls(time.monotonic() + seconds, seconds)

    def left(self) -> float:
        """The time that is left [s]; 0.0 when the deadline has passed."""
        return max(0.0, self.at - time.monotonic())
