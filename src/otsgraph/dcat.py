"""The description of a dataset for catalogues: its files with sizes and checksums, and its endpoint; pure.

Everything that needs a name has an IRI with a fragment at …/dcat, so no blank node is in it.
Sources: Data Catalog Vocabulary (DCAT) Version 3 §6.6 to §6.10; SPDX 2.3 §8.4 (checksums).
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from otsgraph.catalogue import File
from otsgraph.dataset_info import DatasetInfo
from otsgraph.manifest import Download
from otsgraph.rdf.terms import DCTERMS, FOAF, PROV, RDF, XSD, Triple, iri, literal
from otsgraph.void import LICENCE, agent, made_by, node_of, sources, title

DCAT = "http://www.w3.org/ns/dcat#"
SPDX = "http://spdx.org/rdf/terms#"

PREFIXES = {"dcat": DCAT, "foaf": FOAF, "spdx": SPDX}
"""Short names beside those of the dataset, for documents that describe it."""

_TYPE = iri(RDF + "type")
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
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
        about += _ours(dataset)
    downloads = [(file, download) for file in offered for download in (file.plain, file.packed)]
    return about + [t for file, download in downloads for t in _distribution(dataset, file, download, base)]


def _ours(dataset: DatasetInfo) -> list[Triple]:
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
