"""A process and those that it started, as the system tells of them.  Source: proc(5)."""

from __future__ import annotations

import ctypes
import gc
import re
import resource
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def memory_of(process: int) -> int:
    """The proportional set size of a process and its descendants [bytes]: what they share is counted once.

    0 where the system does not tell.
    """
    return sum(map(_proportional_set_size, family_of(process)))


def family_of(process: int) -> Iterator[int]:
    """The ids of a process and its descendants; those that end meanwhile may be missing."""
    yield process
    for child in children_of(process):
        yield from family_of(child)


def children_of(process: int) -> list[int]:
    """The ids of the processes that a process has started; none if it is not there."""
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
    """The memory that the calling process has [bytes]; 0 where the system does not tell."""
    try:
        pages = int((_PROC / "self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def give_back_memory() -> None:
    """Frees what is kept by cycles of references, and gives free memory back to the system (malloc_trim(3))."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
