"""The description of a dataset in VoID: what it is, where it is got, how much there is, what it is linked to; pure.

Everything that needs a name has an IRI with a fragment at the dataset's address, so no blank node is in it.
Source: Describing Linked Datasets with the VoID Vocabulary (W3C Interest Group Note, 2011).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from otsgraph.census import TARGETS, URI_SPACE
from otsgraph.dataset_info import DatasetInfo, GraphInfo, GraphKind
from otsgraph.rdf.formats import DatasetFormat, Format, GraphFormat
from otsgraph.rdf.terms import BASE, DCTERMS, FOAF, OTS, PROV, RDF, RDFS, VOID, XSD, Triple, integer, iri, literal

DATASET = BASE
DESCRIPTION = ".well-known/void"
"""Where the description is found below the dataset's address."""

TITLE = "otsgraph: the diaspora cooperation of the OTS"
TITLE_OF_OTHERS = "A graph, served by otsgraph"
ABOUT = (
    "A knowledge graph of the diaspora cooperation of the Organization of Turkic States: meetings, who took part for"
    " whom, what was adopted. Every statement says who states it, where in which document, and whether it is a"
    " reported fact, an attributed statement or an editorial assessment; only facts are asserted."
)
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
CONTRIBUTORS = "The otsgraph contributors"

_TYPE = iri(RDF + "type")
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
    GraphKind.OTHER: "A graph: {}",
}
_TARGET_NAMES = {
    "wikidata": "Wikidata",
    "geonames": "GeoNames",
    "eu-countries": "Country authority table of the European Union",
    "eurovoc": "EuroVoc",
}
_EXAMPLES = ("meeting/diaspora-7", "state/hungary", "document/trend-2025-12-02", "statement/trend-2025-12-02/026")
_ROOTS = ("series/diaspora",)
_NAMESPACE = re.compile(r"(.*[/#])[^/#]*")


def node_of(dataset: DatasetInfo, base: str) -> str:
    """The IRI of a dataset: of ours the permanent one, of others' data the address at which it is served."""
    return DATASET if dataset.layered else f"{base}/"


def description_of(dataset: DatasetInfo, base: str) -> str:
    """The IRI of the file that the description of a dataset is."""
    return node_of(dataset, base) + DESCRIPTION


def describe_dataset(dataset: DatasetInfo, graphs: Iterable[GraphInfo], base: str) -> list[Triple]:
    """The description of a dataset with some named graphs; `base` is its site's address, without a slash at the end.

    The counts are those of the default graph, without the triples that are computed at start.
    """
    node = node_of(dataset, base)
    about = [
        (iri(node), _TYPE, iri(VOID + "Dataset")),
        (iri(node), iri(DCTERMS + "title"), literal(title(dataset), language="en")),
        (iri(node), iri(DCTERMS + "hasVersion"), literal(dataset.short_version)),
        *_description(dataset, base),
        *_access(dataset, node, base),
        *_counts(dataset, node),
    ]
    if dataset.layered:
        about += [*_ours(dataset), *_links(dataset)]
    return about + [triple for graph in graphs for triple in _graph(graph, node, base, ours=dataset.layered)]


def title(dataset: DatasetInfo) -> str:
    return TITLE if dataset.layered else TITLE_OF_OTHERS


def sources(dataset: DatasetInfo) -> list[str]:
    """The IRIs of the documents that a dataset of ours has statements of."""
    stated = {f"{URI_SPACE}document/{g.slug}" for g in dataset.graphs if g.kind is GraphKind.STATEMENTS}
    return sorted(stated & set(dataset.census.documents))


def agent() -> list[Triple]:
    """Those who made the dataset."""
    node = iri(DATASET + "#contributors")
    return [(node, _TYPE, iri(FOAF + "Agent")), (node, iri(FOAF + "name"), literal(CONTRIBUTORS))]


def made_by(subject: str, dataset: DatasetInfo) -> list[Triple]:
    """Licence, makers and days of something that holds our dataset, as far as the data has them on record."""
    node, makers = iri(subject), iri(DATASET + "#contributors")
    days = [("issued", dataset.census.issued), ("modified", dataset.census.modified)]
    return [
        (node, iri(DCTERMS + "description"), literal(ABOUT, language="en")),
        (node, iri(DCTERMS + "license"), iri(LICENCE)),
        (node, iri(DCTERMS + "creator"), makers),
        (node, iri(DCTERMS + "publisher"), makers),
        *((node, iri(DCTERMS + name), literal(day, datatype=XSD + "date")) for name, day in days if day),
    ]


def _description(dataset: DatasetInfo, base: str) -> list[Triple]:
    node = iri(description_of(dataset, base))
    about = [
        (node, _TYPE, iri(VOID + "DatasetDescription")),
        (node, iri(DCTERMS + "title"), literal(f"Description in VoID of: {title(dataset)}", language="en")),
        (node, iri(FOAF + "primaryTopic"), iri(node_of(dataset, base))),
    ]
    return [*about, (node, iri(DCTERMS + "creator"), iri(DATASET + "#contributors"))] if dataset.layered else about


def _ours(dataset: DatasetInfo) -> list[Triple]:
    node = iri(DATASET)
    return [
        *agent(),
        *made_by(DATASET, dataset),
        *((node, iri(DCTERMS + "source"), iri(document)) for document in sources(dataset)),
        (node, iri(VOID + "uriSpace"), literal(URI_SPACE)),
        *((node, iri(VOID + "exampleResource"), iri(URI_SPACE + path)) for path in _EXAMPLES),
        *((node, iri(VOID + "rootResource"), iri(URI_SPACE + path)) for path in _ROOTS),
    ]


