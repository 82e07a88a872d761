"""Caches: one that is bounded by bytes, and one of answers in front of an engine.

An answer depends on the operation and the formats only, for one dataset version; each version has an engine and a cache
of its own.  The answers to operations that may differ each time (RAND, NOW, fresh blank nodes, other endpoints) are
neither kept nor shared.
"""

from __future__ import annotations

import asyncio
import gzip
import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeAlias, TypeVar

from otsgraph.dataset.info import DatasetInfo
from otsgraph.engine.base import Counters, Engine
from otsgraph.sparql.protocol import Deadline, FormatChoice, QueryOperation, QueryResult
from otsgraph.sparql.tokens import is_repeatable

LARGEST_SHARE = 8
"""A value above this fraction of the budget is not kept: it would push out too many others."""

BUDGET = 64 * 2**20
"""Bytes for all kept answers with their compressed forms."""

_OVERHEAD = 1_024
"""Bytes that an answer takes besides its body and its operation, about."""

LARGEST_COMPRESSED = 2**22
"""Maximum size of a body that is compressed [bytes]; more would keep a processor from other clients for too long."""

_QUICKLY_COMPRESSED = 2**16
"""Bytes that are compressed at once; more are compressed in a thread, since it takes milliseconds."""

_EASY = QueryOperation("ASK { }")

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Key: TypeAlias = tuple[QueryOperation, FormatChoice]
_FlightKey: TypeAlias = tuple[QueryOperation, FormatChoice, float]


class ByteLru(Generic[K, V]):
    """Keeps values within a budget of bytes; the least recently used go first.

    `dropped` is called with each value that is no longer kept.
    """

    def __init__(self, budget: int, dropped: Callable[[V], None] | None = None) -> None:
        self._budget = budget
        self._dropped = dropped
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.size = 0
        """Bytes that the kept values take."""

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: object) -> bool:
        return key in self._kept

    def find(self, key: K) -> V | None:
        """Returns the value of a key, or None if there is none."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: K, value: V, size: int) -> bool:
        """Keeps a value of `size` bytes, instead of an earlier one.  Returns False if it is too large."""
        if size > self._budget // LARGEST_SHARE:
            return False
        self.drop(key)
        self._kept[key] = value, size
        self.size += size
        self._make_room()
        return True

    def grow(self, key: K, by: int) -> None:
        """Counts more bytes for a kept value."""
        value, size = self._kept[key]
        self._kept[key] = value, size + by
        self.size += by
        self._make_room()

    def drop(self, key: K) -> None:
        """Forgets a key if it is kept."""
        if key in self._kept:
            self._forget(key)

    def _make_room(self) -> None:
        while self.size > self._budget:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: K) -> None:
        value, size = self._kept.pop(key)
        self.size -= size
        if self._dropped is not None:
            self._dropped(value)


@dataclass(slots=True, weakref_slot=True)
class Answer:
    """A complete result, with the short form of its dataset version.

    `repeatable` says whether it may be kept, `kept` whether the cache keeps it at present; `compressed` is its gzip
    form once somebody has asked for that.
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
    """One evaluation that is running, and the futures of those who wait for it."""

    task: asyncio.Task[Answer]
    waiters: list[asyncio.Future[Answer]] = field(default_factory=list)

    def land(self, task: asyncio.Task[Answer]) -> None:
        """Passes the outcome on to all who still wait."""
        # an exception that nobody retrieves would be logged
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
    """An engine that keeps the answers of another one.  `budget` in bytes."""

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
        """Number of answers that are kept."""
        return len(self._kept)

    async def probe(self, deadline: Deadline) -> None:
        """Asks the engine an easy query, bypassing the cache.  Raises whatever the engine raises."""
        await self._engine.query(_EASY, FormatChoice(), deadline)

    async def query(self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline) -> QueryResult:
        answer = self.peek(operation, choice) or await self.answer(operation, choice, deadline)
        return answer.result

    def keeps(self, operation: QueryOperation, choice: FormatChoice) -> bool:
        """Whether the answer is kept."""
        return (operation, choice) in self._kept

    def peek(self, operation: QueryOperation, choice: FormatChoice) -> Answer | None:
        """Returns the kept answer, or None."""
        answer = self._kept.find((operation, choice))
        if answer is not None:
            self._counters.cached += 1
        return answer

    def answer(self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline) -> asyncio.Future[Answer]:
        """Returns the future of an answer, which is then kept; cancel it to stop waiting.

        Those who ask the same at the same time, with the same time limit, share one evaluation with the deadline of the
        first; it is withdrawn when the last of them has gone.  Fails as the engine does; a failure is never kept.
        """
        if not is_repeatable(operation.query):
            return asyncio.ensure_future(self._evaluate(operation, choice, deadline, repeatable=False))
        key = (operation, choice, deadline.limit)
        flight = self._flights.get(key)
        if flight is None:
            evaluation = self._evaluate(operation, choice, deadline, repeatable=True)
            flight = self._flights[key] = _Flight(asyncio.ensure_future(evaluation))
            flight.task.add_done_callback(lambda _: self._land(key, flight))
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

    def _land(self, key: _FlightKey, flight: _Flight) -> None:
        """Lets nobody join an evaluation any more; another one of the same query may have replaced it."""
        if self._flights.get(key) is flight:
            del self._flights[key]

    async def _evaluate(
        self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline, *, repeatable: bool
    ) -> Answer:
        result = await self._engine.query(operation, choice, deadline)
        answer = Answer(operation, choice, result, self._version, repeatable)
        if repeatable:
            answer.kept = self._kept.keep((operation, choice), answer, answer.size)
        return answer

    async def compressed(self, answer: Answer) -> bytes:
        """Returns the body of an answer as gzip, made once for a kept one; a very large body unchanged.

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
