"""The fork server, seen from the server: a process that has loaded a dataset and forks workers."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import sys
from collections import deque
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from weakref import WeakSet

from otsgraph.engine.pool import Worker, WorkerEnded
from otsgraph.errors import EngineNotStarted

log = logging.getLogger(__name__)

START_TIME_LIMIT = 300.0
"""Time limit for a fork server to load its dataset [s]."""

FAILED_STARTS = 3
"""Number of processes in a row that may end without a worker before the fork server gives up."""

REPLY_TIME_LIMIT = 5.0
"""Time limit for a fork server to fork a worker, or to say how one ended [s]."""

PAUSE = 0.05
"""Time before another attempt to make a worker [s]."""

_LONGEST_REPLY = 4_096
_TIME_FOR_LAST_WORDS = 1.0
_LAST_WORDS = 20


def fork_server_command(prepared: Path, *, memory: int, largest_result: int) -> list[str]:
    """Returns the command line of a fork server; `memory` for a query and `largest_result` in bytes.

    `-P` keeps the current folder off the module path, so that nothing in it is imported.
    """
    options = {"directory": str(prepared), "parent": os.getpid(), "memory": memory, "largest_result": largest_result}
    return [sys.executable, "-P", "-m", "otsgraph.engine.worker", json.dumps(options)]


class ForkServer:
    """Makes workers; its process is started for the first one, and again if somebody has ended it.

    `environment` holds the variables of the process and its workers; by default, those of this process.
    """

    def __init__(self, command: list[str], environment: Mapping[str, str] | None = None) -> None:
        self._command = command
        self._environment = environment
        self._starting = asyncio.Lock()
        self._process: _Process | None = None
        self._barren = 0
        self.confines = True
        """Whether its workers can connect only to the endpoints that they may call."""

    async def worker(self, *, nice: int = 0, services: Collection[str] = ()) -> Worker:
        """Returns a worker that is ready.

        `nice` is added to its scheduling priority (nice(2)); `services` are the endpoints that it may call: without
        any, it opens no socket.  Raises EngineNotStarted with the last line that the process wrote.
        """
        while True:
            process = None
            try:
                process = await self._running()
                worker = await process.fork({"nice": nice, "services": sorted(services)})
            except (WorkerEnded, OSError):
                if process is not None and not process.is_fruitful:
                    await process.kill()
                # the system may be short of something, such as file descriptors, for a while
                await asyncio.sleep(PAUSE)
                continue
            process.is_fruitful = True
            self.confines &= worker.is_confined
            self._barren = 0
            return worker

    async def _running(self) -> _Process:
        """Returns the process, started if necessary.

        Raises EngineNotStarted after FAILED_STARTS without a worker, OSError if the system lacks something.
        """
        async with self._starting:
            while self._process is None or self._process.ended:
                if self._process is not None:
                    await self._process.kill()
                    self._barren += not self._process.is_fruitful
                    if self._barren >= FAILED_STARTS:
                        raise EngineNotStarted(f"a worker process did not start: {self._process.last_line()}")
                self._process = await _Process.start(self._command, self._environment)
            return self._process

    async def aclose(self) -> None:
        """Ends the process and all workers."""
        async with self._starting:
            if self._process is not None:
                await self._process.kill()


class _Process:
    """The running process: requests are messages, and replies come back in order."""

    def __init__(self, process: asyncio.subprocess.Process, control: socket.socket) -> None:
        self._process = process
        self._control = control
        self._loop = asyncio.get_running_loop()
        self._replies: deque[asyncio.Future[dict[str, Any]]] = deque()
        self._workers: WeakSet[Worker] = WeakSet()
        self._last_words: list[str] = []
        self._listener = asyncio.create_task(self._listen())
        self.ended = False
        self.is_fruitful = False
        """Whether it has made a worker."""
        self._loop.add_reader(control, self._on_reply)

    @classmethod
    async def start(cls, command: list[str], environment: Mapping[str, str] | None) -> _Process:
        """Returns when the dataset is loaded, or the process has ended."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        try:
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    *command, stdin=theirs.fileno(), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
                    start_new_session=True, env=environment,
                )  # fmt: skip
        except OSError:
            ours.close()
            raise
        fork_server = cls(process, ours)
        try:
            async with asyncio.timeout(START_TIME_LIMIT):
                await fork_server._reply()
        except WorkerEnded:
            await fork_server.kill()
        except TimeoutError:
            await fork_server.kill()
            fork_server._last_words.append(f"it was not ready after {START_TIME_LIMIT:g} s")
        except asyncio.CancelledError:
            await fork_server.kill()
            raise
        return fork_server

    async def fork(self, request: dict[str, Any]) -> Worker:
        """Returns a worker that is ready.  Raises WorkerEnded or OSError."""
        ours, theirs = socket.socketpair()
        worker = None
        try:
            with theirs:
                socket.send_fds(self._control, [json.dumps({"fork": request}).encode()], [theirs.fileno()])
            worker = self._made(**await self._reply_in_time())
            ready = worker.reply()
            await self._loop.create_unix_connection(lambda: worker, sock=ours)
            await ready
        except BaseException:
            if worker is not None:
                worker.abandon()
            ours.close()
            raise
        return worker

    def _made(self, pid: int, confined: bool) -> Worker:
        """Returns the worker that the fork server has made.  Raises OSError if it could not make one."""
        if not pid:
            raise BlockingIOError("the system lets no process be made")
        worker = Worker(pid, self._reap, is_confined=confined)
        self._workers.add(worker)
        return worker

    async def _reap(self, pid: int) -> int:
        """Returns how a worker ended: killed, if the fork server has ended, since its workers die with it."""
        try:
            self._control.send(json.dumps({"reap": pid}).encode())
            return int((await self._reply_in_time())["status"])
        except (WorkerEnded, OSError):
            return -9

    async def _reply_in_time(self) -> dict[str, Any]:
        """Returns the next reply.  Ends a process that does not answer, and raises WorkerEnded."""
        try:
            async with asyncio.timeout(REPLY_TIME_LIMIT):
                return await self._reply()
        except TimeoutError:
            await self.kill()
            raise WorkerEnded from None

    def _reply(self) -> asyncio.Future[dict[str, Any]]:
        future: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self._replies.append(future)
        if self.ended:
            self._on_end()
        return future

    def _on_reply(self) -> None:
        try:
            message = self._control.recv(_LONGEST_REPLY)
        except BlockingIOError:
            return
        except ConnectionError:
            message = b""
        if not message:
            self._on_end()
            return
        reply = self._replies.popleft()
        if not reply.done():
            reply.set_result(json.loads(message))

    def _on_end(self) -> None:
        if not self.ended:
            self.ended = True
            self._loop.remove_reader(self._control)
            for worker in self._workers:
                worker.drop()
        while self._replies:
            reply = self._replies.popleft()
            if not reply.done():
                reply.set_exception(WorkerEnded())

    async def kill(self) -> None:
        """Ends the process at once; its workers die with it."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        self._on_end()
        self._control.close()
        # its last words may still be coming, and its workers hold the other end for a moment longer
        await asyncio.wait([self._listener], timeout=_TIME_FOR_LAST_WORDS)
        self._listener.cancel()

    def last_line(self) -> str:
        return self._last_words[-1] if self._last_words else f"it ended with status {self._process.returncode}"

    async def _listen(self) -> None:
        """Logs what the process and its workers write to standard error, and keeps the last lines."""
        assert self._process.stderr is not None  # noqa: S101
        while line := await self._process.stderr.read(65_536):
            text = line.decode(errors="replace").rstrip()
            log.debug("workers: %s", text)
            self._last_words = [*self._last_words, *text.splitlines()][-_LAST_WORDS:]
