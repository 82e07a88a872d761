"""JSON-LD for pages in the words of schema.org: things, documents and the dataset.

Sources: JSON-LD 1.1 §7 (embedding JSON-LD in HTML documents); schema.org (CreativeWork, Claim); JSON-LD 1.1 §7.1;
schema.org (Dataset, DataDownload); JSON-LD 1.1 §7 (embedding JSON-LD in HTML documents).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from otsgraph.dataset.info import DatasetInfo
from otsgraph.dataset.metadata import ABOUT, CONTRIBUTORS, LICENCE, File, file_names, node_of, sources, title
from otsgraph.graph.documents import Account, Entry, Kind
from otsgraph.rdf.terms import (
    DCTERMS,
    OTS,
    OWL,
    RDF,
    RDFS,
    SCHEMA,
    XSD,
    Triple,
    datatype,
    iri,
    iri_value,
    is_iri,
    language,
    literal_value,
)
from otsgraph.web.http.html import leads_to

CONTEXT: Mapping[str, str] = {"@vocab": SCHEMA}

_SAME = iri(OWL + "sameAs")
_TYPE = iri(RDF + "type")
_LABEL = iri(RDFS + "label")


def linked_data(thing: str, triples: Iterable[Triple]) -> dict[str, object]:
    """The JSON-LD of the thing with an IRI, from the triples that it is the subject of."""
    types: set[str] = set()
    values: dict[str, list[object]] = {}
    labels: list[object] = []
    for s, p, o in sorted(set(triples)):
        if s != iri(thing):
            continue
        if p == _TYPE and iri_value(o).startswith(SCHEMA):
            types.add(iri_value(o).removeprefix(SCHEMA))
        elif p == _SAME:
            values.setdefault("sameAs", []).append({"@id": iri_value(o)})
        elif p == _LABEL:
            labels.append(_value(o))
        elif iri_value(p).startswith(SCHEMA):
            values.setdefault(iri_value(p).removeprefix(SCHEMA), []).append(_value(o))
    values.setdefault("name", labels)
    shown = {name: held[0] if len(held) == 1 else held for name, held in sorted(values.items()) if held}
    return {"@context": CONTEXT, "@id": thing, "@type": sorted(types) or "Thing", **shown}


def _value(term: str) -> object:
    if is_iri(term):
        return {"@id": iri_value(term)}
    tag, type_ = language(term), datatype(term)
    if tag:
        return {"@value": literal_value(term), "@language": tag}
    if type_ and type_ != XSD + "string":
        return {"@value": literal_value(term), "@type": type_}
    return literal_value(term)


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


def dataset_json_ld(dataset: DatasetInfo, base: str, offered: Iterable[File] | None = None) -> Mapping[str, object]:
    """The block of a page about the dataset; `base` is the address of its site.

    `offered` are the files, with their sizes and digests, where these are known already.
    """
    node = node_of(dataset, base)
    about: dict[str, object] = {
        "@context": CONTEXT,
        "@type": "Dataset",
        "@id": node,
        "name": title(dataset),
        "url": f"{base}/",
        "version": dataset.short_version,
        "distribution": _from_names(dataset, base) if offered is None else [_distribution(f, base) for f in offered],
    }
    return {**about, **_ours(dataset, node)} if dataset.layered else about


def _ours(dataset: DatasetInfo, node: str) -> dict[str, object]:
    makers = {"@type": "Organization", "@id": f"{node}#contributors", "name": CONTRIBUTORS}
    days = {"datePublished": dataset.census.issued, "dateModified": dataset.census.modified}
    return {
        "description": ABOUT,
        "identifier": node,
        "license": LICENCE,
        "creator": makers,
        "publisher": makers,
        "isAccessibleForFree": True,
        "isBasedOn": sources(dataset),
        **{name: day for name, day in days.items() if day},
    }


def _from_names(dataset: DatasetInfo, base: str) -> list[dict[str, object]]:
    named = file_names(layered=dataset.layered, as_xml=dataset.census.as_xml)
    return [_download(base, name, said, media_type) for name, said, media_type in named]


def _distribution(file: File, base: str) -> dict[str, object]:
    about = _download(base, file.plain.name, file.title, file.media_type)
    return {**about, "contentSize": f"{file.plain.size} B", "sha256": file.plain.sha256}


def _download(base: str, name: str, said: str, media_type: str) -> dict[str, object]:
    return {
        "@type": "DataDownload",
        "name": said,
        "contentUrl": f"{base}/download/{name}",
        "encodingFormat": media_type,
    }
