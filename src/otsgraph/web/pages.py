"""The remaining pages: home, named graphs, downloads, problems, health, readiness."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from otsgraph.errors import REQUEST_ERRORS, NotAcceptable, NotFound
from otsgraph.quoting import quoted
from otsgraph.rdf.formats import GraphFormat
from otsgraph.rdf.terms import BASE
from otsgraph.sparql.protocol import Deadline, negotiate
from otsgraph.web import descriptions
from otsgraph.web.answering import accept_header
from otsgraph.web.dataset_json_ld import dataset_json_ld
from otsgraph.web.html import page
from otsgraph.web.links import leads_to
from otsgraph.web.site import base_of, site_of

READY_TIME_LIMIT = 2.0
"""A server that needs longer than this for an easy query is not ready [s]."""

FEATURED = "featured"
"""The tag of the saved queries that the home page shows."""

MOST_QUESTIONS = 6
MOST_KINDS = 18

BEGINNINGS = ("meeting/diaspora-7", "document/trend-2025-12-02")
"""The things that the graph starts from, as their IRIs end; where they are in it, the home page leads to them."""

_SHOWN_DOWNLOADS = (
    ("otsgraph.ttl", "the facts, as Turtle"),
    ("otsgraph-statements.ttl", "the statements with their evidence, as Turtle"),
    ("otsgraph.trig", "everything by named graph, as TriG"),
)

_OF_STATEMENTS = "otsgraph-statements.ttl"


async def home(request: Request) -> Response:
    """The home page; for machines, which ask for RDF, the description of the dataset."""
    described = await descriptions.home_for_machines(request)
    if described is not None:
        return described
    site = site_of(request)
    dataset = site.engine.dataset
    kinds = await asyncio.to_thread(site.names.kinds, f"{BASE}id/" if dataset.layered else "")
    featured = [query for query in site.queries.values() if FEATURED in query.tags]
    things = [await asyncio.to_thread(site.names.thing, f"{BASE}id/{path}") for path in BEGINNINGS]
    return page(
        "home.html",
        dataset=dataset,
        beginnings=[(thing, leads_to(thing.iri)) for thing in things if thing],
        kinds=kinds[:MOST_KINDS],
        questions=(featured or list(site.queries.values()))[:MOST_QUESTIONS],
        number_of_queries=len(site.queries),
        downloads=[shown for shown in _SHOWN_DOWNLOADS if dataset.layered or shown[0] != _OF_STATEMENTS],
        limits=site.limits,
        base=base_of(request),
        json_ld=dataset_json_ld(dataset, base_of(request)),
        headers={"Vary": "Accept", "Link": descriptions.home_links(site)},
    )


async def download(request: Request) -> Response:
    return await site_of(request).downloads.response(request.path_params["name"], request)


async def graph(request: Request) -> Response:
    """One named graph, in the format of the suffix or, without one, by the Accept header."""
    site = site_of(request)
    slug, dot, suffix = request.path_params["path"].partition(".")
    slugs = [g.slug for g in site.engine.dataset.graphs if g.slug]
    if slug not in slugs:
        raise NotFound(f"There is no graph {quoted(slug)}; there are {', '.join(slugs)}.")
    offered = [f.syntax.extension for f in GraphFormat]
    if dot and suffix.removesuffix(".gz") not in offered:
        raise NotAcceptable(
            f"There is no format {quoted(suffix)} of a graph; there are {', '.join(offered)}.", offered=offered
        )
    if not dot:
        suffix = negotiate(accept_header(request), tuple(GraphFormat)).syntax.extension
    return await site.downloads.response(f"graph/{slug}.{suffix}", request)


async def problem_type(request: Request) -> Response:
    """What the `type` of a problem means."""
    error = REQUEST_ERRORS.get(request.path_params["name"])
    if error is None:
        raise NotFound("There is no problem of this name.")
    return JSONResponse({"name": error.code, "title": error.title})


async def health(request: Request) -> Response:
    dataset = site_of(request).engine.dataset
    body = {"status": "ok", "dataset": dataset.short_version, "triples": dataset.triples}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


async def ready(request: Request) -> Response:
    """Whether queries are answered: one is asked.  Raises the RequestError that says why not."""
    engine = site_of(request).engine
    await engine.probe(Deadline.after(READY_TIME_LIMIT))
    body = {"status": "ready", "dataset": engine.dataset.short_version}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})
