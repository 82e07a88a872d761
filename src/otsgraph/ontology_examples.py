"""Queries that show how statements and their evidence are asked for; they find something in any graph that has both.

Sources: SPARQL 1.1 Query Language §13.3 (named graphs); RDF Schema 1.1 §5.3 (reification).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """A query that people can start from: what it asks, what is to be learnt from it, its text."""

    title: str
    lesson: str
    text: str


WORKED = Example(
    "Who is said to have said what, and where it says so",
    "A statement of a document names what is said (subject, predicate and object), who speaks, and its place in the"
    " text: paragraph and sentence, and the positions between which its passage stands.",
    """\
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX ots: <https://w3id.org/otsgraph/ontology#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>

SELECT ?statement ?subject ?predicate ?object ?speaker ?document ?says ?paragraph ?sentence ?start ?end WHERE {
  GRAPH ?graph {
    ?statement a ots:AttributedStatement ;
      rdf:subject ?subject ;
      rdf:predicate ?predicate ;
      rdf:object ?object ;
      ots:speaker ?speaker ;
      ots:statedIn ?document ;
      ots:paraphrase ?says ;
      ots:paragraph ?paragraph ;
      ots:sentence ?sentence ;
      ots:passage/oa:hasSelector ?position .
    ?position oa:start ?start ;
      oa:end ?end .
  }
}
ORDER BY ?statement
LIMIT 20
""",
)

EXAMPLES = (
    WORKED,
    Example(
        "From a fact to the statements that say it",
        "Outside of GRAPH stands the fact. The same subject, predicate and object inside GRAPH are its statements, each"
        " with its document and its voice.",
        """\
PREFIX ots: <https://w3id.org/otsgraph/ontology#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>

SELECT ?meeting ?city ?voice ?statement ?document WHERE {
  ?meeting ots:heldIn ?city .
  GRAPH ?graph {
    ?statement rdf:subject ?meeting ;
      rdf:predicate ots:heldIn ;
      rdf:object ?city ;
      a ?voice .
    OPTIONAL { ?statement ots:statedIn ?document }
  }
}
ORDER BY ?meeting ?city ?statement
LIMIT 50
""",
    ),
    Example(
        "From who took part back to the evidence",
        "Participations, tenures and memberships are made of several statements, and"
        " each names those that it rests on.",
        """\
PREFIX ots: <https://w3id.org/otsgraph/ontology#>

SELECT ?meeting ?party ?statement ?says WHERE {
  ?participation ots:meeting ?meeting ;
    ots:party ?party ;
    ots:supportedBy ?statement .
  GRAPH ?graph { ?statement ots:paraphrase ?says }
}
ORDER BY ?meeting ?party ?statement
LIMIT 50
""",
    ),
    Example(
        "What is judged, and is no fact",
        "An editorial assessment is what a document says in its own voice without a source."
        " It stands inside GRAPH alone.",
        """\
PREFIX ots: <https://w3id.org/otsgraph/ontology#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>

SELECT ?document ?subject ?predicate ?object ?says WHERE {
  GRAPH ?graph {
    ?statement a ots:EditorialAssessment ;
      rdf:subject ?subject ;
      rdf:predicate ?predicate ;
      rdf:object ?object ;
      ots:paraphrase ?says ;
      ots:statedIn ?document .
  }
  FILTER NOT EXISTS { ?subject ?predicate ?object }
}
ORDER BY ?document ?statement
LIMIT 50
""",
    ),
)
"""None names a thing, so each holds for every graph of this kind; the page of the ontology runs the first."""
