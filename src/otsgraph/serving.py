"""`otsgraph serve`: one dataset version after another at one address, each opened beside the one before."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable

from otsgraph.bootstrap import open_site
from otsgraph.engine.stats import Counters
from otsgraph.errors import CommandError, OtsgraphError
from otsgraph.process.memory import give_back_memory, resident
from otsgraph.settings import Settings
from otsgraph.sparql.protocol import Deadline
from otsgraph.web.app import create_app
from otsgraph.web.connections import ConnectionLimits
from otsgraph.web.server import address, bind, run
from otsgraph.web.site import Site
from otsgraph.web.switch import Switch

log = logging.getLogger(__name__)

MEMORY_PERIOD = 3.0
"""How often is looked whether memory can be given back [s]."""

MEMORY_GROWTH = 2**24
"""So much more memory than before is worth the milliseconds that giving it back takes [bytes]."""

PROBE_TIME_LIMIT = 10.0
"""A new dataset version has to answer its first query within this time [s]."""


async def serve(settings: Settings, tell: Callable[[str], None]) -> None:
    """Serves until a signal ends it; `tell` gets the lines that say what and where.

    SIGHUP reads the sources anew.  Raises CommandError if it cannot start, and EngineNotStarted if no worker can be
    started any more.
    """
    with bind(settings.host, settings.port) as listener:
        versions = Versions(settings, tell)
        async with contextlib.aclosing(versions):
            # before the data are loaded, which can take long: until then, SIGHUP would end the process
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
    """What is kept for long, modules now and answers later, is looked through less often than by default.

    Nearly everything is freed when it is used up; looking at all that is kept would hold requests up.
    """
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


async def _give_memory_back(counters: Counters) -> None:
    """Gives memory back to the system soon after much of it was used, which the allocator does not do by itself.

    It is tried again when more has been used, or connections have ended.
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
    """How much a site serves, of which dataset version."""
    dataset = site.engine.dataset
    return (
        f"{dataset.triples:,} triples in {len(dataset.graphs)} graphs"
        f" (dataset {dataset.short_version}, process {os.getpid()})"
    )


class Version:
    """An open site, and what has to be closed with it."""

    def __init__(self, site: Site, stack: contextlib.AsyncExitStack) -> None:
        self.site = site
        self.stack = stack


class Versions:
    """The dataset version that is served, and those before it that are answering requests still.

    `broken` is done, with EngineNotStarted, when no worker of the current version can be started any more.
    """

    def __init__(self, settings: Settings, tell: Callable[[str], None]) -> None:
        self._settings = settings
        self._tell = tell
        self._current: Version | None = None
        self._open_ones: set[Version] = set()
        self._wanted = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.counters = Counters()
        self.switch: Switch
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def open(self) -> Site:
        """Opens the first version.  Raises CommandError."""
        self._current = await self._open()
        site = self._current.site
        app = create_app(site)
        self.switch = Switch(app, site.ready, app.begin)
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
        """Reads the sources anew, when a reload that is under way has ended."""
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
                # whatever it was, the next reload may go well
                log.exception("the reload failed")
                self._note_failure("something failed here")

    def _note_failure(self, reason: str) -> None:
        self.counters.reloads["failed"] += 1
        self._tell(f"not reloaded, the dataset is the same as before: {reason}")

    async def _reload(self) -> None:
        version = await self._open()
        if not version.site.engine.dataset.triples:
            await self._close(version)
            raise CommandError("the sources hold no triples any more")
        before, self._current = self._current, version
        app = create_app(version.site)
        retired = self.switch.replace(app, version.site.ready, app.begin)
        self.counters.reloads["done"] += 1
        self._tell(f"reloaded: otsgraph serves {in_words(version.site)}")
        if before is not None:
            self._in_background(self._retire(before, retired.drained))

    def _in_background(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def withdraw(self) -> None:
        """Ends all queries; their clients are told so."""
        await asyncio.gather(*(version.site.engine.aclose() for version in self._open_ones))

    async def aclose(self) -> None:
        """Closes all versions."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for version in list(self._open_ones):
            await self._close(version)

    async def _retire(self, version: Version, drained: asyncio.Event) -> None:
        """Closes a version when it has answered its last request."""
        await drained.wait()
        await self._close(version)

    async def _close(self, version: Version) -> None:
        await version.stack.aclose()
        self._open_ones.discard(version)


def on_hangup(reload: Callable[[], None]) -> None:
    """Lets SIGHUP reload, but end the process where it means that the terminal is gone."""
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
