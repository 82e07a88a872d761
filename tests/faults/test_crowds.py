"""Many clients at once: who comes first is served first, and everybody gets an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from benchmarks.crowds import burst, flood

from otsgraph_testing import Server, running_server

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def crowded() -> Iterator[Server]:
    with running_server("--query-time-limit", "5") as server:
        yield server


def test_in_a_burst_every_client_gets_its_share(crowded: Server) -> None:
    crowd = asyncio.run(burst(crowded.url, 150, 5))
    assert set(crowd.answers) <= {200, 503}
    assert crowd.answers[200] > 0.9 * crowd.answers.total()
    assert len(crowd.shares) == 150
    assert 0 < crowd.shares[0] >= crowd.shares[-1] // 4


def test_in_a_flood_of_endless_queries_a_small_one_never_fails_and_each_of_the_others_gets_an_answer(
    crowded: Server,
) -> None:
    small, theirs = asyncio.run(flood(crowded.url, 32, 6))
    assert set(small.answers) == {200}
    assert set(theirs) <= {503, 504}
    assert theirs[504] > 0
