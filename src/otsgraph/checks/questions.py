"""Checks of saved queries: competency questions and their recorded answers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from otsgraph.checks.loaded import Dossier, Finding
from otsgraph.errors import DataError, RequestError
from otsgraph.queries import saved as saved_queries
from otsgraph.queries.saved import SavedQuery
from otsgraph.queries.trial import try_query
from otsgraph.rdf.files import listed, read_text
from otsgraph.rdf.formats import ResultsFormat
from otsgraph.rdf.terms import OTS, iri
from otsgraph.sparql.evaluator import Evaluator
from otsgraph.sparql.protocol import FormatChoice, QueryOperation
from otsgraph.sparql.tokens import tokens, whole_prologue


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question: the rows that were expected and those that came, as lines of CSV, header included.

    `error` says why there is no answer, or is empty.
    """

    question: SavedQuery
    expected: tuple[str, ...]
    given: tuple[str, ...]
    error: str = ""

    @property
    def right(self) -> bool:
        return not self.error and self.expected == self.given

    @property
    def empty(self) -> bool:
        """Whether the right answer has no row."""
        return len(self.expected) == 1


def ask(evaluator: Evaluator, question: SavedQuery, rows: Path, root: Path) -> Outcome:
    """The outcome of one question; `rows` is the file of those that are right, below a folder.

    Raises DataError without one.
    """
    if not os.path.lexists(rows):
        raise DataError(f"{question.name}.rq", f"the rows that are right are missing: add {rows.name}")
    expected = tuple(read_text(rows, rows.name, root).splitlines())
    try:
        body = evaluator.evaluate(QueryOperation(question.text), FormatChoice(ResultsFormat.CSV, None)).body
    except RequestError as error:
        return Outcome(question, expected, (), error.detail)
    return Outcome(question, expected, tuple(body.decode().splitlines()))


LARGEST_ANSWER = 2**26
"""Bytes that the answer to a saved query or a competency question may have."""


def of_error(check: str, error: DataError, folder: str = "") -> Finding:
    """A file that is wrong in itself, as a finding."""
    file = error.file if "/" in error.file or not folder else f"{folder}/{error.file}"
    return Finding(check, error.reason, file=file, line=error.line, column=error.column)


def undefined_terms(dossier: Dossier, used: Iterable[str], check: str, file: str) -> list[Finding]:
    """The terms of ours among some IRIs that the ontology does not define."""
    ours = {u for u in used if u.startswith(OTS) and u != OTS and "#prefix-" not in u}
    unknown = sorted(u for u in ours if not dossier.defines(u))
    return [Finding(check, f"uses {dossier.named(u)}, which the ontology does not define.", file=file) for u in unknown]


def terms_of_query(dossier: Dossier, text: str, check: str, file: str) -> list[Finding]:
    found = list(tokens(text))
    prologue = whole_prologue(found)
    return undefined_terms(dossier, [prologue.resolve(token) or "" for token in found], check, file)


def questions(dossier: Dossier) -> tuple[int, list[Finding]]:
    """Which competency questions are not answered as they should be."""
    folder = "queries/competency"
    names = {path.stem for path in listed(dossier.root / folder, ".rq")}
    rows = {path.stem for path in listed(dossier.root / folder, ".csv")}
    findings = [] if names else [Finding("competency", "there are no competency questions.", file=folder)]
    findings += [
        Finding("competency", "has no question.", file=f"{folder}/{name}.csv") for name in sorted(rows - names)
    ]
    evaluator = _evaluator(dossier)
    for query, found in _read_queries(dossier, folder, "competency"):
        findings += found
        if query is not None:
            try:
                outcome = ask(evaluator, query, dossier.root / folder / f"{query.name}.csv", dossier.root)
                findings += [] if outcome.right else [_of_outcome(outcome)]
            except DataError as error:
                findings.append(of_error("competency", error, folder))
    return len(names), findings


def queries(dossier: Dossier) -> tuple[int, list[Finding]]:
    """Which saved queries cannot be asked."""
    number, findings = 0, []
    if (dossier.root / "queries").is_dir():
        evaluator = _evaluator(dossier)
        for query, found in _read_queries(dossier, "queries", "queries"):
            number += 1
            findings += found
            if query is not None:
                findings += _unanswerable(evaluator, query)
    return number, findings


def page_queries(dossier: Dossier) -> tuple[int, list[Finding]]:
    """Which queries of the pages cannot be asked, or name terms that the ontology does not define."""
    evaluator, number, findings = _evaluator(dossier), 0, []
    for query in saved_queries.page_queries().values():
        number += 1
        findings += terms_of_query(dossier, query.text, "page-queries", f"{query.name}.rq")
        text = query.bind({p.name: iri(p.example) for p in query.parameters})
        try:
            evaluator.evaluate(QueryOperation(text), FormatChoice())
        except RequestError as error:
            findings.append(Finding("page-queries", error.detail, file=f"{query.name}.rq"))
    return number, findings


def _read_queries(dossier: Dossier, folder: str, check: str) -> Iterator[tuple[SavedQuery | None, list[Finding]]]:
    """Each saved query of a folder, or None for a file that is none, and what is wrong with its text."""
    texts, errors = saved_queries.read_texts(dossier.root / folder, dossier.root)
    for error in errors:
        yield None, [of_error(check, error, folder)]
    for name, text in texts:
        findings = terms_of_query(dossier, text, check, f"{folder}/{name}.rq")
        try:
            yield saved_queries.read(name, text), findings
        except DataError as error:
            yield None, [*findings, of_error(check, error, folder)]


def _unanswerable(evaluator: Evaluator, query: SavedQuery) -> list[Finding]:
    try:
        try_query(query)
        evaluator.evaluate(QueryOperation(query.default_text), FormatChoice())
    except DataError as error:
        return [of_error("queries", error, "queries")]
    except RequestError as error:
        line, column = (int(str(error.members.get(place, 0))) for place in ("line", "column"))
        return [Finding("queries", error.detail, file=f"queries/{query.name}.rq", line=line, column=column)]
    return []


def _evaluator(dossier: Dossier) -> Evaluator:
    return Evaluator(dossier.store, dossier.info.prefixes, LARGEST_ANSWER)


def _of_outcome(outcome: Outcome) -> Finding:
    expected, given = outcome.expected[1:], outcome.given[1:]
    missing = [row for row in expected if row not in given]
    unexpected = [row for row in given if row not in expected]
    parts = [outcome.error] if outcome.error else []
    parts += [f"missing: {'; '.join(missing)}"] if missing and not outcome.error else []
    parts += [f"unexpected: {'; '.join(unexpected)}"] if unexpected else []
    reason = ", ".join(parts) or "other columns or another order than expected"
    message = f"“{outcome.question.summary}” is not answered as expected ({reason})."
    return Finding("competency", message, file=f"queries/competency/{outcome.question.name}.rq")
