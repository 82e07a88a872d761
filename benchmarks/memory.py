"""How much memory a process and all that it started take."""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from pathlib import Path

MIB = 2**20
_PROC = Path("/proc")


def memory_of(process: int) -> int:
    """The proportional set size of a process and all its descendants [bytes]: shared pages are counted once."""
    return sum(map(_proportional_set_size, _family(process)))


def _proportional_set_size(process: int) -> int:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        found = re.search(r"^Pss:\s+(\d+) kB", (_PROC / str(process) / "smaps_rollup").read_text(), re.MULTILINE)
        return int(found[1]) * 1_024 if found else 0
    return 0


def _family(process: int) -> list[int]:
    """A process and its descendants."""
    children = defaultdict(list)
    for stat in _PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            # the name of a program is in parentheses and may have spaces
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children[parent].append(int(stat.parent.name))
    family = [process]
    for member in family:
        family.extend(children[member])
    return family
