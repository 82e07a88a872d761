"""What the graph says about one thing: its description, its statements, and who confirms them.

Sources: Cool URIs for the Semantic Web §4 (a thing and the documents about it); bounded as in Concise Bounded
Description, with the statements about the thing as its evidence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TypeAlias

from otsgraph.graph.statements import Origins, Statement, same_claim, saying, statements
from otsgraph.rdf import datatypes
from otsgraph.rdf.terms import (
    BASE,
    DCTERMS,
    DOCUMENT_BASE,
    GEO,
    OTS,
    OWL,
    RDF,
    RDFS,
    SCHEMA,
    SKOS,
    STATEMENT_BASE,
    TOPIC_OF,
    TOPICS,
    WGS,
    XSD,
    Ots,
    Triple,
    datatype,
    iri,
    iri_value,
    is_iri,
    literal_value,
)
from otsgraph.sparql.protocol import Solution

Ask: TypeAlias = Callable[[str, Mapping[str, str]], Awaitable[list[Solution]]]
"""Returns the solutions of a page query, by its name, with terms for its parameters."""

MOST_FACTS_FROM = 1_000
MOST_FACTS_TO = 500
MOST_STATEMENTS = 400
"""As many of each as `thing-facts.rq` and `thing-statements.rq` ask for."""

MOST_MENTIONED = 1_000

FACTS_FROM, FACTS_TO, STATEMENTS = "facts from it", "facts to it", "statements"
"""What a description may have only a part of."""

_OF_ONE = "/facts"
"""How the IRIs of graphs end that hold what one document states as fact."""


@dataclass(frozen=True, slots=True)
class Description:
    """What is known of a thing.

    `facts_from` are the facts with it as their subject and `facts_to` those with it as their object, sorted, both
    without inferred ones, which stand in `told`.  `told` are the triples of named graphs, by graph: those of the thing
    itself, of the statements about it, and of their parts.  `records` are labels of what all these mention, and where
    the documents among it come from.  `holding` are the IRIs of the statements whose own triple is a fact.  `counts`
    counts all facts to it by property, if there are more than `facts_to` holds.

    Blank nodes are left out, and what is beyond the limits above: `cut` names what there is more of.
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
    """Returns what the graph knows of the thing with an IRI, which is nothing if the IRI is nowhere in it.

    Raises whatever `ask` raises.
    """
    node, about = iri(thing), {"thing": iri(thing)}
    facts, rows = await asyncio.gather(ask("thing-facts", about), ask("thing-statements", about))
    told: dict[str, set[Triple]] = {}
    for row in rows:
        if "s" in row:
            told.setdefault(iri_value(row["graph"]), set()).add((row["s"], row["p"], row["o"]))
    triples = sorted({(row["s"], row["p"], row["o"]) for row in facts})
    # as many as were asked for, so there may be more
    limits = (
        (FACTS_FROM, sum(row["s"] == node for row in facts), MOST_FACTS_FROM),
        (FACTS_TO, sum(row["o"] == node for row in facts), MOST_FACTS_TO),
        (STATEMENTS, len({row["root"] for row in rows}), MOST_STATEMENTS),
    )
    found = Description(
        thing,
        tuple(t for t in triples if t[0] == node),
        tuple(t for t in triples if t[2] == node),
        {graph: frozenset(held) for graph, held in sorted(told.items())},
        holding=frozenset(iri_value(row["root"]) for row in rows if "holds" in row),
        cut=tuple(what for what, number, most in limits if number >= most),
    )
    if not found.is_known:
        return found
    records = await ask("thing-records", _mentioned(found))
    counted = await ask("thing-incoming-counts", about) if FACTS_TO in found.cut else []
    return replace(
        found,
        records=frozenset((row["s"], row["p"], row["o"]) for row in records),
        counts={iri_value(row["p"]): int(literal_value(row["n"])) for row in counted},
    )


