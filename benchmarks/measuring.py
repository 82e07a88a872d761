"""All measurements of a run, each as a value; nothing here writes a report."""

from __future__ import annotations

import contextlib
import itertools
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from benchmarks.asking import ask, ask_all, get
from benchmarks.driving import NUMBERS, Reading, drive
from benchmarks.endpoints import OURS, CannotMeasureError, Endpoint, Running, running
from benchmarks.loads import FILLING, LARGE, LOADS, REPEATED_LARGE, Load, mixed
from benchmarks.machine import MIB
from otsgraph.process.resources import memory_of

STARTS = 3
"""How often each endpoint is started to see how long it takes."""

MIXED = 1_000
"""How many queries are asked before memory is measured again."""

FULL = 60 * MIB
"""A cache is full when its answers take more than this [bytes]; its limit is 64 MiB."""

_MOST_FILLING = 40
"""Batches of 100 queries after which a cache that is not full is given up."""

_PAUSE = 1.0
"""Time between the first answer and the first look at memory [s]."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sample:
    """What was read of one endpoint under one load in one round."""

    endpoint: str
    load: Load
    reading: Reading


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What an endpoint takes: time until its first answer [s], memory after its start, after mixed queries and with
    a full cache [bytes].  `failures` counts answers to the mixed queries with a status other than 200."""

    endpoint: str
    first_answer: float
    at_start: int
    after_mixed: int
    cache_full: int | None
    failures: int


def upkeep(endpoint: Endpoint, folder: Path) -> Upkeep:
    """Starts an endpoint, alone, several times, and looks at its memory the last time."""
    first_answers = []
    for _ in range(STARTS - 1):
        with running(endpoint, folder) as server:
            first_answers.append(server.first_answer)
    with running(endpoint, folder) as server:
        first_answers.append(server.first_answer)
        time.sleep(_PAUSE)
        at_start = memory_of(server.process)
        failures = ask_all(server.url, mixed(MIXED))
        after_mixed = memory_of(server.process)
        cache_full = _memory_with_full_cache(server) if endpoint.name == OURS else None
    return Upkeep(endpoint.name, median(first_answers), at_start, after_mixed, cache_full, failures)


def _memory_with_full_cache(server: Running) -> int:
    numbers = itertools.count(1)
    for _ in range(_MOST_FILLING):
        if _cache_size(server.url) > FULL:
            return memory_of(server.process)
        ask_all(server.url, [FILLING.numbered(next(numbers)) for _ in range(100)])
    raise CannotMeasureError(f"the cache has {_cache_size(server.url)} bytes after {_MOST_FILLING * 100} queries")


def _cache_size(url: str) -> float:
    """Bytes that kept answers take, as the endpoint tells."""
    address = urlsplit(url)
    text = get(f"{address.scheme}://{address.netloc}", "/metrics").body.decode()
    found = re.search(r"^otsgraph_cache_bytes (\S+)", text, re.MULTILINE)
    if found is None:
        raise CannotMeasureError("/metrics does not tell otsgraph_cache_bytes")
    return float(found[1])


def check_rows(servers: Sequence[Running]) -> None:
    """All endpoints must give the same number of rows to each query.  Raises CannotMeasureError."""
    for load in LOADS:
        replies = {server.name: ask(server.url, load.numbered(0)) for server in servers}
        rows = {name: reply.rows for name, reply in replies.items()}
        if len(set(rows.values())) != 1 or not all(rows.values()):
            told = ", ".join(f"{name} {number} (status {replies[name].status})" for name, number in rows.items())
            raise CannotMeasureError(f"the endpoints give different numbers of rows for {load.kind}: {told}")
        if load is REPEATED_LARGE and min(len(reply.body) for reply in replies.values()) < LARGE:
            raise CannotMeasureError(f"the large result has less than {LARGE} bytes")


def measure(endpoints: Sequence[Endpoint], folder: Path, rounds: int, seconds: int, tell: Tell) -> list[Sample]:
    """Drives all endpoints, which run side by side: round by round, load by load, each endpoint in turn."""
    firsts = itertools.count(1, NUMBERS)
    samples = []
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(running(endpoint, folder)) for endpoint in endpoints]
        check_rows(servers)
        for number, load in itertools.product(range(1, rounds + 1), LOADS):
            for server in servers:
                reading = drive(server.url, load, seconds, next(firsts))
                samples.append(Sample(server.name, load, reading))
                tell(f"round {number} of {rounds}: {load.name} connections: {server.name} {reading.rate:,.0f} a second")
    return samples
