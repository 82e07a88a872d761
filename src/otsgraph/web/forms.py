"""A form for the parameters of a saved query, with a control that suits each; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otsgraph.graph.names import fold
from otsgraph.queries.parameters import Kind, Parameter
from otsgraph.queries.saved import SavedQuery
from otsgraph.rdf.terms import XSD
from otsgraph.web.links import in_words

_CONTROLS: Mapping[str, str] = {
    XSD + "integer": "number",
    XSD + "gYear": "number",
    XSD + "date": "date",
    XSD + "gYearMonth": "month",
    XSD + "anyURI": "url",
}
"""The type of input for a datatype (HTML §4.10.5.1); text where none is said."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a list: its value, what people call it, and whether it is chosen."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One control: `control` is `select` or a type of input; `hint` says what it takes; `problem` what is wrong with
    its value, or is empty."""

    name: str
    title: str
    control: str
    value: str
    hint: str
    required: bool
    options: tuple[Option, ...] = ()
    problem: str = ""


def fields_of(
    query: SavedQuery, given: Mapping[str, str], terms: Mapping[str, str], problems: Mapping[str, str]
) -> tuple[Field, ...]:
    """The controls for a query's parameters.

    `given` are values as people typed them and `problems` what is wrong with them, by parameter; `terms` what they
    became, by variable.
    """
    terms = {**query.default_terms, **terms}
    return tuple(
        _field(p, given.get(p.name, p.default), terms.get(p.variable, ""), problems.get(p.name, ""))
        for p in query.parameters
    )


def _field(parameter: Parameter, value: str, term: str, problem: str) -> Field:
    choices = [(choice.value, choice.label) for choice in parameter.choices]
    if parameter.type.datatype == XSD + "boolean":
        choices = [("true", "yes"), ("false", "no")]
    chosen = _chosen(choices, value, term)
    options = tuple(Option(v, label, v == chosen) for v, label in choices)
    if options and value and chosen is None:
        options = (Option(value, value, True), *options)
    if options and not parameter.required:
        options = (Option("", "any", not value), *options)
    # browsers show nothing of a value that does not fit a control
    control = "select" if options else "text" if problem else _CONTROLS.get(parameter.type.datatype, "text")
    hint = "" if options else _hint(parameter)
    return Field(parameter.name, in_words(parameter.name), control, value, hint, parameter.required, options, problem)


def _chosen(choices: Sequence[tuple[str, str]], value: str, term: str) -> str | None:
    """Which choice a value is, by what it became, by itself, or by what it is called."""
    for v, _ in choices:
        if value and (v == value or term in (v, f"<{v}>")):
            return v
    return next((v for v, label in choices if value and fold(value) == fold(label)), None)


def _hint(parameter: Parameter) -> str:
    if parameter.type.kind is Kind.IRI:
        return "a name in any language, or an IRI"
    return parameter.type.takes + ("" if parameter.required else ", or nothing")
