"""Addresses of things: from an IRI to a page or data, by what the client accepts.

Sources: RFC 9110 §12.5.1 (Accept); RFC 8288 (Link); Linked Data Platform Best Practices (documents about things);
Cool URIs for the Semantic Web §4.2; RFC 9110 §15.4.4 (303), §15.5.11 (410); RFC 8288 (Link).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from otsgraph.dataset.metadata import DATASET, LICENCE, all_graphs
from otsgraph.errors import Gone, NotAcceptable, NotFound, UnfitParameter
from otsgraph.graph.entities import Description, describe
from otsgraph.queries.parameters import absolute_iri
from otsgraph.quoting import quoted
from otsgraph.rdf.formats import Format, GraphFormat, PageFormat
from otsgraph.rdf.serializers import serialise
from otsgraph.rdf.terms import (
    BASE,
    DCTERMS,
    DISCOVERY_GRAPH,
    FOAF,
    GRAPH_BASE,
    RDF,
    RDFS,
    VOID,
    Triple,
    iri,
    iri_value,
    literal,
)
from otsgraph.sparql.protocol import FormatChoice, QueryOperation, Solution, negotiate, prefers_html
from otsgraph.web import dataset
from otsgraph.web.http.headers import REVALIDATED
from otsgraph.web.http.html import with_parameters
from otsgraph.web.http.responses import AnswerResponse, TaggedResponse, accept_header
from otsgraph.web.http.site import Site, site_of, solutions_for
from otsgraph.web.pages.document import document_page
from otsgraph.web.pages.entity import entity_page
from otsgraph.web.pages.statement import statement_page

FORMATS: tuple[Format, ...] = (PageFormat.HTML, *GraphFormat)
"""What a thing can be seen as, what is sent to whoever accepts anything first."""

_OTHER_PARTS = ("graph/", "query/")
"""How the paths of IRIs begin that do not stand below /id/."""


def iri_at(path: str) -> str:
    """The IRI that a path stands for.  Raises NotFound where it cannot be one."""
    asked = _iri(path)
    if absolute_iri(asked, {}) is None:
        raise NotFound("This address cannot be the IRI of a thing; /search finds things by their names.")
    return asked


def _iri(path: str) -> str:
    return BASE + path if path.startswith(_OTHER_PARTS) else f"{BASE}id/{path}"


def format_asked(request: Request) -> Format:
    """The format of `?format=`, else by the Accept header.  Raises UnfitParameter, NotAcceptable."""
    asked = request.query_params.get("format")
    if asked is None:
        return negotiate(accept_header(request), FORMATS)
    found = next((f for f in FORMATS if asked in (f.syntax.extension, f.syntax.name, f.media_type)), None)
    if found is None:
        offered = [f.syntax.extension for f in FORMATS]
        raise UnfitParameter(
            f"There is no format {quoted(asked)} of a thing; there are {', '.join(offered)}.",
            parameter="format",
            choices=offered,
        )
    return found


def graph_format(request: Request) -> GraphFormat:
    """The same among the formats of RDF; Turtle for whoever would rather have a page."""
    found = format_asked(request)
    return found if isinstance(found, GraphFormat) else negotiate(None, tuple(GraphFormat))


def without_suffix(path: str) -> tuple[str, GraphFormat | None]:
    """A path and the format that its suffix says; None if it has none that says one."""
    stem, _, suffix = path.rpartition(".")
    format_ = next((f for f in GraphFormat if stem and f.syntax.extension == suffix), None)
    return (stem, format_) if format_ else (path, None)


def address(path: str, format_: Format) -> str:
    """Where a thing is seen in a format, by the path that its IRI has."""
    if format_ is PageFormat.HTML:
        return "/page/" + quote(path)
    return f"/data/{quote(path)}.{format_.syntax.extension}"


def links(path: str) -> str:
    """The Link header of whatever is about a thing: the other forms of it, and the thing's own IRI."""
    shown = [(address(path, f), f.media_type) for f in FORMATS]
    described_by = address(path, GraphFormat.TURTLE)
    return ", ".join(
        [
            f'<{quote(_iri(path), safe="/:")}>; rel="canonical"',
            f'<{described_by}>; rel="describedby"; type="{GraphFormat.TURTLE.media_type}"',
            *(f'<{to}>; rel="alternate"; type="{type_}"' for to, type_ in shown),
        ]
    )


