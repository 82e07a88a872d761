"""HTML pages from the templates beside this module; everything that is put into them is escaped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from otsgraph.quoting import printable
from otsgraph.web.headers import REVALIDATED
from otsgraph.web.links import in_words
from otsgraph.web.tagged import TaggedResponse


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("otsgraph.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["printable"] = printable
    environment.filters["words"] = in_words
    environment.filters["prose"] = _prose
    environment.filters["plural"] = _plural
    environment.filters["json_ld"] = _json_ld
    environment.filters["number"] = lambda number: f"{number:,}"
    return environment


def _prose(text: str) -> Markup:
    """A text in which what stands between backticks is code."""
    pieces = escape(text).split("`")
    marked = [Markup("<code>{}</code>").format(piece) if i % 2 else piece for i, piece in enumerate(pieces)]
    return Markup("").join(marked)


def _json_ld(value: object) -> Markup:
    """A value as JSON that stands inside a script element, where neither `</script>` nor `<!--` may occur.

    Source: JSON-LD 1.1 §7.1 (restrictions for contents of script elements).
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


def _plural(kind: str) -> str:
    """The plural of what a class is called in English; the last word has it."""
    if kind.endswith("person"):
        return kind.removesuffix("person") + "people"
    if kind.endswith("series"):
        return kind
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"


def page(
    template: str, *, status_code: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> TaggedResponse:
    """The page that a template makes of some values; caches ask each time whether it is current, unless told else."""
    text = _environment().get_template(template).render(**values)
    return TaggedResponse(text, status_code, {"Cache-Control": REVALIDATED, **(headers or {})}, "text/html")
