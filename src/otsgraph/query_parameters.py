"""The parameters of a saved query, and what its header says of them, checked against each other; pure.

Source: grlc (README).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from otsgraph.errors import DataError
from otsgraph.parameters import Choice, Kind, Parameter, UnfitValueError, declared_by, is_parameter, term
from otsgraph.query_header import line_of
from otsgraph.sparql.tokens import Token, position, tokens, whole_prologue

_NOT_SELECTED = "a parameter is replaced by its value, so it cannot be "
_START = Token("start", "", 0)
_BEFORE_SUBJECT = ("{", "}", ".")
_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")


def parameters_of(file: str, text: str, fields: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """The parameters of a query in the order in which they first stand, with their defaults and choices.

    `fields` is the header.  Raises DataError with the line of the mistake.
    """
    found = list(tokens(text))
    prologue = whole_prologue(found)
    _refuse_places(file, text, found)
    parameters: dict[str, Parameter] = {}
    for before, token in pairwise([_START, *found]):
        line = position(text, token.start)[0]
        if token.kind == "iri" and token.text.startswith(("<?_", "<$_")):
            raise DataError(file, f"`{token.text}` is an IRI; put a space after a `<` that compares", line)
        if not is_parameter(token):
            continue
        try:
            parameter = declared_by(token, line, prologue)
        except ValueError as error:
            raise DataError(file, str(error), line) from None
        if before.text in _BEFORE_SUBJECT and parameter.type.kind is not Kind.IRI:
            reason = f"a subject is an IRI, and `{token.text}` is not: let it end with _iri"
            raise DataError(file, reason, line)
        known = parameters.setdefault(parameter.name, parameter)
        if known.variable != parameter.variable:
            reason = f"the parameter {known.name} is `?{known.variable}` in line {known.line} and `{token.text}` here"
            raise DataError(file, reason, line)
    defaults = _by_name(file, text, "defaults", fields, parameters)
    offered = _by_name(file, text, "enumerate", fields, parameters)
    prefixes = dict(prologue.prefixes)
    made = (_with_header(p, defaults.get(p.name), offered.get(p.name, ())) for p in parameters.values())
    return tuple(_checked(file, text, parameter, prefixes) for parameter in made)


def _by_name(
    file: str, text: str, key: str, fields: Mapping[str, Any], parameters: Mapping[str, Parameter]
) -> dict[str, Any]:
    """What a list of the header says, by parameter: for `- name: value` the value, for `- name` None."""
    entries = fields.get(key) or []
    line = line_of(text, key)
    if not isinstance(entries, list) or not all(isinstance(entry, str | dict) for entry in entries):
        raise DataError(file, f"{key} in the header is a list, one line `- name: value` for each parameter", line)
    said: dict[str, Any] = {}
    for name, value in (pair for entry in entries for pair in _pairs(entry)):
        if name not in parameters:
            there = f"there are {', '.join(parameters)}" if parameters else "it has none"
            raise DataError(file, f"{key} in the header names {name}, no parameter of the query; {there}", line)
        if name in said:
            raise DataError(file, f"{key} in the header names {name} twice", line)
        if not _SHAPES[key](value):
            raise DataError(file, f"{key} in the header has {_SHAPES_IN_WORDS[key].format(name)}", line_of(text, name))
        said[name] = value
    return said


def _pairs(entry: str | Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return entry.items() if isinstance(entry, Mapping) else [(entry, None)]


def _is_list_of_values(value: object) -> bool:
    return value is None or (isinstance(value, list) and bool(value) and all(isinstance(v, str) and v for v in value))


_SHAPES: Mapping[str, Callable[[object], bool]] = {
    "defaults": lambda value: isinstance(value, str) and bool(value),
    "enumerate": _is_list_of_values,
}
_SHAPES_IN_WORDS = {
    "defaults": "no single value for {0}; write `- {0}: value`",
    "enumerate": "no list of values for {0}; write `- {0}: [a, b]`, or `- {0}` for those in the data",
}
"""What may stand behind the name of a parameter, by key of the header."""


def _with_header(parameter: Parameter, default: str | None, offered: Sequence[str] | None) -> Parameter:
    choices = tuple(Choice(value, value) for value in offered or ())
    return replace(
        parameter,
        default=default or "",
        choices=choices,
        is_closed=bool(choices),
        chosen_from_data=offered is None,
    )


def _checked(file: str, text: str, parameter: Parameter, prefixes: Mapping[str, str]) -> Parameter:
    """The same parameter.  Raises DataError if its default or a choice is none of its values."""
    values = [("defaults", parameter.default)] if parameter.default else []
    values += [("enumerate", choice.value) for choice in parameter.choices]
    for key, value in values:
        try:
            term(parameter.type, value, prefixes)
        except UnfitValueError as error:
            reason = f"{key} in the header gives {parameter.name} the value `{value}`, but {error}"
            raise DataError(file, reason, line_of(text, parameter.name)) from None
    if parameter.is_closed and parameter.default and parameter.default not in {c.value for c in parameter.choices}:
        reason = f"the default of {parameter.name} is none of the values that enumerate lists"
        raise DataError(file, reason, line_of(text, parameter.name))
    return parameter


def _refuse_places(file: str, text: str, found: Sequence[Token]) -> None:
    """Raises DataError for a parameter where only a variable can stand, so that no value could take its place."""
    section = ""
    depth = 0
    for before, token in pairwise([_START, *found]):
        if token.kind == "word":
            section = _section(token.text.upper(), section)
        elif token.kind == "symbol":
            depth += (token.text == "(") - (token.text == ")")
            section = "" if token.text in "{}" else section
        elif is_parameter(token):
            wrong = _wrong_place(section, before, in_brackets=depth > 0)
            if wrong:
                raise DataError(file, f"{_NOT_SELECTED}{wrong}", position(text, token.start)[0])


def _section(word: str, section: str) -> str:
    """In which part of the query what follows a word stands, as far as it matters here."""
    if word in ("SELECT", "GROUP", "VALUES", "ORDER"):
        return word
    return "" if word in ("WHERE", "FROM", "HAVING", "LIMIT", "OFFSET", *_FORMS) else section


def _wrong_place(section: str, before: Token, *, in_brackets: bool) -> str:
    if before.is_word("AS"):
        return "bound; give the result another name"
    if section == "VALUES":
        return "bound by VALUES; write the value where it is used"
    if section in ("SELECT", "GROUP") and not in_brackets:
        return {"SELECT": "selected", "GROUP": "grouped by"}[section] + "; bind it to another variable: BIND(?_a AS ?b)"
    return ""
