"""Reads RDF and text files within limits: size, encoding, links, XML entities, and the line of a mistake."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox

from otsgraph.errors import DataError
from otsgraph.rdf.terms import Triple

LARGEST_TEXT = 2**26
"""Bytes of a file that is read as a whole."""

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_file(path: Path, name: str, inside: Path | None = None) -> io.BufferedReader:
    """Opens a regular file for reading; errors call it `name`.

    `inside` is the folder that the file was found in: a link that leads out of it is not followed. Without it, any
    link is. Raises DataError.
    """
    try:
        # a look before opening: opening a device can have effects of its own
        _check_kind(path.stat(), name)
        # a look after it too, since the file may have been replaced; a pipe would wait for a writer without O_NONBLOCK
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY), "rb")
    except OSError as error:
        raise DataError(name, _reason(path, error)) from None
    with contextlib.ExitStack() as stack:
        stack.enter_context(file)
        found = os.fstat(file.fileno())
        _check_kind(found, name)
        if inside is not None and not _is_inside(path, found, inside):
            raise DataError(name, f"is a link that leads out of {inside}; put the file itself there")
        stack.pop_all()
    return file


def _check_kind(found: os.stat_result, name: str) -> None:
    kind = stat.S_IFMT(found.st_mode)
    if kind != stat.S_IFREG:
        raise DataError(name, f"is {_KINDS.get(kind, 'something else')}, not a regular file")


def _reason(path: Path, error: OSError) -> str:
    if path.is_symlink() and error.errno in (errno.ENOENT, errno.ELOOP):
        return "is a link that leads nowhere"
    return error.strerror or "cannot be read"


def _is_inside(path: Path, opened: os.stat_result, folder: Path) -> bool:
    """Whether the file that was opened is the one that the path leads to, and that one is below the folder."""
    real = os.path.realpath(path)
    try:
        return Path(real).is_relative_to(os.path.realpath(folder)) and os.path.samestat(opened, os.lstat(real))
    except OSError:
        return False


def read_text(path: Path, name: str, inside: Path | None = None) -> str:
    """The exact characters of a UTF-8 file, line ends included; see `open_file`.  Raises DataError."""
    try:
        with open_file(path, name, inside) as file:
            content = file.read(LARGEST_TEXT + 1)
    except OSError as error:
        raise DataError(name, error.strerror or "cannot be read") from None
    if len(content) > LARGEST_TEXT:
        raise DataError(name, f"is larger than {LARGEST_TEXT >> 20} MiB")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(name, f"byte {error.start} is not UTF-8") from None


def listed(folder: Path, suffix: str) -> list[Path]:
    """What a folder holds under names with this ending, by name; nothing if there is no such folder.

    Names that begin with a dot are left out: editors and version control put their own files there. Raises DataError
    for a folder that cannot be read.
    """
    return [path for path in _entries(folder) if path.suffix == suffix]


def walked(folder: Path, suffixes: Collection[str]) -> list[Path]:
    """What a folder and those below it hold under names with these endings, by path; each folder is read once.

    Names that begin with a dot are left out. Raises DataError for a folder that cannot be read, and for a link to a
    folder that leads out of this one.
    """
    root = os.path.realpath(folder)
    found: list[Path] = []
    seen: set[str] = set()
    pending, links = [folder], deque[Path]()
    while pending or links:
        # links last, so that what they lead to keeps its own name where it has one
        current = pending.pop() if pending else links.popleft()
        real = os.path.realpath(current)
        if not Path(real).is_relative_to(root):
            name = current.relative_to(folder).as_posix()
            raise DataError(name, f"is a link that leads out of {folder}; name the folder itself")
        if real in seen:
            continue
        seen.add(real)
        for path in _entries(current):
            if path.is_dir():
                (links if path.is_symlink() else pending).append(path)
            elif path.suffix in suffixes:
                found.append(path)
    return sorted(found)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DataError(str(folder), error.strerror or "cannot be read") from None


def write_text(path: Path, text: str) -> None:
    """Writes a UTF-8 file in one step; where there was a link, it is replaced, and what it led to stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with new.open("x", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)


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
