"""/openapi.json, /docs and the query examples: the saved queries as other tools read them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from otsgraph.dataset.metadata import examples
from otsgraph.rdf.formats import GraphFormat
from otsgraph.rdf.serializers import serialise
from otsgraph.rdf.terms import BASE
from otsgraph.sparql.protocol import negotiate
from otsgraph.web.answering import accept_header
from otsgraph.web.headers import REVALIDATED
from otsgraph.web.html import page
from otsgraph.web.openapi import Json, openapi
from otsgraph.web.site import base_of, site_of
from otsgraph.web.tagged import TaggedResponse, tagged_json


def _described(request: Request) -> Json:
    site = site_of(request)
    return openapi(site.queries.values(), site.public_url, site.engine.dataset)


async def description(request: Request) -> Response:
    return tagged_json(_described(request), {})


async def documentation(request: Request) -> Response:
    """The same for people, by the tags of the operations."""
    api = _described(request)
    groups: dict[str, list[tuple[str, Json]]] = {tag["name"]: [] for tag in api["tags"]}
    for path, methods in api["paths"].items():
        groups[methods["get"]["tags"][0]].append((path, methods["get"]))
    tables = [q.name for q in site_of(request).queries.values() if not (q.form.gives_graph or q.needs_values)]
    example = tables[0] if tables else ""
    return page(
        "docs.html", example=example, groups=groups, responses=api["components"]["responses"], base=base_of(request)
    )


async def query_examples(request: Request) -> Response:
    """The query examples, with the address under which the client reached the endpoint as their target."""
    site = site_of(request)
    format_ = negotiate(accept_header(request), tuple(GraphFormat))
    prefixes = BASE + "ontology" if site.engine.dataset.layered else ""
    triples = examples(site.queries.values(), f"{base_of(request)}/sparql", prefixes)
    body = serialise(triples, format_, site.engine.dataset.prefixes)
    headers = {"Cache-Control": REVALIDATED, "Vary": "Accept", "Content-Type": format_.content_type}
    return TaggedResponse(body, headers=headers)
