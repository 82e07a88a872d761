"""The engine that evaluates in worker processes on this machine."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Collection
from pathlib import Path

from otsgraph.dataset_info import DatasetInfo
from otsgraph.deadline import Deadline
from otsgraph.engines.frames import Frame
from otsgraph.engines.pool import Pool
from otsgraph.errors import REQUEST_ERRORS
from otsgraph.formats import GraphFormat, ResultsFormat
from otsgraph.operation import FormatChoice, QueryOperation, QueryResult

_FAMILIES: dict[str, type[ResultsFormat] | type[GraphFormat]] = {
    "ResultsFormat": ResultsFormat,
    "GraphFormat": GraphFormat,
}


def worker_command(prepared: Path, *, memory: int, largest_result: int, services: Collection[str] = ()) -> list[str]:
    """The command line of a worker; `memory` and `largest_result` in bytes.

    `services` are the IRIs of endpoints that it may ask; a worker that has none opens no socket.

    `-P` keeps the current folder off the module path, so that nothing lying there is imported.
    """
    options = {"--parent": os.getpid(), "--memory": memory, "--largest-result": largest_result}
    flags = [str(word) for pair in options.items() for word in pair]
    flags += [word for service in sorted(services) for word in ("--service", service)]
    return [sys.executable, "-P", "-m", "otsgraph.engines.worker", str(prepared), *flags]


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
        answer = await self._pool.run(_job(operation, choice), deadline)
        if "error" in answer.header:
            error = REQUEST_ERRORS[answer.header["error"]]
            raise error(answer.header["detail"], **answer.header["members"])
        family = _FAMILIES[answer.header["family"]]
        return QueryResult(family[answer.header["format"]], answer.body, answer.header["digest"], answer.header["hint"])

    async def aclose(self) -> None:
        await self._pool.aclose()


def _job(operation: QueryOperation, choice: FormatChoice) -> Frame:
    return Frame(
        {
            "default_graph_uris": operation.default_graph_uris,
            "named_graph_uris": operation.named_graph_uris,
            "results": choice.results.name if choice.results else None,
            "graph": choice.graph.name if choice.graph else None,
        },
        operation.query.encode(),
    )
