"""Finds where a Turtle document writes a term, so that a finding can name a line; pure.

A parser forgets lines.  This looks for the ways in which the document can write an IRI: in full, relative to its base,
or with one of its prefixes.  It is meant for pointing: a term inside a string or a comment can mislead it.
Source: RDF 1.1 Turtle §2.4 (IRIs).
"""

from __future__ import annotations

import re

_BASE = re.compile(r"^\s*@?base\s*<([^>]*)>", re.IGNORECASE | re.MULTILINE)
_END_OF_BLOCK = re.compile(r"\.[ \t]*$", re.MULTILINE)
_PREFIX = re.compile(r"^\s*@?prefix\s+([^:\s]*):\s*<([^>]*)>", re.IGNORECASE | re.MULTILINE)


def line_of(document: str, subject: str, term: str = "") -> int:
    """The line, from 1, on which a Turtle document starts to speak of a subject; 0 if it does not.

    With `term`: the line on which it writes the term of that subject, if it does.  Both are IRIs.
    """
    start = _place(document, subject, r"(?m:^){}")
    if start < 0:
        start = _place(document, subject, "{}")
    if start < 0:
        return 0
    block = _END_OF_BLOCK.search(document, start)
    found = _place(document[: block.end() if block else None], term, "{}", start) if term else -1
    return document.count("\n", 0, max(start, found)) + 1


def _place(document: str, value: str, frame: str, start: int = 0) -> int:
    """The index of the first place, from `start`, at which the document writes an IRI in some way; -1 if none."""
    ways = "|".join(re.escape(way) for way in _ways(document, value))
    match = re.compile(frame.format(rf"(?:{ways})(?![\w/#-])")).search(document, start)
    return match.start() if match else -1


def _ways(document: str, value: str) -> list[str]:
    ways = [f"<{value}>"]
    if (base := _BASE.search(document)) and value.startswith(base[1]):
        ways.append(f"<{value[len(base[1]) :]}>")
    ways += [f"{prefix}:{value[len(n) :]}" for prefix, n in _PREFIX.findall(document) if n and value.startswith(n)]
    return ways
