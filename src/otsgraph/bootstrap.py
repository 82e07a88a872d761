"""Puts the parts together: settings → prepared dataset → engine → site → server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import uvicorn

from otsgraph import packaged, saved_queries
from otsgraph.dataset_info import DatasetInfo
from otsgraph.engines.local import LocalEngine, worker_command
from otsgraph.engines.pool import Pool
from otsgraph.errors import CommandError, PortInUse
from otsgraph.saved_queries import SavedQuery
from otsgraph.settings import Settings
from otsgraph.web.app import create_app
from otsgraph.web.downloads import Downloads
from otsgraph.web.site import Site

log = logging.getLogger(__name__)

QUEUE_LIMIT = 64
"""At most so many queries wait for a worker."""

SHUTDOWN_TIME_LIMIT = 10
"""Running queries may finish for so long when the server is asked to stop [s]."""

INFO_FILE = "prepared.json"


@contextlib.asynccontextmanager
async def prepared_dataset(settings: Settings) -> AsyncIterator[Path]:
    """A temporary directory with the prepared dataset.  Raises CommandError with what is wrong with the sources."""
    with tempfile.TemporaryDirectory(prefix="otsgraph-") as directory:
        data = [word for path in settings.data for word in ("--data", str(path))]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "otsgraph.prepare", "--into", directory, *data),
            *("--default-graph", "facts" if settings.layered else "own"),
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
async def open_engine(prepared: Path, settings: Settings) -> AsyncIterator[LocalEngine]:
    """An engine on a prepared dataset, with a worker ready.  Raises EngineNotStarted."""
    command = worker_command(prepared, memory=settings.query_memory_limit, largest_result=settings.result_size_limit)
    pool = Pool(command, size=settings.workers, queue_limit=QUEUE_LIMIT)
    await pool.start()
    engine = LocalEngine(pool, DatasetInfo.from_json((prepared / INFO_FILE).read_text(encoding="utf-8")))
    try:
        yield engine
    finally:
        await engine.aclose()


@contextlib.asynccontextmanager
async def open_site(settings: Settings) -> AsyncIterator[tuple[Site, LocalEngine]]:
    """Everything that answers requests, ready to do so.  Raises CommandError."""
    queries = load_queries(settings)
    async with prepared_dataset(settings) as prepared, open_engine(prepared, settings) as engine:
        yield Site(engine, queries, Downloads(prepared), settings.query_time_limit), engine


def load_queries(settings: Settings) -> dict[str, SavedQuery]:
    """The packaged saved queries, unless other data is served, and those of `--queries`."""
    found = {} if settings.data else saved_queries.load(packaged.path() / "queries")
    if settings.queries is not None:
        own = saved_queries.load(settings.queries)
        for name in found.keys() & own.keys():
            log.info("the saved query %s of %s replaces the packaged one", name, settings.queries)
        found |= own
    return dict(sorted(found.items()))


def bind(host: str, port: int) -> socket.socket:
    """A listening socket, before anything else is started.  Raises PortInUse or CommandError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2_048)
    except OSError as error:
        listener.close()
        if isinstance(error, PermissionError):
            raise CommandError(f"port {port} is not allowed to this user; try --port 8000") from None
        if error.errno is not None and error.strerror == "Address already in use":
            raise PortInUse(f"port {port} is in use; try `otsgraph serve --port {port + 1}`") from None
        raise CommandError(f"cannot listen on {host}: {error.strerror or error}") from None
    return listener


async def serve(settings: Settings, tell: Callable[[str], None]) -> None:
    """Serves until a signal or a broken engine ends it.

    `tell` gets the line that says where.  Raises CommandError if it cannot start, EngineNotStarted if the engine
    breaks for good later.
    """
    with bind(settings.host, settings.port) as listener:
        async with open_site(settings) as (site, engine):
            config = uvicorn.Config(
                create_app(site),
                http="httptools",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                headers=[("Server", "otsgraph")],
                limit_concurrency=1_000,
                timeout_graceful_shutdown=SHUTDOWN_TIME_LIMIT,
            )
            server = uvicorn.Server(config)
            # uvicorn raises the signal again after its shutdown; this makes that harmless, so that the exit code is 0
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: None)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            dataset = site.engine.dataset
            tell(
                f"otsgraph serves {dataset.triples:,} triples in {len(dataset.graphs)} graphs"
                f" (dataset {dataset.short_version}) at {_address(listener)}"
            )
            await asyncio.wait([serving, engine.broken], return_when=asyncio.FIRST_COMPLETED)
            if not serving.done():
                server.should_exit = True
                await serving
            serving.result()
            if engine.broken.done():
                engine.broken.result()


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
