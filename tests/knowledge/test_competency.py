"""The competency questions: what the graph must be able to answer, and what it must leave empty."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from otsgraph.queries import saved

FOLDER = Path(__file__).parents[2] / "queries" / "competency"
QUESTIONS = saved.load(FOLDER)
UNANSWERED = {"q33", "q35", "q37", "q39", "q43", "q45", "q49"}


def test_the_thirty_questions_are_all_there() -> None:
    assert len(QUESTIONS) == 30
    assert {path.stem for path in FOLDER.glob("*.csv")} == QUESTIONS.keys()


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_competency_question_has_its_answer(client: httpx.Client, name: str) -> None:
    headers = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}
    answer = client.post("/sparql", content=QUESTIONS[name].text, headers=headers)
    expected = (FOLDER / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    assert answer.text.splitlines() == expected
    assert (len(expected) == 1) is (name in UNANSWERED)
