"""The competency questions in queries/competency/: what the graph must be able to answer, and must leave empty.

Each is a saved query with a .csv of the rows that are right; a header line alone says that no row is.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from otsgraph.errors import DataError, RequestError
from otsgraph.queries.saved import SavedQuery
from otsgraph.rdf.files import read_text
from otsgraph.rdf.formats import ResultsFormat
from otsgraph.sparql.evaluator import Evaluator
from otsgraph.sparql.protocol import FormatChoice, QueryOperation


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
