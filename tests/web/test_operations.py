"""Running a server: health, readiness, metrics, the access log, a graceful stop, a reload."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from otsgraph.process.resources import children_of
from otsgraph_testing import (
    ENDLESS,
    MEMORY_BOMB,
    Server,
    command_of,
    listening_server,
    metrics_of,
    running_server,
    wait_until,
    workers_of,
)

ASK = {"query": "ASK { ?s ?p ?o }"}


def test_health_tells_which_dataset_is_served(client: httpx.Client) -> None:
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert re.fullmatch("[0-9a-f]{16}", response.json()["dataset"])


def test_a_server_is_ready_when_it_answers_queries(client: httpx.Client) -> None:
    response = client.get("/ready")
    assert (response.status_code, response.json()["status"]) == (200, "ready")
    assert response.headers["Cache-Control"] == "no-store"


def test_a_server_whose_workers_do_not_answer_is_not_ready() -> None:
    with running_server("--workers", "1+0") as server:
        (worker,) = workers_of(server)
        subprocess.run(["kill", "-STOP", str(worker)], check=True)
        response = httpx.get(f"{server.url}/ready", timeout=10)
        assert response.status_code == 504
        assert httpx.get(f"{server.url}/health").status_code == 200
        assert httpx.get(f"{server.url}/ready", timeout=10).status_code == 200


def test_metrics_are_in_the_format_that_prometheus_reads(client: httpx.Client) -> None:
    response = client.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain; version=")
    names = {family.name for family in text_string_to_metric_families(response.text)}
    assert names >= {
        "otsgraph_queries",
        "otsgraph_query_seconds",
        "otsgraph_lane_waiting",
        "otsgraph_lane_running",
        "otsgraph_lane_workers",
        "otsgraph_workers_killed",
        "otsgraph_cache_hits",
        "otsgraph_cache_bytes",
        "otsgraph_connections",
        "otsgraph_responses",
        "process_resident_memory_bytes",
        "otsgraph_memory_bytes",
    }


def test_metrics_count_what_happened_by_lane_outcome_and_reason() -> None:
    with running_server("--query-time-limit", "1", "--query-memory-limit", "60MiB") as server:

        def ask(query: str) -> None:
            httpx.get(f"{server.url}/sparql", params={"query": query}, timeout=20)

        before = metrics_of(server)
        for query in ("ASK { ?s ?p ?o }", "ASK { ?s ?p ?o }", "ASK {", ENDLESS, MEMORY_BOMB):
            ask(query)
        after = metrics_of(server)
        grown = {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}
        assert grown["otsgraph_queries_total", "short", "ok"] == 1
        assert grown["otsgraph_queries_total", "short", "malformed-query"] == 1
        assert grown["otsgraph_queries_total", "short", "moved-on"] >= 1
        assert grown["otsgraph_queries_total", "long", "deadline-exceeded"] == 1
        assert grown["otsgraph_queries_total", "cache", "ok"] == 1
        assert grown["otsgraph_cache_hits_total",] == 1
        assert grown["otsgraph_workers_killed_total", "long", "deadline-exceeded"] == 1
        assert grown["otsgraph_workers_killed_total", "short", "run-limit"] >= 1
        big = sum(v for k, v in grown.items() if k[0] == "otsgraph_workers_killed_total" and k[2] == "query-too-big")
        assert big == 1
        assert grown["otsgraph_query_seconds_count", "long"] >= 1
        assert grown["otsgraph_responses_total", "504"] == 1
        assert grown["otsgraph_responses_total", "507"] == 1
        assert after["otsgraph_lane_workers", "short"] == 8
        assert after["otsgraph_connections",] == 1


def test_what_has_never_happened_is_counted_as_zero(data: Path) -> None:
    with running_server("--data", str(data)) as server:
        samples = metrics_of(server)
    assert samples["otsgraph_workers_killed_total", "long", "outside"] == 0
    assert samples["otsgraph_queries_total", "short", "no-worker-in-time"] == 0
    assert samples["otsgraph_reloads_total", "failed"] == 0
    assert samples["otsgraph_connections_cut_total", "not-read"] == 0


def test_memory_is_that_of_all_processes(server: Server) -> None:
    samples = metrics_of(server)
    assert 50 * 2**20 < samples["otsgraph_memory_bytes",] < 2**30


def test_queries_that_a_client_may_not_have_are_counted() -> None:
    with running_server("--client-query-limit", "1", "--query-time-limit", "1") as server:
        with ThreadPoolExecutor(3) as threads:
            queries = [{"query": f"{ENDLESS} #{number}"} for number in range(3)]
            list(threads.map(lambda q: httpx.get(f"{server.url}/sparql", params=q, timeout=10), queries))
        assert metrics_of(server)["otsgraph_queries_total", "none", "too-many-queries"] == 2


def test_the_histogram_counts_each_query_once_in_every_class_from_its_own_on(
    client: httpx.Client, server: Server
) -> None:
    client.get("/sparql", params={"query": "ASK { ?a ?b 12345 }"})
    samples = metrics_of(server)
    buckets = [v for k, v in samples.items() if k[:2] == ("otsgraph_query_seconds_bucket", "short")]
    assert buckets == sorted(buckets)
    assert buckets[-1] == samples["otsgraph_query_seconds_count", "short"] > 0


def test_the_access_log_has_a_line_of_json_for_each_request_and_no_query(tmp_path: Path) -> None:
    private = "SELECT ?s { ?s ?p 'a secret' }"
    with listening_server("-v", file=tmp_path / "log") as server:
        for _ in range(3):
            httpx.get(f"{server.url}/sparql", params={"query": private})
        httpx.post(f"{server.url}/sparql", data={"query": private})
        httpx.get(f"{server.url}/nothing?here")
    log = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert [line["status"] for line in lines] == [200, 200, 200, 200, 404]
    assert len({line["query_hash"] for line in lines[:4]}) == 1
    assert lines[0]["path"] == "/sparql"
    assert lines[0]["client"] == "127.0.0.1"
    assert lines[0]["bytes"] > 0
    assert lines[0]["ms"] >= 0
    assert {line["method"] for line in lines} == {"GET", "POST"}
    assert "a secret" not in log


def test_the_access_log_has_the_query_where_everything_is_logged(tmp_path: Path) -> None:
    with listening_server("-vv", file=tmp_path / "log") as server:
        httpx.get(f"{server.url}/sparql", params=ASK)
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    assert lines[0]["query"] == ASK["query"]


def test_nothing_is_logged_by_default(tmp_path: Path) -> None:
    with listening_server(file=tmp_path / "log") as server:
        httpx.get(f"{server.url}/sparql", params=ASK)
    assert len((tmp_path / "log").read_text().splitlines()) == 1


def test_a_stop_lets_running_queries_finish_and_is_no_failure() -> None:
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . { SELECT * { ?d ?e ?f } LIMIT 500 } }"
    with running_server() as server:
        answers: list[httpx.Response] = []
        asking = threading.Thread(
            target=lambda: answers.append(httpx.get(f"{server.url}/sparql", params={"query": slow}, timeout=20))
        )
        asking.start()
        time.sleep(0.15)
        server.process.send_signal(signal.SIGTERM)
        asking.join()
        assert server.process.wait(20) == 0
    assert answers[0].status_code == 200


def test_a_stop_tells_those_whose_queries_take_longer() -> None:
    with running_server("--shutdown-time-limit", "0.5") as server:
        answers: list[httpx.Response] = []
        asking = threading.Thread(
            target=lambda: answers.append(httpx.get(f"{server.url}/sparql", params={"query": ENDLESS}, timeout=20))
        )
        asking.start()
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        asking.join()
        assert server.process.wait(20) == 0
    assert answers[0].status_code == 503
    assert answers[0].json()["type"].endswith("/engine-closing")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of RDF data that a test may change."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.ttl").write_text("<http://x/s> <http://x/p> 1 .")
    return folder


def count(url: str) -> int:
    """The number of triples that a server answers."""
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    response = httpx.get(f"{url}/sparql", params={"query": query})
    return int(response.json()["results"]["bindings"][0]["n"]["value"])


def test_a_reload_serves_the_new_data_without_a_failed_request(data: Path, tmp_path: Path) -> None:
    with listening_server("--data", str(data), file=tmp_path / "log") as server:
        assert count(server.url) == 1
        first = httpx.get(f"{server.url}/health").json()["dataset"]
        statuses: list[int] = []
        done = threading.Event()

        def keep_asking() -> None:
            number = 0
            with httpx.Client(base_url=server.url) as client:
                while not done.is_set():
                    number += 1
                    query = f"ASK {{ ?s ?p ?o FILTER(?o != {number + 10}) }}"
                    statuses.append(client.get("/sparql", params={"query": query}).status_code)

        asking = [threading.Thread(target=keep_asking) for _ in range(3)]
        for thread in asking:
            thread.start()
        (data / "b.ttl").write_text("<http://x/s> <http://x/p> 2 , 3 .")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: count(server.url) == 3)
        done.set()
        for thread in asking:
            thread.join()
        assert set(statuses) == {200}
        assert httpx.get(f"{server.url}/health").json()["dataset"] != first
        assert metrics_of(server)["otsgraph_reloads_total", "done"] == 1
    assert "reloaded: otsgraph serves 3 triples" in (tmp_path / "log").read_text()


def test_after_a_reload_the_old_version_is_gone(data: Path, tmp_path: Path) -> None:
    with listening_server("--data", str(data), file=tmp_path / "log") as server:
        before = workers_of(server)
        (data / "b.ttl").write_text("<http://x/s> <http://x/p> 2 .")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: count(server.url) == 2)
        wait_until(lambda: not set(before) & set(workers_of(server)))
        wait_until(lambda: len(workers_of(server)) == len(before))


def test_a_query_that_runs_during_a_reload_ends_on_the_dataset_that_it_began_on(data: Path, tmp_path: Path) -> None:
    (data / "many.ttl").write_text("".join(f"<http://x/{n}> <http://x/p> {n} .\n" for n in range(3_000)))
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }"
    with listening_server("--data", str(data), file=tmp_path / "log") as server:
        answers: list[httpx.Response] = []
        asking = threading.Thread(
            target=lambda: answers.append(httpx.get(f"{server.url}/sparql", params={"query": slow}, timeout=20))
        )
        asking.start()
        time.sleep(0.15)
        (data / "many.ttl").write_text("<http://x/only> <http://x/p> 1 .\n")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: count(server.url) == 2)
        asking.join()
    assert answers[0].json()["results"]["bindings"][0]["n"]["value"] == str(3_000**2 + 2 * 3_000 + 1)


def test_a_reload_of_bad_data_keeps_the_old_and_says_why(data: Path, tmp_path: Path) -> None:
    with listening_server("--data", str(data), file=tmp_path / "log") as server:
        (data / "b.ttl").write_text("this is no Turtle")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: metrics_of(server).get(("otsgraph_reloads_total", "failed")) == 1)
        assert count(server.url) == 1
        (data / "b.ttl").unlink()
        shutil.move(data / "a.ttl", tmp_path / "a.ttl")
        (data / "c.ttl").write_text("<http://x/s> <http://x/p> 2 , 3 .")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: count(server.url) == 2)
    said = (tmp_path / "log").read_text()
    assert "not reloaded, the dataset is the same as before: " in said
    assert "b.ttl:1:" in said
    assert "Traceback" not in said


def test_sources_that_are_empty_all_of_a_sudden_are_not_served(data: Path, tmp_path: Path) -> None:
    with listening_server("--data", str(data), file=tmp_path / "log") as server:
        (data / "a.ttl").write_text("")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: metrics_of(server).get(("otsgraph_reloads_total", "failed")) == 1)
        assert count(server.url) == 1
    assert "no triples any more" in (tmp_path / "log").read_text()


def test_the_line_at_the_start_tells_the_process_that_signals_go_to(data: Path, tmp_path: Path) -> None:
    with listening_server("--data", str(data), file=tmp_path / "log") as server:
        assert f"process {server.process.pid})" in (tmp_path / "log").read_text()


def test_a_variable_that_is_no_setting_is_told(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTSGRAPH_QUERY_TIME_LIMITT", "3")
    with listening_server("--data", str(data), file=tmp_path / "log"):
        assert "OTSGRAPH_QUERY_TIME_LIMITT" in (tmp_path / "log").read_text()


def test_a_broken_saved_query_keeps_the_old_ones(data: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries"
    queries.mkdir()
    (queries / "all.rq").write_text("#+ summary: All\nSELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o\n")
    with listening_server("--data", str(data), "--queries", str(queries), file=tmp_path / "log") as server:
        (queries / "bad.rq").write_text("#+ summary: [\nSELECT")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: metrics_of(server).get(("otsgraph_reloads_total", "failed")) == 1)
        assert httpx.get(f"{server.url}/queries/all.csv").status_code == 200


def test_signals_that_come_together_are_one_reload_after_another(data: Path, tmp_path: Path) -> None:
    with listening_server("--data", str(data), file=tmp_path / "log") as server:
        (data / "b.ttl").write_text("<http://x/s> <http://x/p> 2 .")
        for _ in range(5):
            server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: count(server.url) == 2)
        time.sleep(1)
        assert httpx.get(f"{server.url}/ready").status_code == 200
        assert 1 <= metrics_of(server)["otsgraph_reloads_total", "done"] <= 5


def test_a_reload_that_is_killed_does_not_prevent_the_next(data: Path, tmp_path: Path) -> None:
    with listening_server("--data", str(data), file=tmp_path / "log") as server:
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: bool(preparing(server)))
        os.kill(preparing(server)[0], signal.SIGKILL)
        wait_until(lambda: metrics_of(server)["otsgraph_reloads_total", "failed"] == 1)
        (data / "b.ttl").write_text("<http://x/s> <http://x/p> 2 .")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: count(server.url) == 2)
    assert "ended with status -9" in (tmp_path / "log").read_text()


def preparing(server: Server) -> list[int]:
    return [pid for pid in children_of(server.process.pid) if "otsgraph.dataset.build" in command_of(pid)]
