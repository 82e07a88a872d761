"""Which texts are values of a datatype, and which are not."""

from __future__ import annotations

import pytest

from otsgraph.rdf.datatypes import is_valid
from otsgraph.rdf.terms import XSD, is_xml_text

VALUES = {
    "integer": ("0", "-7", "+7", "007"),
    "decimal": ("0", "-1.5", "+.5", "1."),
    "boolean": ("true", "false", "1", "0"),
    "date": ("2025-12-02", "2024-02-29", "2000-02-29"),
    "gYear": ("2025", "0001"),
    "gYearMonth": ("2025-01", "2025-09", "2025-10", "2025-12"),
    "gMonthDay": ("--12-02", "--02-29", "--01-31", "--12-31"),
    "anyURI": ("https://example.org/a?b#c", "", "a"),
    "token": ("whatever a datatype takes that is not looked at",),
}
NO_VALUES = {
    "integer": ("", "7.0", "x", "--7", " 7", "٣"),
    "decimal": ("", ".", "1e5", "1,5"),
    "boolean": ("yes", "TRUE", "2", ""),
    "date": ("2025-02-29", "1900-02-29", "2025-13-01", "2025-00-10", "2025-1-1", "20251202", "2025-12-02Z", ""),
    "gYear": ("25", "20255", "2025-01"),
    "gYearMonth": ("2025-00", "2025-13", "2025", "2025-1"),
    "gMonthDay": ("--02-30", "--04-31", "--13-01", "--00-10", "-12-02", "12-02", "--12-02-03", "---02", ""),
    "anyURI": ("https://example.org/a b", "<x>", 'a"b'),
}
"""The days that no year has, and what is written in another way."""


@pytest.mark.parametrize(("type_", "text"), [(t, text) for t, texts in VALUES.items() for text in texts])
def test_a_value_of_a_datatype_is_taken(type_: str, text: str) -> None:
    assert is_valid(text, XSD + type_)


@pytest.mark.parametrize(("type_", "text"), [(t, text) for t, texts in NO_VALUES.items() for text in texts])
def test_what_is_no_value_of_a_datatype_is_refused(type_: str, text: str) -> None:
    assert not is_valid(text, XSD + type_)


@pytest.mark.parametrize("text", ["", "a\tb\r\nc", "é", "𐰀", "\ufffd"])
def test_what_xml_can_hold_can_be_written(text: str) -> None:
    assert is_xml_text(text)


@pytest.mark.parametrize("text", ["\x00", "a\x0b", "\x0c", "\x1f", "\x0e", "\ufffe", "\uffff", "\ud800", "\udfff"])
def test_what_xml_cannot_hold_cannot_be_written(text: str) -> None:
    assert not is_xml_text(text)
