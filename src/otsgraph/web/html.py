"""HTML pages from the templates beside this module; everything that is put into them is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from otsgraph.operation import digest
from otsgraph.web.headers import REVALIDATED, is_current
from otsgraph.web.links import in_words


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("otsgraph.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["words"] = in_words
    environment.filters["prose"] = _prose
    environment.filters["number"] = lambda number: f"{number:,}"
    return environment


def _prose(text: str) -> Markup:
    """A text in which what stands between backticks is code."""
    pieces = escape(text).split("`")
    marked = [Markup("<code>{}</code>").format(piece) if i % 2 else piece for i, piece in enumerate(pieces)]
    return Markup("").join(marked)


class Page(HTMLResponse):
    """A page with its entity tag; to a client that has it already, nothing but that."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tag = self.headers.get("etag", "").strip('"')
        if tag and is_current(scope, tag):
            kept = {name: self.headers[name] for name in ("etag", "cache-control", "vary") if name in self.headers}
            await Response(status_code=304, headers=kept)(scope, receive, send)
            return
        await super().__call__(scope, receive, send)


def page(template: str, *, status_code: int = 200, headers: Mapping[str, str] | None = None, **values: Any) -> Page:
    """The page that a template makes of some values; caches ask each time whether it is current, unless told else."""
    text = _environment().get_template(template).render(**values)
    said = {"Cache-Control": REVALIDATED, **(headers or {})}
    if status_code == 200 and said["Cache-Control"] != "no-store":
        said["ETag"] = f'"{digest(text.encode())}"'
    return Page(text, status_code, said)