def _mentioned(found: Description) -> Mapping[str, str]:
    """Returns what the records are asked for: all IRIs of ours that are mentioned, the documents, the statements."""
    triples = {*found.facts_from, *found.facts_to, *(t for held in found.told.values() for t in held)}
    described = {s for s, p, _ in triples if p == iri(RDFS + "label")}
    seen = {term for triple in triples for term in triple if is_iri(term)} - described
    ours = sorted(term for term in seen if term.startswith("<" + BASE) and "#" not in term.removeprefix("<" + OTS))
    of_kind = {"mentioned": BASE, "documents": DOCUMENT_BASE, "statements": STATEMENT_BASE}
    return {
        name: " ".join([term for term in ours if term.startswith("<" + base)][:MOST_MENTIONED])
        for name, base in of_kind.items()
    }


EVENTS, PEOPLE, TIME, PLACE, TEXTS, NAMES, CODES, LINKS = TOPICS
REST = "Further facts"

MEANINGS = (*TOPICS, REST)
"""The titles of groups of facts, in the order in which pages have them."""

_MEANING = {
    **TOPIC_OF,
    **dict.fromkeys((RDFS + "label", SKOS + "prefLabel", SKOS + "altLabel", SCHEMA + "name", DCTERMS + "title"), NAMES),
    DCTERMS + "issued": TIME,
    DCTERMS + "language": TEXTS,
    SCHEMA + "url": TEXTS,
    **dict.fromkeys((OWL + "sameAs", SKOS + "exactMatch", SKOS + "closeMatch"), LINKS),
    **dict.fromkeys((GEO + "hasDefaultGeometry", WGS + "lat", WGS + "long"), PLACE),
}
_TIMES = datatypes.TIMES | {XSD + "gMonthDay"}


def meaning_of(property_: str, value: str) -> str:
    """Returns the title under which a fact stands, by its property (an IRI), else by its value (N-Triples text)."""
    if property_ in _MEANING:
        return _MEANING[property_]
    return TIME if not is_iri(value) and datatype(value) in _TIMES else REST


CLAIM_VOICES = (Ots.AttributedStatement, Ots.EditorialAssessment, Ots.BackgroundStatement, Ots.ReportedFact)

_HIDDEN = frozenset(iri(p) for p in (RDF + "type", Ots.supportedBy))
"""What the head of a page says, or the evidence."""

_FROM_POINT = frozenset(iri(p) for p in (WGS + "lat", WGS + "long", GEO + "hasDefaultGeometry"))
"""What says again in other vocabularies where a place is."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that the thing is in, with the statements that give it.

    `value` is the other end of it.  `origins` and `sides` count those who say so factually.
    """

    triple: Triple
    value: str
    evidence: tuple[Statement, ...]
    origins: int
    sides: int


