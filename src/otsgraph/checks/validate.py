"""`otsgraph validate`: runs the checks and makes the report."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from otsgraph.checks import data as checks
from otsgraph.checks import questions as query_checks
from otsgraph.checks.data import Outcome
from otsgraph.checks.loaded import Dossier, Report, Sheet, open_dossier, read_sheets
from otsgraph.checks.questions import of_error
from otsgraph.dataset.facts import derived_files
from otsgraph.dataset.info import GraphKind
from otsgraph.dataset.sources import layered_sources
from otsgraph.errors import DataError
from otsgraph.graph.statements import Reification, asserted
from otsgraph.process.temporary import temporary_folder
from otsgraph.rdf.files import open_file
from otsgraph.rdf.terms import DCTERMS, Ots, iri, iri_value, literal_value

_LAYERS = {GraphKind.STATEMENTS: "documents", GraphKind.REFERENCE: "reference"}
_IDENTIFIER = iri(DCTERMS + "identifier")


@dataclass(frozen=True, slots=True)
class _Made:
    """A statement and the sheet that it stands in."""

    sheet: Sheet
    statement: Reification

    def values(self, predicate: str) -> Iterator[str]:
        """What the sheet says of the statement with a property, as N-Triples text."""
        return (o for s, p, o in self.sheet.about(self.statement.iri) if p == predicate)


def tallies(dossier: Dossier) -> Mapping[str, Mapping[str, int]]:
    """Rows of numbers by what they count.  Graphs without triples are left out."""
    made = [_Made(sheet, statement) for sheet in dossier.sheets for statement in sheet.statements]
    statements = [m.statement for m in made]
    unchecked = sum(not any(m.values(iri(Ots.checkedOn))) for m in made)
    return {
        "triples by graph": {g.slug or g.iri: g.triples for g in dossier.info.graphs if g.triples},
        "statements by layer": _counted(_LAYERS.get(m.sheet.source.kind, "elsewhere") for m in made),
        "statements by graph": _counted(m.sheet.source.path.stem for m in made),
        "statements of documents by origin": _counted(_origins(dossier, made)),
        "statements by voice": _counted(dossier.named(iri_value(v)) for s in statements for v in s.voices),
        "statements by nature": _counted(dossier.named(iri_value(s.nature)) for s in statements),
        "source identifiers by their letters": _counted(_rows(made)),
        "statements by what becomes of them": {
            "facts": sum(map(asserted, statements)),
            "claims and background": sum(not asserted(s) for s in statements),
            "read against their source by nobody on record": unchecked,
        },
    }


def _origins(dossier: Dossier, made: Iterable[_Made]) -> Iterator[str]:
    origin_of = {s: o for sheet in dossier.sheets for s, p, o in sheet.triples if p == iri(Ots.origin)}
    for one in made:
        for document in one.values(iri(Ots.statedIn)):
            yield dossier.named(iri_value(origin_of[document])) if document in origin_of else "unknown"


def _rows(made: Iterable[_Made]) -> list[str]:
    """The letters of each different identifier: several statements from one row of a source share it."""
    identifiers = {literal_value(o) for one in made for o in one.values(_IDENTIFIER) if o.startswith('"')}
    return [re.sub("[0-9]+$", "", identifier) for identifier in identifiers]


def _counted(names: Iterable[str]) -> Mapping[str, int]:
    return dict(sorted(Counter(names).items()))


Check: TypeAlias = Callable[[Dossier], Outcome]

CHECKS: Mapping[str, Check] = {
    "files": checks.files,
    "comments": checks.comments,
    "literals": checks.literals,
    "shapes": checks.shapes,
    "rules": checks.asks,
    "evidence": checks.evidence,
    "facts": checks.derived,
    "queries": query_checks.queries,
    "page-queries": query_checks.page_queries,
    "competency": query_checks.questions,
}
"""The checks by the names that reports give them."""

COUNTED: Mapping[str, str] = {
    "comments": "lines of comments",
    "evidence": "passages",
    "facts": "files of facts",
    "queries": "saved queries",
    "page-queries": "queries of the pages",
    "competency": "competency questions",
}
"""What a check counts, where its name does not say it."""


def validate(root: Path) -> Report:
    """The report on a folder laid out like the packaged graph: ontology/, data/, queries/competency/."""
    try:
        sources = layered_sources(root)
    except DataError as error:
        return Report((of_error("layout", error),), stopped="Nothing else was checked.")
    sheets, errors = read_sheets(sources)
    if errors:
        stopped = "The rest was not checked, since not every file can be read."
        return Report(tuple(of_error("syntax", error) for error in errors), stopped=stopped)
    dossier = open_dossier(root, sources, sheets)
    outcomes = {name: _run(name, check, dossier) for name, check in CHECKS.items()}
    found = [finding for _, findings in outcomes.values() for finding in findings]
    found.sort(key=lambda f: (f.file, f.line, f.resource, f.check, f.message))
    checked = {COUNTED.get(name, name): number for name, (number, _) in outcomes.items()}
    return Report(tuple(found), {**tallies(dossier), "checked": checked})


def validate_with(root: Path, documents: Sequence[Path]) -> Report:
    """The report on a folder with further documents in it, which stay where they are.

    What they state as fact is derived for the occasion.  Raises DataError for a document that is not there, or is no
    Turtle file, or has the name of another one.
    """
    with temporary_folder() as copy:
        for part in ("ontology", "data", "queries"):
            shutil.copytree(root / part, copy / part)
        names = {f"data/documents/{path.name}": str(path) for path in documents}
        for path in documents:
            _admit(path, copy, taken=sum(other.name == path.name for other in documents) > 1)
        if not read_sheets(layered_sources(copy))[1]:
            for file in derived_files(copy):
                if not file.path.exists():
                    file.write()
        report = validate(copy)
        return replace(report, findings=tuple(replace(f, file=names.get(f.file, f.file)) for f in report.findings))


def _admit(document: Path, copy: Path, *, taken: bool) -> None:
    place = copy / "data" / "documents" / document.name
    if not os.path.lexists(document):
        raise DataError(str(document), "there is no such file")
    if document.is_dir():
        raise DataError(str(document), "is a folder; name it alone")
    if document.suffix != ".ttl":
        raise DataError(str(document), "a document is a Turtle file, and its name ends in .ttl")
    if taken:
        raise DataError(str(document), "two documents have this name, and a name is a slug")
    with open_file(document, str(document)) as file, place.open("wb") as copied:
        shutil.copyfileobj(file, copied)


def _run(name: str, check: Check, dossier: Dossier) -> Outcome:
    """What a check says; a file of its own that is wrong is a finding too."""
    try:
        return check(dossier)
    except DataError as error:
        return 0, [of_error(name, error)]
