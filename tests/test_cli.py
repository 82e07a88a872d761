"""The command line, as processes."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from otsgraph.graph.passages import digest, text_fragment
from otsgraph.process.resources import children_of
from otsgraph.settings import Settings, default_text, flag, variable
from otsgraph_testing import ENDLESS, is_running, otsgraph, running_server, wait_until, workers_of


def test_a_query_needs_no_server_and_no_prefixes() -> None:
    done = otsgraph("query", "SELECT ?n { meeting:diaspora-7 ots:ordinal ?n }", "-f", "csv")
    assert (done.returncode, done.stdout.split()) == (0, ["n", "7"])


def test_a_query_may_come_from_standard_input() -> None:
    assert otsgraph("query", "-", "-f", "csv", input="ASK { }").stdout == "true\n"


def test_a_table_shows_terms_and_counts_rows() -> None:
    done = otsgraph("query", "--saved", "represented-states", "-f", "table")
    assert "Türkiye" in done.stdout
    assert "6 rows" in done.stdout


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
def test_solutions_come_in_every_results_format(name: str) -> None:
    assert "Budapest" in otsgraph("query", "SELECT ?l { place:budapest rdfs:label ?l }", "-f", name).stdout


@pytest.mark.parametrize("name", ["ttl", "nt", "rdf", "jsonld"])
def test_graphs_come_in_every_graph_format(name: str) -> None:
    assert "Budapest" in otsgraph("query", "CONSTRUCT WHERE { place:budapest rdfs:label ?l }", "-f", name).stdout


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        pytest.param(
            ["query", "ASK { ots:x"], 1, "Error: line 1, column 5: The brace {", id="a syntax error, with its place"
        ),
        pytest.param(
            ["query", "ASK { foo:x ?p ?o }"], 1, "Error: line 1, column 7: Unknown prefix", id="unknown prefix"
        ),
        pytest.param(
            ["query", "CONSTRUCT WHERE {?s ?p ?o}", "-f", "csv"],
            1,
            "cannot be written as csv; there are ttl, nt, rdf, jsonld",
            id="bad format",
        ),
        pytest.param(
            ["query", "--saved", "nothing"], 1, "Error: there is no saved query nothing", id="unknown saved query"
        ),
        pytest.param(["query"], 2, "Give exactly one of TEXT, --file and --saved.", id="no query"),
        pytest.param(
            ["query", "ASK {}", "--data", "nowhere.ttl"], 1, "Error: nowhere.ttl: there is no such", id="no file"
        ),
        pytest.param(["serve", "--port", "x"], 2, "--port (or OTSGRAPH_PORT)", id="a port that is no number"),
        pytest.param(["serve", "--query-time-limit", "0"], 2, "should be greater than 0", id="a limit out of bounds"),
        pytest.param(["check-evidence", "--source", "nowhere"], 1, "Error: nowhere: No such file", id="no source"),
    ],
)
def test_a_mistake_is_one_line_and_an_exit_code(arguments: Sequence[str], status: int, message: str) -> None:
    done = otsgraph(*arguments)
    assert done.returncode == status
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_get_prints_what_the_server_would_answer() -> None:
    done = otsgraph("get", "/health")
    assert done.returncode == 0
    assert json.loads(done.stdout)["status"] == "ok"


def test_get_of_nothing_fails() -> None:
    done = otsgraph("get", "/nothing")
    assert done.returncode == 1
    assert json.loads(done.stdout)["status"] == 404


def test_queries_are_listed_with_what_they_answer() -> None:
    assert "represented-states\n    Which states had" in otsgraph("queries").stdout


def test_derive_finds_the_facts_current() -> None:
    done = otsgraph("derive", "--check")
    assert (done.returncode, done.stdout) == (0, "all facts are up to date\n")


def test_every_setting_is_in_the_help_and_in_the_docs(project: Path) -> None:
    help_ = " ".join(otsgraph("serve", "--help").stdout.split())
    documented = (project / "docs" / "running.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        assert flag(name) in help_
        assert variable(name) in help_
        assert (
            f"| `{flag(name)}` | `{variable(name)}` | {default_text(name) or '–'} | {field.description} |" in documented
        )


def test_a_port_in_use_is_told_in_one_line_and_nothing_is_started() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = otsgraph("serve", "--port", str(port))
    assert done.returncode == 1
    assert done.stderr == f"Error: port {port} is in use; try `otsgraph serve --port {port + 1}`\n"


def test_a_broken_file_stops_serve_with_file_line_and_reason(tmp_path: Path) -> None:
    (tmp_path / "good.ttl").write_text("<x:a> <x:b> <x:c> .\n")
    (tmp_path / "bad.ttl").write_text("<x:a> <x:b> <x:c> .\n<x:a> <x:b> .\n")
    done = otsgraph("serve", "--port", "0", "--data", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: bad.ttl:2:")
    assert len(done.stderr.splitlines()) == 1


def test_a_relative_iri_in_own_data_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "data.ttl").write_text("<rel> <x:b> 1 .\n")
    done = otsgraph("query", "ASK { }", "--data", str(tmp_path))
    assert (done.returncode, done.stderr.startswith("Error: data.ttl:1:")) == (1, True)


def test_a_folder_laid_out_like_ours_can_be_served_as_facts(project: Path) -> None:
    query = "SELECT (COUNT(*) AS ?n) { meeting:diaspora-7 ots:representedState ?o }"
    done = otsgraph("query", query, "-f", "csv", "--data", str(project), "--default-graph", "facts")
    assert done.stdout.split() == ["n", "6"]


def test_own_data_is_served_as_the_files_name_it(tmp_path: Path) -> None:
    (tmp_path / "data.trig").write_text('<x:a> <x:b> _:n . <x:g> { <x:a> <x:b> "in g" }\n')
    with running_server("--data", str(tmp_path)) as server:
        count = "SELECT (COUNT(*) AS ?n) {{ {} }}"
        for pattern in ("?s ?p ?o", "GRAPH <x:g> { ?s ?p ?o }"):
            answer = httpx.get(
                f"{server.url}/sparql?", params={"query": count.format(pattern)}, headers={"Accept": "text/csv"}
            )
            assert answer.text.split() == ["n", "1"]
        assert httpx.get(f"{server.url}/queries").json() == []
        assert httpx.get(f"{server.url}/download/otsgraph.nq").text.count("\n") == 2


def test_a_folder_of_queries_adds_to_the_packaged_ones(tmp_path: Path) -> None:
    (tmp_path / "mine.rq").write_text("#+ summary: Is there anything?\nASK { ?s ?p ?o }\n")
    assert otsgraph("query", "--saved", "mine", "--queries", str(tmp_path), "-f", "csv").stdout == "true\n"


def test_a_broken_query_stops_serve_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "bad.rq").write_text("#+ sumary: typo\nASK { }\n")
    done = otsgraph("serve", "--port", "0", "--queries", str(tmp_path))
    assert (done.returncode, done.stderr.startswith("Error: bad.rq:1: ")) == (1, True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_asked_to_stop_ends_with_0(number: signal.Signals) -> None:
    with running_server() as server:
        workers = workers_of(server)
        server.process.send_signal(number)
        assert server.process.wait(timeout=15) == 0
    assert workers
    assert not any(is_running(pid) for pid in workers)


def test_a_server_that_is_killed_leaves_no_worker_behind() -> None:
    with running_server() as server, httpx.Client(base_url=server.url) as client:
        workers = workers_of(server)
        with pytest.raises(httpx.TimeoutException):
            client.get("/sparql", params={"query": ENDLESS}, timeout=0.3)
        server.process.kill()
        server.process.wait()
    give_up = time.monotonic() + 5
    while any(is_running(pid) for pid in workers) and time.monotonic() < give_up:
        time.sleep(0.02)
    assert workers
    assert not any(is_running(pid) for pid in workers)


@pytest.fixture
def own_project(project: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A copy of the source whose one document is about a text of our own, and that text."""
    text = tmp_path / "text.txt"
    words = "A short text. It says little."
    text.write_text(words, encoding="utf-8")
    copy = tmp_path / "project"
    shutil.copytree(project / "src", copy / "src")
    shutil.copytree(project / "ontology", copy / "ontology")
    (copy / "data" / "documents").mkdir(parents=True)
    (copy / "data" / "documents" / "own.ttl").write_text(
        f"""
        @prefix ots: <https://w3id.org/otsgraph/ontology#> .
        @prefix oa: <http://www.w3.org/ns/oa#> .
        <x:text> a ots:TextVersion ; ots:length {len(words)} ; ots:textDigest "{digest(words)}" .
        <x:1> ots:passage <x:p> .
        <x:p> oa:hasSelector <x:s> ; ots:passageDigest "{digest(words[14:])}" ;
            ots:textFragment "{text_fragment(words, 14, len(words))}" .
        <x:s> oa:start 14 ; oa:end {len(words)} .
        """,
        encoding="utf-8",
    )
    return copy, text


