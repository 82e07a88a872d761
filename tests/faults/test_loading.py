"""Nothing in a source file takes the machine or a running server down: loading is limited, and what fails is named."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from otsgraph.process.resources import children_of
from otsgraph_testing import (
    command_of,
    is_running,
    listening_server,
    otsgraph,
    running_server,
    wait_until,
)

MEASURED = """
import resource, subprocess, sys
done = subprocess.run([sys.executable, "-m", "otsgraph", *sys.argv[1:]], stderr=subprocess.PIPE, text=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, done.stderr, end="")
"""
"""Prints the largest resident set [bytes] of a process of `otsgraph`, and what it wrote to standard error."""


def xml_bomb(levels: int) -> str:
    """Less than a kilobyte that is ten bytes to the power of `levels`."""
    entities = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, levels + 1)]
    return (
        f'<!DOCTYPE r [<!ENTITY a0 "0123456789">{"".join(entities)}]>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
        f'<rdf:Description rdf:about="http://e/x"><e:p>&a{levels};</e:p></rdf:Description></rdf:RDF>'
    )


def deep_triple_terms(depth: int = 60_000) -> str:
    return f"<x:a> <x:b> {'<<( <x:a> <x:b> ' * depth}<x:c>{' )>>' * depth} ."


def large_prefix() -> str:
    """300 kilobytes that are 400 megabytes of IRIs."""
    return f"@prefix a: <http://{'x' * 200_000}> .\n" + "".join(f"a:{n} <x:p> 1 .\n" for n in range(2_000))


def deep_elements(depth: int = 100_000) -> str:
    """RDF/XML that takes minutes to read."""
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
        f"{'<e:C><e:p>' * depth}{'</e:p></e:C>' * depth}</rdf:RDF>"
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.ttl").write_text("<http://x/s> <http://x/p> 1 .")
    return folder


BAD: dict[str, tuple[str, Callable[[], str], str]] = {
    "entities in entities": ("bad.rdf", lambda: xml_bomb(9), "bad.rdf:1:"),
    "deep nesting": ("bad.nt", deep_triple_terms, "bad.nt: is nested too deeply to be read"),
    "too much for the memory": (
        "bad.ttl", large_prefix, "bad.ttl: loading needs more memory than 256 MiB (--load-memory-limit)",
    ),
    "too much for the time": (
        "bad.owl", deep_elements, "bad.owl: loading takes longer than 4 seconds (--load-time-limit)",
    ),
}  # fmt: skip
LIMITS = ("--load-memory-limit", "256MiB", "--load-time-limit", "4")


@pytest.mark.parametrize(("name", "content", "reason"), BAD.values(), ids=BAD.keys())
def test_a_bad_file_ends_a_command_in_one_line_that_names_it(
    data: Path, name: str, content: Callable[[], str], reason: str
) -> None:
    (data / name).write_text(content())
    done = otsgraph("query", "ASK { }", "--data", str(data), *LIMITS)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {reason}")
    assert len(done.stderr.splitlines()) == 1


def test_a_reload_of_bad_files_keeps_what_is_served(data: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with listening_server("--data", str(data), *LIMITS, file=log) as server:
        for number, (name, content, reason) in enumerate(BAD.values(), 1):
            (data / name).write_text(content())
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda number=number: log.read_text().count("not reloaded") == number)  # type: ignore[misc]
            assert f"not reloaded, the dataset is the same as before: {reason}" in log.read_text()
            (data / name).unlink()
            answer = httpx.get(f"{server.url}/sparql", params={"query": "SELECT * { ?s ?p ?o }"})
            assert len(answer.json()["results"]["bindings"]) == 1
        assert not preparing(server.process.pid)


@pytest.mark.parametrize("levels", [6, 8, 30])
def test_a_file_of_a_kilobyte_takes_no_memory_to_speak_of(tmp_path: Path, levels: int) -> None:
    (tmp_path / "bomb.rdf").write_text(xml_bomb(levels))
    command = [sys.executable, "-c", MEASURED, "query", "ASK { }", "--data", str(tmp_path)]
    peak, _, said = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.partition(" ")
    assert said.startswith("Error: bomb.rdf:1:")
    assert int(peak) < 2**28


@pytest.mark.parametrize("odd", ["pipe.ttl", "link.rq"])
def test_a_folder_with_something_that_is_no_file_ends_serve_in_one_line(data: Path, odd: str) -> None:
    (os.mkfifo if odd == "pipe.ttl" else lambda path: path.symlink_to("/dev/zero"))(data / odd)
    done = otsgraph("serve", "--port", "0", "--data", str(data), "--queries", str(data))
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {odd}: is a ")
    assert len(done.stderr.splitlines()) == 1


def test_loading_ends_with_the_server_that_is_killed(data: Path) -> None:
    (data / "slow.rdf").write_text(deep_elements())
    command = [sys.executable, "-m", "otsgraph", "serve", "--port", "0", "--data", str(data)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        wait_until(lambda: bool(preparing(process.pid)))
        (prepare,) = preparing(process.pid)
        process.kill()
    wait_until(lambda: not is_running(prepare))


def test_what_a_killed_server_leaves_is_removed_and_what_others_use_is_not(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temp = tmp_path / "temp"
    temp.mkdir()
    monkeypatch.setenv("TMPDIR", str(temp))

    def folders() -> set[Path]:
        return set(temp.glob("otsgraph-*"))

    with running_server("--data", str(data)) as living:
        (of_living,) = folders()
        with running_server("--data", str(data)) as killed:
            killed.process.kill()
            killed.process.wait()
        assert len(folders()) == 2
        with running_server("--data", str(data)):
            assert len(folders()) == 2
            assert of_living in folders()
            # its downloads are written there when they are first asked for
            assert httpx.get(f"{living.url}/download/otsgraph.nq", timeout=30).status_code == 200
            assert folders() - {of_living}
    assert folders() == set()


def preparing(server: int) -> list[int]:
    return [pid for pid in children_of(server) if "otsgraph.dataset.build" in command_of(pid)]
