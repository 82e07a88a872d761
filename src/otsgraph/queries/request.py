"""One request to a saved query: its arguments, the page of rows, evidence columns and time limit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otsgraph.errors import MalformedRequest, RequestError, UnfitParameter
from otsgraph.graph.names import Names, Thing, fold
from otsgraph.queries.parameters import OPTIONS, Kind, Parameter, UnfitValueError, absolute_iri, term
from otsgraph.queries.saved import MOST_ROWS_A_PAGE, CompiledQuery, QueryForm, SavedQuery
from otsgraph.quoting import quoted, truncated
from otsgraph.rdf.terms import iri
from otsgraph.sparql.protocol import time_limit
from otsgraph.sparql.rewrite import Rows

MOST_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """A saved query with arguments: `given` is each as text, by parameter, `terms` what they became, by variable."""

    query: SavedQuery
    given: Mapping[str, str]
    terms: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What stands behind values that are not IRIs: prefixes, and names of things."""

    prefixes: Mapping[str, str]
    names: Names


def ask_with(query: SavedQuery, given: Sequence[tuple[str, str]], vocabulary: Vocabulary) -> BoundQuery:
    """Returns the query with values; one that is empty counts as not given, one that is absent has its default.

    Raises UnfitParameter, which names the parameter, for an unknown parameter, and for a value that does not fit, is
    missing or is given twice.
    """
    by_name: dict[str, list[str]] = {p.name: [] for p in query.parameters}
    for name, value in given:
        if name not in by_name:
            raise unknown_parameter(query, name)
        by_name[name].append(value)
    shown = {p.name: _one(p, by_name[p.name], vocabulary) for p in query.parameters}
    terms = {p.variable: _term(query, p, shown[p.name], vocabulary) for p in query.parameters if shown[p.name]}
    return BoundQuery(query, shown, terms)


def unknown_parameter(query: SavedQuery, name: str) -> RequestError:
    """Returns the error for a parameter that the query does not have."""
    known = [p.name for p in query.parameters]
    there = f"there {'is' if len(known) == 1 else 'are'} {', '.join(known)}" if known else "the query has none"
    return UnfitParameter(f"There is no parameter {quoted(name)}; {there}.", parameter=truncated(name))


def missing_value(parameter: Parameter, vocabulary: Vocabulary) -> RequestError:
    """Returns the error for a parameter that needs a value and has none."""
    return _unfit(parameter, f"The parameter `{parameter.name}` is missing", vocabulary)


def check_value(query: SavedQuery, parameter: Parameter, vocabulary: Vocabulary, given: Sequence[str]) -> None:
    """Checks the values given for a parameter, as far as that takes no look-up of names.  Raises UnfitParameter."""
    value = _one(parameter, given, vocabulary)
    if value and not _is_name(query, parameter, value, vocabulary):
        _term(query, parameter, value, vocabulary)


def _one(parameter: Parameter, given: Sequence[str], vocabulary: Vocabulary) -> str:
    """Returns the value that counts, or "" if there is none; forms send an empty value for none."""
    if len(given) > 1:
        raise _unfit(parameter, f"The parameter `{parameter.name}` is given twice", vocabulary)
    value = given[0] if given else parameter.default
    if not value.strip() and parameter.required:
        raise missing_value(parameter, vocabulary)
    return value if value.strip() else ""


def _is_name(query: SavedQuery, parameter: Parameter, value: str, vocabulary: Vocabulary) -> bool:
    prefixes = {**vocabulary.prefixes, **query.prefixes}
    return parameter.type.kind is Kind.IRI and absolute_iri(value.strip(), prefixes) is None


def _term(query: SavedQuery, parameter: Parameter, value: str, vocabulary: Vocabulary) -> str:
    prefixes = {**vocabulary.prefixes, **query.prefixes}
    try:
        if _is_name(query, parameter, value, vocabulary):
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
    offered = [choice.iri for choice in parameter.choices if choice.iri and folded and choice.folded == folded]
    if len(offered) == 1:
        return offered[0]
    named = vocabulary.names.named(value)
    choices = {choice.iri for choice in parameter.choices}
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


ROWS_A_PAGE = 100
"""Rows of a page where neither the query nor the client says how many."""

