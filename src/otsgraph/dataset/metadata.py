"""Describes a dataset for machines: VoID, DCAT, the service description, and example queries.

Sources: SPARQL 1.1 Service Description (W3C Recommendation, 2013) §3; SIB sparql-examples (README); SHACL Advanced
Features §5.1 (sh:SPARQLExecutable), §8.2 (sh:Parameter); Describing Linked Datasets with the VoID Vocabulary (W3C
Interest Group Note, 2011); Data Catalog Vocabulary (DCAT) Version 3 §6.6 to §6.10; SPDX 2.3 §8.4 (checksums).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote

from otsgraph.dataset.info import TARGETS, URI_SPACE, DatasetInfo, Download, GraphInfo, GraphKind
from otsgraph.queries.parameters import Kind, Parameter
from otsgraph.queries.saved import QueryForm, SavedQuery
from otsgraph.rdf.formats import DatasetFormat, Format, GraphFormat, ResultsFormat
from otsgraph.rdf.terms import (
    BASE,
    DCTERMS,
    DISCOVERY_GRAPH,
    FOAF,
    OTS,
    PROV,
    RDF,
    RDFS,
    SCHEMA,
    SD,
    SH,
    VOID,
    XSD,
    Triple,
    integer,
    iri,
    literal,
)

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


QUERY_BASE = BASE + "query/"
_SPEX = "https://purl.expasy.org/sparql-examples/ontology#"
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"

_OF_FORM = {
    QueryForm.SELECT: (SH + "SPARQLSelectExecutable", SH + "select"),
    QueryForm.ASK: (SH + "SPARQLAskExecutable", SH + "ask"),
    QueryForm.CONSTRUCT: (SH + "SPARQLConstructExecutable", SH + "construct"),
    QueryForm.DESCRIBE: (_SPEX + "SPARQLDescribeExecutable", _SPEX + "describe"),
}
"""For each query form its class and the property that has the text."""


def examples(queries: Iterable[SavedQuery], endpoint: str, prefixes: str = "") -> list[Triple]:
    """The query examples of an endpoint; `prefixes` is the IRI of what declares its prefixes, or empty.

    The text of an example has the query's defaults in place, so it answers the question when it is run as it is.
    """
    return [triple for query in queries for triple in _example(query, endpoint, prefixes)]


def _example(query: SavedQuery, endpoint: str, prefixes: str) -> list[Triple]:
    node = iri(QUERY_BASE + query.name)
    class_, text = _OF_FORM[query.form]
    about: list[Triple] = [
        (node, _TYPE, iri(SH + "SPARQLExecutable")),
        (node, _TYPE, iri(class_)),
        (node, iri(RDFS + "label"), literal(query.summary, language="en")),
        (node, iri(RDFS + "comment"), literal(query.summary, language="en")),
        (node, iri(SCHEMA + "target"), iri(endpoint)),
        (node, iri(text), literal(query.default_text)),
    ]
    if query.description:
        about.append((node, iri(DCTERMS + "description"), literal(query.description, language="en")))
    if prefixes:
        about.append((node, iri(SH + "prefixes"), iri(prefixes)))
    about += [(node, iri(SCHEMA + "keywords"), literal(tag)) for tag in query.tags]
    about += [(node, iri(DCTERMS + "format"), iri(media_type_iri(f))) for f in query.formats]
    return about + [triple for n, p in enumerate(query.parameters, 1) for triple in _parameter(node, query, n, p)]


def media_type_iri(format_: Format) -> str:
    """The IRI of a format's media type, as DCAT 3 §6.8 names them."""
    return _MEDIA_TYPES + format_.media_type


def _parameter(query: str, of: SavedQuery, number: int, parameter: Parameter) -> list[Triple]:
    node = iri(f"{QUERY_BASE}{of.name}#parameter-{parameter.name}")
    about: list[Triple] = [
        (query, iri(SH + "parameter"), node),
        (node, _TYPE, iri(SH + "Parameter")),
        (node, iri(SH + "path"), iri(f"{QUERY_BASE}{of.name}#{parameter.name}")),
        (node, iri(SH + "name"), literal(parameter.name)),
        (node, iri(SH + "order"), integer(number)),
        (node, iri(SH + "description"), literal(parameter.type.takes, language="en")),
        (node, iri(SH + "optional"), literal("false" if parameter.required else "true", datatype=XSD + "boolean")),
    ]
    if parameter.type.kind is Kind.IRI:
        about.append((node, iri(SH + "nodeKind"), iri(SH + "IRI")))
    else:
        datatype = RDF + "langString" if parameter.type.language else parameter.type.datatype or XSD + "string"
        about.append((node, iri(SH + "datatype"), iri(datatype)))
    if parameter.default:
        # as text, since examples live beside the facts: a thing would seem to have one more connection
        about.append((node, iri(SCHEMA + "defaultValue"), literal(parameter.default)))
    return about


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
        about += [*_void_dataset(dataset), *_links(dataset)]
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


