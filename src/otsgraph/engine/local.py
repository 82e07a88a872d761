"""Engines in this program: an engine with its own pools, lanes by cost, and one that may call other endpoints."""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from functools import lru_cache

from otsgraph.dataset.info import DatasetInfo
from otsgraph.engine.base import Engine, RunLimitExceeded
from otsgraph.engine.pool import Pool
from otsgraph.engine.wire import pack
from otsgraph.errors import REQUEST_ERRORS
from otsgraph.rdf.formats import GraphFormat, ResultsFormat
from otsgraph.sparql.federation import mentions_service
from otsgraph.sparql.protocol import Deadline, FormatChoice, QueryOperation, QueryResult

_FAMILIES: dict[str, type[ResultsFormat] | type[GraphFormat]] = {
    "ResultsFormat": ResultsFormat,
    "GraphFormat": GraphFormat,
}


class LocalEngine:
    """Query operations answered by a pool of workers.  The pool has to be started, and is closed with the engine."""

    def __init__(self, pool: Pool, dataset: DatasetInfo) -> None:
        self._pool = pool
        self.dataset = dataset

    @property
    def broken(self) -> asyncio.Future[None]:
        """Done, with EngineNotStarted, when no worker can be started any more."""
        return self._pool.broken

    async def query(self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline) -> QueryResult:
        job = pack(_header(operation, choice), operation.query.encode())
        answer = await self._pool.run(job, deadline)
        if "error" in answer.header:
            error = REQUEST_ERRORS[answer.header["error"]]
            raise error(answer.header["detail"], **answer.header["members"])
        family = _FAMILIES[answer.header["family"]]
        return QueryResult(family[answer.header["format"]], answer.body, answer.header["digest"], answer.header["hint"])

    async def aclose(self) -> None:
        await self._pool.aclose()


def _header(operation: QueryOperation, choice: FormatChoice) -> bytes:
    """The header of a job."""
    if not operation.default_graph_uris and not operation.named_graph_uris:
        return _plain_header(choice)
    return _encoded(choice, operation.default_graph_uris, operation.named_graph_uris)


@lru_cache
def _plain_header(choice: FormatChoice) -> bytes:
    return _encoded(choice, (), ())


def _encoded(choice: FormatChoice, default_graphs: tuple[str, ...], named_graphs: tuple[str, ...]) -> bytes:
    fields = {
        "default_graph_uris": default_graphs,
        "named_graph_uris": named_graphs,
        "results": choice.results.name if choice.results else None,
        "graph": choice.graph.name if choice.graph else None,
    }
    return json.dumps(fields).encode()


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


class FederatingEngine:
    """Two engines on one dataset version; the workers of both refuse what the allow-list does not name."""

    def __init__(self, fenced: Engine, open_: Engine) -> None:
        self._fenced = fenced
        self._open = open_

    @property
    def dataset(self) -> DatasetInfo:
        return self._fenced.dataset

    async def query(self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline) -> QueryResult:
        engine = self._open if mentions_service(operation.query) else self._fenced
        return await engine.query(operation, choice, deadline)

    async def aclose(self) -> None:
        await self._fenced.aclose()
        await self._open.aclose()
