"""The SPARQL endpoint and its page."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from otsgraph.dataset.metadata import describe_service
from otsgraph.engine.cache import Answer
from otsgraph.errors import AddressTooLong, BodyTooLarge, MalformedRequest, NotAcceptable, RequestError, size_text
from otsgraph.quoting import printable, truncated
from otsgraph.rdf.formats import Format, GraphFormat, ResultsFormat
from otsgraph.rdf.serializers import serialise
from otsgraph.sparql.protocol import (
    DIRECT,
    FORM,
    METHODS,
    FormatChoice,
    QueryOperation,
    QueryRequest,
    QueryResult,
    choose_formats,
    digest,
    negotiate,
    parse_request,
    prefers_html,
)
from otsgraph.web.http.headers import PREFLIGHT, address_of, header, is_current
from otsgraph.web.http.html import leads_to, page, shortened
from otsgraph.web.http.problems import problem, problem_body, problem_headers
from otsgraph.web.http.responses import AnswerResponse, ClientGone, send_answer
from otsgraph.web.http.site import Site
from otsgraph.web.pages.tables import AS_TABLE, iris, view, with_labels

_LONGEST_LINE = 200
"""Characters of the line of a mistake that are shown."""

_NOTHING_YET: Mapping[str, Any] = {"view": None, "problem": None, "address": "", "line": "", "base": ""}
"""What the page has before there is an answer."""


def empty_form(site: Site) -> Response:
    """Returns the page before anything is asked, with a query to start from."""
    example = site.page_queries["example-represented-states"]
    if not example.prefixes.items() <= site.engine.dataset.prefixes.items():
        example = site.page_queries["example-any-triples"]
    return page("sparql.html", text=example.bind({}), headers={"Vary": "Accept"}, **_NOTHING_YET)


def with_answer(
    operation: QueryOperation, result: QueryResult, prefixes: Mapping[str, str], base: str, *, repeatable: bool
) -> Response:
    """The page with a query and what it gave; not to be kept unless the query gives that again.

    `base` is the address of the site, without a slash at its end.
    """
    address = f"/sparql?query={quote(operation.query, safe='')}"
    for name, graphs in (
        ("default-graph-uri", operation.default_graph_uris),
        ("named-graph-uri", operation.named_graph_uris),
    ):
        address += "".join(f"&{name}={quote(graph, safe='')}" for graph in graphs)
    shown = view(result)
    shown = with_labels(shown, {iri: shortened(iri, prefixes) for iri in iris(shown)}, leads_to)
    headers = {
        "Vary": "Accept, Host",
        "Cache-Control": "private, max-age=0, must-revalidate" if repeatable else "no-store",
    }
    values = {**_NOTHING_YET, "view": shown, "address": address, "base": base}
    return page("sparql.html", text=operation.query, headers=headers, **values)


def with_problem(operation: QueryOperation, error: RequestError) -> Response:
    """The page with a query that could not be answered, as it was asked, and why."""
    values = {**_NOTHING_YET, "problem": problem_body(error), "line": _line(operation.query, error)}
    status_code, headers = error.status, problem_headers(error)
    return page("sparql.html", text=operation.query, status_code=status_code, headers=headers, **values)


def _line(query: str, error: RequestError) -> str:
    """Returns the line of a mistake, of a long one what is around the mistake; empty if no line is known."""
    number, column = error.members.get("line"), error.members.get("column")
    lines = query.splitlines()
    if not isinstance(number, int) or not isinstance(column, int) or not 0 < number <= len(lines):
        return ""
    begin = max(0, column - _LONGEST_LINE // 2)
    return ("…" if begin else "") + truncated(printable(lines[number - 1][begin:]), _LONGEST_LINE)


PATH = "/sparql"

_NEEDS_MORE = (b"accept-encoding", b"if-none-match", b"transfer-encoding", b"expect")
"""Header fields of requests whose answer is not sent as it is."""

LONGEST_REMEMBERED = 4_096
"""Query strings and Accept headers of up to so many bytes are not read again."""

LONGEST_READ_AT_ONCE = 2**16
"""Bytes of a body that are decoded in the event loop; more are decoded in a thread."""

_ALL_FORMATS: tuple[Format, ...] = (*ResultsFormat, *GraphFormat)


class SparqlEndpoint:
    """Answers query operations.  A query may take the site's time limit, from the last byte of its request on."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._engine = site.engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            asked = _asked_plainly(scope)
            if asked is not None:
                self._refuse_long_address(scope)
                answer = await self._site.ask(*asked, scope, receive)
                await send_answer(answer, self._engine, self._site.send_budget, scope, send, self._site.responses)
                return
            response = await self._answer(Request(scope, receive))
        except RequestError as error:
            response = problem(error, html=_negotiated(header(scope, b"accept")).html)
        except ClientGone:
            return
        if scope["method"] == "HEAD":
            response.body = b""
        await response(scope, receive, send)

    def begin(self, scope: Scope) -> asyncio.Future[Answer] | None:
        """Asks for the answer to a plain GET, if all that is to be done with it is to send it."""
        if (
            scope["method"] != "GET"
            or scope["path"] != PATH
            or any(name in _NEEDS_MORE for name, _ in scope["headers"])
        ):
            return None
        asked = _asked_plainly(scope) if len(scope["query_string"]) <= self._site.query_size_limit else None
        return self._site.begin(*asked) if asked is not None else None

    async def _answer(self, request: Request) -> Response:
        scope = request.scope
        if request.method == "OPTIONS":
            return _options()
        accepted = _negotiated(header(scope, b"accept"))
        if request.method in ("GET", "HEAD") and not scope["query_string"]:
            return empty_form(self._site) if accepted.html else self._description(request)
        self._refuse_long_address(scope)
        body = await read_body(request, self._site.query_size_limit)
        arguments = (
            request.method, scope["query_string"], header(scope, b"content-type"), body,
            header(scope, b"content-encoding"),
        )  # fmt: skip
        # to decode a megabyte takes long enough for others to notice
        reads_much = len(body) > LONGEST_READ_AT_ONCE
        asked = await asyncio.to_thread(parse_request, *arguments) if reads_much else parse_request(*arguments)
        if accepted.html:
            return await self._page(asked, request)
        choice = accepted.choice or choose_formats(header(scope, b"accept"))
        answer = await self._site.ask(asked.operation, choice, scope, request.receive, asked.time_limit)
        return AnswerResponse(answer, self._engine, self._site.send_budget)

    def _refuse_long_address(self, scope: Scope) -> None:
        most = self._site.query_size_limit
        if len(scope["query_string"]) > most:
            raise AddressTooLong(f"A query may have {size_text(most)}.", limit=most, unit="bytes")

    async def _page(self, asked: QueryRequest, request: Request) -> Response:
        """The page with the query and its answer, or with what is wrong with it."""
        try:
            answer = await self._site.ask(asked.operation, AS_TABLE, request.scope, request.receive, asked.time_limit)
        except RequestError as error:
            return with_problem(asked.operation, error)
        return with_answer(
            asked.operation,
            answer.result,
            self._engine.dataset.prefixes,
            self._site.public_url or address_of(request.scope) or "",
            repeatable=answer.repeatable,
        )

    def _description(self, request: Request) -> Response:
        """The service description, for the address under which the client reached the endpoint."""
        format_ = negotiate(header(request.scope, b"accept"), tuple(GraphFormat))
        address = self._site.public_url or address_of(request.scope)
        if address is None:
            raise MalformedRequest("The Host header is no host name with an optional port.")
        dataset = self._engine.dataset
        triples = describe_service(dataset, f"{address}/sparql", federated=bool(self._site.services))
        body = serialise(triples, format_, dataset.prefixes)
        tag = digest(body)
        headers = {"Cache-Control": "no-cache", "Vary": "Accept, Host", "ETag": f'"{tag}"'}
        if is_current(request.scope, tag):
            return Response(status_code=304, headers=headers)
        return Response(body, headers={**headers, "Content-Type": format_.content_type})


