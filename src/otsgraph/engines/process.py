"""One worker process as its keeper sees it: started, given a job, killed, and read after its death."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Sequence

from otsgraph.engines.frames import Frame, receive
from otsgraph.errors import EngineFailed, EngineNotStarted, QueryTooBig, QueryTooComplex, RequestError

log = logging.getLogger(__name__)

_LAST_WORDS = 20


class Worker:
    """A running worker process that has loaded its dataset.  Make one with `Worker.start`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._last_words: list[str] = []
        self._listener = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, command: Sequence[str], time_limit: float) -> Worker:
        """A worker that is ready, within `time_limit` [s].

        Raises EngineNotStarted with the worker's last line if it ends before, or takes longer.
        """
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
        )
        worker = cls(process)
        try:
            async with asyncio.timeout(time_limit):
                await worker._receive()
        except (asyncio.IncompleteReadError, TimeoutError) as error:
            worker.kill()
            await worker.ended()
            took_long = isinstance(error, TimeoutError)
            reason = f"it was not ready after {time_limit:g} s" if took_long else worker._last_line()
            raise EngineNotStarted(f"a worker process did not start: {reason}") from None
        except asyncio.CancelledError:
            worker.kill()
            await worker.ended()
            raise
        return worker

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def exchange(self, job: Frame) -> Frame:
        """The worker's answer to a job.  Raises IncompleteReadError or ConnectionError if the worker ends before."""
        assert self._process.stdin is not None  # noqa: S101  (both are pipes: see start)
        self._process.stdin.write(job.encode())
        await self._process.stdin.drain()
        return await self._receive()

    async def _receive(self) -> Frame:
        assert self._process.stdout is not None  # noqa: S101
        return await receive(self._process.stdout)

    def kill(self) -> None:
        """Ends the worker at once, whatever it is doing."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def ended(self) -> None:
        """Waits until the worker has ended."""
        await self._process.wait()
        await asyncio.wait([self._listener])

    async def obituary(self) -> RequestError:
        """What the way in which the worker ended says to the client whose query it was."""
        await self.ended()
        status = self._process.returncode or 0
        if status == -signal.SIGABRT:
            return QueryTooBig("The query used up the memory that one query may have.")
        if status == -signal.SIGSEGV:
            return QueryTooComplex("The query is nested too deeply to be evaluated.")
        log.warning("worker %d ended with status %d: %s", self.pid, status, self._last_line())
        return EngineFailed("The engine ended while it evaluated the query.")

    def _last_line(self) -> str:
        return self._last_words[-1] if self._last_words else f"it ended with status {self._process.returncode}"

    async def _listen(self) -> None:
        """Passes the worker's standard error on to the log, and keeps its last lines."""
        assert self._process.stderr is not None  # noqa: S101
        while line := await self._process.stderr.read(65_536):
            text = line.decode(errors="replace").rstrip()
            log.debug("worker %d: %s", self.pid, text)
            self._last_words = [*self._last_words, *text.splitlines()][-_LAST_WORDS:]
