"""The page of a statement: what is said, as what, by whom, where in which document, and who else says so."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from otsgraph.graph.entities import Description
from otsgraph.graph.statements import ASSESSMENT, ATTRIBUTED, Origins, Testimony, same_claim, testimonies
from otsgraph.rdf.terms import DCTERMS, OTS, RDF, RDFS, Triple, iri, iri_value
from otsgraph.web.http.html import leads_to, page
from otsgraph.web.http.responses import TaggedResponse
from otsgraph.web.http.site import Site, site_of
from otsgraph.web.pages.entity import entity_page, words_for
from otsgraph.web.pages.evidence import Witness, by_origin, differing_from, witness
from otsgraph.web.pages.json_ld import CONTEXT
from otsgraph.web.pages.tables import Cell
from otsgraph.web.pages.words import Words

_SHOWN_ABOVE = frozenset(
    iri(name)
    for name in (
        *(RDF + part for part in ("type", "subject", "predicate", "object")),
        RDFS + "label",
        DCTERMS + "source",
        *(OTS + part for part in ("nature", "paraphrase", "statedIn", "speaker", "quotedBy", "paragraph", "sentence")),
        *(OTS + part for part in ("passage", "confidence", "checkedOn", "alternativeReading", "differsFrom")),
        *(
            OTS + part
            for part in ("difference", "hedge", "degree", "modality", "negated", "comparisonClass", "concerns")
        ),
        "http://www.w3.org/2004/02/skos/core#editorialNote",
    )
)

_SUPPORTED_BY = iri(OTS + "supportedBy")
_NAMES = {iri(DCTERMS + "identifier"): "number in the source list"}


@dataclass(frozen=True, slots=True)
class Further:
    """A property of a statement that has no place of its own on the page."""

    property: str
    link: str
    value: Cell


async def statement_page(request: Request, description: Description) -> TaggedResponse:
    """The page about a statement that is known; what only looks like one by its IRI has the page of any thing."""
    held = testimonies(description.told)
    one = next((one for one in held if one.iri == description.thing), None)
    if one is None:
        return await entity_page(request, description)
    return await asyncio.to_thread(_page, site_of(request), description, one, held)


def _page(site: Site, description: Description, one: Testimony, held: Sequence[Testimony]) -> TaggedResponse:
    words = words_for(site, description)
    origins = Origins.of(description.records)
    agreeing = same_claim(one, held, origins)
    differing = [other for other in held if one.iri in other.differs_from or other.iri in one.differs_from]
    about = [other for other in held if iri(one.iri) in (other.triple[0], other.triple[2])]
    return page(
        "statement.html",
        thing=description.thing,
        path=leads_to(description.thing).removeprefix("/page"),
        one=witness(one, words, origins),
        counts=_counts_as(one, description),
        start=one.start,
        end=one.end,
        digest=one.digest,
        readings=tuple(map(words.term, one.readings)),
        subjects=words.things(one.about),
        agreeing=by_origin(_witnesses(agreeing, words, origins)),
        agreeing_origins=len(origins.distinct(agreeing)),
        differing=differing_from(one, differing, words, origins),
        mentioned=tuple(words.thing(other) for other in one.differs_from if other not in {o.iri for o in differing}),
        about=_witnesses([other for other in about if other.iri != one.iri], words, origins),
        supports=words.things(iri_value(s) for s, p, _ in description.facts_to if p == _SUPPORTED_BY),
        verdicts=_verdicts(description, words),
        derived_from=words.things(one.derived_from),
        further=_further(description, one, words),
        linked_data=_linked_data(one, words),
        dataset=site.engine.dataset,
    )


def _verdicts(description: Description, words: Words) -> tuple[tuple[str, Cell], ...]:
    """What is said of the statement by facts that do not rest on it, such as a resolution that rejects it."""
    others = [(s, p) for s, p, _ in description.facts_to if p != _SUPPORTED_BY]
    return tuple((words.label(iri_value(p)), words.thing(iri_value(s))) for s, p in others)


def _counts_as(one: Testimony, description: Description) -> str:
    """Whether the statement is counted as fact, in words."""
    if one.is_fact:
        return "yes" if one.iri in description.holding else "no: it is rejected or left open by a resolution"
    if one.iri in description.holding and not one.commitments:
        return "not by itself, but others state the same as fact"
    return "no: somebody says so, and that is all that is stated here" if one.document else "no"


def _witnesses(held: Sequence[Testimony], words: Words, origins: Origins) -> tuple[Witness, ...]:
    return tuple(witness(one, words, origins) for one in held)


def _further(description: Description, one: Testimony, words: Words) -> tuple[Further, ...]:
    told: list[Triple] = sorted(description.told.get(one.graph, ()))
    return tuple(
        Further(_NAMES.get(p, words.label(iri_value(p))), leads_to(iri_value(p)), words.term(o))
        for s, p, o in told
        if s == iri(one.iri) and p not in _SHOWN_ABOVE
    )


def _linked_data(one: Testimony, words: Words) -> dict[str, object]:
    """A claim of schema.org with where it appears; what is reported as fact and what is background are none."""
    is_claim = one.voice in (ATTRIBUTED, ASSESSMENT)
    about: dict[str, object] = {"@context": CONTEXT, "@id": one.iri, "@type": "Claim" if is_claim else "Thing"}
    if one.paraphrase:
        says = words.term(one.paraphrase)
        about["description"] = {"@value": says.value, "@language": says.lang} if says.lang else says.value
    if is_claim and one.document:
        about["appearance"] = {"@id": one.document}
    if is_claim and one.about:
        about["about"] = [{"@id": thing} for thing in one.about]
    if one.label:
        about["name"] = one.label
    return about
