"""Two lanes: what goes where, what is remembered, and that both have their limits."""

from __future__ import annotations

import asyncio

import pytest

from otsgraph.dataset.info import DatasetInfo
from otsgraph.engine.base import RunLimitExceeded
from otsgraph.engine.local import MOST_REMEMBERED, LanedEngine
from otsgraph.errors import DeadlineExceeded, RequestError
from otsgraph.rdf.formats import ResultsFormat
from otsgraph.sparql.protocol import Deadline, FormatChoice, QueryOperation, QueryResult

pytestmark = [pytest.mark.anyio, pytest.mark.alone]


class Lane:
    """Writes its name as the result.  Queries that start with `slow` exceed its run limit if it has one."""

    def __init__(self, name: str, *, limited: bool = False, seconds: float = 0.0) -> None:
        self.name = name.encode()
        self.limited = limited
        self.seconds = seconds
        self.asked: list[str] = []
        self.error: RequestError | None = None
        self.closed = False
        self.run_limit = 0.1
        self.dataset = DatasetInfo("0" * 64, True, 0, (), {})

    async def query(self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline) -> QueryResult:
        self.asked.append(operation.query)
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        if self.limited and operation.query.startswith("slow"):
            raise RunLimitExceeded(self.run_limit)
        return QueryResult(ResultsFormat.JSON, self.name, "")

    async def aclose(self) -> None:
        self.closed = True


async def ask(engine: LanedEngine, query: str) -> bytes:
    return (await engine.query(QueryOperation(query), FormatChoice(), Deadline.after(5))).body


def lanes(seconds: float = 0.2) -> tuple[LanedEngine, Lane, Lane]:
    """An engine with its lanes, of which the long one takes some seconds [s]."""
    short, long = Lane("short", limited=True), Lane("long", seconds=seconds)
    return LanedEngine(short, long, quick=0.1), short, long


async def test_what_is_quick_is_answered_in_the_short_lane() -> None:
    engine, _, long = lanes()
    assert await ask(engine, "quick") == b"short"
    assert long.asked == []


async def test_what_does_not_finish_in_the_short_lane_is_run_anew_in_the_long_one() -> None:
    engine, short, _ = lanes()
    assert await ask(engine, "slow") == b"long"
    assert short.asked == ["slow"]


async def test_what_was_slow_goes_to_the_long_lane_at_once_the_next_time() -> None:
    engine, short, long = lanes()
    await ask(engine, "slow")
    await ask(engine, "slow")
    assert short.asked == ["slow"]
    assert long.asked == ["slow", "slow"]


async def test_what_was_slow_on_another_dataset_may_be_quick_on_this_one() -> None:
    engine, short, _ = lanes()
    await ask(engine, "slow")
    await engine.query(QueryOperation("slow", ("http://x/g",)), FormatChoice(), Deadline.after(5))
    assert short.asked == ["slow", "slow"]


async def test_what_was_slow_by_accident_may_use_the_short_lane_again() -> None:
    engine, short, _ = lanes(seconds=0.0)
    await ask(engine, "slow")
    await ask(engine, "slow")
    await ask(engine, "slow")
    assert short.asked == ["slow", "slow", "slow"]


async def test_what_was_stopped_early_in_a_flood_is_not_taken_for_slow() -> None:
    engine, short, _ = lanes()
    short.run_limit = 0.01
    await ask(engine, "slow")
    await ask(engine, "slow")
    assert short.asked == ["slow", "slow"]


async def test_only_so_many_slow_operations_are_remembered() -> None:
    engine, short, long = lanes(seconds=0.0)
    long.error = DeadlineExceeded("Too late.")
    for number in range(MOST_REMEMBERED + 1):
        with pytest.raises(DeadlineExceeded):
            await ask(engine, f"slow {number}")
    short.asked.clear()
    for number in (0, MOST_REMEMBERED):
        with pytest.raises(DeadlineExceeded):
            await ask(engine, f"slow {number}")
    assert short.asked == ["slow 0"]


async def test_an_error_in_the_short_lane_is_the_answer() -> None:
    engine, short, long = lanes()
    short.error = DeadlineExceeded("Too late.")
    with pytest.raises(DeadlineExceeded):
        await ask(engine, "quick")
    assert long.asked == []


async def test_closing_closes_both_lanes() -> None:
    engine, short, long = lanes()
    await engine.aclose()
    assert short.closed
    assert long.closed
