"""Which part of a file a client asks for; pure.  Source: RFC 9110 §14 (range requests), §13.1.5 (If-Range)."""

from __future__ import annotations

import re

from otsgraph.errors import RangeNotSatisfiable

MOST_RANGES = 100

_RANGE = re.compile(r"([0-9]{0,18})-([0-9]{0,18})")


def range_asked(given: str | None, size: int) -> str | None:
    """The Range header of a request for a file of `size` bytes, in its plainest form; None for the whole file.

    Another unit than bytes, and whatever is no range, is passed over, as it must be; parts that are not in the file
    are left out.  Raises RangeNotSatisfiable if none is left.
    """
    unit, _, listed = (given or "").partition("=")
    parts = listed.split(",") if unit.strip().lower() == "bytes" else []
    bounds = [_RANGE.fullmatch(part.strip()) for part in parts if part.strip()]
    if not bounds or len(bounds) > MOST_RANGES:
        return None
    inside: list[str] = []
    for bound in bounds:
        if bound is None or not (bound[1] or bound[2]) or (bound[1] and bound[2] and int(bound[1]) > int(bound[2])):
            return None
        first = int(bound[1]) if bound[1] else max(0, size - int(bound[2]))
        if first < size:
            inside.append(f"{first}-{min(int(bound[2]), size - 1) if bound[1] and bound[2] else size - 1}")
    if not inside:
        raise RangeNotSatisfiable(f"The file has {size:,} bytes, counted from 0.", size=size)
    return f"bytes={','.join(inside)}"
