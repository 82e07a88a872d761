"""Limits in words, for those who are told of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit that is in force: the name of its setting, its value with its unit, and what it limits."""

    name: str
    value: str
    what: str


def size_text(size: int) -> str:
    """A number of bytes as people write it: 1 GiB, 20 KiB, or 100,000 bytes where that is exact."""
    for exponent, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size and size % 2**exponent == 0:
            return f"{size >> exponent} {unit}"
    return f"{size:,} bytes"
