"""What the pages are made from: an engine, saved queries, downloads, and how long a query may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from otsgraph.engines.base import Engine
from otsgraph.saved_queries import SavedQuery
from otsgraph.web.downloads import Downloads


@dataclass(frozen=True, slots=True)
class Site:
    """`time_limit` in seconds [s]."""

    engine: Engine
    queries: Mapping[str, SavedQuery]
    downloads: Downloads
    time_limit: float


def site_of(request: Request) -> Site:
    """The site that a request was sent to."""
    site: Site = request.app.state.site
    return site
