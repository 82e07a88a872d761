"""/metrics: what is costly is read seldom and for all, counters are current, and a token keeps it private."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client import Metric

from otsgraph.errors import SettingsError
from otsgraph.settings import make_settings
from otsgraph.web.monitoring import ProcessMetrics
from otsgraph_testing import Server, listening_server, metrics_of, otsgraph, running_server, workers_of

TOKEN = "s3cret-Token~of/this+server=="  # noqa: S105


class Reading:
    """A reading that takes as long as a test wants, and counts how often it is asked for."""

    def __init__(self) -> None:
        self.times = 0
        self.may_end = threading.Event()

    def __call__(self) -> list[Metric]:
        self.times += 1
        assert self.may_end.wait(10)
        return [Metric(f"reading_{self.times}", "", "gauge")]


# how processes are read


@pytest.mark.anyio
async def test_all_who_ask_at_the_same_time_share_one_reading() -> None:
    reading = Reading()
    processes = ProcessMetrics(reading)
    asking = [asyncio.ensure_future(processes()) for _ in range(100)]
    await asyncio.sleep(0)
    reading.may_end.set()
    answers = await asyncio.gather(*asking)
    assert {metric.name for answer in answers for metric in answer} == {"reading_1"}
    assert reading.times == 1


@pytest.mark.anyio
async def test_a_reading_is_kept_for_some_time_and_then_made_again() -> None:
    reading = Reading()
    reading.may_end.set()
    kept, not_kept = ProcessMetrics(reading, every=3_600), ProcessMetrics(reading, every=0)
    assert [(await kept())[0].name for _ in range(3)] == ["reading_1"] * 3
    assert [(await not_kept())[0].name for _ in range(3)] == ["reading_2", "reading_3", "reading_4"]


@pytest.mark.anyio
async def test_a_slow_reading_holds_nothing_else_up() -> None:
    reading = Reading()
    asking = asyncio.ensure_future(ProcessMetrics(reading)())
    for _ in range(100):  # would never come back if the event loop did the reading itself
        await asyncio.sleep(0)
    assert not asking.done()
    reading.may_end.set()
    await asking


@pytest.mark.anyio
async def test_a_client_that_hangs_up_ends_the_reading_for_nobody_else() -> None:
    reading = Reading()
    processes = ProcessMetrics(reading)
    leaving, staying = asyncio.ensure_future(processes()), asyncio.ensure_future(processes())
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)
    reading.may_end.set()
    assert (await staying)[0].name == "reading_1"


@pytest.mark.anyio
async def test_a_reading_that_fails_is_made_again_later() -> None:
    answers: Iterator[Exception | list[Metric]] = iter([OSError("gone"), []])

    def read() -> list[Metric]:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    processes = ProcessMetrics(read, every=0)
    with pytest.raises(OSError, match="gone"):
        await processes()
    assert await processes() == []


def test_counters_are_current_at_every_request(server: Server) -> None:
    before = metrics_of(server).get(("otsgraph_responses_total", "404"), 0)
    for number in range(1, 4):
        httpx.get(f"{server.url}/nothing")
        assert metrics_of(server)["otsgraph_responses_total", "404"] == before + number


# who may read them


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server with a token in its environment, and what it says on standard error."""
    folder = tmp_path_factory.mktemp("private")
    (folder / "a.ttl").write_text("<http://x/s> <http://x/p> 1 .")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTSGRAPH_METRICS_TOKEN", TOKEN)
        with listening_server("-vv", "--data", str(folder / "a.ttl"), file=folder / "log") as server:
            yield server, folder / "log"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_token_opens_the_metrics(private: tuple[Server, Path], scheme: str) -> None:
    assert metrics_of(private[0], Authorization=f"{scheme} {TOKEN}")["otsgraph_dataset_triples",] == 1


@pytest.mark.parametrize(
    "given",
    [
        *(None, "", "Bearer", "Bearer x", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", f"Bearer {TOKEN.upper()}"),
        *(TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN} {TOKEN}", "Bearer \xe9", f"Bearer {TOKEN}, Bearer {TOKEN}"),
    ],
)
def test_whatever_is_not_the_token_is_refused(private: tuple[Server, Path], given: str | None) -> None:
    headers = {} if given is None else {b"Authorization": given.encode("latin-1")}
    answer = httpx.get(f"{private[0].url}/metrics", headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="otsgraph"')
    assert answer.json()["type"].endswith("/unauthorized")
    assert "otsgraph_" not in answer.text


@pytest.mark.parametrize("address", ["/metrics?token=" + TOKEN, "/metrics/", "//metrics", "/metrics%20"])
def test_no_other_address_leads_around_the_token(private: tuple[Server, Path], address: str) -> None:
    answer = httpx.get(private[0].url + address, follow_redirects=True)
    assert answer.status_code in (401, 404)
    assert "otsgraph_queries" not in answer.text


@pytest.mark.parametrize("path", ["/", "/health", "/ready", "/queries", "/sparql?query=ASK{}"])
def test_everything_else_is_open(private: tuple[Server, Path], path: str) -> None:
    assert httpx.get(private[0].url + path).status_code == 200


def test_the_token_is_shown_nowhere(private: tuple[Server, Path]) -> None:
    server, log = private
    metrics_of(server, Authorization=f"Bearer {TOKEN}")
    pages = [
        httpx.get(server.url + path, headers={"Accept": "text/html"}).text for path in ("/", "/health", "/metrics")
    ]
    assert [text for text in [*pages, log.read_text(), otsgraph("serve", "--help").stdout] if TOKEN in text] == []


def test_the_workers_do_not_have_the_token(private: tuple[Server, Path]) -> None:
    workers = workers_of(private[0])
    assert workers
    assert [pid for pid in workers if TOKEN.encode() in Path(f"/proc/{pid}/environ").read_bytes()] == []


def test_without_a_token_anybody_may_read_them(client: httpx.Client) -> None:
    assert client.get("/metrics", headers={"Authorization": "Bearer of anything"}).status_code == 200


@pytest.mark.parametrize(
    "token", ["", "short", "with spaces in between", "x" * 201, "päßwort-und-so-weiter", "a\nb" * 9]
)
def test_a_token_that_cannot_be_sent_or_can_be_guessed_is_refused_unseen(token: str) -> None:
    with pytest.raises(SettingsError, match=r"--metrics-token .* must be 16 to 200") as refused:
        make_settings(metrics_token=token)
    assert not token or token not in str(refused.value)


def test_an_empty_variable_is_not_taken_for_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTSGRAPH_METRICS_TOKEN", "")
    with pytest.raises(SettingsError, match="OTSGRAPH_METRICS_TOKEN"):
        make_settings()


def test_settings_show_no_token() -> None:
    settings = make_settings(metrics_token=TOKEN)
    assert not re.search("s3cret", f"{settings!r} {settings} {settings.model_dump_json()}")


def test_a_token_given_as_a_flag_works_too() -> None:
    with running_server("--metrics-token", TOKEN, "--workers", "1+0") as server:
        assert httpx.get(f"{server.url}/metrics").status_code == 401
        assert metrics_of(server, Authorization=f"Bearer {TOKEN}")["otsgraph_memory_bytes",] > 0
