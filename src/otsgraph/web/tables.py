"""Query results as values for a page: a table of solutions, a truth value, or the text of a graph."""

from __future__ import annotations

import json
from dataclasses import dataclass

from otsgraph.formats import GraphFormat
from otsgraph.operation import FormatChoice, QueryResult
from otsgraph.terms import BASE

MOST_ROWS_SHOWN = 1_000
LARGEST_SHOWN = 2**21
"""Bytes of a result document; of a larger one a page shows nothing, since to read it would hold others up."""

LONGEST_SHOWN = 1_000
"""Characters of a term; a longer one is cut."""

AS_TABLE = FormatChoice()
"""The formats that `view` reads."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One term of a solution; `lang` is its language tag or empty, `link` an address that it can be followed to."""

    value: str = ""
    lang: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows of a result: `graph` as text, or `columns` and `rows`; `total` counts all rows there are,
    `hint` says why there may be none.  `too_large` is the size of a result that is not shown [bytes], or 0."""

    graph: str | None = None
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    total: int = 0
    hint: str = ""
    too_large: int = 0


def view(result: QueryResult) -> View:
    """The view of a result in one of the formats of AS_TABLE, with at most MOST_ROWS_SHOWN rows."""
    if len(result.body) > LARGEST_SHOWN:
        return View(too_large=len(result.body))
    if isinstance(result.format, GraphFormat):
        return View(graph=result.body.decode())
    document = json.loads(result.body)
    if "boolean" in document:
        answer = Cell("yes" if document["boolean"] else "no")
        return View(columns=("answer",), rows=((answer,),), total=1, hint=result.hint)
    columns, bindings = document["head"]["vars"], document["results"]["bindings"]
    rows = tuple(tuple(_cell(row.get(name)) for name in columns) for row in bindings[:MOST_ROWS_SHOWN])
    return View(columns=tuple(columns), rows=rows, total=len(bindings), hint=result.hint)


def _cell(term: dict[str, str] | None) -> Cell:
    if term is None:
        return Cell()
    value = term["value"]
    # our own IRIs are names first; they become links when there is a page behind each of them
    is_address = term["type"] == "uri" and value.startswith(("http://", "https://")) and not value.startswith(BASE)
    shown = value if len(value) <= LONGEST_SHOWN else value[:LONGEST_SHOWN] + "…"
    return Cell(shown, term.get("xml:lang", ""), value if is_address else "")
