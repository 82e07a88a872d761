"""The record of what has been confirmed against a document's text, kept beside the data as the text is not; pure.

A position that is changed later, by hand or by accident, differs from the record, so that whoever has no text can
still see that nobody has confirmed it.  `otsgraph check-evidence --record` writes the record.
"""

from __future__ import annotations

from collections.abc import Iterable

from otsgraph.evidence import Mismatch, Passage, TextVersion
from otsgraph.rdf.terms import BASE

_HEADER = """\
# What stands in the text of {slug} where the graph says, confirmed against the text itself.
# Made by `otsgraph check-evidence --record`, never by hand: statement, start, end, focus, text fragment, digest.
"""


def record(slug: str, version: TextVersion, passages: Iterable[Passage]) -> str:
    """The record of passages that have all been confirmed: a line for the text, and one for each passage."""
    return "\n".join([_HEADER.format(slug=slug) + _line_of_text(version), *map(_line, passages)]) + "\n"


def unconfirmed(known: str, version: TextVersion, passages: Iterable[Passage]) -> list[Mismatch]:
    """Where a record and the graph differ: what is not as it was confirmed, and what is not there any more."""
    held = list(passages)
    lines = set(known.splitlines())
    if _line_of_text(version) not in lines:
        return [Mismatch(version.iri, "is not the text that positions were confirmed against")]
    there = {p.statement.removeprefix(BASE) for p in held} | {version.iri.removeprefix(BASE)}
    confirmed = (line.split("\t")[0] for line in known.splitlines() if line and not line.startswith("#"))
    gone = [
        Mismatch(BASE + n, "was confirmed against the text, and has no complete passage here any more")
        for n in sorted(set(confirmed) - there)
    ]
    return gone + [
        Mismatch(p.statement, f"is said to stand at characters {p.start} to {p.end} with another digest, text fragment"
                 " or focus than was confirmed, or was never confirmed")
        for p in held
        if _line(p) not in lines
    ]  # fmt: skip


def _line_of_text(version: TextVersion) -> str:
    return f"{version.iri.removeprefix(BASE)}\t0\t{version.length}\t\t\t{version.digest}"


def _line(passage: Passage) -> str:
    focus = f"{passage.focus_start}-{passage.focus_end}" if passage.focus_start >= 0 else ""
    name = passage.statement.removeprefix(BASE)
    return f"{name}\t{passage.start}\t{passage.end}\t{focus}\t{passage.fragment}\t{passage.digest}"
