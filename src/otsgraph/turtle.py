"""Turtle for people: grouped by subject, sorted, prefixed, the type first; the same triples give the same text; pure.

Sources: RDF 1.1 Turtle §2, §6; RDF 1.2 Turtle (triple terms, written only where there are some).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby

from otsgraph.terms import (
    RDF,
    RDFS,
    SH,
    XSD,
    Triple,
    datatype,
    iri,
    iri_value,
    is_iri,
    literal_value,
    triple_of,
    triple_term,
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
