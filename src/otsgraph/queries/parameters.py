"""Parameters of saved queries: types, choices, and the RDF terms that values become.

Sources: grlc (README); grlc (README, "Parameters"); SPARQL 1.1 Query §19.8; the lexical forms are those of
`datatypes`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import pairwise
from typing import Any

from otsgraph.errors import DataError
from otsgraph.graph.names import fold
from otsgraph.queries.header import line_of
from otsgraph.rdf.datatypes import DATATYPES, is_valid
from otsgraph.rdf.terms import XSD, iri, is_xml_text, literal
from otsgraph.sparql.tokens import Prologue, Token, position

_NOT_SELECTED = "a parameter is replaced by its value, so it cannot be "
_START = Token("start", "", 0)
_BEFORE_SUBJECT = ("{", "}", ".")
_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")


def parameters_of(
    file: str, text: str, fields: Mapping[str, Any], found: Sequence[Token], prologue: Prologue, *, lists: bool = False
) -> tuple[Parameter, ...]:
    """Returns the parameters of a query in the order of their first places, with their defaults and choices.

    `fields` is the header, `found` are the tokens of the text; with `lists` a parameter may stand inside VALUES.
    Raises DataError with the line of the mistake.
    """
    _refuse_places(file, text, found, lists=lists)
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
"""What may follow the name of a parameter, by key of the header."""


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


def _refuse_places(file: str, text: str, found: Sequence[Token], *, lists: bool) -> None:
    """Raises DataError for a parameter where only a variable can stand, so that no value could take its place."""
    section = ""
    depth = 0
    for before, token in pairwise([_START, *found]):
        if token.kind == "word":
            section = _section(token.text.upper(), section)
        elif token.kind == "symbol":
            depth += (token.text == "(") - (token.text == ")")
            section = "" if token.text in "{}" else section
        elif is_parameter(token) and not (lists and section == "VALUES"):
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


OPTIONS = ("evidence", "page", "per_page", "timeout")
"""Names that mean something else in the address of a saved query."""

RESERVED = (*OPTIONS, "format", "lang", "bom", "embed", "sort")
"""Names that no parameter may have: those of the options, and those kept for options to come."""

LONGEST_VALUE = 2_000
"""Characters that a value may have."""

_VARIABLE = re.compile(r"[?$](?P<optional>__?)(?P<name>[A-Za-z0-9]+)(?:_(?P<type>\w+))?")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_HOST_CHARACTER = (
    r"[A-Za-z0-9._~!$&'()*+,;=\-\xa1-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U000dffff\U000e1000-\U000efffd]"
    r"|%[0-9A-Fa-f]{2}"
)
_CHARACTER = f"{_HOST_CHARACTER}|[:@]"
_ABSOLUTE_IRI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.-]*:(?://(?:(?:{_HOST_CHARACTER}|:)*@)?(?:{_HOST_CHARACTER})*(?::[0-9]*)?(?=[/?#]|\Z)|(?!//))"
    rf"(?:{_CHARACTER}|/)*(?:\?(?:{_CHARACTER}|[/?])*)?(?:\#(?:{_CHARACTER}|[/?])*)?"
)
"""RFC 3987 §2.2, but for what it allows in few places: hosts in square brackets, and characters of private use."""

_SCHEMES = ("did", "doi", "info", "mailto", "tag", "urn")
"""Schemes of IRIs without slashes (IANA, URI Schemes)."""


class UnfitValueError(ValueError):
    """A text is not a value of the type; the message says why."""


class Kind(Enum):
    """What sort of term a parameter takes."""

    IRI = "iri"
    TEXT = "text"
    TYPED = "typed"


@dataclass(frozen=True, slots=True)
class ParameterType:
    """What values a parameter takes: `takes` in words, `example` as text, `datatype` an IRI and `language` a tag or
    empty."""

    kind: Kind
    takes: str
    example: str
    datatype: str = ""
    language: str = ""


_IRI = ParameterType(Kind.IRI, "the name or the IRI of a thing", "https://w3id.org/otsgraph/id/state/hungary")
_TEXT = ParameterType(Kind.TEXT, "text", "Budapest")
_TYPED = {row.name: ParameterType(Kind.TYPED, row.takes, row.example, datatype=name) for name, row in DATATYPES.items()}
_NAMED: Mapping[str, ParameterType] = {
    "iri": _IRI,
    "literal": _TEXT,
    "string": _TEXT,
    **_TYPED,
    "number": _TYPED["decimal"],
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a parameter can have, as text, and its label for people.

    `folded` is the label as names are compared, and `iri` the IRI that the value stands for, or empty.
    """

    value: str
    label: str
    folded: str = field(init=False, repr=False, compare=False)
    iri: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "folded", fold(self.label))
        object.__setattr__(self, "iri", absolute_iri(self.value, {}) or "")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a saved query.

    `variable` is the variable's name in the query, and `line` where it first stands; `default` is a value as text, or
    empty.  `choices` are the values offered: all that there are if it `is_closed`, else some that have answers.
    """

    name: str
    type: ParameterType
    required: bool
    variable: str
    line: int
    default: str = ""
    choices: tuple[Choice, ...] = ()
    is_closed: bool = False
    chosen_from_data: bool = False

    @property
    def example(self) -> str:
        """A value that can be given."""
        return self.default or (self.choices[0].value if self.choices else self.type.example)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Parameter:
        """Returns the parameter of which `dataclasses.asdict` made a record, also by way of JSON."""
        type_ = ParameterType(**{**record["type"], "kind": Kind(record["type"]["kind"])})
        choices = tuple(Choice(choice["value"], choice["label"]) for choice in record["choices"])
        return cls(**{**record, "type": type_, "choices": choices})


def is_parameter(token: Token) -> bool:
    """Whether a token is a variable that begins as those of parameters do."""
    return token.kind == "variable" and token.text[1:].startswith("_")


def declared_by(token: Token, line: int, prologue: Prologue) -> Parameter:
    """The parameter that a token, in a line of the query, is.  Raises ValueError that says why it is none."""
    found = _VARIABLE.fullmatch(token.text)
    if found is None:
        raise ValueError(f"`{token.text}` is not a parameter: after _ or __ come letters and digits, then _ and a type")
    if found["name"] in RESERVED:
        raise ValueError(f"no parameter can be called {found['name']}, which means something else in an address")
    type_ = _type_named(found["type"] or "literal", prologue)
    return Parameter(found["name"], type_, found["optional"] == "_", token.text[1:], line)


def _type_named(name: str, prologue: Prologue) -> ParameterType:
    """The type that a suffix says: `iri`, `literal`, a datatype of XML Schema, `prefix_datatype`, or a language.

    Raises ValueError with the names that there are.
    """
    if name in _NAMED:
        return _NAMED[name]
    prefix, underscore, local = name.partition("_")
    namespace = dict(prologue.prefixes).get(prefix)
    if underscore and namespace == XSD and local in _NAMED:
        return _NAMED[local]
    if _LANGUAGE.fullmatch(name):
        return ParameterType(Kind.TEXT, f"text in the language {name}", "Budapest", language=name)
    raise ValueError(f"there is no type `{name}`; there are {', '.join(_NAMED)}, and the tags of languages, like hu")


def absolute_iri(text: str, prefixes: Mapping[str, str]) -> str | None:
    """The IRI that a text is or, with one of the prefixes, stands for; None if it is neither.

    A mistyped prefix would be the scheme of an IRI too: outside of brackets only schemes that are in use are taken.
    """
    prefix, colon, local = text.partition(":")
    if text.startswith("<") and text.endswith(">"):
        whole = text[1:-1]
    elif colon and prefix in prefixes:
        whole = prefixes[prefix] + local
    else:
        whole = text if local.startswith("//") or prefix.lower() in _SCHEMES else ""
    return whole if _ABSOLUTE_IRI.fullmatch(whole) else None


def as_value(value: str, prefixes: Mapping[str, str]) -> str:
    """An IRI, or what stands for one with some prefixes, as a text that stands for it with none."""
    known = absolute_iri(value, prefixes) or value
    return known if absolute_iri(known, {}) else f"<{known}>"


def term(type_: ParameterType, text: str, prefixes: Mapping[str, str]) -> str:
    """The term, as N-Triples writes it, that a text is of a type.  Raises UnfitValueError."""
    if len(text) > LONGEST_VALUE:
        raise UnfitValueError(f"it has more than {LONGEST_VALUE:,} characters")
    if not is_xml_text(text):
        raise UnfitValueError("it has characters that no text has")
    if type_.kind is Kind.IRI:
        found = absolute_iri(text.strip(), prefixes)
        if found is None:
            raise UnfitValueError("it is not an IRI")
        return iri(found)
    if type_.kind is Kind.TEXT:
        return literal(text, language=type_.language)
    if not is_valid(text.strip(), type_.datatype):
        raise UnfitValueError(f"it is not {type_.takes}")
    return literal(text.strip(), datatype=type_.datatype)


def sample_terms(parameters: Sequence[Parameter]) -> dict[str, str]:
    """A term for each parameter, by variable, for trying what a query becomes."""
    return {p.variable: term(p.type, p.type.example, {}) for p in parameters}