def _void_dataset(dataset: DatasetInfo) -> list[Triple]:
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


DCAT = "http://www.w3.org/ns/dcat#"
SPDX = "http://spdx.org/rdf/terms#"

PREFIXES = {"dcat": DCAT, "foaf": FOAF, "spdx": SPDX}
"""Short names beside those of the dataset, for documents that describe it."""

_GZIP = "application/gzip"
_PROTOCOL = "https://www.w3.org/TR/sparql11-protocol/"
_INTERNATIONAL = "http://publications.europa.eu/resource/authority/data-theme/INTR"
_KEYWORDS = ("Organization of Turkic States", "diaspora", "meetings", "provenance of statements", "evidence")


def describe_for_catalogues(dataset: DatasetInfo, offered: Iterable[File], base: str) -> list[Triple]:
    """A dataset, the files in which it is offered, and the endpoint at which it is asked.

    `base` is the address of its site, without a slash at the end.
    """
    node = iri(node_of(dataset, base))
    about = [
        (node, _TYPE, iri(DCAT + "Dataset")),
        (node, iri(DCTERMS + "title"), literal(title(dataset), language="en")),
        (node, iri(DCAT + "version"), literal(dataset.short_version)),
        (node, iri(DCAT + "landingPage"), iri(f"{base}/downloads")),
        *_service(dataset, base),
    ]
    if dataset.layered:
        about += _dcat_dataset(dataset)
    downloads = [(file, download) for file in offered for download in (file.plain, file.packed)]
    return about + [t for file, download in downloads for t in _distribution(dataset, file, download, base)]


def _dcat_dataset(dataset: DatasetInfo) -> list[Triple]:
    name = node_of(dataset, "")
    node = iri(name)
    return [
        *agent(),
        *made_by(name, dataset),
        (node, iri(DCAT + "theme"), iri(_INTERNATIONAL)),
        *((node, iri(DCAT + "keyword"), literal(word, language="en")) for word in _KEYWORDS),
        *((node, iri(PROV + "wasDerivedFrom"), iri(document)) for document in sources(dataset)),
    ]


def _distribution(dataset: DatasetInfo, file: File, download: Download, base: str) -> list[Triple]:
    """One file, and its checksum."""
    dataset_node = node_of(dataset, base)
    packed = download is file.packed
    node = iri(f"{dataset_node}dcat#{quote(download.name)}")
    checksum = iri(f"{dataset_node}dcat#checksum={quote(download.name)}")
    about = [
        (iri(dataset_node), iri(DCAT + "distribution"), node),
        (node, _TYPE, iri(DCAT + "Distribution")),
        (node, iri(DCTERMS + "title"), literal(file.title + (", compressed" if packed else ""), language="en")),
        (node, iri(DCTERMS + "description"), literal(file.purpose + ".", language="en")),
        (node, iri(DCAT + "accessURL"), iri(f"{base}/downloads")),
        (node, iri(DCAT + "downloadURL"), iri(f"{base}/download/{download.name}")),
        (node, iri(DCAT + "mediaType"), iri(_MEDIA_TYPES + file.media_type)),
        (node, iri(DCAT + "byteSize"), literal(str(download.size), datatype=XSD + "nonNegativeInteger")),
        (node, iri(SPDX + "checksum"), checksum),
        (checksum, _TYPE, iri(SPDX + "Checksum")),
        (checksum, iri(SPDX + "algorithm"), iri(SPDX + "checksumAlgorithm_sha256")),
        (checksum, iri(SPDX + "checksumValue"), literal(download.sha256, datatype=XSD + "hexBinary")),
    ]
    if packed:
        about.append((node, iri(DCAT + "compressFormat"), iri(_MEDIA_TYPES + _GZIP)))
    return [*about, (node, iri(DCTERMS + "license"), iri(LICENCE))] if dataset.layered else about


