"""/sparql: the query operation of the SPARQL 1.1 Protocol, as a plain ASGI application.

It stands before the pages' framework, because the protocol's alternatives (two kinds of body, repeated parameters)
are easier to say in a pure function than in form declarations, and because nothing should stand between a client
and its answer.
"""

from __future__ import annotations

from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from otsgraph.deadline import Deadline
from otsgraph.discovery import describe_service
from otsgraph.engines.caching import Answer
from otsgraph.errors import BodyTooLarge, MalformedRequest, RequestError
from otsgraph.formats import Format, GraphFormat, ResultsFormat
from otsgraph.graph_text import serialise
from otsgraph.negotiation import choose_formats, negotiate, prefers_html
from otsgraph.operation import FormatChoice, QueryOperation, digest
from otsgraph.protocol import DIRECT, FORM, METHODS, parse_request
from otsgraph.web import sparql_page
from otsgraph.web.answering import AnswerResponse, ClientGone, send_answer, while_connected
from otsgraph.web.headers import PREFLIGHT, address_of, header, is_current, with_common
from otsgraph.web.problems import problem
from otsgraph.web.site import Site
from otsgraph.web.tables import AS_TABLE

LARGEST_BODY = 2**20
"""A query may have so many bytes [1 MiB]."""

LONGEST_REMEMBERED = 4_096
"""Query strings of up to so many bytes are not parsed again."""

_ALL_FORMATS: tuple[Format, ...] = (*ResultsFormat, *GraphFormat)


class SparqlEndpoint:
    """Answers query operations.  A query may take the site's time limit, from the last byte of its request on."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._engine = site.engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in ("GET", "HEAD") and len(scope["query_string"]) <= LONGEST_REMEMBERED:
            asked = _remembered(scope["query_string"], header(scope, b"accept"))
            kept = self._engine.peek(*asked) if asked is not None else None
            if kept is not None:
                await send_answer(kept, self._engine, scope, send, self._site.ready)
                return
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except RequestError as error:
            response = problem(error, html=prefers_html(header(scope, b"accept"), _ALL_FORMATS))
        except ClientGone:
            return
        response.raw_headers = with_common(response.raw_headers)
        if scope["method"] == "HEAD":
            response.body = b""
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        scope = request.scope
        if request.method == "OPTIONS":
            return _options()
        accept = header(scope, b"accept")
        html = prefers_html(accept, _ALL_FORMATS)
        if request.method in ("GET", "HEAD") and not scope["query_string"]:
            prefixes = self._engine.dataset.prefixes
            return sparql_page.empty_form(prefixes) if html else self._description(request)
        body = await read_body(request)
        deadline = Deadline.after(self._site.time_limit)
        operation = parse_request(
            request.method, scope["query_string"], header(scope, b"content-type"), body,
            header(scope, b"content-encoding"),
        )  # fmt: skip
        if html:
            return await self._page(operation, deadline, request.receive)
        answer = await self._ask(operation, choose_formats(accept), deadline, request.receive)
        return AnswerResponse(answer, self._engine)

    async def _page(self, operation: QueryOperation, deadline: Deadline, receive: Receive) -> Response:
        """The page with the query and its answer, or with what is wrong with it."""
        try:
            answer = await self._ask(operation, AS_TABLE, deadline, receive)
        except RequestError as error:
            return sparql_page.with_problem(operation, error)
        return sparql_page.with_answer(operation, answer.result, repeatable=answer.repeatable)

    async def _ask(
        self, operation: QueryOperation, choice: FormatChoice, deadline: Deadline, receive: Receive
    ) -> Answer:
        return await while_connected(self._engine.answer(operation, choice, deadline), receive)

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


@lru_cache(1_024)
def _remembered(query_string: bytes, accept: str | None) -> tuple[QueryOperation, FormatChoice] | None:
    """What a GET asks for, in which formats; None where that needs more than a look at the cache."""
    try:
        if prefers_html(accept, _ALL_FORMATS):
            return None
        return parse_request("GET", query_string, None, b""), choose_formats(accept)
    except RequestError:
        return None


def _options() -> Response:
    """What the endpoint takes, for those who ask first (RFC 9110 §9.3.7; Fetch §3.3.3; The HTTP QUERY Method §3)."""
    headers = {
        "Allow": ", ".join(METHODS),
        "Accept-Query": f"{DIRECT}, {FORM}",
        "Access-Control-Allow-Methods": ", ".join(METHODS),
        **PREFLIGHT,
    }
    return Response(status_code=204, headers=headers)


async def read_body(request: Request) -> bytes:
    """The whole request body.  Raises BodyTooLarge, before reading it if its length is announced, and ClientGone."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > LARGEST_BODY:
        raise _too_large()
    body = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise _too_large()
        if not message.get("more_body"):
            return bytes(body)


def _too_large() -> BodyTooLarge:
    return BodyTooLarge(f"A query may have {LARGEST_BODY // 2**20} MiB.")
