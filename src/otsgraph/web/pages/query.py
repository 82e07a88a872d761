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
from otsgraph.web.pages.labels import Term
from otsgraph.web.pages.tables import View, iris, with_labels, without_repetition


@dataclass(frozen=True, slots=True)
class Field:
    """One control: `control` is `select` or a type of input, `hint` says what it takes, `problem` what is wrong with
    its value; `options` are the value and the label of each choice, `chosen` the value of the chosen one."""

    name: str
    title: str
    control: str
    value: str
    hint: str
    required: bool
    options: Sequence[tuple[str, str]]
    chosen: str | None
    problem: str


def fields_of(
    query: SavedQuery, given: Mapping[str, str], terms: Mapping[str, str], problems: Mapping[str, str]
) -> tuple[Field, ...]:
    """Returns the controls for a query's parameters.

    `given` are values as people typed them and `problems` what is wrong with them, by parameter; `terms` what they
    became, by variable.
    """
    terms = {**query.default_terms, **terms}
    return tuple(
        _field(p, given.get(p.name, p.default), terms.get(p.variable, ""), problems.get(p.name, ""))
        for p in query.parameters
    )


def _field(parameter: Parameter, value: str, term: str, problem: str) -> Field:
    options = [(choice.value, choice.label) for choice in parameter.choices]
    if parameter.type.datatype == XSD + "boolean":
        options = [("true", "yes"), ("false", "no")]
    chosen = _chosen(options, value, term)
    if options and value and chosen is None:
        chosen = value
        options = [(value, value), *options]
    if options and not parameter.required:
        chosen = chosen or ""
        options = [("", "any"), *options]
    # browsers show nothing of a value that does not fit a control
    control = "select" if options else "text" if problem else datatypes.control(parameter.type.datatype)
    hint = "" if options else _hint(parameter)
    title, required = in_words(parameter.name), parameter.required
    return Field(parameter.name, title, control, value, hint, required, options, chosen, problem)


def _chosen(choices: Sequence[tuple[str, str]], value: str, term: str) -> str | None:
    """Returns which choice a value is, by itself, by the term that it became, or by its label; None if it is none."""
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
    """Returns the answer as Markdown; `base` is the address of the site, without a slash at its end."""
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


def _cell(cell: Term, base: str) -> str:
    text = _plain(cell.value)
    if not cell.link:
        return text
    address = base + cell.link if cell.link.startswith("/") else cell.link
    return f"[{text}](<{address}>)"


def _plain(text: str) -> str:
    """Returns a text in one line whose characters stand for themselves; addresses become links all the same."""
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


def links(query: SavedQuery, parameters: Sequence[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Returns the name of each format, the address of the same answer in it, and what it is for."""
    names = [format_.syntax.name for format_ in query.formats]
    return [(n, with_parameters(f"/queries/{query.name}.{n}", parameters), _FORMATS[n]) for n in names]


def snippets(query: SavedQuery, parameters: Sequence[tuple[str, str]], base: str) -> list[tuple[str, str]]:
    """Returns ways to get the same answer, each with a title: in a shell, in Python, in a spreadsheet, by a command.

    `base` is the address of the site, without a slash at its end.
    """
    own = {parameter.name for parameter in query.parameters}
    given = [word for name, value in parameters if name in own for word in ("-p", f"{name}={value}")]
    evidence = ["--evidence"] * (("evidence", "1") in parameters)
    command = ("Without a server", shlex.join(["otsgraph", "query", "--saved", query.name, *given, *evidence]))
    address = with_parameters(f"{base}/queries/{query.name}.{'ttl' if query.form.gives_graph else 'csv'}", parameters)
    shell = ("In a shell", f"curl '{address}'")
    if query.form.gives_graph:
        return [shell, ("In Python", f'from rdflib import Graph\n\ngraph = Graph().parse("{address}")'), command]
    return [
        shell,
        ("In Python", f'import pandas\n\ntable = pandas.read_csv("{address}")'),
        ("In a spreadsheet", f'=IMPORTDATA("{address}")'),
        command,
    ]


_NOT_OF_THE_ANSWER = ("page", "per_page", "timeout")
"""Parameters of an address that the other ways to get the same answer do without."""

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
"""What the page of a question has without an answer."""


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
    """Returns the view with names in place of IRIs, each with the address that it leads to."""
    found = iris(shown)
    short = {iri: without_middle(shortened(iri, vocabulary.prefixes)) for iri in found}
    return with_labels(shown, short | vocabulary.names.labels(found), leads_to)


def empty_form(query: SavedQuery, around: Surroundings) -> Response:
    """Returns the page of a question that has no answer without values."""
    return _page(query, around, {}, {}, {})


def with_answer(
    asked: SavedRequest,
    shown: Shown,
    parameters: Sequence[tuple[str, str]],
    around: Surroundings,
    *,
    repeatable: bool,
) -> Response:
    """Returns the page with an answer, not to be kept unless it is `repeatable`.

    `parameters` are those of its address.
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
    """Returns the page with what is wrong, at the control whose value it is, or why there is no answer.

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
    """Returns the addresses of the previous and the next page, by relation."""
    kept = [(name, value) for name, value in given if name != "page"]
    numbers = {"previous": shown.page.number - 1, "next": shown.page.number + 1}
    return {
        name: with_parameters(f"/queries/{query.name}", [*kept, ("page", str(number))])
        for name, number in numbers.items()
        if 1 <= number <= shown.last
    }
