"""Writes graphs and datasets in every format, by one table of formats; JSON-LD in the compact form.

Sources: JSON-LD 1.1 §4.1.5 (compact IRIs), §4.2.1 (typed values), §4.9 (named graphs); JSON-LD 1.1 API §5.2; RDF 1.1
Turtle §2, §6; RDF 1.1 TriG §2; RDF 1.2 Concepts and Abstract Syntax (triple terms, reification); RDF 1.1 XML Syntax
§2; SHACL §5.2.1 (sh:declare).
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import BinaryIO, TypeAlias

import pyoxigraph as ox

from otsgraph.rdf.formats import DatasetFormat, GraphFormat
from otsgraph.rdf.terms import (
    RDF,
    RDFS,
    SH,
    Triple,
    datatype,
    iri,
    iri_value,
    is_iri,
    language,
    literal_value,
    ntriples,
    triple_term,
    unfit_for_xml,
)

_TYPE = iri(RDF + "type")
_BETWEEN = ":/?#[]@"
"""The signs of which one ends the namespace of a prefix.  Source: JSON-LD 1.1 §4.1.5 (gen-delim, RFC 3986 §2.2)."""

_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")


def write_graph(triples: Iterable[Triple], prefixes: Mapping[str, str]) -> str:
    """Returns a graph as a JSON-LD document.  Raises ValueError for a triple term, which JSON-LD 1.1 cannot write."""
    return write_dataset({"": triples}, prefixes)


def write_dataset(graphs: Mapping[str, Iterable[Triple]], prefixes: Mapping[str, str]) -> str:
    """Returns a dataset as a JSON-LD document; the keys are graph IRIs, "" for the default graph.

    Raises ValueError for a triple term.
    """
    held = {name: sorted(set(triples)) for name, triples in sorted(graphs.items())}
    names = _Names(_usable(prefixes, held.values()))
    lines = [_line(node) for node in _nodes(held.pop("", []), names)]
    for name, triples in held.items():
        inside = _listed(_line(node) for node in _nodes(triples, names))
        lines.append(f'{{"@id": {_line(names.short(name))}, "@graph": {inside}}}')
    return f'{{"@context": {_line(names.used())},\n"@graph": {_listed(lines)}}}\n'


class _Names:
    """Shortens IRIs by prefixes, and remembers which of these it used."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = dict(prefixes)
        self._longest_first = sorted(prefixes.items(), key=lambda pair: (-len(pair[1]), pair[0]))
        self._used: set[str] = set()
        self._known: dict[str, str] = {}

    def short(self, value: str) -> str:
        if value not in self._known:
            self._known[value] = self._shorten(value)
        return self._known[value]

    def _shorten(self, value: str) -> str:
        for prefix, namespace in self._longest_first:
            rest = value[len(namespace) :]
            # what follows `prefix:` must not look like an authority, and no reader must take it for nothing
            if value.startswith(namespace) and rest and not rest.startswith("//"):
                self._used.add(prefix)
                return f"{prefix}:{rest}"
        return value

    def used(self) -> dict[str, str]:
        return {prefix: self._prefixes[prefix] for prefix in sorted(self._used)}


def _usable(prefixes: Mapping[str, str], graphs: Iterable[list[Triple]]) -> dict[str, str]:
    """The prefixes that JSON-LD lets stand for a namespace, less those that are the scheme of some IRI."""
    schemes = {s for triples in graphs for triple in triples for term in triple for s in _schemes(term)}
    return {
        prefix: namespace
        for prefix, namespace in prefixes.items()
        if _PREFIX.fullmatch(prefix) and prefix not in schemes and namespace and namespace[-1] in _BETWEEN
    }


def _schemes(term: str) -> list[str]:
    named = iri_value(term) if is_iri(term) else datatype(term)
    return [named.partition(":")[0]] if named else []


def _listed(lines: Iterable[str]) -> str:
    return "[\n" + ",\n".join(lines) + "\n]"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _nodes(triples: list[Triple], names: _Names) -> list[dict[str, object]]:
    return [_node(subject, list(group), names) for subject, group in groupby(triples, key=lambda triple: triple[0])]


def _node(subject: str, triples: list[Triple], names: _Names) -> dict[str, object]:
    node: dict[str, object] = {"@id": _resource(subject, names)}
    types = [o for _, p, o in triples if p == _TYPE and not o.startswith('"')]
    if types:
        node["@type"] = [_resource(type_, names) for type_ in types]
    for predicate, group in groupby(triples, key=lambda triple: triple[1]):
        objects = [o for _, _, o in group if predicate != _TYPE or o.startswith('"')]
        if objects:
            node[_resource(predicate, names)] = [_value(object_, names) for object_ in objects]
    return node


