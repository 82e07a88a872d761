"""The competency questions in queries/competency/: what the graph must be able to answer, and must leave empty.

Each is a saved query with a .csv of the rows that are right; a header line alone says that no row is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from otsgraph import saved_queries
from otsgraph.errors import DataError, RequestError
from otsgraph.evaluation import Evaluator
from otsgraph.formats import ResultsFormat
from otsgraph.operation import FormatChoice, QueryOperation
from otsgraph.saved_queries import SavedQuery


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


def ask(evaluator: Evaluator, folder: Path) -> Iterator[Outcome]:
    """The outcome of each question of a folder, by name.  Raises DataError for a question without expected rows."""
    for name, question in saved_queries.load(folder).items():
        rows = folder / f"{name}.csv"
        if not rows.is_file():
            raise DataError(f"queries/competency/{name}.rq", f"the rows that are right are missing: add {name}.csv")
        expected = tuple(rows.read_text(encoding="utf-8").splitlines())
        try:
            choice = FormatChoice(ResultsFormat.CSV, None)
            body = evaluator.evaluate(QueryOperation(question.text), choice).body
        except RequestError as error:
            yield Outcome(question, expected, (), error.detail)
        else:
            yield Outcome(question, expected, tuple(body.decode().splitlines()))
