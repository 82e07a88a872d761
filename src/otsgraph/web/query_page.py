"""The page of a saved query: the question, a form, the answer, and ways to get it elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from otsgraph.errors import RequestError
from otsgraph.names import Thing
from otsgraph.saved_queries import SavedQuery
from otsgraph.web.asked import Page, SavedRequest
from otsgraph.web.charts import chart
from otsgraph.web.forms import fields_of
from otsgraph.web.html import page
from otsgraph.web.links import address_of, in_words, shortened, with_parameters
from otsgraph.web.problems import STATUS, problem_body, problem_headers
from otsgraph.web.site import Site
from otsgraph.web.snippets import links, snippets
from otsgraph.web.tables import Cell, View, iris, with_labels, without_repetition

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#])")


@dataclass(frozen=True, slots=True)
class Shown:
    """The rows of one page, and the number of the last page."""

    view: View
    page: Page
    last: int

    @property
    def is_whole(self) -> bool:
        return self.last == 1


def labelled(shown: View, site: Site) -> View:
    """The view with names in place of IRIs, each with the address that it leads to."""
    found = iris(shown)
    prefixes = site.engine.dataset.prefixes
    labels = {iri: shortened(iri, prefixes) for iri in found} | site.names.labels(found)
    return with_labels(shown, labels, address_of)


def empty_form(query: SavedQuery, base: str) -> Response:
    """The page of a question that has no answer before somebody says what about."""
    return _page(query, {}, {}, base, [])


def with_answer(asked: SavedRequest, shown: Shown, parameters: Sequence[tuple[str, str]], base: str) -> Response:
    """The page with an answer; `parameters` are those of its address."""
    query = asked.asked.query
    drawn = chart(shown.view.columns, shown.view.rows) if shown.is_whole else None
    shown = replace(shown, view=without_repetition(shown.view))
    given = [(name, value) for name, value in parameters if value.strip()]
    return _page(
        query,
        asked.asked.given,
        asked.asked.terms,
        base,
        [(name, value) for name, value in given if name not in ("page", "per_page")],
        shown=shown,
        drawn=drawn,
        evidence=asked.options.evidence,
        pages=_pages(query, shown, given),
        text=_without_header(asked.text),
    )


def with_problem(
    query: SavedQuery, given: Mapping[str, str], error: RequestError, candidates: Sequence[Thing], base: str
) -> Response:
    """The page with what is wrong, at the control whose value it is, or why there is no answer.

    `candidates` are things that may have been meant by the value.
    """
    parameter = str(error.members.get("parameter", ""))
    meant = [
        (thing, with_parameters(f"/queries/{query.name}", {**given, parameter: thing.iri}.items()))
        for thing in candidates
    ]
    return _page(
        query,
        given,
        {},
        base,
        [],
        problems={parameter: error.detail},
        problem=problem_body(error),
        meant=meant,
        status_code=STATUS[type(error)],
        headers=problem_headers(error),
    )


def _page(
    query: SavedQuery,
    given: Mapping[str, str],
    terms: Mapping[str, str],
    base: str,
    parameters: Sequence[tuple[str, str]],
    *,
    problems: Mapping[str, str] | None = None,
    **values: Any,
) -> Response:
    text = values.pop("text", _without_header(query.default_text))
    headers = {"Vary": "Accept", **values.pop("headers", {})}
    status_code = values.pop("status_code", 200)
    nothing: dict[str, Any] = {
        "shown": None,
        "drawn": None,
        "evidence": False,
        "pages": {},
        "problem": None,
        "meant": [],
    }
    return page(
        "query.html",
        status_code=status_code,
        headers=headers,
        query=query,
        fields=fields_of(query, given, terms, problems or {}),
        links=links(query, parameters),
        snippets=snippets(query, parameters, base),
        text=text,
        about=", ".join(value for value in given.values() if value),
        in_editor=with_parameters("/sparql", [("query", text)]),
        **{**nothing, **values},
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


def _without_header(text: str) -> str:
    """A query without the lines that describe it, for an editor."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("#+")).strip() + "\n"


def as_markdown(asked: SavedRequest, shown: Shown, base: str) -> str:
    """The question and its answer as text, for readers without a browser.  Source: GitHub Flavored Markdown §4.10."""
    query = asked.asked.query
    parts = [f"# {_plain(query.summary)}", _plain(query.description)]
    given = [f"- {in_words(name)}: {_plain(value)}" for name, value in asked.asked.given.items() if value]
    parts += ["\n".join(given)] if given else []
    if shown.view.graph is not None:
        parts.append(f"```turtle\n{shown.view.graph.strip()}\n```")
    elif shown.view.rows:
        lines = [[in_words(column) for column in shown.view.columns], ["---"] * len(shown.view.columns)]
        lines += [[_markdown_cell(cell, base) for cell in row] for row in shown.view.rows]
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    else:
        parts.append(shown.view.hint or "No rows: the graph does not say.")
    if shown.view.graph is None:
        first, number = shown.view.first, len(shown.view.rows)
        parts.append(f"Rows {first + 1} to {first + number} of {shown.view.total}." if number else "0 rows.")
    parts.append(f"{base}/queries/{query.name}")
    return "\n\n".join(filter(None, parts)) + "\n"


def _markdown_cell(cell: Cell, base: str) -> str:
    text = _plain(cell.value)
    if not cell.link:
        return text
    address = base + cell.link if cell.link.startswith("/") else cell.link
    return f"[{text}](<{address}>)"


def _plain(text: str) -> str:
    """Text in which no character means anything to Markdown, in one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
