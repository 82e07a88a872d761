"""A pool of workers: a queue in order of arrival, a budget of processor time for each job, and what an exit means."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import signal
import sys
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from otsgraph.engine.base import LaneCounters, RunLimitExceeded
from otsgraph.engine.wire import Frame, FrameBuffer
from otsgraph.errors import (
    DeadlineExceeded,
    EngineBusy,
    EngineClosing,
    EngineFailed,
    EngineNotStarted,
    NoWorkerInTime,
    QueryTooBig,
    QueryTooComplex,
    RequestError,
    size_text,
)
from otsgraph.sparql.protocol import Deadline

log = logging.getLogger(__name__)

LEAST_SHARE = 0.2
"""Part of the run limit that a job may use however many jobs there are."""

_PRECISION = 0.002
"""Timers may be early by less than this, and a job is not looked at more often [s]."""

HESITATION = 0.005
"""Time that a job waits [s] for one of the workers that are used at once.  They are as many as the processors can
serve; more of them only slow one another down, unless some are busy for long."""

FIRST_NOTES = 8
"""Number of jobs that must have left a queue before its pace is known."""

_WEIGHT = 0.1
"""Weight of the last time in the pace."""

TRIES = 5
"""Number of times that a job is started if its worker ends for a reason that is not the job's."""


class WorkerEnded(Exception):
    """The worker ended before it had answered."""


class Worker(asyncio.Protocol):
    """A running worker process at the other end of a socket.  Make one with `ForkServer.worker`.

    `reap` is called once, for the exit status of a process id; a worker that is not confined can connect anywhere.
    """

    def __init__(self, pid: int, reap: Callable[[int], Awaitable[int]], *, is_confined: bool = True) -> None:
        self.pid = pid
        self.is_confined = is_confined
        self._loop = asyncio.get_running_loop()
        self._reap = reap
        self._buffer = FrameBuffer()
        self._transport: asyncio.WriteTransport | None = None
        self._reply: asyncio.Future[Frame] | None = None
        self._processor_time = 0.0
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._status: asyncio.Task[int] | None = None
        self.dropped: asyncio.Future[None] = self._loop.create_future()
        """Done when the worker was killed or has ended."""

    def time_used(self) -> float:
        """Returns the processor time since the worker's last frame [s]; infinite if it is not known.

        Source: proc(5), schedstat.
        """
        try:
            nanoseconds = int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return math.inf
        return nanoseconds / 1e9 - self._processor_time

    @property
    def alive(self) -> bool:
        return not self.dropped.done()

    def reply(self) -> asyncio.Future[Frame]:
        """Returns the next frame to come; fails with WorkerEnded if the worker ends first."""
        self._reply = self._loop.create_future()
        if self._ended.done():
            self._reply.set_exception(WorkerEnded())
        return self._reply

    def exchange(self, job: bytes) -> asyncio.Future[Frame]:
        """Returns the reply to a job, an encoded frame; fails with WorkerEnded if the worker ends first."""
        reply = self.reply()
        if self._transport is not None:
            self._transport.write(job)
        return reply

    def drop(self) -> None:
        """Notes that the worker is of no more use."""
        if not self.dropped.done():
            self.dropped.set_result(None)

    def kill(self) -> None:
        """Ends the worker at once, whatever it is doing."""
        self.drop()
        # the id is its own until it has been reaped
        if self._status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def abandon(self) -> None:
        """Ends a worker whose exit status and reply nobody waits for."""
        self.kill()
        if self._reply is not None and not self._reply.cancel() and not self._reply.cancelled():
            # an exception that nobody retrieves would be logged
            self._reply.exception()
        if self._transport is not None:
            self._transport.abort()

    async def ended(self) -> int:
        """Waits until the worker has ended; returns its exit code, or the negative number of the signal."""
        await asyncio.shield(self._ended)
        if self._status is None:
            self._status = asyncio.ensure_future(self._reap(self.pid))
        return await asyncio.shield(self._status)

    def connection_made(self, transport: asyncio.WriteTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        frame = self._buffer.feed(data)
        if frame is None:
            return
        self._processor_time = frame.header.get("processor_time", 0.0)
        # an idle worker must not keep its last reply, which can be large
        reply, self._reply = self._reply, None
        if reply is not None and not reply.done():
            reply.set_result(frame)

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended.set_result(None)
        self.drop()
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(WorkerEnded())


def expire(future: asyncio.Future[Any]) -> None:
    """Lets a future fail with TimeoutError if it is not done."""
    if not future.done():
        future.set_exception(TimeoutError())


def error_for_exit(status: int, memory: int) -> RequestError:
    """Returns what the exit of a worker means to the client whose query it ran.

    `status` is its exit code, or the negative number of the signal that ended it; `memory` is what it was given beyond
    its dataset [bytes], or 0 if that is not known.
    """
    if status == -signal.SIGABRT:
        most = f"the {size_text(memory)} of memory" if memory else "the memory"
        return QueryTooBig(
            f"The query used up {most} that a query may have; sort, group or combine less in it.",
            limit=memory,
            unit="bytes",
        )
    if status == -signal.SIGSEGV:
        return QueryTooComplex("The query is nested too deeply to be evaluated.")
    return EngineFailed("The engine ended while it was evaluating the query.")


@dataclass(frozen=True, slots=True)
class RunBudget:
    """The processor time that a job may use [s]: `run_limit`, or less if there are more jobs than processors.

    `jobs` returns how many are running or waiting.  Together they may use as much as one job alone on each processor,
    so that the last of them waits about as long as that.
    """

    run_limit: float
    jobs: Callable[[], int]
    processors: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))

    @property
    def work(self) -> float:
        """What a job may use at present [s]."""
        share = self.processors / max(1, self.jobs())
        return self.run_limit * max(LEAST_SHARE, min(1.0, share))

    def is_over(self, deadline: Deadline) -> bool:
        """Whether the deadline ends a job, not the budget."""
        return math.isinf(self.run_limit) or deadline.left() < _PRECISION

    def start(self, worker: Worker, reply: asyncio.Future[Frame], deadline: Deadline) -> Watch:
        """Lets the reply of a worker fail with TimeoutError when its job has used up the budget, or at the deadline.

        The watch must be cancelled when the reply is there.
        """
        return Watch(self, worker, reply, deadline)


