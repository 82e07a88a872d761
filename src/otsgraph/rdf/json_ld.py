"""Triples as JSON-LD with short names: a context of prefixes, and one object for each subject, a line each; pure.

Nothing depends on what is fetched: the context is in the document, names are shortened by prefixes alone, and every
value is a list, so that readers which know only JSON find the same shape everywhere.  The same triples give the same
text.
Source: JSON-LD 1.1 §4.1.5 (compact IRIs), §4.2.1 (typed values), §4.9 (named graphs); JSON-LD 1.1 API §5.2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from itertools import groupby

from otsgraph.rdf.terms import RDF, Triple, datatype, iri, iri_value, is_iri, language, literal_value

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
