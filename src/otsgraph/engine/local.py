"""The engines: on a pool of workers, on two lanes by cost, and with a way to other endpoints."""

from __future__ import annotations

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

MOST_REMEMBERED = 1_000
"""Number of operations that are remembered as slow."""

_FAMILIES: dict[str, type[ResultsFormat] | type[GraphFormat]] = {f.__name__: f for f in (ResultsFormat, GraphFormat)}


class LocalEngine:
    """Answers by a pool of workers, which must be started first and is closed with the engine."""

    def __init__(self, pool: Pool, dataset: DatasetInfo) -> None:
        self._pool = pool
        self.dataset = dataset

    async def query(self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline) -> QueryResult:
        graphs = operation.default_graph_uris, operation.named_graph_uris
        # graph names can be long, so they are not remembered
        header = _header.__wrapped__(choice, *graphs) if any(graphs) else _header(choice)
        answer = await self._pool.run(pack(header, operation.query.encode()), deadline)
        if "error" in answer.header:
            error = REQUEST_ERRORS[answer.header["error"]]
            raise error(answer.header["detail"], **answer.header["members"])
        family = _FAMILIES[answer.header["family"]]
        return QueryResult(family[answer.header["format"]], answer.body, answer.header["digest"], answer.header["hint"])

    async def aclose(self) -> None:
        await self._pool.aclose()


@lru_cache
def _header(choice: FormatChoice, default_graphs: tuple[str, ...] = (), named_graphs: tuple[str, ...] = ()) -> bytes:
    """Returns the header of a job."""
    fields = {
        "default_graph_uris": default_graphs,
        "named_graph_uris": named_graphs,
        "results": choice.results.name if choice.results else None,
        "graph": choice.graph.name if choice.graph else None,
    }
    return json.dumps(fields).encode()


class LanedEngine:
    """Asks the short lane first; what did not finish there, this time or last time, goes to the long lane.

    Only what has had `quick` seconds [s] in the short lane is remembered; what then finishes within that time in the
    long lane, waiting included, was slow by accident and is forgotten.  Queries change nothing, so that running one
    twice is safe.  A query with SERVICE goes to the engine `open_`, whose workers can reach the endpoints that may be
    called, if there is one.
    """

    def __init__(self, short: Engine, long: Engine | None, quick: float, open_: Engine | None = None) -> None:
        self._quick = quick
        self._short = short
        self._long = long
        self._open = open_
        self._slow: OrderedDict[int, None] = OrderedDict()

    @property
    def dataset(self) -> DatasetInfo:
        return self._short.dataset

    async def query(self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline) -> QueryResult:
        if self._open is not None and mentions_service(operation.query):
            return await self._open.query(operation, choice, deadline)
        if self._long is None:
            return await self._short.query(operation, choice, deadline)
        # queries can be long, so their hash is kept: to take one for another only makes it wait
        key = hash(operation)
        if key not in self._slow:
            try:
                return await self._short.query(operation, choice, deadline)
            except RunLimitExceeded as stopped:
                if stopped.seconds >= self._quick:
                    self._slow[key] = None
                    if len(self._slow) > MOST_REMEMBERED:
                        self._slow.popitem(last=False)
        began = time.monotonic()
        result = await self._long.query(operation, choice, deadline)
        if time.monotonic() - began < self._quick:
            self._slow.pop(key, None)
        return result

    async def aclose(self) -> None:
        for engine in (self._short, self._long, self._open):
            if engine is not None:
                await engine.aclose()
