"""/sparql: the query operation of the SPARQL 1.1 Protocol, as a plain ASGI application.

It stands before the pages' framework, because the protocol's alternatives (two kinds of body, repeated parameters)
are easier to say in a pure function than in form declarations, and because nothing should stand between a client
and its answer.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from otsgraph.deadline import Deadline
from otsgraph.engines.base import Engine
from otsgraph.errors import BodyTooLarge, RequestError
from otsgraph.formats import GraphFormat, ResultsFormat
from otsgraph.negotiation import choose_formats, prefers_html
from otsgraph.protocol import parse_request
from otsgraph.web.answering import ClientGone, accept_header, ask, result_response
from otsgraph.web.problems import problem

LARGEST_BODY = 2**20
"""A query may have so many bytes [1 MiB]."""


class SparqlEndpoint:
    """Answers query operations.  A query may take `time_limit` [s], counted from the last byte of its request."""

    def __init__(self, engine: Engine, time_limit: float) -> None:
        self._engine = engine
        self._time_limit = time_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except RequestError as error:
            response = problem(error, html=prefers_html(accept_header(request), [*ResultsFormat, *GraphFormat]))
        except ClientGone:
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        body = await read_body(request)
        deadline = Deadline.after(self._time_limit)
        operation = parse_request(
            request.method, request.scope["query_string"], request.headers.get("content-type"), body
        )
        choice = choose_formats(accept_header(request))
        result = await ask(self._engine, operation, choice, deadline, request.receive)
        return result_response(result, self._engine)


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
