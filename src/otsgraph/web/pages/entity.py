"""The page of a thing: facts with evidence, claims, doubts and its surroundings."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from otsgraph.graph.entities import Account, Claim, Description, Group, account
from otsgraph.graph.statements import ASSESSMENT, ATTRIBUTED, BACKGROUND, REPORTED, VOICES, Origins
from otsgraph.rdf.terms import BASE, OTS, RDF, RDFS, SCHEMA, iri, iri_value, is_iri, language
from otsgraph.sparql.protocol import Solution
from otsgraph.web.charts.neighbours import Neighbour, NeighbourPicture, neighbourhood
from otsgraph.web.http.html import leads_to, page, with_parameters
from otsgraph.web.http.responses import TaggedResponse
from otsgraph.web.http.site import Site, site_of
from otsgraph.web.pages.evidence import Heard, ShownFact, by_origin, counted, differing_from, shown_fact, witness
from otsgraph.web.pages.json_ld import linked_data
from otsgraph.web.pages.meeting import asked_of_meeting, meeting_parts, mentioned_in
from otsgraph.web.pages.words import Words, language_name, sentence

_TIES = ("participation", "tenure", "membership", "geometry")
"""Kinds of nodes that only tie together what is next to the thing anyway."""


def neighbours(found: Account, words: Words) -> tuple[Neighbour, ...]:
    """The things that facts lead to from a thing, then those from which facts lead to it, each once a relation."""
    groups = [(group, False) for several in found.facts.values() for group in several]
    groups += [(group, True) for group in found.incoming]
    near = [one for group, incoming in groups for one in _of_group(group, incoming, words)]
    return tuple(dict.fromkeys(near))


def _of_group(group: Group, incoming: bool, words: Words) -> list[Neighbour]:
    found = []
    for fact in group.facts:
        link = leads_to(iri_value(fact.value)) if is_iri(fact.value) else ""
        kind = link.removeprefix("/page/").partition("/")[0]
        if link.startswith("/page/") and kind not in _TIES:
            label, relation = words.label(iri_value(fact.value)), words.label(group.property)
            found.append(Neighbour(label, kind.replace("-", " "), link, relation, incoming))
    return found


def picture(title: str, kind: str, near: tuple[Neighbour, ...]) -> NeighbourPicture | None:
    """The picture of a thing among its neighbours; None for one that has none."""
    return neighbourhood(title, kind, near, len(near))


MOST_INCOMING_SHOWN = 10
MOST_CLAIMS_SHOWN = 25
MOST_OTHERS_SHOWN = 10

_HEADINGS = {
    ATTRIBUTED: "Attributed statements",
    ASSESSMENT: "Editorial assessments",
    BACKGROUND: "Background statements",
    REPORTED: "Reported, but hedged or as a judgement",
}
"""Under which claims stand, by their voice."""

_DOUBTS = "series-conflicts"
"""The saved query that tells what sources disagree on in the series of meetings."""

_SCHEMA_URL = iri(SCHEMA + "url")
_MEETING = OTS + "Meeting"


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """Facts of one property, by its name in words; `more` counts those that are not shown, `all` is an address where
    all of them are."""

    name: str
    link: str
    facts: tuple[ShownFact, ...]
    total: int
    all: str

    @property
    def more(self) -> int:
        return self.total - len(self.facts)


@dataclass(frozen=True, slots=True)
class ShownClaim:
    """A claim with those of other origins that claim the same, and those that put it differently."""

    heard: Heard
    agreeing: tuple[Heard, ...]
    differing: tuple[tuple[Heard, str], ...]
    agree: str


async def entity_page(request: Request, description: Description) -> TaggedResponse:
    """The page about a thing that is known."""
    site = site_of(request)
    meeting = await asked_of_meeting(request, description.thing) if _is_meeting(description) else None
    return await asyncio.to_thread(_page, site, description, meeting)


def words_for(site: Site, description: Description, further: Iterable[str] = ()) -> Words:
    """Labels for all that a description mentions, and for further IRIs; the addresses of documents at their publishers.

    Reads the file of names.
    """
    seen = {iri_value(term) for triple in description.triples for term in triple if is_iri(term)}
    seen |= {*further, *VOICES}
    addresses = {iri_value(s): iri_value(o) for s, p, o in description.triples if p == _SCHEMA_URL and is_iri(o)}
    return Words(site.names.labels(seen), site.engine.dataset.prefixes, addresses)


def _is_meeting(description: Description) -> bool:
    return any(p == iri(RDF + "type") and o == iri(_MEETING) for _, p, o in description.facts_from)


def _page(site: Site, description: Description, meeting: Sequence[Solution] | None) -> TaggedResponse:
    words = words_for(site, description, mentioned_in(meeting or ()))
    about = site.names.thing(description.thing)
    found = account(description)
    kind = about.kind if about else _kind(description, words)
    title = about.label if about else _title(description, kind, words)
    claims = {
        _HEADINGS[voice]: tuple(_claim(one, words, found.origins) for one in several)
        for voice, several in found.claims.items()
        if several
    }
    near = neighbours(found, words)
    return page(
        "entity.html",
        thing=description.thing,
        path=leads_to(description.thing).removeprefix("/page"),
        title=title,
        kind=kind,
        sentence=sentence(kind, description.facts_from, words) if description.facts_from else "",
        facts=_facts(found, title, words),
        recorded=_recorded(description, words) if not description.facts_from else (),
        incoming=_incoming(site, description.thing, found, words),
        claims=claims,
        number_of_claims=sum(map(len, claims.values())),
        most_claims=MOST_CLAIMS_SHOWN,
        doubted=tuple(witness(one, words, found.origins) for one in found.doubted),
        doubts=_DOUBTS if _DOUBTS in site.queries else "",
        is_checked=any(one.checked_on for one in found.held),
        said=tuple(witness(one, words, found.origins) for one in found.said),
        others=tuple(witness(one, words, found.origins) for one in found.others),
        most_others=MOST_OTHERS_SHOWN,
        documents=words.things(found.documents),
        cut=description.cut,
        neighbours=near,
        drawn=picture(title, kind, near),
        parts=meeting_parts(description.thing, meeting, found, words) if meeting is not None else None,
        questions=_questions(site, description.thing),
        further=_further_data(site, description.thing),
        linked_data=linked_data(description.thing, description.triples),
        dataset=site.engine.dataset,
    )


def _kind(description: Description, words: Words) -> str:
    own = {t for held in description.told.values() for t in held if t[0] == iri(description.thing)}
    classes = sorted(o for _, p, o in {*description.facts_from, *own} if p == iri(RDF + "type"))
    ours = [c for c in classes if iri_value(c).startswith(OTS)] or classes
    return words.label(iri_value(ours[0])).lower() if ours else "thing"


def _title(description: Description, kind: str, words: Words) -> str:
    """For a thing without a name, its kind and what it ties together."""
    hidden = (RDF + "type", OTS + "supportedBy")
    ends = [o for _, p, o in description.facts_from if is_iri(o) and iri_value(p) not in hidden]
    tied = [words.label(iri_value(end)) for end in ends if iri_value(end) in words.labels]
    return f"{kind.capitalize()}: {', '.join(tied)}" if tied else f"{kind.capitalize()} {_end(description.thing)}"


def _end(thing: str) -> str:
    return thing.rpartition("/")[2].replace("-", " ")


def _facts(found: Account, title: str, words: Words) -> dict[str, tuple[ShownGroup, ...]]:
    """The facts by meaning, without the one that says what the thing is called: the page's title does."""
    shown = {
        meaning: _groups([g for g in groups if not _says_title(g, title, words)], words, found.origins)
        for meaning, groups in found.facts.items()
    }
    return {meaning: groups for meaning, groups in shown.items() if groups}


