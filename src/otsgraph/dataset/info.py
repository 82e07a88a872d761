"""What is known about a built dataset: version, graphs and their sizes, prefixes, counts, downloads.

Sources: Describing Linked Datasets with the VoID Vocabulary §4.6 (statistics), §5 (linksets).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from otsgraph.rdf.terms import (
    DCTERMS,
    GRAPH_BASE,
    ONTOLOGY,
    RDF,
    URI_SPACE,
    Ots,
    Triple,
    iri,
    iri_value,
    is_iri,
    literal_value,
    unfit_for_xml,
)

TARGETS: Mapping[str, tuple[str, str]] = {
    "wikidata": ("Wikidata", "http://www.wikidata.org/entity/"),
    "geonames": ("GeoNames", "https://sws.geonames.org/"),
    "eu-countries": (
        "Country authority table of the European Union",
        "http://publications.europa.eu/resource/authority/country/",
    ),
    "eurovoc": ("EuroVoc", "http://eurovoc.europa.eu/"),
}
"""Datasets of others whose things ours are linked to: what they are called, and how the IRIs of their things begin."""

MOST_PARTS = 1_000
"""Classes and properties that are counted one by one, the largest."""


@dataclass(frozen=True, slots=True)
class Part:
    """A class with the number of its entities, or a property with the number of its triples."""

    iri: str
    number: int


@dataclass(frozen=True, slots=True)
class Links:
    """The triples with one property that lead to one of the TARGETS."""

    target: str
    predicate: str
    triples: int


@dataclass(frozen=True, slots=True)
class Census:
    """What is counted of a set of triples.

    `entities` counts the distinct IRIs described that begin as asked for, `subjects` and `objects` distinct terms;
    `number_of_classes` and `number_of_properties` count all, `classes` and `properties` are the largest.  `documents`
    are the IRIs of source documents; `issued` and `modified` the days that the ontology records of itself, or "".
    `as_xml`: RDF/XML can write every triple.
    """

    entities: int = 0
    subjects: int = 0
    objects: int = 0
    number_of_classes: int = 0
    number_of_properties: int = 0
    classes: tuple[Part, ...] = ()
    properties: tuple[Part, ...] = ()
    links: tuple[Links, ...] = ()
    documents: tuple[str, ...] = ()
    issued: str = ""
    modified: str = ""
    as_xml: bool = True

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Census:
        """Returns the census that `dataclasses.asdict` and JSON made these fields of."""
        kinds: Mapping[str, type[Part | Links]] = {"classes": Part, "properties": Part, "links": Links}
        read: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in fields.items()}
        read |= {name: tuple(kind(**part) for part in read.get(name, ())) for name, kind in kinds.items()}
        return cls(**read)


def census(triples: Iterable[Triple], uri_space: str = "") -> Census:
    """Returns the census of distinct triples, in one pass; entities are the IRIs described that begin with a text."""
    subjects, objects, documents = set[str](), set[str](), set[str]()
    members, properties, links = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    days: dict[str, str] = {}
    as_xml = True
    for subject, predicate_, object_ in triples:
        predicate = iri_value(predicate_)
        subjects.add(subject)
        objects.add(object_)
        properties[predicate] += 1
        as_xml = as_xml and not unfit_for_xml(predicate, object_)
        if predicate == RDF + "type" and is_iri(object_):
            members[iri_value(object_)] += 1
            if iri_value(object_) == Ots.SourceDocument:
                documents.add(iri_value(subject))
        elif subject == iri(ONTOLOGY) and predicate.startswith(DCTERMS) and object_.startswith('"'):
            days[predicate.removeprefix(DCTERMS)] = literal_value(object_)[:10]
        elif is_iri(object_) and subject.startswith("<" + URI_SPACE):
            links.update((name, predicate) for name, (_, space) in TARGETS.items() if object_.startswith("<" + space))
    return Census(
        entities=sum(is_iri(s) and iri_value(s).startswith(uri_space) for s in subjects),
        subjects=len(subjects),
        objects=len(objects),
        number_of_classes=len(members),
        number_of_properties=len(properties),
        classes=_largest(members),
        properties=_largest(properties),
        links=tuple(Links(target, p, n) for (target, p), n in sorted(links.items())),
        documents=tuple(sorted(documents)),
        issued=days.get("issued", ""),
        modified=days.get("modified", ""),
        as_xml=as_xml,
    )


def _largest(counted: Counter[str]) -> tuple[Part, ...]:
    """Returns the largest parts, sorted by IRI."""
    chosen = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_PARTS]
    return tuple(Part(name, number) for name, number in sorted(chosen))


SNAPSHOT = "snapshot.nq"
INFO = "prepared.json"
NAMES = "names.sqlite"
QUERIES = "queries.json"
"""What a prepared directory holds: the quads, what is known about them, the names in them, the saved queries."""

PROGRESS = "progress.txt"
"""Holds the name of the source file that is being read; empty when all have been."""

_SLUG = re.compile(r"[a-z0-9-]+(/facts)?")


class GraphKind(Enum):
    """What a named graph holds; the values are classes of the ontology."""

    ONTOLOGY = Ots.OntologyGraph
    STATEMENTS = Ots.StatementGraph
    FACTS = Ots.FactGraph
    REFERENCE = Ots.ReferenceGraph
    INFERRED = Ots.InferredGraph
    DISCOVERY = Ots.DiscoveryGraph
    OTHER = Ots.Graph

    @property
    def in_default_graph(self) -> bool:
        """Whether the default graph of facts also holds the graph's triples, except statements."""
        return self not in (GraphKind.STATEMENTS, GraphKind.OTHER)


