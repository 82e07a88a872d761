"""Tries saved queries before anybody asks them: whether each can be asked, and for which values there are answers.

Runs where the dataset is prepared, beside the store.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

import pyoxigraph as ox

from otsgraph.errors import DataError, RequestError
from otsgraph.evaluation import Evaluator
from otsgraph.federation import mentions_service, refuse_service
from otsgraph.operation import FormatChoice, QueryOperation
from otsgraph.parameters import Choice, Kind, Parameter, bound, sample_terms
from otsgraph.query_parts import row_count, values_of, window, with_evidence
from otsgraph.saved_queries import QueryForm, SavedQuery

MOST_CHOICES = 200
"""A parameter with more values than that in the data offers none: nobody reads a longer list."""

_LARGEST_RESULT = 2**20


def try_query(query: SavedQuery, services: Collection[str] = ()) -> None:
    """Raises DataError, with the line, for a query that cannot be asked, as it stands or with values in place.

    Nothing is looked up: the store of the trial is empty.  A query that asks another endpoint, one of `services`, is
    not tried further, so that nobody is called.
    """
    file = f"{query.name}.rq"
    evaluator = Evaluator(ox.Store(), {}, _LARGEST_RESULT)
    for text, what in _variants(query):
        try:
            if services and mentions_service(text):
                refuse_service(text, services)
                continue
            evaluator.evaluate(QueryOperation(text), FormatChoice())
        except RequestError as error:
            line, column = (int(str(error.members.get(place) or 0)) for place in ("line", "column"))
            raise DataError(file, f"{what}{error.detail}", line, 0 if what else column) from None


def _variants(query: SavedQuery) -> Iterator[tuple[str, str]]:
    """The texts that may be asked, and how to speak of those that are not the file's own."""
    yield query.text, ""
    required = [p for p in query.parameters if p.required]
    for parameters in (required, query.parameters):
        if parameters:
            names = ", ".join(p.name for p in parameters)
            yield bound(query.text, sample_terms(parameters)), f"with values for {names}: "
    if query.form is QueryForm.SELECT:
        yield window(query.text, 0, 1), "for one page of its rows: "
        yield row_count(query.text), "to count its rows: "
    if query.evidence:
        yield with_evidence(query.text, query.evidence), "with evidence: "


def with_choices(query: SavedQuery, store: ox.Store, labels: Mapping[str, str]) -> SavedQuery:
    """The query with the values that its parameters can be chosen from, and their labels; `labels` by IRI."""
    return replace(query, parameters=tuple(_with_choices(query, p, store, labels) for p in query.parameters))


def _with_choices(query: SavedQuery, parameter: Parameter, store: ox.Store, labels: Mapping[str, str]) -> Parameter:
    values = [choice.value for choice in parameter.choices]
    if parameter.chosen_from_data and query.form is QueryForm.SELECT:
        found = store.query(values_of(query.text, parameter.variable, MOST_CHOICES + 1))
        assert isinstance(found, ox.QuerySolutions)  # noqa: S101
        values = [row[0].value for row in found if row[0] is not None and not isinstance(row[0], ox.BlankNode)]
        values = values if len(values) <= MOST_CHOICES else []
    if parameter.type.kind is not Kind.IRI:
        return replace(parameter, choices=tuple(Choice(value, value) for value in values))
    choices = (Choice(value, labels.get(value, value)) for value in values)
    return replace(parameter, choices=tuple(sorted(choices, key=lambda choice: (choice.label, choice.value))))
