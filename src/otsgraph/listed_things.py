"""The things of the index of names one after another, for those who want to know all of them."""

from __future__ import annotations

from contextlib import closing

from otsgraph.names import Names

_LISTED = "SELECT iri FROM things WHERE instr(iri, ?) = 1 AND weight > 0 ORDER BY iri"


def things_under(names: Names, under: str) -> list[str]:
    """The IRIs, sorted, of the things whose IRIs begin so.

    Terms, graphs and parts of documents are left out: they have no weight (see `named_things.names_of`).  Raises
    sqlite3.Error if there is no index.
    """
    with closing(names.open()) as database:
        return [iri for (iri,) in database.execute(_LISTED, (under,))]
