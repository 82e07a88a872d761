"""Text from elsewhere inside our own lines and sentences."""

from __future__ import annotations

import json

import pytest

from otsgraph.errors import LONGEST_DETAIL, MalformedRequest, NotFound, UnfitParameter
from otsgraph.quoting import LONGEST_QUOTED, as_utf8, printable, quoted
from otsgraph.web.http.html import page
from otsgraph.web.http.problems import problem
from otsgraph.web.http.responses import tagged_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("\x1b[2J", "\\u001b[2J", id="control"),
        pytest.param("\x7f", "\\u007f", id="delete"),
        pytest.param("\x9b2J", "\\u009b2J", id="control of the second set"),
        pytest.param("a\r\nb", "a\\u000d\\u000ab", id="line end"),
        pytest.param("\u0085\u2028\u2029", "\\u0085\\u2028\\u2029", id="line separators"),
        pytest.param("\u202egpj\u2066\u200f\u061c", "\\u202egpj\\u2066\\u200f\\u061c", id="writing direction"),
        pytest.param("\u200b\ufeff", "\\u200b\\ufeff", id="invisible"),
        pytest.param("\ud800", "\\ud800", id="lone surrogate"),
        pytest.param("\U000e0041", "\\U000e0041", id="invisible tag"),
    ],
)
def test_what_acts_on_the_print_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown


@pytest.mark.parametrize("text", ["Macarıstan", "Венгрия", "مجارستان", "می\u200cخواهم", "10\xa0km", "🜚", "\\u202e"])
def test_what_is_only_printed_stays(text: str) -> None:
    assert printable(text) == text


def test_an_escape_in_a_line_of_json_is_an_escape_of_json() -> None:
    text = "".join(map(chr, range(0x100))) + "\u202e\ud800\U000e0041"
    line = printable(json.dumps({"path": text}))
    assert line.isascii()
    assert json.loads(line) == {"path": text}


def test_a_quotation_is_short_and_cannot_end_itself() -> None:
    assert quoted("a` says: pay `b") == "`a' says: pay 'b`"
    assert len(quoted("x" * 60_000)) == LONGEST_QUOTED + 2
    assert quoted("x" * 60_000).endswith("x…`")


def test_a_detail_has_its_quotations_shortened_and_keeps_what_follows() -> None:
    error = MalformedRequest(f"The value `{'x' * 5_000}` is none; give `1`.")
    assert error.detail.endswith("x…` is none; give `1`.")
    assert len(error.detail) < 200
    assert str(error) == error.detail


@pytest.mark.parametrize("text", ["x" * 60_000, "`" * 60_000, "\x1b" * 60_000])
def test_a_detail_and_the_members_are_short_whatever_is_quoted_how(text: str) -> None:
    error = UnfitParameter(f"No {text}.", parameter=text)
    assert len(error.detail) <= LONGEST_DETAIL
    assert len(str(error.members["parameter"])) <= LONGEST_DETAIL
    assert error.detail.isprintable()


@pytest.mark.parametrize("html", [True, False])
def test_a_problem_with_a_lone_surrogate_is_an_answer(html: bool) -> None:
    error = NotFound("No \ud800.", candidates=["http://x/\ud800\u202e"], takes="\udfff")
    answer = problem(error, html=html, labels={"http://x/\ud800": "\ud800"})
    assert answer.status_code == 404
    assert "\\ud800" in bytes(answer.body).decode()


def test_every_page_and_every_json_answer_can_be_encoded() -> None:
    assert (
        "\\ud800"
        in bytes(page("problem.html", problem={"title": "\ud800", "detail": "", "status": 1}, meant=()).body).decode()
    )
    assert json.loads(bytes(tagged_json({"a": "\ud800"}, {}).body)) == {"a": "\ud800"}
    assert as_utf8("ü\ud800") == "ü\\ud800".encode()
