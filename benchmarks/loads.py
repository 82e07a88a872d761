"""What the endpoints are asked: queries, how many connections ask them, and whether each request is another text."""

from __future__ import annotations

from dataclasses import dataclass

NUMBER = "NUMBER"
"""Stands in a query for a number that is another one at each request, so that no kept answer helps."""

_PREFIXES = """\
PREFIX meeting: <https://w3id.org/otsgraph/id/meeting/>
PREFIX ots: <https://w3id.org/otsgraph/ontology#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""

_SMALL = """\
SELECT ?state ?name {
  meeting:diaspora-7 ots:representedState ?state . ?state rdfs:label ?name }"""

_SMALL_DISTINCT = """\
SELECT ?state ?name {
  meeting:diaspora-7 ots:representedState ?state . ?state rdfs:label ?name FILTER(?name != NUMBER) }"""

_LARGE = "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 500"

_LARGE_DISTINCT = "SELECT ?s ?p ?o { ?s ?p ?o FILTER(?p != NUMBER) } LIMIT 500"

_JOIN = """\
SELECT ?one ?other (COUNT(*) AS ?shared) {
  GRAPH ?g { ?a a ots:ReportedFact ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; ots:statedIn ?one }
  GRAPH ?h { ?b rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; ots:statedIn ?other }
  FILTER(?one != ?other && ?o != NUMBER)
} GROUP BY ?one ?other ORDER BY DESC(?shared) ?one ?other LIMIT 10"""


@dataclass(frozen=True, slots=True)
class Load:
    """One kind of query, asked over so many connections, each of which asks again as soon as it has its answer."""

    kind: str
    query: str
    connections: int = 8

    @property
    def name(self) -> str:
        return f"{self.kind}, {self.connections}"

    @property
    def distinct(self) -> bool:
        """Whether each request is another text."""
        return NUMBER in self.query

    @property
    def text(self) -> str:
        """The query with its prefixes, NUMBER still in it if it is a distinct one."""
        return _PREFIXES + self.query

    def numbered(self, number: int) -> str:
        """The query as it is asked."""
        return self.text.replace(NUMBER, str(number))


REPEATED_SMALL = Load("repeated small", _SMALL)
REPEATED_LARGE = Load("repeated large", _LARGE)
DISTINCT_SMALL = Load("distinct small", _SMALL_DISTINCT)
HEAVY_JOIN = Load("heavy join", _JOIN)

LOADS = (
    REPEATED_SMALL,
    REPEATED_LARGE,
    DISTINCT_SMALL,
    HEAVY_JOIN,
    Load("repeated small", _SMALL, 1),
    Load("distinct small", _SMALL_DISTINCT, 1),
    Load("repeated small", _SMALL, 64),
    Load("distinct small", _SMALL_DISTINCT, 64),
)

FILLING = Load("distinct large", _LARGE_DISTINCT)
"""Not measured; its answers fill a cache."""

LARGE = 20_000
"""What the large result has at least [bytes]."""


def mixed(number: int) -> list[str]:
    """So many queries of all kinds: of 50, one heavy join, 9 large results, 20 distinct and 20 repeated small ones."""
    kinds = [HEAVY_JOIN, *[REPEATED_LARGE] * 9, *[DISTINCT_SMALL] * 20, *[REPEATED_SMALL] * 20]
    return [kinds[index % len(kinds)].numbered(index) for index in range(number)]
