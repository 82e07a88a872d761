"""/metrics: what has happened so far, and what is the case now, in the text format of Prometheus.

Counters are read when somebody asks, since that costs next to nothing.  What the system has to be asked for costs tens
of milliseconds, so it is read in a thread, at most once in some seconds.
Sources: Prometheus text format 0.0.4; RFC 6750 §2.1 (Bearer).
"""

from __future__ import annotations

import asyncio
import hmac
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from otsgraph.engine.base import BOUNDS, Counters, LaneCounters
from otsgraph.engine.pool import Pool
from otsgraph.errors import Unauthorized
from otsgraph.process.resources import memory_of
from otsgraph.web.http.site import Site, site_of

READ_AGAIN = 5.0
"""What is read of processes is not read again before so much time has passed [s]."""


def read_processes() -> list[Metric]:
    """Reads what the system says of the server process, and of the memory of all processes; this blocks."""
    memory = _gauge("otsgraph_memory_bytes", "Memory of all processes (proportional set size).", memory_of(os.getpid()))
    return [memory, *ProcessCollector(registry=None).collect()]


class ProcessMetrics:
    """What `read` returns, read in a thread at most once in `every` seconds [s], for all who ask meanwhile."""

    def __init__(self, read: Callable[[], list[Metric]] = read_processes, every: float = READ_AGAIN) -> None:
        self._read = read
        self._every = every
        self._due = -1.0
        self._reading: asyncio.Future[list[Metric]] | None = None

    async def __call__(self) -> list[Metric]:
        if self._reading is None or (self._reading.done() and time.monotonic() >= self._due):
            self._reading = asyncio.ensure_future(asyncio.to_thread(self._read))
            self._due = time.monotonic() + self._every
        # a client that hangs up cancels its own waiting, not that of others
        return await asyncio.shield(self._reading)


async def metrics(request: Request) -> Response:
    """Raises Unauthorized if a token is wanted and the request has another one, or none."""
    site = site_of(request)
    if site.metrics_token:
        _require_token(request, site.metrics_token)
    of_processes: ProcessMetrics = request.app.state.process_metrics
    registry = CollectorRegistry()
    registry.register(_Reading(site, await of_processes()))
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(registry), headers={"Content-Type": content_type, "Cache-Control": "no-store"})


def _require_token(request: Request, token: str) -> None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    # in bytes, since texts that are compared in constant time have to be ASCII
    is_right = hmac.compare_digest(given.strip().encode(), token.encode())
    if scheme.lower() != "bearer" or not is_right:
        raise Unauthorized("Metrics are sent to whoever sends `Authorization: Bearer` with the token of this server.")


class _Reading(Collector):
    """All families of metrics, read at one moment, but for those of processes."""

    def __init__(self, site: Site, of_processes: Sequence[Metric]) -> None:
        self._site = site
        self._of_processes = of_processes

    def collect(self) -> Iterator[Metric]:
        site = self._site
        dataset = site.engine.dataset
        yield InfoMetricFamily("otsgraph_dataset", "The dataset that is served.", {"version": dataset.short_version})
        yield _gauge("otsgraph_dataset_triples", "Triples of the default graph.", dataset.triples)
        yield from _lanes(site.counters)
        yield from _pools(site.pools)
        yield from _answers(site)
        yield from _connections(site.counters)
        yield from self._of_processes


def _lanes(counters: Counters) -> Iterator[Metric]:
    queries = CounterMetricFamily(
        "otsgraph_queries",
        "Queries by lane and outcome (a query that moves on from the short to the long lane is counted in both;"
        " lane none: refused before any).",
        labels=("lane", "outcome"),
    )
    killed = CounterMetricFamily(
        "otsgraph_workers_killed",
        "Workers that were ended, by lane and reason (outside: not by the server).",
        labels=("lane", "reason"),
    )
    seconds = HistogramMetricFamily("otsgraph_query_seconds", "Time in a lane, waiting included.", labels=("lane",))
    queries.add_metric(("cache", "ok"), counters.cached)
    for name, lane in counters.lanes.items():
        for outcome, number in lane.outcomes.items():
            queries.add_metric((name, outcome), number)
        for reason, number in lane.killed.items():
            killed.add_metric((name, reason), number)
        seconds.add_metric((name,), _buckets(lane), lane.seconds)
    return iter((queries, killed, seconds))


def _buckets(lane: LaneCounters) -> list[tuple[str, float]]:
    bounds = [*(f"{bound:g}" for bound in BOUNDS), "+Inf"]
    return list(zip(bounds, map(float, accumulate(lane.classes)), strict=True))


def _pools(pools: Mapping[str, Pool]) -> Iterator[Metric]:
    for name, what, values in (
        ("waiting", "Queries that wait for a worker.", {lane: pool.waiting for lane, pool in pools.items()}),
        ("running", "Queries that are being evaluated.", {lane: pool.running for lane, pool in pools.items()}),
        ("workers", "Workers that are alive.", {lane: pool.workers for lane, pool in pools.items()}),
        ("queue_limit", "Most queries that may wait.", {lane: pool.limits.queue for lane, pool in pools.items()}),
    ):
        family = GaugeMetricFamily(f"otsgraph_lane_{name}", what, labels=("lane",))
        for lane, value in values.items():
            family.add_metric((lane,), value)
        yield family


def _answers(site: Site) -> Iterator[Metric]:
    yield _gauge("otsgraph_cache_answers", "Answers that are kept.", site.engine.kept)
    yield _gauge("otsgraph_cache_bytes", "Bytes that kept answers take.", site.engine.size)
    yield _counter("otsgraph_cache_hits", "Queries whose answer was kept.", site.counters.cached)
    yield _counter("otsgraph_cache_shared", "Queries that shared an evaluation under way.", site.counters.shared)
    yield _gauge("otsgraph_sending_bytes", "Bytes of large results on the way to clients.", site.send_budget.size)


def _connections(counters: Counters) -> Iterator[Metric]:
    yield _gauge("otsgraph_connections", "Open connections.", counters.connections)
    yield _by_label("otsgraph_connections_cut", "Connections cut, by reason.", "reason", counters.cut)
    yield _by_label("otsgraph_responses", "Answers by HTTP status.", "status", counters.responses)
    yield _by_label("otsgraph_reloads", "Reloads by outcome.", "outcome", counters.reloads)


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value)


def _counter(name: str, what: str, value: float) -> Metric:
    return CounterMetricFamily(name, what, value)


def _by_label(name: str, what: str, label: str, values: Mapping[str, int] | Mapping[int, int]) -> Metric:
    family = CounterMetricFamily(name, what, labels=(label,))
    for value, number in values.items():
        family.add_metric((str(value),), number)
    return family
