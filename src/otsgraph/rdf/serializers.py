"""Writes graphs as Turtle, TriG, N-Triples, N-Quads, RDF/XML and JSON-LD, and as Turtle with reifiers.

Sources: RDF 1.1 Turtle §2, §6; RDF 1.2 Turtle (triple terms, written only where there are some); RDF 1.2 Concepts and
Abstract Syntax (triple terms and reification); RDF 1.2 N-Triples (triple terms); RDF 1.1 XML Syntax §2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox

from otsgraph.rdf import json_ld
from otsgraph.rdf.formats import GraphFormat
from otsgraph.rdf.terms import (
    RDF,
    RDFS,
    SH,
    XSD,
    Triple,
    datatype,
    iri,
    iri_value,
    is_iri,
    language,
    literal_value,
    ntriples,
    triple_of,
    triple_term,
    unfit_for_xml,
    xml_name,
)

_TYPE = iri(RDF + "type")
_LABEL = iri(RDFS + "label")
_SH_PREFIX = iri(SH + "prefix")
_SH_NAMESPACE = iri(SH + "namespace")
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*)")
_BARE = {
    XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    XSD + "decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD + "boolean": re.compile(r"true|false"),
}


class TurtleWriter:
    """Writes terms and blocks with one set of prefixes, and remembers which of them it used."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = dict(prefixes)
        self._by_length = sorted(prefixes.items(), key=lambda item: -len(item[1]))
        self._used: set[str] = set()

    def term(self, term: str) -> str:
        if is_iri(term):
            return self._iri(term)
        if term.startswith('"'):
            return self._literal(term)
        inside = triple_of(term)
        return triple_term((self.term(inside[0]), self.term(inside[1]), self.term(inside[2]))) if inside else term

    def _iri(self, term: str) -> str:
        value = iri_value(term)
        for prefix, namespace in self._by_length:
            if value.startswith(namespace) and _LOCAL.fullmatch(value, len(namespace)):
                self._used.add(prefix)
                return f"{prefix}:{value[len(namespace) :]}"
        return term

    def _literal(self, term: str) -> str:
        type_ = datatype(term)
        if not type_:
            return term
        if type_ in _BARE and _BARE[type_].fullmatch(value := literal_value(term)):
            return value
        return term[: term.rindex("^^")] + "^^" + self._iri(iri(type_))

    def blocks(self, triples: Iterable[Triple]) -> str:
        """One block for each subject, separated by blank lines."""
        by_subject = groupby(sorted(set(triples), key=_order), key=lambda triple: triple[0])
        return "\n".join(self._block(subject, list(group)) for subject, group in by_subject)

    def _block(self, subject: str, triples: list[Triple]) -> str:
        lines = [
            ("a" if predicate == _TYPE else self.term(predicate)) + " " + " , ".join(self.term(o) for _, _, o in group)
            for predicate, group in groupby(triples, key=lambda triple: triple[1])
        ]
        return self.term(subject) + " " + " ;\n    ".join(lines) + " .\n"

    def prologue(self) -> str:
        """The declarations of the prefixes that were used so far."""
        used = sorted(self._used)
        return "".join(f"@prefix {prefix}: <{self._prefixes[prefix]}> .\n" for prefix in used)


def _order(triple: Triple) -> tuple[str, int, str, str]:
    subject, predicate, object_ = triple
    rank = {_TYPE: 0, _LABEL: 1}.get(predicate, 2)
    return subject, rank, predicate, object_


def declared_prefixes(triples: Iterable[Triple]) -> dict[str, str]:
    """The prefixes that a graph declares with sh:declare, in alphabetical order.  Source: SHACL §5.2.1."""
    declared: dict[str, dict[str, str]] = {}
    for subject, predicate, object_ in triples:
        if predicate in (_SH_PREFIX, _SH_NAMESPACE) and object_.startswith('"'):
            declared.setdefault(subject, {})[predicate] = literal_value(object_)
    complete = (d for d in declared.values() if len(d) == 2)
    return dict(sorted((d[_SH_PREFIX], d[_SH_NAMESPACE]) for d in complete))


def write_graph(triples: Iterable[Triple], prefixes: Mapping[str, str], comment: str = "") -> str:
    """One graph as a Turtle document; `comment` becomes its first lines."""
    writer = TurtleWriter(prefixes)
    body = writer.blocks(triples)
    return _comment(comment) + writer.prologue() + ("\n" + body if body else "")


def write_dataset(
    graphs: Mapping[str, Iterable[Triple]], prefixes: Mapping[str, str], default: Iterable[Triple] = ()
) -> str:
    """A dataset as a TriG document; the keys are graph IRIs.  Source: RDF 1.1 TriG §2."""
    writer = TurtleWriter(prefixes)
    bodies = [writer.blocks(default)]
    bodies += [f"{writer.term(iri(name))} {{\n{writer.blocks(triples)}}}\n" for name, triples in sorted(graphs.items())]
    return writer.prologue() + "\n" + "\n".join(body for body in bodies if body)


def _comment(text: str) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines()) + ("\n" if text else "")


_SUBJECT, _PREDICATE, _OBJECT = (iri(RDF + name) for name in ("subject", "predicate", "object"))
_REIFIES = iri(RDF + "reifies")


def reifying(triples: Iterable[Triple]) -> frozenset[Triple]:
    """The triples with each complete reification as one rdf:reifies; what is incomplete stays as it is."""
    held = frozenset(triples)
    parts: dict[str, dict[str, list[str]]] = {}
    for subject, predicate, object_ in held:
        if predicate in (_SUBJECT, _PREDICATE, _OBJECT):
            parts.setdefault(subject, {}).setdefault(predicate, []).append(object_)
    complete = {
        name: (about[_SUBJECT][0], about[_PREDICATE][0], about[_OBJECT][0])
        for name, about in parts.items()
        if [len(about.get(part, ())) for part in (_SUBJECT, _PREDICATE, _OBJECT)] == [1, 1, 1]
    }
    kept = {t for t in held if t[0] not in complete or t[1] not in (_SUBJECT, _PREDICATE, _OBJECT)}
    return frozenset(kept | {(name, _REIFIES, triple_term(triple)) for name, triple in complete.items()})


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
