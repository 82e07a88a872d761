"""Which texts are values of the datatypes that the graph uses; pure.

The store takes any text for any datatype, so that a 31st of February comes in without a word.
Source: XML Schema 1.1 Part 2 §3.2 to §3.4; a literal with a datatype that is not here is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from otsgraph.rdf.terms import XSD

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _pattern(expression: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(expression, text) is not None


def _is_date(text: str) -> bool:
    found = _DATE.fullmatch(text)
    try:
        return found is not None and bool(date(*map(int, found.groups())))
    except ValueError:
        return False


_VALID: Mapping[str, Callable[[str], bool]] = {
    XSD + "integer": _pattern(r"[+-]?[0-9]+"),
    XSD + "decimal": _pattern(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
    XSD + "boolean": _pattern(r"true|false|1|0"),
    XSD + "date": _is_date,
    XSD + "gYear": _pattern(r"[0-9]{4}"),
    XSD + "gYearMonth": _pattern(r"[0-9]{4}-(0[1-9]|1[0-2])"),
    XSD + "gMonthDay": lambda text: text.startswith("--") and _is_date("2024-" + text[2:]),
    XSD + "anyURI": _pattern(r"[^\s<>\"{}|\\^`]*"),
}


def is_valid(text: str, datatype: str) -> bool:
    """Whether a text is a value of a datatype, as far as that is known here; dates are those of the calendar."""
    known = _VALID.get(datatype)
    return known is None or known(text)


def is_writable(text: str) -> bool:
    """Whether a text has only characters that XML can hold, as RDF/XML must.  Source: XML 1.0 §2.2."""
    return _NOT_IN_XML.search(text) is None
