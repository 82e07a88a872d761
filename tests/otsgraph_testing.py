"""What several test modules use: a server in a process of its own, and prefixes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from otsgraph.process.resources import children_of

PREFIXES = """\
PREFIX meeting: <https://w3id.org/otsgraph/id/meeting/>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX ots: <https://w3id.org/otsgraph/ontology#>
PREFIX person: <https://w3id.org/otsgraph/id/person/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX state: <https://w3id.org/otsgraph/id/state/>
"""

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
MEMORY_BOMB = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a ?d ?g"


@dataclass(frozen=True)
class Server:
    """A running server, and what it had said when it began to serve."""

    url: str
    process: subprocess.Popen[str]
    said: str = ""


@contextmanager
def running_server(*flags: str, python: tuple[str, ...] = (), before: Sequence[str] = ()) -> Iterator[Server]:
    """`otsgraph serve` on a free port; ended by its process id.  `before` is a command that runs the server."""
    command = [*before, sys.executable, *python, "-m", "otsgraph", "serve", "--port", "0", *flags]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Server(*_address(process))
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.communicate()


def _address(process: subprocess.Popen[str]) -> tuple[str, subprocess.Popen[str], str]:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if match := re.search(r"at (http://\S+)$", line.rstrip()):
            return match[1], process, "".join(said)
    raise AssertionError(f"the server did not start: {''.join(said)}")


@contextmanager
def listening_server(*flags: str, file: Path) -> Iterator[Server]:
    """A server whose standard error goes to a file."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "otsgraph", "serve", "--port", str(port), *flags]
    with file.open("w") as log, subprocess.Popen(command, stderr=log, text=True) as process:
        try:
            wait_until(lambda: " at http://" in file.read_text() or process.poll() is not None)
            yield Server(f"http://127.0.0.1:{port}", process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def metrics_of(server: Server, **headers: str) -> dict[tuple[str, ...], float]:
    """Values by the name of the sample and the values of its labels."""
    text = httpx.get(f"{server.url}/metrics", headers=headers).raise_for_status().text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def wait_until(true: Callable[[], bool], seconds: float = 15) -> None:
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up, "it did not come true"
        time.sleep(0.05)


def otsgraph(*arguments: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "otsgraph", *arguments]
    return subprocess.run(command, input=input, capture_output=True, text=True, timeout=60)


def workers_of(server: Server) -> list[int]:
    """Process ids of the server's workers, which are children of its fork server."""
    return [pid for pid in _made_by_fork_servers(server) if _name_of(pid) != "otsgraph-broker"]


def brokers_of(server: Server) -> list[int]:
    """Process ids of the server's brokers: of one, if the server has an open lane."""
    return [pid for pid in _made_by_fork_servers(server) if _name_of(pid) == "otsgraph-broker"]


def fork_servers_of(server: Server) -> list[int]:
    return [pid for pid in children_of(server.process.pid) if "otsgraph.engine.worker" in command_of(pid)]


def _made_by_fork_servers(server: Server) -> list[int]:
    return [pid for fork_server in fork_servers_of(server) for pid in children_of(fork_server) if is_running(pid)]


def processor_time(server: Server) -> float:
    """What the server and its workers have used together so far [s]."""
    fields = [_status_fields(pid) for pid in (server.process.pid, *workers_of(server))]
    return sum(int(each[11]) + int(each[12]) for each in fields if each) / os.sysconf("SC_CLK_TCK")


def resident(server: Server) -> int:
    """Bytes of memory that the server process, the fork server and the workers have, each counted for itself."""
    pids = [server.process.pid, *children_of(server.process.pid), *workers_of(server)]
    pages = [_told_by_the_system(pid, "statm").split() for pid in pids]
    return sum(int(each[1]) for each in pages if each) * os.sysconf("SC_PAGE_SIZE")


def command_of(pid: int) -> str:
    return _told_by_the_system(pid, "cmdline").replace("\0", " ")


def _name_of(pid: int) -> str:
    return _told_by_the_system(pid, "comm").strip()


def is_running(pid: int) -> bool:
    return _status_fields(pid)[:1] not in ([], ["Z"])


def _status_fields(pid: int) -> list[str]:
    """The fields after the command's name, the state first; none of a process that is gone.  Source: proc(5)."""
    return _told_by_the_system(pid, "stat").rpartition(")")[2].split()


def _told_by_the_system(pid: int, file: str) -> str:
    """A file of a process; empty of a process that is gone, or that goes while it is read."""
    try:
        return Path(f"/proc/{pid}/{file}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def are_one_value(given: str, other: str) -> bool:
    """Whether two texts are one number or truth value, written in two ways."""
    truths = ({"true", "1"}, {"false", "0"})
    if any({given, other} <= truth for truth in truths):
        return True
    try:
        return Decimal(given) == Decimal(other)
    except InvalidOperation:
        return False
