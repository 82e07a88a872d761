"""The SHACL shapes of ontology/shapes.ttl, run over a graph; the only module that imports pyshacl.

Source: Shapes Constraint Language (W3C Recommendation, 2017) §3.6 (validation report).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyshacl
import rdflib
from rdflib.namespace import SH

from otsgraph.errors import DataError
from otsgraph.terms import Triple, ntriples


@dataclass(frozen=True, slots=True)
class Violation:
    """One result of a validation report: IRIs of the focus node and the path, the message, the value or ""."""

    focus: str
    path: str
    message: str
    value: str


def read_shapes(path: Path) -> rdflib.Graph:
    """The shapes graph of a Turtle file that is known to be well-formed.  Raises DataError if there is none."""
    if not path.is_file():
        raise DataError(path.name, "there are no shapes; they belong in ontology/shapes.ttl")
    return rdflib.Graph().parse(path, format="turtle")


def violations(data: Iterable[Triple], shapes: rdflib.Graph) -> list[Violation]:
    """Everything in which a data graph, its ontology included, does not conform to the shapes; each message once.

    A list of several constraints of one property that all fail is one violation.
    """
    graph = rdflib.Graph().parse(data=ntriples(list(data)), format="nt")
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes, inference="none")
    assert isinstance(report, rdflib.Graph)  # noqa: S101
    found = {_violation(report, result) for result in report.subjects(rdflib.RDF.type, SH.ValidationResult)}
    return _without_repeats(sorted(found, key=lambda v: (v.focus, v.path, v.message, v.value)))


def _violation(report: rdflib.Graph, result: rdflib.term.Node) -> Violation:
    def text(predicate: rdflib.URIRef) -> str:
        value = report.value(result, predicate)
        return "" if value is None or isinstance(value, rdflib.BNode) else str(value)

    return Violation(text(SH.focusNode), text(SH.resultPath), text(SH.resultMessage), text(SH.value))


def _without_repeats(found: list[Violation]) -> list[Violation]:
    by_message = {(v.focus, v.message): v for v in reversed(found)}
    return [v for v in found if by_message[v.focus, v.message] is v]