def _service(dataset: DatasetInfo, base: str) -> list[Triple]:
    """The endpoint, and the way of getting the dataset that it is."""
    dataset_node = node_of(dataset, base)
    node, access = iri(f"{dataset_node}dcat#service"), iri(f"{dataset_node}dcat#by-query")
    return [
        (iri(dataset_node), iri(DCAT + "distribution"), access),
        (access, _TYPE, iri(DCAT + "Distribution")),
        (access, iri(DCTERMS + "title"), literal("Answers to queries in SPARQL", language="en")),
        (access, iri(DCAT + "accessURL"), iri(f"{base}/sparql")),
        (access, iri(DCAT + "accessService"), node),
        (node, _TYPE, iri(DCAT + "DataService")),
        (node, iri(DCTERMS + "title"), literal(f"SPARQL endpoint of: {title(dataset)}", language="en")),
        (node, iri(DCAT + "endpointURL"), iri(f"{base}/sparql")),
        (node, iri(DCAT + "endpointDescription"), iri(f"{base}/sparql")),
        (node, iri(DCAT + "endpointDescription"), iri(f"{base}/openapi.json")),
        (node, iri(DCAT + "servesDataset"), iri(dataset_node)),
        (node, iri(DCTERMS + "conformsTo"), iri(_PROTOCOL)),
    ]


PACKED = ".gz"


class Group(Enum):
    """What a file holds; the values are headings."""

    FACTS = "The facts"
    STATEMENTS = "The statements"
    EVERYTHING = "Everything"


_PURPOSES: Mapping[str, tuple[Group, str, str]] = {
    "otsgraph.ttl": (Group.FACTS, "Turtle", "To read, and to load into nearly anything"),
    "otsgraph.nt": (Group.FACTS, "N-Triples", "To read line by line, to compare, to load fastest"),
    "otsgraph.rdf": (Group.FACTS, "RDF/XML", "For Protégé and other tools that take XML"),
    "otsgraph-statements.ttl": (Group.STATEMENTS, "Turtle", "With voice, nature, place in the text and speaker"),
    "otsgraph-rdf12.ttl": (Group.STATEMENTS, "Turtle 1.2", "The same for stores with the reifiers of RDF 1.2"),
    "otsgraph.trig": (Group.EVERYTHING, "TriG", "To read, with the graphs kept apart"),
    "otsgraph.nq": (Group.EVERYTHING, "N-Quads", "To load into a triple store, with the graphs kept apart"),
    "otsgraph.jsonld": (Group.EVERYTHING, "JSON-LD", "For programs that read JSON, with the graphs kept apart"),
}
"""Group, format and purpose of each file, by name."""


@dataclass(frozen=True, slots=True)
class File:
    """One file that is offered: `plain` as it is, `packed` the same compressed; `heading` says what it holds."""

    group: Group
    heading: str
    format_name: str
    purpose: str
    plain: Download
    packed: Download

    @property
    def media_type(self) -> str:
        """The media type without its parameters."""
        return self.plain.media_type.partition(";")[0]

    @property
    def title(self) -> str:
        return f"{self.heading}, as {self.format_name}"


def files(manifest: Mapping[str, Download], *, layered: bool) -> list[File]:
    """The files for the whole dataset among the downloads, in the order in which they are shown."""
    return [
        File(group, heading(group, layered=layered), name, purpose, manifest[file], manifest[file + PACKED])
        for file, (group, name, purpose) in _PURPOSES.items()
        if file in manifest and file + PACKED in manifest
    ]


def file_names(*, layered: bool, as_xml: bool = True) -> list[tuple[str, str, str]]:
    """Name, title and media type of the files that a dataset is sure to be given as, before any of them is written."""
    media_types = {f.syntax.extension: f.media_type for f in (*DatasetFormat, *GraphFormat)}
    return [
        (file, f"{heading(group, layered=layered)}, as {name}", media_types[file.rpartition(".")[2]])
        for file, (group, name, _) in _PURPOSES.items()
        if layered or (group is not Group.STATEMENTS and not file.endswith(".jsonld"))
        if as_xml or not file.endswith(".rdf")
    ]


def heading(group: Group, *, layered: bool) -> str:
    """What the files of a group hold; others' data is not parted into facts and claims."""
    return "The default graph" if group is Group.FACTS and not layered else group.value


def by_group(offered: Iterable[File]) -> list[tuple[Group, list[File]]]:
    """The files by what they hold."""
    held = list(offered)
    grouped = [(group, [file for file in held if file.group is group]) for group in Group]
    return [(group, inside) for group, inside in grouped if inside]
