"""What the address of a saved query asks for: arguments, a page of its rows, evidence, patience; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from otsgraph.arguments import BoundQuery, Vocabulary, ask_with
from otsgraph.errors import MalformedRequest
from otsgraph.parameters import RESERVED
from otsgraph.saved_queries import MOST_ROWS_A_PAGE, QueryForm, SavedQuery
from otsgraph.sparql.protocol import time_limit
from otsgraph.sparql.rewrite import row_count, window, with_evidence

ROWS_A_PAGE = 100
"""Rows of a page where neither the query nor the client says how many."""

LAST_PAGE = 10**9


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the rows: page `number`, counted from 1, where each page has so many `rows`."""

    number: int
    rows: int

    @property
    def first(self) -> int:
        """The rows before it."""
        return (self.number - 1) * self.rows

    def last_of(self, total: int) -> int:
        """The number of the last page of so many rows altogether; there is always a first one."""
        return max(1, -(-total // self.rows))


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for beside arguments: `page` is None where no page was, `time_limit` in seconds [s]."""

    page: Page | None
    evidence: bool
    time_limit: float


@dataclass(frozen=True, slots=True)
class SavedRequest:
    """One request to a saved query."""

    bound: BoundQuery
    options: Options

    @property
    def text(self) -> str:
        """The query for all rows."""
        return self.bound.put_into(self._unbound)

    @property
    def _unbound(self) -> str:
        """The query before values take their places: its parts are those that were tried at the start."""
        query = self.bound.query
        return with_evidence(query.text, query.evidence) if self.options.evidence else query.text

    @property
    def count(self) -> str:
        """The query for the number of all rows."""
        return self.bound.put_into(row_count(self._unbound))

    def text_of(self, page: Page) -> str:
        """The query for the rows of a page."""
        return self.bound.put_into(window(self._unbound, page.first, page.rows))


def read_options(query: SavedQuery, parameters: Sequence[tuple[str, str]]) -> Options:
    """What an address asks for beside arguments.  Raises MalformedRequest with what would be right."""
    return Options(_page(query, parameters), _evidence(query, parameters), time_limit(parameters))


def read_request(query: SavedQuery, parameters: Sequence[tuple[str, str]], vocabulary: Vocabulary) -> SavedRequest:
    """What an address asks a saved query for.  Raises MalformedRequest or UnfitParameter."""
    options = read_options(query, parameters)
    return SavedRequest(ask_with(query, arguments_of(parameters), vocabulary), options)


def arguments_of(parameters: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those parameters of an address that are meant for the query."""
    return [(name, value) for name, value in parameters if name not in RESERVED]


def _page(query: SavedQuery, parameters: Sequence[tuple[str, str]]) -> Page | None:
    number = _number(parameters, "page", LAST_PAGE)
    rows = _number(parameters, "per_page", MOST_ROWS_A_PAGE)
    if number is None and rows is None:
        return None
    if query.form is not QueryForm.SELECT:
        raise MalformedRequest(f"Only the rows of a SELECT query come in pages; this is {query.form.value}.")
    return Page(number or 1, rows or query.rows_a_page or ROWS_A_PAGE)


def _number(parameters: Sequence[tuple[str, str]], name: str, most: int) -> int | None:
    values = [value for key, value in parameters if key == name]
    if not values:
        return None
    if len(values) > 1 or not re.fullmatch("[0-9]{1,10}", values[0]) or not 1 <= int(values[0]) <= most:
        raise MalformedRequest(f"`{name}` is one whole number from 1 to {most:,}.")
    return int(values[0])


def _evidence(query: SavedQuery, parameters: Sequence[tuple[str, str]]) -> bool:
    values = [value for key, value in parameters if key == "evidence"]
    if not values:
        return False
    if len(values) > 1 or values[0] not in ("0", "1"):
        raise MalformedRequest("`evidence` is 1, for columns that say who states it and where, or 0.")
    if values[0] == "1" and not query.evidence:
        raise MalformedRequest(
            "The rows of this query are not statements, so they have no evidence: leave `evidence` out."
        )
    return values[0] == "1"
