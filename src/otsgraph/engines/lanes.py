"""Two lanes of one dataset version: what is answered quickly never waits behind what is not."""

from __future__ import annotations

import time
from collections import OrderedDict

from otsgraph.dataset.info import DatasetInfo
from otsgraph.engines.base import Engine, RunLimitExceeded
from otsgraph.sparql.protocol import Deadline, FormatChoice, QueryOperation, QueryResult

MOST_REMEMBERED = 1_000
"""Operations that are known to be slow."""


class LanedEngine:
    """Short lane first; what did not finish there, or did not last time, goes to the long lane.

    Only what has had `quick` seconds [s] in the short lane is remembered; what does finish within that time in the long
    lane, waiting included, was slow by accident and may go to the short one again.  Queries change nothing, so that
    running one twice is safe.
    """

    def __init__(self, short: Engine, long: Engine, quick: float) -> None:
        self._quick = quick
        self._short = short
        self._long = long
        self._slow: OrderedDict[int, None] = OrderedDict()

    @property
    def dataset(self) -> DatasetInfo:
        return self._short.dataset

    async def query(self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline) -> QueryResult:
        # queries can be long, so they are known by their hash: taking one for another only makes it wait
        key = hash(operation)
        if key not in self._slow:
            try:
                return await self._short.query(operation, choice, deadline)
            except RunLimitExceeded as stopped:
                if stopped.seconds >= self._quick:
                    self._remember(key)
        began = time.monotonic()
        result = await self._long.query(operation, choice, deadline)
        if time.monotonic() - began < self._quick:
            self._slow.pop(key, None)
        return result

    def _remember(self, key: int) -> None:
        self._slow[key] = None
        if len(self._slow) > MOST_REMEMBERED:
            self._slow.popitem(last=False)

    async def aclose(self) -> None:
        await self._short.aclose()
        await self._long.aclose()
