"""Finds and opens source files: regular files only, and no link that leads out of their folder."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
from collections import deque
from collections.abc import Collection
from pathlib import Path

from otsgraph.errors import DataError

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
