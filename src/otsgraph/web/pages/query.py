"""The page of a saved query: its form, its answer as table or chart, Markdown and commands to copy."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from otsgraph.dataset.info import DatasetInfo
from otsgraph.errors import RequestError
from otsgraph.graph.names import Thing, fold
from otsgraph.queries.header import without_header
from otsgraph.queries.parameters import LONGEST_VALUE, RESERVED, Kind, Parameter
from otsgraph.queries.request import Page, SavedRequest, Vocabulary, called
from otsgraph.queries.saved import SavedQuery
from otsgraph.quoting import printable, truncated
from otsgraph.rdf import datatypes
from otsgraph.rdf.terms import XSD
from otsgraph.web.charts.tables import chart
from otsgraph.web.http.html import in_words, leads_to, page, shortened, with_parameters, without_middle
from otsgraph.web.http.problems import problem_body, problem_headers
from otsgraph.web.pages.tables import Cell, View, iris, with_labels, without_repetition


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
    control = "select" if options else "text" if problem else datatypes.control(parameter.type.datatype)
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


_MARKS = re.compile(r"([\\`*_{}\[\]<>|#&~!])")


def as_markdown(asked: SavedRequest, shown: Shown, base: str) -> str:
    """The text; `base` is the address of the site, without a slash at its end."""
    query = asked.bound.query
    parts = [f"# {_plain(query.summary)}", _plain(query.description)]
    given = [f"- {in_words(name)}: {_plain(value)}" for name, value in asked.bound.given.items() if value]
    parts += ["\n".join(given)] if given else []
    if shown.view.too_large:
        parts.append(f"The result has {shown.view.too_large:,} bytes, too many for a text. Get it in another format.")
    elif shown.view.graph is not None:
        parts.append(f"```turtle\n{shown.view.graph.strip()}\n```")
    elif shown.view.rows:
        lines = [[in_words(column) for column in shown.view.columns], ["---"] * len(shown.view.columns)]
        lines += [[_cell(cell, base) for cell in row] for row in shown.view.rows]
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    else:
        parts.append(shown.view.hint or "No rows: the graph does not say.")
    if shown.view.graph is None and not shown.view.too_large:
        first, number = shown.view.first, len(shown.view.rows)
        parts.append(f"Rows {first + 1} to {first + number} of {shown.view.total}." if number else "0 rows.")
    parts.append(f"{base}/queries/{query.name}")
    return "\n\n".join(filter(None, parts)) + "\n"


def _cell(cell: Cell, base: str) -> str:
    text = _plain(cell.value)
    if not cell.link:
        return text
    address = base + cell.link if cell.link.startswith("/") else cell.link
    return f"[{text}](<{address}>)"


def _plain(text: str) -> str:
    """Text whose characters stand for themselves, in one line; addresses become links all the same."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


_FORMATS: Mapping[str, str] = {
    "json": "SPARQL results as JSON",
    "xml": "SPARQL results as XML",
    "csv": "a table for spreadsheets",
    "tsv": "a table that keeps terms whole",
    "ttl": "Turtle",
    "nt": "N-Triples",
    "rdf": "RDF/XML",
    "jsonld": "JSON-LD",
    "md": "text with a table",
    "html": "this page",
}
"""What the formats are for, by name."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """Some lines to copy, and for whom they are."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """One format: its name, the address of the answer in it, and what it is for."""

    name: str
    address: str
    what: str


def links(query: SavedQuery, parameters: Sequence[tuple[str, str]]) -> list[Link]:
    """The same answer in each format."""
    names = [format_.syntax.name for format_ in query.formats]
    return [Link(n, with_parameters(f"/queries/{query.name}.{n}", parameters), _FORMATS[n]) for n in names]


def snippets(query: SavedQuery, parameters: Sequence[tuple[str, str]], base: str) -> list[Snippet]:
    """Ways to get the same answer: in a shell, in Python, in a spreadsheet, without a server.

    `base` is the address of the site, without a slash at its end.
    """
    path = f"{base}/queries/{query.name}"
    command = _command(query, parameters)
    if query.form.gives_graph:
        turtle = with_parameters(f"{path}.ttl", parameters)
        python = f'from rdflib import Graph\n\ngraph = Graph().parse("{turtle}")'
        return [Snippet("In a shell", f"curl '{turtle}'"), Snippet("In Python", python), command]
    table = with_parameters(f"{path}.csv", parameters)
    python = f'import pandas\n\ntable = pandas.read_csv("{table}")'
    return [
        Snippet("In a shell", f"curl '{table}'"),
        Snippet("In Python", python),
        Snippet("In a spreadsheet", f'=IMPORTDATA("{table}")'),
        command,
    ]


def _command(query: SavedQuery, parameters: Sequence[tuple[str, str]]) -> Snippet:
    words = ["otsgraph", "query", "--saved", query.name]
    own = {parameter.name for parameter in query.parameters}
    words += [word for name, value in parameters if name in own for word in ("-p", f"{name}={value}")]
    words += ["--evidence"] * (("evidence", "1") in parameters)
    return Snippet("Without a server", shlex.join(words))


_NOT_OF_THE_ANSWER = ("page", "per_page", "timeout")
"""Parameters of an address that the other ways to the same answer go without."""

_BEFORE_AN_ANSWER: Mapping[str, Any] = {
    "shown": None,
    "drawn": None,
    "about": {},
    "evidence": False,
    "is_asked": False,
    "links": (),
    "snippets": (),
    "pages": {},
    "problem": None,
    "meant": (),
}
"""What a page has that shows a question without its answer."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a question is asked: the address of the site without a slash at its end, the dataset, and its names."""

    base: str
    dataset: DatasetInfo
    vocabulary: Vocabulary


