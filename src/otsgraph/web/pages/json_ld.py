"""JSON-LD for pages in the vocabulary of schema.org: things, statements, documents, the dataset and the ontology.

Sources: JSON-LD 1.1 §7 (embedding JSON-LD in HTML documents); schema.org (CreativeWork, Claim, Dataset, DataDownload,
DefinedTermSet).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from otsgraph.dataset.info import DatasetInfo
from otsgraph.dataset.metadata import ABOUT, CONTRIBUTORS, LICENCE, File, file_names, node_of, sources, title
from otsgraph.graph.documents import Account
from otsgraph.graph.ontology import ONTOLOGY, Ontology
from otsgraph.graph.statements import ASSESSMENT, ATTRIBUTED, Testimony
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
from otsgraph.web.pages.labels import Labels

Node: TypeAlias = Mapping[str, object]

_CONTEXT = {"@context": {"@vocab": SCHEMA}}
_CLAIMED = (ATTRIBUTED, ASSESSMENT)


def _node(properties: Node) -> Node:
    """Returns a node without the properties that have no value."""
    return {name: value for name, value in properties.items() if value}


def _value(term: str) -> object:
    if is_iri(term):
        return {"@id": iri_value(term)}
    tag, type_ = language(term), datatype(term)
    if tag:
        return {"@value": literal_value(term), "@language": tag}
    if type_ and type_ != XSD + "string":
        return {"@value": literal_value(term), "@type": type_}
    return literal_value(term)


def thing_json_ld(thing: str, triples: Iterable[Triple]) -> Node:
    """Returns the JSON-LD of the thing with an IRI, from the triples with it as subject."""
    types: set[str] = set()
    values: dict[str, list[object]] = {}
    labels: list[object] = []
    for s, p, o in sorted(set(triples)):
        if s != iri(thing):
            continue
        property_ = iri_value(p)
        if property_ == RDF + "type" and iri_value(o).startswith(SCHEMA):
            types.add(iri_value(o).removeprefix(SCHEMA))
        elif property_ == RDFS + "label":
            labels.append(_value(o))
        elif property_ == OWL + "sameAs" or property_.startswith(SCHEMA):
            name = property_.removeprefix(SCHEMA).removeprefix(OWL)
            values.setdefault(name, []).append(_value(o))
    values.setdefault("name", labels)
    shown = {name: held[0] if len(held) == 1 else held for name, held in sorted(values.items()) if held}
    return {**_CONTEXT, "@id": thing, "@type": sorted(types) or "Thing", **shown}


def statement_json_ld(one: Testimony) -> Node:
    """Returns a claim with where it appears; what is reported as fact and what is background are not claims."""
    is_claim = one.voice in _CLAIMED
    return _node(
        {
            **_CONTEXT,
            "@id": one.iri,
            "@type": "Claim" if is_claim else "Thing",
            "description": _value(one.paraphrase) if one.paraphrase else None,
            "appearance": {"@id": one.document} if is_claim and one.document else None,
            "about": [{"@id": thing} for thing in one.about] if is_claim else None,
            "name": one.label,
        }
    )


def document_json_ld(told: Account, labels: Labels) -> Node:
    """Returns the document with the claims that it reports or makes."""
    publishers = [iri_value(p) for p in told.values(OTS + "publishedBy") if is_iri(p)]
    document = {
        "@type": _types(told, told.document),
        "@id": told.document,
        "name": _first(told, RDFS + "label"),
        "url": {"@id": url} if (url := url_of(told)) else None,
        "datePublished": _first(told, DCTERMS + "issued"),
        "inLanguage": _first(told, DCTERMS + "language"),
        "publisher": [_agent(told, p, labels) for p in publishers],
        "author": [{"name": literal_value(name)} for name in told.values(OTS + "byline")],
    }
    claims = [
        {
            "@type": "Claim",
            "@id": said.iri,
            "description": literal_value(said.paraphrase) if said.paraphrase else "",
            "inLanguage": language(said.paraphrase),
            "appearance": {"@id": told.document},
            "author": _agent(told, said.speaker, labels) if said.speaker else None,
        }
        for said in (entry.said for entry in told.entries)
        if said.voice in _CLAIMED
    ]
    return {**_CONTEXT, "@graph": [_node(document), *map(_node, claims)]}


def _agent(told: Account, agent: str, labels: Labels) -> Node:
    return _node({"@type": _types(told, agent), "@id": agent, "name": labels.label(agent)})


def _first(told: Account, property_: str) -> str:
    value = next(iter(told.values(property_)), "")
    return iri_value(value) if is_iri(value) else literal_value(value) if value else ""


def _types(told: Account, subject: str) -> list[str]:
    """Returns the classes of schema.org that a subject has on record, by their names there."""
    classes = [iri_value(c) for c in told.values(RDF + "type", subject) if is_iri(c)]
    return [c.removeprefix(SCHEMA) for c in classes if c.startswith(SCHEMA)]


def url_of(told: Account) -> str:
    """Returns where its publisher has a document; empty for what is no address on the web, such as `javascript:…`."""
    urls = [iri_value(o) for o in told.values(SCHEMA + "url") if is_iri(o)]
    return next((url for url in urls if leads_to(url) == url), "")


def dataset_json_ld(dataset: DatasetInfo, base: str, offered: Iterable[File] | None = None) -> Node:
    """Returns the dataset with its files; `base` is the address of its site.

    `offered` are the files, with their sizes and digests, where these are known already.
    """
    node = node_of(dataset, base)
    makers = {"@type": "Organization", "@id": f"{node}#contributors", "name": CONTRIBUTORS}
    named = file_names(layered=dataset.layered, as_xml=dataset.census.as_xml)
    about = {
        **_CONTEXT,
        "@type": "Dataset",
        "@id": node,
        "name": title(dataset),
        "url": f"{base}/",
        "version": dataset.short_version,
        "distribution": [_download(base, *each) for each in named]
        if offered is None
        else [
            {
                **_download(base, file.plain.name, file.title, file.media_type),
                "contentSize": f"{file.plain.size} B",
                "sha256": file.plain.sha256,
            }
            for file in offered
        ],
    }
    ours = {
        "description": ABOUT,
        "identifier": node,
        "license": LICENCE,
        "creator": makers,
        "publisher": makers,
        "isAccessibleForFree": True,
        "isBasedOn": sources(dataset),
        "datePublished": dataset.census.issued,
        "dateModified": dataset.census.modified,
    }
    return _node({**about, **(ours if dataset.layered else {})})


def _download(base: str, name: str, said: str, media_type: str) -> Node:
    return {
        "@type": "DataDownload",
        "name": said,
        "contentUrl": f"{base}/download/{name}",
        "encodingFormat": media_type,
    }


def ontology_json_ld(ontology: Ontology) -> Node:
    """Returns the ontology with its terms."""
    record = ontology.record
    return {
        **_CONTEXT,
        "@type": "DefinedTermSet",
        "@id": ONTOLOGY,
        "url": ONTOLOGY,
        "name": record.title,
        "description": record.description,
        "version": record.version,
        "license": record.licence,
        "creator": [{"@type": "Organization", "name": creator} for creator in record.creators],
        "datePublished": record.issued,
        "dateModified": record.modified,
        "inLanguage": "en",
        "hasDefinedTerm": [
            {"@type": "DefinedTerm", "@id": term.iri, "name": term.label, "termCode": term.name}
            for term in ontology.terms.values()
        ],
    }
