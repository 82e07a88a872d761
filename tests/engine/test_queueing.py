"""Who is given a worker, and when."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from otsgraph.engine.pool import Queue, Worker
from otsgraph.errors import EngineClosing

pytestmark = pytest.mark.anyio

FIRST, SECOND = (cast(Worker, name) for name in ("first worker", "second worker"))


def nobody() -> None:
    return None


async def wait(queue: Queue, seconds: float = 5.0) -> Worker:
    return await queue.wait(seconds, nobody, queue.give)


async def in_line(queue: Queue, *names: str) -> dict[str, asyncio.Task[Worker]]:
    """Tasks that joined a queue one after another."""
    tasks = {}
    for name in names:
        tasks[name] = asyncio.create_task(wait(queue))
        await asyncio.sleep(0.01)
    return tasks


async def test_who_came_first_is_served_first() -> None:
    queue = Queue()
    tasks = await in_line(queue, "a", "b")
    assert queue.give(FIRST)
    assert await tasks["a"] == FIRST
    assert not tasks["b"].done()
    assert queue.give(SECOND)
    assert await tasks["b"] == SECOND


async def test_who_has_waited_for_long_is_served_before_who_came_later() -> None:
    queue = Queue()
    tasks = await in_line(queue, "a", "b")
    await asyncio.sleep(0.2)
    tasks |= await in_line(queue, "c")
    for name in ("a", "b", "c"):
        queue.give(FIRST)
        assert await tasks[name] == FIRST


async def test_how_long_a_job_would_wait_follows_from_how_fast_others_leave() -> None:
    queue = Queue()
    tasks = await in_line(queue, *map(str, range(40)))
    assert queue.expected_wait < 1
    for number in range(20):
        await asyncio.sleep(0.01)
        queue.give(FIRST)
        await tasks[str(number)]
    assert 0.2 <= queue.expected_wait < 10
    for task in tasks.values():
        task.cancel()


async def test_a_queue_that_stands_still_lets_expect_a_longer_wait() -> None:
    queue = Queue()
    tasks = await in_line(queue, *map(str, range(12)))
    for _ in range(10):
        queue.give(FIRST)
    await asyncio.sleep(0.3)
    assert queue.expected_wait >= 0.3
    for task in tasks.values():
        task.cancel()


async def test_a_queue_that_was_empty_lets_expect_nothing_of_what_was_before() -> None:
    queue = Queue()
    tasks = await in_line(queue, *map(str, range(12)))
    for _ in range(12):
        await asyncio.sleep(0.01)
        queue.give(FIRST)
    await asyncio.gather(*tasks.values())
    queue.join()
    assert queue.expected_wait < 0.01


async def test_a_worker_that_nobody_waits_for_is_not_taken() -> None:
    assert not Queue().give(FIRST)


async def test_who_has_waited_for_long_enough_gets_a_spare_worker() -> None:
    queue = Queue()
    assert await queue.wait(5.0, lambda: FIRST, queue.give) == FIRST
    assert len(queue) == 0


async def test_who_waits_for_too_long_waits_no_more() -> None:
    queue = Queue()
    with pytest.raises(TimeoutError):
        await wait(queue, 0.02)
    assert len(queue) == 0


async def test_a_worker_for_somebody_who_has_just_gone_is_given_to_the_next() -> None:
    queue = Queue()
    tasks = await in_line(queue, "a", "b")
    queue.give(FIRST)
    tasks["a"].cancel()
    assert await tasks["b"] == FIRST


async def test_when_it_closes_all_are_told() -> None:
    queue = Queue()
    tasks = await in_line(queue, "a", "b")
    queue.close(EngineClosing("The endpoint is stopping."))
    for task in tasks.values():
        with pytest.raises(EngineClosing):
            await task
