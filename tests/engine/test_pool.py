"""The local engine: real worker processes, real limits."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from otsgraph.dataset.info import DatasetInfo
from otsgraph.dataset.sources import BUILD_COMMAND, BuildJob
from otsgraph.engine.forkserver import ForkServer, fork_server_command
from otsgraph.engine.local import LocalEngine
from otsgraph.engine.pool import Pool, PoolLimits, Worker
from otsgraph.errors import (
    DeadlineExceeded,
    EngineBusy,
    EngineClosing,
    EngineNotStarted,
    MalformedQuery,
    NoWorkerInTime,
    QueryTooBig,
    QueryTooComplex,
    RequestError,
    ServiceForbidden,
)
from otsgraph.process.resources import children_of
from otsgraph.sparql.protocol import Deadline, FormatChoice, QueryOperation
from otsgraph_testing import ENDLESS, MEMORY_BOMB, command_of, is_running, running_server, workers_of

pytestmark = [pytest.mark.anyio, pytest.mark.alone]

SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . { SELECT * { ?g ?h ?i } LIMIT 40 } }"
"""6.4 million solutions on the 400 triples below: slow, but it ends."""

MEMORY = 100 * 2**20

PLAIN = QueryOperation("ASK { ?s ?p ?o }")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of 400 triples, prepared as it is for a server."""
    folder = tmp_path_factory.mktemp("data")
    lines = (f"<http://x/s{n}> <http://x/p{n % 7}> <http://x/o{n % 11}> .\n" for n in range(400))
    (folder / "data.nt").write_text("".join(lines))
    into = tmp_path_factory.mktemp("prepared")
    job = BuildJob(str(into), data=[str(folder)], layered=False)
    subprocess.run(BUILD_COMMAND, input=job.to_json(), check=True)
    return into


@asynccontextmanager
async def engine_on(
    prepared: Path, *, size: int = 1, queue_limit: int = 8, memory: int = MEMORY
) -> AsyncIterator[LocalEngine]:
    fork_server = ForkServer(fork_server_command(prepared, memory=memory, largest_result=2**20))
    pool = Pool(fork_server.worker, PoolLimits(size, queue_limit, memory=memory))
    await pool.start()
    engine = LocalEngine(pool, DatasetInfo.from_json((prepared / "prepared.json").read_text()))
    try:
        yield engine
    finally:
        await engine.aclose()
        await fork_server.aclose()


async def ask(engine: LocalEngine, query: str | QueryOperation, seconds: float = 10) -> bytes:
    operation = QueryOperation(query) if isinstance(query, str) else query
    return (await engine.query(operation, FormatChoice(), Deadline.after(seconds))).body


async def test_a_query_is_answered(prepared: Path) -> None:
    async with engine_on(prepared) as engine:
        assert await ask(engine, PLAIN) == b'{"head":{},"boolean":true}'
        assert engine.dataset.triples == 400


@pytest.mark.parametrize(
    ("query", "error"),
    [
        pytest.param(ENDLESS, DeadlineExceeded, id="an endless query ends at its deadline"),
        pytest.param(MEMORY_BOMB, QueryTooBig, id="a memory bomb ends at its memory limit"),
        pytest.param("ASK " + "{" * 10_000 + "}" * 10_000, QueryTooComplex, id="10,000 braces are too complex"),
        pytest.param(
            "ASK { FILTER(" + "!" * 50_000 + "true) }", QueryTooComplex, id="50,000 negations are too complex"
        ),
        pytest.param("ASK { SERVICE <http://127.0.0.1:9/> { } }", ServiceForbidden, id="SERVICE is forbidden"),
        pytest.param("ASK {", MalformedQuery, id="a syntax error is one"),
    ],
)
async def test_a_bad_query_costs_nobody_else(prepared: Path, query: str, error: type[RequestError]) -> None:
    async with engine_on(prepared) as engine:
        with pytest.raises(error):
            await ask(engine, query, seconds=4)
        assert await ask(engine, PLAIN, seconds=5)


async def test_a_withdrawn_query_gives_its_processor_back(prepared: Path) -> None:
    async with engine_on(prepared) as engine:
        query = asyncio.create_task(ask(engine, ENDLESS))
        await asyncio.sleep(0.3)
        (busy,) = _workers()
        query.cancel()
        await asyncio.wait([query])
        assert not is_running(busy) or await _ends(busy)
        assert await ask(engine, PLAIN)


async def test_a_full_queue_is_told_with_the_time_to_come_back(prepared: Path) -> None:
    async with engine_on(prepared, queue_limit=1) as engine:
        running = asyncio.create_task(ask(engine, ENDLESS, seconds=3))
        await asyncio.sleep(0.2)
        waiting = asyncio.create_task(ask(engine, PLAIN))
        await asyncio.sleep(0.1)
        with pytest.raises(EngineBusy) as refused:
            await ask(engine, PLAIN)
        assert refused.value.members["retry_after"] == 3
        with pytest.raises(DeadlineExceeded):
            await running
        assert await waiting


