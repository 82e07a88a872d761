"""What is asked to give an account of one source document; in each text `?this` stands for its IRI."""

from __future__ import annotations

MOST_OTHERS = 3_000
"""So many statements of other documents are looked at."""

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
  UNION {{ VALUES ?p {{ skos:definition }} ?this ots:visibility ?s . GRAPH graph:ontology {{ ?s ?p ?o }} }}
  UNION {{
    VALUES (?p ?o) {{ (rdf:type ots:Meeting) }}
    GRAPH ?graph {{ ?mine ots:statedIn ?this ; rdf:subject|rdf:object|ots:occasion ?s }}
    ?s ?p ?o
  }}
  UNION {{ VALUES ?p {{ ots:origin }} ?s ?p ?o }}
  UNION {{ VALUES ?p {{ ots:side ots:issuer }} ?document ots:origin ?s . ?s ?p ?o }}
}}"""
"""What is known of the document, its publisher and its text, the meetings in it, and where all documents come from."""

OWN = f"""{_PREFIXES}
SELECT DISTINCT ?graph ?s ?p ?o WHERE {{
  GRAPH ?graph {{
    ?statement ots:statedIn ?this ; rdf:subject ?about .
    ?statement (ots:passage|oa:hasSelector|ots:alternativeReading)* ?s .
    ?s ?p ?o .
  }}
}}"""
"""The statements of the document, with their passages, positions and other readings."""

OTHERS = f"""{_PREFIXES}
SELECT DISTINCT ?graph ?s ?p ?o WHERE {{
  {{
    SELECT DISTINCT ?graph ?s WHERE {{
      {{
        GRAPH ?own {{ ?mine ots:statedIn ?this ; rdf:subject ?x ; rdf:predicate ?y ; rdf:object ?z }}
        GRAPH ?graph {{ ?s rdf:subject ?x ; rdf:predicate ?y ; rdf:object ?z ; ots:statedIn ?document }}
      }} UNION {{
        GRAPH ?own {{ ?mine ots:statedIn ?this ; ots:differsFrom ?s }}
        GRAPH ?graph {{ ?s rdf:subject ?about }}
      }} UNION {{
        GRAPH ?own {{ ?mine ots:statedIn ?this }}
        GRAPH ?graph {{ ?s ots:differsFrom ?mine }}
      }} UNION {{
        ?this ots:leavesOut ?s .
        GRAPH ?graph {{ ?s rdf:subject ?about }}
      }} UNION {{
        {{
          SELECT DISTINCT ?meeting WHERE {{
            GRAPH ?own {{ ?mine ots:statedIn ?this ; rdf:subject|rdf:object|ots:occasion ?meeting }}
            ?meeting a ots:Meeting
          }}
        }}
        GRAPH ?graph {{ ?s rdf:subject|rdf:object|ots:occasion ?meeting ; ots:statedIn ?document }}
      }}
    }}
    ORDER BY ?graph ?s LIMIT {MOST_OTHERS}
  }}
  GRAPH ?graph {{ ?s ?p ?o }}
}}"""
"""The statements of others that may say the same or nearly so, and those on the meetings that it speaks of."""

MARKS = f"""{_PREFIXES}
SELECT DISTINCT ?statement ?mark ?value WHERE {{
  {{
    {{
      GRAPH ?graph {{ ?statement ots:statedIn ?this }}
    }} UNION {{
      {{
        SELECT DISTINCT ?meeting WHERE {{
          GRAPH ?own {{ ?mine ots:statedIn ?this ; rdf:subject|rdf:object|ots:occasion ?meeting }}
          ?meeting a ots:Meeting
        }}
      }}
      GRAPH ?graph {{ ?statement rdf:subject|rdf:object|ots:occasion ?meeting ; ots:statedIn ?document }}
    }}
    GRAPH ?graph {{ ?statement rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o }}
    ?s ?p ?o .
    FILTER NOT EXISTS {{ GRAPH graph:inferred {{ ?s ?p ?o }} }}
    BIND("held" AS ?mark) BIND(?graph AS ?value)
  }} UNION {{
    GRAPH ?graph {{ ?statement ots:statedIn ?this }}
    ?resolution ots:rejects|ots:leavesOpen ?statement ; ots:reason ?value .
    BIND("doubted" AS ?mark)
  }} UNION {{
    GRAPH ?graph {{ ?statement ots:statedIn ?this }}
    ?value ots:leavesOut ?statement .
    BIND("left out" AS ?mark)
  }}
}}"""
"""Whether the default graph holds what the document's statements say, and those of others on its meetings; and why one
of its own is doubted, and which document leaves it out."""
