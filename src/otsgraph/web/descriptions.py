"""/.well-known/void, /dcat, /lookup, and the home page for machines: the dataset as it describes itself.

Sources: RFC 5785 and Describing Linked Datasets with the VoID Vocabulary §7.2 (well-known address); FAIR Signposting
Profile (2023); RFC 8288 (Link).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from otsgraph.dataset.metadata import (
    LICENCE,
    PREFIXES,
    all_graphs,
    describe_dataset,
    describe_for_catalogues,
    file_names,
    files,
)
from otsgraph.errors import MalformedRequest, UnfitParameter
from otsgraph.queries.parameters import absolute_iri
from otsgraph.rdf.formats import GraphFormat, PageFormat
from otsgraph.rdf.serializers import serialise
from otsgraph.rdf.terms import BASE, DCTERMS, VOID, Triple, iri
from otsgraph.sparql.protocol import negotiate, parse_accept, preferred, prefers_html
from otsgraph.sparql.rewrite import bound
from otsgraph.web.answering import accept_header
from otsgraph.web.headers import REVALIDATED
from otsgraph.web.links import with_parameters
from otsgraph.web.site import Site, base_of, site_of
from otsgraph.web.tagged import TaggedResponse

VOID_PATH = "/.well-known/void"
DCAT_PATH = "/dcat"
_THINGS = BASE + "id/"


async def void(request: Request) -> Response:
    """The dataset in VoID; people get it as Turtle.  Raises NotAcceptable, MalformedRequest."""
    return await _void(request, _format(request))


async def home_for_machines(request: Request) -> Response | None:
    """The same, at the address of the dataset; None for those who would rather have a page."""
    formats = (PageFormat.HTML, *GraphFormat)
    liked = preferred(parse_accept(accept_header(request) or "*/*"), formats)
    return await _void(request, liked) if isinstance(liked, GraphFormat) else None


async def dcat(request: Request) -> Response:
    """The dataset, its files and its endpoint in DCAT.  Raises NotAcceptable, MalformedRequest, EngineFailed."""
    site, format_, base = site_of(request), _format(request), address(request)
    key = ("dcat", base, format_)
    if (kept := site.pages.find(key)) is not None:
        return kept
    dataset = site.engine.dataset
    offered = files(await site.downloads.manifest(), layered=dataset.layered)
    triples = describe_for_catalogues(dataset, offered, base)
    return site.pages.keep(key, await _response(triples, format_, site))


async def lookup(request: Request) -> Response:
    """303 to what is known of an IRI: ours at its own address here, of others as the endpoint describes it.

    Source: VoID §4.3 (URI lookup endpoints).  Raises UnfitParameter.
    """
    asked = absolute_iri(request.query_params.get("iri", ""), {})
    if asked is None:
        raise UnfitParameter(
            "The parameter iri takes the IRI of a thing.", parameter="iri", takes="an IRI", example=_THINGS + "…"
        )
    if asked.startswith(BASE):
        # two slashes at its beginning would make an address on another host of it
        target = "/" + quote(asked.removeprefix(BASE).lstrip("/"), safe="/#")
    else:
        query = " ".join(bound("DESCRIBE ?thing", {"thing": iri(asked)}).split())
        target = with_parameters("/sparql", [("query", query)])
    return RedirectResponse(target, 303)


def address(request: Request) -> str:
    """The address under which a client reached the site.  Raises MalformedRequest if it does not say a sane one."""
    base = base_of(request)
    if not base:
        raise MalformedRequest("The Host header is no host name with an optional port.")
    return base


def home_links(site: Site) -> str:
    """The Link header of the page that people get of the dataset: what else there is of it, and where."""
    dataset = site.engine.dataset
    linked = [
        *((VOID_PATH, "describedby", f.media_type) for f in GraphFormat),
        (DCAT_PATH, "describedby", GraphFormat.TURTLE.media_type),
        *(("/", "alternate", f.media_type) for f in GraphFormat),
        ("/openapi.json", "service-desc", "application/json"),
        ("/docs", "service-doc", "text/html"),
    ]
    for name, _, media_type in file_names(layered=dataset.layered, as_xml=dataset.census.as_xml):
        linked.append((f"/download/{name}", "item", media_type))
    plain = [("https://schema.org/Dataset", "type"), ("https://schema.org/AboutPage", "type")]
    plain += [(BASE, "cite-as"), (LICENCE, "license")] if dataset.layered else []
    return ", ".join(
        [
            *(f'<{to}>; rel="{relation}"; type="{media_type}"' for to, relation, media_type in linked),
            *(f'<{to}>; rel="{relation}"' for to, relation in plain),
        ]
    )


def _format(request: Request) -> GraphFormat:
    accept = accept_header(request)
    html = prefers_html(accept, tuple(GraphFormat))
    return GraphFormat.TURTLE if html else negotiate(accept, tuple(GraphFormat))


async def _void(request: Request, format_: GraphFormat) -> Response:
    site, base = site_of(request), address(request)
    key = ("void", base, format_)
    if (kept := site.pages.find(key)) is not None:
        return kept
    dataset = site.engine.dataset
    return site.pages.keep(key, await _response(describe_dataset(dataset, all_graphs(dataset), base), format_, site))


async def _response(triples: Iterable[Triple], format_: GraphFormat, site: Site) -> TaggedResponse:
    prefixes = {**PREFIXES, "void": VOID, "dcterms": DCTERMS, **site.engine.dataset.prefixes}
    body = await asyncio.to_thread(serialise, triples, format_, prefixes)
    headers = {"Cache-Control": REVALIDATED, "Vary": "Accept", "Link": '</>; rel="describes"'}
    return TaggedResponse(body, headers=headers, media_type=format_.content_type)
