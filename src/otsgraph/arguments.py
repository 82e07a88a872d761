"""What people give for the parameters of a saved query → terms that are checked.

A thing may be given by its IRI, by a prefixed name, or by any name that it alone has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otsgraph.errors import UnfitParameter
from otsgraph.graph.names import Names, Thing, fold
from otsgraph.parameters import Kind, Parameter, UnfitValueError, absolute_iri, term
from otsgraph.quoting import quoted, truncated
from otsgraph.rdf.terms import iri
from otsgraph.saved_queries import SavedQuery
from otsgraph.sparql.rewrite import bound

MOST_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """A saved query with arguments: `given` is each as text, by parameter, `terms` what they became, by variable."""

    query: SavedQuery
    given: Mapping[str, str]
    terms: Mapping[str, str]

    def put_into(self, text: str) -> str:
        """The query, or another one made of it, with the terms in place."""
        return bound(text, self.terms)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What stands behind values that are not IRIs: prefixes, and names of things."""

    prefixes: Mapping[str, str]
    names: Names


def ask_with(query: SavedQuery, given: Sequence[tuple[str, str]], vocabulary: Vocabulary) -> BoundQuery:
    """The query with what was given as values, an empty one being none; what is not given has its default.

    Raises UnfitParameter, which names the parameter, for a value that is none, is missing, is there twice, or is for
    no parameter.
    """
    values = _values(query, given, vocabulary)
    terms: dict[str, str] = {}
    shown = {p.name: _value(p, values.get(p.name)) for p in query.parameters}
    for parameter in query.parameters:
        value = shown[parameter.name]
        if value:
            terms[parameter.variable] = _term(query, parameter, value, vocabulary)
        elif parameter.required:
            raise _unfit(parameter, f"The parameter `{parameter.name}` is missing", vocabulary)
    return BoundQuery(query, shown, terms)


def _value(parameter: Parameter, given: str | None) -> str:
    """What counts: the default where nothing is given; an empty value, as forms send it, is none."""
    if given is None:
        return parameter.default
    return given if given.strip() else ""


def _values(query: SavedQuery, given: Sequence[tuple[str, str]], vocabulary: Vocabulary) -> dict[str, str]:
    values: dict[str, str] = {}
    known = {parameter.name: parameter for parameter in query.parameters}
    for name, value in given:
        if name not in known:
            there = f"there {'is' if len(known) == 1 else 'are'} {', '.join(known)}" if known else "the query has none"
            raise UnfitParameter(f"There is no parameter {quoted(name)}; {there}.", parameter=truncated(name))
        if name in values:
            raise _unfit(known[name], f"The parameter `{name}` is there twice", vocabulary)
        values[name] = value
    return values


def _term(query: SavedQuery, parameter: Parameter, value: str, vocabulary: Vocabulary) -> str:
    prefixes = {**vocabulary.prefixes, **query.prefixes}
    try:
        if parameter.type.kind is Kind.IRI and absolute_iri(value.strip(), prefixes) is None:
            found = iri(_named(parameter, value, vocabulary))
        else:
            found = term(parameter.type, value, prefixes)
    except UnfitValueError as error:
        raise _unfit(parameter, f"The value of `{parameter.name}` does not fit: {error}", vocabulary) from None
    if parameter.is_closed:
        allowed = {term(parameter.type, choice.value, prefixes) for choice in parameter.choices}
        if found not in allowed:
            raise _unfit(parameter, f"The value of `{parameter.name}` is none of those that there are", vocabulary)
    return found


def _named(parameter: Parameter, value: str, vocabulary: Vocabulary) -> str:
    """The IRI of the thing that has a name, among the choices of a parameter first."""
    folded = fold(value)
    choices = {
        absolute_iri(choice.value, vocabulary.prefixes) or "": fold(choice.label) for choice in parameter.choices
    }
    offered = [chosen for chosen, label in choices.items() if chosen and folded and label == folded]
    if len(offered) == 1:
        return offered[0]
    named = vocabulary.names.named(value)
    found = [thing for thing in named if thing.iri in choices] or named
    if len(found) == 1:
        return found[0].iri
    if found:
        raise _unfit(parameter, f"{quoted(value)} names {len(found)} things; give the IRI of one", vocabulary, found)
    similar = [match.thing for match in vocabulary.names.near(value)]
    raise _unfit(parameter, f"Nothing is called {quoted(value)}", vocabulary, similar)


def called(value: str, vocabulary: Vocabulary) -> str:
    """The label of the thing that a value stands for, if that is a name which it alone has; else the value itself."""
    found = absolute_iri(value, vocabulary.prefixes)
    thing = vocabulary.names.thing(found) if found else None
    return thing.label if thing and vocabulary.names.named(thing.label) == [thing] else value


def _unfit(
    parameter: Parameter, reason: str, vocabulary: Vocabulary, candidates: Sequence[Thing] = ()
) -> UnfitParameter:
    """`candidates` are things that may have been meant."""
    example = parameter.example
    if parameter.type.kind is Kind.IRI:
        example = called(example, vocabulary)
    detail = f"{reason}. It takes {parameter.type.takes}, for example {example}."
    members: dict[str, str | list[str]] = {
        "parameter": parameter.name,
        "takes": parameter.type.takes,
        "example": example,
    }
    if candidates:
        members["candidates"] = [thing.iri for thing in candidates[:MOST_CANDIDATES]]
    if parameter.is_closed:
        members["choices"] = [choice.value for choice in parameter.choices]
        detail += f" There are {', '.join(choice.value for choice in parameter.choices)}."
    return UnfitParameter(detail, **members)
