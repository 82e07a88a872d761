"""/queries: the saved queries as a list, as pages and as an API."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from otsgraph.engines.caching import Answer
from otsgraph.errors import NotAcceptable, NotFound
from otsgraph.formats import Format, GraphFormat, ResultsFormat, by_name
from otsgraph.negotiation import negotiate, prefers_html
from otsgraph.operation import FormatChoice, QueryOperation
from otsgraph.protocol import time_limit
from otsgraph.saved_queries import SavedQuery
from otsgraph.web.answering import AnswerResponse, accept_header
from otsgraph.web.html import page
from otsgraph.web.site import Site, site_of
from otsgraph.web.tables import AS_TABLE, view


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
    format_ = _by_suffix(query, suffix) if dot else negotiate(accept_header(request), offered)
    return AnswerResponse(await _answer(site, query, _choice(format_), request), site.engine, site.outbox)


def _choice(format_: Format) -> FormatChoice:
    return FormatChoice(
        format_ if isinstance(format_, ResultsFormat) else None, format_ if isinstance(format_, GraphFormat) else None
    )


def _by_suffix(query: SavedQuery, suffix: str) -> Format:
    offered = formats_of(query)
    for format_ in by_name(suffix):
        if format_ in offered:
            return format_
    names = [f.syntax.name for f in offered]
    raise NotAcceptable(
        f"There is no format .{suffix} of a {query.form.value} query; there are {', '.join(names)}.", offered=names
    )


async def _answer(site: Site, query: SavedQuery, choice: FormatChoice, request: Request) -> Answer:
    limit = time_limit(request.query_params.multi_items())
    return await site.ask(QueryOperation(query.text), choice, request.scope, request.receive, limit)


async def _page(query: SavedQuery, request: Request) -> Response:
    answer = await _answer(site_of(request), query, AS_TABLE, request)
    names = [f.syntax.name for f in formats_of(query)]
    return page("query.html", query=query, formats=names, headers={"Vary": "Accept"}, view=view(answer.result))
