"""Graphs in the engine's formats, with the same bytes for the same triples in the same order, in any process.

pyoxigraph 0.5.13 writes prefix declarations in an order that differs from process to process, and writes all of them;
here they are sorted, and only those that are used stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import BinaryIO

import pyoxigraph as ox

from otsgraph.formats import GraphFormat

RDF_FORMATS: Mapping[GraphFormat, ox.RdfFormat] = {
    GraphFormat.TURTLE: ox.RdfFormat.TURTLE,
    GraphFormat.NTRIPLES: ox.RdfFormat.N_TRIPLES,
    GraphFormat.RDFXML: ox.RdfFormat.RDF_XML,
    GraphFormat.JSONLD: ox.RdfFormat.JSON_LD,
}

_TURTLE_PREFIX = re.compile(rb"@prefix ([^ ]*): <[^>]*> \.\n")
_XML_ROOT = re.compile(rb"<rdf:RDF((?: xmlns:[^=]+=\"[^\"]*\")*)>")


def serialise_graph(
    triples: Iterable[ox.Triple], format_: GraphFormat, prefixes: Mapping[str, str], output: BinaryIO
) -> None:
    """Writes triples to an empty, seekable output.  Whatever the output's `write` raises comes through."""
    ox.serialize(triples, output, format=RDF_FORMATS[format_], prefixes=dict(prefixes))
    stabilise = {GraphFormat.TURTLE: _stable_turtle, GraphFormat.RDFXML: _stable_xml}.get(format_)
    if stabilise is not None:
        output.seek(0)
        body = stabilise(output.read())
        output.seek(0)
        output.truncate()
        output.write(body)


def _stable_turtle(document: bytes) -> bytes:
    declarations: list[bytes] = []
    start = 0
    while match := _TURTLE_PREFIX.match(document, start):
        declarations.append(match.group())
        start = match.end()
    body = document[start:]
    used = [line for line in sorted(declarations) if _is_used(_prefix_of(line), body)]
    return b"".join(used) + (b"\n" if used else b"") + body


def _is_used(prefix: bytes, body: bytes) -> bool:
    """Whether a Turtle body has a name with the prefix; words in its literals may mislead it to keep one more."""
    return re.search(rb"(?<![\w.-])" + re.escape(prefix) + b":", body) is not None


def _prefix_of(declaration: bytes) -> bytes:
    match = _TURTLE_PREFIX.match(declaration)
    return match[1] if match else b""


def _stable_xml(document: bytes) -> bytes:
    root = _XML_ROOT.search(document)
    if root is None:
        return document
    # pyoxigraph leaves carriage returns as they are, which readers take for line feeds (XML 1.0 §2.11)
    body = document[root.end() :].replace(b"\r", b"&#13;")

    def is_used(declaration: bytes) -> bool:
        prefix = declaration[len(b"xmlns:") : declaration.index(b"=")]
        return prefix == b"rdf" or b"<%s:" % prefix in body or b" %s:" % prefix in body

    used = [b" " + declaration for declaration in sorted(root[1].split()) if is_used(declaration)]
    return document[: root.start()] + b"<rdf:RDF" + b"".join(used) + b">" + body
