"""A dataset opened for checking: its files as text and triples, the store they make, and where each resource stands."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import pyoxigraph as ox

from otsgraph.dataset.build import build
from otsgraph.dataset.info import DatasetInfo
from otsgraph.dataset.sources import Source
from otsgraph.errors import DataError, size_text
from otsgraph.findings import Finding
from otsgraph.graph.statements import Statement, statements
from otsgraph.placing import Places
from otsgraph.queries.trial import within
from otsgraph.rdf.files import RdfFile, read_text
from otsgraph.rdf.serializers import TurtleWriter
from otsgraph.rdf.terms import RDF, RDFS, Triple, iri, iri_value, is_iri

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
    def statements(self) -> list[Statement]:
        return statements(self.triples)


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
        return self.named(iri_value(term)) if is_iri(term) else TurtleWriter(self.info.prefixes).term(term)

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
