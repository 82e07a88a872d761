"""Passages: where in a document a statement stands, and whether its recorded text is still there.

Sources: Web Annotation Data Model §4.2.4 (text position selector: start counts from 0, end is behind the last
character); URL Fragment Text Directives §3.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from otsgraph.rdf.terms import BASE, OA, OTS, RDF, Triple, iri, iri_value, literal_value

_MOST_CANDIDATES = 400
"""A passage of words that stand everywhere is given up after so many tries."""

_SHORT = 2
"""A passage of so many words is named whole: a range would be no shorter."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A statement's or a sentence's place in a text, as the graph gives it.

    `statement` is the IRI of what stands there.  Positions count characters (Unicode code points) from 0; `focus_start`
    and `focus_end` mark a part of the passage and are -1 where there is none.
    """

    statement: str
    start: int
    end: int
    digest: str
    fragment: str
    focus_start: int = -1
    focus_end: int = -1


@dataclass(frozen=True, slots=True)
class TextVersion:
    """A text as the graph knows it: its IRI, its number of characters, its digest (`sha256:` and 64 hex digits)."""

    iri: str
    length: int
    digest: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One place where graph and text differ; `subject` is the statement or the text."""

    subject: str
    reason: str


def digest(text: str) -> str:
    """The digest of a text as the graph writes it."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def text_version(triples: Iterable[Triple]) -> TextVersion | None:
    """The text whose positions a document's graph uses; None if it knows of none."""
    about = _by_subject(triples)
    for name, properties in sorted(about.items()):
        if iri(OTS + "TextVersion") in properties.get(iri(RDF + "type"), []):
            length = int(literal_value(properties[iri(OTS + "length")][0]))
            return TextVersion(iri_value(name), length, literal_value(properties[iri(OTS + "textDigest")][0]))
    return None


def passages(triples: Iterable[Triple]) -> list[Passage]:
    """The passages of a document's graph, by what they support: statements, and sentences that statements are about.

    An incomplete one is left out: shapes say what it lacks.
    """
    about = _by_subject(triples)
    sentences = [n for n, properties in about.items() if iri(OTS + "Sentence") in properties.get(iri(RDF + "type"), [])]
    supported = [(n, p) for n, properties in about.items() for p in properties.get(iri(OTS + "passage"), [])]
    found = []
    for name, passage in sorted([*supported, *((s, s) for s in sentences)]):
        with contextlib.suppress(KeyError, IndexError, ValueError):
            found.append(_passage(about, name, passage))
    return found


def _passage(about: Mapping[str, Mapping[str, list[str]]], supported: str, passage: str) -> Passage:
    text = about[passage]
    start, end = _position(about, text[iri(OA + "hasSelector")][0])
    focus = [_position(about, selector) for selector in text.get(iri(OTS + "focus"), [])]
    digest_, fragment = (literal_value(text[iri(OTS + name)][0]) for name in ("passageDigest", "textFragment"))
    return Passage(iri_value(supported), start, end, digest_, fragment, *(focus[0] if focus else (-1, -1)))


def _by_subject(triples: Iterable[Triple]) -> Mapping[str, Mapping[str, list[str]]]:
    about: dict[str, dict[str, list[str]]] = {}
    for subject, predicate, object_ in triples:
        about.setdefault(subject, {}).setdefault(predicate, []).append(object_)
    return about


def _position(about: Mapping[str, Mapping[str, list[str]]], selector: str) -> tuple[int, int]:
    properties = about[selector]
    return int(literal_value(properties[iri(OA + "start")][0])), int(literal_value(properties[iri(OA + "end")][0]))


def check(text: str, version: TextVersion, found: Iterable[Passage]) -> list[Mismatch]:
    """Everything in which the passages differ from the text; empty if all of them can be confirmed."""
    if digest(text) != version.digest or len(text) != version.length:
        reason = (
            f"this is another text: {len(text)} characters, {digest(text)};"
            f" the graph knows {version.length} characters, {version.digest}"
        )
        return [Mismatch(version.iri, reason)]
    return [Mismatch(p.statement, reason) for p in found for reason in _mismatches(text, p)]


def _mismatches(text: str, passage: Passage) -> list[str]:
    if not 0 <= passage.start < passage.end <= len(text):
        return [f"characters {passage.start} to {passage.end} are not in a text of {len(text)} characters"]
    found = digest(text[passage.start : passage.end])
    if found != passage.digest:
        return [f"characters {passage.start} to {passage.end} have the digest {found}, not {passage.digest}"]
    reasons = []
    if find_fragment(text, passage.fragment) != (passage.start, passage.end):
        try:
            right = f"{text_fragment(text, passage.start, passage.end)} does"
        except ValueError:
            right = "none does, so it needs more words"
        reasons.append(f"the text fragment {passage.fragment} does not lead there; {right}")
    has_focus = passage.focus_start >= 0
    if has_focus and not passage.start <= passage.focus_start < passage.focus_end <= passage.end:
        reasons.append(f"the focus {passage.focus_start} to {passage.focus_end} is not inside the passage")
    return reasons


def text_fragment(text: str, start: int, end: int) -> str:
    """The shortest text directive (without `:~:text=`) that only this passage fits; percent-encoded.

    As few words as are unique at its beginning, and as few at its end as are needed; a passage that is not unique
    itself, with words that precede it.  Raises ValueError if none is found.
    """
    span = text[start:end]
    words = [match.span() for match in re.finditer(r"\S+", span)]
    before = [match.start() for match in re.finditer(r"\S+", text[:start])]
    ranges = (
        _directive(span[: words[first][1]], span[words[-last][0] :])
        for first in range(len(words))
        for last in range(1, len(words) - first)
    )
    wholes = (_directive(span, prefix=text[begin:start].strip()) for begin in [start, *reversed(before)])
    short = len(words) <= _SHORT
    candidates = itertools.chain(wholes if short else (), ranges, () if short else wholes)
    for candidate in itertools.islice(candidates, _MOST_CANDIDATES):
        if find_fragment(text, candidate) == (start, end):
            return candidate
    raise ValueError(f"no text fragment leads to characters {start} to {end}")


def _directive(first: str, last: str = "", prefix: str = "") -> str:
    encoded = [quote(part, safe="").replace("-", "%2D") for part in (prefix, first, last)]
    return ",".join([f"{encoded[0]}-"] * bool(prefix) + [encoded[1]] + [encoded[2]] * bool(last))


def find_fragment(text: str, fragment: str) -> tuple[int, int] | None:
    """The only passage that fits a text directive: start and end; None if there is none, or more than one.

    As browsers match: at word boundaries, whatever the case; a range goes to the first match of its end.
    """
    parts = fragment.split(",")
    prefix = unquote(parts.pop(0)[:-1]) if parts[0].endswith("-") else ""
    lead = _bounded(prefix) + r"\s*" if prefix else ""
    found = list(re.finditer(f"{lead}({_bounded(unquote(parts[0]))})", text, re.IGNORECASE))
    if len(found) != 1:
        return None
    start, end = found[0].span(1)
    if len(parts) == 1:
        return start, end
    last = re.compile(_bounded(unquote(parts[1])), re.IGNORECASE).search(text, end)
    return (start, last.end()) if last else None


def _bounded(words: str) -> str:
    return rf"(?<!\w){re.escape(words)}(?!\w)"


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
