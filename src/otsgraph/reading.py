"""Reads RDF files; a mistake in one is told with file, line and column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from otsgraph.errors import DataError
from otsgraph.terms import Triple

_FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".trig": ox.RdfFormat.TRIG,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
}


class RdfFile:
    """One RDF file.  `name` is what errors call it; `prefixes` is filled while `quads` is read."""

    def __init__(self, path: Path, name: str = "") -> None:
        self._path = path
        self._name = name or str(path)
        self.prefixes: dict[str, str] = {}

    def quads(self) -> Iterator[ox.Quad]:
        """The quads in file order; blank nodes get labels that no other file has.  Raises DataError."""
        try:
            with self._path.open("rb") as file:
                # no base: a relative IRI would take on the path of this machine, so it is a mistake
                parser = ox.parse(file, format=_FORMATS[self._path.suffix], rename_blank_nodes=True)
                yield from parser
                self.prefixes = parser.prefixes
        except SyntaxError as error:
            reason = (error.msg or "not well-formed").split(": ", 1)[-1]
            raise DataError(self._name, reason, error.lineno or 0, error.offset or 0) from None
        except OSError as error:
            raise DataError(self._name, error.strerror or "cannot be read") from None

    def triples(self) -> list[Triple]:
        """The file's triples as N-Triples text, in file order, whatever graph they are in.  Raises DataError."""
        return [(str(q.subject), str(q.predicate), str(q.object)) for q in self.quads()]
