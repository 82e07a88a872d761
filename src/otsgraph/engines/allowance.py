"""How long a job may run in a pool: until its deadline, and no longer than the pool's run limit.

The run limit is one of time, not of work, so that those who wait know how long at most; but a job that other processes
kept from the processors has not used it up, and is waited for again.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

from otsgraph.deadline import Deadline
from otsgraph.engines.frames import Frame
from otsgraph.engines.process import Worker, expire

LEAST_WORK = 0.05
"""A job that was on a processor for less than this share of the run limit has not used it up."""

MOST_LOOKS = 20
"""So often a job that hardly gets to a processor is given its time again."""

CALM = 2
"""While no more jobs wait than this for each worker, all of them may have the whole run limit."""

LEAST_SHARE = 0.1
"""However many wait, a job may have this share of the run limit."""

_PRECISION = 0.01
"""Timers may be early by less than this [s]."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The time that a job may run [s], and how much of it must have been work, on a processor [s]."""

    run: float
    work: float

    @classmethod
    def among(cls, run_limit: float, waiting: int, workers: int) -> Allowance:
        """The allowance of a pool with a run limit [s], while some jobs wait for some workers.

        In a flood the time is shorter, since all that wait wait for all of it.
        """
        share = CALM * workers / waiting if waiting else 1.0
        return cls(run_limit * max(LEAST_SHARE, min(1.0, share)), run_limit * LEAST_WORK)

    def start(
        self, worker: Worker, reply: asyncio.Future[Frame], deadline: Deadline, looks: int = 1
    ) -> asyncio.TimerHandle:
        """Lets the reply of a worker fail with TimeoutError when the time is used up, or the deadline has come."""
        seconds = min(deadline.left(), self.run)
        return reply.get_loop().call_later(seconds, self._look, worker, reply, deadline, looks)

    def _look(self, worker: Worker, reply: asyncio.Future[Frame], deadline: Deadline, looks: int) -> None:
        if reply.done():
            return
        if not self.is_over(deadline) and looks < MOST_LOOKS and worker.time_used() < self.work:
            self.start(worker, reply, deadline, looks + 1)
        else:
            expire(reply)

    def is_over(self, deadline: Deadline) -> bool:
        """Whether it is the deadline that ends a job, not the allowance."""
        return math.isinf(self.run) or deadline.left() < _PRECISION
