"""Addresses of the dataset as a whole: home, downloads, descriptions, and what crawlers ask for.

Sources: RFC 5785 and Describing Linked Datasets with the VoID Vocabulary §7.2 (well-known address); FAIR Signposting
Profile (2023); RFC 8288 (Link); RFC 9309 (Robots Exclusion Protocol); https://www.sitemaps.org/protocol.html.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Annotated
from urllib.parse import quote

from fastapi import Query
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from otsgraph.dataset.info import CHECKSUMS, URI_SPACE, DatasetInfo, Download, GraphInfo, GraphKind
from otsgraph.dataset.metadata import (
    LICENCE,
    PREFIXES,
    all_graphs,
    by_group,
    describe_dataset,
    describe_for_catalogues,
    examples,
    file_names,
    files,
)
from otsgraph.errors import REQUEST_ERRORS, MalformedRequest, NotAcceptable, NotFound, UnfitParameter, size_text
from otsgraph.graph.names import things_under
from otsgraph.queries.parameters import absolute_iri
from otsgraph.quoting import quoted
from otsgraph.rdf.formats import GraphFormat, PageFormat
from otsgraph.rdf.serializers import serialise
from otsgraph.rdf.terms import BASE, DCTERMS, VOID, Triple, iri
from otsgraph.sparql.protocol import Deadline, negotiate, parse_accept, preferred, prefers_html
from otsgraph.sparql.rewrite import bound
from otsgraph.web.api import ApiRoute, problems
from otsgraph.web.http.headers import REVALIDATED
from otsgraph.web.http.html import leads_to, page, with_parameters
from otsgraph.web.http.responses import TaggedResponse, accept_header
from otsgraph.web.http.site import Site, base_of, site_of
from otsgraph.web.pages.json_ld import dataset_json_ld

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


async def lookup(
    request: Request,
    iri_: Annotated[
        str,
        Query(
            alias="iri",
            description="The IRI of a thing.",
            openapi_examples={"example": {"value": _THINGS + "state/hungary"}},
        ),
    ] = "",
) -> Response:
    """303 to what is known of an IRI: ours at its own address here, of others as the endpoint describes it.

    Source: VoID §4.3 (URI lookup endpoints).  Raises UnfitParameter.
    """
    asked = absolute_iri(iri_, {})
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


async def query_examples(request: Request) -> Response:
    """The query examples, with the address under which the client reached the endpoint as their target."""
    site = site_of(request)
    format_ = negotiate(accept_header(request), tuple(GraphFormat))
    prefixes = BASE + "ontology" if site.engine.dataset.layered else ""
    triples = examples(site.queries.values(), f"{base_of(request)}/sparql", prefixes)
    body = serialise(triples, format_, site.engine.dataset.prefixes)
    headers = {"Cache-Control": REVALIDATED, "Vary": "Accept", "Content-Type": format_.content_type}
    return TaggedResponse(body, headers=headers)


ROUTES = (
    ApiRoute(
        "/lookup",
        lookup,
        operation_id="lookup",
        summary="The way from an IRI to what is known of it",
        description="Redirects to the page or the data of a thing of this graph, and to a DESCRIBE query for others.",
        tags=["search"],
        status_code=303,
        response_class=RedirectResponse,
        responses={
            303: {"description": "The address of the thing, or a query for it."},
            **problems(MalformedRequest, UnfitParameter),
        },
    ),
)


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


MOST_ADDRESSES = 50_000
"""Of one file; more are in several, which an index names.  Source: sitemaps.org, on sitemap index files."""

_COSTLY = ("/sparql?", "/search", "/suggest", "/lookup", "/queries/*?")
"""What each asks a question, of which there is no end."""

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


async def robots(request: Request) -> Response:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _COSTLY), "Allow: /", ""]
    lines.append(f"Sitemap: {address(request)}/sitemap.xml")
    headers = {"Cache-Control": REVALIDATED}
    return TaggedResponse("\n".join(lines) + "\n", headers=headers, media_type="text/plain; charset=utf-8")


async def sitemap(request: Request) -> Response:
    """All pages worth finding; where they are too many for one file, the files that name them."""
    base = address(request)
    found = await asyncio.to_thread(pages_worth_finding, site_of(request))
    parts = range(1, -(-len(found) // MOST_ADDRESSES) + 1)
    if len(parts) == 1:
        return _answer("urlset", "url", [base + path for path in found])
    return _answer("sitemapindex", "sitemap", [f"{base}/sitemap-{part}.xml" for part in parts])


async def sitemap_part(request: Request) -> Response:
    """The part of a number, from 1, of all pages.  Raises NotFound."""
    base, asked = address(request), request.path_params["number"]
    number = int(asked) if re.fullmatch("[1-9][0-9]{0,8}", asked) else 0
    found = await asyncio.to_thread(pages_worth_finding, site_of(request))
    paths = found[(number - 1) * MOST_ADDRESSES : number * MOST_ADDRESSES] if number else []
    if not paths:
        raise NotFound(f"There is no part {quoted(asked)} of the sitemap.")
    return _answer("urlset", "url", [base + path for path in paths])


def pages_worth_finding(site: Site) -> list[str]:
    """The paths of the pages that a search engine should know, those about the whole first."""
    fixed = ["/", "/queries", "/downloads", "/docs", "/sparql"]
    return [
        *fixed,
        *(["/ontology"] if site.engine.dataset.layered else []),
        *(f"/queries/{name}" for name in sorted(site.queries)),
        *map(leads_to, things_under(site.names, URI_SPACE)),
    ]


def _answer(root: str, element: str, addresses: Sequence[str]) -> Response:
    entries = "".join(f"<{element}><loc>{escape(one)}</loc></{element}>\n" for one in addresses)
    body = f'{_XML}<{root} xmlns="{_NAMESPACE}">\n{entries}</{root}>\n'
    headers = {"Cache-Control": REVALIDATED}
    return TaggedResponse(body, headers=headers, media_type="application/xml")


KINDS: Mapping[GraphKind, str] = {
    GraphKind.ONTOLOGY: "the ontology",
    GraphKind.STATEMENTS: "what a document says",
    GraphKind.FACTS: "facts of these statements",
    GraphKind.REFERENCE: "background",
    GraphKind.INFERRED: "what follows by the ontology",
    GraphKind.DISCOVERY: "what the dataset says of itself",
    GraphKind.OTHER: "as the files name it",
}
"""What a graph of each kind holds, for people."""

_ORDER = (
    GraphKind.ONTOLOGY,
    GraphKind.STATEMENTS,
    GraphKind.REFERENCE,
    GraphKind.FACTS,
    GraphKind.INFERRED,
    GraphKind.DISCOVERY,
    GraphKind.OTHER,
)
"""The kinds in the order in which they are shown; facts stand behind the statements that they are of."""

_UNITS = ((10**6, "MB"), (10**3, "kB"))


@dataclass(frozen=True, slots=True)
class GraphRow:
    """One named graph for people: its name, where that leads, what it holds, and its files as (format, address)."""

    name: str
    link: str
    kind: str
    triples: int
    files: Sequence[tuple[str, str]]


async def downloads(request: Request) -> Response:
    """Writes the files if nobody has asked for one yet.  Raises EngineFailed if that cannot be done."""
    site = site_of(request)
    dataset, base = site.engine.dataset, base_of(request)
    key = ("downloads", base)
    if (kept := site.pages.find(key)) is not None:
        return kept
    manifest = await site.downloads.manifest()
    offered = files(manifest, layered=dataset.layered)
    named = [*_documents(dataset).values(), *(g.iri for g in dataset.graphs if not g.slug)]
    labels = await asyncio.to_thread(site.names.labels, named)
    made = page(
        "downloads.html",
        dataset=dataset,
        groups=[(group.name.lower(), inside[0].heading, inside) for group, inside in by_group(offered)],
        graphs=_graph_rows(dataset, manifest, labels),
        checksums=CHECKSUMS,
        size=human_size,
        json_ld=dataset_json_ld(dataset, base, offered),
        base=base,
    )
    return site.pages.keep(key, made)


def human_size(size: int) -> str:
    """Bytes as people read them: 590 kB, 3.2 MB; decimal, as file managers show them."""
    for unit, name in _UNITS:
        if size >= unit:
            return f"{size / unit:.1f} {name}" if size < 10 * unit else f"{size / unit:,.0f} {name}"
    return size_text(size)


def _graph_rows(dataset: DatasetInfo, manifest: Mapping[str, Download], labels: Mapping[str, str]) -> list[GraphRow]:
    documents = _documents(dataset)
    return [
        GraphRow(
            name=graph.slug or labels.get(graph.iri, graph.iri),
            link=leads_to(graph.iri) if graph.slug else "",
            kind=labels.get(documents.get(graph.iri, ""), KINDS[graph.kind]),
            triples=graph.triples,
            files=_files_of(graph, manifest),
        )
        for graph in _in_order(dataset.graphs)
    ]


def _documents(dataset: DatasetInfo) -> dict[str, str]:
    """The IRI of its document for each graph of statements."""
    return {g.iri: f"{URI_SPACE}document/{g.slug}" for g in dataset.graphs if g.kind is GraphKind.STATEMENTS}


def _in_order(graphs: Sequence[GraphInfo]) -> list[GraphInfo]:
    kinds = {graph.iri: graph.kind for graph in graphs}

    def place(graph: GraphInfo) -> tuple[int, str]:
        return _ORDER.index(kinds.get(graph.derived_from, graph.kind)), graph.iri

    return sorted(graphs, key=place)


def _files_of(graph: GraphInfo, manifest: Mapping[str, Download]) -> list[tuple[str, str]]:
    stem = f"graph/{graph.slug}"
    return [
        (f.title, f"/{stem}.{f.syntax.extension}")
        for f in GraphFormat
        if graph.slug and f"{stem}.{f.syntax.extension}" in manifest
    ]


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
    described = await home_for_machines(request)
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
        headers={"Vary": "Accept", "Link": home_links(site)},
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
