"""/id/…: where the IRI of a thing leads to: for people what is known of it, for machines its description."""

from __future__ import annotations

import json
from collections.abc import Container

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from otsgraph.errors import NotFound
from otsgraph.negotiation import prefers_html
from otsgraph.operation import FormatChoice, QueryOperation
from otsgraph.parameters import absolute_iri, bound
from otsgraph.terms import BASE, iri
from otsgraph.web.answering import accept_header
from otsgraph.web.links import ABOUT, ABOUT_STATEMENT, STATEMENTS, with_parameters
from otsgraph.web.site import site_of

_IS_FACT = "ASK { { ?thing ?p ?o } UNION { ?s ?p ?thing } }"
_IS_TOLD = "ASK { GRAPH ?graph { ?thing ?p ?o } }"
_WHAT_IS_TOLD = (
    "SELECT ?property ?value ?graph { GRAPH ?graph { ?thing ?property ?value } } ORDER BY ?property ?value ?graph"
)
_DESCRIPTION = "DESCRIBE ?thing"
_DESCRIPTION_OF_TOLD = "CONSTRUCT { ?thing ?p ?o } { GRAPH ?graph { ?thing ?p ?o } }"


async def by_iri(request: Request) -> Response:
    """303, since a thing is no document.  Source: Cool URIs for the Semantic Web §4.2.  Raises NotFound."""
    site = site_of(request)
    asked = f"{BASE}id/{request.path_params['path']}"
    thing = absolute_iri(asked, {})
    is_fact = thing is not None and await _holds(request, _IS_FACT, thing)
    if thing is None or not (is_fact or await _holds(request, _IS_TOLD, thing)):
        raise NotFound(f"The graph knows nothing of the IRI {asked}; /search finds things by their names.")
    target = _address(thing, site.queries, is_fact=is_fact, for_people=prefers_html(accept_header(request), ()))
    return RedirectResponse(target, 303, headers={"Vary": "Accept"})


async def _holds(request: Request, ask: str, thing: str) -> bool:
    operation = QueryOperation(bound(ask, {"thing": iri(thing)}))
    answer = await site_of(request).ask(operation, FormatChoice(), request.scope, request.receive)
    return bool(json.loads(answer.result.body)["boolean"])


def _address(thing: str, queries: Container[str], *, is_fact: bool, for_people: bool) -> str:
    """Where more is said of a thing; what only documents tell of stands inside their graphs."""
    if for_people and thing.startswith(STATEMENTS) and ABOUT_STATEMENT in queries:
        return with_parameters(f"/queries/{ABOUT_STATEMENT}", [("statement", thing)])
    if for_people and is_fact and ABOUT in queries:
        return with_parameters(f"/queries/{ABOUT}", [("thing", thing)])
    if is_fact:
        return with_parameters("/sparql", [("query", bound(_DESCRIPTION, {"thing": iri(thing)}))])
    told = _WHAT_IS_TOLD if for_people else _DESCRIPTION_OF_TOLD
    return with_parameters("/sparql", [("query", bound(told, {"thing": iri(thing)}))])
