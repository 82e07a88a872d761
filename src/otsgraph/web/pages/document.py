"""The page of a source document: its head, the strip of kinds, and its statements in text order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from starlette.requests import Request

from otsgraph.errors import NotFound, UnfitParameter
from otsgraph.graph.documents import (
    MOST_OTHERS,
    MOST_OWN,
    Account,
    Addition,
    Entry,
    Kind,
    Standing,
    account,
    cover,
    lanes,
    span_of,
)
from otsgraph.graph.names import Thing
from otsgraph.graph.statements import Origins, Testimony
from otsgraph.quoting import quoted
from otsgraph.rdf.formats import GraphFormat
from otsgraph.rdf.terms import DCTERMS, OTS, SCHEMA, iri, iri_value, is_iri, literal_value
from otsgraph.sparql.protocol import Solution
from otsgraph.web.charts.drawing import AXIS, WIDTH, Tick
from otsgraph.web.http.html import leads_to, page, with_parameters
from otsgraph.web.http.responses import TaggedResponse
from otsgraph.web.http.site import Site, site_of, solutions_for
from otsgraph.web.pages.evidence import StatementView, statement_view, value_in_words
from otsgraph.web.pages.json_ld import document_json_ld, url_of
from otsgraph.web.pages.labels import LANGUAGES, Labels, Term, date_in_words

KIND_IN_WORDS: Mapping[Kind, tuple[str, str]] = {
    Kind.FACT: ("reported fact", "reported facts"),
    Kind.ATTRIBUTED: ("attributed statement", "attributed statements"),
    Kind.ASSESSMENT: ("editorial assessment", "editorial assessments"),
    Kind.BACKGROUND: ("background statement", "background statements"),
    Kind.OTHER: ("statement of another kind", "statements of other kinds"),
}
"""The names of each kind: singular and plural."""

MOST_LISTED = 50
"""Statements of others that are listed with one, of each sort."""

MOST_ADDED = 20
"""Statements of others on the page that the document does not make."""

IN_TEXT_ORDER = "statements-in-text-order"
ADDED_BY_OTHERS = "what-others-add"
"""The saved queries that have the same as the page, by their parameter `document`."""

_QUALIFIED = {
    OTS + "hedge": "hedged",
    OTS + "degree": "degree",
    OTS + "modality": "says what ought to be",
    OTS + "negated": "denied",
    OTS + "comparisonClass": "among",
}
_DEFINITION = "http://www.w3.org/2004/02/skos/core#definition"


@dataclass(frozen=True, slots=True)
class EntryView:
    """A statement of the document, with the statements of others that are listed with it.

    `others` counts the origins that confirm it beside its own; `repeats_own_origin` says whether all that repeat it are
    of its own origin.
    """

    entry: Entry
    view: StatementView
    qualifiers: tuple[str, ...]
    occasion: Term
    others: int
    repeats_own_origin: bool
    confirming: tuple[StatementView, ...]
    repeating: tuple[StatementView, ...]
    differing: tuple[tuple[str, StatementView], ...]
    doubts: tuple[Term, ...]
    left_out_by: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class AdditionView:
    """What other origins say, what becomes of it, and who says so; `about` what, where the words do not say it."""

    says: Term
    about: Term
    standing: str
    origins: tuple[Term, ...]
    sides: int
    by: tuple[StatementView, ...]


_PARTS = ("record", "statements", "others", "marks")
"""The page queries that a page of a document is made from."""


async def document_page(request: Request, thing: Thing) -> TaggedResponse:
    """Returns the page of a source document, with the statements of one kind if `?kind=` names it.

    Raises NotFound if nothing is on record of it, UnfitParameter for an unknown kind, and whatever `solutions_for`
    raises.
    """
    kind = _kind_asked(request)
    site, about = site_of(request), {"this": iri(thing.iri)}
    # one after the other, since a client may not have many queries at once
    answers = [await solutions_for(request, f"document-{part}", about) for part in _PARTS]
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
    labels = _labels(site, told, answers)
    own_origin = labels.origins.of_document.get(thing.iri, thing.iri)
    path = leads_to(thing.iri)
    chosen = [entry for entry in told.entries if kind in (None, entry.kind)]
    by_paragraph = groupby(chosen, key=lambda entry: entry.said.paragraph)
    confirmed = [entry for entry in told.entries if entry.echo.confirming]
    repeated = [entry for entry in told.entries if entry.echo.repeating and not entry.echo.confirming]
    alone = [entry for entry in told.entries if not entry.echo.repeating and not entry.echo.confirming]

    def to_entry(entry: Entry) -> str:
        """Returns the address of a statement: on this page, unless it may be left out here."""
        return f"{'' if kind in (None, entry.kind) else path}#s-{entry.number}"

    return page(
        "document.html",
        thing=thing,
        path=path,
        head=_head(told, labels),
        own_origin=own_origin,
        kind=kind,
        kinds=KIND_IN_WORDS,
        cover=cover(told),
        most_own=MOST_OWN if told.has_more_own else 0,
        most_others=MOST_OTHERS if told.has_more_others else 0,
        strip=strip(told.entries, told.length, to_entry),
        total=len(told.entries),
        facts=sum(entry.standing is Standing.FACT for entry in told.entries),
        entailed=sum(e.standing is Standing.FACT and e.kind is Kind.BACKGROUND for e in told.entries),
        paragraphs=[(name, [_entry(e, own_origin, labels) for e in entries]) for name, entries in by_paragraph],
        confirmed=len(confirmed),
        repeated=len(repeated),
        number_alone=len(alone),
        alone=_by_kind(alone, to_entry, labels),
        added=[_addition(each, told.meetings, labels) for each in told.added[:MOST_ADDED]],
        number_added=len(told.added),
        left_out=[_other(one, labels) for one in told.left_out],
        mentions=sorted(_values(told, SCHEMA + "mentions", labels), key=lambda term: term.value.lower()),
        questions=_questions(site, thing),
        formats=_formats(path.removeprefix("/page")),
        graphs=_graphs(site, told),
        json_ld=document_json_ld(told, labels),
        dataset=site.engine.dataset,
    )


def _labels(site: Site, told: Account, answers: Sequence[Sequence[Solution]]) -> Labels:
    seen = {iri_value(term) for rows in answers for row in rows for term in row.values() if is_iri(term)}
    addresses = {told.document: url_of(told)}
    return Labels(site.names.labels(seen), site.engine.dataset.prefixes, addresses, Origins.of(told.record))


def _entry(entry: Entry, own_origin: str, labels: Labels) -> EntryView:
    said, echo = entry.said, entry.echo
    return EntryView(
        entry=entry,
        view=statement_view(said, labels),
        qualifiers=tuple(_qualifier(property_, value, labels) for property_, value in said.commitments),
        occasion=labels.thing(said.occasion),
        others=len(set(echo.origins) - {own_origin}),
        repeats_own_origin=all(_other(one, labels).origin.iri == own_origin for one in echo.repeating),
        confirming=_others(echo.confirming[:MOST_LISTED], labels),
        repeating=_others(echo.repeating[:MOST_LISTED], labels),
        differing=tuple((labels.label(why), _other(other, labels)) for why, other in echo.differing[:MOST_LISTED]),
        doubts=labels.terms(echo.doubts),
        left_out_by=labels.things(echo.left_out_by),
    )


def _other(one: Testimony, labels: Labels) -> StatementView:
    """Returns a statement with an origin in any case: that of its document, the document itself, or the layer."""
    view = statement_view(one, labels)
    document = view.document if one.is_of_document else Term("the reference layer")
    return replace(view, document=document, origin=view.origin if view.origin.value else document)


def _others(held: Iterable[Testimony], labels: Labels) -> tuple[StatementView, ...]:
    shown = [_other(one, labels) for one in held]
    return tuple(sorted(shown, key=lambda other: (other.origin.value, other.document.value, other.link)))


def _qualifier(property_: str, value: str, labels: Labels) -> str:
    named = _QUALIFIED.get(property_) or labels.label(property_)
    return named if property_ == OTS + "negated" else f"{named}: {value_in_words(value, labels)}"


def _addition(addition: Addition, meetings: Sequence[str], labels: Labels) -> AdditionView:
    chosen = next(one for one in addition.by if one.paraphrase == addition.says)
    subject = labels.term(chosen.triple[0])
    is_told = subject.iri in meetings or subject.value in addition.says
    reported = "a fact here" if any(one.is_fact for one in addition.by) else "a fact here, by another source"
    return AdditionView(
        replace(labels.term(addition.says), link=leads_to(chosen.iri)),
        Term() if is_told else subject,
        reported if addition.is_fact else "a claim here, no fact",
        labels.things(addition.origins),
        len(addition.sides),
        _others(addition.by, labels),
    )


def _values(told: Account, property_: str, labels: Labels, subject: str = "") -> tuple[Term, ...]:
    """Returns the things that the document, or else a subject, has on record for a property."""
    return labels.terms(filter(is_iri, told.values(property_, subject)))


def _head(told: Account, labels: Labels) -> dict[str, object]:
    """Returns what is known of a document; what is not on record is empty.

    `issued` is a date as the data has it; `read` says how much of the text was read, and `read_means` what that means;
    `shared` are the other documents of the same origin.
    """

    def text(property_: str) -> str:
        return next((literal_value(o) for o in told.values(property_) if not is_iri(o)), "")

    def by_name(terms: Iterable[Term]) -> list[Term]:
        return sorted(terms, key=lambda term: term.value)

    read = next(iter(_values(told, OTS + "visibility", labels)), Term())
    origin = next(iter(_values(told, OTS + "origin", labels)), Term())
    language = text(DCTERMS + "language")
    shared = [document for document in told.subjects(OTS + "origin", origin.iri) if document != told.document]
    return {
        "url": url_of(told),
        "publishers": _values(told, OTS + "publishedBy", labels),
        "authors": labels.terms(told.values(OTS + "byline")),
        "issued": text(DCTERMS + "issued"),
        "issued_in_words": date_in_words(text(DCTERMS + "issued")),
        "language": LANGUAGES.get(language.lower(), language),
        "checked_on": date_in_words(text(OTS + "checkedOn")),
        "read": read,
        "read_means": labels.term(next(iter(told.values(_DEFINITION, read.iri)), "")) if read.iri else Term(),
        "version_of": _values(told, OTS + "versionOf", labels),
        "versions": labels.things(told.subjects(OTS + "versionOf", told.document)),
        "origin": origin,
        "issuers": by_name(_values(told, OTS + "issuer", labels, origin.iri)),
        "sides": by_name(_values(told, OTS + "side", labels, origin.iri)),
        "shared": by_name(labels.things(shared)),
    }


def _by_kind(entries: Iterable[Entry], link: Callable[[Entry], str], labels: Labels) -> Mapping[Kind, list[Term]]:
    """Returns what statements say, by kind, in the order of kinds."""
    found: dict[Kind, list[Term]] = {kind: [] for kind in Kind}
    for entry in entries:
        found[entry.kind].append(replace(labels.term(entry.said.paraphrase), link=link(entry)))
    return {kind: said for kind, said in found.items() if said}


def _questions(site: Site, thing: Thing) -> Mapping[str, str]:
    """Returns the addresses of those of the saved queries about a document that there are, by name."""
    names = (IN_TEXT_ORDER, ADDED_BY_OTHERS)
    return {n: with_parameters(f"/queries/{n}", [("document", thing.iri)]) for n in names if n in site.queries}


def _formats(thing: str) -> list[tuple[str, str, str]]:
    """Returns where the data about the document is: addresses, names and media types."""
    return [(f"/data{thing}.{f.syntax.extension}", f.title, f.media_type) for f in GraphFormat]


def _graphs(site: Site, told: Account) -> list[tuple[str, str]]:
    """Returns the addresses of the graphs with the document's statements and its facts, and what they hold."""
    own = {entry.said.graph for entry in told.entries}
    held = [graph for graph in site.engine.dataset.graphs if graph.slug and {graph.iri, graph.derived_from} & own]
    return [
        (f"/graph/{graph.slug}.ttl", "its statements" if graph.iri in own else "what it states as fact")
        for graph in held
    ]


