"""What the pages are made from: an engine, saved queries, downloads, and how long a query may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from otsgraph.engines.caching import CachingEngine
from otsgraph.saved_queries import SavedQuery
from otsgraph.web.downloads import Downloads
from otsgraph.web.ready import ReadyAnswers


@dataclass(frozen=True, slots=True)
class Site:
    """`time_limit` in seconds [s]; `services` are the other endpoints that a query may ask.

    `public_url` is the address under which the site is reached, without a slash at its end, or empty: then it is what
    each client says.
    """

    engine: CachingEngine
    queries: Mapping[str, SavedQuery]
    downloads: Downloads
    time_limit: float
    ready: ReadyAnswers = field(default_factory=ReadyAnswers)
    services: frozenset[str] = frozenset()
    public_url: str = ""


def site_of(request: Request) -> Site:
    """The site that a request was sent to."""
    site: Site = request.app.state.site
    return site
