"""/robots.txt and /sitemap.xml: which pages there are to be found, and what not to walk through.

Statements are not in the sitemap: each is shown whole, with its evidence, on the page of its document and on those of
the things that it is about, and so many small pages would stand before the others.
Sources: RFC 9309 (Robots Exclusion Protocol); https://www.sitemaps.org/protocol.html.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from otsgraph.dataset.info import URI_SPACE
from otsgraph.errors import NotFound
from otsgraph.graph.names import things_under
from otsgraph.quoting import quoted
from otsgraph.web.descriptions import address
from otsgraph.web.headers import REVALIDATED
from otsgraph.web.links import leads_to
from otsgraph.web.site import Site, site_of
from otsgraph.web.tagged import TaggedResponse

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
