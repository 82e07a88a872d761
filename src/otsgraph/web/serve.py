"""Starts everything, serves, reloads changed data, and stops in order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import math
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from otsgraph.dataset.info import INFO, NAMES, PROGRESS, QUERIES, DatasetInfo
from otsgraph.dataset.sources import BUILD_COMMAND, BuildJob, packaged_folder
from otsgraph.engine.base import Counters
from otsgraph.engine.cache import CachingEngine
from otsgraph.engine.forkserver import ForkServer, fork_server_command
from otsgraph.engine.local import LanedEngine, LocalEngine
from otsgraph.engine.pool import Pool, PoolLimits, Worker
from otsgraph.errors import CommandError, OtsgraphError, size_text
from otsgraph.graph.names import Names
from otsgraph.process.resources import give_back_memory, resident, temporary_folder
from otsgraph.queries import saved as saved_queries
from otsgraph.settings import Settings, limits, worker_environment
from otsgraph.sparql.protocol import Deadline
from otsgraph.web.http.contract import ConnectionLimits
from otsgraph.web.http.files import Downloads
from otsgraph.web.http.reload import HotSwap
from otsgraph.web.http.responses import SendBudget
from otsgraph.web.http.server import address, bind, run
from otsgraph.web.http.site import Clients, Site

if TYPE_CHECKING:
    from otsgraph.web.app import EndpointFirst

log = logging.getLogger(__name__)

LONG_NICE = 19
"""How far the long lane gives way to everything else (nice(2))."""

LONGEST_WAIT = 2.0
"""A query that would wait longer for the short lane [s] is refused at once, so that its client may retry later."""

OPEN_WORKERS = 2
"""Worker processes for queries that call other endpoints, if that is allowed."""

MEMORY_PERIOD = 3.0
"""Time between two checks whether memory can be given back [s]."""

MEMORY_GROWTH = 2**24
"""Growth of memory that is worth the milliseconds of giving it back [bytes]."""

PROBE_TIME_LIMIT = 10.0
"""Time limit for the first query of a new dataset version [s]."""


@contextlib.asynccontextmanager
async def prepared_dataset(settings: Settings) -> AsyncIterator[Path]:
    """Yields a temporary directory with the prepared dataset.

    Raises CommandError with what is wrong with the sources, or which limit they exceed.
    """
    with temporary_folder() as directory:
        job = BuildJob(
            into=str(directory),
            data=[str(path) for path in settings.data],
            layered=settings.layered,
            with_inferred=not settings.no_inferred,
            queries=[str(folder) for folder in query_folders(settings)],
            services=list(settings.allow_service),
            endpoint=f"{settings.public_url}/sparql" if settings.public_url else "",
            parent=os.getpid(),
            memory=int(settings.load_memory_limit),
        )
        process = await asyncio.create_subprocess_exec(
            *BUILD_COMMAND, stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        try:
            async with asyncio.timeout(settings.load_time_limit):
                building = asyncio.ensure_future(process.communicate(job.to_json()))
                await asyncio.sleep(0)
                # takes a while; a thread would do it beside the loop, in memory of its own that nobody else uses
                _create_app()
                _, errors = await building
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
    """Returns the name of the file that was being read last, or words for all of them."""
    with contextlib.suppress(OSError):
        if name := os.fsdecode((prepared / PROGRESS).read_bytes()):
            return name
    return "the sources"


def _why_it_ended(prepared: Path, status: int, errors: bytes, settings: Settings) -> str:
    """Returns in one line why a build process gave no dataset."""
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
    """Yields an engine on a prepared dataset with a worker ready in each lane, and its pools by lane.

    Raises EngineNotStarted.
    """
    info = DatasetInfo.from_json((prepared / INFO).read_text(encoding="utf-8"))
    memory = settings.query_memory_limit
    command = fork_server_command(prepared, memory=memory, largest_result=settings.result_size_limit)
    fork_server = ForkServer(command, worker_environment())
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(fork_server.aclose)
        pools = {
            name: Pool(*arguments, counters.lanes[name]) for name, arguments in _lanes(fork_server, settings).items()
        }
        for pool in pools.values():
            stack.push_async_callback(pool.aclose)
            await pool.start()
        if not fork_server.confines:
            log.warning("SERVICE: this system cannot confine connections; only the query text is checked.")
        lanes = {name: LocalEngine(pool, info) for name, pool in pools.items()}
        engine = LanedEngine(lanes["short"], lanes.get("long"), settings.short_time_limit, lanes.get("open"))
        yield CachingEngine(engine, settings.cache_limit, counters), pools


def _lanes(
    fork_server: ForkServer, settings: Settings
) -> dict[str, tuple[Callable[[], Awaitable[Worker]], PoolLimits]]:
    """Returns how each lane makes its workers, and its limits."""
    memory = settings.query_memory_limit
    (short, long), (short_queue, long_queue) = settings.workers, settings.queue_limit
    run_limit = settings.short_time_limit if long else math.inf
    eager = len(os.sched_getaffinity(0)) + 1
    lanes: dict[str, tuple[Callable[[], Awaitable[Worker]], PoolLimits]] = {
        "short": (fork_server.worker, PoolLimits(short, short_queue, eager, run_limit, memory, LONGEST_WAIT))
    }
    if long:
        make_long = partial(fork_server.worker, nice=LONG_NICE)
        lanes["long"] = make_long, PoolLimits(long, long_queue, memory=memory)
    if settings.allow_service:
        make_open = partial(fork_server.worker, services=settings.allow_service)
        lanes["open"] = make_open, PoolLimits(OPEN_WORKERS, long_queue, memory=memory)
    return lanes


@contextlib.asynccontextmanager
async def open_site(settings: Settings, counters: Counters | None = None) -> AsyncIterator[Site]:
    """Yields everything that answers requests, ready to do so.  Raises CommandError."""
    counters = counters or Counters()
    _log_replaced(query_folders(settings))
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
            send_budget=SendBudget(settings.sending_limit),
            services=frozenset(settings.allow_service),
            public_url=settings.public_url,
            metrics_token=settings.metrics_token.get_secret_value() if settings.metrics_token else "",
        )


def _log_replaced(folders: Sequence[Path]) -> None:
    for before, after in pairwise(folders):
        for name in sorted({path.name for path in before.glob("*.rq")} & {path.name for path in after.glob("*.rq")}):
            log.info("the saved query %s of %s replaces the packaged one", name.removesuffix(".rq"), after)


def query_folders(settings: Settings) -> list[Path]:
    """Returns the folders of saved queries: the packaged one, unless other data is served, and that of `--queries`."""
    own = [settings.queries] if settings.queries is not None else []
    return own if settings.data else [packaged_folder() / "queries", *own]


async def serve(settings: Settings, tell: Callable[[str], None]) -> None:
    """Serves until a signal ends it; `tell` gets the lines that say what and where.

    SIGHUP reloads the sources.  Raises CommandError if it cannot start, and EngineNotStarted if no worker can be
    started any more.
    """
    with bind(settings.host, settings.port) as listener:
        versions = Versions(settings, tell)
        async with contextlib.aclosing(versions):
            # before the data is loaded, which can take long: until then, SIGHUP would end the process
            on_hangup(versions.reload_soon)
            site = await versions.open()
            _collect_garbage_seldom()
            await run(
                versions.switch,
                listener,
                ended=versions.broken,
                on_started=lambda: tell(f"otsgraph serves {in_words(site)} at {address(listener)}"),
                withdraw=versions.withdraw,
                counters=versions.counters,
                limits=ConnectionLimits(
                    header_time=settings.header_time_limit,
                    body_time=settings.body_time_limit,
                    send_time=settings.send_time_limit,
                    connections=settings.connection_limit,
                    body=settings.query_size_limit,
                ),
                shutdown_time_limit=settings.shutdown_time_limit,
                trusted_proxies=settings.trusted_proxy,
            )


def _collect_garbage_seldom() -> None:
    """Collects garbage less often than by default: nearly everything is freed when its last reference goes.

    To look at all that is kept, modules now and answers later, would delay requests.
    """
    give_back_memory()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


async def _give_memory_back(counters: Counters) -> None:
    """Gives memory back to the system soon after much of it was used, which the allocator does not do by itself.

    Tries again when more has been used, or when connections have ended.
    """
    least = left = resident()
    connections = counters.connections
    while True:
        await asyncio.sleep(MEMORY_PERIOD)
        have_ended = counters.connections < connections
        if resident() > (least if have_ended else left) + MEMORY_GROWTH:
            give_back_memory()
            left = resident()
        least = min(least, resident())
        connections = counters.connections


def in_words(site: Site) -> str:
    """Returns how much a site serves, of which dataset version."""
    dataset = site.engine.dataset
    return (
        f"{dataset.triples:,} triples in {len(dataset.graphs)} graphs"
        f" (dataset {dataset.short_version}, process {os.getpid()})"
    )


@dataclass(frozen=True, eq=False)
class Version:
    """An open site, and what must be closed with it."""

    site: Site
    stack: contextlib.AsyncExitStack


def _create_app() -> Callable[[Site], EndpointFirst]:
    """Imports the application, and FastAPI with it, when the build process is running."""
    from otsgraph.web.app import create_app

    return create_app


class Versions:
    """The dataset version that is served, and earlier ones that are still answering requests.

    `broken` fails with EngineNotStarted when no worker of the current version can be started any more.
    """

    def __init__(self, settings: Settings, tell: Callable[[str], None]) -> None:
        self._settings = settings
        self._tell = tell
        self._current: Version | None = None
        self._open_ones: set[Version] = set()
        self._wanted = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.counters = Counters()
        self.switch: HotSwap
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def open(self) -> Site:
        """Opens the first version.  Raises CommandError."""
        self._current = await self._open()
        site = self._current.site
        app = _create_app()(site)
        self.switch = HotSwap(app, site.responses, app.begin)
        self._in_background(self._reload_when_wanted())
        self._in_background(_give_memory_back(self.counters))
        return site

    async def _open(self) -> Version:
        async with contextlib.AsyncExitStack() as stack:
            site = await stack.enter_async_context(open_site(self._settings, self.counters))
            await site.engine.probe(Deadline.after(PROBE_TIME_LIMIT))
            version = Version(site, stack.pop_all())
        self._open_ones.add(version)
        for pool in site.pools.values():
            pool.broken.add_done_callback(lambda broken: self._on_broken(version, broken))
        return version

    def _on_broken(self, version: Version, broken: asyncio.Future[None]) -> None:
        error = broken.exception()
        if version is self._current and error is not None and not self.broken.done():
            self.broken.set_exception(error)

    def reload_soon(self) -> None:
        """Reloads the sources, after a reload that is running."""
        self._wanted.set()

    async def _reload_when_wanted(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._reload()
            except (OtsgraphError, OSError) as error:
                self._note_failure(str(error))
            except Exception:
                # whatever it was, the next reload may succeed
                log.exception("the reload failed")
                self._note_failure("an internal error, which has been logged")

    def _note_failure(self, reason: str) -> None:
        self.counters.reloads["failed"] += 1
        self._tell(f"not reloaded, the dataset is the same as before: {reason}")

    async def _reload(self) -> None:
        version = await self._open()
        if not version.site.engine.dataset.triples:
            await self._close(version)
            raise CommandError("the sources hold no triples any more")
        before, self._current = self._current, version
        app = _create_app()(version.site)
        retired = self.switch.replace(app, version.site.responses, app.begin)
        self.counters.reloads["done"] += 1
        self._tell(f"reloaded: otsgraph serves {in_words(version.site)}")
        if before is not None:
            self._in_background(self._retire(before, retired.drained))

    def _in_background(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def withdraw(self) -> None:
        """Ends all queries; their clients are told."""
        await asyncio.gather(*(version.site.engine.aclose() for version in self._open_ones))

    async def aclose(self) -> None:
        """Closes all versions."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for version in list(self._open_ones):
            await self._close(version)

    async def _retire(self, version: Version, drained: asyncio.Event) -> None:
        """Closes a version after its last response."""
        await drained.wait()
        await self._close(version)

    async def _close(self, version: Version) -> None:
        await version.stack.aclose()
        self._open_ones.discard(version)


def on_hangup(reload: Callable[[], None]) -> None:
    """Lets SIGHUP reload, but end the process if it means that the terminal is gone."""
    had_terminal = _has_terminal()

    def hang_up() -> None:
        if had_terminal and not _has_terminal():
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            reload()

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hang_up)


def _has_terminal() -> bool:
    """Whether the process has a controlling terminal (tty(4))."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return sys.platform != "win32"