def about_document(path: str, cut: Sequence[str], *, ours: bool) -> frozenset[Triple]:
    """What the documents about a thing say of themselves.

    `cut` is what the thing has more of than they hold; `ours`: they are of the dataset that otsgraph publishes.
    Source: Describing Linked Datasets with the VoID Vocabulary §6.2 (discovery via links in the dataset's documents).
    """
    document = iri(f"{BASE}data/{quote(path)}")
    about = {
        (document, iri(RDF + "type"), iri(FOAF + "Document")),
        (document, iri(FOAF + "primaryTopic"), iri(_iri(path))),
    }
    if ours:
        about |= {(document, iri(VOID + "inDataset"), iri(DATASET)), (document, iri(DCTERMS + "license"), iri(LICENCE))}
    if cut:
        note = f"Of {' and of '.join(cut)} only the first are here."
        about.add((document, iri(RDFS + "comment"), literal(note, language="en")))
    return frozenset(about)


async def by_iri(request: Request) -> Response:
    """303 to the page or the data; 301 to the one IRI that has taken this one's place.  Raises NotFound, Gone."""
    path = str(request.path_params["path"])
    thing = iri_at(path)
    rows = await solutions_for(request, "thing-standing", {"thing": iri(thing)})
    if rows[0]["retired"].startswith('"true"'):
        return _moved(request, [iri_value(row["successor"]) for row in rows if "successor" in row], thing)
    if not rows[0]["known"].startswith('"true"'):
        raise await asyncio.to_thread(not_found, site_of(request), thing)
    format_ = format_asked(request)
    return _see_other(address(path, format_), path)


def _see_other(target: str, path: str) -> Response:
    headers = {"Vary": "Accept", "Link": links(path), "Cache-Control": REVALIDATED}
    return RedirectResponse(target, 303, headers=headers)


async def query_by_iri(request: Request) -> Response:
    """303 to the page of a saved query with the values given, or to the data about it.  Raises NotFound."""
    path = f"query/{request.path_params['name']}"
    if request.path_params["name"] not in site_of(request).queries:
        raise NotFound(
            f"There is no saved query of the name {quoted(request.path_params['name'])}; /queries lists them."
        )
    format_ = format_asked(request)
    if format_ is PageFormat.HTML:
        given = [pair for pair in request.query_params.multi_items() if pair[0] != "format"]
        target = with_parameters(f"/queries/{quote(request.path_params['name'])}", given)
    else:
        target = address(path, format_)
    return _see_other(target, path)


async def graph(request: Request) -> Response:
    """One named graph, in the format of the suffix or by the Accept header; for people what is known of it."""
    path = str(request.path_params["path"])
    known = {graph.slug for graph in all_graphs(site_of(request).engine.dataset) if graph.slug}
    if prefers_html(accept_header(request), tuple(GraphFormat)) and path in known:
        return _see_other(f"/page/graph/{quote(path)}", f"graph/{path}")
    stem, format_ = without_suffix(path)
    if GRAPH_BASE + stem != DISCOVERY_GRAPH:
        return await dataset.graph(request)
    choice = FormatChoice(None, format_ or graph_format(request))
    site = site_of(request)
    query = site.page_queries["discovery-graph"].bind({})
    answer = await site.ask(QueryOperation(query), choice, request.scope, request.receive)
    return AnswerResponse(answer, site.engine, site.send_budget)


