"""Fixtures: the project's folder, and a real server on the packaged graph; and what happens where a tool is missing.

`make test` runs every test whose tool is there.  Tests whose tool is missing are skipped, and counted by name in the
last lines; with OTSGRAPH_TEST_REQUIRE=all in the environment they fail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx
import hypothesis
import pytest

from otsgraph_testing import Server, running_server

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


PROJECT = Path(__file__).parent.parent

# Java runs a single source file only with its compiler at hand, so a runtime is not enough.
TOOLS: dict[str, Tool | SystemCalls] = {
    "browser": Tool("chromium", missing="no Chromium", other_name="chromium-browser"),
    "java": Tool("javac", missing="no Java development kit"),
    "node": Tool(
        "node", missing="no Node.js with Comunica", folder=PROJECT / ".node/node_modules/@comunica/query-sparql"
    ),
    "seccomp": SystemCalls(missing="no seccomp user notification"),
}
"""What the tests of a marker need."""

SKIPPED = pytest.StashKey[Counter[str]]()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips a test whose tool is missing, or fails it where all tools are required."""
    for marker, tool in TOOLS.items():
        if item.get_closest_marker(marker) is None or tool.found:
            continue
        if os.environ.get("OTSGRAPH_TEST_REQUIRE") == "all":
            pytest.fail(f"{tool.missing}: {tool.wanted} is not there", pytrace=False)
        item.config.stash.setdefault(SKIPPED, Counter())[marker] += 1
        pytest.skip(reason=f"{tool.missing}: the tests marked {marker} need {tool.wanted}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> Generator[None]:
    """Counts what was skipped below everything else."""
    yield
    for marker, number in config.stash.get(SKIPPED, Counter()).items():
        terminalreporter.write_line(f"skipped: {marker} {number} ({TOOLS[marker].missing})")


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
