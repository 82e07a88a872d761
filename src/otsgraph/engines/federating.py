"""Sends queries that may ask other endpoints to workers that can; all others to workers that cannot."""

from __future__ import annotations

from otsgraph.dataset.info import DatasetInfo
from otsgraph.engines.base import Engine
from otsgraph.sparql.federation import mentions_service
from otsgraph.sparql.protocol import Deadline, FormatChoice, QueryOperation, QueryResult


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
