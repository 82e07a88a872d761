"""What several test modules use: a server in a process of its own, and prefixes."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from otsgraph.processes import children_of

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
    url: str
    process: subprocess.Popen[str]


@contextmanager
def running_server(*flags: str, python: tuple[str, ...] = (), before: Sequence[str] = ()) -> Iterator[Server]:
    """`otsgraph serve` on a free port; ended by its process id.  `before` is a command that runs the server."""
    command = [*before, sys.executable, *python, "-m", "otsgraph", "serve", "--port", "0", *flags]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Server(_address(process), process)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if match := re.search(r"at (http://\S+)$", line.rstrip()):
            return match[1]
    raise AssertionError(f"the server did not start: {''.join(said)}")


def workers_of(server: Server) -> list[int]:
    """Process ids of the server's workers, which are children of its nursery."""
    nurseries = [pid for pid in children_of(server.process.pid) if "otsgraph.engines.forking" in command_of(pid)]
    return [pid for nursery in nurseries for pid in children_of(nursery) if is_running(pid)]


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except FileNotFoundError:
        return ""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
