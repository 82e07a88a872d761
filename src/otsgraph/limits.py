"""What a limit is for those who are told of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit that is in force: the name of its setting, its value with its unit, and what it limits."""

    name: str
    value: str
    what: str
