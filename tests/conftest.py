"""Fixtures: the project's folder, and a real server on the packaged graph; and what happens where a tool is missing.

`make test` runs every test whose tool is there.  Tests whose tool is missing are skipped, and counted by name in the
last lines; with OTSGRAPH_TEST_REQUIRE=all in the environment they fail.  The files that the graph was made from are in no
clone, so tests on them are skipped and counted wherever they run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx
import hypothesis
import pytest

from otsgraph_testing import Server, running_server
from sources_testing import source_files

# no property is about time, and a busy machine makes any example slow
hypothesis.settings.register_profile(
    "patient", hypothesis.settings(), deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")


@dataclass(frozen=True)
class Tool:
    """A command that tests need on the PATH, perhaps a folder beside it, and what to say where they are not."""

    command: str
    missing: str
    folder: Path | None = None
    other_name: str | None = None

    @property
    def path(self) -> str | None:
        return shutil.which(self.command) or (shutil.which(self.other_name) if self.other_name else None)

    @property
    def found(self) -> bool:
        return self.path is not None and (self.folder is None or self.folder.is_dir())

    @property
    def wanted(self) -> str:
        return f"{self.folder}" if self.folder else f"{self.command} on the PATH"


@dataclass(frozen=True)
class SystemCalls:
    """That the kernel lets one process decide about the system calls of another, and what to say where it does not."""

    missing: str
    wanted: str = "seccomp user notification (Linux 5.9), for x86-64 or arm64"

    @cached_property
    def found(self) -> bool:
        script = "import sys; from otsgraph.engine import broker; sys.exit(broker.start(()) is None)"
        return subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@dataclass(frozen=True)
class SourceFiles:
    """The files that the graph was made from, and what to say where they are not."""

    missing: str
    wanted: str = "the files that the graph was made from (OTSGRAPH_TEST_FACTS names their folder)"

    @property
    def found(self) -> bool:
        return all(file.is_file() for file in source_files(PROJECT))


PROJECT = Path(__file__).parent.parent

# Java runs a single source file only with its compiler at hand, so a runtime is not enough.
TOOLS: dict[str, Tool | SystemCalls | SourceFiles] = {
    "browser": Tool("chromium", missing="no Chromium", other_name="chromium-browser"),
    "java": Tool("javac", missing="no Java development kit"),
    "node": Tool(
        "node", missing="no Node.js with Comunica", folder=PROJECT / ".node/node_modules/@comunica/query-sparql"
    ),
    "seccomp": SystemCalls(missing="no seccomp user notification"),
    "sources": SourceFiles(missing="no source files"),
}
"""What the tests of a marker need."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips a test whose tool is missing, or fails it where all tools are required."""
    for marker, tool in TOOLS.items():
        if item.get_closest_marker(marker) is None or tool.found:
            continue
        if os.environ.get("OTSGRAPH_TEST_REQUIRE") == "all" and not isinstance(tool, SourceFiles):
            pytest.fail(f"{tool.missing}: {tool.wanted} is not there", pytrace=False)
        pytest.skip(reason=_reason(marker))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    """Counts what was skipped below everything else, in whichever process it was."""
    yield
    skipped = [str(report.longrepr) for report in terminalreporter.getreports("skipped")]
    for marker, tool in TOOLS.items():
        if number := sum(_reason(marker) in each for each in skipped):
            terminalreporter.write_line(f"skipped: {marker} {number} ({tool.missing})")


def _reason(marker: str) -> str:
    return f"{TOOLS[marker].missing}: the tests marked {marker} need {TOOLS[marker].wanted}"


@pytest.fixture(scope="session")
def project() -> Path:
    """The checkout."""
    return PROJECT


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The packaged graph, served on a free port of the loopback interface."""
    with running_server("--query-time-limit", "2", "--query-memory-limit", "200MiB") as server:
        yield server


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[httpx.Client]:
    """A client of that server."""
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser; only for tests marked browser, which do not get here where there is none."""
    browser = TOOLS["browser"]
    assert isinstance(browser, Tool)
    assert browser.path is not None, "a test that uses the browser is not marked browser"
    return browser.path


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
