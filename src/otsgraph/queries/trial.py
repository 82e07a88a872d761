"""Tries saved queries on the data before they are served, each in a process of its own."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NoReturn

import pyoxigraph as ox

from otsgraph.errors import DataError, RequestError, size_text
from otsgraph.process import sandbox
from otsgraph.queries.header import line_of
from otsgraph.queries.parameters import Choice, Kind, Parameter, ParameterType, absolute_iri, as_value, sample_terms
from otsgraph.queries.saved import QueryForm, SavedQuery
from otsgraph.rdf.terms import RDF, XSD
from otsgraph.sparql.evaluator import check_syntax
from otsgraph.sparql.federation import mentions_service
from otsgraph.sparql.rewrite import values_of


def within(seconds: float, memory: int, work: Sequence[Callable[[], list[str]]]) -> list[list[str]]:
    """What pieces of work give, one after another, as far as they are done within a time [s] and a memory [bytes].

    They are done in a fork of the process, which is killed if need be: the store's library cannot be interrupted.
    """
    give_up = time.monotonic() + seconds
    receives, sends = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(receives)
        _work_and_end(work, memory, sends, parent)
    os.close(sends)
    done = b""
    try:
        while select.select([receives], [], [], max(0.0, give_up - time.monotonic()))[0]:
            piece = os.read(receives, 2**16)
            if not piece:
                break
            done += piece
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(receives)
    return [json.loads(line) for line in done.split(b"\n")[:-1]]


def _work_and_end(work: Sequence[Callable[[], list[str]]], memory: int, sends: int, parent: int) -> NoReturn:
    """Writes a line for each piece of work and ends this process, without what its parent would do at its end."""
    try:
        sandbox.die_with_parent(parent)
        sandbox.dump_no_core()
        # the store's library writes its own report there before it ends for lack of memory
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        most = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        with os.fdopen(sends, "wb") as pipe:
            for piece in work:
                pipe.write(json.dumps(piece()).encode() + b"\n")
                pipe.flush()
    finally:
        os._exit(0)


CHOICES_TIME_LIMIT = 5.0
CHOICES_MEMORY_LIMIT = 2**30
"""The values of a parameter have to be found within this time [s] and memory [bytes], or nothing would be served for
their sake."""

MOST_CHOICES = 200
"""A parameter with more values than that in the data offers none: nobody reads a longer list."""


def try_query(query: SavedQuery, services: Collection[str] = ()) -> None:
    """Raises DataError, with the line, for a query that cannot be asked, as it stands or with values in place.

    Nothing is looked up.  A query that asks another endpoint, one of `services`, is not tried further, so that nobody
    is called.
    """
    for text, what in _variants(query):
        try:
            check_syntax(text, services)
        except RequestError as error:
            line, column = (int(str(error.members.get(place) or 0)) for place in ("line", "column"))
            raise DataError(f"{query.name}.rq", f"{what}{error.detail}", line, 0 if what else column) from None


def _variants(query: SavedQuery) -> Iterator[tuple[str, str]]:
    """The texts that may be asked, and how to speak of those that are not the file's own."""
    yield query.text, ""
    required = [p for p in query.parameters if p.required]
    for parameters in (required, query.parameters):
        if parameters:
            names = ", ".join(p.name for p in parameters)
            yield query.compiled.whole.bound(sample_terms(parameters)), f"with values for {names}: "
    if query.form is QueryForm.SELECT:
        if query.compiled.rows is None:
            reason = "the parts of the query cannot be told apart; put a space after each `<` that compares"
            raise DataError(f"{query.name}.rq", reason)
        yield query.compiled.rows.window(0, 1, {}), "for one page of its rows: "
        yield query.compiled.rows.count.bound({}), "to count its rows: "
    if query.with_evidence:
        yield query.with_evidence.whole.bound({}), "with evidence: "


def with_choices(queries: Sequence[SavedQuery], store: ox.Store, labels: Mapping[str, str]) -> list[SavedQuery]:
    """The queries with the values that their parameters can be chosen from, and their labels; `labels` by IRI.

    Raises DataError if the values in the data cannot be found within the limits above.
    """
    # a query that asks another endpoint offers no values: nobody is called while data are loaded
    local = [query for query in queries if query.form is QueryForm.SELECT and not mentions_service(query.text)]
    wanted = [(query, parameter) for query in local for parameter in query.parameters if parameter.chosen_from_data]
    work = [partial(_values_in_data, query, parameter, store) for query, parameter in wanted]
    found = within(CHOICES_TIME_LIMIT, CHOICES_MEMORY_LIMIT, work)
    if len(found) < len(wanted):
        query, parameter = wanted[len(found)]
        limits = f"{CHOICES_TIME_LIMIT:g} seconds and {size_text(CHOICES_MEMORY_LIMIT)}"
        reason = f"the values of {parameter.name} cannot be found within {limits}; list them"
        raise DataError(f"{query.name}.rq", reason, line_of(query.text, "enumerate"))
    in_data = {(q.name, p.name): values for (q, p), values in zip(wanted, found, strict=True)}
    return [_with_labels(query, in_data, labels) for query in queries]


def _with_labels(
    query: SavedQuery, in_data: Mapping[tuple[str, str], Sequence[str]], labels: Mapping[str, str]
) -> SavedQuery:
    parameters = []
    for parameter in query.parameters:
        listed = [choice.value for choice in parameter.choices]
        values = in_data.get((query.name, parameter.name), listed)
        shown = values if len(values) <= MOST_CHOICES else ()
        parameters.append(replace(parameter, choices=tuple(_choices(query, parameter, shown, labels))))
    return replace(query, parameters=tuple(parameters))


def _choices(query: SavedQuery, parameter: Parameter, values: Sequence[str], labels: Mapping[str, str]) -> list[Choice]:
    if parameter.type.kind is not Kind.IRI:
        return [Choice(value, value) for value in values]
    iris = [(value, absolute_iri(value, query.prefixes) or value) for value in values]
    choices = [Choice(as_value(value, query.prefixes), labels.get(iri, value)) for value, iri in iris]
    return sorted(choices, key=lambda choice: (choice.label, choice.value))


def _values_in_data(query: SavedQuery, parameter: Parameter, store: ox.Store) -> list[str]:
    """The values of a parameter's type that have answers, in the store's order; one too many where there are more."""
    found = store.query(values_of(query.text, parameter.variable, MOST_CHOICES + 1))
    assert isinstance(found, ox.QuerySolutions)  # noqa: S101
    return [row[0].value for row in found if _is_of_type(row[0], parameter.type)]


def _is_of_type(term: object, type_: ParameterType) -> bool:
    if type_.kind is Kind.IRI or not isinstance(term, ox.Literal):
        return type_.kind is Kind.IRI and isinstance(term, ox.NamedNode)
    if type_.kind is Kind.TEXT:
        return (term.language or "") == type_.language and term.datatype.value in (XSD + "string", RDF + "langString")
    return term.datatype.value == type_.datatype