def _says_title(group: Group, title: str, words: Words) -> bool:
    return group.property == RDFS + "label" and all(words.term(fact.value).value == title for fact in group.facts)


def _groups(groups: Sequence[Group], words: Words, origins: Origins) -> tuple[ShownGroup, ...]:
    """Those first that have evidence."""
    return tuple(
        ShownGroup(
            words.label(group.property),
            leads_to(group.property),
            tuple(shown_fact(fact, words, origins, _language(fact.value)) for fact in group.facts),
            group.total,
            "",
        )
        for group in sorted(groups, key=lambda group: (not group.facts[0].evidence, words.label(group.property)))
    )


def _language(term: str) -> str:
    return language_name(language(term)) if not is_iri(term) else ""


def _incoming(site: Site, thing: str, found: Account, words: Words) -> tuple[ShownGroup, ...]:
    return tuple(
        ShownGroup(
            words.label(group.property),
            leads_to(group.property),
            tuple(shown_fact(fact, words, found.origins, "") for fact in group.facts[:MOST_INCOMING_SHOWN]),
            group.total,
            _all_incoming(site, thing, group.property),
        )
        for group in found.incoming
    )


def _all_incoming(site: Site, thing: str, property_: str) -> str:
    terms = {"property": iri(property_), "thing": iri(thing)}
    return with_parameters("/sparql", [("query", site.page_queries["thing-incoming"].bind(terms))])


def _claim(claim: Claim, words: Words, origins: Origins) -> ShownClaim:
    others = origins.distinct(claim.agreeing)
    agree = f"{counted(len(others), 'other origin')} {'says' if len(others) == 1 else 'say'} the same"
    return ShownClaim(
        Heard(witness(claim.testimony, words, origins), tuple(witness(one, words, origins) for one in claim.again)),
        by_origin(witness(one, words, origins) for one in claim.agreeing),
        differing_from(claim.testimony, claim.differing, words, origins),
        agree if others else "No other origin on record says the same.",
    )


def _recorded(description: Description, words: Words) -> tuple[tuple[str, str, object], ...]:
    """What named graphs say of a thing that no fact is about."""
    own = {t for held in description.told.values() for t in held if t[0] == iri(description.thing)}
    return tuple((words.label(iri_value(p)), leads_to(iri_value(p)), words.term(o)) for _, p, o in sorted(own))


def _further_data(site: Site, thing: str) -> tuple[tuple[str, str, str], ...]:
    """Names, addresses and what is there, beside the description of the thing."""
    text = site.page_queries["thing-outgoing"].bind({"thing": iri(thing)})
    query = with_parameters("/sparql", [("query", text)])
    itself = leads_to(thing)
    own = (("graph", f"{itself}.ttl", "the graph itself, as Turtle"),) if itself.startswith("/graph/") else ()
    return (*own, ("sparql", query, "ask the endpoint for its facts"))


def _questions(site: Site, thing: str) -> tuple[tuple[str, str], ...]:
    """Saved queries that can be asked about the thing, and their addresses with it filled in; none about graphs."""
    if not thing.startswith(BASE + "id/"):
        return ()
    asked = (("who-says", "thing"), ("who-says-so", "thing"), ("claims-about", "thing"), ("about", "thing"))
    return tuple(
        (site.queries[name].summary, with_parameters(f"/queries/{name}", [(parameter, thing)]))
        for name, parameter in asked
        if name in site.queries and any(p.name == parameter for p in site.queries[name].parameters)
    )
