"""Everything that must hold before a graph is published → a report.

Layout and slugs come first, then syntax: what cannot be read stops the rest.  Then shapes, rules, derived facts and
competency questions are all checked, whatever the others find.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from rdflib import RDF

from otsgraph import competency, rules
from otsgraph.checking import evidence_in, record_path
from otsgraph.confirmed import unconfirmed
from otsgraph.dataset import layered_sources
from otsgraph.dataset_info import GraphKind
from otsgraph.derive import derived_files
from otsgraph.dossier import Dossier, open_dossier, read_sheets
from otsgraph.errors import DataError
from otsgraph.evaluation import Evaluator
from otsgraph.findings import Finding, Report
from otsgraph.layers import facts
from otsgraph.shapes import read_shapes, violations
from otsgraph.terms import Triple, iri_value, is_iri
from otsgraph.turtle import TurtleWriter

LARGEST_ANSWER = 2**26
"""Bytes that the answer to a competency question may have."""

Check: TypeAlias = Callable[[Dossier], tuple[int, list[Finding]]]


def validate(root: Path) -> Report:
    """The report on a folder laid out like the packaged graph: ontology/, data/, queries/competency/."""
    try:
        sources = layered_sources(root)
    except DataError as error:
        return Report((_of_error("layout", error),), stopped="Nothing else was checked.")
    sheets, errors = read_sheets(sources)
    if errors:
        stopped = "The rest was not checked, since not every file can be read."
        return Report(tuple(_of_error("syntax", error) for error in errors), stopped=stopped)
    dossier = open_dossier(root, sources, sheets)
    outcomes = {name: _run(name, check, dossier) for name, check in CHECKS.items()}
    found = [finding for _, findings in outcomes.values() for finding in findings]
    found.sort(key=lambda f: (f.file, f.line, f.resource, f.check, f.message))
    checked = {name: number for name, (number, _) in outcomes.items()}
    return Report(tuple(found), {**dossier.counts(), "checked": {"files read": len(sheets), **checked}})


def validate_with(root: Path, documents: Sequence[Path]) -> Report:
    """The report on a folder with further documents in it, which stay where they are.

    What they state as fact is derived for the occasion.  Raises DataError for a document that is not there.
    """
    with tempfile.TemporaryDirectory(prefix="otsgraph-") as folder:
        copy = Path(folder)
        for part in ("ontology", "data", "queries"):
            shutil.copytree(root / part, copy / part)
        for document in documents:
            if not document.is_file():
                raise DataError(str(document), "there is no such file or folder")
            shutil.copy(document, copy / "data" / "documents" / document.name)
        _, errors = read_sheets(layered_sources(copy))
        for file in () if errors else derived_files(copy):
            if not file.path.exists():
                file.write()
        return validate(copy)


def _run(name: str, check: Check, dossier: Dossier) -> tuple[int, list[Finding]]:
    """What a check says; a file of its own that is wrong is a finding too."""
    try:
        return check(dossier)
    except DataError as error:
        return 0, [_of_error(name, error)]


def _of_error(check: str, error: DataError) -> Finding:
    return Finding(check, error.reason, file=error.file, line=error.line, column=error.column)


def _shapes(dossier: Dossier) -> tuple[int, list[Finding]]:
    """What does not conform to ontology/shapes.ttl."""
    shapes = read_shapes(dossier.root / "ontology" / "shapes.ttl")
    found = violations((t for sheet in dossier.sheets for t in sheet.triples), shapes)
    findings = [
        dossier.finding("shapes", _with_value(dossier, v.message, v.value), v.focus, term=v.path) for v in found
    ]
    return len(set(shapes.subjects(RDF.type))), findings


def _with_value(dossier: Dossier, message: str, value: str) -> str:
    return f"{message} It has {dossier.named(value)}." if value else message


def _rules(dossier: Dossier) -> tuple[int, list[Finding]]:
    """Where the ASK rules of ontology/rules/ are broken."""
    known = rules.load(dossier.root / "ontology" / "rules")
    breaches = [breach for rule in known for breach in rules.breaches(dossier.store, rule)]
    findings = [
        dossier.finding(
            breach.rule.name, breach.message(dossier.named), breach.value("resource"), breach.value("graph"),
            breach.value("term"),
        )
        for breach in breaches
    ]  # fmt: skip
    return len(known), list(dict.fromkeys(findings))


def _evidence(dossier: Dossier) -> tuple[int, list[Finding]]:
    """Which passages are not as they were confirmed against the text of their document."""
    remedy = "Run `otsgraph check-evidence --record` with the document's text."
    number, findings = 0, []
    for sheet in (s for s in dossier.sheets if s.source.kind is GraphKind.STATEMENTS):
        slug = sheet.source.path.stem
        evidence = evidence_in(slug, sheet.triples)
        if evidence is None:
            continue
        number += len(evidence.passages)
        known = record_path(dossier.root, slug)
        if not known.is_file():
            message = f"has positions that were never confirmed against its text. {remedy}"
            findings.append(dossier.finding("evidence", message, evidence.version.iri))
            continue
        found = unconfirmed(known.read_text(encoding="utf-8"), evidence.version, evidence.passages)
        findings += [dossier.finding("evidence", f"{m.reason}. {remedy}", m.subject) for m in found]
    return number, findings


def _facts(dossier: Dossier) -> tuple[int, list[Finding]]:
    """Which files of data/facts/ are not what the one rule makes of the statements, and in what."""
    derived = list(derived_files(dossier.root))
    return len(derived), [f for file in derived if not file.current for f in _differences(dossier, file.name)]


def _differences(dossier: Dossier, name: str) -> Iterator[Finding]:
    slug = Path(name).stem
    document = next(s for s in dossier.sheets if s.source.path.stem == slug and s.source.kind is not GraphKind.FACTS)
    written = next((s for s in dossier.sheets if s.source.name == name), None)
    remedy = "Run `otsgraph derive`; change statements, never this file."
    if written is None:
        yield Finding("facts", f"is missing, and belongs to {document.source.name}. {remedy}", file=name)
        return
    right, found = set(facts(document.triples)), set(written.triples)
    for triple in sorted(found - right):
        message = f"is said to have {_said(dossier, triple)}, which no statement asserts. {remedy}"
        yield dossier.finding("facts", message, iri_value(triple[0]), written.source.graph)
    for triple in sorted(right - found):
        yield Finding("facts", f"lacks {_said(dossier, triple)} of {_term(dossier, triple[0])}. {remedy}", file=name)
    if right == found:
        yield Finding("facts", f"holds the right facts in another form. {remedy}", file=name)


def _said(dossier: Dossier, triple: Triple) -> str:
    return f"{_term(dossier, triple[1])} {_term(dossier, triple[2])}"


def _term(dossier: Dossier, term: str) -> str:
    return dossier.named(iri_value(term)) if is_iri(term) else TurtleWriter(dossier.info.prefixes).term(term)


def _competency(dossier: Dossier) -> tuple[int, list[Finding]]:
    """Which competency questions are not answered as they should be."""
    evaluator = Evaluator(dossier.store, dossier.info.prefixes, LARGEST_ANSWER)
    outcomes = list(competency.ask(evaluator, dossier.root / "queries" / "competency"))
    return len(outcomes), [_of_outcome(outcome) for outcome in outcomes if not outcome.right]


def _of_outcome(outcome: competency.Outcome) -> Finding:
    expected, given = outcome.expected[1:], outcome.given[1:]
    missing = [row for row in expected if row not in given]
    unexpected = [row for row in given if row not in expected]
    parts = [outcome.error] if outcome.error else []
    parts += [f"missing: {'; '.join(missing)}"] if missing and not outcome.error else []
    parts += [f"unexpected: {'; '.join(unexpected)}"] if unexpected else []
    reason = ", ".join(parts) or "other columns or another order than expected"
    message = f"“{outcome.question.summary}” is not answered as expected ({reason})."
    return Finding("competency", message, file=f"queries/competency/{outcome.question.name}.rq")


CHECKS: dict[str, Check] = {
    "shapes": _shapes,
    "rules": _rules,
    "passages": _evidence,
    "files of facts": _facts,
    "competency questions": _competency,
}
