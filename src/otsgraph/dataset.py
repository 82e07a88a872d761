"""Which files become which graphs, and the dataset version; reads bytes, parses nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from otsgraph.dataset_info import GRAPH_BASE, ONTOLOGY_GRAPH, GraphKind
from otsgraph.errors import DataError

PREPARE = 4
"""Raised when a rule, the loader or a writer changes what the same files become, as triples or as downloads."""

SUFFIXES = (".ttl", ".nt", ".nq", ".trig", ".rdf", ".owl", ".jsonld")
"""File endings of RDF that is read."""

FIXED_SLUGS = ("ontology", "inferred", "discovery")
"""Names of graphs that are no files of data/."""

_SLUG = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Source:
    """One file and the graph that its triples go to: `graph` is an IRI, or "" for those that the file names.

    `name` is the file's path below the folder that it was found in; `derived_from` a graph IRI or "".
    """

    path: Path
    name: str
    graph: str = ""
    kind: GraphKind = GraphKind.OTHER
    derived_from: str = ""


def layered_sources(root: Path) -> list[Source]:
    """The files of a folder laid out like ours: ontology/, data/documents/, data/facts/, data/reference/.

    Raises DataError if there are none, or if a file's name makes no slug, or makes one twice.
    """
    sources = [
        Source(path, f"ontology/{path.name}", ONTOLOGY_GRAPH, GraphKind.ONTOLOGY)
        for path in (root / "ontology" / "otsgraph.ttl", root / "ontology" / "alignments.ttl")
        if path.is_file()
    ]
    slugs: dict[str, str] = dict.fromkeys(FIXED_SLUGS, "a fixed name")
    for folder, kind in (("documents", GraphKind.STATEMENTS), ("reference", GraphKind.REFERENCE)):
        for path in sorted((root / "data" / folder).glob("*.ttl")):
            name = f"data/{folder}/{path.name}"
            if not _SLUG.fullmatch(path.stem):
                raise DataError(name, "a file name here is a slug: small letters, digits and hyphens, then .ttl")
            if path.stem in slugs:
                raise DataError(name, f"the slug {path.stem} is taken by {slugs[path.stem]}")
            slugs[path.stem] = name
            sources.append(Source(path, name, GRAPH_BASE + path.stem, kind))
    for path in sorted((root / "data" / "facts").glob("*.ttl")):
        name = f"data/facts/{path.name}"
        if path.stem not in slugs or path.stem in FIXED_SLUGS:
            raise DataError(name, "these facts belong to no document or reference file of the same name")
        graph = GRAPH_BASE + path.stem
        sources.append(Source(path, name, f"{graph}/facts", GraphKind.FACTS, derived_from=graph))
    if not sources:
        raise DataError(str(root), "there is no ontology/ or data/ here, and --default-graph facts needs their layout")
    return sources


def own_sources(paths: Sequence[Path]) -> list[Source]:
    """The RDF files named, and those of the folders named, which go to the graphs that they name themselves.

    Raises DataError for a path that is not there and for a file whose ending is not one of RDF.
    """
    sources: list[Source] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix in SUFFIXES and p.is_file())
            sources += [Source(p, p.relative_to(path).as_posix()) for p in inside]
        elif not path.is_file():
            raise DataError(str(path), "there is no such file or folder")
        elif path.suffix not in SUFFIXES:
            raise DataError(str(path), f"the ending says no RDF format; there are {', '.join(SUFFIXES)}")
        else:
            sources.append(Source(path, path.name))
    return sources


def version(sources: Sequence[Source]) -> str:
    """The dataset version: 64 hexadecimal digits that change with any byte of any source, and with PREPARE."""
    lines = sorted(f"{s.graph or s.name} {s.name} {_digest(s.path)}\n" for s in sources)
    return hashlib.sha256(f"{''.join(lines)}prepare {PREPARE}\n".encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
