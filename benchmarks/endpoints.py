"""The endpoints that are compared: what they serve, how each is started, and how it is ended."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.asking import ask
from otsgraph.dataset.sources import BUILD_COMMAND, BuildJob

OURS, OXIGRAPH, RDFLIB = "otsgraph", "oxigraph", "rdflib-endpoint"

SNAPSHOT = "snapshot.nq"

_START_LIMIT = 60.0
"""Longest that an endpoint may take until its first answer [s]."""

_END_LIMIT = 15.0
"""Longest that an endpoint may take to end when it is asked to [s]; then it is killed."""

_PREPARING_LIMIT = 120.0
"""Longest that writing or loading the dataset may take [s]."""

_STEP = 0.005
"""Time between two tries whether an endpoint answers already [s]."""


class CannotMeasureError(Exception):
    """The measurements cannot go on; the message says why."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A way to serve the dataset.  In `command`, PORT stands for the port; `path` is where queries are answered."""

    name: str
    path: str
    command: tuple[str, ...]

    @property
    def version(self) -> str:
        return version(self.name)


@dataclass(frozen=True, slots=True)
class Running:
    """An endpoint that answers at `url`; `first_answer` is how long it took from its command to that [s]."""

    endpoint: Endpoint
    url: str
    process: int
    first_answer: float

    @property
    def name(self) -> str:
        return self.endpoint.name


def prepared_endpoints(folder: Path) -> tuple[Endpoint, ...]:
    """Writes the dataset into an empty folder in the forms that the endpoints read.  Ours comes first."""
    subprocess.run(BUILD_COMMAND, input=BuildJob(str(folder)).to_json(), check=True)
    store = folder / "oxigraph"
    _run(_installed("oxigraph"), "load", "--location", str(store), "--file", str(folder / SNAPSHOT))
    # what its own documentation advises before much is read
    _run(_installed("oxigraph"), "optimize", "--location", str(store))
    return (
        Endpoint(OURS, "/sparql", (_installed("otsgraph"), "serve", "--port", "PORT")),
        Endpoint(
            OXIGRAPH,
            "/query",
            (_installed("oxigraph"), "serve-read-only", "--location", str(store), "--bind", "127.0.0.1:PORT"),
        ),
        Endpoint(RDFLIB, "/", (sys.executable, "-m", "benchmarks.rdflib_server", str(folder / SNAPSHOT), "PORT")),
    )


def _installed(command: str) -> str:
    """A command of the environment that this runs in."""
    return str(Path(sys.executable).parent / command)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PREPARING_LIMIT, check=False)
    if done.returncode:
        raise CannotMeasureError(f"{Path(command[0]).name} {command[1]} failed: {done.stderr.strip()}")


@contextlib.contextmanager
def running(endpoint: Endpoint, folder: Path) -> Iterator[Running]:
    """Starts an endpoint on a free port of loopback and ends it.  Its output goes to a file in the folder."""
    port = _free_port()
    command = [word.replace("PORT", str(port)) for word in endpoint.command]
    url = f"http://127.0.0.1:{port}{endpoint.path}"
    # settings that somebody has made for an endpoint of their own have no place here
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTSGRAPH_")}
    log = folder / f"{endpoint.name}.log"
    with log.open("wb") as output:
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
    try:
        _wait_for_answer(process, url, started + _START_LIMIT, log)
        yield Running(endpoint, url, process.pid, time.monotonic() - started)
    finally:
        _end(process)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for_answer(process: subprocess.Popen[bytes], url: str, until: float, log: Path) -> None:
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if ask(url, "ASK {}").status == 200:
                return
        time.sleep(_STEP)
    last = log.read_text(encoding="utf-8", errors="replace")[-1_000:]
    raise CannotMeasureError(f"{Path(log).stem} did not start: {last.strip() or 'it said nothing'}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(_END_LIMIT)
