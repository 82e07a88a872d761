"""Whatever is sent, in whatever pieces: the server lives, stays small, and answers what was asked in its order."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from http_testing import connected, read_all, statuses
from odd_requests import by_the_reference, pieces_of, requests
from otsgraph_testing import Server, running_server

LAST = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
MOST_MEMORY = 250 * 2**20
FLOODS = {
    "body": (b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 1572864000\r\n\r\n", b"x" * 1_000),
    "chunks": (b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"3\r\nxyz\r\n" * 100),
    "trailers": (b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"x: y\r\n" * 100),
    "extension": (b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x" * 1_000),
    "fields": (b"GET /health HTTP/1.1\r\nHost: x\r\n", b"x: y\r\n" * 100),
    "field": (b"GET /health HTTP/1.1\r\nHost: x\r\nx: ", b"y" * 1_000),
    "target": (b"GET /", b"x" * 1_000),
    "requests": (b"", b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 30),
    "empty lines": (b"", b"\r\n" * 500),
}


@dataclass(frozen=True)
class Script:
    """What one client does: sends requests in pieces, perhaps slowly, perhaps with a flood after them, and ends."""

    sent: list[bytes]
    cuts: list[int]
    pause: float = 0.0
    flood: str = ""
    repeated: int = 0
    end: str = "reads"
    data: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", b"".join(self.sent) + (LAST if not self.flood else b""))


SCRIPTS = st.builds(
    Script,
    st.lists(requests(b"/health"), max_size=4),
    st.lists(st.integers(0, 10_000), max_size=8),
    st.sampled_from([0.0, 0.0, 0.005]),
    st.sampled_from(["", "", *FLOODS]),
    st.integers(1, 3_000),
    st.sampled_from(["reads", "reads", "reads", "ends its side", "hangs up", "does not read"]),
)


@pytest.fixture(scope="module")
def tortured() -> Iterator[Server]:
    limits = "--header-time-limit 0.5 --body-time-limit 0.5 --send-time-limit 0.5 --workers 2+1"
    with running_server(*limits.split()) as server:
        yield server
        assert server.process.poll() is None


async def play(server: Server, script: Script) -> bytes:
    """What a client gets that does what a script says."""
    loop = asyncio.get_running_loop()
    async with connected(int(server.url.rsplit(":", 1)[1])) as client:
        reading = asyncio.create_task(read_all(client)) if script.end != "does not read" else None
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(3):
                for piece in pieces_of(script.data, script.cuts):
                    await loop.sock_sendall(client, piece)
                    await asyncio.sleep(script.pause)
                begin, piece = FLOODS.get(script.flood, (b"", b""))
                await loop.sock_sendall(client, begin)
                for _ in range(script.repeated if piece else 0):
                    await loop.sock_sendall(client, piece)
                if script.end == "ends its side":
                    client.shutdown(socket.SHUT_WR)
        if reading is not None and script.end == "hangs up":
            reading.cancel()
        if reading is None or reading.cancelling():
            return b""
        async with asyncio.timeout(10):
            return await reading


def assert_in_step(script: Script, received: bytes) -> None:
    """The answers are those of the requests that the reference reads, in their order, until one is refused."""
    asked = by_the_reference(script.data + b"".join(FLOODS.get(script.flood, ())))[0]
    expected = [(200 if target in ("/", "/health") else 404) if method == "GET" else 405 for method, target, _ in asked]
    found = statuses(received.replace(b"HTTP/1.1 100 Continue\r\n\r\n", b""))
    common = 0
    while common < min(len(found), len(expected)) and found[common] == expected[common]:
        common += 1
    event(f"{script.flood or 'no flood'}, {script.end}")
    assert len(found) <= common + 1 or script.flood == "requests", (found, expected)
    if script.end == "reads" and not script.flood:
        assert common == len(expected) or found[-1] >= 400, (found, expected)


def memory(server: Server, name: str) -> int:
    """The memory of the server process now (VmRSS) or at most (VmHWM) [bytes]."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{server.process.pid}/status").read_text())
    assert found is not None
    return int(found[1]) * 1_024


@settings(max_examples=60)
@given(scripts=st.lists(SCRIPTS, min_size=1, max_size=12))
def test_the_server_stays_in_step(tortured: Server, scripts: list[Script]) -> None:
    async def together() -> list[bytes]:
        return await asyncio.gather(*(play(tortured, script) for script in scripts))

    for script, received in zip(scripts, asyncio.run(together()), strict=True):
        assert_in_step(script, received)


def test_the_server_stays_small_and_answers(tortured: Server) -> None:
    assert memory(tortured, "VmHWM") < MOST_MEMORY
    answer = httpx.get(f"{tortured.url}/sparql", params={"query": "SELECT (6 * 7 AS ?x) {}"}, timeout=10)
    assert answer.json()["results"]["bindings"][0]["x"]["value"] == "42"
