"""/queries: the saved queries as a list, as pages and as an API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from difflib import get_close_matches
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Query
from pydantic import BaseModel
from starlette.datastructures import URLPath
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from otsgraph.engine.cache import Answer
from otsgraph.errors import MalformedRequest, NotAcceptable, NotFound, RequestError
from otsgraph.graph.names import Thing
from otsgraph.queries.parameters import OPTIONS, Kind
from otsgraph.queries.request import (
    ROWS_A_PAGE,
    Page,
    SavedRequest,
    Vocabulary,
    arguments_of,
    missing_value,
    option_without_use,
    read_request,
    unknown_parameter,
)
from otsgraph.queries.saved import QueryForm, SavedQuery
from otsgraph.quoting import quoted
from otsgraph.rdf.formats import Format, GraphFormat, PageFormat, ResultsFormat
from otsgraph.sparql.protocol import (
    FormatChoice,
    QueryOperation,
    negotiate,
    parameters_of,
    prefers_html,
    prefers_html_to_json,
)
from otsgraph.web.api import QUERY_PROBLEMS, ApiRoute, Handler, model_of, problems
from otsgraph.web.http.headers import REVALIDATED
from otsgraph.web.http.html import page, with_parameters
from otsgraph.web.http.responses import KEEP, AnswerResponse, TaggedResponse, accept_header, tagged_json
from otsgraph.web.http.site import Site, base_of, site_of
from otsgraph.web.pages import query as query_page
from otsgraph.web.pages.query import Shown, Surroundings, as_markdown, labelled
from otsgraph.web.pages.tables import AS_TABLE, MOST_ROWS_SHOWN, view

_TEXT_OF_QUERY = "rq"
"""The suffix of the query itself."""


class SavedQueryRoute(ApiRoute):
    """The route of one saved query: /queries/NAME, and /queries/NAME.SUFFIX for one format."""

    def __init__(self, query: SavedQuery, vocabulary: Vocabulary) -> None:
        self.query = query
        self._vocabulary = vocabulary
        super().__init__(
            f"/queries/{query.name}",
            _endpoint(query, model_of(query, vocabulary)),
            name=f"queries.{query.name}",
            operation_id=f"queries.{query.name}",
            summary=query.summary,
            description=query.description,
            tags=[*query.tags[:1]] or ["queries"],
            response_class=Response,
            responses={200: _answer(query), **QUERY_PROBLEMS},
        )

    def get_route_handler(self) -> Handler:
        checked = super().get_route_handler()

        async def answer(request: Request) -> Response:
            request.scope[KEEP] = True
            format_ = _format_of(self.query, request)
            if format_ is None and not request.scope["query_string"]:
                return _text(self.query.text)
            try:
                return await checked(request)
            except RequestError as error:
                if format_ is not PageFormat.HTML:
                    raise
                return _page_of_mistake(self.query, request, error)

        return answer

    def unknown(self, name: str) -> RequestError:
        return option_without_use(self.query, name) if name in OPTIONS else unknown_parameter(self.query, name)

    def missing(self, name: str) -> RequestError:
        (parameter,) = (p for p in self.query.parameters if p.name == name)
        return missing_value(parameter, self._vocabulary)


class SavedQueries(BaseRoute):
    """Sends an address below /queries/ to the route of its saved query by one look-up of its name."""

    def __init__(self, routes: Mapping[str, SavedQueryRoute]) -> None:
        self._routes = routes

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path = scope["path"]
        return (Match.FULL if path.startswith("/queries/") and "/" not in path[9:] else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        name, dot, suffix = scope["path"].removeprefix("/queries/").partition(".")
        route = self._routes.get(name)
        if route is None:
            similar = get_close_matches(name, self._routes, 3)
            meant = f" Was it {' or '.join(similar)}?" if similar else ""
            raise NotFound(f"There is no saved query of the name {quoted(name)}; /queries lists them.{meant}")
        scope["path_params"] = {"suffix": suffix} if dot else {}
        await route.handle(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        raise NoMatchFound(name, path_params)


async def list_queries(request: Request) -> Response:
    """All saved queries, with their parameters and formats."""
    queries = site_of(request).queries.values()
    if prefers_html_to_json(accept_header(request)):
        tags = sorted({query.tags[0] if query.tags else "" for query in queries})
        by_tag = {tag: [q for q in queries if (q.tags or ("",))[0] == tag] for tag in tags}
        return page("queries.html", by_tag=by_tag, headers={"Vary": "Accept"})
    return tagged_json([described(query) for query in queries], {"Vary": "Accept"})


def described(query: SavedQuery) -> dict[str, object]:
    """What a machine may want to know of a saved query before it asks it."""
    return {
        "name": query.name,
        "summary": query.summary,
        "description": query.description,
        "tags": query.tags,
        "form": query.form.value,
        "parameters": [
            {
                "name": p.name,
                "takes": p.type.takes,
                "required": p.required,
                "default": p.default,
                "choices": [{"value": choice.value, "label": choice.label} for choice in p.choices],
            }
            for p in query.parameters
        ],
        "evidence": bool(query.evidence),
        "results": {f.syntax.name: f"/queries/{query.name}.{f.syntax.name}" for f in query.formats},
        "query": query.text,
    }


ROUTES = (
    ApiRoute(
        "/queries",
        list_queries,
        operation_id="queries",
        summary="The saved queries, with their parameters and formats",
        tags=["search"],
        response_class=JSONResponse,
        responses={200: {"description": "A list.", "model": list[dict[str, Any]]}, **problems(MalformedRequest)},
    ),
)


def routes_of(site: Site) -> list[SavedQueryRoute]:
    """Returns the routes of a site's saved queries."""
    vocabulary = Vocabulary(site.engine.dataset.prefixes, site.names)
    return [SavedQueryRoute(query, vocabulary) for query in site.queries.values()]


