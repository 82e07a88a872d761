"""What the pages are made from: an engine, saved queries, downloads, and the limits within which they are asked."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.types import Receive, Scope

from otsgraph.deadline import Deadline
from otsgraph.engines.caching import Answer, CachingEngine
from otsgraph.engines.counters import Counters
from otsgraph.engines.pool import Pool
from otsgraph.errors import ResultTooBig, TooManyQueries
from otsgraph.limits import Limit
from otsgraph.names import Names
from otsgraph.operation import FormatChoice, QueryOperation
from otsgraph.saved_queries import SavedQuery
from otsgraph.solutions import Solution, solutions
from otsgraph.web.access import QUERY
from otsgraph.web.answering import while_connected
from otsgraph.web.clients import Clients
from otsgraph.web.downloads import Downloads
from otsgraph.web.headers import address_of
from otsgraph.web.outbox import Outbox
from otsgraph.web.page_memory import PageMemory
from otsgraph.web.ready import ReadyAnswers
from otsgraph.web.switch import EARLY

LARGEST_FOR_PAGE = 2**23
"""Bytes of an answer from which a page or a description of a thing is made: to read more would hold others up."""


@dataclass(frozen=True, slots=True)
class Site:
    """One dataset version and what it is served with.

    `names` is the index of what things are called; `time_limit` in seconds [s]; `query_size_limit` in bytes; `services`
    are the other endpoints that a query may ask; `limits` all limits that are in force, for people; `pools` those
    behind the engine, by lane.

    `public_url` is the address under which the site is reached, without a slash at its end, or empty: then it is what
    each client says.
    """

    engine: CachingEngine
    queries: Mapping[str, SavedQuery]
    names: Names
    downloads: Downloads
    time_limit: float
    query_size_limit: int = 2**20
    limits: Sequence[Limit] = ()
    pools: Mapping[str, Pool] = field(default_factory=dict)
    counters: Counters = field(default_factory=Counters)
    clients: Clients = field(default_factory=lambda: Clients(0))
    outbox: Outbox = field(default_factory=lambda: Outbox(2**29))
    ready: ReadyAnswers = field(default_factory=ReadyAnswers)
    pages: PageMemory = field(default_factory=PageMemory)
    services: frozenset[str] = frozenset()
    public_url: str = ""

    def begin(self, operation: QueryOperation, choice: FormatChoice) -> asyncio.Future[Answer] | None:
        """The answer to an operation, asked for without waiting; None if it is kept, or clients have to be counted."""
        if self.clients.are_counted or self.engine.keeps(operation, choice):
            return None
        return self.engine.answer(operation, choice, Deadline.after(self.time_limit))

    async def ask(
        self,
        operation: QueryOperation,
        choice: FormatChoice,
        scope: Scope,
        receive: Receive,
        time_limit: float = math.inf,
    ) -> Answer:
        """The answer to an operation, for as long as the client of a request waits for it.

        `receive` must have given the whole request body; `time_limit` is the client's own [s].  Raises ClientGone,
        TooManyQueries, and whatever the engine raises.
        """
        scope[QUERY] = operation.query
        early: asyncio.Future[Answer] | None = scope.pop(EARLY, None)
        if early is not None:
            return await early
        kept = self.engine.peek(operation, choice)
        if kept is not None:
            return kept
        try:
            with self.clients.place_for(scope):
                deadline = Deadline.after(min(self.time_limit, time_limit))
                return await while_connected(self.engine.answer(operation, choice, deadline), receive)
        except TooManyQueries as error:
            self.counters.lanes["none"].outcomes[error.code] += 1
            raise


def site_of(request: Request) -> Site:
    """The site that a request was sent to."""
    site: Site = request.app.state.site
    return site


async def solutions_for(request: Request, query: str) -> list[Solution]:
    """The solutions of a SELECT query that a page is made from.

    Raises ResultTooBig for more than a page can be made from, and whatever the engine raises.
    """
    answer = await site_of(request).ask(QueryOperation(query), FormatChoice(), request.scope, request.receive)
    size = len(answer.result.body)
    if size > LARGEST_FOR_PAGE:
        raise ResultTooBig(
            "There is more of this than a page is made from; ask /sparql for a part of it.",
            limit=LARGEST_FOR_PAGE,
            unit="bytes",
        )
    return await asyncio.to_thread(solutions, answer.result.body)


def base_of(request: Request) -> str:
    """The address under which a client reached the site, without a slash at its end; empty where it does not say."""
    return site_of(request).public_url or address_of(request.scope) or ""
