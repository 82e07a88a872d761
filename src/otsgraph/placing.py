"""Finds where a Turtle document writes a term, so that a finding can name a line; pure.

A parser forgets lines.  This looks for the ways in which the document can write an IRI: in full, relative to its base,
or with one of its prefixes.  It is meant for pointing: a term inside a string or a comment can mislead it.
Source: RDF 1.1 Turtle §2.4 (IRIs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_BASE = re.compile(r"^\s*@?base\s*<([^>]*)>", re.IGNORECASE | re.MULTILINE)
_SUBJECT = re.compile(r"^(?:<[^>\s]*>|[\w-]*:[^\s;,<>]+)", re.MULTILINE)
_PREFIX = re.compile(r"^\s*@?prefix\s+([^:\s]*):\s*<([^>]*)>", re.IGNORECASE | re.MULTILINE)
_END_OF_BLOCK = re.compile(r"\.[ \t]*(?:#.*)?$", re.MULTILINE)


class Places:
    """Where a Turtle document writes its IRIs."""

    def __init__(self, document: str) -> None:
        self._document = document
        base = _BASE.search(document)
        self._base = base[1] if base else ""
        self._prefixes = [(prefix, namespace) for prefix, namespace in _PREFIX.findall(document) if namespace]
        self._subjects: dict[str, list[int]] = {}
        for match in _SUBJECT.finditer(document):
            self._subjects.setdefault(match[0], []).append(match.start())

    def line_of(self, subject: str, term: str = "") -> int:
        """The line, from 1, on which the document starts to speak of a subject; 0 if it does not.

        With `term`: the line on which it writes the term of that subject, in whichever block it does so first.  Both
        are IRIs.
        """
        blocks = list(self._blocks(subject))
        if not blocks:
            found = self._search(subject, 0, len(self._document))
            return 0 if found < 0 else self._line(found)
        for start, end in blocks if term else ():
            found = self._search(term, start, end)
            if found >= 0:
                return self._line(found)
        return self._line(blocks[0][0])

    def _blocks(self, subject: str) -> Iterator[tuple[int, int]]:
        """Start and end of each block of triples that begins with a subject at the start of a line."""
        for start in sorted(start for way in self._ways(subject) for start in self._subjects.get(way, ())):
            end = _END_OF_BLOCK.search(self._document, start)
            yield start, end.end() if end else len(self._document)

    def _search(self, value: str, start: int, end: int) -> int:
        """The index of the first place between two at which the document writes an IRI in some way; -1 if none."""
        ways = "|".join(re.escape(way) for way in self._ways(value))
        match = re.compile(rf"(?:{ways})(?![\w/#-])").search(self._document, start, end)
        return match.start() if match else -1

    def _ways(self, value: str) -> list[str]:
        ways = [f"<{value}>"]
        if self._base and value.startswith(self._base):
            ways.append(f"<{value[len(self._base) :]}>")
        return ways + [f"{p}:{value[len(n) :]}" for p, n in self._prefixes if value.startswith(n)]

    def _line(self, index: int) -> int:
        return self._document.count("\n", 0, index) + 1
