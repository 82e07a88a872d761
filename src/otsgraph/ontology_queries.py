"""Queries about the ontology and what is said with it: its graph, how often its terms are used, and where; pure.

Sources: SPARQL 1.1 Query Language §9 (property paths), §13.3 (named graphs), §18.5 (aggregates).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from otsgraph.ontology_terms import Term, TermKind
from otsgraph.rdf.terms import OTS, iri, iri_value, literal_value
from otsgraph.sparql.protocol import Solution
from otsgraph.sparql.rewrite import bound

GRAPH = """\
PREFIX graph: <https://w3id.org/otsgraph/graph/>

SELECT ?s ?p ?o WHERE { GRAPH graph:ontology { ?s ?p ?o } }
"""
"""The triples of the ontology's graph."""

USES = """\
PREFIX ots: <https://w3id.org/otsgraph/ontology#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?layer ?term (COUNT(*) AS ?number) (MIN(STR(?thing)) AS ?example) WHERE {
  {
    { SELECT DISTINCT ?term ?thing WHERE { ?kind rdfs:subClassOf* ?term . ?thing a ?kind } }
    BIND("facts" AS ?layer)
  } UNION {
    ?kind rdfs:subClassOf* ?term .
    GRAPH ?graph { ?thing a ?kind }
    FILTER NOT EXISTS { ?thing a ?kind }
    BIND("graphs" AS ?layer)
  } UNION {
    ?thing ?term ?to .
    BIND("facts" AS ?layer)
  } UNION {
    GRAPH ?graph { ?thing ?term ?to }
    FILTER NOT EXISTS { ?thing ?term ?to }
    BIND("graphs" AS ?layer)
  } UNION {
    GRAPH ?graph { ?thing rdf:predicate ?term }
    BIND("statements" AS ?layer)
  }
  FILTER(STRSTARTS(STR(?term), STR(ots:)))
}
GROUP BY ?layer ?term
"""
"""How often each term is used, and where: see `Layer`."""


class Layer(Enum):
    """Where a term is used: in the facts, in named graphs alone, or as the predicate of statements."""

    FACTS = "facts"
    GRAPHS = "graphs"
    STATEMENTS = "statements"


@dataclass(frozen=True, slots=True)
class Use:
    """How often a term is used in a layer, and the IRI of one thing that it is used of."""

    layer: Layer
    number: int
    example: str


def uses(rows: Iterable[Solution]) -> dict[str, list[Use]]:
    """The uses of each term, by its IRI, in the order of the layers; `rows` answer USES."""
    found: dict[str, list[Use]] = {}
    order = list(Layer)
    for row in rows:
        use = Use(
            Layer(literal_value(row["layer"])),
            int(literal_value(row["number"])),
            literal_value(row.get("example", '""')),
        )
        found.setdefault(iri_value(row["term"]), []).append(use)
    return {term: sorted(of_term, key=lambda use: order.index(use.layer)) for term, of_term in found.items()}


_PREFIXES = (
    "PREFIX ots: <https://w3id.org/otsgraph/ontology#>",
    "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>",
    "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>",
)

_NAME = 'OPTIONAL { ?thing rdfs:label ?name FILTER(LANG(?name) = "en") }'

_INSTANCES = {
    Layer.FACTS: f"""\
SELECT DISTINCT ?thing ?name WHERE {{
  ?kind rdfs:subClassOf* ?term .
  ?thing a ?kind .
  {_NAME}
}}
ORDER BY ?name ?thing
""",
    Layer.GRAPHS: f"""\
SELECT ?graph ?thing ?name WHERE {{
  ?kind rdfs:subClassOf* ?term .
  GRAPH ?graph {{
    ?thing a ?kind .
    {_NAME}
  }}
  FILTER NOT EXISTS {{ ?thing a ?kind }}
}}
ORDER BY ?graph ?thing
""",
}

_INSTANCES_OF_LEAF = f"""\
SELECT ?thing ?name WHERE {{
  ?thing a ?term .
  {_NAME}
}}
ORDER BY ?name ?thing
"""

_PAIRS = {
    Layer.FACTS: """\
SELECT ?from ?to WHERE {
  ?from ?term ?to .
}
ORDER BY ?from ?to
""",
    Layer.GRAPHS: """\
SELECT ?graph ?from ?to WHERE {
  GRAPH ?graph { ?from ?term ?to }
  FILTER NOT EXISTS { ?from ?term ?to }
}
ORDER BY ?graph ?from ?to
""",
    Layer.STATEMENTS: """\
SELECT ?graph ?statement ?from ?to WHERE {
  GRAPH ?graph {
    ?statement rdf:predicate ?term ;
      rdf:subject ?from ;
      rdf:object ?to .
  }
}
ORDER BY ?graph ?statement
""",
}


def listing(term: Term, layer: Layer) -> str:
    """The query for all uses of a term in a layer, one a row: as many as `Use.number` says."""
    name = f"ots:{term.name}" if term.name.isalpha() and term.name.isascii() else iri(OTS + term.name)
    if term.kind is not TermKind.CLASS:
        text = _PAIRS[layer]
    elif layer is Layer.FACTS and not term.narrower:
        text = _INSTANCES_OF_LEAF
    else:
        text = _INSTANCES[layer]
    # binding puts spaces around a name, where there are some already
    written = re.sub(r"(?<=\S)  +", " ", bound(text, {"term": name}))
    needed = [line for line in _PREFIXES if line.split()[1] in written]
    return "\n".join([*needed, "", written])