def _answer(query: SavedQuery) -> dict[str, Any]:
    """What OpenAPI says of the answer to a query."""
    text = {"type": "string"}
    link = {"description": "Other pages of the rows, where a page was asked for (RFC 8288).", "schema": text}
    return {
        "description": "The answer.",
        "headers": {"ETag": {"schema": text}, **({"Link": link} if query.form is QueryForm.SELECT else {})},
        "content": {f.media_type: {"schema": text} for f in query.formats},
    }


def _endpoint(query: SavedQuery, model: type[BaseModel]) -> Callable[..., Coroutine[Any, Any, Response]]:
    async def saved_query(request: Request, given: BaseModel) -> Response:
        format_ = _format_of(query, request)
        asked = await _read(query, request)
        if format_ is None:
            return _text(asked.text)
        if format_ is PageFormat.HTML:
            return await _page(asked, request)
        if format_ is PageFormat.MARKDOWN:
            return await _markdown(asked, request)
        return await _result(asked, format_, request)

    # FastAPI reads the types of parameters from here
    saved_query.__annotations__ = {"request": Request, "given": Annotated[model, Query()], "return": Response}
    return saved_query


def _format_of(query: SavedQuery, request: Request) -> Format | None:
    """Returns the format of the suffix or, without one, by the Accept header; None for the text of the query."""
    suffix, accept = request.path_params.get("suffix"), accept_header(request)
    if suffix == _TEXT_OF_QUERY:
        return None
    if suffix is not None:
        return _by_suffix(query, suffix)
    if prefers_html(accept, [f for f in query.formats if f is not PageFormat.HTML]):
        return PageFormat.HTML
    return negotiate(accept, query.formats)


def _parameters(request: Request) -> list[tuple[str, str]]:
    """Those of the address.  Raises MalformedRequest, where Starlette would put other characters in their place."""
    return parameters_of(request.scope["query_string"])


def _vocabulary(request: Request) -> Vocabulary:
    site = site_of(request)
    return Vocabulary(site.engine.dataset.prefixes, site.names)


async def _read(query: SavedQuery, request: Request) -> SavedRequest:
    arguments = query, _parameters(request), _vocabulary(request)
    # names are looked up in a file
    may_have_names = any(parameter.type.kind is Kind.IRI for parameter in query.parameters)
    return await asyncio.to_thread(read_request, *arguments) if may_have_names else read_request(*arguments)


async def _ask(request: Request, asked: SavedRequest, text: str, choice: FormatChoice) -> Answer:
    limit = asked.options.time_limit
    return await site_of(request).ask(QueryOperation(text), choice, request.scope, request.receive, limit)


