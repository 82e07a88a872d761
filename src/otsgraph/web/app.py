"""The whole HTTP application: the endpoint in front, the pages behind it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import cache, partial
from urllib.parse import quote

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from otsgraph.errors import EngineFailed, MethodNotAllowed, NotFound, RequestError
from otsgraph.rdf.formats import GraphFormat, ResultsFormat
from otsgraph.sparql.protocol import prefers_html
from otsgraph.web import api, dataset, queries, search, things, vocabulary
from otsgraph.web.http import files
from otsgraph.web.http.headers import READING, REVALIDATED, HeadAndOptions, RawHeaders, with_common, writable
from otsgraph.web.http.problems import problem
from otsgraph.web.http.responses import KEEP, ClientGone, ResponseCache, accept_header
from otsgraph.web.http.site import PrivateIfAddressed, Site, site_of
from otsgraph.web.monitoring import ProcessMetrics, metrics
from otsgraph.web.sparql import PATH, SparqlEndpoint

log = logging.getLogger(__name__)

PAGES = (
    Route("/", dataset.home),
    Route("/query/{name}", things.query_by_iri),
    Route("/id/{path:path}", things.by_iri),
    Route("/data/{path:path}", things.data),
    Route("/page/{path:path}", things.page),
    Route("/ontology", vocabulary.ontology),
    Route("/ontology.{suffix}", vocabulary.in_format),
    Route("/ontology/{version}", vocabulary.version),
    Route("/shapes.ttl", vocabulary.shapes),
    Route("/context.jsonld", vocabulary.context),
    Route("/opensearch.xml", search.description),
    Route("/openapi.json", api.description),
    Route("/docs", api.documentation),
    Route("/.well-known/sparql-examples", dataset.query_examples),
    Route("/graph/{path:path}", things.graph),
    Route("/download/{name}", dataset.download),
    Route("/downloads", dataset.downloads),
    Route("/.well-known/void", dataset.void),
    Route("/dcat", dataset.dcat),
    Route("/robots.txt", dataset.robots),
    Route("/sitemap.xml", dataset.sitemap),
    Route("/sitemap-{number}.xml", dataset.sitemap_part),
    Route("/problem/{name}", dataset.problem_type),
    Route("/health", dataset.health),
    Route("/ready", dataset.ready),
    Route("/metrics", metrics),
    Route("/favicon.ico", files.favicon),
    Route("/static/{name}", files.file),
)
"""What is not in the description of the API."""

_OF_QUERIES = "%/?:@!$&'()*+,;=~[]"
"""What stands in the query of an address as it is (RFC 3986 §3.4), and what clients send so all the same."""


def create_app(site: Site) -> EndpointFirst:
    """Returns the ASGI application for one dataset version."""
    saved = queries.routes_of(site)
    typed = [*queries.ROUTES, *search.ROUTES, *dataset.ROUTES, *saved]
    app = FastAPI(
        # a saved query is found by its name before any pattern is tried; its route is listed for the description only
        routes=[queries.SavedQueries({route.query.name: route for route in saved}), *PAGES, *typed],
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # it would read the environment, and measure what /metrics has
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        exception_handlers={
            RequestError: _on_request_error,
            HTTPException: _on_http_exception,
            ClientGone: _on_client_gone,
            Exception: _on_fault,
        },
    )
    app.openapi = cache(partial(api.openapi, app, site))  # type: ignore[method-assign]
    app.state.site = site
    app.state.process_metrics = ProcessMetrics()
    return EndpointFirst(SparqlEndpoint(site), HeadAndOptions(PrivateIfAddressed(app)), site.responses)


class EndpointFirst:
    """Sends /sparql to the endpoint and everything else to the pages; a slash too many is taken away.

    Every response leaves through here: it gets the common headers, and each of its headers is made writable.  One of
    status 200 whose scope has KEEP is kept if it is sent in one piece, to be sent again without calling the
    application.  Whatever is raised before a response has begun is logged and answered as a fault.
    """

    def __init__(self, endpoint: SparqlEndpoint, pages: ASGIApp, responses: ResponseCache) -> None:
        self._endpoint = endpoint
        self._pages = pages
        self._responses = responses
        self.begin = endpoint.begin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False
        kept: RawHeaders | None = None

        async def send_on(message: Message) -> None:
            nonlocal has_begun, kept
            if message["type"] == "http.response.start":
                headers = writable(with_common(message.get("headers", ())))
                has_begun, message = True, {**message, "headers": headers}
                kept = headers if scope.get(KEEP) and message["status"] == 200 else None
            elif kept is not None:
                if not message.get("more_body"):
                    self._responses.keep_page(scope, kept, message["body"])
                kept = None
            await send(message)

        try:
            await self._answer(scope, receive, send_on)
        except Exception:
            if has_begun:
                raise
            log.exception("a request failed")
            await problem(_fault(), html=False)(scope, receive, send_on)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = self._pages
        if scope["type"] == "http":
            shorter = _without_slash(scope)
            app = HeadAndOptions(shorter) if shorter else self._endpoint if scope["path"] == PATH else app
        await app(scope, receive, send)


def _fault() -> EngineFailed:
    return EngineFailed("Something failed here; it has been logged.")


def _without_slash(scope: Scope) -> Response | None:
    """For an address that ends with a slash the way to the one without, relative, so that it holds behind a proxy."""
    path: bytes = scope["raw_path"]
    name = path.rstrip(b"/").rpartition(b"/")[2].decode("ascii")
    if not path.endswith(b"/") or not name:
        return None
    query = "?" + quote(scope["query_string"], safe=_OF_QUERIES) if scope["query_string"] else ""
    return Response(status_code=308, headers={"Location": f"../{name}{query}", "Cache-Control": REVALIDATED})


def _problem(request: Request, error: RequestError, meant: Mapping[str, str] | None = None) -> Response:
    """`meant`: labels of the things that may have been meant, by IRI, the likeliest first."""
    return problem(error, html=prefers_html(accept_header(request), [*ResultsFormat, *GraphFormat]), labels=meant)


async def _on_request_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)  # noqa: S101
    candidates = error.members.get("candidates")
    if not isinstance(candidates, list):
        return _problem(request, error)
    found = await asyncio.to_thread(site_of(request).names.labels, candidates)
    return _problem(request, error, {thing: found[thing] for thing in candidates if thing in found})


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == 405:
        return _problem(request, MethodNotAllowed(f"This address does not take {request.method}.", allow=[*READING]))
    return _problem(request, NotFound("There is nothing at this address."))


async def _on_client_gone(request: Request, error: Exception) -> Response:
    return Response(status_code=499)


async def _on_fault(request: Request, error: Exception) -> Response:
    # the server logs the traceback: Starlette raises the error again after this answer
    return _problem(request, _fault())
