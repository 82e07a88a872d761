"""The cache: what is kept, what is shared, what is never either."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from otsgraph.dataset.info import DatasetInfo
from otsgraph.engine.cache import Answer, CachingEngine
from otsgraph.errors import DeadlineExceeded
from otsgraph.rdf.formats import GraphFormat, ResultsFormat
from otsgraph.sparql.protocol import Deadline, FormatChoice, QueryOperation, QueryResult, digest

pytestmark = pytest.mark.anyio

JSON = FormatChoice()
CSV = FormatChoice(ResultsFormat.CSV, GraphFormat.TURTLE)
QUESTION = QueryOperation("ASK { ?s ?p ?o }")


class CountingEngine:
    """Answers with the number of the evaluation; `held` makes it wait, `failing` makes it fail."""

    def __init__(self) -> None:
        self.dataset = DatasetInfo("0" * 64, True, 0, (), {})
        self.evaluations = 0
        self.withdrawn = 0
        self.held = asyncio.Event()
        self.held.set()
        self.failing = False
        self.filler = b""

    async def query(self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline) -> QueryResult:
        self.evaluations += 1
        body = str(self.evaluations).encode() + self.filler
        try:
            await self.held.wait()
        except asyncio.CancelledError:
            self.withdrawn += 1
            raise
        if self.failing:
            raise DeadlineExceeded("The query was stopped at its time limit.")
        return QueryResult(ResultsFormat.JSON, body, digest(body))

    async def aclose(self) -> None:
        return None


async def answer(cache: CachingEngine, operation: QueryOperation = QUESTION, choice: FormatChoice = JSON) -> Answer:
    return cache.peek(operation, choice) or await cache.answer(operation, choice, Deadline.after(5))


async def test_the_same_question_is_evaluated_once() -> None:
    engine = CountingEngine()
    cache = CachingEngine(engine)
    assert (await answer(cache)).result.body == (await answer(cache)).result.body == b"1"
    assert engine.evaluations == 1


@pytest.mark.parametrize(
    ("operation", "choice"),
    [
        pytest.param(QueryOperation("ASK { }"), JSON, id="another query"),
        pytest.param(QueryOperation(QUESTION.query, ("http://x/a",)), JSON, id="another default graph"),
        pytest.param(QueryOperation(QUESTION.query, (), ("http://x/a",)), JSON, id="another named graph"),
        pytest.param(QUESTION, CSV, id="another format"),
    ],
)
async def test_another_question_has_another_answer(operation: QueryOperation, choice: FormatChoice) -> None:
    cache = CachingEngine(CountingEngine())
    assert (await answer(cache)).result.body != (await answer(cache, operation, choice)).result.body


async def test_a_kept_answer_is_there_without_waiting() -> None:
    cache = CachingEngine(CountingEngine())
    assert cache.peek(QUESTION, JSON) is None
    kept = await answer(cache)
    assert cache.peek(QUESTION, JSON) is kept


async def test_many_who_ask_at_the_same_time_share_one_evaluation() -> None:
    engine = CountingEngine()
    engine.held.clear()
    cache = CachingEngine(engine)
    askers = [asyncio.create_task(answer(cache)) for _ in range(20)]
    await asyncio.sleep(0.01)
    engine.held.set()
    assert {a.result.body for a in await asyncio.gather(*askers)} == {b"1"}


async def test_one_who_goes_does_not_take_the_evaluation_from_the_others() -> None:
    engine = CountingEngine()
    engine.held.clear()
    cache = CachingEngine(engine)
    first, second = (asyncio.create_task(answer(cache)) for _ in range(2))
    await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.sleep(0.01)
    engine.held.set()
    assert (await second).result.body == b"1"
    assert engine.withdrawn == 0


async def test_the_last_one_who_goes_takes_the_evaluation_with_him() -> None:
    engine = CountingEngine()
    engine.held.clear()
    cache = CachingEngine(engine)
    askers = [asyncio.create_task(answer(cache)) for _ in range(2)]
    await asyncio.sleep(0.01)
    for asker in askers:
        asker.cancel()
    await asyncio.sleep(0.01)
    assert engine.withdrawn == 1
    engine.held.set()
    assert (await answer(cache)).result.body == b"2"


async def test_a_failure_is_told_to_all_who_wait_and_never_kept() -> None:
    engine = CountingEngine()
    engine.failing = True
    cache = CachingEngine(engine)
    told = await asyncio.gather(*(answer(cache) for _ in range(3)), return_exceptions=True)
    assert [type(t) for t in told] == [DeadlineExceeded] * 3
    assert engine.evaluations == 1
    engine.failing = False
    assert (await answer(cache)).result.body == b"2"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (RAND() AS ?x) {}",
        "SELECT (rand() AS ?x) {}",
        "SELECT (NOW () AS ?x) {}",
        "SELECT (UUID() AS ?x) {}",
        "SELECT (STRUUID() AS ?x) {}",
        "SELECT (BNODE() AS ?x) {}",
        "SELECT * { SERVICE <http://x/> { ?s ?p ?o } }",
    ],
)
async def test_what_may_be_otherwise_the_next_time_is_neither_kept_nor_shared(query: str) -> None:
    engine = CountingEngine()
    engine.held.clear()
    cache = CachingEngine(engine)
    askers = [asyncio.create_task(answer(cache, QueryOperation(query))) for _ in range(2)]
    await asyncio.sleep(0.01)
    engine.held.set()
    answers = await asyncio.gather(*askers)
    assert {a.result.body for a in answers} == {b"1", b"2"}
    assert not any(a.repeatable for a in answers)
    assert cache.size == 0


@pytest.mark.parametrize("query", ["SELECT * { ?s <http://xmlns.com/foaf/0.1/knows> ?o }", "SELECT ?brand { }"])
async def test_words_that_merely_contain_such_a_name_do_not_matter(query: str) -> None:
    assert (await answer(CachingEngine(CountingEngine()), QueryOperation(query))).kept


async def test_the_answer_that_was_asked_for_longest_ago_goes_first() -> None:
    engine = CountingEngine()
    engine.filler = b"x" * 10_000
    cache = CachingEngine(engine, budget=100_000)
    first, *others = [QueryOperation(f"ASK {{ }} # {n}") for n in range(10)]
    kept = await answer(cache, first)
    for other in others:
        await answer(cache, other)
        assert cache.peek(first, JSON) is kept
    assert cache.peek(others[0], JSON) is None
    assert cache.size <= 100_000


async def test_an_answer_above_an_eighth_of_the_budget_is_not_kept() -> None:
    engine = CountingEngine()
    engine.filler = b"x" * 10_000
    cache = CachingEngine(engine, budget=80_000)
    assert not (await answer(cache)).kept
    assert cache.size == 0


async def test_graph_iris_count_like_the_query() -> None:
    cache = CachingEngine(CountingEngine(), budget=2**20)
    asked = [QueryOperation("ASK { }", (f"http://x/{number}/" + "a" * 100_000,), ()) for number in range(40)]
    for operation in asked:
        await answer(cache, operation)
    kept = [operation for operation in asked if cache.keeps(operation, FormatChoice())]
    assert 5 < len(kept) < 11
    assert kept == asked[-len(kept) :]


async def test_the_compressed_form_is_made_once_and_counts() -> None:
    engine = CountingEngine()
    engine.filler = b"x" * 100_000
    cache = CachingEngine(engine)
    kept = await answer(cache)
    before = cache.size
    packed = await cache.compressed(kept)
    assert gzip.decompress(packed) == kept.result.body
    assert await cache.compressed(kept) is packed
    assert cache.size == before + len(packed)


async def test_an_evaluation_that_is_withdrawn_does_not_end_the_next_one_of_the_same_question() -> None:
    """Two clients hang up at the same time, and a third asks in between."""
    engine = CountingEngine()
    engine.held.clear()
    cache = CachingEngine(engine)
    first, second = (cache.answer(QUESTION, JSON, Deadline.after(5)) for _ in range(2))
    await asyncio.sleep(0)
    third: list[asyncio.Future[Answer]] = []
    first.cancel()
    second.cancel()
    asyncio.get_running_loop().call_soon(lambda: third.append(cache.answer(QUESTION, JSON, Deadline.after(5))))
    await asyncio.sleep(0)
    fourth = cache.answer(QUESTION, JSON, Deadline.after(5))
    await asyncio.sleep(0)
    engine.held.set()
    assert (await third[0]).result.body == (await fourth).result.body


async def at_once(cache: CachingEngine, engine: CountingEngine, *limits: float) -> list[bytes]:
    """The answers to one question that is asked at the same time with several time limits [s]."""
    engine.held.clear()
    asked = [cache.answer(QUESTION, JSON, Deadline.after(limit)) for limit in limits]
    await asyncio.sleep(0)
    engine.held.set()
    return [each.result.body for each in await asyncio.gather(*asked)]


async def test_those_who_give_a_question_different_times_do_not_share_an_evaluation() -> None:
    engine = CountingEngine()
    assert await at_once(CachingEngine(engine), engine, 1, 5) == [b"1", b"2"]
    assert engine.evaluations == 2


async def test_those_who_give_a_question_the_same_time_share_an_evaluation() -> None:
    engine = CountingEngine()
    assert await at_once(CachingEngine(engine), engine, 5, 1, 5) == [b"1", b"2", b"1"]
    assert engine.evaluations == 2
