"""The dataset that checks run on, its files, and what checks find, with file and line.

Source: RDF 1.1 Turtle §2.4 (IRIs).
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
from typing import TypeAlias

import pyoxigraph as ox

from otsgraph.dataset.build import build
from otsgraph.dataset.info import DatasetInfo
from otsgraph.dataset.sources import Source
from otsgraph.errors import DataError, size_text
from otsgraph.graph.statements import Reification, reifications
from otsgraph.queries.trial import within
from otsgraph.rdf.files import RdfFile, read_text
from otsgraph.rdf.terms import RDF, RDFS, XSD, Triple, datatype, iri, iri_value, is_iri, literal_value

MOST_OF_A_KIND = 20
"""Findings of one check that a report in plain text lists."""


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


Outcome: TypeAlias = tuple[int, list[Finding]]
"""What a check returns: how much it looked at, and what is wrong."""


def finding_of_error(check: str, error: DataError, folder: str = "") -> Finding:
    """Returns the finding for a file that is wrong in itself; `folder` is that of files named without one."""
    file = error.file if "/" in error.file or not folder else f"{folder}/{error.file}"
    return Finding(check, error.reason, file=file, line=error.line, column=error.column)


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
        """Returns the counts, a line each, then the findings, then the verdict."""
        number = len(self.findings)
        verdict = "valid" if self.valid else f"not valid: {number} finding{'' if number == 1 else 's'}"
        found = [*_first_of_each(self.findings), ""] if self.findings else []
        stopped = [self.stopped] if self.stopped else []
        return "\n".join([*_table(self.counts), *[""] * bool(self.counts), *found, *stopped, verdict]) + "\n"


def _first_of_each(findings: Iterable[Finding]) -> Iterator[str]:
    """Yields findings as lines, at most MOST_OF_A_KIND of a check: one mistake can have hundreds of them."""
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
_ESCAPED = re.compile(r"[/#?&=,;+*!$()%~]")
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
        """Returns the line, from 1, on which the document first describes or names a subject; 0 if it does not.

        With `term`: the line on which it first writes the term in a block of that subject.  Both are IRIs.
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
        """Yields start and end of each block of triples that begins with a subject at the start of a line."""
        for start in sorted(start for way in self._ways(subject) for start in self._subjects.get(way, ())):
            end = _END_OF_BLOCK.search(self._document, start)
            yield start, end.end() if end else len(self._document)

    def _search(self, value: str, start: int, end: int) -> int:
        """Returns the first index between two at which the document writes an IRI in some way; -1 if none."""
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
class SourceFile:
    """A source file that could be read: its text, and its triples in file order."""

    source: Source
    text: str
    triples: tuple[Triple, ...]

    @cached_property
    def subjects(self) -> frozenset[str]:
        return frozenset(subject for subject, _, _ in self.triples)

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
class LoadedDataset:
    """`root` is a folder laid out like the packaged graph; `store` and `info` are made of its `files`."""

    root: Path
    files: tuple[SourceFile, ...]
    store: ox.Store
    info: DatasetInfo

    def finding(self, check: str, message: str, resource: str, graph: str = "", term: str = "") -> Finding:
        """Returns a finding on a resource, placed in the file that describes it: that of a graph, if it does.

        `graph` is an IRI, and `term` the IRI of what the finding points to in the description.
        """
        name = self.named(resource)
        about = [file for file in self.files if iri(resource) in file.subjects]
        about = [file for file in about if file.source.graph == graph] or about
        about = [file for file in about if (iri(resource), iri(term)) in file.said] or about
        if about:
            line = about[0].places.line_of(resource, term)
            return Finding(check, message, resource, name, about[0].source.name, line)
        naming = next((file.source.name for file in self.files if file.places.line_of(resource)), "")
        return Finding(check, message, resource, name, naming)

    def named(self, value: str) -> str:
        """Returns an IRI in prefixed form, by the longest namespace that it begins with; any other text unchanged."""
        fitting = [(n, prefix) for prefix, n in self.info.prefixes.items() if value.startswith(n)]
        if not fitting:
            return value
        namespace, prefix = max(fitting, key=lambda pair: len(pair[0]))
        local = _ESCAPED.sub(r"\\\g<0>", value.removeprefix(namespace))
        return f"{prefix}:{local}"

    def written(self, term: str) -> str:
        """Returns a term in N-Triples as people write it: prefixed IRIs, bare integers, other literals in full."""
        if is_iri(term):
            return self.named(iri_value(term))
        type_ = datatype(term)
        if type_ == XSD + "integer":
            return literal_value(term)
        return f"{term[: term.rindex('^^')]}^^{self.named(type_)}" if type_ else term

    def defines(self, value: str) -> bool:
        """Returns whether the ontology defines a term."""
        return any((iri(value), iri(RDFS + "isDefinedBy")) in file.said for file in self.files)


def read_files(sources: Sequence[Source]) -> tuple[list[SourceFile], list[DataError]]:
    """Returns the files that can be read, and the mistakes in those that cannot."""
    files: list[SourceFile] = []
    errors: list[DataError] = []
    deadly = _deadly(sources)
    limits = f"{READING_TIME_LIMIT:g} seconds or {size_text(READING_MEMORY_LIMIT)} of memory"
    for source in sources:
        if source in deadly:
            errors.append(DataError(source.name, f"is nested too deeply, or needs more than {limits} to be read"))
            continue
        try:
            files.append(_read(source))
        except DataError as error:
            errors.append(error)
    return files, errors


def _deadly(sources: Sequence[Source]) -> Collection[Source]:
    """Returns the files whose reading ends a process or exceeds a limit, as tried in processes of their own."""
    found: list[Source] = []
    left = list(sources)
    while left:
        done = len(within(READING_TIME_LIMIT, READING_MEMORY_LIMIT, [partial(_try_to_read, s) for s in left]))
        found += left[done : done + 1]
        left = left[done + 1 :]
    return found


def _try_to_read(source: Source) -> list[str]:
    with contextlib.suppress(DataError):
        _read(source)
    return []


def _read(source: Source) -> SourceFile:
    text = read_text(source.path, source.name, source.inside)
    if text.startswith("\ufeff"):
        raise DataError(source.name, "the file begins with a byte order mark; save it as UTF-8 without one", 1)
    triples = tuple(RdfFile(source.path, source.name, source.inside).triples())
    if any(_is_beyond_rdf_1_1(term) for triple in triples for term in triple):
        raise DataError(source.name, "triple terms and directions of text belong to RDF 1.2, which is not used here")
    return SourceFile(source, text, triples)


def _is_beyond_rdf_1_1(term: str) -> bool:
    return term.startswith("<<") or re.search(r'"@[A-Za-z0-9-]+--(ltr|rtl)$', term) is not None


def load(root: Path, sources: Sequence[Source], files: Sequence[SourceFile]) -> LoadedDataset:
    """Returns the dataset of sources that can all be read; `files` is what was read."""
    store, info = build(sources, layered=True)
    return LoadedDataset(root, tuple(files), store, info)
