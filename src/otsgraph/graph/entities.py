"""What the graph says about one thing: its description, its statements, and who confirms them.

Sources: Cool URIs for the Semantic Web §4 (a thing and the documents about it); bounded as in Concise Bounded
Description, with the statements about the thing as its evidence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TypeAlias

from otsgraph.graph.statements import (
    ASSESSMENT,
    ATTRIBUTED,
    BACKGROUND,
    REFERENCE,
    REPORTED,
    STATEMENT_BASE,
    Origins,
    Testimony,
    same_claim,
    saying,
    testimonies,
)
from otsgraph.rdf import datatypes
from otsgraph.rdf.terms import (
    BASE,
    DCTERMS,
    GEO,
    OTS,
    OWL,
    RDF,
    RDFS,
    SCHEMA,
    WGS,
    XSD,
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
MOST_MENTIONED = 1_000

FACTS_FROM, FACTS_TO, STATEMENTS = "facts from it", "facts to it", "statements"
"""What a description may have only a part of."""

_LABEL = iri(RDFS + "label")
_OF_ONE = "/facts"
"""How the IRIs of graphs end that hold what one document states as fact."""


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
    facts, rows = await asyncio.gather(ask("thing-facts", about), ask("thing-statements", about))
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
    records = await ask("thing-records", _mentioned(found))
    counted = await ask("thing-incoming-counts", about) if FACTS_TO in found.cut else []
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


_SKOS = "http://www.w3.org/2004/02/skos/core#"

NAMES = "Names"
PEOPLE = "People, offices, membership"
TIME = "When"
PLACE = "Where"
EVENTS = "What happened"
TEXTS = "Texts and where they come from"
CODES = "Codes"
LINKS = "The same in other datasets"
REST = "Further facts"

MEANINGS = (EVENTS, PEOPLE, TIME, PLACE, TEXTS, NAMES, CODES, LINKS, REST)
"""The titles, in the order in which pages have them."""

_OTS_TERMS: Mapping[str, str] = {
    EVENTS: """adoptedAt amendedAt amendedBy attendedByHolderOf chairedBy discussed eventStatus firstOf
        gaveAttentionTo gaveSpeech inConnectionWith inSeries meeting ordinal organizedBy participantClass party
        presented ratifiedBy representative represented representedState signedBy succeeded tookPartIn tookPlaceAt""",
    TIME: """agreedOn asOf attestedOn commemoratedOn datelineDay establishedOn forPeriod forYear heldOn heldUntil
        initiatedOn renamedOn signedOn since until""",
    PLACE: """basedIn capitalOf coordinates datelinePlace headquartersIn heldIn heldInState hostState locatedIn
        signedIn""",
    PEOPLE: """agencyOf foundedBy foundedOnBasisOf heldOffice holder issuer member membershipStatus memberOf nationality
        observerOf office officeIn organization parentOrganization side""",
    TEXTS: "byline entryIntoForceRule leavesOut origin publishedBy title versionOf visibility workingLanguages",
    NAMES: "abbreviation formerName name nameVariant officialName",
    CODES: "isoAlpha2 isoAlpha3 isoNumeric isoSubdivision m49Code m49Subregion m49SubregionName",
    LINKS: "euCountryAuthority eurovocDescriptor geonamesFeature website",
}

_OTHER_TERMS: Mapping[str, str] = {
    RDFS + "label": NAMES,
    _SKOS + "prefLabel": NAMES,
    _SKOS + "altLabel": NAMES,
    SCHEMA + "name": NAMES,
    DCTERMS + "title": NAMES,
    DCTERMS + "issued": TIME,
    DCTERMS + "language": TEXTS,
    SCHEMA + "url": TEXTS,
    OWL + "sameAs": LINKS,
    _SKOS + "exactMatch": LINKS,
    _SKOS + "closeMatch": LINKS,
    GEO + "hasDefaultGeometry": PLACE,
    WGS + "lat": PLACE,
    WGS + "long": PLACE,
}

_MEANING = {OTS + name: title for title, names in _OTS_TERMS.items() for name in names.split()} | dict(_OTHER_TERMS)
_TIMES = datatypes.TIMES | {XSD + "gMonthDay"}


def meaning_of(property_: str, value: str) -> str:
    """The title under which a fact stands, by its property (an IRI), else by its value (a term as N-Triples text)."""
    if property_ in _MEANING:
        return _MEANING[property_]
    return TIME if not is_iri(value) and datatype(value) in _TIMES else REST


CLAIM_VOICES = (ATTRIBUTED, ASSESSMENT, BACKGROUND, REPORTED)

_HIDDEN = frozenset(iri(p) for p in (RDF + "type", OTS + "supportedBy"))
"""What the head of a page says, or the evidence."""

_COORDINATES = iri(OTS + "coordinates")
_FROM_POINT = frozenset(iri(p) for p in (WGS + "lat", WGS + "long", GEO + "hasDefaultGeometry"))
"""What says again in other vocabularies where a place is."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that the thing is in, with the statements that give it.

    `value` is the other end of it.  `origins` and `sides` count those who say so factually.
    """

    triple: Triple
    value: str
    evidence: tuple[Testimony, ...]
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

    testimony: Testimony
    again: tuple[Testimony, ...]
    agreeing: tuple[Testimony, ...]
    differing: tuple[Testimony, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """`facts` by the title of their meaning, in order; `incoming` by property; `claims` by voice.

    `doubted` are statements that would make a fact, if nothing rejected them or left them open.  `said` are
    statements that the thing is the speaker of, `others` those that mention it in another way, such as
    where or whereby something happened.
    """

    facts: Mapping[str, tuple[Group, ...]]
    incoming: tuple[Group, ...]
    claims: Mapping[str, tuple[Claim, ...]]
    doubted: tuple[Testimony, ...]
    said: tuple[Testimony, ...]
    others: tuple[Testimony, ...]
    held: tuple[Testimony, ...]
    origins: Origins
    documents: tuple[str, ...]


def account(description: Description) -> Account:
    """The account of a thing."""
    node = iri(description.thing)
    held = [one for one in testimonies(description.told) if one.iri != description.thing]
    origins = Origins.of(description.records | frozenset(description.facts_from))
    about = [one for one in held if _is_about(one, node)]
    doubted = [one for one in about if one.is_fact and one.iri not in description.holding]
    claims = [
        one
        for one in about
        if not one.is_fact and one.voice != REFERENCE and (one.commitments or one.iri not in description.holding)
    ]
    said = [one for one in held if description.thing in (one.speaker, one.quoted_by) and one not in about]
    # what only concerns the thing, and is a fact about something else
    elsewhere = [one for one in about if node not in one.triple and one not in claims and one not in doubted]
    mentioning = [one for one in held if one not in about and one not in said and _mentions(one, description)]
    others = [*elsewhere, *mentioning]
    return Account(
        facts=_by_meaning(_facts(description, held, origins)),
        incoming=_incoming(description, held, origins),
        claims={voice: _claims([c for c in claims if c.voice == voice], held, origins) for voice in CLAIM_VOICES},
        doubted=tuple(doubted),
        said=tuple(said),
        others=tuple(others),
        held=tuple(held),
        origins=origins,
        documents=tuple(sorted({one.document for one in held if one.document and _is_about(one, node)})),
    )


def _is_about(one: Testimony, node: str) -> bool:
    return node in (one.triple[0], one.triple[2]) or iri_value(node) in one.about


def _mentions(one: Testimony, description: Description) -> bool:
    """Whether the thing is in the statement itself, not only in one that differs from it."""
    told = description.told.get(one.graph, frozenset())
    return any(s == iri(one.iri) and o == iri(description.thing) for s, _, o in told)


def fact_of(triple: Triple, value: str, held: Sequence[Testimony], origins: Origins) -> Fact:
    """A fact with those among some statements that give it; `value` is the end of it that is shown."""
    evidence = saying(triple, held)
    agreeing = [one for one in evidence if one.corroborates]
    return Fact(triple, value, tuple(evidence), len(origins.distinct(agreeing)), len(origins.sides(agreeing)))


def _facts(description: Description, held: Sequence[Testimony], origins: Origins) -> list[Fact]:
    """The facts from the thing; of a node that several statements share each rests on those that give it."""
    supporting = {o for _, p, o in description.facts_from if p == iri(OTS + "supportedBy")}
    shared = [one for one in held if iri(one.iri) in supporting]
    has_point = any(p == _COORDINATES for _, p, _ in description.facts_from)
    hidden = _HIDDEN | _FROM_POINT if has_point else _HIDDEN
    found = []
    for triple in description.facts_from:
        if triple[1] in hidden:
            continue
        fact = fact_of(triple, triple[2], held, origins)
        found.append(fact if fact.evidence else _resting_on(triple, shared, origins))
    return found


def _resting_on(triple: Triple, shared: Sequence[Testimony], origins: Origins) -> Fact:
    """A fact of a node with those of the statements behind it that give this very fact."""
    evidence = [one for one in shared if triple in one.gives]
    agreeing = [one for one in evidence if one.corroborates]
    return Fact(triple, triple[2], tuple(evidence), len(origins.distinct(agreeing)), len(origins.sides(agreeing)))


def _by_meaning(facts: Iterable[Fact]) -> Mapping[str, tuple[Group, ...]]:
    groups: dict[str, list[Group]] = {}
    ordered = sorted(facts, key=lambda fact: (fact.triple[1], fact.value))
    for predicate, same in groupby(ordered, key=lambda fact: fact.triple[1]):
        several = tuple(same)
        title = meaning_of(iri_value(predicate), several[0].value)
        groups.setdefault(title, []).append(Group(iri_value(predicate), several, len(several)))
    return {title: tuple(groups[title]) for title in MEANINGS if title in groups}


def _incoming(description: Description, held: Sequence[Testimony], origins: Origins) -> tuple[Group, ...]:
    groups: dict[str, list[Fact]] = {}
    for triple in description.facts_to:
        if triple[1] not in _HIDDEN and is_iri(triple[0]):
            groups.setdefault(iri_value(triple[1]), []).append(fact_of(triple, triple[0], held, origins))
    totals = {name: len(facts) for name, facts in groups.items()}
    if description.counts:
        totals |= {name: count for name, count in description.counts.items() if iri(name) not in _HIDDEN}
    return tuple(Group(name, tuple(groups.get(name, ())), totals[name]) for name in sorted(totals))


def _claims(claims: Iterable[Testimony], held: Sequence[Testimony], origins: Origins) -> tuple[Claim, ...]:
    """Claims of one voice, what an origin claims several times as one."""
    same: dict[object, list[Testimony]] = {}
    for one in claims:
        same.setdefault((origins.origin(one), one.key), []).append(one)
    return tuple(_claim(one, again, held, origins) for one, *again in same.values())


def _claim(one: Testimony, again: Sequence[Testimony], held: Sequence[Testimony], origins: Origins) -> Claim:
    own = [one, *again]
    names = {each.iri for each in own}
    differing = [
        other for other in held if names & {*other.differs_from} or any(other.iri in each.differs_from for each in own)
    ]
    return Claim(one, tuple(again), tuple(same_claim(one, held, origins)), tuple(differing))
