"""Range headers, read as RFC 9110 §14 has them, of a file of 100 bytes."""

from __future__ import annotations

import pytest

from otsgraph.errors import RangeNotSatisfiable
from otsgraph.web.http.files import MOST_RANGES, range_asked


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("bytes=0-9", "bytes=0-9"),
        ("bytes=90-", "bytes=90-99"),
        ("bytes=-10", "bytes=90-99"),
        ("bytes=-1000", "bytes=0-99"),
        ("bytes=50-1000", "bytes=50-99"),
        ("Bytes = 0-0 , 5-6", "bytes=0-0,5-6"),
        ("bytes=0-0,200-300", "bytes=0-0"),
    ],
)
def test_a_range_is_given_in_its_plainest_form(given: str, asked: str) -> None:
    assert range_asked(given, 100) == asked


@pytest.mark.parametrize(
    "given", [None, "", "items=0-9", "bytes", "bytes=", "bytes=-", "bytes=9-5", "bytes=a-b", "bytes=0-9,x", "9" * 5_000]
)
def test_what_is_no_range_of_bytes_is_passed_over(given: str | None) -> None:
    assert range_asked(given, 100) is None


def test_very_many_ranges_are_passed_over() -> None:
    assert range_asked("bytes=" + ",".join(["0-0"] * (MOST_RANGES + 1)), 100) is None


@pytest.mark.parametrize("given", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=500-600,700-"])
def test_ranges_that_are_all_behind_the_end_cannot_be_given(given: str) -> None:
    with pytest.raises(RangeNotSatisfiable) as raised:
        range_asked(given, 100)
    assert raised.value.members["size"] == 100