@dataclass(frozen=True, slots=True)
class GraphInfo:
    """One named graph: its IRI, its kind, its number of triples, and the graph that it was derived from or ""."""

    iri: str
    kind: GraphKind
    triples: int
    derived_from: str = ""

    @property
    def slug(self) -> str:
        """The part of the IRI after …/graph/, or "" for a graph that is not named our way."""
        slug = self.iri.removeprefix(GRAPH_BASE)
        return slug if _SLUG.fullmatch(slug) else ""


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """A prepared dataset.

    `version` is 64 hexadecimal digits that change with the sources (`short_version`: the first 16).  `layered`: the
    default graph is the merged set of facts, not what the files put there.  `triples` is the size of the default graph
    without inferred and discovery triples, `served_triples` with them; `discovery_triples` is the size of the discovery
    graph.  `prefixes` abbreviate results; `census` counts the default graph without inferred and discovery triples.
    """

    version: str
    layered: bool
    triples: int
    graphs: tuple[GraphInfo, ...]
    prefixes: Mapping[str, str]
    served_triples: int = 0
    discovery_triples: int = 0
    census: Census = field(default_factory=Census)

    @property
    def short_version(self) -> str:
        return self.version[:16]

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, default=lambda kind: kind.value) + "\n"

    @classmethod
    def from_json(cls, text: str) -> DatasetInfo:
        fields = json.loads(text)
        graphs = tuple(GraphInfo(**(g | {"kind": GraphKind(g["kind"])})) for g in fields.pop("graphs"))
        return cls(graphs=graphs, census=Census.from_json(fields.pop("census", {})), **fields)


FOLDER = "downloads"
MANIFEST = "manifest.json"
CHECKSUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Download:
    """One file: its path below the folder, its media type, its size [bytes], and its SHA-256 in hexadecimal."""

    name: str
    media_type: str
    size: int
    sha256: str


def write_manifest(folder: Path, downloads: Iterable[Download]) -> None:
    (folder / MANIFEST).write_text(json.dumps([asdict(d) for d in downloads], indent=1), encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Download]:
    """Returns the downloads that a folder holds, by name."""
    entries = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return {entry["name"]: Download(**entry) for entry in entries}
