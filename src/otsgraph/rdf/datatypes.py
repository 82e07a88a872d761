"""The datatypes of XML Schema that the graph and its queries use: one row each; pure.

The store takes any text as a value of any datatype, so a 31st of February would come in unnoticed.
Source: XML Schema 1.1 Part 2 §3.3 and §3.4.  A literal of a datatype that is not in the table is not checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from otsgraph.rdf.terms import XSD


def _anything(text: str) -> bool:
    return True


def _in_calendar(text: str) -> bool:
    try:
        return bool(date(*map(int, text.split("-"))))
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Datatype:
    """One datatype of XML Schema.

    `takes` says in words what its values are, and `example` is one.  `pattern` is a regular expression for its lexical
    forms, and `exists` whether there is such a value.  `control` is the type of input in a form (HTML §4.10.5.1), and
    `schema` what JSON Schema says instead of the pattern.  Values have no bounds, so numbers are strings of digits.
    """

    name: str
    takes: str
    example: str
    pattern: str
    exists: Callable[[str], bool] = _anything
    control: str = "text"
    schema: Mapping[str, object] | None = None


_ROWS = (
    Datatype("integer", "a whole number", "3", "[+-]?[0-9]+", control="number"),
    Datatype("decimal", "a number", "2.5", r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
    Datatype("boolean", "true or false", "true", "true|false|1|0", schema={"enum": ["true", "false"]}),
    Datatype(
        "date", "a day as year-month-day", "2025-12-02", "[0-9]{4}-[0-9]{2}-[0-9]{2}",
        exists=_in_calendar, control="date", schema={"format": "date"},
    ),
    Datatype("gYear", "a year", "2025", "[0-9]{4}", control="number"),
    Datatype("gYearMonth", "a month as year-month", "2025-12", "[0-9]{4}-(0[1-9]|1[0-2])", control="month"),
    Datatype(
        "gMonthDay", "a day of the year as --month-day", "--12-02", "--(0[1-9]|1[0-2])-[0-9]{2}",
        exists=lambda text: _in_calendar("2024" + text[1:]),
    ),
    Datatype(
        "duration", "a length of time like P1Y6M or P2DT12H", "P30D",
        r"-?P(?=.)([0-9]+Y)?([0-9]+M)?([0-9]+D)?(T(?=.)([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?",
    ),
    Datatype(
        "anyURI", "an address", "https://example.org/", r"[^\s<>\"{}|\\^`]*",
        control="url", schema={"format": "iri-reference"},
    ),
)  # fmt: skip

DATATYPES: Mapping[str, Datatype] = {XSD + row.name: row for row in _ROWS}
"""The table, by IRI."""

NUMBERS = frozenset(
    XSD + name for name in "integer decimal double float int long short nonNegativeInteger positiveInteger".split()
)
"""The datatypes of numbers in results."""

TIMES = frozenset(XSD + name for name in ("date", "dateTime", "gYear", "gYearMonth"))
"""The datatypes of values that have a place in the calendar."""


def is_valid(text: str, datatype: str) -> bool:
    """Returns whether a text is a value of a datatype; True for a datatype that is not in the table."""
    row = DATATYPES.get(datatype)
    return row is None or (re.fullmatch(row.pattern, text) is not None and row.exists(text))


def control(datatype: str) -> str:
    """Returns the type of input for values of a datatype in an HTML form."""
    row = DATATYPES.get(datatype)
    return row.control if row else "text"


def json_schema(datatype: str) -> dict[str, object]:
    """Returns the JSON schema for values of a datatype, which are strings."""
    row = DATATYPES.get(datatype)
    if row is None:
        return {"type": "string"}
    return {"type": "string", **(row.schema or {"pattern": f"^({row.pattern})$"})}
