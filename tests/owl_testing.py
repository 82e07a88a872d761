"""What OWL sees of the graph, and what the OWL API and HermiT say of it.

OWL sees the ontology and the default graph.  It never sees the statements of documents, which are reified: RDF, but no
OWL.  Nor does it see values such as dates, whose datatypes it does not know; HermiT gives up when it meets one.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import owlready2

from otsgraph.dataset.sources import layered_sources
from otsgraph.rdf.files import RdfFile
from otsgraph.rdf.terms import OWL, RDF, XSD, Triple, datatype, iri, ntriples

OWL_DATATYPES = {
    *(f"{OWL}{name}" for name in ("rational", "real")),
    *(f"{RDF}{name}" for name in ("PlainLiteral", "XMLLiteral")),
    *(
        XSD + name
        for name in """
            NCName NMTOKEN Name anyURI base64Binary boolean byte dateTime dateTimeStamp decimal double float
            hexBinary int integer language long negativeInteger nonNegativeInteger nonPositiveInteger
            normalizedString positiveInteger short string token unsignedByte unsignedInt unsignedLong unsignedShort
        """.split()
    ),
}
"""The OWL 2 datatype map.  Source: OWL 2 Structural Specification §4."""

_DECLARATIONS = {iri(f"{OWL}{kind}") for kind in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")}
_PROGRAM = Path(__file__).parent / "knowledge" / "OwlCheck.java"
_HERMIT = Path(owlready2.__file__).parent / "hermit" / "HermiT.jar"


@dataclass(frozen=True)
class OwlReport:
    """`violations` of the OWL 2 DL profile, in the OWL API's words; `unsatisfiable`: IRIs of classes; both sorted."""

    violations: tuple[str, ...]
    consistent: bool
    unsatisfiable: tuple[str, ...]


def owl_triples(project: Path) -> list[Triple]:
    """The ontology and the default graph, without statements.

    Of alignments.ttl only the declarations: the data use those terms, but some of the axioms on them are no OWL 2 DL.
    """
    triples: list[Triple] = []
    for source in layered_sources(project):
        if source.kind.in_default_graph:
            read = RdfFile(source.path, source.name).triples()
            triples += filter(_declares, read) if source.path.stem == "alignments" else read
    return without_statements(triples)


def _declares(triple: Triple) -> bool:
    return triple[1] == iri(RDF + "type") and triple[2] in _DECLARATIONS


def without_statements(triples: Iterable[Triple]) -> list[Triple]:
    """The triples that are not about a reified statement, in their order."""
    held = list(triples)
    statements = {subject for subject, predicate, _ in held if predicate == iri(RDF + "subject")}
    return [triple for triple in held if triple[0] not in statements]


def owl_view(triples: Iterable[Triple]) -> tuple[list[Triple], list[Triple]]:
    """The triples that OWL can take, and those left out because of a literal outside of the OWL 2 datatype map."""
    kept: list[Triple] = []
    left_out: list[Triple] = []
    for triple in triples:
        known = datatype(triple[2]) in {"", *OWL_DATATYPES}
        (kept if known else left_out).append(triple)
    return kept, left_out


def owl_report(triples: Iterable[Triple], folder: Path) -> OwlReport:
    """What OwlCheck.java says of some triples, which are written into a folder.  Fails if it breaks off."""
    file = folder / "view.ttl"
    file.write_text(ntriples(list(triples)), encoding="utf-8")
    done = subprocess.run(["java", "-cp", _HERMIT, _PROGRAM, file], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = {"profile": [], "consistent": [], "unsatisfiable": []}
    for line in done.stdout.splitlines():
        kind, what = line.split(": ", 1)
        found[kind].append(what)
    return OwlReport(
        violations=tuple(sorted(found["profile"])),
        consistent=found["consistent"] == ["true"],
        unsatisfiable=tuple(sorted(found["unsatisfiable"])),
    )
