"""The page of a statement: what is said, as what, by whom, where in which document, and who else says so."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request

from otsgraph.graph.entities import Description
from otsgraph.graph.statements import Testimony, same_claim, testimonies
from otsgraph.rdf.terms import DCTERMS, OTS, RDF, RDFS, Triple, iri, iri_value
from otsgraph.web.http.html import leads_to, page
from otsgraph.web.http.responses import TaggedResponse
from otsgraph.web.http.site import Site, site_of
from otsgraph.web.pages.entity import entity_page, labels_for
from otsgraph.web.pages.evidence import by_origin, differing_from, statement_view, statement_views
from otsgraph.web.pages.json_ld import statement_json_ld
from otsgraph.web.pages.labels import Labels, Term

_SHOWN_ABOVE = {
    *(iri(RDF + name) for name in ("type", "subject", "predicate", "object")),
    *(iri(name) for name in (RDFS + "label", DCTERMS + "source", "http://www.w3.org/2004/02/skos/core#editorialNote")),
    *(
        iri(OTS + name)
        for name in """nature paraphrase statedIn speaker quotedBy paragraph sentence passage confidence checkedOn
            alternativeReading differsFrom difference hedge degree modality negated comparisonClass concerns""".split()
    ),
}
"""Properties that the page shows in places of their own."""

_SUPPORTED_BY = iri(OTS + "supportedBy")
_NAMES = {iri(DCTERMS + "identifier"): "number in the source list"}


async def statement_page(request: Request, description: Description) -> TaggedResponse:
    """Returns the page of a statement; of what only looks like one by its IRI the page of any thing."""
    held = testimonies(description.told)
    one = next((one for one in held if one.iri == description.thing), None)
    if one is None:
        return await entity_page(request, description)
    return await asyncio.to_thread(_page, site_of(request), description, one, held)


def _page(site: Site, description: Description, one: Testimony, held: Sequence[Testimony]) -> TaggedResponse:
    labels = labels_for(site, description)
    agreeing = same_claim(one, held, labels.origins)
    differing = [other for other in held if one.iri in other.differs_from or other.iri in one.differs_from]
    about = [other for other in held if iri(one.iri) in (other.triple[0], other.triple[2]) and other.iri != one.iri]
    return page(
        "statement.html",
        thing=description.thing,
        path=leads_to(description.thing).removeprefix("/page"),
        one=statement_view(one, labels),
        counts=_counts_as(one, description),
        subjects=labels.things(one.about),
        agreeing=by_origin(agreeing, labels),
        agreeing_origins=len(labels.origins.distinct(agreeing)),
        differing=differing_from(one, differing, labels),
        mentioned=labels.things(other for other in one.differs_from if other not in {o.iri for o in differing}),
        about=statement_views(about, labels),
        supports=labels.things(iri_value(s) for s, p, _ in description.facts_to if p == _SUPPORTED_BY),
        verdicts=[(labels.term(p), labels.term(s)) for s, p, _ in description.facts_to if p != _SUPPORTED_BY],
        derived_from=labels.things(one.derived_from),
        further=_further(description, one, labels),
        linked_data=statement_json_ld(one),
        dataset=site.engine.dataset,
    )


def _counts_as(one: Testimony, description: Description) -> str:
    """Returns whether the statement is counted as fact, in words."""
    if one.is_fact:
        return "yes" if one.iri in description.holding else "no: it is rejected or left open by a resolution"
    if one.iri in description.holding and not one.commitments:
        return "not by itself, but others state the same as fact"
    return "no: somebody says so, and that is all that is stated here" if one.document else "no"


def _further(description: Description, one: Testimony, labels: Labels) -> list[tuple[Term, Term]]:
    """Returns the properties of a statement that have no place of their own on the page, with their values."""
    told: list[Triple] = sorted(description.told.get(one.graph, ()))
    further = [(p, o) for s, p, o in told if s == iri(one.iri) and p not in _SHOWN_ABOVE]
    return [(replace(labels.term(p), value=_NAMES.get(p, labels.term(p).value)), labels.term(o)) for p, o in further]
