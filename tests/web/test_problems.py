"""Errors as HTTP answers: RFC 9457, RFC 9110."""

from __future__ import annotations

import json

from otsgraph.errors import EngineBusy, MalformedQuery, MethodNotAllowed
from otsgraph.web.http.problems import problem


def test_a_busy_engine_says_when_to_come_back() -> None:
    answer = problem(EngineBusy("Wait.", retry_after=7), html=False)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")


def test_a_method_not_allowed_lists_those_that_are() -> None:
    assert problem(MethodNotAllowed("No.", allow=["GET", "HEAD"]), html=False).headers["allow"] == "GET, HEAD"


def test_a_problem_has_the_members_of_its_error() -> None:
    body = json.loads(bytes(problem(MalformedQuery("There.", line=2, column=6), html=False).body))
    assert body == {
        "type": "https://w3id.org/otsgraph/problem/malformed-query",
        "title": "The query has a syntax error",
        "status": 400,
        "detail": "There.",
        "line": 2,
        "column": 6,
    }


def test_errors_are_never_kept_by_caches() -> None:
    assert problem(EngineBusy("Wait.", retry_after=7), html=True).headers["cache-control"] == "no-store"
