"""The interface of an engine: one coroutine that answers query operations."""

from __future__ import annotations

from typing import Protocol

from otsgraph.dataset.info import DatasetInfo
from otsgraph.sparql.protocol import Deadline, FormatChoice, QueryOperation, QueryResult


class RunLimitExceeded(Exception):
    """An operation was stopped after the `seconds` [s] that one may run in an engine; another engine may allow more."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"stopped after {seconds:g} s")
        self.seconds = seconds


class Engine(Protocol):
    """Anything that answers query operations on one dataset version."""

    @property
    def dataset(self) -> DatasetInfo: ...

    async def query(self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline) -> QueryResult:
        """Returns the complete result before the deadline.  Raises the RequestError that says why there is none."""
        ...

    async def aclose(self) -> None:
        """Ends whatever the engine has started; running queries fail with EngineClosing."""
        ...
