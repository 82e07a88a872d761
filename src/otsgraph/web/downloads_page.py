"""/downloads: every file, what it is for, how large it is, how to check it and how to load it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from otsgraph.dataset.info import CHECKSUMS, URI_SPACE, DatasetInfo, Download, GraphInfo, GraphKind
from otsgraph.dataset.metadata import NAMES, by_group, files
from otsgraph.errors import size_text
from otsgraph.rdf.formats import GraphFormat
from otsgraph.web.dataset_json_ld import dataset_json_ld
from otsgraph.web.html import page
from otsgraph.web.links import leads_to
from otsgraph.web.site import base_of, site_of

KINDS: Mapping[GraphKind, str] = {
    GraphKind.ONTOLOGY: "the ontology",
    GraphKind.STATEMENTS: "what a document says",
    GraphKind.FACTS: "facts of these statements",
    GraphKind.REFERENCE: "background",
    GraphKind.INFERRED: "what follows by the ontology",
    GraphKind.DISCOVERY: "what the dataset says of itself",
    GraphKind.OTHER: "as the files name it",
}
"""What a graph of each kind holds, for people."""

_ORDER = (
    GraphKind.ONTOLOGY,
    GraphKind.STATEMENTS,
    GraphKind.REFERENCE,
    GraphKind.FACTS,
    GraphKind.INFERRED,
    GraphKind.DISCOVERY,
    GraphKind.OTHER,
)
"""The kinds in the order in which they are shown; facts stand behind the statements that they are of."""

_UNITS = ((10**6, "MB"), (10**3, "kB"))


@dataclass(frozen=True, slots=True)
class GraphRow:
    """One named graph for people: its name, where that leads, what it holds, and its files as (format, address)."""

    name: str
    link: str
    kind: str
    triples: int
    files: Sequence[tuple[str, str]]


async def downloads(request: Request) -> Response:
    """Writes the files if nobody has asked for one yet.  Raises EngineFailed if that cannot be done."""
    site = site_of(request)
    dataset, base = site.engine.dataset, base_of(request)
    key = ("downloads", base)
    if (kept := site.pages.find(key)) is not None:
        return kept
    manifest = await site.downloads.manifest()
    offered = files(manifest, layered=dataset.layered)
    named = [*_documents(dataset).values(), *(g.iri for g in dataset.graphs if not g.slug)]
    labels = await asyncio.to_thread(site.names.labels, named)
    made = page(
        "downloads.html",
        dataset=dataset,
        groups=[(group.name.lower(), inside[0].heading, inside) for group, inside in by_group(offered)],
        graphs=_graph_rows(dataset, manifest, labels),
        checksums=CHECKSUMS,
        size=human_size,
        json_ld=dataset_json_ld(dataset, base, offered),
        base=base,
    )
    return site.pages.keep(key, made)


def human_size(size: int) -> str:
    """Bytes as people read them: 590 kB, 3.2 MB; decimal, as file managers show them."""
    for unit, name in _UNITS:
        if size >= unit:
            return f"{size / unit:.1f} {name}" if size < 10 * unit else f"{size / unit:,.0f} {name}"
    return size_text(size)


def _graph_rows(dataset: DatasetInfo, manifest: Mapping[str, Download], labels: Mapping[str, str]) -> list[GraphRow]:
    documents = _documents(dataset)
    return [
        GraphRow(
            name=graph.slug or labels.get(graph.iri, graph.iri),
            link=leads_to(graph.iri) if graph.slug else "",
            kind=labels.get(documents.get(graph.iri, ""), KINDS[graph.kind]),
            triples=graph.triples,
            files=_files_of(graph, manifest),
        )
        for graph in _in_order(dataset.graphs)
    ]


def _documents(dataset: DatasetInfo) -> dict[str, str]:
    """The IRI of its document for each graph of statements."""
    return {g.iri: f"{URI_SPACE}document/{g.slug}" for g in dataset.graphs if g.kind is GraphKind.STATEMENTS}


def _in_order(graphs: Sequence[GraphInfo]) -> list[GraphInfo]:
    kinds = {graph.iri: graph.kind for graph in graphs}

    def place(graph: GraphInfo) -> tuple[int, str]:
        return _ORDER.index(kinds.get(graph.derived_from, graph.kind)), graph.iri

    return sorted(graphs, key=place)


def _files_of(graph: GraphInfo, manifest: Mapping[str, Download]) -> list[tuple[str, str]]:
    stem = f"graph/{graph.slug}"
    return [
        (NAMES[f], f"/{stem}.{f.syntax.extension}")
        for f in GraphFormat
        if graph.slug and f"{stem}.{f.syntax.extension}" in manifest
    ]
