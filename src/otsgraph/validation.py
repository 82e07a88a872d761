"""Everything that must hold before a graph is published → a report.

Layout and slugs come first, then syntax: what cannot be read stops the rest.  Then everything is checked, whatever the
other checks find.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from otsgraph import checks, query_checks
from otsgraph.checks import Outcome
from otsgraph.dataset.facts import derived_files
from otsgraph.dataset.sources import layered_sources
from otsgraph.dossier import Dossier, open_dossier, read_sheets
from otsgraph.errors import DataError
from otsgraph.findings import Report
from otsgraph.process.temporary import temporary_folder
from otsgraph.query_checks import of_error
from otsgraph.rdf.files import open_file
from otsgraph.tallies import tallies

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
    "competency": query_checks.questions,
}
"""The checks by the names that reports give them."""

COUNTED: Mapping[str, str] = {
    "comments": "lines of comments",
    "evidence": "passages",
    "facts": "files of facts",
    "queries": "saved queries",
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
