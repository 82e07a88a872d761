"""Renders templates, and makes the links in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from otsgraph.quoting import printable
from otsgraph.rdf.terms import BASE, OTS
from otsgraph.web.http.headers import REVALIDATED
from otsgraph.web.http.responses import TaggedResponse

_THINGS = BASE + "id/"
_GRAPHS = BASE + "graph/"
_QUERIES = BASE + "query/"


def with_parameters(path: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Returns an address with its query string."""
    query = urlencode(list(parameters), quote_via=quote)
    return f"{path}?{query}" if query else path


def in_header(address: str) -> str:
    """Returns an address as it may stand in a header field: in ASCII, without what could end it (RFC 8288 §3)."""
    return quote(address, safe="%/:?#[]@!$&'()*+,;=~")


def leads_to(iri: str) -> str:
    """Returns the address behind an IRI: on this site for ours, else its own; empty if it has none."""
    if iri.startswith(_THINGS):
        return "/page/" + quote(iri.removeprefix(_THINGS), safe="/#")
    if iri.startswith((_GRAPHS, OTS)):
        return "/" + quote(iri.removeprefix(BASE), safe="/#")
    if iri.startswith(_QUERIES):
        return "/queries/" + quote(iri.removeprefix(_QUERIES), safe="/#")
    return iri if iri.startswith(("http://", "https://")) and not iri.startswith(BASE) else ""


def at_passage(address: str, fragment: str) -> str:
    """Returns the address of a page at a passage of its text; `fragment` is percent-encoded, or empty.

    Source: URL Fragment Text Directives (WICG) §3.2.
    """
    return f"{address}#:~:text={fragment}" if address and fragment else address


def shortened(iri: str, prefixes: Mapping[str, str]) -> str:
    """Returns an IRI as a prefixed name if a prefix fits and leaves a plain name, else the IRI."""
    fitting = [(prefix, namespace) for prefix, namespace in prefixes.items() if iri.startswith(namespace)]
    if not fitting:
        return iri
    prefix, namespace = max(fitting, key=lambda pair: len(pair[1]))
    local = iri.removeprefix(namespace)
    return f"{prefix}:{local}" if local and not set(local) & set("/#?") else iri


def without_middle(text: str, longest: int = 60) -> str:
    """Returns a long text without its middle, for people."""
    half = longest // 2
    return text if len(text) <= longest else f"{text[: half - 1]}…{text[-half:]}"


def in_words(name: str) -> str:
    """Returns the name of a variable as words: `heldOn` as `held on`."""
    spaced = "".join(f" {character.lower()}" if character.isupper() else character for character in name)
    return spaced.replace("_", " ").strip()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("otsgraph.web.pages"),
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
    """Returns a text with what is between backticks as code."""
    pieces = escape(text).split("`")
    marked = [Markup("<code>{}</code>").format(piece) if i % 2 else piece for i, piece in enumerate(pieces)]
    return Markup("").join(marked)


def _json_ld(value: object) -> Markup:
    """Returns a value as JSON for a script element, where neither `</script>` nor `<!--` may occur.

    Source: JSON-LD 1.1 §7.1 (restrictions for contents of script elements).
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


def _plural(kind: str) -> str:
    """Returns the plural of the English name of a class."""
    if kind.endswith("person"):
        return kind.removesuffix("person") + "people"
    if kind.endswith("series"):
        return kind
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"


def page(
    template: str, *, status_code: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> TaggedResponse:
    """Returns the page that a template makes of some values; by default, caches revalidate it each time."""
    text = _environment().get_template(template).render(**values)
    return TaggedResponse(text, status_code, {"Cache-Control": REVALIDATED, **(headers or {})}, "text/html")
