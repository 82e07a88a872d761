"""The page of a saved query: the question, a form, the answer, and ways to get it elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from otsgraph.dataset.info import DatasetInfo
from otsgraph.errors import RequestError
from otsgraph.graph.names import Thing
from otsgraph.queries.header import without_header
from otsgraph.queries.parameters import LONGEST_VALUE, RESERVED
from otsgraph.queries.request import Page, SavedRequest, Vocabulary, called
from otsgraph.queries.saved import SavedQuery
from otsgraph.quoting import printable, truncated
from otsgraph.web.charts import chart
from otsgraph.web.forms import fields_of
from otsgraph.web.html import page
from otsgraph.web.links import leads_to, shortened, with_parameters, without_middle
from otsgraph.web.problems import STATUS, problem_body, problem_headers
from otsgraph.web.snippets import links, snippets
from otsgraph.web.tables import View, iris, with_labels, without_repetition

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
        status_code=STATUS[type(error)],
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
