"""Puts the parts together: settings → prepared dataset → engine → site."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

from otsgraph.dataset.info import INFO, NAMES, PROGRESS, QUERIES, DatasetInfo
from otsgraph.dataset.sources import packaged_folder
from otsgraph.engine.base import Engine
from otsgraph.engine.cache import CachingEngine
from otsgraph.engine.forkserver import Nursery, nursery_command
from otsgraph.engine.local import FederatingEngine, LanedEngine, LocalEngine
from otsgraph.engine.pool import Pool, PoolLimits, Worker
from otsgraph.engine.stats import Counters
from otsgraph.errors import CommandError, size_text
from otsgraph.graph.names import Names
from otsgraph.process.temporary import temporary_folder
from otsgraph.queries import saved as saved_queries
from otsgraph.settings import Settings, limits, worker_environment
from otsgraph.web.clients import Clients
from otsgraph.web.downloads import Downloads
from otsgraph.web.outbox import Outbox
from otsgraph.web.site import Site

log = logging.getLogger(__name__)

LONG_NICE = 19
"""How much the long lane gives way to everything else (nice(2))."""

LONGEST_WAIT = 2.0
"""A query that would wait longer for the short lane [s] is refused at once, so that its client may try again later."""

OPEN_WORKERS = 2
"""Worker processes for queries that ask other endpoints, where that is allowed."""


@contextlib.asynccontextmanager
async def prepared_dataset(settings: Settings) -> AsyncIterator[Path]:
    """A temporary directory with the prepared dataset.

    Raises CommandError with what is wrong with the sources, or which limit they exceed.
    """
    with temporary_folder() as directory:
        data = [word for path in settings.data for word in ("--data", str(path))]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "otsgraph.dataset.build", "--into", str(directory), *data),
            *("--parent", str(os.getpid()), "--memory", str(int(settings.load_memory_limit))),
            *("--default-graph", "facts" if settings.layered else "own"),
            *["--no-inferred"] * settings.no_inferred,
            *(word for folder in query_folders(settings) for word in ("--queries", str(folder))),
            *(word for service in settings.allow_service for word in ("--allow-service", service)),
            *(["--endpoint", f"{settings.public_url}/sparql"] if settings.public_url else []),
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(settings.load_time_limit):
                _, errors = await process.communicate()
        except TimeoutError:
            limit = f"{settings.load_time_limit:g} seconds (--load-time-limit)"
            raise CommandError(f"{_read_last(directory)}: loading takes longer than {limit}") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise CommandError(_why_it_ended(directory, int(process.returncode or 0), errors, settings))
        yield directory


def _read_last(prepared: Path) -> str:
    """The name of the file that was being read, or words for what is done after that."""
    with contextlib.suppress(OSError):
        if name := os.fsdecode((prepared / PROGRESS).read_bytes()):
            return name
    return "the sources"


def _why_it_ended(prepared: Path, status: int, errors: bytes, settings: Settings) -> str:
    """Why a preparation gave no dataset, in one line."""
    if status == -signal.SIGABRT:
        limit = f"{size_text(settings.load_memory_limit)} (--load-memory-limit)"
        return f"{_read_last(prepared)}: loading needs more memory than {limit}"
    if status == -signal.SIGSEGV:
        return f"{_read_last(prepared)}: is nested too deeply to be read"
    said = errors.decode(errors="replace").strip().splitlines()
    return said[-1] if said else f"{_read_last(prepared)}: loading ended with status {status}"


@contextlib.asynccontextmanager
async def open_engine(
    prepared: Path, settings: Settings, counters: Counters
) -> AsyncIterator[tuple[CachingEngine, dict[str, Pool]]]:
    """An engine on a prepared dataset, with a worker ready in each lane, and its pools by lane.

    Raises EngineNotStarted.
    """
    info = DatasetInfo.from_json((prepared / INFO).read_text(encoding="utf-8"))
    memory = settings.query_memory_limit
    command = nursery_command(prepared, memory=memory, largest_result=settings.result_size_limit)
    nursery = Nursery(command, worker_environment())
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(nursery.aclose)
        pools = {name: Pool(*arguments, counters.lanes[name]) for name, arguments in _lanes(nursery, settings).items()}
        for pool in pools.values():
            stack.push_async_callback(pool.aclose)
            await pool.start()
        if not nursery.confines:
            log.warning("SERVICE: this system cannot confine connections; only the query text is checked.")
        lanes = {name: LocalEngine(pool, info) for name, pool in pools.items()}
        engine: Engine = lanes["short"]
        if "long" in lanes:
            engine = LanedEngine(engine, lanes["long"], quick=settings.short_time_limit)
        if "open" in lanes:
            engine = FederatingEngine(engine, lanes["open"])
        yield CachingEngine(engine, settings.cache_limit, counters), pools


def _lanes(nursery: Nursery, settings: Settings) -> dict[str, tuple[Callable[[], Awaitable[Worker]], PoolLimits]]:
    """How each lane gets its workers, and their limits."""
    memory = settings.query_memory_limit
    (short, long), (short_queue, long_queue) = settings.workers, settings.queue_limit
    run_limit = settings.short_time_limit if long else math.inf
    eager = len(os.sched_getaffinity(0)) + 1
    lanes: dict[str, tuple[Callable[[], Awaitable[Worker]], PoolLimits]] = {
        "short": (nursery.worker, PoolLimits(short, short_queue, eager, run_limit, memory, LONGEST_WAIT))
    }
    if long:
        make_long = partial(nursery.worker, nice=LONG_NICE)
        lanes["long"] = make_long, PoolLimits(long, long_queue, memory=memory)
    if settings.allow_service:
        make_open = partial(nursery.worker, services=settings.allow_service)
        lanes["open"] = make_open, PoolLimits(OPEN_WORKERS, long_queue, memory=memory)
    return lanes


@contextlib.asynccontextmanager
async def open_site(settings: Settings, counters: Counters | None = None) -> AsyncIterator[Site]:
    """Everything that answers requests, ready to do so.  Raises CommandError."""
    counters = counters or Counters()
    _tell_of_replaced(query_folders(settings))
    async with (
        prepared_dataset(settings) as prepared,
        open_engine(prepared, settings, counters) as (engine, pools),
    ):
        yield Site(
            engine,
            saved_queries.load_written(prepared / QUERIES),
            Names(prepared / NAMES),
            Downloads(prepared),
            settings.query_time_limit,
            query_size_limit=settings.query_size_limit,
            limits=limits(settings),
            pools=pools,
            counters=counters,
            clients=Clients(settings.client_query_limit),
            outbox=Outbox(settings.sending_limit),
            services=frozenset(settings.allow_service),
            public_url=settings.public_url,
            metrics_token=settings.metrics_token.get_secret_value() if settings.metrics_token else "",
        )


def _tell_of_replaced(folders: Sequence[Path]) -> None:
    for before, after in pairwise(folders):
        for name in sorted({path.name for path in before.glob("*.rq")} & {path.name for path in after.glob("*.rq")}):
            log.info("the saved query %s of %s replaces the packaged one", name.removesuffix(".rq"), after)


def query_folders(settings: Settings) -> list[Path]:
    """Where saved queries are: the packaged ones, unless other data is served, and those of `--queries`."""
    own = [settings.queries] if settings.queries is not None else []
    return own if settings.data else [packaged_folder() / "queries", *own]
