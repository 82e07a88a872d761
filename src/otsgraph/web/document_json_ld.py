"""A source document and the claims in it as JSON-LD in the words of schema.org; pure.

Nothing is in it that the data does not say: the classes are those that the ontology aligns with, facts are no claims.
Sources: schema.org (CreativeWork, Claim); JSON-LD 1.1 §7.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from otsgraph.graph.documents import Account, Entry, Kind
from otsgraph.rdf.terms import DCTERMS, OTS, RDF, RDFS, SCHEMA, iri_value, is_iri, language, literal_value
from otsgraph.web.linked_data import CONTEXT
from otsgraph.web.links import leads_to

_CLAIMED = (Kind.ATTRIBUTED, Kind.ASSESSMENT)

Node: TypeAlias = Mapping[str, object]


def document_json_ld(told: Account, label: Callable[[str], str]) -> Node:
    """The block of a document's page; `label` gives the name of an IRI."""
    claims = [_claim(entry, told, label) for entry in told.entries if entry.kind in _CLAIMED]
    return {"@context": CONTEXT, "@graph": [_document(told, label), *claims]}


def _document(told: Account, label: Callable[[str], str]) -> Node:
    publishers = [iri_value(p) for p in told.values(OTS + "publishedBy") if is_iri(p)]
    about: dict[str, object] = {
        "@type": _types(told, told.document),
        "@id": told.document,
        "name": _first(told, RDFS + "label"),
        "url": {"@id": url} if (url := url_of(told)) else None,
        "datePublished": _first(told, DCTERMS + "issued"),
        "inLanguage": _first(told, DCTERMS + "language"),
        "publisher": [_agent(told, p, label) for p in publishers],
        "author": [{"name": literal_value(name)} for name in told.values(OTS + "byline")],
    }
    return {name: value for name, value in about.items() if value}


def _claim(entry: Entry, told: Account, label: Callable[[str], str]) -> Node:
    said = entry.said
    about: dict[str, object] = {
        "@type": "Claim",
        "@id": said.iri,
        "description": literal_value(said.paraphrase) if said.paraphrase else "",
        "inLanguage": language(said.paraphrase),
        "appearance": {"@id": told.document},
        "author": _agent(told, said.speaker, label) if said.speaker else None,
    }
    return {name: value for name, value in about.items() if value}


def _agent(told: Account, agent: str, label: Callable[[str], str]) -> Node:
    types = _types(told, agent)
    return {**({"@type": types} if types else {}), "@id": agent, "name": label(agent)}


def _first(told: Account, property_: str) -> str:
    value = next(iter(told.values(property_)), "")
    return iri_value(value) if is_iri(value) else literal_value(value) if value else ""


def _types(told: Account, subject: str) -> list[str]:
    """The classes of schema.org that it has on record, by their names there."""
    classes = [iri_value(c) for c in told.values(RDF + "type", subject) if is_iri(c)]
    return [c.removeprefix(SCHEMA) for c in classes if c.startswith(SCHEMA)]


def url_of(told: Account) -> str:
    """Where its publisher has it; empty for what is no address on the web, such as one with `javascript:`."""
    urls = [iri_value(o) for o in told.values(SCHEMA + "url") if is_iri(o)]
    return next((url for url in urls if leads_to(url) == url), "")
