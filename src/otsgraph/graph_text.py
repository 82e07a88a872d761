"""A graph of IRIs and literals as text in every graph format, without an RDF library; pure.

For what the server says of itself: it holds no RDF library, and what it says has no blank nodes.  The same triples
give the same bytes.
Source: RDF 1.1 XML Syntax §2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from otsgraph import json_ld
from otsgraph.formats import GraphFormat
from otsgraph.terms import (
    RDF,
    Triple,
    datatype,
    iri_value,
    is_iri,
    language,
    literal_value,
    ntriples,
    unfit_for_xml,
    xml_name,
)
from otsgraph.turtle import write_graph

_OTHER_PREFIX = re.compile(r"(?!rdf\Z|ns[0-9]|xml)[a-z][a-z0-9]*")


def serialise(triples: Iterable[Triple], format_: GraphFormat, prefixes: Mapping[str, str]) -> bytes:
    """The graph as a document.

    Raises ValueError for a blank node, and for a predicate or a character that RDF/XML cannot write.
    """
    held = sorted(set(triples))
    if format_ is GraphFormat.TURTLE:
        return write_graph(held, prefixes).encode()
    if format_ is GraphFormat.NTRIPLES:
        return ntriples(held).encode()
    if format_ is GraphFormat.RDFXML:
        return _rdf_xml(held, prefixes).encode()
    return json_ld.write_graph(_without_blank_nodes(held), prefixes).encode()


def _without_blank_nodes(triples: list[Triple]) -> list[Triple]:
    for subject, _, object_ in triples:
        _iri(subject)
        if object_.startswith("_:"):
            raise ValueError(f"not an IRI: {object_}")
    return triples


def _rdf_xml(triples: list[Triple], prefixes: Mapping[str, str]) -> str:
    names = {predicate: _name(predicate, object_) for _, predicate, object_ in triples}
    known = {namespace: prefix for prefix, namespace in prefixes.items() if _OTHER_PREFIX.fullmatch(prefix)}
    namespaces = sorted({namespace for namespace, _ in names.values()} | {RDF})
    chosen = {RDF: "rdf"} | {n: known.get(n, f"ns{i}") for i, n in enumerate(namespaces) if n != RDF}
    declared = "".join(f" xmlns:{prefix}={quoteattr(namespace)}" for namespace, prefix in sorted(chosen.items()))
    elements = {predicate: f"{chosen[namespace]}:{local}" for predicate, (namespace, local) in names.items()}
    blocks = [
        f"<rdf:Description rdf:about={quoteattr(_iri(subject))}>\n"
        + "".join(f"  {_property(elements[predicate], object_)}\n" for _, predicate, object_ in group)
        + "</rdf:Description>\n"
        for subject, group in groupby(triples, key=lambda triple: triple[0])
    ]
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{declared}>\n{"".join(blocks)}</rdf:RDF>\n'


def _property(element: str, object_: str) -> str:
    if is_iri(object_):
        return f"<{element} rdf:resource={quoteattr(_iri(object_))}/>"
    tag, type_ = language(object_), datatype(object_)
    attribute = f' xml:lang="{tag}"' if tag else f" rdf:datatype={quoteattr(type_)}" if type_ else ""
    # a bare carriage return would be read as a line feed (XML 1.0 §2.11)
    return f"<{element}{attribute}>{escape(literal_value(object_), {chr(13): '&#13;'})}</{element}>"


def _name(predicate: str, object_: str) -> tuple[str, str]:
    """The namespace and the local name of a predicate, if the triple can be written with it."""
    unfit = unfit_for_xml(_iri(predicate), object_)
    name = xml_name(_iri(predicate))
    if unfit or name is None:
        raise ValueError(f"RDF/XML cannot write {unfit}")
    return name


def _iri(term: str) -> str:
    if not is_iri(term):
        raise ValueError(f"not an IRI: {term}")
    return iri_value(term)
