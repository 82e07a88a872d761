"""Triples by which dataset and endpoint describe themselves: version, graphs, sizes, formats; pure.

In the store they live in a graph of their own, outside the dataset version and the downloads.
Source: SPARQL 1.1 Service Description (W3C Recommendation, 2013) §3.
"""

from __future__ import annotations

from urllib.parse import quote

from otsgraph.dataset_info import DatasetInfo, GraphInfo, GraphKind
from otsgraph.rdf.formats import GraphFormat, ResultsFormat
from otsgraph.rdf.terms import BASE, DISCOVERY_GRAPH, RDF, SD, VOID, Triple, integer, iri
from otsgraph.void import describe_dataset

ENDPOINT = BASE + "sparql"
_TYPE = iri(RDF + "type")
_SIMPLE_ENTAILMENT = "http://www.w3.org/ns/entailment/Simple"


def describe(dataset: DatasetInfo, endpoint: str = ENDPOINT) -> list[Triple]:
    """The discovery triples of a dataset that is asked at an endpoint.

    The sizes that they give are those of `dataset`, so they are made twice where the sizes include their own number.
    """
    base = endpoint.removesuffix("/sparql")
    return describe_dataset(dataset, all_graphs(dataset), base) + describe_service(dataset, endpoint)


def describe_service(dataset: DatasetInfo, endpoint: str, *, federated: bool = False) -> list[Triple]:
    """The service description of an endpoint: its languages, formats, graphs and their sizes as they are served.

    `endpoint` is the absolute IRI under which it is reached; `federated`: queries may ask some other endpoints.
    """
    service, default, graph = (iri(f"{endpoint}#{name}") for name in ("service", "dataset", "default-graph"))
    about: list[Triple] = [
        (service, _TYPE, iri(SD + "Service")),
        (service, iri(SD + "endpoint"), iri(endpoint)),
        (service, iri(SD + "supportedLanguage"), iri(SD + "SPARQL11Query")),
        (service, iri(SD + "defaultEntailmentRegime"), iri(_SIMPLE_ENTAILMENT)),
        (service, iri(SD + "defaultDataset"), default),
        (default, _TYPE, iri(SD + "Dataset")),
        (default, iri(SD + "defaultGraph"), graph),
        (graph, _TYPE, iri(SD + "Graph")),
        (graph, iri(VOID + "triples"), integer(dataset.served_triples)),
    ]
    if federated:
        about.append((service, iri(SD + "feature"), iri(SD + "BasicFederatedQuery")))
    about += [(service, iri(SD + "resultFormat"), iri(f.syntax.iri)) for f in (*ResultsFormat, *GraphFormat)]
    return about + [t for g in all_graphs(dataset) for t in _named_graph(g, default, endpoint)]


def _named_graph(graph: GraphInfo, dataset: str, endpoint: str) -> list[Triple]:
    named = iri(f"{endpoint}#graph={quote(graph.iri, safe='')}")
    return [
        (dataset, iri(SD + "namedGraph"), named),
        (named, _TYPE, iri(SD + "NamedGraph")),
        (named, iri(SD + "name"), iri(graph.iri)),
        (named, iri(SD + "graph"), iri(graph.iri)),
        (iri(graph.iri), _TYPE, iri(SD + "Graph")),
        (iri(graph.iri), iri(VOID + "triples"), integer(graph.triples)),
    ]


def all_graphs(dataset: DatasetInfo) -> list[GraphInfo]:
    """The named graphs that can be asked: the discovery graph too, if there is one."""
    own = [GraphInfo(DISCOVERY_GRAPH, GraphKind.DISCOVERY, dataset.discovery_triples)] if dataset.layered else []
    return [*dataset.graphs, *own]