class _Accepted(NamedTuple):
    """What an Accept header comes to: a page, or a pair of formats; neither, if it accepts nothing that there is."""

    html: bool
    choice: FormatChoice | None


def _negotiated(accept: str | None) -> _Accepted:
    return _remembered_negotiation(accept) if len(accept or "") <= LONGEST_REMEMBERED else _negotiate(accept)


def _negotiate(accept: str | None) -> _Accepted:
    html = prefers_html(accept, _ALL_FORMATS)
    try:
        return _Accepted(html, choose_formats(accept))
    except NotAcceptable:
        return _Accepted(html, None)


_remembered_negotiation = lru_cache(256)(_negotiate)


def _asked_plainly(scope: Scope) -> tuple[QueryOperation, FormatChoice] | None:
    """What a GET asks for, in which formats, if all that matters is the text of the query."""
    if scope["method"] not in ("GET", "HEAD") or header(scope, b"content-length") is not None:
        return None
    accepted = _negotiated(header(scope, b"accept"))
    if accepted.html or accepted.choice is None or len(scope["query_string"]) > LONGEST_REMEMBERED:
        return None
    operation = _remembered_query(scope["query_string"])
    return (operation, accepted.choice) if operation is not None else None


@lru_cache(1_024)
def _remembered_query(query_string: bytes) -> QueryOperation | None:
    try:
        asked = parse_request("GET", query_string, None, b"")
    except RequestError:
        return None
    return asked.operation if asked.time_limit == math.inf else None


def _options() -> Response:
    """What the endpoint takes, for those who ask first (RFC 9110 §9.3.7; Fetch §3.3.3; The HTTP QUERY Method §3)."""
    headers = {
        "Allow": ", ".join(METHODS),
        "Accept-Query": f"{DIRECT}, {FORM}",
        "Access-Control-Allow-Methods": ", ".join(METHODS),
        **PREFLIGHT,
    }
    return Response(status_code=204, headers=headers)


async def read_body(request: Request, most: int) -> bytes:
    """The whole request body, of `most` bytes.

    Raises BodyTooLarge, before reading it if its length is announced, and ClientGone.
    """
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > most:
        raise _too_large(most)
    body = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_large(most)
        if not message.get("more_body"):
            return bytes(body)


def _too_large(most: int) -> BodyTooLarge:
    return BodyTooLarge(f"A query may have {size_text(most)}.", limit=most, unit="bytes")
