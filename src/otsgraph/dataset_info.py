"""What is known about a prepared dataset: its version, its graphs with their sizes, its prefixes; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum

from otsgraph.census import Census
from otsgraph.rdf.terms import GRAPH_BASE

SNAPSHOT = "snapshot.nq"
INFO = "prepared.json"
NAMES = "names.sqlite"
QUERIES = "queries"
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
