"""What the graph knows of one IRI: the facts that it is in, the statements about it, and what they mention.

Asked through an engine, in at most four queries however much there is; whatever is made from the answers, pages and
documents alike, is made from one `Description`.
Source: Cool URIs for the Semantic Web §4 (a thing and the documents about it); bounded as in Concise Bounded
Description, with the statements about the thing as its evidence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from otsgraph.layers import STATEMENT_BASE
from otsgraph.rdf.terms import BASE, OTS, RDFS, Triple, iri, iri_value, is_iri, literal_value
from otsgraph.sparql.protocol import Solution
from otsgraph.sparql.rewrite import bound

Ask: TypeAlias = Callable[[str], Awaitable[list[Solution]]]
"""Gives the solutions of a SELECT query."""

MOST_FACTS_FROM = 1_000
MOST_FACTS_TO = 500
MOST_STATEMENTS = 400
MOST_MENTIONED = 1_000

FACTS_FROM, FACTS_TO, STATEMENTS = "facts from it", "facts to it", "statements"
"""What a description may have only a part of."""

_LABEL = iri(RDFS + "label")
_OF_ONE = "/facts"
"""How the IRIs of graphs end that hold what one document states as fact."""

_PREFIXES = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX graph: <https://w3id.org/otsgraph/graph/>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX ots: <https://w3id.org/otsgraph/ontology#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <https://schema.org/>
PREFIX sh: <http://www.w3.org/ns/shacl#>
"""

_FACTS = f"""{_PREFIXES}
SELECT ?s ?p ?o WHERE {{
  {{
    SELECT ?s ?p ?o WHERE {{
      VALUES ?s {{ ?thing }}
      ?s ?p ?o .
      FILTER NOT EXISTS {{ GRAPH graph:inferred {{ ?s ?p ?o }} }}
    }}
    ORDER BY ?p STR(?o) LIMIT {MOST_FACTS_FROM}
  }} UNION {{
    SELECT ?s ?p ?o WHERE {{
      VALUES ?o {{ ?thing }}
      ?s ?p ?o .
      FILTER NOT EXISTS {{ GRAPH graph:inferred {{ ?s ?p ?o }} }}
      FILTER NOT EXISTS {{ GRAPH graph:discovery {{ ?s ?p ?o }} }}
    }}
    ORDER BY ?p STR(?s) LIMIT {MOST_FACTS_TO}
  }}
}}"""

_COUNTS = f"""{_PREFIXES}
SELECT ?p (COUNT(*) AS ?n) WHERE {{
  ?s ?p ?thing .
  FILTER NOT EXISTS {{ GRAPH graph:inferred {{ ?s ?p ?thing }} }}
  FILTER NOT EXISTS {{ GRAPH graph:discovery {{ ?s ?p ?thing }} }}
}} GROUP BY ?p"""

_TOLD = f"""{_PREFIXES}
SELECT DISTINCT ?graph ?root ?s ?p ?o ?holds WHERE {{
  {{
    SELECT DISTINCT ?graph ?root WHERE {{
      {{ VALUES ?root {{ ?thing }} GRAPH ?graph {{ ?root ?own ?any }} }}
      UNION {{ GRAPH ?graph {{ ?root ?role ?thing ; rdf:subject ?any }} }}
      UNION {{ ?thing ots:supportedBy ?root . GRAPH ?graph {{ ?root rdf:subject ?any }} }}
      UNION {{
        GRAPH ?elsewhere {{ ?other rdf:subject|rdf:object ?thing }}
        GRAPH ?graph {{ ?root ots:differsFrom ?other }}
      }}
    }}
    ORDER BY ?graph ?root LIMIT {MOST_STATEMENTS}
  }}
  {{
    GRAPH ?graph {{
      ?root (ots:passage|oa:hasSelector|ots:focus|ots:alternativeReading|ots:quotation|sh:parameter)* ?s .
      ?s ?p ?o .
    }}
  }} UNION {{
    GRAPH ?graph {{ ?root rdf:subject ?subject ; rdf:predicate ?predicate ; rdf:object ?object }}
    ?subject ?predicate ?object .
    BIND(true AS ?holds)
  }}
}}"""

_RECORDS = f"""{_PREFIXES}
SELECT DISTINCT ?s ?p ?o WHERE {{
  {{ VALUES ?s {{ ?mentioned }} VALUES ?p {{ rdfs:label }} ?s ?p ?o }}
  UNION {{
    VALUES ?s {{ ?documents }}
    VALUES ?p {{ schema:url dcterms:issued ots:origin ots:publishedBy }}
    ?s ?p ?o
  }}
  UNION {{
    VALUES ?document {{ ?documents }}
    ?document ots:origin ?s .
    VALUES ?p {{ rdfs:label ots:side }}
    ?s ?p ?o
  }}
  UNION {{
    VALUES ?s {{ ?statements }}
    VALUES ?p {{ rdfs:label ots:paraphrase ots:statedIn ots:difference }}
    GRAPH ?graph {{ ?s ?p ?o }}
  }}
}}"""


