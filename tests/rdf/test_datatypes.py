"""The table of datatypes: XML Schema 1.1 Part 2 §3.3 and §3.4."""

from __future__ import annotations

import re

import pytest

from otsgraph.rdf.datatypes import DATATYPES, Datatype, control, is_valid, json_schema
from otsgraph.rdf.terms import XSD


@pytest.mark.parametrize("row", DATATYPES.values(), ids=lambda row: row.name)
def test_the_example_of_a_row_is_one_of_its_values(row: Datatype) -> None:
    assert is_valid(row.example, XSD + row.name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("duration", "P1Y", id="years"),
        pytest.param("duration", "-P120D", id="a negative one"),
        pytest.param("duration", "P1Y2M3DT10H30M", id="all but seconds"),
        pytest.param("duration", "PT0.5S", id="a fraction of a second"),
        pytest.param("duration", "P1MT1M", id="a month and a minute"),
        pytest.param("gMonthDay", "--02-29", id="the 29th of February is a day of some years"),
        pytest.param("date", "2024-02-29", id="and of this one"),
        pytest.param("decimal", ".5", id="a decimal without digits before the point"),
        pytest.param("decimal", "5.", id="a decimal without digits after the point"),
        pytest.param("anyURI", "", id="an empty address"),
    ],
)
def test_a_lexical_form_is_a_value(name: str, text: str) -> None:
    assert is_valid(text, XSD + name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("duration", "", id="nothing"),
        pytest.param("duration", "P", id="a duration of nothing"),
        pytest.param("duration", "PT", id="a time of nothing"),
        pytest.param("duration", "P1YT", id="a T with nothing after it"),
        pytest.param("duration", "1Y", id="no P"),
        pytest.param("duration", "P1M1Y", id="months before years"),
        pytest.param("duration", "P1H", id="hours without a T"),
        pytest.param("duration", "P-1Y", id="a sign inside"),
        pytest.param("duration", "P1.5Y", id="a fraction of a year"),
        pytest.param("duration", "PT1.S", id="a point without digits after it"),
        pytest.param("duration", "P1W", id="weeks, which ISO 8601 has and XML Schema has not"),
        pytest.param("duration", "p1y", id="small letters"),
        pytest.param("duration", "P1Y\n", id="a line end"),
        pytest.param("duration", "P\u0661Y", id="digits of another script"),
        pytest.param("date", "2025-02-29", id="a day that is not in the calendar"),
        pytest.param("gMonthDay", "--02-30", id="a day of no year"),
        pytest.param("gMonthDay", "-02-03", id="one hyphen"),
        pytest.param("gYear", "25", id="a year of two digits"),
        pytest.param("integer", "1_0", id="a separator of Python"),
        pytest.param("decimal", ".", id="a point alone"),
        pytest.param("boolean", "yes", id="yes"),
        pytest.param("anyURI", "a b", id="an address with a space"),
    ],
)
def test_another_text_is_no_value(name: str, text: str) -> None:
    assert not is_valid(text, XSD + name)


def test_a_literal_of_another_datatype_is_not_checked() -> None:
    assert is_valid("x", "http://x/colour")


@pytest.mark.parametrize("row", DATATYPES.values(), ids=lambda row: row.name)
def test_the_schema_of_a_datatype_takes_its_example(row: Datatype) -> None:
    schema = json_schema(XSD + row.name)
    assert schema["type"] == "string"
    assert re.search(str(schema.get("pattern", "")), row.example)
    assert row.example in str(schema.get("enum", row.example))


def test_values_of_other_datatypes_are_any_text_in_forms_and_schemas() -> None:
    assert json_schema("http://x/colour") == {"type": "string"}
    assert control("http://x/colour") == "text"
