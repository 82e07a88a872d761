"""Temporary folders that do not outlive their process for long, even if it is killed.

A folder holds a lock (flock(2)) that the kernel releases when the process ends, however it ends.  Whoever makes the
next folder removes those whose lock is free.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

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
