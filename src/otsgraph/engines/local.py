"""The engine that evaluates in worker processes on this machine."""

from __future__ import annotations

import asyncio
import json
from functools import lru_cache

from otsgraph.dataset.info import DatasetInfo
from otsgraph.engines.frames import pack
from otsgraph.engines.pool import Pool
from otsgraph.errors import REQUEST_ERRORS
from otsgraph.rdf.formats import GraphFormat, ResultsFormat
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
