"""/ontology, its versions and formats, /shapes.ttl and /context.jsonld: the vocabulary, for people and machines.

Sources: Best Practice Recipes for Publishing RDF Vocabularies (W3C Note, 2008); RFC 8288 (Link); JSON-LD 1.1 §3.1.
"""

from __future__ import annotations

import asyncio
from functools import cache, lru_cache

from starlette.requests import Request
from starlette.responses import Response

from otsgraph.dataset.sources import packaged_folder
from otsgraph.errors import NotAcceptable, NotFound, UnfitParameter
from otsgraph.graph.ontology import ONTOLOGY, WORKED, Ontology, read_ontology, uses
from otsgraph.quoting import quoted
from otsgraph.rdf.formats import Format, GraphFormat, PageFormat
from otsgraph.rdf.terms import iri_value, is_iri
from otsgraph.sparql.protocol import FormatChoice, QueryOperation, negotiate, solutions
from otsgraph.web.http.headers import REVALIDATED
from otsgraph.web.http.html import in_header
from otsgraph.web.http.responses import TaggedResponse, accept_header, tagged_json
from otsgraph.web.http.site import site_of, solutions_for
from otsgraph.web.pages.ontology import Vocabulary, ontology_page

_OFFERED: tuple[Format, ...] = (PageFormat.HTML, *GraphFormat)
_PAGE = "/ontology"


async def ontology(request: Request) -> Response:
    """The ontology by the Accept header or `?format`: a page unless RDF is liked better.

    Raises NotFound for own data, NotAcceptable, UnfitParameter.
    """
    _require_ours(request)
    format_ = _format(request)
    if isinstance(format_, GraphFormat):
        return await _graph(request, format_)
    return await _page(request)


async def version(request: Request) -> Response:
    """The same for the current version.  Raises NotFound for every other, too."""
    _require_ours(request)
    asked = request.path_params["version"]
    record = (await _ontology(request)).record
    if asked != record.version_iri.rpartition("/")[2]:
        raise NotFound(
            f"There is no version {quoted(asked)} of the ontology here; the current one is {record.version}."
        )
    return await ontology(request)


async def in_format(request: Request) -> Response:
    """The ontology in the format of a suffix.  Raises NotFound for own data, NotAcceptable."""
    _require_ours(request)
    suffix = request.path_params["suffix"]
    format_ = next((f for f in GraphFormat if f.syntax.extension == suffix), None)
    if format_ is None:
        offered = [f.syntax.extension for f in GraphFormat]
        raise NotAcceptable(
            f"There is no format {quoted(suffix)} of it; there are {', '.join(offered)}.", offered=offered
        )
    return await _graph(request, format_)


async def shapes(request: Request) -> Response:
    """What every resource must have, as SHACL shapes.  Raises NotFound for own data."""
    _require_ours(request)
    headers = {"Cache-Control": REVALIDATED}
    return TaggedResponse(await asyncio.to_thread(_shapes), headers=headers, media_type="text/turtle")


async def context(request: Request) -> Response:
    """The prefixes as a JSON-LD context."""
    prefixes = site_of(request).engine.dataset.prefixes
    return tagged_json({"@context": dict(sorted(prefixes.items()))}, {}, "application/ld+json")


@cache
def _shapes() -> bytes:
    return (packaged_folder() / "ontology" / "shapes.ttl").read_bytes()


def _require_ours(request: Request) -> None:
    if not site_of(request).engine.dataset.layered:
        raise _not_ours()


def _not_ours() -> NotFound:
    return NotFound(
        "The data that is served here is not that of otsgraph, so its ontology and its shapes are not here."
        f" The ontology has the address {ONTOLOGY}."
    )


def _format(request: Request) -> Format:
    named = request.query_params.getlist("format")
    if not named:
        return negotiate(accept_header(request), _OFFERED)
    found = next((f for f in _OFFERED if [f.syntax.extension] == named), None)
    if found is None:
        offered = [f.syntax.extension for f in _OFFERED]
        raise UnfitParameter(f"`format` is one of {', '.join(offered)}.", parameter="format", choices=offered)
    return found


async def _graph(request: Request, format_: GraphFormat) -> Response:
    response = await site_of(request).downloads.response(f"graph/ontology.{format_.syntax.extension}", request)
    licence = (await _ontology(request)).record.licence
    response.headers["Link"] = _link(licence)
    return response


async def _page(request: Request) -> Response:
    site = site_of(request)
    kept = site.pages.find(_PAGE)
    if kept is not None:
        return kept
    read, used, worked = await asyncio.gather(
        _ontology(request), solutions_for(request, "ontology-uses"), solutions_for(request, WORKED)
    )
    counted = uses(used)
    named = {use.example for of_term in counted.values() for use in of_term}
    named |= {iri_value(term) for row in worked[:1] for term in row.values() if is_iri(term)}
    labels = await asyncio.to_thread(site.names.labels, sorted(named - {""}))
    headers = {"Vary": "Accept", "Link": _link(read.record.licence)}
    vocabulary = Vocabulary(read.terms, counted, labels, site.engine.dataset.prefixes, site.page_queries)
    made = await asyncio.to_thread(ontology_page, read, vocabulary, worked, headers)
    return site.pages.keep(_PAGE, made)


async def _ontology(request: Request) -> Ontology:
    """Raises NotFound where the data has a graph for it without an ontology of this address in it, or none."""
    try:
        return await asyncio.to_thread(_read, await _graph_of_ontology(request))
    except ValueError:
        raise _not_ours() from None


@lru_cache(maxsize=2)
def _read(body: bytes) -> Ontology:
    return read_ontology([(row["s"], row["p"], row["o"]) for row in solutions(body)])


async def _graph_of_ontology(request: Request) -> bytes:
    site = site_of(request)
    text = site.page_queries["ontology-graph"].bind({})
    answer = await site.ask(QueryOperation(text), FormatChoice(), request.scope, request.receive)
    return answer.result.body


def _link(licence: str) -> str:
    """The Link header of the page and of each format: the others, the licence, and the address that stays."""
    links = [f'<{_PAGE}.{f.syntax.extension}>; rel="alternate"; type="{f.media_type}"' for f in GraphFormat]
    links += [f'<{in_header(licence)}>; rel="license"'] if licence else []
    return ", ".join([*links, f'<{ONTOLOGY}>; rel="canonical"'])
