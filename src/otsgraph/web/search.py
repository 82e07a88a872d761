"""/search, /suggest and /opensearch.xml: things and questions by what they are called.

Sources: OpenSearch 1.1 Draft 6; OpenSearch Suggestions 1.1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Annotated, TypeAlias

from fastapi import Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from otsgraph.errors import MalformedRequest
from otsgraph.graph.names import LONGEST_TEXT, Match, fold
from otsgraph.queries.saved import SavedQuery
from otsgraph.sparql.protocol import prefers_html_to_json
from otsgraph.web.api import ApiRoute, problems
from otsgraph.web.http.html import leads_to, page
from otsgraph.web.http.responses import accept_header, tagged_json
from otsgraph.web.http.site import base_of, site_of

MOST_FOUND = 50
MOST_SUGGESTED = 10
MOST_QUESTIONS = 10

SHORTEST_WORD = 3
"""Letters of a word that is looked for in questions."""


class Found(BaseModel):
    """A thing and the name by which it was found."""

    iri: str
    label: str
    kind: str
    type: str
    name: str
    language: str
    address: str


class Question(BaseModel):
    """A saved query whose text has the words that were looked for."""

    name: str
    summary: str


class SearchResults(BaseModel):
    """What /search finds: `results` best first, `similar` names if there are none."""

    query: str
    results: list[Found]
    similar: list[Found]
    questions: list[Question]


Wanted: TypeAlias = Annotated[
    str,
    Query(
        alias="q",
        description="A name, or part of one, in any language.",
        openapi_examples={"example": {"value": "Hungary"}},
    ),
]


async def search(request: Request, q: Wanted = "") -> Response:
    """Things by name, best first, and questions that mention it; similar names if nothing has it."""
    site, wanted = site_of(request), _wanted(q)
    found = await asyncio.to_thread(site.names.search, wanted, MOST_FOUND) if wanted else []
    similar = await asyncio.to_thread(site.names.near, wanted) if wanted and not found else []
    questions = await asyncio.to_thread(_questions, site.queries.values(), wanted)
    if not prefers_html_to_json(accept_header(request)):
        body = SearchResults(
            query=wanted,
            results=[_described(match, base_of(request)) for match in found],
            similar=[_described(match, base_of(request)) for match in similar],
            questions=[Question(name=query.name, summary=query.summary) for query in questions],
        )
        return tagged_json(body.model_dump(), {"Vary": "Accept"})
    rows = [(match, leads_to(match.thing.iri)) for match in found or similar]
    return page(
        "search.html", wanted=wanted, rows=rows, found=bool(found), questions=questions, headers={"Vary": "Accept"}
    )


async def suggest(request: Request, q: Wanted = "") -> Response:
    """What a browser offers while somebody types: names, what they are, and where they lead."""
    wanted = _wanted(q)
    found = await asyncio.to_thread(site_of(request).names.search, wanted, MOST_SUGGESTED) if wanted else []
    addresses = [_absolute(leads_to(match.thing.iri), base_of(request)) for match in found]
    body = [wanted, [m.name for m in found], [f"{m.thing.label}, {m.thing.kind}" for m in found], addresses]
    return tagged_json(body, {}, "application/x-suggestions+json")


async def description(request: Request) -> Response:
    """How browsers search here."""
    media_type = "application/opensearchdescription+xml"
    return page("opensearch.xml", base=base_of(request), headers={"Content-Type": media_type})


def _wanted(q: str) -> str:
    return q.strip()[:LONGEST_TEXT]


def _questions(queries: Iterable[SavedQuery], wanted: str) -> list[SavedQuery]:
    """The saved queries whose question or description has most of the words, those with more of them first."""
    words = {word for word in fold(wanted).split() if len(word) >= SHORTEST_WORD}
    texts = [(query, fold(f"{query.summary} {query.description}")) for query in queries]
    held = [(sum(word in text for word in words), query) for query, text in texts]
    enough = [pair for pair in held if words and pair[0] > len(words) / 2]
    return [query for _, query in sorted(enough, key=lambda pair: (-pair[0], pair[1].name))][:MOST_QUESTIONS]


def _described(match: Match, base: str) -> Found:
    thing = match.thing
    return Found(
        iri=thing.iri,
        label=thing.label,
        kind=thing.kind,
        type=thing.type,
        name=match.name,
        language=match.language,
        address=_absolute(leads_to(thing.iri), base),
    )


def _absolute(address: str, base: str) -> str:
    return base + address if address.startswith("/") else address


ROUTES = (
    ApiRoute(
        "/search",
        search,
        operation_id="search",
        summary="Things and questions by name, in any language",
        tags=["search"],
        response_class=JSONResponse,
        responses={
            200: {"description": "What was found, best first.", "model": SearchResults},
            **problems(MalformedRequest),
        },
    ),
    ApiRoute(
        "/suggest",
        suggest,
        operation_id="suggest",
        summary="Names that begin like a text, for browsers",
        tags=["search"],
        response_class=Response,
        responses={
            200: {
                "description": "The text, names, descriptions and addresses (OpenSearch Suggestions 1.1).",
                "content": {"application/x-suggestions+json": {"schema": {"type": "array", "items": {}}}},
            },
            **problems(MalformedRequest),
        },
    ),
)
