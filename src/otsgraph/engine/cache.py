"""Keeps complete answers in memory, and evaluates once what many ask at the same time.

An answer is a function of the operation and the formats, for one dataset version; each dataset version has an engine
and a cache of its own.  Operations that may give another answer each time (RAND, NOW, fresh blank nodes, other
endpoints) are neither kept nor shared.
"""

from __future__ import annotations

import asyncio
import gzip
import sys
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from otsgraph.dataset.info import DatasetInfo
from otsgraph.engine.base import Engine
from otsgraph.engine.lru import ByteLru
from otsgraph.engine.stats import Counters
from otsgraph.sparql.protocol import Deadline, FormatChoice, QueryOperation, QueryResult
from otsgraph.sparql.tokens import is_repeatable

BUDGET = 64 * 2**20
"""Bytes that all kept answers may have together, with their compressed forms."""

_OVERHEAD = 1_024
"""Bytes that an answer is reckoned to take beside its body and what was asked."""

LARGEST_COMPRESSED = 2**22
"""Bytes; to compress more than that for one client would take a processor away from the others for too long."""

_QUICKLY_COMPRESSED = 2**16
"""Bytes that are compressed at once; more are compressed in a thread, since it takes milliseconds."""

_EASY = QueryOperation("ASK { }")

Key: TypeAlias = tuple[QueryOperation, FormatChoice]
_FlightKey: TypeAlias = tuple[QueryOperation, FormatChoice, float]


@dataclass(slots=True, weakref_slot=True)
class Answer:
    """A complete result, of which dataset version (in short), whether it may be kept, and its gzip form once somebody
    has asked for that.

    `kept` turns False when the cache lets it go.
    """

    operation: QueryOperation
    choice: FormatChoice
    result: QueryResult
    dataset: str
    repeatable: bool
    kept: bool = False
    compressed: bytes | None = None

    @property
    def size(self) -> int:
        """Bytes in memory."""
        asked = (self.operation.query, *self.operation.default_graph_uris, *self.operation.named_graph_uris)
        return sum(map(sys.getsizeof, asked)) + len(self.result.body) + len(self.compressed or b"") + _OVERHEAD


def _let_go(answer: Answer) -> None:
    answer.kept = False


@dataclass(slots=True)
class _Flight:
    """One evaluation under way, and what those who wait for it hold."""

    task: asyncio.Task[Answer]
    waiters: list[asyncio.Future[Answer]] = field(default_factory=list)

    def land(self, task: asyncio.Task[Answer]) -> None:
        """Tells all who still wait how it ended."""
        # an exception that nobody looks at would be logged as one that was overlooked
        error = None if task.cancelled() else task.exception()
        for waiter in self.waiters:
            if waiter.done():
                continue
            if task.cancelled():
                waiter.cancel()
            elif error is not None:
                waiter.set_exception(error)
            else:
                waiter.set_result(task.result())


class CachingEngine:
    """An engine in front of another one.  `budget` in bytes."""

    def __init__(self, engine: Engine, budget: int = BUDGET, counters: Counters | None = None) -> None:
        self._engine = engine
        self._version = engine.dataset.short_version
        self._counters = counters or Counters()
        self._kept: ByteLru[Key, Answer] = ByteLru(budget, _let_go)
        self._flights: dict[_FlightKey, _Flight] = {}
        self._packing = asyncio.Lock()

    @property
    def dataset(self) -> DatasetInfo:
        return self._engine.dataset

    @property
    def size(self) -> int:
        """Bytes that the kept answers take."""
        return self._kept.size

    @property
    def kept(self) -> int:
        """How many answers are kept."""
        return len(self._kept)

    async def probe(self, deadline: Deadline) -> None:
        """Asks the engine something easy, past the cache.  Raises whatever the engine raises."""
        await self._engine.query(_EASY, FormatChoice(), deadline)

    async def query(self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline) -> QueryResult:
        answer = self.peek(operation, choice) or await self.answer(operation, choice, deadline)
        return answer.result

    def keeps(self, operation: QueryOperation, choice: FormatChoice) -> bool:
        """Whether the answer is kept."""
        return (operation, choice) in self._kept

    def peek(self, operation: QueryOperation, choice: FormatChoice) -> Answer | None:
        """The kept answer, without waiting; None if there is none."""
        answer = self._kept.find((operation, choice))
        if answer is not None:
            self._counters.cached += 1
        return answer

    def answer(self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline) -> asyncio.Future[Answer]:
        """The answer of the engine, which is kept; whoever cancels the future does not wait for it any more.

        Those who ask the same at the same time, with the same time limit, share one evaluation with the first one's
        deadline; it is withdrawn when the last of them has gone.  Fails as the engine does; a failure is never kept.
        """
        if not is_repeatable(operation.query):
            return asyncio.ensure_future(self._evaluate_once(operation, choice, deadline))
        key = (operation, choice, deadline.limit)
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.ensure_future(self._evaluate(operation, choice, deadline)))
            flight.task.add_done_callback(partial(self._land, key, flight))
            flight.task.add_done_callback(flight.land)
        else:
            self._counters.shared += 1
        waiter: asyncio.Future[Answer] = flight.task.get_loop().create_future()
        waiter.add_done_callback(partial(self._leave, flight, key))
        flight.waiters.append(waiter)
        return waiter

    def _leave(self, flight: _Flight, key: _FlightKey, waiter: asyncio.Future[Answer]) -> None:
        """Withdraws an evaluation when nobody waits for it any more."""
        if waiter.cancelled() and not flight.task.done() and all(w.done() for w in flight.waiters):
            self._land(key, flight)
            flight.task.cancel()

    def _land(self, key: _FlightKey, flight: _Flight, task: asyncio.Task[Answer] | None = None) -> None:
        """Lets nobody join an evaluation any more; another one of the same query may have taken its place."""
        if self._flights.get(key) is flight:
            del self._flights[key]

    async def _evaluate_once(self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline) -> Answer:
        result = await self._engine.query(operation, choice, deadline)
        return Answer(operation, choice, result, self._version, repeatable=False)

    async def _evaluate(self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline) -> Answer:
        result = await self._engine.query(operation, choice, deadline)
        answer = Answer(operation, choice, result, self._version, repeatable=True)
        answer.kept = self._kept.keep((operation, choice), answer, answer.size)
        return answer

    async def compressed(self, answer: Answer) -> bytes:
        """The gzip form of an answer's body, made once for a kept one; a very large body as it is.

        Source: RFC 1952.
        """
        body = answer.result.body
        if answer.compressed is not None or len(body) > LARGEST_COMPRESSED:
            return answer.compressed or body
        if len(body) <= _QUICKLY_COMPRESSED:
            packed = gzip.compress(body, mtime=0)
        else:
            async with self._packing:
                kept = answer.compressed
                packed = await asyncio.to_thread(gzip.compress, body, mtime=0) if kept is None else kept
        if answer.kept and answer.compressed is None:
            answer.compressed = packed
            self._kept.grow((answer.operation, answer.choice), len(packed))
        return packed

    async def aclose(self) -> None:
        await self._engine.aclose()
