"""One worker process as its keeper sees it: given a job, killed, and asked after its death how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from otsgraph.engines.frames import Frame, FrameBuffer


class WorkerEnded(Exception):
    """The worker ended before it had answered."""


class Worker(asyncio.Protocol):
    """A running worker process, on the other end of a socket.  Make one with `Nursery.worker`.

    `reap` is asked for the exit status of a process id, once; a worker that is not confined can connect to any address.
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
        """Done when the worker was killed or has ended: when there is no use in it any more."""

    def time_used(self) -> float:
        """How long the worker has been on a processor since its last frame [s]; infinite where that cannot be told.

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
        """The next frame to come.  It fails with WorkerEnded if the worker ends before."""
        self._reply = self._loop.create_future()
        if self._ended.done():
            self._reply.set_exception(WorkerEnded())
        return self._reply

    def exchange(self, job: bytes) -> asyncio.Future[Frame]:
        """The answer to a job, an encoded frame.  It fails with WorkerEnded if the worker ends before."""
        reply = self.reply()
        if self._transport is not None:
            self._transport.write(job)
        return reply

    def drop(self) -> None:
        """Takes note that there is no use in the worker any more."""
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
        """Ends a worker that nobody will ask how it ended, and whose reply nobody waits for."""
        self.kill()
        if self._reply is not None and not self._reply.cancel() and not self._reply.cancelled():
            # an error that is not looked at would be told as one that was overlooked
            self._reply.exception()
        if self._transport is not None:
            self._transport.abort()

    async def ended(self) -> int:
        """Waits until the worker has ended; its exit code, or the negative number of the signal that ended it."""
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
        # an idle worker must not keep its last answer, which can be large
        reply, self._reply = self._reply, None
        if reply is not None and not reply.done():
            reply.set_result(frame)

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended.set_result(None)
        self.drop()
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(WorkerEnded())


def expire(future: asyncio.Future[Any]) -> None:
    """Lets a future fail with TimeoutError, if it has not come to anything."""
    if not future.done():
        future.set_exception(TimeoutError())