def _value(term: str, names: _Names) -> object:
    if not term.startswith('"'):
        return {"@id": _resource(term, names)}
    text, tag, type_ = literal_value(term), language(term), datatype(term)
    if tag:
        return {"@value": text, "@language": tag}
    return {"@value": text, "@type": names.short(type_)} if type_ else text


def _resource(term: str, names: _Names) -> str:
    """An IRI or a blank node as JSON-LD names it."""
    if is_iri(term):
        return names.short(iri_value(term))
    if term.startswith("_:"):
        return term
    raise ValueError(f"JSON-LD cannot write {term}")


_TYPE = iri(RDF + "type")
_LABEL = iri(RDFS + "label")
_SH_PREFIX = iri(SH + "prefix")
_SH_NAMESPACE = iri(SH + "namespace")
_SUBJECT, _PREDICATE, _OBJECT = (iri(RDF + name) for name in ("subject", "predicate", "object"))
_REIFIES = iri(RDF + "reifies")

_DECLARATION = re.compile(rb"@prefix ([^ ]*:) <[^>]*> \.\n")
_NAMES = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|<[^<>\s]*>|([^\s:<>"(^]*:)[^\s"<>]*')
"""Strings, IRIs, and names, of which the group is the prefix with its colon."""

_XML_ROOT = re.compile(rb"<rdf:RDF((?: xmlns:[^=]+=\"[^\"]*\")*)>")


def _split_turtle(document: bytes) -> tuple[list[bytes], bytes]:
    """Returns the prefix declarations that a document uses, sorted, and its body, a blank line after each subject."""
    declarations: dict[bytes, bytes] = {}
    start = 0
    while match := _DECLARATION.match(document, start):
        declarations[match[1]] = match[0]
        start = match.end()
    # a literal has no line end in it, so these are layout
    body = document[start:].replace(b" .\n", b" .\n\n").replace(b"}\n", b"}\n\n").replace(b"\n\n}", b"\n}")
    body = body.replace(b"\n\t\t", b"\n        ").replace(b"\n\t", b"\n    ").removesuffix(b"\n")
    used: set[bytes] = set()
    lines = io.BytesIO(body)
    while some := lines.readlines(2**20):
        used.update(_NAMES.findall(b"".join(some)))
    return [declarations[prefix] for prefix in sorted(used & declarations.keys())], body


def _tidy_turtle(document: bytes) -> bytes:
    declarations, body = _split_turtle(document)
    return b"".join(declarations) + (b"\n" if declarations and body else b"") + body


def _tidy_xml(document: bytes) -> bytes:
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


def _unfit_for_xml(triple: Triple) -> str:
    return unfit_for_xml(iri_value(triple[1]), triple[2])


def _unfit_for_json_ld(triple: Triple) -> str:
    return f"the triple term {triple[2]}" if triple[2].startswith("<<") else ""


@dataclass(frozen=True, slots=True)
class Serializer:
    """How a graph format is written.

    `rdf` is the format in pyoxigraph and `tidy` makes its documents stable and legible; `write` is used instead for
    graphs that are written in order.  `unfit` says in words what of a triple cannot be written, or is None.
    `comments` says whether a document can begin with lines after `#`.
    """

    rdf: ox.RdfFormat
    tidy: Callable[[bytes], bytes] | None = None
    write: Callable[[Iterable[Triple], Mapping[str, str]], str] | None = None
    unfit: Callable[[Triple], str] | None = None
    comments: bool = False


SERIALIZERS: Mapping[GraphFormat, Serializer] = {
    GraphFormat.TURTLE: Serializer(ox.RdfFormat.TURTLE, _tidy_turtle, comments=True),
    GraphFormat.NTRIPLES: Serializer(ox.RdfFormat.N_TRIPLES, write=lambda triples, _: ntriples(list(triples))),
    GraphFormat.RDFXML: Serializer(ox.RdfFormat.RDF_XML, _tidy_xml, unfit=_unfit_for_xml),
    # pyoxigraph writes the expanded form
    GraphFormat.JSONLD: Serializer(ox.RdfFormat.JSON_LD, write=write_graph, unfit=_unfit_for_json_ld),
}
"""One row for each graph format; a format without one is a KeyError."""


def unfit(triples: Iterable[Triple], format_: GraphFormat) -> str:
    """Returns in words what of a graph a format cannot write, or an empty text."""
    check = SERIALIZERS[format_].unfit
    return next(filter(None, map(check, triples)), "") if check else ""


def serialise(triples: Iterable[Triple], format_: GraphFormat, prefixes: Mapping[str, str], comment: str = "") -> bytes:
    """Returns a graph as a document, the same for any order of its triples.

    `comment` becomes its first lines, where the format has comments.  Raises ValueError for what the format cannot
    write.
    """
    serializer = SERIALIZERS[format_]
    held = set(triples)
    if found := unfit(sorted(held), format_):
        raise ValueError(f"{format_.title} cannot write {found}")
    if serializer.write is not None:
        document = serializer.write(held, prefixes).encode()
    else:
        document = _written(_parsed(held), serializer.rdf, prefixes)
        document = serializer.tidy(document) if serializer.tidy else document
    return (_comment(comment) if serializer.comments else b"") + document


def serialise_graph(
    triples: Iterable[ox.Triple], format_: GraphFormat, prefixes: Mapping[str, str], output: BinaryIO
) -> None:
    """Writes triples in their order to an empty, seekable output.  Raises whatever its `write` raises."""
    serializer = SERIALIZERS[format_]
    _write(triples, serializer.rdf, prefixes, output)
    if serializer.tidy is not None:
        output.seek(0)
        document = serializer.tidy(output.read())
        output.seek(0)
        output.truncate()
        output.write(document)


def serialise_dataset(
    graphs: Mapping[str, Iterable[Triple]], format_: DatasetFormat, prefixes: Mapping[str, str]
) -> bytes:
    """Returns a dataset as a document; the keys are graph IRIs, "" for the default graph.

    Raises ValueError for a triple term in JSON-LD.
    """
    return _DATASETS[format_](graphs, prefixes).encode()


def _trig(graphs: Mapping[str, Iterable[Triple]], prefixes: Mapping[str, str]) -> str:
    quads = (
        ox.Quad(t.subject, t.predicate, t.object, ox.NamedNode(name) if name else ox.DefaultGraph())
        for name in sorted(graphs)
        for t in _parsed(graphs[name])
    )
    return _tidy_turtle(_written(quads, ox.RdfFormat.TRIG, prefixes)).decode()


def _nquads(graphs: Mapping[str, Iterable[Triple]], prefixes: Mapping[str, str]) -> str:
    named = {f" <{name}>" if name else "": graphs[name] for name in sorted(graphs)}
    return "".join(f"{s} {p} {o}{name} .\n" for name in named for s, p, o in sorted(set(named[name])))


_DATASETS: Mapping[DatasetFormat, Callable[[Mapping[str, Iterable[Triple]], Mapping[str, str]], str]] = {
    DatasetFormat.NQUADS: _nquads,
    DatasetFormat.TRIG: _trig,
    DatasetFormat.JSONLD: write_dataset,
}


def turtle_parts(triples: Iterable[Triple], prefixes: Mapping[str, str]) -> tuple[frozenset[str], str]:
    """Returns the prefix declarations of a graph in Turtle, and its subjects, for a document of several parts."""
    declarations, body = _split_turtle(_written(_parsed(triples), ox.RdfFormat.TURTLE, prefixes))
    return frozenset(line.decode() for line in declarations), body.decode()


_Statements: TypeAlias = Iterable[ox.Triple] | Iterable[ox.Quad]


def _written(statements: _Statements, format_: ox.RdfFormat, prefixes: Mapping[str, str]) -> bytes:
    output = io.BytesIO()
    _write(statements, format_, prefixes, output)
    return output.getvalue()


def _write(statements: _Statements, format_: ox.RdfFormat, prefixes: Mapping[str, str], output: BinaryIO) -> None:
    # names that begin with `xml` are reserved (Namespaces in XML 1.0 §3)
    taken = {prefix: namespace for prefix, namespace in prefixes.items() if not prefix.startswith("xml")}
    ox.serialize(statements, output, format=format_, prefixes=taken)


def _parsed(triples: Iterable[Triple]) -> Iterable[ox.Triple]:
    """The triples by subject, the type and the label first; IRIs are taken as they are."""
    lines = "".join(f"{s} {p} {o} .\n" for s, p, o in sorted(set(triples), key=_order))
    return (quad.triple for quad in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES, lenient=True))


def _order(triple: Triple) -> tuple[str, int, str, str]:
    subject, predicate, object_ = triple
    return subject, {_TYPE: 0, _LABEL: 1}.get(predicate, 2), predicate, object_


def _comment(text: str) -> bytes:
    return ("".join(f"# {line}".rstrip() + "\n" for line in text.splitlines()) + ("\n" if text else "")).encode()


def declared_prefixes(triples: Iterable[Triple]) -> dict[str, str]:
    """Returns the prefixes that a graph declares with sh:declare, in alphabetical order.  Source: SHACL §5.2.1."""
    declared: dict[str, dict[str, str]] = {}
    for subject, predicate, object_ in triples:
        if predicate in (_SH_PREFIX, _SH_NAMESPACE) and object_.startswith('"'):
            declared.setdefault(subject, {})[predicate] = literal_value(object_)
    complete = (d for d in declared.values() if len(d) == 2)
    return dict(sorted((d[_SH_PREFIX], d[_SH_NAMESPACE]) for d in complete))


def reifying(triples: Iterable[Triple]) -> frozenset[Triple]:
    """Returns the triples with one rdf:reifies in place of each complete reification; others stay as they are."""
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