class Watch:
    """Looks at a job from time to time, until it is cancelled or the job's time is over."""

    def __init__(self, budget: RunBudget, worker: Worker, reply: asyncio.Future[Frame], deadline: Deadline) -> None:
        self._budget = budget
        self._worker = worker
        self._reply = reply
        self._deadline = deadline
        self._timer = self._in(budget.work)

    def _in(self, seconds: float) -> asyncio.TimerHandle:
        return self._reply.get_loop().call_later(min(self._deadline.left(), max(_PRECISION, seconds)), self._look)

    def _look(self) -> None:
        left = self._budget.work - self._worker.time_used()
        if left < _PRECISION or self._deadline.left() < _PRECISION:
            expire(self._reply)
        else:
            self._timer = self._in(left)

    def cancel(self) -> None:
        """Ends the watch; a timer would keep a reply, which can be large, until its time has come."""
        self._timer.cancel()


class _Pace:
    """The average time between one job that leaves a queue and the next [s], of late."""

    def __init__(self) -> None:
        self._notes = 0
        self._average = 0.0
        self._last = time.monotonic()

    def note(self, now: float) -> None:
        """Notes that a job has left."""
        self._notes += 1
        self._average += max(_WEIGHT, 1 / self._notes) * (now - self._last - self._average)
        self._last = now

    @property
    def seconds(self) -> float:
        return self._average if self._notes >= FIRST_NOTES else 0.0


class Queue:
    """Places in order of arrival; a place is a future of a worker."""

    def __init__(self) -> None:
        self._places: OrderedDict[asyncio.Future[Worker], float] = OrderedDict()
        self._pace = _Pace()

    def __len__(self) -> int:
        return len(self._places)

    @property
    def expected_wait(self) -> float:
        """How long a job that came now would wait [s], by the pace; at least as long as the first has waited."""
        if not self._places:
            return 0.0
        return max(len(self._places) * self._pace.seconds, time.monotonic() - next(iter(self._places.values())))

    def join(self) -> asyncio.Future[Worker]:
        """Returns a new place at the end."""
        if not self._places:
            self._pace = _Pace()
        place: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._places[place] = time.monotonic()
        return place

    def give(self, worker: Worker) -> bool:
        """Hands a free worker to the next waiter.  Returns False if nobody waits."""
        while self._places:
            place, _ = self._places.popitem(last=False)
            if not place.done():
                self._pace.note(time.monotonic())
                place.set_result(worker)
                return True
        return False

    async def wait(
        self, seconds: float, spare: Callable[[], Worker | None], give_back: Callable[[Worker], object]
    ) -> Worker:
        """Returns a worker within some seconds [s]; after HESITATION it may come from `spare`.

        Raises TimeoutError.  A worker that comes when nobody waits any more is given back.
        """
        place = self.join()
        timer = place.get_loop().call_later(seconds, expire, place)
        hesitation = place.get_loop().call_later(HESITATION, _use_spare, place, spare)
        try:
            return await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.exception() is None:
                give_back(place.result())
            raise
        finally:
            timer.cancel()
            hesitation.cancel()
            self._places.pop(place, None)

    def close(self, error: Exception) -> None:
        """Lets all who wait fail with an error."""
        for place in self._places:
            if not place.done():
                place.set_exception(error)


def _use_spare(place: asyncio.Future[Worker], spare: Callable[[], Worker | None]) -> None:
    if not place.done() and (worker := spare()) is not None:
        place.set_result(worker)


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """`size` worker processes, of which `eager` are used at once and the others if a job has waited for HESITATION.

    At most `queue` jobs wait, and none that would wait for more than `wait` seconds [s].  A job may use a processor for
    `run` seconds [s].  `memory` is what a worker was given beyond its dataset [bytes], or 0 if that is not known.
    """

    size: int
    queue: int
    eager: int = sys.maxsize
    run: float = math.inf
    memory: int = 0
    wait: float = math.inf


