"""Asks an endpoint, or many questions at once, where what counts is the answer and not how fast it comes."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from benchmarks.client import target

PATIENCE = 60.0
"""Longest that one answer may take to come [s]."""

AT_ONCE = 8
"""How many questions are under way where there are many."""

RESULTS = "application/sparql-results+json"


@dataclass(frozen=True, slots=True)
class Reply:
    """The status and the body of an answer."""

    status: int
    body: bytes

    @property
    def rows(self) -> int:
        """How many rows a result has; an answer that is no result has none."""
        return len(json.loads(self.body)["results"]["bindings"]) if self.status == 200 else 0


def get(url: str, path: str, patience: float = PATIENCE) -> Reply:
    """The answer to a GET, over a connection of its own.  Raises OSError or HTTPException where none comes."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=patience)
    try:
        connection.request("GET", path, headers={"Accept": RESULTS, "Connection": "close"})
        response = connection.getresponse()
        return Reply(response.status, response.read())
    finally:
        connection.close()


def ask(url: str, query: str, patience: float = PATIENCE) -> Reply:
    """The answer to a query; `url` is the endpoint's, with its path."""
    return get(url, target(query, urlsplit(url).path), patience)


def ask_all(url: str, queries: Iterable[str]) -> int:
    """Asks many queries, some at once.  Returns how many answers had a status other than 200."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return sum(reply.status != 200 for reply in threads.map(partial(ask, url), queries))