def _access(dataset: DatasetInfo, dataset_node: str, base: str) -> list[Triple]:
    node = iri(dataset_node)
    home = [(node, iri(FOAF + "homepage"), iri(f"{base}/"))] if f"{base}/" != dataset_node else []
    forms = [f for f in (*GraphFormat, *DatasetFormat) if _is_given(f, dataset)]
    dumps = sorted({f"{base}/download/otsgraph.{f.syntax.extension}" for f in forms if f is not GraphFormat.JSONLD})
    return [
        *home,
        (node, iri(VOID + "sparqlEndpoint"), iri(f"{base}/sparql")),
        (node, iri(VOID + "uriLookupEndpoint"), iri(f"{base}/lookup?iri=")),
        (node, iri(VOID + "openSearchDescription"), iri(f"{base}/opensearch.xml")),
        *((node, iri(VOID + "dataDump"), iri(address)) for address in dumps),
        *((node, iri(VOID + "feature"), iri(name)) for name in sorted({f.syntax.iri for f in forms})),
    ]


def _is_given(format_: Format, dataset: DatasetInfo) -> bool:
    """Whether a dataset is sure to be had in a format: others' may have what RDF/XML or JSON-LD cannot write."""
    if format_ is GraphFormat.RDFXML:
        return dataset.census.as_xml
    return dataset.layered or format_ is not DatasetFormat.JSONLD


def _counts(dataset: DatasetInfo, dataset_node: str) -> list[Triple]:
    node, counted = iri(dataset_node), dataset.census
    numbers = {
        "triples": dataset.triples,
        "entities": counted.entities,
        "classes": counted.number_of_classes,
        "properties": counted.number_of_properties,
        "distinctSubjects": counted.subjects,
        "distinctObjects": counted.objects,
    }
    about = [(node, iri(VOID + name), integer(number)) for name, number in numbers.items()]
    for part in counted.classes:
        of = iri(f"{dataset_node}#class={quote(part.iri, safe='')}")
        about.append((node, iri(VOID + "classPartition"), of))
        about += [(of, iri(VOID + "class"), iri(part.iri)), (of, iri(VOID + "entities"), integer(part.number))]
    for part in counted.properties:
        of = iri(f"{dataset_node}#property={quote(part.iri, safe='')}")
        about.append((node, iri(VOID + "propertyPartition"), of))
        about += [(of, iri(VOID + "property"), iri(part.iri)), (of, iri(VOID + "triples"), integer(part.number))]
    return about + [(node, iri(VOID + "vocabulary"), iri(name)) for name in _vocabularies(dataset)]


def _vocabularies(dataset: DatasetInfo) -> list[str]:
    """The namespaces of the classes and properties; of ours the ontology."""
    terms = [part.iri for part in (*dataset.census.classes, *dataset.census.properties)]
    found = {match[1] for term in terms if (match := _NAMESPACE.fullmatch(term))}
    return sorted({namespace.removesuffix("#") if namespace == OTS else namespace for namespace in found})


def _links(dataset: DatasetInfo) -> list[Triple]:
    """A linkset for each property that leads to another dataset, and what these are."""
    about: list[Triple] = []
    for links in dataset.census.links:
        target = iri(f"{DATASET}#{links.target}")
        node = iri(f"{DATASET}#links={links.target}&by={quote(links.predicate, safe='')}")
        about += [
            (target, _TYPE, iri(VOID + "Dataset")),
            (target, iri(DCTERMS + "title"), literal(_TARGET_NAMES[links.target], language="en")),
            (target, iri(VOID + "uriSpace"), literal(TARGETS[links.target])),
            (iri(DATASET), iri(VOID + "subset"), node),
            (node, _TYPE, iri(VOID + "Linkset")),
            (node, iri(VOID + "subjectsTarget"), iri(DATASET)),
            (node, iri(VOID + "objectsTarget"), target),
            (node, iri(VOID + "target"), iri(DATASET)),
            (node, iri(VOID + "target"), target),
            (node, iri(VOID + "linkPredicate"), iri(links.predicate)),
            (node, iri(VOID + "triples"), integer(links.triples)),
        ]
    return about


def _graph(graph: GraphInfo, dataset_node: str, base: str, *, ours: bool) -> list[Triple]:
    node = iri(graph.iri)
    about = [
        (iri(dataset_node), iri(VOID + "subset"), node),
        (node, iri(VOID + "triples"), integer(graph.triples)),
    ]
    if graph.slug:
        about.append((node, iri(VOID + "dataDump"), iri(f"{base}/graph/{graph.slug}.ttl")))
    if ours:
        name = _LABELS[graph.kind].format(graph.slug.split("/")[0])
        about += [
            (node, _TYPE, iri(OTS + graph.kind.value)),
            (node, iri(RDFS + "label"), literal(name, language="en")),
            (node, iri(DCTERMS + "license"), iri(LICENCE)),
        ]
    if graph.kind is GraphKind.INFERRED:
        about.append((node, iri(DCTERMS + "description"), literal(_RULES, language="en")))
    if graph.derived_from:
        about.append((node, iri(PROV + "wasDerivedFrom"), iri(graph.derived_from)))
    return about
