"""/queries: the saved queries as a list, as pages and as an API."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from otsgraph.deadline import Deadline
from otsgraph.errors import NotAcceptable, NotFound
from otsgraph.formats import Format, GraphFormat, ResultsFormat, by_name
from otsgraph.negotiation import negotiate, prefers_html
from otsgraph.operation import FormatChoice, QueryOperation, QueryResult
from otsgraph.saved_queries import SavedQuery
from otsgraph.web.answering import accept_header, ask, result_response
from otsgraph.web.html import page
from otsgraph.web.site import Site, site_of

MOST_ROWS_SHOWN = 1_000


def formats_of(query: SavedQuery) -> tuple[Format, ...]:
    """The formats that a saved query's result can have."""
    return tuple(GraphFormat) if query.form.gives_graph else tuple(ResultsFormat)


async def list_queries(request: Request) -> Response:
    queries = site_of(request).queries.values()
    if prefers_html(accept_header(request), ()) and "application/json" not in request.headers.get("accept", ""):
        return page("queries.html", queries=queries, headers={"Vary": "Accept"})
    return JSONResponse([_described(query) for query in queries], headers={"Vary": "Accept"})


def _described(query: SavedQuery) -> dict[str, object]:
    formats = [f.syntax.name for f in formats_of(query)]
    return {
        "name": query.name,
        "summary": query.summary,
        "description": query.description,
        "tags": query.tags,
        "form": query.form.value,
        "results": {name: f"/queries/{query.name}.{name}" for name in formats},
        "query": query.text,
    }


async def saved_query(request: Request) -> Response:
    """The result of a saved query, in the format of the suffix or, without one, by the Accept header."""
    site = site_of(request)
    name, dot, suffix = request.path_params["name"].partition(".")
    query = site.queries.get(name)
    if query is None:
        raise NotFound(f"There is no saved query of the name {name}; /queries lists them.")
    offered = formats_of(query)
    if not dot and prefers_html(accept_header(request), offered):
        return await _page(query, request)
    choice = _by_suffix(query, suffix) if dot else negotiate(accept_header(request), offered)
    return result_response(await _result(site, query, choice, request), site.engine)


def _by_suffix(query: SavedQuery, suffix: str) -> Format:
    offered = formats_of(query)
    for format_ in by_name(suffix):
        if format_ in offered:
            return format_
    names = [f.syntax.name for f in offered]
    raise NotAcceptable(
        f"There is no format .{suffix} of a {query.form.value} query; there are {', '.join(names)}.", offered=names
    )


async def _result(site: Site, query: SavedQuery, choice: Format, request: Request) -> QueryResult:
    formats = FormatChoice(
        choice if isinstance(choice, ResultsFormat) else None, choice if isinstance(choice, GraphFormat) else None
    )
    deadline = Deadline.after(site.time_limit)
    return await ask(site.engine, QueryOperation(query.text), formats, deadline, request.receive)


async def _page(query: SavedQuery, request: Request) -> Response:
    site = site_of(request)
    names = [f.syntax.name for f in formats_of(query)]
    result = await _result(site, query, formats_of(query)[0], request)
    values: dict[str, Any] = {"graph": result.body.decode()}
    if not query.form.gives_graph:
        document = json.loads(result.body)
        columns = document["head"].get("vars", [])
        rows = [[_cell(row.get(c)) for c in columns] for row in document.get("results", {}).get("bindings", [])]
        if "boolean" in document:
            columns, rows = ["answer"], [[{"value": "yes" if document["boolean"] else "no", "lang": ""}]]
        values = {"graph": None, "columns": columns, "rows": rows[:MOST_ROWS_SHOWN]}
    return page("query.html", query=query, formats=names, headers={"Vary": "Accept"}, **values)


def _cell(term: dict[str, str] | None) -> dict[str, str]:
    term = term or {}
    return {"value": term.get("value", ""), "lang": term.get("xml:lang", "")}
