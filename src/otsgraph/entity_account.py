"""What the page of a thing tells: facts grouped by meaning, each with who states it; claims apart from facts; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from otsgraph.entities import Description
from otsgraph.meanings import MEANINGS, meaning_of
from otsgraph.rdf.terms import GEO, OTS, RDF, WGS, Triple, iri, iri_value, is_iri
from otsgraph.testimony import (
    ASSESSMENT,
    ATTRIBUTED,
    BACKGROUND,
    REFERENCE,
    REPORTED,
    Origins,
    Testimony,
    same_claim,
    saying,
    testimonies,
)

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
