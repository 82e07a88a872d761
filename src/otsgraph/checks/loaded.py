"""The dataset that checks run on, and what they find, with file and line.

Sources: RDF 1.1 Turtle §2.4 (IRIs).
"""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
from pathlib import Path

import pyoxigraph as ox

from otsgraph.dataset.build import build
from otsgraph.dataset.info import DatasetInfo
from otsgraph.dataset.sources import Source
from otsgraph.errors import DataError, size_text
from otsgraph.graph.statements import Reification, reifications
from otsgraph.queries.trial import within
from otsgraph.rdf.files import RdfFile, read_text
from otsgraph.rdf.terms import RDF, RDFS, Triple, datatype, iri, iri_value, is_iri

MOST_OF_A_KIND = 20
"""Findings of one check that a report for people lists."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    `check` names what found it; `resource` is an IRI or empty, `name` the same as a prefixed name where it has one;
    `message` says what is wrong and what would be right; `file` is a path below the root; `line` and `column` count
    from 1 and are 0 where they are not known.
    """

    check: str
    message: str
    resource: str = ""
    name: str = ""
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        where = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])
        what = f"{self.name or self.resource} {self.message}" if self.resource else self.message
        return f"{where}: {what}  [{self.check}]" if where else f"{what}  [{self.check}]"


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, by file and line, and how much was looked at.

    `counts` has rows of numbers by the name of what they count: voices, natures, graphs, checks and so on.  `stopped`
    says why the rest was not checked, or is empty.
    """

    findings: tuple[Finding, ...]
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    stopped: str = ""

    @property
    def valid(self) -> bool:
        return not self.findings

    def as_json(self) -> str:
        fields = {"valid": self.valid, "stopped": self.stopped, "counts": self.counts}
        findings = [asdict(finding) for finding in self.findings]
        return json.dumps({**fields, "findings": findings}, ensure_ascii=False, indent=1) + "\n"

    def as_text(self) -> str:
        """The counts, a line each, then the findings, then the verdict."""
        parts = [*_table(self.counts), *([""] if self.counts else []), *_first_of_each(self.findings)]
        if self.findings:
            parts.append("")
        if self.stopped:
            parts.append(self.stopped)
        number = len(self.findings)
        parts.append("valid" if self.valid else f"not valid: {number} finding{'' if number == 1 else 's'}")
        return "\n".join(parts) + "\n"


def _first_of_each(findings: Iterable[Finding]) -> Iterator[str]:
    """The findings as lines, at most MOST_OF_A_KIND of each check: one mistake can have hundreds of them."""
    number: Counter[str] = Counter()
    for finding in findings:
        number[finding.check] += 1
        if number[finding.check] <= MOST_OF_A_KIND:
            yield str(finding)
    for check, count in number.items():
        if count > MOST_OF_A_KIND:
            yield f"… and {count - MOST_OF_A_KIND:,} more of this kind; --format json lists all  [{check}]"


def _table(counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    for title, row in counts.items():
        yield title
        width = max((len(name) for name in row), default=0)
        for name, number in row.items():
            yield f"  {name:<{width}}  {number:>7,}"


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


READING_TIME_LIMIT = 600.0
READING_MEMORY_LIMIT = 2**32
"""All files have to be read within this time [s] and memory [bytes]."""


@dataclass(frozen=True)
class Sheet:
    """One source file that could be read: its text, and its triples in file order."""

    source: Source
    text: str
    triples: tuple[Triple, ...]

    @cached_property
    def subjects(self) -> frozenset[str]:
        return frozenset(subject for subject, _, _ in self.triples)

    def about(self, subject: str) -> Sequence[Triple]:
        """The triples of one subject, as N-Triples text, in file order."""
        return self._by_subject.get(subject, ())

    @cached_property
    def _by_subject(self) -> Mapping[str, Sequence[Triple]]:
        grouped: dict[str, list[Triple]] = {}
        for triple in self.triples:
            grouped.setdefault(triple[0], []).append(triple)
        return grouped

    @cached_property
    def said(self) -> frozenset[tuple[str, str]]:
        """Subject and predicate, or class, of each triple: what a finding may point to."""
        kinds = ((s, o) for s, p, o in self.triples if p == iri(RDF + "type"))
        return frozenset([*((s, p) for s, p, _ in self.triples), *kinds])

    @cached_property
    def places(self) -> Places:
        return Places(self.text)

    @cached_property
    def statements(self) -> list[Reification]:
        return reifications(self.triples)


@dataclass(frozen=True, slots=True)
class Dossier:
    """`root` is a folder laid out like the packaged graph; `store` and `info` are made of its files, the `sheets`."""

    root: Path
    sheets: tuple[Sheet, ...]
    store: ox.Store
    info: DatasetInfo

    def finding(self, check: str, message: str, resource: str, graph: str = "", term: str = "") -> Finding:
        """A finding on a resource, placed in the file that describes it: of its graph, if there is one.

        `term` is an IRI below which the file is to be pointed into; `graph` an IRI.
        """
        name = self.named(resource)
        about = [sheet for sheet in self.sheets if iri(resource) in sheet.subjects]
        about = [sheet for sheet in about if sheet.source.graph == graph] or about
        about = [sheet for sheet in about if (iri(resource), iri(term)) in sheet.said] or about
        if not about:
            speaking = [sheet for sheet in self.sheets if sheet.places.line_of(resource)]
            return Finding(check, message, resource, name, speaking[0].source.name if speaking else "")
        return Finding(check, message, resource, name, about[0].source.name, about[0].places.line_of(resource, term))

    def named(self, value: str) -> str:
        """An IRI in prefixed form, by the longest namespace that it begins with; any other text as it is."""
        fitting = [(n, prefix) for prefix, n in self.info.prefixes.items() if value.startswith(n)]
        if not fitting:
            return value
        namespace, prefix = max(fitting, key=lambda pair: len(pair[0]))
        return f"{prefix}:{re.sub(r'[/#?&=,;+*!$()%~]', _escaped, value[len(namespace) :])}"

    def written(self, term: str) -> str:
        """A term in N-Triples as Turtle would write it: an IRI in prefixed form, a literal with its datatype."""
        if is_iri(term):
            return self.named(iri_value(term))
        type_ = datatype(term)
        return f"{term[: term.rindex('^^')]}^^{self.named(type_)}" if type_ else term

    def defines(self, value: str) -> bool:
        """Whether the ontology defines a term."""
        return any((iri(value), iri(RDFS + "isDefinedBy")) in sheet.said for sheet in self.sheets)


def _escaped(match: re.Match[str]) -> str:
    return "\\" + match[0]


def read_sheets(sources: Sequence[Source]) -> tuple[list[Sheet], list[DataError]]:
    """The files that can be read, and the mistakes in those that cannot."""
    sheets: list[Sheet] = []
    errors: list[DataError] = []
    deadly = _deadly(sources)
    for source in sources:
        if source in deadly:
            limits = f"{READING_TIME_LIMIT:g} seconds or {size_text(READING_MEMORY_LIMIT)} of memory"
            errors.append(DataError(source.name, f"is nested too deeply, or needs more than {limits} to be read"))
            continue
        try:
            sheets.append(_sheet(source))
        except DataError as error:
            errors.append(error)
    return sheets, errors


def _deadly(sources: Sequence[Source]) -> Collection[Source]:
    """The files that cannot be read without ending the process or exceeding a limit, tried in a process of its own."""
    found: list[Source] = []
    left = list(sources)
    while left:
        done = len(within(READING_TIME_LIMIT, READING_MEMORY_LIMIT, [partial(_try_to_read, s) for s in left]))
        found += left[done : done + 1]
        left = left[done + 1 :]
    return found


def _try_to_read(source: Source) -> list[str]:
    with contextlib.suppress(DataError):
        _sheet(source)
    return []


def _sheet(source: Source) -> Sheet:
    text = read_text(source.path, source.name, source.inside)
    if text.startswith("\ufeff"):
        raise DataError(source.name, "the file begins with a byte order mark; save it as UTF-8 without one", 1)
    triples = tuple(RdfFile(source.path, source.name, source.inside).triples())
    if any(_is_beyond_rdf_1_1(term) for triple in triples for term in triple):
        raise DataError(source.name, "triple terms and directions of text belong to RDF 1.2, which is not used here")
    return Sheet(source, text, triples)


def _is_beyond_rdf_1_1(term: str) -> bool:
    return term.startswith("<<") or re.search(r'"@[A-Za-z0-9-]+--(ltr|rtl)$', term) is not None


def open_dossier(root: Path, sources: Sequence[Source], sheets: Sequence[Sheet]) -> Dossier:
    """The dossier of files that can all be read."""
    store, info = build(sources, layered=True)
    return Dossier(root, tuple(sheets), store, info)
