"""Puts the parts together: settings → prepared dataset → engine → site → server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Collection
from pathlib import Path

from otsgraph import packaged, saved_queries
from otsgraph.dataset_info import INFO, DatasetInfo
from otsgraph.engines.base import Engine
from otsgraph.engines.caching import CachingEngine
from otsgraph.engines.federating import FederatingEngine
from otsgraph.engines.local import LocalEngine, worker_command
from otsgraph.engines.pool import Pool
from otsgraph.errors import CommandError
from otsgraph.saved_queries import SavedQuery
from otsgraph.settings import Settings
from otsgraph.web.app import create_app
from otsgraph.web.downloads import Downloads
from otsgraph.web.server import address, bind, run
from otsgraph.web.site import Site

log = logging.getLogger(__name__)

QUEUE_LIMIT = 64
"""At most so many queries wait for a worker."""

OPEN_WORKERS = 2
"""Worker processes for queries that ask other endpoints, where that is allowed."""


@contextlib.asynccontextmanager
async def prepared_dataset(settings: Settings) -> AsyncIterator[Path]:
    """A temporary directory with the prepared dataset.  Raises CommandError with what is wrong with the sources."""
    with tempfile.TemporaryDirectory(prefix="otsgraph-") as directory:
        data = [word for path in settings.data for word in ("--data", str(path))]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "otsgraph.prepare", "--into", directory, *data),
            *("--default-graph", "facts" if settings.layered else "own"),
            *["--no-inferred"] * settings.no_inferred,
            *(["--endpoint", f"{settings.public_url}/sparql"] if settings.public_url else []),
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, errors = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if process.returncode != 0:
            raise CommandError(errors.decode(errors="replace").strip().splitlines()[-1])
        yield Path(directory)


@contextlib.asynccontextmanager
async def open_engine(prepared: Path, settings: Settings) -> AsyncIterator[tuple[CachingEngine, list[Pool]]]:
    """An engine on a prepared dataset, with a worker ready, and its pools.  Raises EngineNotStarted."""
    info = DatasetInfo.from_json((prepared / INFO).read_text(encoding="utf-8"))
    async with contextlib.AsyncExitStack() as stack:
        pools = [await _started(_pool(prepared, settings, settings.workers), stack)]
        engine: Engine = LocalEngine(pools[0], info)
        if settings.allow_service:
            pools.append(await _started(_pool(prepared, settings, OPEN_WORKERS, settings.allow_service), stack))
            engine = FederatingEngine(engine, LocalEngine(pools[1], info))
        yield CachingEngine(engine), pools


def _pool(prepared: Path, settings: Settings, size: int, services: Collection[str] = ()) -> Pool:
    memory, largest = settings.query_memory_limit, settings.result_size_limit
    command = worker_command(prepared, memory=memory, largest_result=largest, services=services)
    return Pool(command, size=size, queue_limit=QUEUE_LIMIT)


async def _started(pool: Pool, stack: contextlib.AsyncExitStack) -> Pool:
    """The pool with a worker ready; it ends with the stack."""
    stack.push_async_callback(pool.aclose)
    await pool.start()
    return pool


@contextlib.asynccontextmanager
async def open_site(settings: Settings) -> AsyncIterator[tuple[Site, list[Pool]]]:
    """Everything that answers requests, ready to do so, and the pools behind it.  Raises CommandError."""
    queries = load_queries(settings)
    async with prepared_dataset(settings) as prepared, open_engine(prepared, settings) as (engine, pools):
        downloads, services = Downloads(prepared), frozenset(settings.allow_service)
        yield (
            Site(
                engine,
                queries,
                downloads,
                settings.query_time_limit,
                services=services,
                public_url=settings.public_url,
            ),
            pools,
        )


def load_queries(settings: Settings) -> dict[str, SavedQuery]:
    """The packaged saved queries, unless other data is served, and those of `--queries`."""
    found = {} if settings.data else saved_queries.load(packaged.path() / "queries")
    if settings.queries is not None:
        own = saved_queries.load(settings.queries)
        for name in found.keys() & own.keys():
            log.info("the saved query %s of %s replaces the packaged one", name, settings.queries)
        found |= own
    return dict(sorted(found.items()))


async def serve(settings: Settings, tell: Callable[[str], None]) -> None:
    """Serves until a signal ends it; `tell` gets the line that says what and where.

    Raises CommandError if it cannot start, and EngineNotStarted if no worker can be started any more.
    """
    with bind(settings.host, settings.port) as listener:
        async with open_site(settings) as (site, pools):
            dataset = site.engine.dataset
            line = (
                f"otsgraph serves {dataset.triples:,} triples in {len(dataset.graphs)} graphs"
                f" (dataset {dataset.short_version}) at {address(listener)}"
            )
            await run(
                create_app(site),
                listener,
                [pool.broken for pool in pools],
                on_started=lambda: tell(line),
                withdraw=site.engine.aclose,
                ready=site.ready,
                shutdown_time_limit=settings.shutdown_time_limit,
                trusted_proxies=settings.trusted_proxy,
            )
