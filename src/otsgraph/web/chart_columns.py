"""What the columns of a table of results say about themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from math import nan
from typing import Protocol

from otsgraph.web.chart_shapes import is_address

XSD = "http://www.w3.org/2001/XMLSchema#"
NUMBERS = frozenset(
    XSD + name for name in "integer decimal double float int long short nonNegativeInteger positiveInteger".split()
)


class Shown(Protocol):
    """A cell of a table of results: `datatype` is an IRI, empty for texts and IRIs; `link` an address or empty."""

    @property
    def value(self) -> str: ...
    @property
    def datatype(self) -> str: ...
    @property
    def link(self) -> str: ...


Table = Mapping[str, Sequence[Shown]]
"""The cells of each column, from top to bottom."""


def says(name: str, words: str) -> bool:
    """Whether the last word in the name of a column is one of some: it tells what "lastDay" or "pageCount" is."""
    last = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)][-1:]
    return bool(last) and last[0] in words.split()


def texts(table: Table) -> list[str]:
    """The columns of plain text, those first that are called names."""
    found = [
        name
        for name, cells in table.items()
        if any(cell.value for cell in cells) and not any(cell.datatype or is_address(cell.value) for cell in cells)
    ]
    return sorted(found, key=lambda name: not says(name, "label name title"))


def labels_of(table: Table, names: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """The one or two of some columns that tell most rows apart, the more telling or shorter first, and each row's
    label."""

    def joined(chosen: tuple[str, ...]) -> list[str]:
        rows = zip(*(table[name] for name in chosen), strict=True)
        return [", ".join(text for cell in row if (text := " ".join(cell.value.split()))) for row in rows]

    def telling(chosen: tuple[str, ...]) -> int:
        return len(set(joined(chosen)) - {""})

    def length(name: str) -> int:
        return sum(len(cell.value) for cell in table[name])

    ranked = sorted(names, key=lambda name: (-telling((name,)), length(name)))
    best = max([*((name,) for name in names), *combinations(ranked[:6], 2)], key=telling)  # the first of equals
    return best, joined(best)


def number_of(cell: Shown) -> float:
    """NaN if there is no number, as in an ill-typed literal."""
    try:
        return float(cell.value)
    except ValueError:
        return nan


def links_of(table: Table, labelled_by: Sequence[str]) -> list[str]:
    """Where each row leads: whither its label or its first column does, else a column of addresses."""
    names = [*labelled_by[:1], *list(table)[:1], *(name for name in table if says(name, "url page address"))]
    rows = zip(*(table[name] for name in names), strict=True)
    return [next((cell.link for cell in row if cell.link), "") for row in rows]