_HEADING, _PITCH, _THICKNESS, _BELOW = 20, 9, 7, 6

NARROWEST = 3.0
"""The width of a passage of few characters, so that it can be seen."""

LEAST_BETWEEN_TICKS = 16.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A statement as a box, with the address that it leads to."""

    x: float
    y: float
    width: float
    link: str
    says: Term


@dataclass(frozen=True, slots=True)
class Band:
    """The statements of one kind, under its name; `y` is the base line of the name."""

    kind: Kind
    y: float
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """The bands above each other, and the paragraphs' beginnings as ticks."""

    width: int
    height: float
    bottom: float
    thickness: int
    bands: tuple[Band, ...]
    ticks: tuple[Tick, ...]


def strip(entries: Sequence[Entry], length: int, link: Callable[[Entry], str]) -> Strip | None:
    """Returns the strip of a text of so many characters; None if no positions are on record."""
    placed = [entry for entry in entries if entry.has_position]
    if not length or not placed:
        return None
    bands: list[Band] = []
    top = 0.0
    for kind in Kind:
        of_kind = [entry for entry in placed if entry.kind is kind]
        if of_kind:
            band, top = _band(kind, of_kind, length, link, top)
            bands.append(band)
    return Strip(WIDTH, top + AXIS, top, _THICKNESS, tuple(bands), tuple(_ticks(placed, length)))


