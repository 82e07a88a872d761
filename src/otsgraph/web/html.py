"""HTML pages from the templates beside this module; everything that is put into them is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from otsgraph.web.headers import REVALIDATED


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("otsgraph.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def page(
    template: str, *, status_code: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """The page that a template makes of some values; caches ask each time whether it is current, unless told else."""
    text = _environment().get_template(template).render(**values)
    return HTMLResponse(text, status_code, {"Cache-Control": REVALIDATED, **(headers or {})})
