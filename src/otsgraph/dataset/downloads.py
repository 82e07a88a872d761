"""Writes the files of a dataset: those that a server offers, and those of `otsgraph export`."""

from __future__ import annotations

import gzip
import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from otsgraph.dataset.build import prepare
from otsgraph.dataset.info import (
    CHECKSUMS,
    FOLDER,
    INFO,
    MANIFEST,
    SNAPSHOT,
    DatasetInfo,
    Download,
    GraphKind,
    write_manifest,
)
from otsgraph.dataset.metadata import PREFIXES, all_graphs, describe_dataset, describe_for_catalogues, files
from otsgraph.dataset.sources import layered_sources
from otsgraph.graph.statements import is_statement
from otsgraph.process import sandbox
from otsgraph.process.resources import temporary_folder
from otsgraph.queries import saved
from otsgraph.rdf.formats import DatasetFormat, GraphFormat
from otsgraph.rdf.serializers import reifying, serialise, serialise_dataset, unfit
from otsgraph.rdf.terms import BASE, DISCOVERY_GRAPH, INFERRED_GRAPH, Triple, triple_term

_DEFAULT = ""
_STATEMENTS_NOTE = "The statements of documents and of the reference layer, with their evidence. None is asserted here."
_RDF_1_2_NOTE = " RDF 1.2: the statement is the reifier of its triple, and rdf:reifies asserts nothing."


@dataclass(frozen=True, slots=True)
class Contents:
    """A dataset as triples in N-Triples text: the default graph as downloaded, and the named graphs by IRI.

    The default graph is without the triples that are computed at start: inferred and discovery.
    """

    info: DatasetInfo
    default: frozenset[Triple]
    graphs: Mapping[str, frozenset[Triple]]

    @property
    def whole(self) -> Mapping[str, frozenset[Triple]]:
        """The named graphs that a download of everything holds: without the inferred one."""
        return {name: triples for name, triples in self.graphs.items() if name != INFERRED_GRAPH}

    @property
    def statements(self) -> frozenset[Triple]:
        """The statements of all documents and of the reference layer, merged."""
        documents = [self.graphs[g.iri] for g in self.info.graphs if g.kind is GraphKind.STATEMENTS]
        reference = [self.graphs[g.iri] for g in self.info.graphs if g.kind is GraphKind.REFERENCE]
        return frozenset().union(*documents, {t for graph in reference for t in graph if is_statement(t[0])})


def read_contents(prepared: Path) -> Contents:
    """What a prepared directory holds, less the discovery triples."""
    info = DatasetInfo.from_json((prepared / INFO).read_text(encoding="utf-8"))
    graphs: dict[str, set[Triple]] = {_DEFAULT: set(), DISCOVERY_GRAPH: set()}
    graphs |= {graph.iri: set() for graph in info.graphs}
    with (prepared / SNAPSHOT).open("rb") as snapshot:
        for quad in ox.parse(snapshot, format=ox.RdfFormat.N_QUADS):
            name = "" if isinstance(quad.graph_name, ox.DefaultGraph) else quad.graph_name.value
            graphs.setdefault(name, set()).add((str(quad.subject), str(quad.predicate), _text(quad.object)))
    computed = graphs.pop(DISCOVERY_GRAPH) | graphs.get(INFERRED_GRAPH, set())
    default = graphs.pop(_DEFAULT) - computed
    return Contents(info, frozenset(default), {name: frozenset(triples) for name, triples in graphs.items()})


