"""When a job has used up its share of the processors."""

from __future__ import annotations

import asyncio
import math
import time
import weakref
from typing import cast

import pytest

from otsgraph.engine.pool import LEAST_SHARE, RunBudget, Worker
from otsgraph.engine.wire import Frame
from otsgraph.sparql.protocol import Deadline

pytestmark = pytest.mark.anyio

RUN_LIMIT = 0.05


class OnAProcessor:
    """A worker that is on a processor for a share of the time."""

    def __init__(self, share: float) -> None:
        self.share = share
        self.began = time.monotonic()

    def time_used(self) -> float:
        return self.share * (time.monotonic() - self.began)


def allowance(jobs: int = 1, run_limit: float = RUN_LIMIT) -> RunBudget:
    return RunBudget(run_limit, lambda: jobs, processors=2)


async def wait(worker: OnAProcessor, deadline: float, limits: RunBudget) -> float:
    """How long a job may run until it is stopped [s]."""
    reply: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
    began = time.monotonic()
    limits.start(cast(Worker, worker), reply, Deadline.after(deadline))
    with pytest.raises(TimeoutError):
        await reply
    return time.monotonic() - began


async def test_a_job_that_was_on_a_processor_all_the_time_is_stopped_at_the_run_limit() -> None:
    worker = OnAProcessor(1.0)
    assert await wait(worker, 60, allowance()) >= RUN_LIMIT - 0.01


async def test_a_job_that_was_kept_from_the_processors_has_its_time_all_the_same() -> None:
    worker = OnAProcessor(0.25)
    assert await wait(worker, 60, allowance()) >= 4 * RUN_LIMIT - 0.05


async def test_the_deadline_ends_every_job() -> None:
    assert await wait(OnAProcessor(0.0), 0.1, allowance()) >= 0.09


async def test_a_watch_that_is_cancelled_keeps_no_reply() -> None:
    """A reply can be large, and its deadline far away."""
    reply: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
    watch = allowance(run_limit=60.0).start(cast(Worker, OnAProcessor(1.0)), reply, Deadline.after(60))
    reply.set_result(Frame())
    watch.cancel()
    kept = weakref.ref(reply)
    del reply, watch
    await asyncio.sleep(0)
    assert kept() is None


async def test_a_job_that_has_begun_has_less_time_when_others_come() -> None:
    jobs = 1
    limits = RunBudget(1.0, lambda: jobs, processors=1)
    reply: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
    limits.start(cast(Worker, OnAProcessor(1.0)), reply, Deadline.after(60))
    jobs = 2
    with pytest.raises(TimeoutError):
        await reply
    assert limits.work == 0.5


@pytest.mark.parametrize(
    ("jobs", "share"),
    [(0, 1.0), (1, 1.0), (2, 1.0), (4, 0.5), (8, 0.25), (10, LEAST_SHARE), (100_000, LEAST_SHARE)],
)
def test_all_jobs_together_may_use_what_one_may_on_each_processor_but_none_too_little(jobs: int, share: float) -> None:
    assert allowance(jobs, 0.1).work == pytest.approx(0.1 * share)


def test_without_a_run_limit_it_is_the_deadline_that_ends_a_job() -> None:
    assert allowance(100, math.inf).is_over(Deadline.after(60))
    assert allowance().is_over(Deadline.after(0.0))
    assert not allowance().is_over(Deadline.after(60))