def _moved(request: Request, successors: list[str], thing: str) -> Response:
    if len(successors) == 1 and successors[0].startswith(BASE):
        # two slashes at its beginning would make an address on another host of it
        target = "/" + quote(successors[0].removeprefix(BASE).lstrip("/"), safe="/#")
        given = request.query_params.multi_items()
        return RedirectResponse(with_parameters(target, given), 301, headers={"Cache-Control": REVALIDATED})
    instead = f" In its place are {', '.join(successors)}." if successors else ""
    raise Gone(f"The IRI {thing} is no longer used.{instead}", candidates=successors)


async def data(request: Request) -> Response:
    """The description of a thing as RDF, in the format of the suffix or, without one, by the Accept header."""
    site = site_of(request)
    path, format_ = without_suffix(str(request.path_params["path"]))
    if format_ is None:
        format_ = graph_format(request)
    key = ("data", path, format_)
    if (kept := site.pages.find(key)) is not None:
        return kept
    description = await described(request, iri_at(path))
    triples = description.triples | about_document(path, description.cut, ours=site.engine.dataset.layered)
    try:
        body = await asyncio.to_thread(serialise, triples, format_, site.engine.dataset.prefixes)
    except ValueError as error:  # what XML cannot hold
        others = [f.media_type for f in GraphFormat if f is not format_]
        raise NotAcceptable(f"{error}; there are {', '.join(others)}.", offered=others) from error
    headers = {"Cache-Control": REVALIDATED, "Vary": "Accept", "Link": links(path)}
    return site.pages.keep(key, TaggedResponse(body, headers=headers, media_type=format_.content_type))


async def page(request: Request) -> Response:
    """The page about a thing."""
    site, path = site_of(request), str(request.path_params["path"])
    if path.startswith("query/"):
        return RedirectResponse("/" + quote(path.replace("query/", "queries/", 1)), 303)
    kinds = tuple(request.query_params.getlist("kind")) if path.startswith("document/") else ()
    key = ("page", path, kinds)
    if (kept := site.pages.find(key)) is not None:
        return kept
    thing = iri_at(path)
    made = await _page_of(thing)(request, thing)
    made.headers["Link"] = links(path)
    return site.pages.keep(key, made)


def _page_of(thing: str) -> Callable[[Request, str], Awaitable[TaggedResponse]]:
    if thing.startswith(BASE + "id/document/"):
        return _document
    return _statement if thing.startswith(BASE + "id/statement/") else _entity


async def _document(request: Request, thing: str) -> TaggedResponse:
    site = site_of(request)
    found = await asyncio.to_thread(site.names.thing, thing)
    if found is None:
        raise await asyncio.to_thread(not_found, site, thing)
    return await document_page(request, found)


async def _entity(request: Request, thing: str) -> TaggedResponse:
    return await entity_page(request, await described(request, thing))


async def _statement(request: Request, thing: str) -> TaggedResponse:
    return await statement_page(request, await described(request, thing))


async def described(request: Request, thing: str) -> Description:
    """What is known of a thing.  Raises NotFound if nothing is, and whatever the engine raises."""

    async def ask(name: str, terms: Mapping[str, str]) -> list[Solution]:
        return await solutions_for(request, name, terms)

    description = await describe(ask, thing)
    if not description.is_known:
        raise await asyncio.to_thread(not_found, site_of(request), thing)
    return description


def not_found(site: Site, thing: str) -> NotFound:
    """The error for an IRI that is nowhere, with things that are called or written like it."""
    words = thing.rstrip("/").rpartition("/")[2].replace("-", " ")
    found = site.names.named(words) or [match.thing for match in site.names.near(words)]
    meant = [f"{one.label} ({one.iri})" for one in found[:5]]
    hint = f" Was it {' or '.join(meant)}?" if meant else " /search finds things by their names."
    return NotFound(
        f"The graph knows nothing of the IRI {quoted(thing)}.{hint}", candidates=[one.iri for one in found[:5]]
    )