@dataclass(frozen=True, slots=True)
class Description:
    """What is known of a thing.

    `facts_from` are the facts with it as their subject and `facts_to` those with it as their object, sorted, neither
    with what is only inferred: of the thing itself that is in `told`.  `told` are the triples that stand in named
    graphs, by graph: those of the thing itself, of the statements about it, and of their parts.  `records` are labels
    of what all these mention, and where the documents among it come from.  `holding` are the IRIs of those statements
    whose own triple is a fact.  `counts` are the facts to it by property, all of them, where there are more than
    `facts_to` has.

    Blank nodes are left out, and what is beyond the limits above: `cut` says of what there is more.
    """

    thing: str
    facts_from: tuple[Triple, ...] = ()
    facts_to: tuple[Triple, ...] = ()
    told: Mapping[str, frozenset[Triple]] = field(default_factory=dict)
    records: frozenset[Triple] = frozenset()
    holding: frozenset[str] = frozenset()
    cut: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        return bool(self.facts_from or self.facts_to or self.told)

    @property
    def triples(self) -> frozenset[Triple]:
        """All of it as one graph: statements stay statements there, since none is asserted by being described."""
        # what one document states as fact and others doubt is no fact of the default graph
        node = iri(self.thing)
        told = {t for graph, held in self.told.items() for t in held if t[0] != node or not graph.endswith(_OF_ONE)}
        return frozenset({*self.facts_from, *self.facts_to, *told, *self.records})


async def describe(ask: Ask, thing: str) -> Description:
    """What the graph knows of the thing with an IRI; nothing is known of an IRI that is nowhere in it.

    Raises whatever `ask` raises.
    """
    about = {"thing": iri(thing)}
    facts, rows = await asyncio.gather(ask(bound(_FACTS, about)), ask(bound(_TOLD, about)))
    triples = [(row["s"], row["p"], row["o"]) for row in facts]
    facts_to = [t for t in triples if t[2] == iri(thing)]
    told: dict[str, set[Triple]] = {}
    for row in rows:
        if "s" in row:
            told.setdefault(iri_value(row["graph"]), set()).add((row["s"], row["p"], row["o"]))
    found = Description(
        thing,
        tuple(sorted({t for t in triples if t[0] == iri(thing)})),
        tuple(sorted(set(facts_to))),
        {graph: frozenset(held) for graph, held in sorted(told.items())},
        holding=frozenset(iri_value(row["root"]) for row in rows if "holds" in row),
        cut=_cut(facts, len({row["root"] for row in rows}), thing),
    )
    if not found.is_known:
        return found
    records = await ask(bound(_RECORDS, _mentioned(found)))
    counted = await ask(bound(_COUNTS, about)) if FACTS_TO in found.cut else []
    return replace(
        found,
        records=frozenset((row["s"], row["p"], row["o"]) for row in records),
        counts={iri_value(row["p"]): int(literal_value(row["n"])) for row in counted},
    )


def _cut(facts: Sequence[Solution], statements: int, thing: str) -> tuple[str, ...]:
    """Of what there is as much as was asked for, so that there may be more."""
    node = iri(thing)
    limits = (
        (FACTS_FROM, sum(row["s"] == node for row in facts), MOST_FACTS_FROM),
        (FACTS_TO, sum(row["o"] == node for row in facts), MOST_FACTS_TO),
        (STATEMENTS, statements, MOST_STATEMENTS),
    )
    return tuple(what for what, number, most in limits if number >= most)


def _mentioned(found: Description) -> Mapping[str, str]:
    """What the records are asked for: all IRIs of ours that are mentioned, the documents, and the statements."""
    triples = [*found.facts_from, *found.facts_to, *(t for held in found.told.values() for t in held)]
    described = {s for s, p, _ in triples if p == _LABEL}
    seen = {term for triple in triples for term in triple if is_iri(term)} - described
    ours = [term for term in seen if iri_value(term).startswith(BASE) and "#" not in term.removeprefix("<" + OTS)]
    kinds = {
        "mentioned": ours,
        "documents": _under(ours, BASE + "id/document/"),
        "statements": _under(ours, STATEMENT_BASE),
    }
    return {name: " ".join(sorted(terms)[:MOST_MENTIONED]) for name, terms in kinds.items()}


def _under(terms: Iterable[str], base: str) -> Collection[str]:
    return [term for term in terms if term.startswith("<" + base)]
