"""The SHACL shapes of ontology/shapes.ttl, run over a graph; the only module that imports pyshacl.

Source: Shapes Constraint Language (W3C Recommendation, 2017) §3.6 (validation report).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyshacl
import pyshacl.errors
import rdflib
from rdflib.namespace import SH

from otsgraph.errors import DataError
from otsgraph.rdf.files import RdfFile, read_text
from otsgraph.rdf.terms import Triple, ntriples


@dataclass(frozen=True, slots=True)
class Violation:
    """One result of a validation report: IRIs of focus node and path, the message, the value as N-Triples or ""."""

    focus: str
    path: str
    message: str
    value: str


def read_shapes(root: Path) -> rdflib.Graph:
    """The graph of the shapes below a folder laid out like ours.

    Raises DataError without shapes, and for a term that SHACL does not have.
    """
    name = "ontology/shapes.ttl"
    path = root / "ontology" / "shapes.ttl"
    if not os.path.lexists(path):
        raise DataError(name, "there is no such file, and what it would check is not checked")
    RdfFile(path, name, root).triples()
    shapes = rdflib.Graph().parse(data=read_text(path, name, root), format="turtle")
    if (None, rdflib.RDF.type, SH.NodeShape) not in shapes:
        raise DataError(name, "there is no shape in it")
    for term in sorted({str(t) for triple in shapes for t in triple if str(t).startswith(str(SH))}):
        if rdflib.URIRef(term) not in SH:
            raise DataError(name, f"sh:{term.removeprefix(str(SH))} is no term of SHACL")
    return shapes


def violations(data: Iterable[Triple], shapes: rdflib.Graph) -> list[Violation]:
    """Everything in which a data graph, its ontology included, does not conform to the shapes; each message once.

    A list of several constraints of one property that all fail is one violation.  Raises DataError for shapes that
    cannot be run.
    """
    graph = rdflib.Graph().parse(data=ntriples(list(data)), format="nt")
    try:
        _, report, _ = pyshacl.validate(graph, shacl_graph=shapes, inference="none")
    except (pyshacl.errors.ShapeLoadError, pyshacl.errors.ConstraintLoadError, re.error, ValueError) as error:
        raise DataError("ontology/shapes.ttl", f"cannot be run: {error}") from None
    assert isinstance(report, rdflib.Graph)  # noqa: S101
    found = {_violation(report, result) for result in report.subjects(rdflib.RDF.type, SH.ValidationResult)}
    return _without_repeats(sorted(found, key=lambda v: (v.focus, v.path, v.message, v.value)))


def _violation(report: rdflib.Graph, result: rdflib.term.Node) -> Violation:
    def text(predicate: rdflib.URIRef) -> str:
        value = report.value(result, predicate)
        return "" if value is None or isinstance(value, rdflib.BNode) else str(value)

    value = report.value(result, SH.value)
    known = value is not None and not isinstance(value, rdflib.BNode)
    return Violation(text(SH.focusNode), text(SH.resultPath), text(SH.resultMessage), value.n3() if known else "")  # type: ignore[union-attr]


def _without_repeats(found: list[Violation]) -> list[Violation]:
    by_message = {(v.focus, v.message): v for v in reversed(found)}
    return [v for v in found if by_message[v.focus, v.message] is v]
