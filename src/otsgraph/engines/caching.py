"""Keeps complete answers in memory, and evaluates once what many ask at the same time.

An answer is a function of the operation and the formats, for one dataset version; each dataset version has an engine
and a cache of its own.  Operations that may give another answer each time (RAND, NOW, fresh blank nodes, other
endpoints) are neither kept nor shared.
"""

from __future__ import annotations

import asyncio
import gzip
import sys
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TypeAlias

from otsgraph.dataset_info import DatasetInfo
from otsgraph.deadline import Deadline
from otsgraph.engines.base import Engine
from otsgraph.operation import FormatChoice, QueryOperation, QueryResult
from otsgraph.sparql_text import is_repeatable

BUDGET = 64 * 2**20
"""Bytes that all kept answers may have together, with their compressed forms."""

_LARGEST_SHARE = 8
"""An answer above this fraction of the budget is not kept: it would push out too many others."""

_OVERHEAD = 1_024
"""Bytes that an answer is reckoned to take beside its body and what was asked."""

_QUICKLY_COMPRESSED = 2**16
"""Bytes that are compressed at once; more are compressed in a thread, since it takes milliseconds."""

Key: TypeAlias = tuple[QueryOperation, FormatChoice]


@dataclass(slots=True, weakref_slot=True)
class Answer:
    """A complete result, whether it may be kept, and its gzip form once somebody has asked for that.

    `kept` turns False when the cache lets it go.
    """

    operation: QueryOperation
    result: QueryResult
    repeatable: bool
    kept: bool = False
    compressed: bytes | None = None

    @property
    def size(self) -> int:
        """Bytes in memory."""
        asked = (self.operation.query, *self.operation.default_graph_uris, *self.operation.named_graph_uris)
        return sum(map(sys.getsizeof, asked)) + len(self.result.body) + len(self.compressed or b"") + _OVERHEAD


@dataclass(slots=True)
class _Flight:
    """One evaluation under way and the number of those who wait for it."""

    task: asyncio.Task[Answer]
    waiting: int = field(default=0)


class CachingEngine:
    """An engine in front of another one.  `budget` in bytes."""

    def __init__(self, engine: Engine, budget: int = BUDGET) -> None:
        self._engine = engine
        self._budget = budget
        self._kept: OrderedDict[Key, Answer] = OrderedDict()
        self._size = 0
        self._flights: dict[Key, _Flight] = {}

    @property
    def dataset(self) -> DatasetInfo:
        return self._engine.dataset

    @property
    def size(self) -> int:
        """Bytes that the kept answers take."""
        return self._size

    async def query(self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline) -> QueryResult:
        return (await self.answer(operation, choice, deadline)).result

    def peek(self, operation: QueryOperation, choice: FormatChoice) -> Answer | None:
        """The kept answer, without waiting; None if there is none."""
        key = (operation, choice)
        answer = self._kept.get(key)
        if answer is not None:
            self._kept.move_to_end(key)
        return answer

    async def answer(self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline) -> Answer:
        """The kept answer, or that of the engine.

        Those who ask the same at the same time share one evaluation with the first one's deadline; it is withdrawn
        when the last of them has gone.  Raises whatever the engine raises; a failure is never kept.
        """
        kept = self.peek(operation, choice)
        if kept is not None:
            return kept
        if not is_repeatable(operation.query):
            return Answer(operation, await self._engine.query(operation, choice, deadline), repeatable=False)
        key = (operation, choice)
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.create_task(self._evaluate(key, deadline)))
            flight.task.add_done_callback(_forget)
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._flights.pop(key, None)
                flight.task.cancel()

    async def _evaluate(self, key: Key, deadline: Deadline) -> Answer:
        flight = self._flights[key]
        try:
            answer = Answer(key[0], await self._engine.query(*key, deadline), repeatable=True)
            self._keep(key, answer)
            return answer
        finally:
            if self._flights.get(key) is flight:
                del self._flights[key]

    def _keep(self, key: Key, answer: Answer) -> None:
        if answer.size > self._budget // _LARGEST_SHARE:
            return
        answer.kept = True
        self._kept[key] = answer
        self._size += answer.size
        self._make_room()

    def _make_room(self) -> None:
        while self._size > self._budget:
            _, oldest = self._kept.popitem(last=False)
            oldest.kept = False
            self._size -= oldest.size

    async def compressed(self, answer: Answer) -> bytes:
        """The gzip form of an answer's body, made once for a kept one.  Source: RFC 1952."""
        if answer.compressed is not None:
            return answer.compressed
        body = answer.result.body
        if len(body) <= _QUICKLY_COMPRESSED:
            packed = gzip.compress(body, mtime=0)
        else:
            packed = await asyncio.to_thread(gzip.compress, body, mtime=0)
        if answer.kept and answer.compressed is None:
            answer.compressed = packed
            self._size += len(packed)
            self._make_room()
        return packed

    async def aclose(self) -> None:
        await self._engine.aclose()


def _forget(task: asyncio.Task[Answer]) -> None:
    """Takes note of a failure that nobody is left to hear of."""
    if not task.cancelled():
        task.exception()
