"""Drives an endpoint where there is no wrk: `python -m benchmarks.python_driver PLAN`, with a plan in JSON.

Prints the same report: one JSON object with answers, seconds, p50 and p99 [ms], failures.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent where: `before`, a number from `first` on, `after`; without `after`, always just `before`."""

    url: str
    before: str
    after: str | None
    first: int
    connections: int
    seconds: int
    longest_wait: float


@dataclass(slots=True)
class Tally:
    """What has come so far: the waiting times of answers of status 200 [ms], and how many others."""

    waits: list[float] = field(default_factory=list)
    failures: int = 0

    def percentile(self, percent: float) -> float:
        """By nearest rank [ms]; 0 where nothing has come."""
        if not self.waits:
            return 0.0
        return sorted(self.waits)[max(math.ceil(percent / 100 * len(self.waits)) - 1, 0)]


def _requests(plan: Plan) -> Iterator[bytes]:
    if plan.after is None:
        return itertools.repeat(plan.before.encode())
    before, after = plan.before.encode(), plan.after.encode()
    return (before + str(number).encode() + after for number in itertools.count(plan.first + 1))


async def _receive(reader: asyncio.StreamReader) -> int:
    """Reads one response to its end and returns its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
    fields = dict(line.split(b":", 1) for line in head[1:] if line)
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            await reader.readexactly(size + 2)
        await reader.readuntil(b"\r\n")
    else:
        await reader.readexactly(int(fields.get(b"content-length", b"0")))
    return int(head[0].split()[1])


async def _converse(plan: Plan, next_request: Callable[[], bytes], tally: Tally) -> None:
    """Asks over one connection until it breaks or is cancelled."""
    address = urlsplit(plan.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=2**20)
    try:
        while True:
            started = time.monotonic()
            writer.write(next_request())
            async with asyncio.timeout(plan.longest_wait):
                status = await _receive(reader)
            if status == 200:
                tally.waits.append((time.monotonic() - started) * 1_000)
            else:
                tally.failures += 1
    finally:
        writer.transport.abort()


async def _keep_conversing(plan: Plan, next_request: Callable[[], bytes], tally: Tally) -> None:
    """Connects anew whenever a connection breaks."""
    while True:
        try:
            await _converse(plan, next_request, tally)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            tally.failures += 1
            await asyncio.sleep(0.01)


async def drive(plan: Plan) -> dict[str, float]:
    """The report on a plan that was carried out."""
    tally, requests = Tally(), _requests(plan)
    started = time.monotonic()
    conversations = [
        asyncio.create_task(_keep_conversing(plan, requests.__next__, tally)) for _ in range(plan.connections)
    ]
    await asyncio.sleep(plan.seconds)
    seconds = time.monotonic() - started
    for conversation in conversations:
        conversation.cancel()
    await asyncio.wait(conversations)
    report = {"answers": len(tally.waits), "seconds": seconds, "failures": tally.failures}
    return report | {"p50": tally.percentile(50), "p99": tally.percentile(99)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(drive(Plan(**json.loads(sys.argv[1]))))))
