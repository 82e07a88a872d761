"""When a job has used up its time."""

from __future__ import annotations

import asyncio
import math
from typing import cast

import pytest

from otsgraph.deadline import Deadline
from otsgraph.engines.allowance import LEAST_WORK, MOST_LOOKS, Allowance
from otsgraph.engines.frames import Frame
from otsgraph.engines.process import Worker

pytestmark = pytest.mark.anyio

RUN_LIMIT = 0.02


class OnAProcessor:
    """A worker that was on a processor for some time [s]; counts how often it was looked at."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.looks = 0

    def time_used(self) -> float:
        self.looks += 1
        return self.seconds


async def wait(worker: OnAProcessor, deadline: float, run_limit: float) -> None:
    reply: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
    Allowance.among(run_limit, 0, 1).start(cast(Worker, worker), reply, Deadline.after(deadline))
    await reply


async def test_a_job_that_was_on_a_processor_has_used_up_the_run_limit() -> None:
    worker = OnAProcessor(RUN_LIMIT)
    with pytest.raises(TimeoutError):
        await wait(worker, 60, RUN_LIMIT)
    assert worker.looks == 1


async def test_a_job_that_was_kept_from_the_processors_is_waited_for_again_but_not_for_ever() -> None:
    worker = OnAProcessor(0.0)
    with pytest.raises(TimeoutError):
        await wait(worker, 60, RUN_LIMIT)
    assert worker.looks == MOST_LOOKS - 1


async def test_the_deadline_ends_every_job() -> None:
    worker = OnAProcessor(0.0)
    with pytest.raises(TimeoutError):
        await wait(worker, 0.05, RUN_LIMIT)
    assert worker.looks < MOST_LOOKS - 1


async def test_a_reply_that_has_come_is_left_alone() -> None:
    reply: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
    Allowance(RUN_LIMIT, 0.0).start(cast(Worker, OnAProcessor(1.0)), reply, Deadline.after(60))
    reply.set_result(Frame())
    await asyncio.sleep(2 * RUN_LIMIT)
    assert await reply == Frame()


def test_in_a_flood_each_job_may_have_less_time_but_as_much_work() -> None:
    none, calm, flood, deluge = (Allowance.among(0.1, waiting, 8) for waiting in (0, 16, 32, 100_000))
    assert none.run == calm.run == 0.1
    assert flood.run == 0.05
    assert deluge.run == pytest.approx(0.01)
    assert {a.work for a in (none, calm, flood, deluge)} == {0.1 * LEAST_WORK}


def test_without_a_run_limit_it_is_the_deadline_that_ends_a_job() -> None:
    assert Allowance.among(math.inf, 100, 2).is_over(Deadline.after(60))
    assert Allowance(RUN_LIMIT, 0.0).is_over(Deadline.after(0.0))
    assert not Allowance(RUN_LIMIT, 0.0).is_over(Deadline.after(60))
