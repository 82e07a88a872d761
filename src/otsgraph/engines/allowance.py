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

from otsgraph.engines.frames import Frame
from otsgraph.engines.process import Worker, expire
from otsgraph.sparql.protocol import Deadline

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

    def is_over(self, deadline: Deadline) -> bool:
        """Whether it is the deadline that ends a job."""
        return math.isinf(self.run_limit) or deadline.left() < _PRECISION

    def start(self, worker: Worker, reply: asyncio.Future[Frame], deadline: Deadline) -> Watch:
        """Lets the reply of a worker fail with TimeoutError when the work is used up, or the deadline has come.

        The watch has to be cancelled when the reply is there.
        """
        return Watch(self, worker, reply, deadline)


class Watch:
    """Looks at a job now and then, until its reply is there or its time is over."""

    def __init__(self, allowance: Allowance, worker: Worker, reply: asyncio.Future[Frame], deadline: Deadline) -> None:
        self._allowance = allowance
        self._worker = worker
        self._reply = reply
        self._deadline = deadline
        self._timer = self._in(allowance.work)

    def _in(self, seconds: float) -> asyncio.TimerHandle:
        return self._reply.get_loop().call_later(min(self._deadline.left(), max(_PRECISION, seconds)), self._look)

    def _look(self) -> None:
        left = self._allowance.work - self._worker.time_used()
        if left < _PRECISION or self._deadline.left() < _PRECISION:
            expire(self._reply)
        else:
            self._timer = self._in(left)

    def cancel(self) -> None:
        """Ends the watch; a timer would keep a reply, which can be large, until its time has come."""
        self._timer.cancel()
