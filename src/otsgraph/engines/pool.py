"""A pool of worker processes: first come, first served; a worker that is stopped is replaced."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Any

from otsgraph.deadline import Deadline
from otsgraph.engines.frames import Frame
from otsgraph.engines.process import Worker
from otsgraph.errors import DeadlineExceeded, EngineBusy, EngineClosing, EngineFailed, EngineNotStarted

FAILED_STARTS = 3
"""So many starts in a row may fail before the pool gives up: the next one would fail too."""

START_TIME_LIMIT = 300.0
"""Longest that a worker may load its dataset [s]."""


class Pool:
    """`size` worker processes of one command; at most `queue_limit` jobs wait for one.

    `broken` is done, with EngineNotStarted, when the pool has given up starting workers.
    """

    def __init__(self, command: Sequence[str], *, size: int, queue_limit: int) -> None:
        self._command = command
        self._size = size
        self._queue_limit = queue_limit
        self._idle: asyncio.Queue[Worker] = asyncio.Queue()
        self._running: dict[Worker, Deadline] = {}
        self._waiting = 0
        self._failed_starts = 0
        self._keepers: list[asyncio.Task[None]] = []
        self._closing = False
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def start(self) -> None:
        """Returns when the first worker is ready.  Raises EngineNotStarted."""
        self._keepers = [asyncio.create_task(self._keep()) for _ in range(self._size)]
        first = asyncio.create_task(self._idle.get())
        started: list[asyncio.Future[Any]] = [first, self.broken]
        await asyncio.wait(started, return_when=asyncio.FIRST_COMPLETED)
        if self.broken.done():
            first.cancel()
            await self.aclose()
            self.broken.result()
        self._idle.put_nowait(first.result())

    async def _keep(self) -> None:
        """Keeps one place of the pool filled with a living worker."""
        while not self._closing and not self.broken.done():
            try:
                worker = await Worker.start(self._command, START_TIME_LIMIT)
            except EngineNotStarted as error:
                self._failed_starts += 1
                if self._failed_starts >= FAILED_STARTS and not self.broken.done():
                    self.broken.set_exception(error)
                continue
            self._failed_starts = 0
            self._idle.put_nowait(worker)
            try:
                await worker.ended()
            finally:
                worker.kill()
                await worker.ended()

    async def run(self, job: Frame, deadline: Deadline) -> Frame:
        """The answer to one job.  Whatever ends the wait early ends the worker.

        A worker that somebody else ends costs the job a second start, not its answer: queries change nothing.
        Raises EngineBusy if no worker is free in time or too many jobs wait, DeadlineExceeded if the job took too
        long, EngineClosing, or the error that the worker's death means.
        """
        try:
            return await self._run_once(job, deadline)
        except EngineFailed:
            return await self._run_once(job, deadline)

    async def _run_once(self, job: Frame, deadline: Deadline) -> Frame:
        worker = await self._take(deadline)
        self._running[worker] = deadline
        try:
            async with asyncio.timeout(deadline.left()):
                answer = await worker.exchange(job)
        except TimeoutError:
            worker.kill()
            raise DeadlineExceeded("The query was stopped at its time limit.") from None
        except asyncio.CancelledError:
            worker.kill()
            raise
        except (asyncio.IncompleteReadError, ConnectionError):
            error = await worker.obituary()
            raise (EngineClosing("The endpoint stopped while the query ran.") if self._closing else error) from None
        finally:
            del self._running[worker]
        self._idle.put_nowait(worker)
        return answer

    async def _take(self, deadline: Deadline) -> Worker:
        if self._closing:
            raise EngineClosing("The endpoint is stopping and takes no more queries.")
        if self._idle.empty() and self._waiting >= self._queue_limit:
            raise self._busy(f"{self._waiting} queries are waiting already.")
        self._waiting += 1
        try:
            async with asyncio.timeout(deadline.left()):
                while not (worker := await self._idle.get()).alive:
                    continue
                return worker
        except TimeoutError:
            raise self._busy("No worker was free before the query's time limit.") from None
        finally:
            self._waiting -= 1

    def _busy(self, detail: str) -> EngineBusy:
        left = min((deadline.left() for deadline in self._running.values()), default=0.0)
        return EngineBusy(detail, retry_after=max(1, math.ceil(left)))

    async def aclose(self) -> None:
        """Ends all workers; jobs under way fail with EngineClosing."""
        self._closing = True
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
