"""Where what is shown leads to: addresses on this site, and IRIs as people read them; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlencode

from otsgraph.rdf.terms import BASE, OTS

_THINGS = BASE + "id/"
_GRAPHS = BASE + "graph/"
_QUERIES = BASE + "query/"


def with_parameters(path: str, parameters: Iterable[tuple[str, str]]) -> str:
    """An address with its query string."""
    query = urlencode(list(parameters), quote_via=quote)
    return f"{path}?{query}" if query else path


def in_header(address: str) -> str:
    """Returns an address as it may stand in a header field: in ASCII, without what could end it (RFC 8288 §3)."""
    return quote(address, safe="%/:?#[]@!$&'()*+,;=~")


def leads_to(iri: str) -> str:
    """The address that an IRI is followed to: of ours on this site, of others their own; empty for no address."""
    if iri.startswith(_THINGS):
        return "/page/" + quote(iri.removeprefix(_THINGS), safe="/#")
    if iri.startswith((_GRAPHS, OTS)):
        return "/" + quote(iri.removeprefix(BASE), safe="/#")
    if iri.startswith(_QUERIES):
        return "/queries/" + quote(iri.removeprefix(_QUERIES), safe="/#")
    return iri if iri.startswith(("http://", "https://")) and not iri.startswith(BASE) else ""


def at_passage(address: str, fragment: str) -> str:
    """The address of a page at a passage of its text; `fragment` is percent-encoded already, or empty.

    Source: URL Fragment Text Directives (WICG) §3.2.
    """
    return f"{address}#:~:text={fragment}" if address and fragment else address


def shortened(iri: str, prefixes: Mapping[str, str]) -> str:
    """An IRI as a prefixed name, where one of the prefixes fits and leaves a plain name; else the IRI."""
    fitting = [(prefix, namespace) for prefix, namespace in prefixes.items() if iri.startswith(namespace)]
    if not fitting:
        return iri
    prefix, namespace = max(fitting, key=lambda pair: len(pair[1]))
    local = iri.removeprefix(namespace)
    return f"{prefix}:{local}" if local and not set(local) & set("/#?") else iri


def without_middle(text: str, longest: int = 60) -> str:
    """A long text with its middle left out, for people."""
    half = longest // 2
    return text if len(text) <= longest else f"{text[: half - 1]}…{text[-half:]}"


def in_words(name: str) -> str:
    """The name of a variable as people read it: `heldOn` as `held on`."""
    spaced = "".join(f" {character.lower()}" if character.isupper() else character for character in name)
    return spaced.replace("_", " ").strip()
