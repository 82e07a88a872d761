"""A pool of worker processes, each with one job at a time; a worker that is stopped is replaced."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from otsgraph.engines.allowance import Allowance
from otsgraph.engines.base import RunLimitExceeded
from otsgraph.engines.counters import LaneCounters
from otsgraph.engines.frames import Frame
from otsgraph.engines.process import Worker, WorkerEnded
from otsgraph.engines.queueing import Queue
from otsgraph.engines.verdicts import obituary, queue_full, too_late, waited_in_vain, would_wait
from otsgraph.errors import DeadlineExceeded, EngineClosing, EngineFailed, EngineNotStarted, RequestError
from otsgraph.sparql.protocol import Deadline

log = logging.getLogger(__name__)

TRIES = 5
"""So often a job is started whose worker ends for a reason that is not the job's."""


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """`size` worker processes, of which `eager` are used at once and the others where a job has waited for HESITATION;
    at most `queue` jobs wait for one, and none that would wait for more than `wait` seconds [s]; a job may run for
    `run` seconds of work [s], or without limit but its deadline.

    `memory` is what a worker was given beyond its dataset [bytes], or 0 if it is not known.
    """

    size: int
    queue: int
    eager: int = sys.maxsize
    run: float = math.inf
    memory: int = 0
    wait: float = math.inf