def _text(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    """A term as N-Triples writes it; pyoxigraph writes a triple without its brackets."""
    if isinstance(term, ox.Triple):
        return triple_term((str(term.subject), str(term.predicate), _text(term.object)))
    return str(term)


def write_all(contents: Contents, folder: Path) -> list[Download]:
    """Writes every download, its gzip form, SHA256SUMS and manifest.json; returns them by name."""
    written: list[Download] = []
    for name, media_type, data in _files(contents):
        written.append(_write(folder, name, media_type, data))
        written.append(_write(folder, f"{name}.gz", "application/gzip", gzip.compress(data, mtime=0)))
    written.sort(key=lambda download: download.name)
    sums = "".join(f"{d.sha256}  {d.name}\n" for d in written if "/" not in d.name)
    written.append(_write(folder, CHECKSUMS, "text/plain; charset=utf-8", sums.encode()))
    write_manifest(folder, written)
    return written


def _files(contents: Contents) -> list[tuple[str, str, bytes]]:
    """Name, media type and bytes of each file, uncompressed."""
    prefixes = contents.info.prefixes
    note = "The facts: what may be taken as stated. Claims are not among them." if contents.info.layered else ""
    files = [f for f in _graph_files("otsgraph", contents.default, prefixes, note) if not f[0].endswith(".jsonld")]
    if contents.statements:
        turtle = GraphFormat.TURTLE
        body = serialise(contents.statements, turtle, prefixes, _STATEMENTS_NOTE)
        files.append(("otsgraph-statements.ttl", turtle.content_type, body))
        body = serialise(reifying(contents.statements), turtle, prefixes, _STATEMENTS_NOTE + _RDF_1_2_NOTE)
        files.append(("otsgraph-rdf12.ttl", f'{turtle.content_type}; version="1.2"', body))
    plain = not any(unfit(graph, GraphFormat.JSONLD) for graph in (contents.default, *contents.whole.values()))
    files += [_dataset_file("otsgraph", contents, f) for f in DatasetFormat if plain or f is not DatasetFormat.JSONLD]
    for graph in contents.info.graphs:
        if graph.slug:
            triples = contents.graphs[graph.iri]
            files += _graph_files(f"graph/{graph.slug}", triples, prefixes, f"The graph {graph.iri}")
    return files


def _graph_files(
    stem: str, triples: frozenset[Triple], prefixes: Mapping[str, str], comment: str
) -> list[tuple[str, str, bytes]]:
    """One graph in every graph format that can write it."""
    return [
        (f"{stem}.{format_.syntax.extension}", format_.content_type, serialise(triples, format_, prefixes, comment))
        for format_ in GraphFormat
        if not unfit(triples, format_)
    ]


def _dataset_file(stem: str, contents: Contents, format_: DatasetFormat) -> tuple[str, str, bytes]:
    """Everything by named graph.  A default graph of merged facts repeats what they hold, so it is left out."""
    default = {} if contents.info.layered else {_DEFAULT: contents.default}
    data = serialise_dataset({**contents.whole, **default}, format_, contents.info.prefixes)
    return f"{stem}.{format_.syntax.extension}", format_.content_type, data


def _write(folder: Path, name: str, media_type: str, data: bytes) -> Download:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return Download(name, media_type, len(data), hashlib.sha256(data).hexdigest())


def main(arguments: Sequence[str]) -> int:
    """Writes the downloads of a prepared directory; ends with its parent, whose process id is the second argument."""
    prepared, parent = Path(arguments[0]), int(arguments[1])
    sandbox.die_with_parent(parent)
    sandbox.be_killed_first()
    folder = prepared / FOLDER
    folder.mkdir(exist_ok=True)
    write_all(read_contents(prepared), folder)
    return 0


PERMANENT = BASE.removesuffix("/")
"""The address under which the dataset is reached for good."""


def export(root: Path, into: Path, base: str = PERMANENT) -> list[str]:
    """Writes the downloads of a folder laid out like ours, their checksums, and void.ttl and dcat.ttl.

    `base` is the address of the site that the descriptions name, without a slash at its end.  Returns the names of
    the files, sorted, those of single graphs with their folder.  Raises DataError for the first source that cannot be
    read, and OSError where nothing can be written.
    """
    queries = tuple(saved.load(root / "queries").values()) if (root / "queries").is_dir() else ()
    into.mkdir(parents=True, exist_ok=True)
    with temporary_folder() as prepared:
        info = prepare(layered_sources(root), prepared, layered=True, endpoint=f"{base}/sparql", queries=queries)
        written = {download.name: download for download in write_all(read_contents(prepared), into)}
    # it is what a server keeps for itself
    (into / MANIFEST).unlink()
    prefixes = {**PREFIXES, **info.prefixes}
    descriptions = {
        "void.ttl": describe_dataset(info, all_graphs(info), base),
        "dcat.ttl": describe_for_catalogues(info, files(written, layered=True), base),
    }
    for name, triples in descriptions.items():
        (into / name).write_bytes(serialise(triples, GraphFormat.TURTLE, prefixes))
    return sorted([*written, *descriptions])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
