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

from otsgraph.rdf.terms import (
    BASE,
    DCTERMS,
    GRAPH_BASE,
    OTS,
    RDF,
    Triple,
    iri,
    iri_value,
    is_iri,
    literal_value,
    unfit_for_xml,
)

URI_SPACE = BASE + "id/"
"""How the IRIs of all things begin that the packaged dataset is about."""

TARGETS: Mapping[str, str] = {
    "wikidata": "http://www.wikidata.org/entity/",
    "geonames": "https://sws.geonames.org/",
    "eu-countries": "http://publications.europa.eu/resource/authority/country/",
    "eurovoc": "http://eurovoc.europa.eu/",
}
"""Datasets of others whose things ours are linked to, and how the IRIs of these begin."""

MOST_PARTS = 1_000
"""So many classes and properties are counted one by one, the largest."""

_TYPE = RDF + "type"
_ONTOLOGY = iri(BASE + "ontology")
_DOCUMENT = iri(OTS + "SourceDocument")


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

    `entities` are the distinct IRIs described that begin as asked for, `subjects` and `objects` distinct terms;
    `number_of_classes` and `number_of_properties` count all, of which `classes` and `properties` are the largest.
    `documents` are the IRIs of source documents; `issued` and `modified` the days that the ontology records of itself,
    or "".  `as_xml`: every triple can be written in RDF/XML.
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
    def from_json(cls, fields: Mapping[str, object]) -> Census:
        """From what `dataclasses.asdict` makes of one, having been JSON."""
        held = dict(fields)
        for name, kind in (("classes", Part), ("properties", Part), ("links", Links)):
            entries = held.pop(name, [])
            held[name] = tuple(kind(**entry) for entry in entries) if isinstance(entries, list) else ()
        documents = held.pop("documents", [])
        held["documents"] = tuple(documents) if isinstance(documents, list) else ()
        return cls(**held)  # type: ignore[arg-type]


@dataclass(slots=True)
class _Tally:
    """What one pass over the triples collects."""

    subjects: set[str] = field(default_factory=set)
    objects: set[str] = field(default_factory=set)
    members: Counter[str] = field(default_factory=Counter)
    properties: Counter[str] = field(default_factory=Counter)
    links: Counter[tuple[str, str]] = field(default_factory=Counter)
    documents: set[str] = field(default_factory=set)
    days: dict[str, str] = field(default_factory=dict)
    as_xml: bool = True

    def add(self, triple: Triple) -> None:
        subject, predicate, object_ = triple[0], iri_value(triple[1]), triple[2]
        self.subjects.add(subject)
        self.objects.add(object_)
        self.properties[predicate] += 1
        self.as_xml = self.as_xml and not unfit_for_xml(predicate, object_)
        if predicate == _TYPE and is_iri(object_):
            self.members[iri_value(object_)] += 1
            if object_ == _DOCUMENT:
                self.documents.add(iri_value(subject))
        elif subject == _ONTOLOGY and predicate.startswith(DCTERMS) and object_.startswith('"'):
            self.days[predicate.removeprefix(DCTERMS)] = literal_value(object_)[:10]
        elif is_iri(object_) and subject.startswith("<" + URI_SPACE):
            for target, space in TARGETS.items():
                if object_.startswith("<" + space):
                    self.links[target, predicate] += 1


def census(triples: Iterable[Triple], uri_space: str = "") -> Census:
    """The census of distinct triples, in one pass; entities are the IRIs described that begin with `uri_space`."""
    tally = _Tally()
    for triple in triples:
        tally.add(triple)
    return Census(
        entities=sum(is_iri(s) and iri_value(s).startswith(uri_space) for s in tally.subjects),
        subjects=len(tally.subjects),
        objects=len(tally.objects),
        number_of_classes=len(tally.members),
        number_of_properties=len(tally.properties),
        classes=_largest(tally.members),
        properties=_largest(tally.properties),
        links=tuple(Links(target, p, n) for (target, p), n in sorted(tally.links.items())),
        documents=tuple(sorted(tally.documents)),
        issued=tally.days.get("issued", ""),
        modified=tally.days.get("modified", ""),
        as_xml=tally.as_xml,
    )


def _largest(counted: Counter[str]) -> tuple[Part, ...]:
    """The largest parts, in the order of their IRIs."""
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
    """What a named graph holds; the values are class names of the ontology."""

    ONTOLOGY = "OntologyGraph"
    STATEMENTS = "StatementGraph"
    FACTS = "FactGraph"
    REFERENCE = "ReferenceGraph"
    INFERRED = "InferredGraph"
    DISCOVERY = "DiscoveryGraph"
    OTHER = "Graph"

    @property
    def in_default_graph(self) -> bool:
        """Whether the default graph of facts holds the graph's triples too, but for statements among them."""
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
        """The part of the IRI behind …/graph/, or "" for a graph that is not named our way."""
        slug = self.iri.removeprefix(GRAPH_BASE)
        return slug if _SLUG.fullmatch(slug) else ""


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """A prepared dataset.

    `version` is 64 hexadecimal digits that change with the sources (`short_version`: the first 16).  `layered` says
    that the default graph is the merged set of facts, not what the files put there.  `triples` is the size of the
    default graph less the inferred and the discovery triples, `served_triples` with them; `discovery_triples` is the
    size of the discovery graph.  `prefixes` is what results are abbreviated with; `census` what is counted of
    the default graph less the inferred and the discovery triples.
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
    """One file: its path below the folder, its media type, its size [bytes], the SHA-256 of its bytes in hex."""

    name: str
    media_type: str
    size: int
    sha256: str


def write_manifest(folder: Path, downloads: Iterable[Download]) -> None:
    (folder / MANIFEST).write_text(json.dumps([asdict(d) for d in downloads], indent=1), encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Download]:
    """The downloads that a folder holds, by name."""
    entries = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return {entry["name"]: Download(**entry) for entry in entries}
