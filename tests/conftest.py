"""Fixtures: the project's folder, and a real server on the packaged graph."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from otsgraph_testing import Server, running_server


@pytest.fixture(scope="session")
def project() -> Path:
    """The checkout."""
    return Path(__file__).parent.parent


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


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
