"""Asks the engine on behalf of a client, for as long as the client is there."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive

from otsgraph.deadline import Deadline
from otsgraph.engines.base import Engine
from otsgraph.operation import FormatChoice, QueryOperation, QueryResult


class ClientGone(Exception):
    """The client has closed its connection; there is nobody to answer."""


async def ask(
    engine: Engine, operation: QueryOperation, choice: FormatChoice, deadline: Deadline, receive: Receive
) -> QueryResult:
    """The engine's result; `receive` must have given the whole request body already.

    Raises ClientGone, after withdrawing the query, if the client hangs up first, and whatever the engine raises.
    """
    query = asyncio.create_task(engine.query(operation, choice, deadline))
    hung_up = asyncio.create_task(_disconnected(receive))
    try:
        await asyncio.wait([query, hung_up], return_when=asyncio.FIRST_COMPLETED)
        if not query.done():
            raise ClientGone
        return query.result()
    finally:
        for task in (query, hung_up):
            task.cancel()
        await asyncio.gather(query, hung_up, return_exceptions=True)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


def accept_header(request: Request) -> str | None:
    """The Accept header; several of them are one list (RFC 9110 §5.3).  None if there is none."""
    return ", ".join(request.headers.getlist("accept")) or None


def result_response(result: QueryResult, engine: Engine) -> Response:
    """A query result as an HTTP answer."""
    headers = {
        "Content-Type": result.format.content_type,
        "Otsgraph-Dataset": engine.dataset.short_version,
        "Vary": "Accept",
    }
    return Response(result.body, headers=headers)