@dataclass(frozen=True, slots=True)
class Group:
    """Facts of one property; `total` counts all there are, `property` is an IRI."""

    property: str
    facts: tuple[Fact, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Something claimed by an origin and not counted as fact here.

    `again` are further statements of the same origin that claim the same in the same voice, `agreeing` those of other
    origins, and `differing` those of whatever origin that put it differently.
    """

    statement: Statement
    again: tuple[Statement, ...]
    agreeing: tuple[Statement, ...]
    differing: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class EntityReport:
    """`facts` by the title of their meaning, in order; `incoming` by property; `claims` by voice.

    `doubted` are statements that would make a fact if nothing rejected them or left them open.  `said` are statements
    that the thing is the speaker of, `others` those that mention it otherwise, such as where something happened.
    """

    facts: Mapping[str, tuple[Group, ...]]
    incoming: tuple[Group, ...]
    claims: Mapping[str, tuple[Claim, ...]]
    doubted: tuple[Statement, ...]
    said: tuple[Statement, ...]
    others: tuple[Statement, ...]
    held: tuple[Statement, ...]
    origins: Origins
    documents: tuple[str, ...]


def entity_report(description: Description) -> EntityReport:
    """Returns the report on a thing."""
    node = iri(description.thing)
    held = [one for one in statements(description.told) if one.iri != description.thing]
    origins = Origins.of(description.records | frozenset(description.facts_from))
    about = [one for one in held if _is_about(one, node)]
    doubted = [one for one in about if one.is_fact and one.iri not in description.holding]
    unasserted = [one for one in about if not one.is_fact and one.voice != Ots.ReferenceFact]
    claims = [one for one in unasserted if one.commitments or one.iri not in description.holding]
    said = [one for one in held if description.thing in (one.speaker, one.quoted_by) and one not in about]
    # what only concerns the thing, and is a fact about something else
    elsewhere = [one for one in about if node not in one.triple and one not in claims and one not in doubted]
    mentioning = [one for one in held if one not in about and one not in said and _mentions(one, description)]
    return EntityReport(
        facts=_by_meaning(_facts(description, held, origins)),
        incoming=_incoming(description, held, origins),
        claims={voice: _claims([c for c in claims if c.voice == voice], held, origins) for voice in CLAIM_VOICES},
        doubted=tuple(doubted),
        said=tuple(said),
        others=(*elsewhere, *mentioning),
        held=tuple(held),
        origins=origins,
        documents=tuple(sorted({one.document for one in about} - {""})),
    )


def _is_about(one: Statement, node: str) -> bool:
    return node in (one.triple[0], one.triple[2]) or iri_value(node) in one.about


def _mentions(one: Statement, description: Description) -> bool:
    """Returns whether the thing is in the statement itself, not only in one that differs from it."""
    told = description.told.get(one.graph, frozenset())
    return any(s == iri(one.iri) and o == iri(description.thing) for s, _, o in told)


def fact_of(triple: Triple, value: str, held: Sequence[Statement], origins: Origins) -> Fact:
    """Returns a fact with those of some statements that give it; `value` is the end of it that is shown."""
    return _fact(triple, value, saying(triple, held), origins)


def _fact(triple: Triple, value: str, evidence: Sequence[Statement], origins: Origins) -> Fact:
    agreeing = [one for one in evidence if one.corroborates]
    return Fact(triple, value, tuple(evidence), len(origins.distinct(agreeing)), len(origins.sides(agreeing)))


def _facts(description: Description, held: Sequence[Statement], origins: Origins) -> list[Fact]:
    """Returns the facts from the thing; each fact of a node that statements share rests on those that give it."""
    supporting = {o for _, p, o in description.facts_from if p == iri(Ots.supportedBy)}
    shared = [one for one in held if iri(one.iri) in supporting]
    has_point = any(p == iri(Ots.coordinates) for _, p, _ in description.facts_from)
    hidden = _HIDDEN | _FROM_POINT if has_point else _HIDDEN
    return [
        _fact(t, t[2], saying(t, held) or [one for one in shared if t in one.gives], origins)
        for t in description.facts_from
        if t[1] not in hidden
    ]


def _by_meaning(facts: Iterable[Fact]) -> Mapping[str, tuple[Group, ...]]:
    groups: dict[str, list[Group]] = {}
    ordered = sorted(facts, key=lambda fact: (fact.triple[1], fact.value))
    for predicate, same in groupby(ordered, key=lambda fact: fact.triple[1]):
        several = tuple(same)
        title = meaning_of(iri_value(predicate), several[0].value)
        groups.setdefault(title, []).append(Group(iri_value(predicate), several, len(several)))
    return {title: tuple(groups[title]) for title in MEANINGS if title in groups}


def _incoming(description: Description, held: Sequence[Statement], origins: Origins) -> tuple[Group, ...]:
    groups: dict[str, list[Fact]] = {}
    for triple in description.facts_to:
        if triple[1] not in _HIDDEN and is_iri(triple[0]):
            groups.setdefault(iri_value(triple[1]), []).append(fact_of(triple, triple[0], held, origins))
    totals = {name: len(facts) for name, facts in groups.items()}
    totals |= {name: count for name, count in description.counts.items() if iri(name) not in _HIDDEN}
    return tuple(Group(name, tuple(groups.get(name, ())), totals[name]) for name in sorted(totals))


def _claims(claims: Iterable[Statement], held: Sequence[Statement], origins: Origins) -> tuple[Claim, ...]:
    """Returns claims of one voice; what an origin claims several times is one claim."""
    same: dict[object, list[Statement]] = {}
    for one in claims:
        same.setdefault((origins.origin(one), one.key), []).append(one)
    return tuple(_claim(several, held, origins) for several in same.values())


def _claim(own: Sequence[Statement], held: Iterable[Statement], origins: Origins) -> Claim:
    names, elsewhere = {one.iri for one in own}, {name for one in own for name in one.differs_from}
    differing = tuple(other for other in held if other.iri in elsewhere or names & {*other.differs_from})
    return Claim(own[0], tuple(own[1:]), tuple(same_claim(own[0], held, origins)), differing)
