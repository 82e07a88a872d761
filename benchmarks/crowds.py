"""Many clients at once: how long each waits in a burst of small queries, and in a flood of endless ones."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.attacks import ENDLESS, PLAIN, Answers, fresh
from benchmarks.client import connect
from benchmarks.endpoints import prepared_endpoints, running

CROWDS = (150, 300)
HOGS = 32
PERIOD, SHORT_PERIOD = 20.0, 8.0
"""How long a crowd asks [s]; the second where only one round is run."""

PATIENCE = 8.0
"""A client that has no answer after so long counts as one without [s]."""

PAUSE = 0.02
"""Time between an answer and the next query of the one small client in a flood [s]."""

SETTLING = 3.0
"""The first so many seconds of a flood do not count [s]."""

_OTS = "https://w3id.org/otsgraph/ontology#"
SMALL = (
    PLAIN,
    "SELECT ?s {{ ?s a <" + _OTS + "State> FILTER(?s != {number}) }}",
    "SELECT ?s ?n {{ <https://w3id.org/otsgraph/id/meeting/diaspora-7> <" + _OTS + "representedState> ?s ."
    " ?s <http://www.w3.org/2000/01/rdf-schema#label> ?n FILTER(?s != {number}) }}",
    "SELECT * {{ ?s ?p ?o . FILTER(?o != {number}) }} LIMIT 100",
    "SELECT DISTINCT ?t {{ GRAPH ?g {{ ?s a ?t }} FILTER(?t != {number}) }}",
    "SELECT ?p (COUNT(*) AS ?n) {{ ?s ?p ?o FILTER(?o != {number}) }} GROUP BY ?p ORDER BY DESC(?n) LIMIT 10",
)
"""Queries of one to five milliseconds."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """What the clients of a crowd got: waiting times [s] in order, answers by status, answers of each client."""

    waits: tuple[float, ...]
    answers: Answers
    shares: tuple[int, ...]

    def at(self, share: float) -> float:
        """The waiting time within which a share of the answers came [ms]."""
        return 1_000 * self.waits[min(len(self.waits) - 1, int(share * len(self.waits)))] if self.waits else 0.0


async def burst(url: str, clients: int, seconds: float) -> Crowd:
    """Clients that come at the same time and ask small queries, each again as soon as it has its answer."""
    waits: list[float] = []
    answers: Answers = Counter()
    give_up = time.monotonic() + seconds

    async def client() -> int:
        connection, got = await connect(url), 0
        while time.monotonic() < give_up:
            began = time.monotonic()
            try:
                async with asyncio.timeout(PATIENCE):
                    answer = await connection.ask(fresh(random.choice(SMALL)))
            except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
                answers["none"] += 1
                connection.drop()
                connection = await connect(url)
                continue
            waits.append(time.monotonic() - began)
            answers[answer.status] += 1
            got += answer.status == 200
            if answer.status == 503:
                await asyncio.sleep(float(answer.headers["retry-after"]))
        connection.drop()
        return got

    shares = await asyncio.gather(*(client() for _ in range(clients)))
    return Crowd(tuple(sorted(waits)), answers, tuple(sorted(shares)))


async def flood(url: str, hogs: int, seconds: float) -> tuple[Crowd, Answers]:
    """One client that asks small queries while others ask endless ones without a pause; what he got, and what they."""
    theirs: Answers = Counter()
    begin = time.monotonic() + SETTLING
    give_up = begin + seconds

    async def hog() -> None:
        connection = await connect(url)
        while time.monotonic() < give_up:
            try:
                async with asyncio.timeout(3 * PATIENCE):
                    theirs[(await connection.ask(fresh(ENDLESS))).status] += 1
            except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
                theirs["none"] += 1
                connection.drop()
                connection = await connect(url)
        connection.drop()

    async def small() -> Crowd:
        connection = await connect(url)
        waits: list[float] = []
        answers: Answers = Counter()
        while (began := time.monotonic()) < give_up:
            answer = await connection.ask(fresh(random.choice(SMALL[:3])))
            if began >= begin:
                waits.append(time.monotonic() - began)
                answers[answer.status] += 1
            await asyncio.sleep(PAUSE)
        connection.drop()
        return Crowd(tuple(sorted(waits)), answers, (answers[200],))

    crowd, _ = await asyncio.gather(small(), asyncio.gather(*(hog() for _ in range(hogs))))
    return crowd, theirs


def section(rounds: int) -> str:
    """The part of the report on many clients at once."""
    period = PERIOD if rounds > 1 else SHORT_PERIOD
    with tempfile.TemporaryDirectory(prefix="otsgraph-crowds-") as name:
        ours = prepared_endpoints(Path(name))[0]
        with running(ours, Path(name)) as server:
            bursts = [(number, asyncio.run(burst(server.url, number, period))) for number in CROWDS]
            small, theirs = asyncio.run(flood(server.url, HOGS, period))
    lines = [
        f"## Many clients at once\n\nClients that come at the same time ask small queries for {period:g} s, each the"
        " next one as soon as it has its answer.\n",
        "| clients | answers | by status | p50 [ms] | p99 [ms] | longest [ms] | answers of a client |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(_row(str(number), crowd) for number, crowd in bursts),
        f"\n{HOGS} clients ask endless queries without a pause, and get {_told(theirs)}; one asks small ones:\n",
        "| clients | answers | by status | p50 [ms] | p99 [ms] | longest [ms] | answers of a client |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        _row(f"1 beside {HOGS}", small),
    ]
    return "\n".join(lines)


def _row(clients: str, crowd: Crowd) -> str:
    figures = " | ".join(f"{crowd.at(share):,.0f}" for share in (0.5, 0.99, 1.0))
    shares = f"{crowd.shares[0]} to {crowd.shares[-1]}"
    return f"| {clients} | {len(crowd.waits):,} | {_told(crowd.answers)} | {figures} | {shares} |"


def _told(answers: Answers) -> str:
    return ", ".join(f"{number:,} × {status}" for status, number in sorted(answers.items(), key=str))


if __name__ == "__main__":
    print(section(rounds=1))
