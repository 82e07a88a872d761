"""/metrics: what has happened so far, and what is the case now, in the text format of Prometheus."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
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

from otsgraph.engines.counters import BOUNDS, Counters, LaneCounters
from otsgraph.engines.pool import Pool
from otsgraph.processes import memory_of
from otsgraph.web.site import Site, site_of


async def metrics(request: Request) -> Response:
    site = site_of(request)
    registry = CollectorRegistry()
    registry.register(_Reading(site))
    ProcessCollector(registry=registry)
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(registry), headers={"Content-Type": content_type, "Cache-Control": "no-store"})


class _Reading(Collector):
    """All families of metrics, read at one moment."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def collect(self) -> Iterator[Metric]:
        site = self._site
        dataset = site.engine.dataset
        yield InfoMetricFamily("otsgraph_dataset", "The dataset that is served.", {"version": dataset.short_version})
        yield _gauge("otsgraph_dataset_triples", "Triples of the default graph.", dataset.triples)
        yield from _lanes(site.counters)
        yield from _pools(site.pools)
        yield from _answers(site)
        yield from _connections(site.counters)
        yield _gauge(
            "otsgraph_memory_bytes", "Memory of all processes (proportional set size).", memory_of(os.getpid())
        )


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
    yield _gauge("otsgraph_sending_bytes", "Bytes of large results on the way to clients.", site.outbox.size)


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
