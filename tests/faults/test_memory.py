"""What clients send without being asked takes little memory, and gives it back when they have gone."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import pytest
from benchmarks.attacks import ENDLESS, fresh
from benchmarks.client import target

from http_testing import pump
from otsgraph_testing import Server, running_server

MIB = 2**20
CLIENTS = 12
LARGE = "SELECT * { ?s ?p ?o . ?a ?b ?c } LIMIT 20000"
POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
OF_1500_MIB = POST + b"Content-Length: 1572864000\r\n\r\n"
IN_CHUNKS = POST + b"Transfer-Encoding: chunked\r\n\r\n"
BYTES, CHUNKS = b"x" * 2**16, b"10000\r\n" + b"x" * 2**16 + b"\r\n"


def get(query: str) -> bytes:
    return f"GET {target(query)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def memory(server: Server, name: str = "VmRSS") -> int:
    """The memory of the server process, now or (VmHWM) at most [bytes]."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{server.process.pid}/status").read_text())
    assert found is not None
    return int(found[1]) * 1_024


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        pytest.param(get(fresh(ENDLESS)) + OF_1500_MIB, BYTES, id="a body after a slow query"),
        pytest.param(get(fresh(ENDLESS)) + IN_CHUNKS, CHUNKS, id="chunks after a slow query"),
        pytest.param(get(LARGE) + OF_1500_MIB, BYTES, id="a body after an answer that is not read"),
        pytest.param(get(fresh(ENDLESS)), (POST + b"Content-Length: 30000\r\n\r\n" + b"x" * 30_000) * 2, id="many requests"),
        pytest.param(OF_1500_MIB, BYTES, id="a body that is too large"),
        pytest.param(b"GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1572864000\r\n\r\n", BYTES, id="a body of a page"),
        pytest.param(IN_CHUNKS + b"7\r\nASK { }\r\n0\r\n", b"x: y\r\n" * 10_000, id="trailers"),
        pytest.param(IN_CHUNKS + b"7\r\nASK { }\r\n0\r\nx: ", BYTES, id="one trailer"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n", b"a:\r\n" * 10_000, id="short header fields"),
    ],
)  # fmt: skip
def test_what_clients_send_unasked_takes_little_memory_and_gives_it_back(begin: bytes, piece: bytes) -> None:
    async def together(port: int) -> None:
        await asyncio.gather(*(pump(port, begin, piece, 64 * MIB, seconds=2) for _ in range(CLIENTS)))

    with running_server("--query-time-limit", "3") as server:
        before = memory(server)
        asyncio.run(together(int(server.url.rsplit(":", 1)[1])))
        assert memory(server, "VmHWM") < before + 128 * MIB
        give_up = time.monotonic() + 10
        while memory(server) > before + 16 * MIB and time.monotonic() < give_up:
            time.sleep(0.1)
        assert memory(server) <= before + 16 * MIB
