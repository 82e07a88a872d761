"""Query results as values for a page: a table of solutions, a truth value, or the text of a graph."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from otsgraph.rdf.datatypes import NUMBERS
from otsgraph.rdf.formats import GraphFormat
from otsgraph.sparql.protocol import FormatChoice, QueryResult
from otsgraph.web.pages.labels import Term, without_end

MOST_ROWS_SHOWN = 1_000
LARGEST_SHOWN = 2**21
"""Bytes of a result document; a page shows nothing of a larger one, since reading it would hold others up."""

AS_TABLE = FormatChoice()
"""The formats that `view` reads."""


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows of a result: `graph` as text, or `columns` and `rows`; `numeric` are the columns of numbers.

    `total` counts all rows, and `first` those before the rows shown.  `hint` says why there may be none.  `too_large`
    is the size of a result that is not shown [bytes], or 0.
    """

    graph: str | None = None
    columns: tuple[str, ...] = ()
    numeric: frozenset[str] = frozenset()
    rows: tuple[tuple[Term, ...], ...] = ()
    total: int = 0
    first: int = 0
    hint: str = ""
    too_large: int = 0


def view(result: QueryResult, first: int = 0, count: int = MOST_ROWS_SHOWN) -> View:
    """Returns the view of a result in a format of AS_TABLE: at most `count` rows, from row `first` on, from 0."""
    if len(result.body) > LARGEST_SHOWN:
        return View(too_large=len(result.body))
    if isinstance(result.format, GraphFormat):
        return View(graph=result.body.decode())
    document = json.loads(result.body)
    if "boolean" in document:
        answer = Term("yes" if document["boolean"] else "no")
        return View(columns=("answer",), rows=((answer,),), total=1, hint=result.hint)
    columns, bindings = document["head"]["vars"], document["results"]["bindings"]
    shown = bindings[first : first + min(count, MOST_ROWS_SHOWN)]
    rows = tuple(tuple(_term(row.get(name)) for name in columns) for row in shown)
    by_column = zip(columns, zip(*rows, strict=True), strict=False)
    numeric = frozenset(name for name, terms in by_column if _are_numbers(terms))
    return View(None, tuple(columns), numeric, rows, len(bindings), first, result.hint)


def _are_numbers(terms: Sequence[Term]) -> bool:
    datatypes = {term.datatype for term in terms if term.value}
    return bool(datatypes) and datatypes <= NUMBERS


def _term(term: Mapping[str, str] | None) -> Term:
    if term is None:
        return Term()
    value = term["value"]
    return Term(
        without_end(value), term.get("xml:lang", ""), term.get("datatype", ""), value if term["type"] == "uri" else ""
    )


def iris(shown: View) -> set[str]:
    """Returns the IRIs in the rows of a view."""
    return {term.iri for row in shown.rows for term in row if term.iri}


def with_labels(shown: View, labels: Mapping[str, str], address: Callable[[str], str]) -> View:
    """Returns the view with labels in place of IRIs that have one; `address` says where an IRI leads, or nothing."""

    def labelled(term: Term) -> Term:
        return replace(term, value=labels.get(term.iri, term.value), link=address(term.iri)) if term.iri else term

    return replace(shown, rows=tuple(tuple(map(labelled, row)) for row in shown.rows))


def without_repetition(shown: View) -> View:
    """Returns the view without columns whose texts only repeat the labels in a column of IRIs."""
    by_column = list(zip(*shown.rows, strict=True))
    kept = [i for i, texts in enumerate(by_column) if not any(_repeats(texts, labels) for labels in by_column)]
    columns = tuple(shown.columns[i] for i in kept)
    return replace(shown, columns=columns, rows=tuple(tuple(row[i] for i in kept) for row in shown.rows))


def _repeats(texts: Sequence[Term], labels: Sequence[Term]) -> bool:
    """Returns whether each text is the label of an IRI in the same row, or empty."""
    pairs = [(text, label) for text, label in zip(texts, labels, strict=True) if text.value]
    return bool(pairs) and all(not text.iri and label.iri and text.value == label.value for text, label in pairs)