def check_evidence(own_project: tuple[Path, Path]) -> subprocess.CompletedProcess[str]:
    copy, text = own_project
    command = [sys.executable, "-m", "otsgraph", "check-evidence", "--source", str(text), "--document", "own"]
    return subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": str(copy / "src")}, timeout=60)


def test_positions_are_confirmed_against_the_text(own_project: tuple[Path, Path]) -> None:
    done = check_evidence(own_project)
    assert (done.returncode, done.stdout) == (0, "all 1 passages of own stand in text.txt where the graph says\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("oa:start 14", "oa:start 13", id="an offset"),
        pytest.param('Digest "sha256:', 'Digest "sha256:0', id="a digest"),
    ],
)
def test_a_wrong_position_or_digest_is_named_and_fails(own_project: tuple[Path, Path], old: str, new: str) -> None:
    path = own_project[0] / "data" / "documents" / "own.ttl"
    head, _, tail = path.read_text().rpartition(old)
    path.write_text(head + new + tail)
    done = check_evidence(own_project)
    assert done.returncode == 1
    assert done.stdout.startswith("x:1: characters ")


@pytest.mark.parametrize(
    ("service", "reason"),
    [
        pytest.param("http://x:99999/", "Port out of range", id="a port that there is not"),
        pytest.param("http://x:y/", "Port could not be cast", id="a port that is not a number"),
        pytest.param("http://x:0/", "no port", id="port 0"),
        pytest.param("http:///sparql", "no host", id="no host"),
        pytest.param("http://[::1/", "Invalid IPv6 URL", id="half a bracket"),
        pytest.param("http://[::1]:8/", "an IPv6 address is not supported", id="an address of IPv6"),
        pytest.param("http://127.1:8/", "four numbers", id="a short address"),
        pytest.param("http://a:b@x/", "a password", id="a password"),
    ],
)
def test_an_endpoint_that_could_never_be_asked_is_refused_in_one_line(service: str, reason: str) -> None:
    done = otsgraph("serve", "--port", "0", "--allow-service", service)
    assert done.returncode == 2
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&-"])
def test_a_server_starts_without_standard_streams(closed: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = f"exec {shlex.quote(sys.executable)} -m otsgraph serve --port 0 {closed} 2>{shlex.quote(str(log))}"
    with subprocess.Popen(["sh", "-c", command]) as process:
        try:
            wait_until(lambda: process.poll() is not None or (log.exists() and " at http://" in log.read_text()))
            address = re.search(r"http://\S+", log.read_text())
            assert address is not None, log.read_text()
            assert httpx.get(f"{address[0]}/sparql?query=ASK{{}}").status_code == 200
        finally:
            process.terminate()


def test_a_hang_up_while_data_are_loaded_does_not_end_the_server(tmp_path: Path) -> None:
    data, log = tmp_path / "data.nt", tmp_path / "log"
    data.write_text("".join(f'<http://x/{number}> <http://x/p> "{number}" .\n' for number in range(40_000)))
    command = [sys.executable, "-m", "otsgraph", "serve", "--port", "0", "--data", str(data)]
    with log.open("w") as file, subprocess.Popen(command, stderr=file) as process:
        try:
            wait_until(lambda: len(children_of(process.pid)) > 0)
            process.send_signal(signal.SIGHUP)
            wait_until(lambda: process.poll() is not None or " at http://" in log.read_text())
            assert process.poll() is None
        finally:
            process.terminate()