def _band(
    kind: Kind, entries: Sequence[Entry], length: int, link: Callable[[Entry], str], top: float
) -> tuple[Band, float]:
    """Returns the band that begins at `top`, and where it ends."""
    spans = [span_of(entry) for entry in entries]
    places = lanes(spans)
    segments = tuple(
        Segment(
            x=round(min(start / length * WIDTH, WIDTH - NARROWEST), 1),
            y=top + _HEADING + place * _PITCH,
            width=round(max(NARROWEST, (end - start) / length * WIDTH), 1),
            link=link(entry),
            says=Labels({}, {}).term(entry.said.paraphrase),
        )
        for entry, (start, end), place in zip(entries, spans, places, strict=True)
    )
    return Band(kind, top + _HEADING - 6, segments), top + _HEADING + (max(places) + 1) * _PITCH + _BELOW


def _ticks(entries: Sequence[Entry], length: int) -> list[Tick]:
    begin: dict[str, int] = {}
    for entry in entries:
        if entry.said.paragraph:
            begin[entry.said.paragraph] = min(begin.get(entry.said.paragraph, length), entry.said.start)
    found: list[Tick] = []
    for paragraph, start in sorted(begin.items(), key=lambda pair: pair[1]):
        at = round(start / length * WIDTH, 1)
        if not found or at - found[-1].at >= LEAST_BETWEEN_TICKS:
            found.append(Tick(at, paragraph))
    return found
