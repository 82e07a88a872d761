"""The page of a thing: facts with evidence, claims, doubts and its surroundings."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from otsgraph.graph.entities import Account, Claim, Description, Group, account
from otsgraph.graph.statements import ASSESSMENT, ATTRIBUTED, BACKGROUND, REPORTED, VOICES, Origins
from otsgraph.rdf.terms import BASE, OTS, RDF, RDFS, SCHEMA, Triple, iri, iri_value, is_iri
from otsgraph.sparql.protocol import Solution
from otsgraph.web.charts.neighbours import Neighbour, neighbourhood
from otsgraph.web.http.html import leads_to, page, with_parameters
from otsgraph.web.http.responses import TaggedResponse
from otsgraph.web.http.site import Site, site_of, solutions_for
from otsgraph.web.pages.evidence import (
    FactView,
    OriginView,
    by_origin,
    counted,
    differing_from,
    fact_view,
    statement_views,
)
from otsgraph.web.pages.json_ld import thing_json_ld
from otsgraph.web.pages.labels import Labels, Term, sentence
from otsgraph.web.pages.sections import SECTIONS, Section

MOST_INCOMING_SHOWN = 10
MOST_CLAIMS_SHOWN = 25
MOST_OTHERS_SHOWN = 10

_TIES = ("participation", "tenure", "membership", "geometry")
"""Kinds of nodes that only tie together what is next to the thing anyway."""

_HEADINGS = {
    ATTRIBUTED: "Attributed statements",
    ASSESSMENT: "Editorial assessments",
    BACKGROUND: "Background statements",
    REPORTED: "Reported, but hedged or as a judgement",
}
"""The headings of claims, by their voice."""

_DOUBTS = "series-conflicts"
"""The saved query about what sources disagree on in the series of meetings."""

_TYPE = iri(RDF + "type")
_SCHEMA_URL = iri(SCHEMA + "url")


@dataclass(frozen=True, slots=True)
class PropertyView:
    """Facts of one property; `total` counts also those not shown, and `all` is an address that has all of them."""

    property: Term
    facts: tuple[FactView, ...]
    total: int
    all: str = ""


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim with those of other origins that claim the same, and those that put it differently."""

    claim: OriginView
    agreeing: tuple[OriginView, ...]
    differing: tuple[tuple[OriginView, str], ...]
    agree: str


async def entity_page(request: Request, description: Description) -> TaggedResponse:
    """Returns the page of a thing that is known."""
    classes = [iri_value(o) for _, p, o in description.facts_from if p == _TYPE and is_iri(o)]
    section = next((SECTIONS[class_] for class_ in classes if class_ in SECTIONS), None)
    about = {"thing": iri(description.thing)}
    rows = await solutions_for(request, section.query, about) if section is not None else []
    return await asyncio.to_thread(_page, site_of(request), description, section, rows)


def labels_for(site: Site, description: Description, rows: Iterable[Solution] = ()) -> Labels:
    """Returns labels for all that a description and some rows mention, and what is known of its documents.

    Reads the file of names.
    """
    mentioned = {term for triple in description.triples for term in triple} | {t for row in rows for t in row.values()}
    addresses = {iri_value(s): iri_value(o) for s, p, o in description.triples if p == _SCHEMA_URL and is_iri(o)}
    labels = site.names.labels({*map(iri_value, filter(is_iri, mentioned)), *VOICES})
    origins = Origins.of(description.records | frozenset(description.facts_from))
    return Labels(labels, site.engine.dataset.prefixes, addresses, origins)


def _page(site: Site, description: Description, section: Section | None, rows: Sequence[Solution]) -> TaggedResponse:
    labels = labels_for(site, description, rows)
    about = site.names.thing(description.thing)
    found = account(description)
    kind = about.kind if about else _kind(description, labels)
    title = about.label if about else _title(description, kind, labels)
    claims = {
        _HEADINGS[voice]: [_claim(one, labels) for one in several] for voice, several in found.claims.items() if several
    }
    near = neighbours(found, labels)
    return page(
        "entity.html",
        thing=description.thing,
        path=leads_to(description.thing).removeprefix("/page"),
        title=title,
        kind=kind,
        sentence=sentence(kind, description.facts_from, labels) if description.facts_from else "",
        facts=_facts(found, title, labels),
        recorded=[(labels.term(p), labels.term(o)) for _, p, o in _recorded(description)],
        incoming=[_incoming(site, description.thing, group, labels) for group in found.incoming],
        claims=claims,
        number_of_claims=sum(map(len, claims.values())),
        most_claims=MOST_CLAIMS_SHOWN,
        doubted=statement_views(found.doubted, labels),
        doubts=_DOUBTS if _DOUBTS in site.queries else "",
        is_checked=any(one.checked_on for one in found.held),
        said=statement_views(found.said, labels),
        others=statement_views(found.others, labels),
        most_others=MOST_OTHERS_SHOWN,
        documents=labels.things(found.documents),
        cut=description.cut,
        neighbours=near,
        drawn=neighbourhood(title, kind, near),
        section=section.view(description.thing, rows, found, labels) if section is not None else None,
        section_template=section.template if section is not None else "",
        questions=_questions(site, description.thing),
        further=_further_data(site, description.thing),
        linked_data=thing_json_ld(description.thing, description.triples),
        dataset=site.engine.dataset,
    )