class Pool:
    """Worker processes that `make_worker` makes.

    `broken` is done, with EngineNotStarted, when no worker can be made any more.
    """

    def __init__(
        self, make_worker: Callable[[], Awaitable[Worker]], limits: PoolLimits, counters: LaneCounters | None = None
    ) -> None:
        self._make_worker = make_worker
        self.limits = limits
        self.counters = counters or LaneCounters()
        self._loop = asyncio.get_running_loop()
        self._workers: set[Worker] = set()
        self._idle: list[Worker] = []
        self._running: dict[Worker, Deadline] = {}
        self._queue = Queue()
        self._allowance = Allowance(limits.run, lambda: len(self._queue) + len(self._running))
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False
        self.broken: asyncio.Future[None] = self._loop.create_future()

    @property
    def waiting(self) -> int:
        """How many jobs wait for a worker."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """How many jobs are being run."""
        return len(self._running)

    @property
    def workers(self) -> int:
        """How many workers are alive."""
        return len(self._workers)

    async def start(self) -> None:
        """Returns when the first worker is ready.  Raises EngineNotStarted."""
        first = self._queue.join()
        for _ in range(self.limits.size):
            self._in_background(self._keep())
        started: list[asyncio.Future[Any]] = [first, self.broken]
        await asyncio.wait(started, return_when=asyncio.FIRST_COMPLETED)
        if self.broken.done():
            first.cancel()
            await self.aclose()
            self.broken.result()
        self._release(first.result())

    async def _keep(self) -> None:
        """Keeps one place of the pool filled with a living worker."""
        while not self._closing and not self.broken.done():
            try:
                worker = await self._make_worker()
            except EngineNotStarted as error:
                if not self.broken.done():
                    self.broken.set_exception(error)
                return
            self._workers.add(worker)
            self._release(worker)
            try:
                await asyncio.shield(worker.dropped)
            finally:
                self._workers.discard(worker)
                worker.kill()
            if worker in self._idle:
                self._idle.remove(worker)
                self.counters.killed["outside"] += 1
            self._in_background(worker.ended())

    def _in_background(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def run(self, job: bytes, deadline: Deadline) -> Frame:
        """The answer to one job, an encoded frame.  Whatever ends the wait early ends the worker.

        A worker that somebody else ends costs the job another start, not its answer: queries change nothing.
        Raises EngineBusy if too many jobs wait, NoWorkerInTime, RunLimitExceeded, DeadlineExceeded, EngineClosing, or
        the error that the worker's death means.
        """
        began = time.monotonic()
        outcome = EngineFailed.code
        try:
            answer = await self._run_at_last(job, deadline)
            outcome = answer.header.get("error", "ok")
        except RequestError as error:
            outcome = error.code
            raise
        except RunLimitExceeded:
            outcome = "moved-on"
            raise
        except asyncio.CancelledError:
            outcome = "client-gone"
            raise
        finally:
            self.counters.count(outcome, time.monotonic() - began)
        return answer

    async def _run_at_last(self, job: bytes, deadline: Deadline) -> Frame:
        for _ in range(TRIES - 1):
            with contextlib.suppress(EngineFailed):
                return await self._run_once(job, deadline)
        return await self._run_once(job, deadline)

    async def _run_once(self, job: bytes, deadline: Deadline) -> Frame:
        worker = self._take() or await self._wait_for_worker(deadline)
        self._running[worker] = deadline
        reply = worker.exchange(job)
        watch = self._allowance.start(worker, reply, deadline)
        try:
            answer = await reply
        except TimeoutError:
            if not self._allowance.is_over(deadline):
                self._kill(worker, "run-limit")
                raise RunLimitExceeded(self._allowance.work) from None
            self._kill(worker, DeadlineExceeded.code)
            raise too_late(deadline) from None
        except asyncio.CancelledError:
            self._kill(worker, "client-gone")
            raise
        except WorkerEnded:
            raise await self._obituary(worker) from None
        finally:
            watch.cancel()
            del self._running[worker]
        if answer.header.get("has_grown"):
            self._kill(worker, "has-grown")
        else:
            self._release(worker)
        return answer

    def _take(self) -> Worker | None:
        """The idle worker that was busy last, whose memory is warm.  Raises EngineClosing."""
        if self._closing:
            raise EngineClosing("The endpoint is stopping and takes no more queries.")
        return self._pop_idle() if len(self._running) < self.limits.eager else None

    def _pop_idle(self) -> Worker | None:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
        return None

    async def _wait_for_worker(self, deadline: Deadline) -> Worker:
        expected = self._queue.expected_wait
        if len(self._queue) >= self.limits.queue or expected > self.limits.wait:
            if (worker := self._pop_idle()) is not None:
                return worker
            if expected > self.limits.wait:
                raise would_wait(min(expected, deadline.limit), self.limits.wait)
            raise queue_full(self.limits.queue, self._soon())
        try:
            return await self._queue.wait(deadline.left(), self._pop_idle, self._release)
        except TimeoutError:
            raise waited_in_vain(deadline, self._soon()) from None

    def _release(self, worker: Worker) -> None:
        """Gives a worker to whoever waits for one, or leaves it idle."""
        if worker.alive and not self._queue.give(worker):
            self._idle.append(worker)

    def _kill(self, worker: Worker, reason: str) -> None:
        self.counters.killed[reason] += 1
        worker.kill()

    async def _obituary(self, worker: Worker) -> RequestError:
        """What the way in which a worker ended says to the client whose query it was."""
        status = await worker.ended()
        error = obituary(status, self.limits.memory)
        if self._closing:
            return EngineClosing("The endpoint stopped while the query ran.")
        by_itself = not isinstance(error, EngineFailed)
        self.counters.killed[error.code if by_itself else "outside"] += 1
        if not by_itself:
            log.warning("worker %d ended with status %d", worker.pid, status)
        return error

    def _soon(self) -> int:
        """After how many seconds [s] a running query must have ended."""
        left = min((deadline.left() for deadline in self._running.values()), default=0.0)
        return max(1, math.ceil(min(left, self.limits.run)))

    async def aclose(self) -> None:
        """Ends all workers; jobs under way fail with EngineClosing."""
        self._closing = True
        self._queue.close(EngineClosing("The endpoint is stopping and takes no more queries."))
        workers = list(self._workers)
        for worker in workers:
            worker.kill()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(worker.ended() for worker in workers), return_exceptions=True)