async def _result(asked: SavedRequest, format_: Format, request: Request) -> Response:
    site, shown = site_of(request), asked.options.page
    choice = FormatChoice(
        format_ if isinstance(format_, ResultsFormat) else None, format_ if isinstance(format_, GraphFormat) else None
    )
    if shown is None:
        return AnswerResponse(await _ask(request, asked, asked.text, choice), site.engine, site.send_budget)
    counted = json.loads((await _ask(request, asked, asked.count, FormatChoice())).result.body)
    total = int(counted["results"]["bindings"][0]["count"]["value"])
    last = _refuse_behind_last(shown, total)
    answer = await _ask(request, asked, asked.text_of(shown), choice)
    return AnswerResponse(answer, site.engine, site.send_budget, [(b"link", _links(request, shown, last).encode())])


def _refuse_behind_last(shown: Page, total: int) -> int:
    """The number of the last page.  Raises NotFound for one behind it."""
    last = shown.last_of(total)
    if shown.number > last:
        pages = f"are {last} pages" if last > 1 else "is one page"
        raise NotFound(f"There is no page {shown.number}: there {pages} of {shown.rows} rows.")
    return last


def _links(request: Request, shown: Page, last: int) -> str:
    """The Link header that leads to other pages of the same rows.  Source: RFC 8288 §3, §4.2."""
    pages = {"first": 1, "prev": shown.number - 1, "next": shown.number + 1, "last": last}
    there = {relation: number for relation, number in pages.items() if 1 <= number <= last}
    return ", ".join(f'<{_address(request, number, shown.rows)}>; rel="{name}"' for name, number in there.items())


def _address(request: Request, number: int, rows: int) -> str:
    given = [(k, v) for k, v in _parameters(request) if k not in ("page", "per_page")]
    return with_parameters(quote(request.scope["path"]), [*given, ("page", str(number)), ("per_page", str(rows))])


def _by_suffix(query: SavedQuery, suffix: str) -> Format:
    for format_ in query.formats:
        if suffix in (format_.syntax.name, format_.syntax.extension):
            return format_
    names = [f.syntax.name for f in query.formats]
    raise NotAcceptable(
        f"There is no format {quoted(suffix)} of a {query.form.value} query; there are {', '.join(names)}.",
        offered=names,
    )


def _text(text: str) -> Response:
    """The query itself: the file, or with arguments what is asked."""
    return TaggedResponse(text, media_type="application/sparql-query", headers={"Cache-Control": REVALIDATED})


async def _markdown(asked: SavedRequest, request: Request) -> Response:
    answer = await _ask(request, asked, asked.text, AS_TABLE)
    shown = await asyncio.to_thread(_shown, asked, answer, _vocabulary(request))
    text = as_markdown(asked, shown, base_of(request))
    headers = {"Vary": "Accept", "Cache-Control": REVALIDATED if answer.repeatable else "no-store"}
    return TaggedResponse(text, media_type="text/markdown", headers=headers)


async def _page(asked: SavedRequest, request: Request) -> Response:
    """The page of a question with its answer."""
    around = _surroundings(request)
    answer = await _ask(request, asked, asked.text, AS_TABLE)
    shown = await asyncio.to_thread(_shown, asked, answer, around.vocabulary)
    return query_page.with_answer(asked, shown, _parameters(request), around, repeatable=answer.repeatable)


def _page_of_mistake(query: SavedQuery, request: Request, error: RequestError) -> Response:
    """The page of a question that says what is wrong with a request beside the form, or the empty form."""
    parameters, around = _parameters(request), _surroundings(request)
    if query.needs_values and not any(value for _, value in arguments_of(parameters)):
        return query_page.empty_form(query, around)
    return query_page.with_problem(query, parameters, error, _meant(error, around.vocabulary), around)


def _surroundings(request: Request) -> Surroundings:
    return Surroundings(base_of(request), site_of(request).engine.dataset, _vocabulary(request))


def _meant(error: RequestError, vocabulary: Vocabulary) -> list[Thing]:
    candidates = error.members.get("candidates")
    found = [vocabulary.names.thing(iri) for iri in candidates] if isinstance(candidates, list) else []
    return [thing for thing in found if thing is not None]


def _shown(asked: SavedRequest, answer: Answer, vocabulary: Vocabulary) -> Shown:
    """The rows of the page that is asked for, or of the first one.  Raises NotFound for a page that is not there."""
    wanted = asked.options.page or Page(1, asked.bound.query.rows_a_page or ROWS_A_PAGE)
    wanted = Page(wanted.number, min(wanted.rows, MOST_ROWS_SHOWN))
    shown = view(answer.result, wanted.first, wanted.rows)
    last = _refuse_behind_last(wanted, shown.total)
    return Shown(labelled(shown, vocabulary), wanted, last)
