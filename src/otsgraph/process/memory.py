"""The memory of a process and its descendants.  Source: proc(5)."""

from __future__ import annotations

import ctypes
import gc
import re
import resource
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