def neighbours(found: Account, labels: Labels) -> list[Neighbour]:
    """Returns the things that facts lead to from a thing, then those that lead to it, each once a relation."""
    groups = [(group, False) for several in found.facts.values() for group in several]
    near: dict[Neighbour, None] = {}
    for group, incoming in groups + [(group, True) for group in found.incoming]:
        for value in (labels.term(fact.value) for fact in group.facts):
            kind = value.link.removeprefix("/page/").partition("/")[0]
            if value.link.startswith("/page/") and kind not in _TIES:
                relation = labels.label(group.property)
                near[Neighbour(value.value, kind.replace("-", " "), value.link, relation, incoming)] = None
    return list(near)


def _own(description: Description) -> set[Triple]:
    """Returns what named graphs say of the thing."""
    return {t for held in description.told.values() for t in held if t[0] == iri(description.thing)}


def _recorded(description: Description) -> list[Triple]:
    """Returns what named graphs say of a thing that no fact is about."""
    return [] if description.facts_from else sorted(_own(description))


def _kind(description: Description, labels: Labels) -> str:
    classes = sorted(o for _, p, o in {*description.facts_from, *_own(description)} if p == _TYPE)
    ours = [c for c in classes if iri_value(c).startswith(OTS)] or classes
    return labels.label(iri_value(ours[0])).lower() if ours else "thing"


def _title(description: Description, kind: str, labels: Labels) -> str:
    """Returns the title of a thing without a name: its kind and what it ties together."""
    hidden = (_TYPE, iri(OTS + "supportedBy"))
    ends = [iri_value(o) for _, p, o in description.facts_from if is_iri(o) and p not in hidden]
    tied = [labels.label(end) for end in ends if end in labels.by_iri]
    end = description.thing.rpartition("/")[2].replace("-", " ")
    return f"{kind.capitalize()}: {', '.join(tied)}" if tied else f"{kind.capitalize()} {end}"


def _facts(found: Account, title: str, labels: Labels) -> dict[str, list[PropertyView]]:
    """Returns the facts by meaning, without the one that says what the thing is called: the page's title does.

    Those with evidence come first.
    """

    def says_title(group: Group) -> bool:
        return group.property == RDFS + "label" and all(labels.term(fact.value).value == title for fact in group.facts)

    def shown(groups: Iterable[Group]) -> list[PropertyView]:
        kept = [group for group in groups if not says_title(group)]
        kept.sort(key=lambda group: (not group.facts[0].evidence, labels.label(group.property)))
        return [_property(group, labels) for group in kept]

    by_meaning = {meaning: shown(groups) for meaning, groups in found.facts.items()}
    return {meaning: views for meaning, views in by_meaning.items() if views}


def _property(group: Group, labels: Labels, most: int | None = None, all_: str = "") -> PropertyView:
    facts = tuple(fact_view(fact, labels) for fact in group.facts[:most])
    return PropertyView(labels.thing(group.property), facts, group.total, all_)


def _incoming(site: Site, thing: str, group: Group, labels: Labels) -> PropertyView:
    terms = {"property": iri(group.property), "thing": iri(thing)}
    query = site.page_queries["thing-incoming"].bind(terms)
    return _property(group, labels, MOST_INCOMING_SHOWN, with_parameters("/sparql", [("query", query)]))


def _claim(claim: Claim, labels: Labels) -> ClaimView:
    others = labels.origins.distinct(claim.agreeing)
    agree = f"{counted(len(others), 'other origin')} {'says' if len(others) == 1 else 'say'} the same"
    first, *again = statement_views((claim.testimony, *claim.again), labels)
    return ClaimView(
        OriginView(first, tuple(again)),
        by_origin(claim.agreeing, labels),
        differing_from(claim.testimony, claim.differing, labels),
        agree if others else "No other origin on record says the same.",
    )


def _further_data(site: Site, thing: str) -> tuple[tuple[str, str, str], ...]:
    """Returns names, addresses and contents of further data about the thing."""
    text = site.page_queries["thing-outgoing"].bind({"thing": iri(thing)})
    query = with_parameters("/sparql", [("query", text)])
    itself = leads_to(thing)
    own = (("graph", f"{itself}.ttl", "the graph itself, as Turtle"),) if itself.startswith("/graph/") else ()
    return (*own, ("sparql", query, "ask the endpoint for its facts"))


def _questions(site: Site, thing: str) -> tuple[tuple[str, str], ...]:
    """Returns saved queries that can be asked about the thing, with their addresses; none about graphs."""
    if not thing.startswith(BASE + "id/"):
        return ()
    asked = (("who-says", "thing"), ("who-says-so", "thing"), ("claims-about", "thing"), ("about", "thing"))
    return tuple(
        (site.queries[name].summary, with_parameters(f"/queries/{name}", [(parameter, thing)]))
        for name, parameter in asked
        if name in site.queries and any(p.name == parameter for p in site.queries[name].parameters)
    )
