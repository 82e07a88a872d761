"""Query results as values for a page: a table of solutions, a truth value, or the text of a graph."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from otsgraph.rdf.datatypes import NUMBERS
from otsgraph.rdf.formats import GraphFormat
from otsgraph.sparql.protocol import FormatChoice, QueryResult

MOST_ROWS_SHOWN = 1_000
LARGEST_SHOWN = 2**21
"""Bytes of a result document; of a larger one a page shows nothing, since to read it would hold others up."""

LONGEST_SHOWN = 1_000
"""Characters of a term; a longer one is cut."""

AS_TABLE = FormatChoice()
"""The formats that `view` reads."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One term of a solution.

    `value` is what is shown; `lang` its language tag, `datatype` the IRI of its datatype, `iri` the IRI that it is, and
    `link` an address that it can be followed to; each may be empty.
    """

    value: str = ""
    lang: str = ""
    datatype: str = ""
    iri: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows of a result: `graph` as text, or `columns` and `rows`; `numeric` are the columns of numbers.

    `total` counts all rows there are, and `first` those before the rows shown.  `hint` says why there may be none.
    `too_large` is the size of a result that is not shown [bytes], or 0.
    """

    graph: str | None = None
    columns: tuple[str, ...] = ()
    numeric: frozenset[str] = frozenset()
    rows: tuple[tuple[Cell, ...], ...] = ()
    total: int = 0
    first: int = 0
    hint: str = ""
    too_large: int = 0


def view(result: QueryResult, first: int = 0, count: int = MOST_ROWS_SHOWN) -> View:
    """The view of a result in one of the formats of AS_TABLE: of `count` rows at most, from row `first` on, from 0."""
    if len(result.body) > LARGEST_SHOWN:
        return View(too_large=len(result.body))
    if isinstance(result.format, GraphFormat):
        return View(graph=result.body.decode())
    document = json.loads(result.body)
    if "boolean" in document:
        answer = Cell("yes" if document["boolean"] else "no")
        return View(columns=("answer",), rows=((answer,),), total=1, hint=result.hint)
    columns, bindings = document["head"]["vars"], document["results"]["bindings"]
    shown = bindings[first : first + min(count, MOST_ROWS_SHOWN)]
    rows = tuple(tuple(_cell(row.get(name)) for name in columns) for row in shown)
    numeric = frozenset(
        name for name, cells in zip(columns, zip(*rows, strict=True), strict=False) if _are_numbers(cells)
    )
    return View(None, tuple(columns), numeric, rows, len(bindings), first, result.hint)


def _are_numbers(cells: Iterable[Cell]) -> bool:
    datatypes = {cell.datatype for cell in cells if cell.value}
    return bool(datatypes) and datatypes <= NUMBERS


def iris(shown: View) -> set[str]:
    """The IRIs in the rows of a view."""
    return {cell.iri for row in shown.rows for cell in row if cell.iri}


def with_labels(shown: View, labels: Mapping[str, str], address: Callable[[str], str]) -> View:
    """The view with labels in place of the IRIs that have one; `address` says where an IRI leads to, or nothing."""

    def labelled(cell: Cell) -> Cell:
        if not cell.iri:
            return cell
        return replace(cell, value=labels.get(cell.iri, cell.value), link=address(cell.iri))

    return replace(shown, rows=tuple(tuple(map(labelled, row)) for row in shown.rows))


def without_repetition(shown: View) -> View:
    """The view without columns of texts that are nowhere other than the labels in some column of IRIs."""
    cells = list(zip(*shown.rows, strict=True))
    kept = [i for i, texts in enumerate(cells) if not any(_repeats(texts, labels) for labels in cells)]
    columns = tuple(shown.columns[i] for i in kept)
    return replace(shown, columns=columns, rows=tuple(tuple(row[i] for i in kept) for row in shown.rows))


def _repeats(texts: Sequence[Cell], labels: Sequence[Cell]) -> bool:
    """Whether each text is the label of an IRI in the same row, or there is none."""
    pairs = [(text, label) for text, label in zip(texts, labels, strict=True) if text.value]
    return bool(pairs) and all(not text.iri and label.iri and text.value == label.value for text, label in pairs)


def without_end(text: str) -> str:
    """A text as pages show it: of a very long one the beginning."""
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def _cell(term: dict[str, str] | None) -> Cell:
    if term is None:
        return Cell()
    value = term["value"]
    return Cell(
        without_end(value), term.get("xml:lang", ""), term.get("datatype", ""), value if term["type"] == "uri" else ""
    )
