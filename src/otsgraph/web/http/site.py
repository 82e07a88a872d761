"""What requests are answered from: engine, saved queries, names and downloads of one dataset version, and limits."""

from __future__ import annotations

import asyncio
import ipaddress
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from otsgraph.engine.base import Counters
from otsgraph.engine.cache import Answer, CachingEngine
from otsgraph.engine.pool import Pool
from otsgraph.errors import Limit, ResultTooBig, TooManyQueries
from otsgraph.graph.names import Names
from otsgraph.queries.saved import PAGE_QUERIES, SavedQuery, load
from otsgraph.sparql.protocol import Deadline, FormatChoice, QueryOperation, Solution, solutions
from otsgraph.web.http.access_log import QUERY
from otsgraph.web.http.files import Downloads
from otsgraph.web.http.headers import address_of
from otsgraph.web.http.reload import EARLY
from otsgraph.web.http.responses import PageCache, ResponseCache, SendBudget, while_connected

_IPV6_CLIENT = 64
"""Bits of an IPv6 address that identify a client: whoever has one address has the whole network."""


def client_of(scope: Scope) -> str:
    """Returns the address of a client, the network for IPv6, or nothing if it is not known."""
    host = scope["client"][0] if scope.get("client") else ""
    if ":" not in host:
        return str(host)
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return str(host)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, _IPV6_CLIENT), strict=False))


class Clients:
    """Counts the queries of each client; `most` is the limit for one client, or 0 for no limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._queries: Counter[str] = Counter()

    @property
    def are_counted(self) -> bool:
        """Whether there is a limit."""
        return self._most > 0

    @contextmanager
    def place_for(self, scope: Scope) -> Iterator[None]:
        """Counts a query while it runs or waits.  Raises TooManyQueries."""
        if not self._most:
            yield
            return
        client = client_of(scope)
        if self._queries[client] >= self._most:
            raise TooManyQueries(
                f"{self._most} of your queries are running or waiting, which is the limit for a client.",
                retry_after=1, limit=self._most, unit="queries",
            )  # fmt: skip
        self._queries[client] += 1
        try:
            yield
        finally:
            self._queries[client] -= 1
            if not self._queries[client]:
                del self._queries[client]


LARGEST_FOR_PAGE = 2**23
"""Maximum size of an answer that a page is made from [bytes]: to read more would delay other requests."""

_ADDRESSED = "otsgraph.addressed"
"""The key of a scope that is present if the response contains the address that the client used."""


@dataclass(frozen=True, slots=True)
class Site:
    """One dataset version and what it is served with.

    `names` is the index of names; `time_limit` in seconds [s]; `query_size_limit` in bytes; `services` are the
    endpoints that a query may call; `limits` are all limits in force, for people; `pools` are those of the engine, by
    lane.

    `public_url` is the address of the site without a slash at its end, or empty: then it is what each client uses.
    `metrics_token` is required for /metrics, unless it is empty.
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
    send_budget: SendBudget = field(default_factory=lambda: SendBudget(2**29))
    responses: ResponseCache = field(default_factory=ResponseCache)
    pages: PageCache = field(default_factory=PageCache)
    services: frozenset[str] = frozenset()
    page_queries: Mapping[str, SavedQuery] = field(default_factory=lambda: load(PAGE_QUERIES))
    public_url: str = ""
    metrics_token: str = field(default="", repr=False)

    def begin(self, operation: QueryOperation, choice: FormatChoice) -> asyncio.Future[Answer] | None:
        """Starts to answer an operation; returns None if the answer is kept, or clients have to be counted."""
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
        """Returns the answer to an operation, unless the client disconnects first.

        `receive` must have returned the whole request body; `time_limit` is the client's own [s].  Raises ClientGone,
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
    """Returns the site that a request was sent to."""
    site: Site = request.app.state.site
    return site


async def solutions_for(request: Request, name: str, terms: Mapping[str, str] | None = None) -> list[Solution]:
    """Returns the solutions of a page query, by its name, with terms for its parameters.

    Raises ResultTooBig if there are more than a page is made from, and whatever the engine raises.
    """
    site = site_of(request)
    query = site.page_queries[name].bind(terms or {})
    answer = await site.ask(QueryOperation(query), FormatChoice(), request.scope, request.receive)
    size = len(answer.result.body)
    if size > LARGEST_FOR_PAGE:
        raise ResultTooBig(
            "This is too much for a page; ask /sparql for a part of it.",
            limit=LARGEST_FOR_PAGE,
            unit="bytes",
        )
    return await asyncio.to_thread(solutions, answer.result.body)


def base_of(request: Request) -> str:
    """Returns the address of the site without a slash at its end: the setting's, else the client's, else nothing.

    Notes in the scope if it is the client's: the response is then for this client alone (see `PrivateIfAddressed`).
    """
    site = site_of(request)
    if not site.public_url:
        request.scope[_ADDRESSED] = True
    return site.public_url or address_of(request.scope) or ""


class PrivateIfAddressed:
    """Keeps responses that contain the address that a client used out of shared caches.

    A client chooses Host, and through a proxy the scheme; a shared cache would show links made of them to others.
    Source: RFC 9111 §5.2.2.7 (private), §4.1 (Vary).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and scope.get(_ADDRESSED):
                # not in place: a kept page is sent to many clients
                headers = MutableHeaders(raw=list(message["headers"]))
                headers.add_vary_header("Host")
                if cached := headers.get("cache-control"):
                    headers["cache-control"] = cached.replace("public", "private")
                message = {**message, "headers": headers.raw}
            await send(message)

        await self._app(scope, receive, send_on)
