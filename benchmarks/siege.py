"""What a well-behaved client notices of badly behaved ones: how long it waits, and what becomes of the memory."""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmarks.attacks import ATTACKS, ENDLESS, PLAIN, Answers, Attack, fresh, killing
from benchmarks.client import connect, connected
from benchmarks.endpoints import Endpoint, prepared_endpoints, running
from benchmarks.machine import MIB
from otsgraph.process.resources import children_of, memory_of

HOGS = 8
PAUSE = 0.02
"""Time between an answer and the next query of the well-behaved client [s]."""

SETTLING = 5.0
"""The first so many seconds [s] with endless queries do not count."""

PERIOD, OTHERS_PERIOD, SHORT_PERIOD = 60.0, 20.0, 10.0
"""How long the waiting times are measured [s]: ours, those of others, and all where only one round is run."""

LONGEST_ATTACK = 60.0
_RECOVERY = 10.0


@dataclass(frozen=True, slots=True)
class Waits:
    """Waiting times of a client [s], in order, and how many of its answers had another status than 200."""

    seconds: tuple[float, ...]
    failures: int

    def at(self, share: float) -> float:
        """The waiting time within which a share of the answers came [ms]."""
        return 1_000 * self.seconds[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


def section(rounds: int) -> str:
    """The part of the report on clients among others that misbehave."""
    period = PERIOD if rounds > 1 else SHORT_PERIOD
    with tempfile.TemporaryDirectory(prefix="otsgraph-siege-") as name, _many_files():
        folder = Path(name)
        ours, oxigraph, *_ = prepared_endpoints(folder)
        limited = replace(oxigraph, command=(*oxigraph.command, "--timeout-s", "10"))
        tables = [
            _among_hogs(ours, folder, period),
            _among_hogs(limited, folder, min(period, OTHERS_PERIOD)),
        ]
        return "\n\n".join([_introduction(period), _hogs_table(tables), "## Under siege", _siege(ours, folder)])


@contextmanager
def _many_files() -> Iterator[None]:
    """Attackers need connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8_192, hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _introduction(period: float) -> str:
    return (
        "## A small query among endless ones\n\n"
        f"One client asks a small query that nobody has asked before, every {PAUSE * 1_000:g} ms, for {period:g} s"
        f" ({min(period, OTHERS_PERIOD):g} s for others),"
        f" while {HOGS} others repeat endless queries: each again and again its own, or another text each time. All"
        f" queries have a time limit of 10 s. The first {SETTLING:g} s do not count."
    )


def _among_hogs(endpoint: Endpoint, folder: Path, period: float) -> list[tuple[str, ...]]:
    """The rows of an endpoint: without others, with others that repeat their text, with others that do not."""
    rows = []
    for what, hog in (("nobody", None), ("the same texts", _repeating), ("other texts", _inventing)):
        with running(endpoint, folder) as server:
            waits = asyncio.run(_well_behaved(server.url, endpoint.path, hog, period))
            figures = (f"{waits.at(share):,.1f}" for share in (0.5, 0.99, 1.0))
            rows.append((endpoint.name, what, f"{len(waits.seconds):,}", *figures, str(waits.failures)))
    return rows


Hog = Callable[[str, str], Awaitable[None]]


async def _well_behaved(url: str, path: str, hog: Hog | None, period: float) -> Waits:
    hogs = [asyncio.ensure_future(hog(url, path)) for _ in range(HOGS)] if hog is not None else []
    begin = time.monotonic() + (SETTLING if hogs else 0.0)
    seconds: list[float] = []
    statuses: Counter[int] = Counter()
    async with connected(url) as connection:
        while (now := time.monotonic()) < begin + period:
            answer = await connection.ask(fresh(PLAIN), path)
            if now >= begin:
                seconds.append(time.monotonic() - now)
                statuses[answer.status] += 1
            await asyncio.sleep(PAUSE)
    for task in hogs:
        task.cancel()
    await asyncio.gather(*hogs, return_exceptions=True)
    return Waits(tuple(sorted(seconds)), statuses.total() - statuses[200])


async def _repeating(url: str, path: str) -> None:
    await _ask_for_ever(url, path, partial(str, fresh(ENDLESS)))


async def _inventing(url: str, path: str) -> None:
    await _ask_for_ever(url, path, partial(fresh, ENDLESS))


async def _ask_for_ever(url: str, path: str, query: Callable[[], str]) -> None:
    while True:
        connection = await connect(url)
        try:
            while True:
                await connection.ask(query(), path)
        except (asyncio.IncompleteReadError, ConnectionError, KeyError, ValueError):
            await asyncio.sleep(PAUSE)
        finally:
            connection.drop()


def _hogs_table(tables: list[list[tuple[str, ...]]]) -> str:
    head = ("endpoint", "others ask", "answers", "p50 [ms]", "p99 [ms]", "longest [ms]", "not 200")
    return _table(head, [row for table in tables for row in table])


def _siege(ours: Endpoint, folder: Path) -> str:
    """All attacks on one server, one after another, with a well-behaved client beside them."""
    with running(ours, folder) as server:
        pid = server.process
        attacks = {
            **ATTACKS,
            "workers killed under load": killing(lambda: [w for n in children_of(pid) for w in children_of(n)]),
            "the process that makes the workers killed under load": killing(lambda: children_of(pid)),
        }
        began = memory_of(pid)
        rows = [asyncio.run(_attacked(server.url, name, attack)) for name, attack in attacks.items()]
        ended = _memory_after(pid, began)
    head = ("attack", "answers", "seconds", "others' longest wait [ms]", "others' answers not 200")
    return (
        "One server with the default settings, attacked in every way below, one after another, while another client"
        f" asks a small query every {PAUSE * 1_000:g} ms. What the attackers got is counted by status; `closed` is a"
        " connection that was ended without one.\n\n"
        + _table(head, rows)
        + f"\n\nMemory of all processes before: {began / MIB:.0f} MiB; {_RECOVERY:g} s after the last attack:"
        f" {ended / MIB:.0f} MiB."
    )


async def _attacked(url: str, name: str, attack: Attack) -> tuple[str, ...]:
    done = asyncio.Event()
    beside = asyncio.ensure_future(_beside(url, done))
    began = time.monotonic()
    answers: Answers = await asyncio.wait_for(attack(url), LONGEST_ATTACK)
    seconds = time.monotonic() - began
    done.set()
    waits = await beside
    told = ", ".join(f"{number:,} × {answer}" for answer, number in sorted(answers.items(), key=str)) or "–"
    return name, told, f"{seconds:.1f}", f"{waits.at(1.0):,.0f}", str(waits.failures)


async def _beside(url: str, done: asyncio.Event) -> Waits:
    """What a client on a new connection each time waits until an attack is over; at least once."""
    seconds: list[float] = []
    failures = 0
    while not seconds or not done.is_set():
        began = time.monotonic()
        async with connected(url) as connection:
            failures += (await connection.ask(fresh(PLAIN))).status != 200
        seconds.append(time.monotonic() - began)
        await asyncio.sleep(PAUSE)
    return Waits(tuple(sorted(seconds)), failures)


def _memory_after(process: int, before: int) -> int:
    """The memory [bytes] when it is back, or after a while."""
    give_up = time.monotonic() + _RECOVERY
    while memory_of(process) > before and time.monotonic() < give_up:
        time.sleep(0.5)
    return memory_of(process)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    print(section(rounds=1))
