"""Triples by which the dataset describes itself: its version, its graphs and their sizes; pure.

They live in a graph of their own, outside the dataset version and the downloads.
Source: Describing Linked Datasets with the VoID Vocabulary (W3C Interest Group Note, 2011).
"""

from __future__ import annotations

from otsgraph.dataset_info import DISCOVERY_GRAPH, DatasetInfo, GraphInfo, GraphKind
from otsgraph.terms import BASE, DCTERMS, OTS, PROV, RDF, RDFS, VOID, Triple, integer, iri, literal

DATASET = BASE
ENDPOINT = BASE + "sparql"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"

_RULES = (
    "Superclasses and superproperties among the terms of this ontology; declared inverses; one step from these terms"
    " to those of other vocabularies, as the ontology aligns them. Nothing by domain or range, nothing from equality."
)

_LABELS = {
    GraphKind.ONTOLOGY: "The ontology",
    GraphKind.STATEMENTS: "Statements of a document: {}",
    GraphKind.FACTS: "What a document states as fact: {}",
    GraphKind.REFERENCE: "Background: {}",
    GraphKind.INFERRED: "What follows from the facts by the ontology",
    GraphKind.DISCOVERY: "Descriptions of the dataset and its graphs",
}


def describe(dataset: DatasetInfo) -> list[Triple]:
    """The discovery triples of a dataset; its own discovery graph is described without a size."""
    node = iri(DATASET)
    about: list[Triple] = [
        (node, iri(RDF + "type"), iri(VOID + "Dataset")),
        (node, iri(DCTERMS + "title"), literal("otsgraph: the diaspora cooperation of the OTS", language="en")),
        (node, iri(DCTERMS + "license"), iri(LICENCE)),
        (node, iri(DCTERMS + "hasVersion"), literal(dataset.short_version)),
        (node, iri(VOID + "sparqlEndpoint"), iri(ENDPOINT)),
        (node, iri(VOID + "triples"), integer(dataset.triples)),
    ]
    described = [*dataset.graphs, GraphInfo(DISCOVERY_GRAPH, GraphKind.DISCOVERY, 0)]
    return about + [triple for graph in described for triple in _describe_graph(graph)]


def _describe_graph(graph: GraphInfo) -> list[Triple]:
    node = iri(graph.iri)
    about: list[Triple] = [
        (iri(DATASET), iri(VOID + "subset"), node),
        (node, iri(RDF + "type"), iri(OTS + graph.kind.value)),
        (node, iri(RDFS + "label"), literal(_LABELS[graph.kind].format(graph.slug.split("/")[0]), language="en")),
        (node, iri(DCTERMS + "license"), iri(LICENCE)),
    ]
    if graph.triples:
        about.append((node, iri(VOID + "triples"), integer(graph.triples)))
    if graph.kind is GraphKind.INFERRED:
        about.append((node, iri(DCTERMS + "description"), literal(_RULES, language="en")))
    if graph.derived_from:
        about.append((node, iri(PROV + "wasDerivedFrom"), iri(graph.derived_from)))
    return about
