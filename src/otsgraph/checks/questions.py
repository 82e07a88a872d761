"""Checks of saved queries, and of competency questions with their recorded answers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from otsgraph.checks.loaded import Finding, LoadedDataset, Outcome, finding_of_error
from otsgraph.errors import DataError, RequestError
from otsgraph.queries import saved
from otsgraph.queries.saved import SavedQuery
from otsgraph.queries.trial import try_query
from otsgraph.rdf.files import listed, read_text
from otsgraph.rdf.formats import ResultsFormat
from otsgraph.rdf.terms import OTS, iri
from otsgraph.sparql.evaluator import Evaluator
from otsgraph.sparql.protocol import FormatChoice, QueryOperation
from otsgraph.sparql.tokens import tokens, whole_prologue

LARGEST_ANSWER = 2**26
"""Bytes that the answer to a saved query or a competency question may have."""

_COMPETENCY = "queries/competency"


def undefined_terms(dataset: LoadedDataset, used: Iterable[str], check: str, file: str) -> list[Finding]:
    """Finds the terms of ours among some IRIs that the ontology does not define."""
    ours = {u for u in used if u.startswith(OTS) and u != OTS and "#prefix-" not in u}
    unknown = sorted(u for u in ours if not dataset.defines(u))
    return [Finding(check, f"uses {dataset.named(u)}, which the ontology does not define.", file=file) for u in unknown]


def undefined_terms_of_query(dataset: LoadedDataset, text: str, check: str, file: str) -> list[Finding]:
    found = list(tokens(text))
    prologue = whole_prologue(found)
    return undefined_terms(dataset, [prologue.resolve(token) or "" for token in found], check, file)


def check_competency_questions(dataset: LoadedDataset) -> Outcome:
    """Finds competency questions that are not answered as they should be."""
    names, rows = ({path.stem for path in listed(dataset.root / _COMPETENCY, suffix)} for suffix in (".rq", ".csv"))
    findings = [] if names else [Finding("competency", "there are no competency questions.", file=_COMPETENCY)]
    without = sorted(rows - names)
    findings += [Finding("competency", "has no question.", file=f"{_COMPETENCY}/{name}.csv") for name in without]
    evaluator = _evaluator(dataset)
    for query, found in _read_queries(dataset, _COMPETENCY, "competency"):
        findings += found
        if query is not None:
            try:
                findings += _wrong_answer(evaluator, query, dataset.root)
            except DataError as error:
                findings.append(finding_of_error("competency", error, _COMPETENCY))
    return len(names), findings


def _wrong_answer(evaluator: Evaluator, question: SavedQuery, root: Path) -> list[Finding]:
    """Finds how the answer differs from the recorded rows.  Raises DataError without these."""
    path = root / _COMPETENCY / f"{question.name}.csv"
    if not os.path.lexists(path):
        raise DataError(f"{question.name}.rq", f"the rows that are right are missing: add {path.name}")
    expected = read_text(path, path.name, root).splitlines()
    try:
        choice = FormatChoice(ResultsFormat.CSV, None)
        given = evaluator.evaluate(QueryOperation(question.text), choice).body.decode().splitlines()
        if given == expected:
            return []
        missing = [row for row in expected[1:] if row not in given[1:]]
        unexpected = [row for row in given[1:] if row not in expected[1:]]
        parts = [
            f"{what}: {'; '.join(rows)}" for what, rows in (("missing", missing), ("unexpected", unexpected)) if rows
        ]
    except RequestError as error:
        parts = [error.detail]
    reason = ", ".join(parts) or "other columns or another order than expected"
    message = f"“{question.summary}” is not answered as expected ({reason})."
    return [Finding("competency", message, file=f"{_COMPETENCY}/{question.name}.rq")]


def check_saved_queries(dataset: LoadedDataset) -> Outcome:
    """Finds saved queries that cannot be asked."""
    number, findings = 0, []
    if (dataset.root / "queries").is_dir():
        evaluator = _evaluator(dataset)
        for query, found in _read_queries(dataset, "queries", "queries"):
            number += 1
            findings += found
            if query is not None:
                findings += _unanswerable(evaluator, query)
    return number, findings


def check_page_queries(dataset: LoadedDataset) -> Outcome:
    """Finds queries of the pages that cannot be asked, or that name terms which the ontology does not define."""
    evaluator, number, findings = _evaluator(dataset), 0, []
    for query in saved.load(saved.PAGE_QUERIES).values():
        number += 1
        findings += undefined_terms_of_query(dataset, query.text, "page-queries", f"{query.name}.rq")
        text = query.bind({p.name: iri(p.example) for p in query.parameters})
        try:
            evaluator.evaluate(QueryOperation(text), FormatChoice())
        except RequestError as error:
            findings.append(Finding("page-queries", error.detail, file=f"{query.name}.rq"))
    return number, findings


def _unanswerable(evaluator: Evaluator, query: SavedQuery) -> list[Finding]:
    try:
        try_query(query)
        evaluator.evaluate(QueryOperation(query.default_text), FormatChoice())
    except DataError as error:
        return [finding_of_error("queries", error, "queries")]
    except RequestError as error:
        line, column = (int(str(error.members.get(place, 0))) for place in ("line", "column"))
        return [Finding("queries", error.detail, file=f"queries/{query.name}.rq", line=line, column=column)]
    return []


def _read_queries(dataset: LoadedDataset, folder: str, check: str) -> Iterator[tuple[SavedQuery | None, list[Finding]]]:
    """Yields each saved query of a folder, or None for a file that is not one, and what is wrong with its text."""
    texts, errors = saved.read_texts(dataset.root / folder, dataset.root)
    for error in errors:
        yield None, [finding_of_error(check, error, folder)]
    for name, text in texts:
        findings = undefined_terms_of_query(dataset, text, check, f"{folder}/{name}.rq")
        try:
            yield saved.read(name, text), findings
        except DataError as error:
            yield None, [*findings, finding_of_error(check, error, folder)]


def _evaluator(dataset: LoadedDataset) -> Evaluator:
    return Evaluator(dataset.store, dataset.info.prefixes, LARGEST_ANSWER)