class Pool:
    """Worker processes made by `make_worker`.

    `broken` fails with EngineNotStarted when no worker can be made any more.
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
        self._budget = RunBudget(limits.run, lambda: len(self._queue) + len(self._running))
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False
        self.broken: asyncio.Future[None] = self._loop.create_future()

    @property
    def waiting(self) -> int:
        """Number of jobs that wait for a worker."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """Number of jobs that are running."""
        return len(self._running)

    @property
    def workers(self) -> int:
        """Number of workers that are alive."""
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
        """Replaces a worker whenever it ends."""
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
        """Returns the reply to a job, an encoded frame.  Whatever ends the wait early ends the worker.

        If somebody else ends the worker, the job is started again: queries change nothing.  Raises EngineBusy if too
        many jobs wait, NoWorkerInTime, RunLimitExceeded, DeadlineExceeded, EngineClosing, or the error that the exit of
        the worker means.
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
        watch = self._budget.start(worker, reply, deadline)
        try:
            answer = await reply
        except TimeoutError:
            if not self._budget.is_over(deadline):
                self._kill(worker, "run-limit")
                raise RunLimitExceeded(self._budget.work) from None
            self._kill(worker, DeadlineExceeded.code)
            raise DeadlineExceeded(
                f"The query was stopped at its time limit of {deadline.limit:g} s; a more specific one may finish.",
                limit=deadline.limit,
                unit="seconds",
            ) from None
        except asyncio.CancelledError:
            self._kill(worker, "client-gone")
            raise
        except WorkerEnded:
            raise await self._error_for_exit(worker) from None
        finally:
            watch.cancel()
            del self._running[worker]
        if answer.header.get("has_grown"):
            self._kill(worker, "has-grown")
        else:
            self._release(worker)
        return answer

    def _take(self) -> Worker | None:
        """Returns the idle worker that was busy last, whose memory is warm.  Raises EngineClosing."""
        if self._closing:
            raise EngineClosing("The endpoint is stopping and accepts no more queries.")
        return self._pop_idle() if len(self._running) < self.limits.eager else None

    def _pop_idle(self) -> Worker | None:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
        return None

    async def _wait_for_worker(self, deadline: Deadline) -> Worker:
        expected, most = self._queue.expected_wait, self.limits.wait
        if len(self._queue) >= self.limits.queue or expected > most:
            if (worker := self._pop_idle()) is not None:
                return worker
            raise self._busy(min(expected, deadline.limit) if expected > most else None)
        try:
            return await self._queue.wait(deadline.left(), self._pop_idle, self._release)
        except TimeoutError:
            raise NoWorkerInTime(
                f"Other queries kept all workers busy for the query's time limit of {deadline.limit:g} s.",
                retry_after=self._soon(),
                limit=deadline.limit,
                unit="seconds",
            ) from None

    def _busy(self, expected: float | None) -> EngineBusy:
        """Returns the refusal of a job that would wait for too long [s], or finds a full queue."""
        if expected is None:
            most = self.limits.queue
            detail = f"{most} queries are waiting already, which is the limit."
            return EngineBusy(detail, retry_after=self._soon(), limit=most, unit="queries")
        detail = f"The query would wait for about {expected:.0f} s behind others; the limit is {self.limits.wait:g} s."
        return EngineBusy(detail, retry_after=math.ceil(expected), limit=self.limits.wait, unit="seconds")

    def _release(self, worker: Worker) -> None:
        """Hands a worker to the next waiter, or leaves it idle."""
        if worker.alive and not self._queue.give(worker):
            self._idle.append(worker)

    def _kill(self, worker: Worker, reason: str) -> None:
        self.counters.killed[reason] += 1
        worker.kill()

    async def _error_for_exit(self, worker: Worker) -> RequestError:
        status = await worker.ended()
        error = error_for_exit(status, self.limits.memory)
        if self._closing:
            return EngineClosing("The endpoint stopped while the query was running.")
        by_itself = not isinstance(error, EngineFailed)
        self.counters.killed[error.code if by_itself else "outside"] += 1
        if not by_itself:
            log.warning("worker %d ended with status %d", worker.pid, status)
        return error

    def _soon(self) -> int:
        """Returns the number of seconds [s] after which a running query must have ended."""
        left = min((deadline.left() for deadline in self._running.values()), default=0.0)
        return max(1, math.ceil(min(left, self.limits.run)))

    async def aclose(self) -> None:
        """Ends all workers; jobs under way fail with EngineClosing."""
        self._closing = True
        self._queue.close(EngineClosing("The endpoint is stopping and accepts no more queries."))
        workers = list(self._workers)
        for worker in workers:
            worker.kill()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(worker.ended() for worker in workers), return_exceptions=True)
