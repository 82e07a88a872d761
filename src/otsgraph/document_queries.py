"""What is asked to give an account of one source document; in each text `?this` stands for its IRI."""

from __future__ import annotations

MOST_OWN = 500
"""So many statements of the document are looked at, the first by their IRIs."""

MOST_OTHERS = 1_000
"""So many statements of others are looked at, those first that may say the same."""

_PREFIXES = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX graph: <https://w3id.org/otsgraph/graph/>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX ots: <https://w3id.org/otsgraph/ontology#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""

RECORD = f"""{_PREFIXES}
SELECT DISTINCT ?s ?p ?o WHERE {{
  {{ VALUES ?s {{ ?this }} ?s ?p ?o }}
  UNION {{ VALUES ?p {{ schema:mentions }} VALUES ?s {{ ?this }} GRAPH ?graph {{ ?s ?p ?o }} }}
  UNION {{ VALUES ?p {{ ots:length }} GRAPH ?graph {{ ?s prov:specializationOf ?this ; ?p ?o }} }}
  UNION {{ VALUES (?p ?o) {{ (ots:versionOf ?this) }} ?s ?p ?o }}
  UNION {{ VALUES ?p {{ rdf:type }} ?this ots:publishedBy ?s . ?s ?p ?o }}
  UNION {{
    VALUES ?p {{ rdf:type }}
    GRAPH ?graph {{ ?mine ots:statedIn ?this ; ots:speaker ?s }}
    ?s ?p ?o FILTER(STRSTARTS(STR(?o), STR(schema:)))
  }}
  UNION {{ VALUES ?p {{ skos:definition }} ?this ots:visibility ?s . GRAPH graph:ontology {{ ?s ?p ?o }} }}
  UNION {{
    VALUES (?p ?o) {{ (rdf:type ots:Meeting) }}
    GRAPH ?graph {{ ?mine ots:statedIn ?this ; rdf:subject|rdf:object|ots:occasion ?s }}
    ?s ?p ?o
  }}
  UNION {{ VALUES ?p {{ ots:origin }} ?s ?p ?o }}
  UNION {{ VALUES ?p {{ ots:side ots:issuer }} ?document ots:origin ?s . ?s ?p ?o }}
}}"""
"""What is known of the document, its publisher and its text, the meetings and speakers in it, and where all documents
come from."""

_OWN_STATEMENTS = f"""
  SELECT (MIN(?in) AS ?graph) ?statement WHERE {{
    GRAPH ?in {{ ?statement ots:statedIn ?this ; rdf:subject ?about }}
    FILTER(isIRI(?statement))
  }}
  GROUP BY ?statement ORDER BY ?statement LIMIT {MOST_OWN + 1}"""

# What must not be looked for anew for each statement stands in a subquery: the engine then joins by hashing.
_OTHER_STATEMENTS = f"""
  SELECT (MIN(?in) AS ?graph) ?statement (MIN(?rank) AS ?first) WHERE {{
    {{
      {{ SELECT DISTINCT ?x ?y ?z WHERE {{
        GRAPH ?own {{ ?mine ots:statedIn ?this ; rdf:subject ?x ; rdf:predicate ?y ; rdf:object ?z }} }} }}
      {{ SELECT DISTINCT ?in ?statement ?x ?y ?z WHERE {{
        GRAPH ?in {{ ?statement ots:statedIn ?document ; rdf:subject ?x ; rdf:predicate ?y ; rdf:object ?z }} }} }}
      BIND(1 AS ?rank)
    }} UNION {{
      GRAPH ?own {{ ?mine ots:statedIn ?this ; ots:differsFrom ?statement }}
      GRAPH ?in {{ ?statement rdf:subject ?about }}
      BIND(1 AS ?rank)
    }} UNION {{
      GRAPH ?own {{ ?mine ots:statedIn ?this }}
      GRAPH ?in {{ ?statement ots:differsFrom ?mine }}
      BIND(1 AS ?rank)
    }} UNION {{
      ?this ots:leavesOut ?statement .
      GRAPH ?in {{ ?statement rdf:subject ?about }}
      BIND(1 AS ?rank)
    }} UNION {{
      {{ SELECT DISTINCT ?meeting WHERE {{
        GRAPH ?own {{ ?mine ots:statedIn ?this ; rdf:subject|rdf:object|ots:occasion ?meeting }}
        ?meeting a ots:Meeting }} }}
      GRAPH ?in {{ ?statement rdf:subject|rdf:object|ots:occasion ?meeting ; ots:statedIn ?document }}
      BIND(2 AS ?rank)
    }}
    FILTER(isIRI(?statement))
    FILTER NOT EXISTS {{ GRAPH ?in {{ ?statement ots:statedIn ?this }} }}
  }}
  GROUP BY ?statement ORDER BY ?first ?statement LIMIT {MOST_OTHERS + 1}"""

OWN = f"""{_PREFIXES}
SELECT DISTINCT ?graph ?s ?p ?o WHERE {{
  {{ {_OWN_STATEMENTS} }}
  GRAPH ?graph {{
    ?statement (ots:passage|oa:hasSelector|ots:alternativeReading)* ?s .
    ?s ?p ?o .
  }}
}}"""
"""The statements of the document, with their passages, positions and other readings; one more than MOST_OWN of them
if there are more."""

OTHERS = f"""{_PREFIXES}
SELECT DISTINCT ?graph ?s ?p ?o WHERE {{
  {{ SELECT ?graph (?statement AS ?s) WHERE {{ {{ {_OTHER_STATEMENTS} }} }} }}
  GRAPH ?graph {{ ?s ?p ?o }}
}}"""
"""The statements of others that may say the same or nearly so, and those on the meetings that it speaks of; one more
than MOST_OTHERS of them if there are more."""

MARKS = f"""{_PREFIXES}
SELECT DISTINCT ?statement ?mark ?value WHERE {{
  {{
    {{ {_OWN_STATEMENTS} }} UNION {{ {_OTHER_STATEMENTS} }}
    GRAPH ?graph {{ ?statement rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o }}
    ?s ?p ?o .
    FILTER NOT EXISTS {{ GRAPH graph:inferred {{ ?s ?p ?o }} }}
    BIND("held" AS ?mark) BIND(?graph AS ?value)
  }} UNION {{
    {{ {_OWN_STATEMENTS} }}
    ?resolution ots:rejects|ots:leavesOpen ?statement ; ots:reason ?value .
    BIND("doubted" AS ?mark)
  }} UNION {{
    {{ {_OWN_STATEMENTS} }}
    ?value ots:leavesOut ?statement .
    BIND("left out" AS ?mark)
  }}
}}"""
"""Whether the default graph holds what the statements of the document and of others say; and why one of its own is
doubted, and which document leaves it out."""