async def test_a_query_that_gets_no_worker_in_time_is_told_so(prepared: Path) -> None:
    async with engine_on(prepared) as engine:
        running = asyncio.create_task(ask(engine, ENDLESS, seconds=1))
        await asyncio.sleep(0.2)
        with pytest.raises(NoWorkerInTime, match=r"0\.2 s"):
            await ask(engine, PLAIN, seconds=0.2)
        with pytest.raises(DeadlineExceeded):
            await running


async def test_a_worker_that_somebody_else_ends_costs_no_answer(prepared: Path) -> None:
    async with engine_on(prepared) as engine:
        (idle,) = _workers()
        os.kill(idle, signal.SIGKILL)
        assert await ask(engine, PLAIN)
        slow = asyncio.create_task(ask(engine, SLOW))
        await asyncio.sleep(0.3)
        (busy,) = _workers()
        assert not slow.done()
        os.kill(busy, signal.SIGKILL)
        assert b"6400000" in await slow


async def test_workers_die_with_a_server_that_is_killed() -> None:
    with running_server() as server:
        workers = workers_of(server)
        assert workers
        server.process.kill()
        server.process.wait()
        assert all([await _ends(pid) for pid in workers])


async def test_a_fork_server_that_somebody_ends_costs_no_answer(prepared: Path) -> None:
    async with engine_on(prepared, size=8) as engine:
        (fork_server,) = _fork_servers()
        os.kill(fork_server, signal.SIGKILL)
        for _ in range(20):
            assert await ask(engine, PLAIN)
        async with asyncio.timeout(15):
            while _fork_servers() == [fork_server]:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("ends_first", [True, False], ids=["that has ended", "that ends later"])
async def test_a_worker_that_is_abandoned_leaves_no_error_behind(ends_first: bool) -> None:
    overlooked: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: overlooked.append(context))
    process = await asyncio.create_subprocess_exec("sleep", "60")

    async def reap(pid: int) -> int:
        return await process.wait()

    async def abandon() -> None:
        worker = Worker(process.pid, reap)
        worker.reply()
        if ends_first:
            worker.connection_lost(None)
        worker.abandon()
        if not ends_first:
            worker.connection_lost(None)
        assert await worker.ended() == -signal.SIGKILL

    await abandon()
    gc.collect()
    assert not overlooked


async def test_a_worker_cannot_open_a_socket_even_if_service_got_through(prepared: Path) -> None:
    heard = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(2)

        def listen() -> None:
            try:
                listener.accept()
                heard.set()
            except TimeoutError:
                pass

        thread = threading.Thread(target=listen)
        thread.start()
        port = listener.getsockname()[1]
        script = (
            "import sys, pathlib, pyoxigraph as ox\n"
            "from otsgraph.process import sandbox as fences\n"
            "store = ox.Store()\n"
            "fences.compute_only()\n"
            f"print(bool(store.query('ASK {{ SERVICE SILENT <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}')))\n"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=20)
        thread.join()
    assert done.returncode == 0, done.stderr
    assert not heard.is_set()


async def test_a_worker_that_has_grown_is_replaced_when_it_has_answered(prepared: Path) -> None:
    much = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT * { ?a ?b ?c . ?d ?e ?f } }"
    async with engine_on(prepared, memory=2**30) as engine:
        before = _workers()
        assert b"160000" in await ask(engine, much, seconds=30)
        assert await ask(engine, PLAIN)
        assert [await _ends(pid) for pid in before] == [True]
        assert len(_workers()) == 1


async def test_three_failed_starts_end_the_engine_with_the_reason(tmp_path: Path) -> None:
    fork_server = ForkServer(fork_server_command(tmp_path, memory=2**26, largest_result=2**20))
    pool = Pool(fork_server.worker, PoolLimits(size=3, queue=1))
    with pytest.raises(EngineNotStarted, match="No such file"):
        await pool.start()
    await fork_server.aclose()


async def test_closing_ends_the_workers_and_refuses_queries(prepared: Path) -> None:
    async with engine_on(prepared, size=2) as engine:
        running = asyncio.create_task(ask(engine, ENDLESS))
        await asyncio.sleep(0.3)
        workers = _workers()
        await engine.aclose()
        with pytest.raises(EngineClosing):
            await running
        with pytest.raises(EngineClosing):
            await ask(engine, PLAIN)
    assert workers
    assert not any(is_running(pid) for pid in workers)


def _fork_servers() -> list[int]:
    return [pid for pid in children_of(os.getpid()) if "otsgraph.engine.worker" in command_of(pid)]


def _workers() -> list[int]:
    return [pid for fork_server in _fork_servers() for pid in children_of(fork_server) if is_running(pid)]


async def _ends(pid: int) -> bool:
    give_up = time.monotonic() + 5
    while is_running(pid) and time.monotonic() < give_up:
        await asyncio.sleep(0.02)
    return not is_running(pid)
