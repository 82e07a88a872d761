"""How long a job may run in a pool: until its deadline, and no longer than the pool's run limit.

The run limit is one of time, not of work, so that those who wait know how long at most; but a job that other processes
kept from the processors has not used it up, and is waited for again.
"""

from __future__ import annotations

import asyncio
import math

from otsgraph.deadline import Deadline
from otsgraph.engines.frames import Frame
from otsgraph.engines.process import Worker, expire

STARVED = 0.1
"""A job that was on a processor for less than this share of the run limit has not used it up."""

MOST_LOOKS = 10
"""So many times the run limit a job may take that hardly gets to a processor."""

_PRECISION = 0.01
"""Timers may be early by less than this [s]."""


def allow(
    worker: Worker, reply: asyncio.Future[Frame], deadline: Deadline, run_limit: float, looks: int = 1
) -> asyncio.TimerHandle:
    """Lets the reply of a worker fail with TimeoutError when its time is used up; `run_limit` in seconds [s]."""
    seconds = min(deadline.left(), run_limit)
    return reply.get_loop().call_later(seconds, _look, worker, reply, deadline, run_limit, looks)


def _look(worker: Worker, reply: asyncio.Future[Frame], deadline: Deadline, run_limit: float, looks: int) -> None:
    if reply.done():
        return
    goes_on = not is_over(deadline, run_limit) and looks < MOST_LOOKS and worker.time_used() < STARVED * run_limit
    if goes_on:
        allow(worker, reply, deadline, run_limit, looks + 1)
    else:
        expire(reply)


def is_over(deadline: Deadline, run_limit: float) -> bool:
    """Whether it is the deadline that ends a job, not the run limit."""
    return math.isinf(run_limit) or deadline.left() < _PRECISION