LAST_PAGE = 10**9


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the rows: page `number`, counted from 1, where each page has so many `rows`."""

    number: int
    rows: int

    @property
    def first(self) -> int:
        """The rows before it."""
        return (self.number - 1) * self.rows

    def last_of(self, total: int) -> int:
        """The number of the last page of so many rows altogether; there is always a first one."""
        return max(1, -(-total // self.rows))


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for beside arguments: `page` is None where no page was, `time_limit` in seconds [s]."""

    page: Page | None
    evidence: bool
    time_limit: float


@dataclass(frozen=True, slots=True)
class SavedRequest:
    """One request to a saved query."""

    bound: BoundQuery
    options: Options

    @property
    def text(self) -> str:
        """The query for all rows."""
        return self._compiled.whole.bound(self.bound.terms)

    @property
    def count(self) -> str:
        """The query for the number of all rows."""
        return self._rows.count.bound(self.bound.terms)

    def text_of(self, page: Page) -> str:
        """Returns the query for the rows of a page."""
        return self._rows.window(page.first, page.rows, self.bound.terms)

    @property
    def _compiled(self) -> CompiledQuery:
        query = self.bound.query
        return query.with_evidence if self.options.evidence and query.with_evidence else query.compiled

    @property
    def _rows(self) -> Rows:
        rows = self._compiled.rows
        assert rows is not None  # noqa: S101 - options give pages to SELECT queries only, which were tried
        return rows


def read_options(query: SavedQuery, parameters: Sequence[tuple[str, str]]) -> Options:
    """Returns what an address asks for beside arguments.  Raises MalformedRequest with what would be right."""
    given = {name: [value for key, value in parameters if key == name] for name in OPTIONS}
    number, rows = page_number(given["page"]), rows_per_page(given["per_page"])
    page = None
    if number is not None or rows is not None:
        if query.form is not QueryForm.SELECT:
            raise option_without_use(query, "page")
        page = Page(number or 1, rows or query.rows_a_page or ROWS_A_PAGE)
    return Options(page, evidence_wanted(query, given["evidence"]), time_limit(parameters))


def read_request(query: SavedQuery, parameters: Sequence[tuple[str, str]], vocabulary: Vocabulary) -> SavedRequest:
    """Returns what an address asks a saved query for.  Raises MalformedRequest or UnfitParameter."""
    options = read_options(query, parameters)
    return SavedRequest(ask_with(query, arguments_of(parameters), vocabulary), options)


def arguments_of(parameters: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Returns those parameters of an address that are meant for the query."""
    return [(name, value) for name, value in parameters if name not in OPTIONS]


def page_number(given: Sequence[str]) -> int | None:
    """Returns the page that is asked for, or None.  Raises MalformedRequest."""
    return _number("page", given, LAST_PAGE)


def rows_per_page(given: Sequence[str]) -> int | None:
    """Returns the rows per page that are asked for, or None.  Raises MalformedRequest."""
    return _number("per_page", given, MOST_ROWS_A_PAGE)


def option_without_use(query: SavedQuery, name: str) -> MalformedRequest:
    """Returns the error for an option that makes no sense for a query: `page`, `per_page` or `evidence`."""
    if name == "evidence":
        reason = "The rows of this query are not statements, so they have no evidence: leave `evidence` out."
    else:
        reason = f"Only the rows of a SELECT query come in pages; this is {query.form.value}."
    return MalformedRequest(reason)


def _number(name: str, given: Sequence[str], most: int) -> int | None:
    if not given:
        return None
    if len(given) > 1 or not re.fullmatch("[0-9]{1,10}", given[0]) or not 1 <= int(given[0]) <= most:
        raise MalformedRequest(f"`{name}` is one whole number from 1 to {most:,}.")
    return int(given[0])


def evidence_wanted(query: SavedQuery, given: Sequence[str]) -> bool:
    """Returns whether evidence is asked for.  Raises MalformedRequest, also if the query's rows have none."""
    if not given:
        return False
    if len(given) > 1 or given[0] not in ("0", "1"):
        raise MalformedRequest("`evidence` is 1, for columns that say who states it and where, or 0.")
    if given[0] == "1" and not query.evidence:
        raise option_without_use(query, "evidence")
    return given[0] == "1"
