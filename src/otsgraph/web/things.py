"""/id/…: where the IRI of a thing leads to: for people what is known of it, for machines its description."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from otsgraph.errors import NotFound
from otsgraph.negotiation import prefers_html
from otsgraph.operation import FormatChoice, QueryOperation
from otsgraph.parameters import absolute_iri, bound
from otsgraph.terms import BASE, iri
from otsgraph.web.answering import accept_header
from otsgraph.web.links import ABOUT, with_parameters
from otsgraph.web.site import site_of

_IS_KNOWN = "ASK { { ?thing ?p ?o } UNION { GRAPH ?graph { ?thing ?p ?o } } }"


async def by_iri(request: Request) -> Response:
    """303, since a thing is no document.  Source: Cool URIs for the Semantic Web §4.2.  Raises NotFound."""
    site = site_of(request)
    asked = f"{BASE}id/{request.path_params['path']}"
    thing = absolute_iri(asked, {})
    if thing is None or not await _is_known(request, thing):
        raise NotFound(f"The graph knows nothing of the IRI {asked}; /search finds things by their names.")
    if ABOUT in site.queries and prefers_html(accept_header(request), ()):
        target = with_parameters(f"/queries/{ABOUT}", [("thing", thing)])
    else:
        target = with_parameters("/sparql", [("query", f"DESCRIBE {iri(thing)}")])
    return RedirectResponse(target, 303, headers={"Vary": "Accept"})


async def _is_known(request: Request, thing: str) -> bool:
    operation = QueryOperation(bound(_IS_KNOWN, {"thing": iri(thing)}))
    answer = await site_of(request).ask(operation, FormatChoice(), request.scope, request.receive)
    return bool(json.loads(answer.result.body)["boolean"])
