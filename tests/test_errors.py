"""Errors: every cause says all that a problem document needs."""

from __future__ import annotations

import inspect
import re
from http import HTTPStatus

import pytest

from otsgraph import errors
from otsgraph.errors import REQUEST_ERRORS, OtsgraphError, RequestError

CLASSES = [each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, Exception)]
CAUSES = [each for each in CLASSES if issubclass(each, RequestError) and each is not RequestError]


def test_every_error_is_in_one_tree() -> None:
    assert all(issubclass(each, OtsgraphError) for each in CLASSES)


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_has_a_status_of_an_error(cause: type[RequestError]) -> None:
    assert HTTPStatus(cause.status) >= HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_has_its_name_as_its_code(cause: type[RequestError]) -> None:
    assert re.sub(r"(?<!^)(?=[A-Z])", "-", cause.__name__).lower() == cause.code


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_has_a_title_like_a_headline(cause: type[RequestError]) -> None:
    assert re.fullmatch(r"[A-Z][^.]{5,70}", cause.title)


def test_every_cause_is_found_by_its_code() -> None:
    assert {each.code: each for each in CAUSES} == REQUEST_ERRORS
    assert len(CAUSES) == len(REQUEST_ERRORS)


def test_a_cause_without_a_status_cannot_be_defined() -> None:
    with pytest.raises(TypeError, match="status"):
        type("Vague", (RequestError,), {}, code="vague", title="Something went wrong")
