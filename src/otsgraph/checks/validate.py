"""`otsgraph validate`: runs the checks and makes the report."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from otsgraph.checks import data, questions
from otsgraph.checks.loaded import LoadedDataset, Outcome, Report, finding_of_error, load, read_files
from otsgraph.dataset.facts import derived_files
from otsgraph.dataset.info import GraphKind
from otsgraph.dataset.sources import layered_sources
from otsgraph.errors import DataError
from otsgraph.graph.statements import asserted
from otsgraph.process.resources import temporary_folder
from otsgraph.rdf.files import open_file
from otsgraph.rdf.terms import DCTERMS, OTS, iri, iri_value, literal_value

_LAYERS = {GraphKind.STATEMENTS: "documents", GraphKind.REFERENCE: "reference"}


def tallies(dataset: LoadedDataset) -> Mapping[str, Mapping[str, int]]:
    """Returns rows of numbers by what they count.  Graphs without triples are left out."""
    made = [(file.source, statement) for file in dataset.files for statement in file.statements]
    statements = [statement for _, statement in made]
    facts = sum(map(asserted, statements))
    ours = {statement.iri for statement in statements}
    about = {(s, p, o) for file in dataset.files for s, p, o in file.triples if s in ours}
    origin_of = {s: o for file in dataset.files for s, p, o in file.triples if p == iri(OTS + "origin")}
    origins = [origin_of.get(o) for _, p, o in about if p == iri(OTS + "statedIn")]
    # several statements from one row of a source share its identifier
    rows = {literal_value(o) for _, p, o in about if p == iri(DCTERMS + "identifier") and o.startswith('"')}
    return {
        "triples by graph": {g.slug or g.iri: g.triples for g in dataset.info.graphs if g.triples},
        "statements by layer": _counted(_LAYERS.get(source.kind, "elsewhere") for source, _ in made),
        "statements by graph": _counted(source.path.stem for source, _ in made),
        "statements of documents by origin": _counted(
            dataset.named(iri_value(origin)) if origin else "unknown" for origin in origins
        ),
        "statements by voice": _counted(dataset.named(iri_value(v)) for s in statements for v in s.voices),
        "statements by nature": _counted(dataset.named(iri_value(s.nature)) for s in statements),
        "source identifiers by their letters": _counted(re.sub("[0-9]+$", "", row) for row in rows),
        "statements by what becomes of them": {
            "facts": facts,
            "claims and background": len(statements) - facts,
            "read against their source by nobody on record": len(
                ours - {s for s, p, _ in about if p == iri(OTS + "checkedOn")}
            ),
        },
    }


def _counted(names: Iterable[str]) -> Mapping[str, int]:
    return dict(sorted(Counter(names).items()))


CHECKS: Mapping[str, tuple[Callable[[LoadedDataset], Outcome], str]] = {
    "files": (data.check_files, "files"),
    "comments": (data.check_comments, "lines of comments"),
    "literals": (data.check_literals, "literals"),
    "shapes": (data.check_shapes, "shapes"),
    "rules": (data.check_rules, "rules"),
    "evidence": (data.check_passages, "passages"),
    "facts": (data.check_facts, "files of facts"),
    "queries": (questions.check_saved_queries, "saved queries"),
    "page-queries": (questions.check_page_queries, "queries of the pages"),
    "competency": (questions.check_competency_questions, "competency questions"),
}
"""The checks by the names that reports give them, with what each of them counts."""


def validate(root: Path) -> Report:
    """Returns the report on a folder laid out like the packaged graph: ontology/, data/, queries/competency/."""
    try:
        sources = layered_sources(root)
    except DataError as error:
        return Report((finding_of_error("layout", error),), stopped="Nothing else was checked.")
    files, errors = read_files(sources)
    if errors:
        stopped = "The rest was not checked, since not every file can be read."
        return Report(tuple(finding_of_error("syntax", error) for error in errors), stopped=stopped)
    dataset = load(root, sources, files)
    found = []
    checked = {}
    for name, (check, counted) in CHECKS.items():
        try:
            checked[counted], findings = check(dataset)
        except DataError as error:  # a file that only this check reads
            checked[counted], findings = 0, [finding_of_error(name, error)]
        found += findings
    found.sort(key=lambda f: (f.file, f.line, f.resource, f.check, f.message))
    return Report(tuple(found), {**tallies(dataset), "checked": checked})


def validate_with(root: Path, documents: Sequence[Path]) -> Report:
    """Returns the report on a folder with further documents in it, which stay where they are.

    What they state as fact is derived for the occasion.  Raises DataError for a document that is not there, is not a
    Turtle file, or has the name of another one.
    """
    with temporary_folder() as copy:
        for part in ("ontology", "data", "queries"):
            shutil.copytree(root / part, copy / part)
        names = {f"data/documents/{path.name}": str(path) for path in documents}
        for path in documents:
            _admit(path, copy, taken=sum(other.name == path.name for other in documents) > 1)
        if not read_files(layered_sources(copy))[1]:
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
