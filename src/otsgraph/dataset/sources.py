"""Where a dataset comes from: the packaged folders, or named files and folders."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from otsgraph.dataset.info import GraphKind
from otsgraph.errors import DataError
from otsgraph.rdf.files import listed, open_file, walked
from otsgraph.rdf.terms import GRAPH_BASE, ONTOLOGY_GRAPH


def packaged_folder() -> Path:
    """Returns the folder that holds ontology/, data/ and queries/.  Raises DataError if there is none."""
    package = Path(__file__).parent.parent
    for folder in (package / "packaged", package.parent.parent):
        if (folder / "ontology" / "otsgraph.ttl").is_file():
            return folder
    raise DataError("otsgraph", "the packaged graph is missing from this installation; install otsgraph again")


PREPARE = 4
"""Raised when a rule, the loader or a writer changes what the same files become, as triples or as downloads."""

SUFFIXES = (".ttl", ".nt", ".nq", ".trig", ".rdf", ".owl", ".jsonld")
"""File endings of RDF that is read."""

FIXED_SLUGS = ("ontology", "inferred", "discovery")
"""Names of graphs that are not files of data/."""

_SLUG = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Source:
    """One file and the graph that its triples go to: `graph` is an IRI, or "" for those that the file names.

    `name` is the file's path below the folder that it was found in, `inside`, which is None for a file that was named
    itself; `derived_from` is a graph IRI or "".
    """

    path: Path
    name: str
    graph: str = ""
    kind: GraphKind = GraphKind.OTHER
    derived_from: str = ""
    inside: Path | None = None


def layered_sources(root: Path) -> list[Source]:
    """Returns the files of a folder laid out like ours: ontology/, data/documents/, data/facts/, data/reference/.

    Raises DataError if there are none, if a folder cannot be read, or if a file's name is not a slug, or is taken.
    Does not open the files.
    """
    sources = [
        Source(path, f"ontology/{path.name}", ONTOLOGY_GRAPH, GraphKind.ONTOLOGY, inside=root)
        for path in (root / "ontology" / "otsgraph.ttl", root / "ontology" / "alignments.ttl")
        if os.path.lexists(path)
    ]
    slugs: dict[str, str] = dict.fromkeys(FIXED_SLUGS, "a fixed name")
    for folder, kind in (("documents", GraphKind.STATEMENTS), ("reference", GraphKind.REFERENCE)):
        for path in listed(root / "data" / folder, ".ttl"):
            name = f"data/{folder}/{path.name}"
            if not _SLUG.fullmatch(path.stem):
                raise DataError(name, "a file name here is a slug: small letters, digits and hyphens, then .ttl")
            if path.stem in slugs:
                raise DataError(name, f"the slug {path.stem} is taken by {slugs[path.stem]}")
            slugs[path.stem] = name
            sources.append(Source(path, name, GRAPH_BASE + path.stem, kind, inside=root))
    for path in listed(root / "data" / "facts", ".ttl"):
        name = f"data/facts/{path.name}"
        if path.stem not in slugs or path.stem in FIXED_SLUGS:
            raise DataError(name, "these facts belong to no document or reference file of the same name")
        graph = GRAPH_BASE + path.stem
        sources.append(Source(path, name, f"{graph}/facts", GraphKind.FACTS, derived_from=graph, inside=root))
    if not sources:
        raise DataError(str(root), "there is no ontology/ or data/ here, and --default-graph facts needs their layout")
    return sources


def own_sources(paths: Sequence[Path]) -> list[Source]:
    """Returns the named RDF files and those of the named folders, which say themselves to which graphs they go.

    Raises DataError for a path that is not there, for a folder that cannot be read or has a link out of it to another
    one, and for a file whose ending is not one of RDF.  Does not open the files.
    """
    sources: list[Source] = []
    for path in paths:
        if path.is_dir():
            sources += [Source(p, p.relative_to(path).as_posix(), inside=path) for p in walked(path, SUFFIXES)]
        elif not os.path.lexists(path):
            raise DataError(str(path), "there is no such file or folder")
        elif path.suffix not in SUFFIXES:
            raise DataError(str(path), f"the ending says no RDF format; there are {', '.join(SUFFIXES)}")
        else:
            sources.append(Source(path, path.name))
    return sources


def version(sources: Sequence[Source]) -> str:
    """Returns the dataset version: 64 hexadecimal digits that change with any byte of any source, and with PREPARE."""
    lines = sorted(f"{s.graph or s.name} {s.name} {_digest(s)}\n" for s in sources)
    return hashlib.sha256(f"{''.join(lines)}prepare {PREPARE}\n".encode()).hexdigest()


def _digest(source: Source) -> str:
    with open_file(source.path, source.name, source.inside) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class BuildJob:
    """What the build process is told, as JSON on its standard input.

    `into` is an existing directory, `data` the files and folders to read (none: the packaged graph), `queries` folders
    of saved queries.  `endpoint` is the IRI under which the dataset is asked, or "" for the permanent one.  `parent` is
    the process to end with; `memory` the bytes that may be taken, and written to a file.
    """

    into: str
    data: Sequence[str] = ()
    layered: bool = True
    with_inferred: bool = True
    queries: Sequence[str] = ()
    services: Sequence[str] = ()
    endpoint: str = ""
    parent: int | None = None
    memory: int | None = None

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()


BUILD_COMMAND = (sys.executable, "-P", "-m", "otsgraph.dataset.build")
