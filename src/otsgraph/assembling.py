"""The dataset of some files, in memory: their graphs, the default graph of facts, and what is made from these.

The one place where files become the triples that are served.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from otsgraph.census import URI_SPACE, census
from otsgraph.dataset import Source, version
from otsgraph.dataset_info import DatasetInfo, GraphInfo, GraphKind
from otsgraph.discovery import ENDPOINT, describe
from otsgraph.examples import examples
from otsgraph.graph.inference import inferred, schema
from otsgraph.graph.statements import is_statement, statements, withheld
from otsgraph.queries.saved import SavedQuery
from otsgraph.rdf.files import RdfFile
from otsgraph.rdf.serializers import declared_prefixes
from otsgraph.rdf.terms import BASE, DISCOVERY_GRAPH, INFERRED_GRAPH, ONTOLOGY_GRAPH, OTS, SH, Triple, ntriples

MOST_CANONICAL_BLANK_NODES = 10_000
"""Up to so many blank nodes get the same labels at every start; RDF canonicalization can be slow beyond."""


def build(
    sources: Sequence[Source],
    *,
    layered: bool,
    with_inferred: bool = True,
    endpoint: str = ENDPOINT,
    queries: Sequence[SavedQuery] = (),
    begins: Callable[[str], object] = lambda name: None,
) -> tuple[ox.Store, DatasetInfo]:
    """The dataset of some files, in memory, and what is known about it.

    `layered`: the default graph is the merged set of facts, reference, ontology, inferred and discovery triples;
    otherwise it is what the files put there.  `with_inferred=False` leaves the inferred graph out.  `endpoint` is the
    IRI under which the dataset says that it is asked, with `queries` as examples.  `begins` is called with the name of
    each file before it is read, and with "" when all have been.  Raises DataError for the first file that cannot be
    read.
    """
    files = [(source, RdfFile(source.path, source.name, source.inside)) for source in sources]
    store = ox.Store()
    store.bulk_extend(_with_stable_labels(_quads(files, begins)))
    if layered:
        _withhold(store, sources)
    facts = _default_graph(store)
    if layered and with_inferred:
        _add(store, INFERRED_GRAPH, inferred(facts, schema(_graph(store, ox.NamedNode(ONTOLOGY_GRAPH)))))
    info = DatasetInfo(
        version=version(sources),
        layered=layered,
        triples=len(facts),
        graphs=_graphs(store, sources),
        prefixes=_prefixes(store, files),
        census=census(facts, URI_SPACE if layered else ""),
    )
    # the descriptions give their own number, which does not depend on the numbers that they give
    shown = examples(queries, endpoint, BASE + "ontology")
    made = {*describe(info, endpoint), *shown} if layered else set()
    served = len(made | set(_default_graph(store)))
    info = replace(info, served_triples=served, discovery_triples=len(made))
    if layered:
        _add(store, DISCOVERY_GRAPH, [*describe(info, endpoint), *shown])
    return store, info


def _default_graph(store: ox.Store) -> list[Triple]:
    return _graph(store, ox.DefaultGraph())


def _graph(store: ox.Store, name: ox.NamedNode | ox.DefaultGraph) -> list[Triple]:
    quads = store.quads_for_pattern(None, None, None, name)
    return [(str(q.subject), str(q.predicate), str(q.object)) for q in quads]


def _add(store: ox.Store, graph: str, triples: list[Triple]) -> None:
    """Adds triples that are made, not read, to a graph of their own and to the default graph."""
    parsed = list(ox.parse(ntriples(triples), format=ox.RdfFormat.N_TRIPLES))
    graphs: tuple[ox.NamedNode | ox.DefaultGraph, ...] = (ox.NamedNode(graph), ox.DefaultGraph())
    store.extend([ox.Quad(q.subject, q.predicate, q.object, g) for q in parsed for g in graphs])


def _quads(files: Iterable[tuple[Source, RdfFile]], begins: Callable[[str], object]) -> Iterable[ox.Quad]:
    for source, file in files:
        begins(source.name)
        for quad in file.quads():
            if not source.graph:
                yield quad
                continue
            yield ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(source.graph))
            if source.kind.in_default_graph and not is_statement(str(quad.subject)):
                yield ox.Quad(quad.subject, quad.predicate, quad.object)
    begins("")


def _withhold(store: ox.Store, sources: Sequence[Source]) -> None:
    """Takes out of the default graph the facts that rest on statements alone which a resolution doubts."""
    verdicts = (ox.NamedNode(OTS + name) for name in ("rejects", "leavesOpen"))
    doubted = frozenset(str(q.object) for v in verdicts for q in store.quads_for_pattern(None, v, None))
    if not doubted:
        return
    stating = dict.fromkeys(s.graph for s in sources if s.kind in (GraphKind.STATEMENTS, GraphKind.REFERENCE))
    held = [s for graph in stating for s in statements(_graph(store, ox.NamedNode(graph)))]
    for quad in ox.parse(ntriples(list(withheld(held, doubted))), format=ox.RdfFormat.N_TRIPLES):
        store.remove(quad)


def _with_stable_labels(quads: Iterable[ox.Quad]) -> Iterable[ox.Quad]:
    """The same quads; blank nodes labelled by RDF Dataset Canonicalization if there are not too many of them."""
    blank: list[ox.Quad] = []
    labels: set[str] = set()
    for quad in quads:
        own = [t.value for t in (quad.subject, quad.object) if isinstance(t, ox.BlankNode)]
        if not own or len(labels) > MOST_CANONICAL_BLANK_NODES:
            yield quad
        else:
            blank.append(quad)
            labels.update(own)
    dataset = ox.Dataset(blank)
    if len(labels) <= MOST_CANONICAL_BLANK_NODES:
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    yield from dataset


def _graphs(store: ox.Store, sources: Sequence[Source]) -> tuple[GraphInfo, ...]:
    counts = Counter(q.graph_name.value for q in store if isinstance(q.graph_name, ox.NamedNode))
    by_graph = {source.graph: source for source in sources if source.graph}
    if INFERRED_GRAPH in counts and INFERRED_GRAPH not in by_graph:
        by_graph[INFERRED_GRAPH] = Source(Path(), "", INFERRED_GRAPH, GraphKind.INFERRED)
    unknown = Source(Path(), "")
    return tuple(
        GraphInfo(iri, by_graph.get(iri, unknown).kind, counts[iri], by_graph.get(iri, unknown).derived_from)
        for iri in sorted(counts.keys() | by_graph.keys())
    )


def _prefixes(store: ox.Store, files: Iterable[tuple[Source, RdfFile]]) -> Mapping[str, str]:
    """What the data declares with sh:declare (SHACL §5.2.1); where it declares nothing, what its files use."""
    declarations = [
        (str(q.subject), str(q.predicate), str(q.object))
        for name in ("prefix", "namespace")
        for q in store.quads_for_pattern(None, ox.NamedNode(SH + name), None)
    ]
    used = {prefix: namespace for _, file in reversed(list(files)) for prefix, namespace in file.prefixes.items()}
    return declared_prefixes(declarations) or dict(sorted(used.items()))
