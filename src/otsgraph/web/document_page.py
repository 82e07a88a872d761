"""The page of a source document: what it states, as what, where in its text, and what other documents say of that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from otsgraph.dataset.metadata import NAMES
from otsgraph.errors import NotFound, UnfitParameter
from otsgraph.graph.documents import (
    MARKS,
    MOST_OTHERS,
    MOST_OWN,
    OTHERS,
    OWN,
    RECORD,
    Account,
    Entry,
    Kind,
    Standing,
    account,
    cover,
)
from otsgraph.graph.names import Thing
from otsgraph.graph.statements import Origins
from otsgraph.quoting import quoted
from otsgraph.rdf.formats import GraphFormat
from otsgraph.rdf.terms import SCHEMA, iri, iri_value, is_iri
from otsgraph.sparql.protocol import Solution
from otsgraph.sparql.rewrite import bound
from otsgraph.web.document_entries import (
    KIND_IN_WORDS,
    Link,
    Wording,
    anchor,
    by_paragraph,
    shown_addition,
    shown_entry,
    text_of,
)
from otsgraph.web.document_head import head_of
from otsgraph.web.document_json_ld import document_json_ld
from otsgraph.web.document_strip import strip
from otsgraph.web.html import page
from otsgraph.web.links import leads_to, with_parameters
from otsgraph.web.site import Site, site_of, solutions_for
from otsgraph.web.tagged import TaggedResponse
from otsgraph.web.words import Words

MOST_ADDED = 20
"""So many statements of others are on the page that the document does not make."""

IN_TEXT_ORDER = "statements-in-text-order"
ADDED_BY_OTHERS = "what-others-add"
"""The saved queries that have the same as the page, by their parameter `document`."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Of how many statements the same is said by other origins, only by other documents, and by nobody else."""

    confirmed: int
    repeated: int
    alone: tuple[Entry, ...]


async def document_page(request: Request, thing: Thing) -> TaggedResponse:
    """The page of a source document, with the statements of one kind where `?kind=` says which.

    Raises NotFound if nothing is on record of it, UnfitParameter for a kind that there is not, and whatever
    `solutions_for` raises.
    """
    kind = _kind_asked(request)
    site, about = site_of(request), {"this": iri(thing.iri)}
    # one after the other, since a client may not have many queries at once
    answers = [await solutions_for(request, bound(text, about)) for text in (RECORD, OWN, OTHERS, MARKS)]
    return await asyncio.to_thread(_page, site, thing, kind, answers)


def _kind_asked(request: Request) -> Kind | None:
    asked = request.query_params.getlist("kind")
    if not asked:
        return None
    found = next((kind for kind in Kind if [kind.value] == asked), None)
    if found is None:
        choices = [kind.value for kind in Kind]
        reason = "One kind can be asked for" if len(asked) > 1 else f"There is no kind {quoted(asked[0])}"
        raise UnfitParameter(f"{reason}; there are {', '.join(choices)}.", parameter="kind", choices=choices)
    return found


def _page(site: Site, thing: Thing, kind: Kind | None, answers: Sequence[Sequence[Solution]]) -> TaggedResponse:
    told = account(thing.iri, *answers)
    if not told.record and not told.entries:
        raise NotFound(f"Nothing is on record of {thing.label}.")
    label = _labels(site, told, answers)
    head = head_of(told, label)
    words = Wording(label, Origins.of(told.record), head.origin.iri, head.url)
    path = leads_to(thing.iri)
    chosen = [entry for entry in told.entries if kind in (None, entry.kind)]
    shares = _shares(told)
    to_entry = _to_entries(path, kind)
    return page(
        "document.html",
        thing=thing,
        path=path,
        head=head,
        kind=kind,
        kinds=KIND_IN_WORDS,
        cover=cover(told),
        most_own=MOST_OWN if told.has_more_own else 0,
        most_others=MOST_OTHERS if told.has_more_others else 0,
        strip=strip(told.entries, told.length, to_entry),
        total=len(told.entries),
        facts=sum(entry.standing is Standing.FACT for entry in told.entries),
        entailed=sum(e.standing is Standing.FACT and e.kind is Kind.BACKGROUND for e in told.entries),
        paragraphs=by_paragraph([shown_entry(e, words) for e in chosen], [e.said.paragraph for e in chosen]),
        shares=shares,
        alone=_alone(shares.alone, to_entry),
        added=[shown_addition(each, told.meetings, words) for each in told.added[:MOST_ADDED]],
        number_added=len(told.added),
        left_out=[words.other(one) for one in told.left_out],
        mentions=sorted((words.link(iri_value(m)) for m in _mentions(told)), key=lambda link: link.text.lower()),
        questions=_questions(site, thing),
        formats=_formats(path.removeprefix("/page")),
        graphs=_graphs(site, told),
        json_ld=document_json_ld(told, label),
        dataset=site.engine.dataset,
    )


def _formats(thing: str) -> list[tuple[str, str, str]]:
    """Where the data about the document is: addresses, names and media types."""
    return [(f"/data{thing}.{f.syntax.extension}", NAMES[f], f.media_type) for f in GraphFormat]


def _labels(site: Site, told: Account, answers: Sequence[Sequence[Solution]]) -> Callable[[str], str]:
    """What gives the name of an IRI that occurs in the answers."""
    seen = {iri_value(term) for rows in answers for row in rows for term in row.values() if is_iri(term)}
    return Words(site.names.labels(seen), site.engine.dataset.prefixes, {}).label


def _to_entries(path: str, kind: Kind | None) -> Callable[[Entry], str]:
    """Where a statement is: on this page, unless it may be left out here."""
    return lambda entry: f"{'' if kind in (None, entry.kind) else path}#{anchor(entry)}"


def _shares(told: Account) -> Shares:
    confirmed = [entry for entry in told.entries if entry.echo.confirming]
    repeated = [entry for entry in told.entries if entry.echo.repeating and not entry.echo.confirming]
    alone = tuple(entry for entry in told.entries if not entry.echo.repeating and not entry.echo.confirming)
    return Shares(len(confirmed), len(repeated), alone)


def _alone(entries: Sequence[Entry], link: Callable[[Entry], str]) -> Mapping[Kind, list[Link]]:
    """What no other document says, by kind."""
    return {
        kind: of_kind
        for kind in Kind
        if (of_kind := [text_of(e.said.paraphrase, link(e)) for e in entries if e.kind is kind])
    }


def _mentions(told: Account) -> list[str]:
    return [term for term in told.values(SCHEMA + "mentions") if is_iri(term)]


def _questions(site: Site, thing: Thing) -> Mapping[str, str]:
    """The addresses of those of the saved queries about a document that there are, by name."""
    names = (IN_TEXT_ORDER, ADDED_BY_OTHERS)
    return {n: with_parameters(f"/queries/{n}", [("document", thing.iri)]) for n in names if n in site.queries}


def _graphs(site: Site, told: Account) -> list[tuple[str, str]]:
    """The graphs with the document's statements and with what it states as fact: addresses, and what they hold."""
    own = {entry.said.graph for entry in told.entries}
    held = [graph for graph in site.engine.dataset.graphs if graph.slug and {graph.iri, graph.derived_from} & own]
    return [
        (f"/graph/{graph.slug}.ttl", "its statements" if graph.iri in own else "what it states as fact")
        for graph in held
    ]