@dataclass(frozen=True, slots=True)
class Shown:
    """The rows of one page, and the number of the last page."""

    view: View
    page: Page
    last: int

    @property
    def is_whole(self) -> bool:
        return self.last == 1


def labelled(shown: View, vocabulary: Vocabulary) -> View:
    """The view with names in place of IRIs, each with the address that it leads to."""
    found = iris(shown)
    short = {iri: without_middle(shortened(iri, vocabulary.prefixes)) for iri in found}
    return with_labels(shown, short | vocabulary.names.labels(found), leads_to)


def empty_form(query: SavedQuery, around: Surroundings) -> Response:
    """The page of a question that has no answer before somebody says what about."""
    return _page(query, around, {}, {}, {})


def with_answer(
    asked: SavedRequest,
    shown: Shown,
    parameters: Sequence[tuple[str, str]],
    around: Surroundings,
    *,
    repeatable: bool,
) -> Response:
    """The page with an answer; `parameters` are those of its address.

    It is not to be kept unless the query gives that again.
    """
    query, values = asked.bound.query, asked.bound.given
    prefixes = {**around.vocabulary.prefixes, **query.prefixes}
    names = Vocabulary(prefixes, around.vocabulary.names)
    about = {name: called(value, names) for name, value in values.items() if value}
    given = [(name, value) for name, value in parameters if value.strip()]
    kept = [(name, value) for name, value in given if name not in _NOT_OF_THE_ANSWER]
    return _page(
        query,
        around,
        {**values, **about},
        asked.bound.terms,
        {},
        shown=replace(shown, view=without_repetition(shown.view)),
        drawn=chart(shown.view.columns, shown.view.rows) if shown.is_whole else None,
        about={name: printable(value) for name, value in about.items()},
        evidence=asked.options.evidence,
        is_asked=bool(kept),
        links=links(query, kept),
        snippets=snippets(query, kept, around.base),
        pages=_pages(query, shown, given),
        text=without_header(asked.text),
        headers={} if repeatable else {"Cache-Control": "no-store"},
    )


def with_problem(
    query: SavedQuery,
    parameters: Sequence[tuple[str, str]],
    error: RequestError,
    candidates: Sequence[Thing],
    around: Surroundings,
) -> Response:
    """The page with what is wrong, at the control whose value it is, or why there is no answer.

    `parameters` are those of its address; `candidates` are things that may have been meant by the value.
    """
    parameter = str(error.members.get("parameter", ""))
    known = {*RESERVED, *(p.name for p in query.parameters)}
    path, given = f"/queries/{query.name}", {n: truncated(v, LONGEST_VALUE) for n, v in parameters if n in known}
    return _page(
        query,
        around,
        given,
        {},
        {parameter: error.detail},
        status_code=error.status,
        headers=problem_headers(error),
        problem=problem_body(error),
        evidence=given.get("evidence") == "1",
        meant=[(thing, with_parameters(path, {**given, parameter: thing.iri}.items())) for thing in candidates],
    )


def _page(
    query: SavedQuery,
    around: Surroundings,
    given: Mapping[str, str],
    terms: Mapping[str, str],
    problems: Mapping[str, str],
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    text: str = "",
    **values: Any,
) -> Response:
    shown_text = text or without_header(query.default_text)
    return page(
        "query.html",
        status_code=status_code,
        headers={"Vary": "Accept", **(headers or {})},
        query=query,
        fields=fields_of(query, given, terms, problems),
        text=shown_text,
        in_editor=with_parameters("/sparql", [("query", shown_text)]),
        base=around.base,
        dataset=around.dataset,
        **{**_BEFORE_AN_ANSWER, **values},
    )


def _pages(query: SavedQuery, shown: Shown, given: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The addresses of the pages before and behind, by relation."""
    kept = [(name, value) for name, value in given if name != "page"]
    numbers = {"previous": shown.page.number - 1, "next": shown.page.number + 1}
    return {
        name: with_parameters(f"/queries/{query.name}", [*kept, ("page", str(number))])
        for name, number in numbers.items()
        if 1 <= number <= shown.last
    }
