"""What a process takes of the machine: its memory, and temporary folders that are removed even after a kill."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import os
import re
import resource
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def memory_of(process: int) -> int:
    """Returns the memory of a process and its descendants [bytes], what they share counted once; 0 if not known."""
    return _proportional_set_size(process) + sum(map(memory_of, children_of(process)))


def children_of(process: int) -> list[int]:
    """Returns the ids of the processes that a process has started; none if it does not exist."""
    try:
        return [int(child) for child in (_PROC / f"{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def _proportional_set_size(process: int) -> int:
    try:
        found = _PSS.search((_PROC / f"{process}/smaps_rollup").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1_024 if found else 0


def resident() -> int:
    """Returns the resident memory of the calling process [bytes]; 0 if not known."""
    try:
        pages = int((_PROC / "self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def give_back_memory() -> None:
    """Collects garbage, and gives free memory back to the system (malloc_trim(3))."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


_PREFIX = "otsgraph-"
_NAME = re.compile(rf"{_PREFIX}[a-z0-9_]{{8}}")
_LOCK = ".otsgraph-lock"


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yields a folder for the calling process alone; removes those that ended processes have left."""
    _sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = os.open(folder / f"{_LOCK}.new", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        # on a file system without locks, only this process removes the folder
        with contextlib.suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
            # renamed only now, so that nobody finds the lock free while this process lives
            (folder / f"{_LOCK}.new").rename(folder / _LOCK)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _sweep(parent: Path) -> None:
    """Removes the folders of this user whose process has ended."""
    for folder in parent.glob(f"{_PREFIX}*"):
        # others may sweep at the same time
        with contextlib.suppress(OSError):
            found = folder.lstat()
            if _NAME.fullmatch(folder.name) and stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
                _remove_if_left(folder)


def _remove_if_left(folder: Path) -> None:
    """Removes a folder whose lock is free.  Raises OSError if it has no lock, or somebody holds it."""
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    finally:
        os.close(lock)
