"""Reads RDF files; a mistake in one is reported with file, line and column."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox

from otsgraph.errors import DataError
from otsgraph.terms import Triple
from otsgraph.text_files import open_file

_FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".trig": ox.RdfFormat.TRIG,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
}

_DOCTYPE = b"<!doctype"
_PROLOGUE = 2**20
"""Bytes at the beginning of a file in which a document type declaration begins."""

MOST_EXPANSION = 16
"""How many times its own size an RDF/XML file may have once its entities are in place; one more MiB is free."""


class RdfFile:
    """One RDF file.  `name` is what errors call it; `prefixes` is filled while `quads` is read.

    `inside` is the folder that no link to the file may lead out of, if there is one.
    """

    def __init__(self, path: Path, name: str = "", inside: Path | None = None) -> None:
        self._path = path
        self._name = name or str(path)
        self._inside = inside
        self.prefixes: dict[str, str] = {}

    def quads(self) -> Iterator[ox.Quad]:
        """The quads in file order; blank nodes get labels that no other file has.  Raises DataError."""
        format_ = _FORMATS[self._path.suffix]
        try:
            with open_file(self._path, self._name, self._inside) as file:
                source: Any = file
                if format_ == ox.RdfFormat.RDF_XML:
                    has_doctype = _DOCTYPE in file.read(_PROLOGUE).lower()
                    file.seek(0)
                    source = _without_doctype(file, self._name) if has_doctype else _Guarded(file, self._name)
                # no base: a relative IRI would take on the path of this machine, so it is a mistake
                parser = ox.parse(source, format=format_, rename_blank_nodes=True)
                yield from parser
                self.prefixes = parser.prefixes
        except SyntaxError as error:
            reason = (error.msg or "not well-formed").split(": ", 1)[-1]
            raise DataError(self._name, reason, error.lineno or 0, error.offset or 0) from None
        except MemoryError:
            raise DataError(self._name, "has a term or a statement that is too large to be read") from None
        except OSError as error:
            raise DataError(self._name, error.strerror or "cannot be read") from None

    def triples(self) -> list[Triple]:
        """The file's triples as N-Triples text, in file order, whatever graph they are in.  Raises DataError."""
        return [(str(q.subject), str(q.predicate), str(q.object)) for q in self.quads()]


class _Guarded:
    """An RDF/XML file that has no document type declaration: reading one raises DataError."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name
        self._tail = b""

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        seen = (self._tail + chunk).lower()
        # pyoxigraph would take it anywhere, even inside the root element
        if _DOCTYPE in seen:
            raise DataError(self._name, "has a DOCTYPE that is not at its beginning")
        self._tail = seen[-len(_DOCTYPE) :]
        return chunk


def _without_doctype(file: BinaryIO, name: str) -> BinaryIO:
    """The same XML document with its entities in place and no document type declaration.

    Pyoxigraph expands entities without any bound. Expat has bounds on recursion and amplification, and fetches nothing.
    Raises DataError for what is not well-formed, needs another file, or has more than MOST_EXPANSION allows.
    """
    written = io.StringIO()
    most = os.fstat(file.fileno()).st_size * MOST_EXPANSION + 2**20
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def fail(reason: str) -> NoReturn:
        raise DataError(name, reason, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)

    def write(text: str) -> None:
        written.write(text)
        if written.tell() > most:
            fail("its entities make it too large; an entity is meant for the beginning of IRIs")

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        write(f"<{tag}{''.join(f' {key}={quoteattr(value)}' for key, value in attributes.items())}>")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda tag: write(f"</{tag}>")
    parser.CharacterDataHandler = lambda text: write(escape(text, {"\r": "&#13;"}))
    parser.ExternalEntityRefHandler = lambda *_: fail("takes a part of itself from another file, which is not read")
    parser.SkippedEntityHandler = lambda entity, _: fail(f"the entity {entity} is not declared here")
    try:
        parser.ParseFile(file)
    except expat.ExpatError as error:
        raise DataError(name, expat.ErrorString(error.code), error.lineno, error.offset + 1) from None
    return io.BytesIO(written.getvalue().encode())
