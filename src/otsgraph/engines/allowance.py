"""How long a job may run in a pool: until its deadline, and until it has used its share of the processors.

The limit is one of work, not of time: how long a job takes depends on how many others run, and a job that was stopped
for that would be run again, and make the others take longer still.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field

from otsgraph.deadline import Deadline
from otsgraph.engines.frames import Frame
from otsgraph.engines.process import Worker, expire

LEAST_SHARE = 0.2
"""However many jobs there are, each may use this share of the run limit."""

_PRECISION = 0.002
"""Timers may be early by less than this, and work is not looked at more often [s]."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The time on a processor that a job may use [s]: `run_limit`, or less where there are more jobs than processors.

    `jobs` says how many there are, running or waiting: together they may use as much as one may that is alone on each
    processor, so that the last of them waits about as long as that.
    """

    run_limit: float
    jobs: Callable[[], int]
    processors: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))

    @property
    def work(self) -> float:
        """What a job may use, as things are now [s]."""
        share = self.processors / max(1, self.jobs())
        return self.run_limit * max(LEAST_SHARE, min(1.0, share))

    def start(self, worker: Worker, reply: asyncio.Future[Frame], deadline: Deadline) -> None:
        """Lets the reply of a worker fail with TimeoutError when the work is used up, or the deadline has come."""
        self._look_later(self.work, worker, reply, deadline)

    def _look_later(self, seconds: float, worker: Worker, reply: asyncio.Future[Frame], deadline: Deadline) -> None:
        seconds = min(deadline.left(), max(_PRECISION, seconds))
        reply.get_loop().call_later(seconds, self._look, worker, reply, deadline)

    def _look(self, worker: Worker, reply: asyncio.Future[Frame], deadline: Deadline) -> None:
        if reply.done():
            return
        left = self.work - worker.time_used()
        if left < _PRECISION or deadline.left() < _PRECISION:
            expire(reply)
        else:
            self._look_later(left, worker, reply, deadline)

    def is_over(self, deadline: Deadline) -> bool:
        """Whether it is the deadline that ends a job."""
        return math.isinf(self.run_limit) or deadline.left() < _PRECISION
