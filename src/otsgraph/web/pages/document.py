"""The page of a source document: its head, the strip of kinds, and its statements in text order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

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
from otsgraph.rdf.terms import DCTERMS, OTS, SCHEMA, iri, iri_value, is_iri, language, literal_value
from otsgraph.sparql.protocol import Solution
from otsgraph.web.charts.drawing import AXIS, WIDTH, Tick
from otsgraph.web.http.html import at_passage, leads_to, page, with_parameters
from otsgraph.web.http.responses import TaggedResponse
from otsgraph.web.http.site import Site, site_of, solutions_for
from otsgraph.web.pages.json_ld import document_json_ld, url_of
from otsgraph.web.pages.words import LANGUAGES, Words, date_in_words

KIND_IN_WORDS: Mapping[Kind, tuple[str, str]] = {
    Kind.FACT: ("reported fact", "reported facts"),
    Kind.ATTRIBUTED: ("attributed statement", "attributed statements"),
    Kind.ASSESSMENT: ("editorial assessment", "editorial assessments"),
    Kind.BACKGROUND: ("background statement", "background statements"),
    Kind.OTHER: ("statement of another kind", "statements of other kinds"),
}
"""Each kind as it is called, one and several."""

MOST_LISTED = 50
"""So many statements of others are listed with one, of each sort."""

_QUALIFIED = {
    OTS + "hedge": "hedged",
    OTS + "degree": "degree",
    OTS + "modality": "says what ought to be",
    OTS + "negated": "denied",
    OTS + "comparisonClass": "among",
}
_PLAIN = {OTS + "Factual", ""}


@dataclass(frozen=True, slots=True)
class Link:
    """Something by its name, in a language or none on record, and the address that it leads to."""

    text: str
    address: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """A statement of another document: its words and address, its document, its origin, and as what it is said."""

    says: Link
    document: Link
    origin: Link
    voice: str
    is_same_origin: bool


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One statement; what is not on record is empty.

    `others` counts the origins that confirm it beside its own, `sides` all sides that then say so.  `confirmed`,
    `repeated` and `differed` count all statements that do so, of which some may be listed; `repeats_own_origin`
    says whether all that repeat it are of its own origin.
    """

    anchor: str
    says: Link
    passage: str
    kind: str
    kind_in_words: str
    nature: str
    standing: str
    is_fact: bool
    speaker: Link | None
    relayed_by: Link | None
    occasion: Link | None
    sentence: str
    qualifiers: tuple[str, ...]
    readings: tuple[Link, ...]
    others: int
    sides: int
    confirmed: int
    repeated: int
    differed: int
    repeats_own_origin: bool
    confirming: tuple[Other, ...]
    repeating: tuple[Other, ...]
    differing: tuple[tuple[str, Other], ...]
    doubts: tuple[Link, ...]
    left_out_by: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class ShownAddition:
    """What other origins say, what becomes of it, and who says so; `about` what, where the words do not tell."""

    says: Link
    about: Link | None
    standing: str
    origins: tuple[Link, ...]
    sides: int
    by: tuple[Other, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """What things are called: `label` gives the name of an IRI; `url` is the publisher's page or empty."""

    label: Callable[[str], str]
    origins: Origins
    own_origin: str
    url: str

    def link(self, iri: str) -> Link:
        return Link(self.label(iri), leads_to(iri))

    def link_or_none(self, iri: str) -> Link | None:
        return self.link(iri) if iri else None

    def other(self, one: Testimony) -> Other:
        origin = self.origins.origin(one) if one.is_of_document else ""
        document = self.link(one.document) if one.document else Link("the reference layer")
        return Other(
            text_of(one.paraphrase, leads_to(one.iri)),
            document,
            self.link(origin) if origin else document,
            self.label(one.voice),
            self.is_of_own_origin(one),
        )

    def is_of_own_origin(self, one: Testimony) -> bool:
        return one.is_of_document and self.origins.origin(one) == self.own_origin


def text_of(term: str, address: str = "") -> Link:
    """A literal, as N-Triples text, as something to show."""
    return Link(literal_value(term), address, language(term)) if term else Link("", address)


def shown_entry(entry: Entry, words: Wording) -> ShownEntry:
    said, echo = entry.said, entry.echo
    return ShownEntry(
        anchor=anchor(entry),
        says=text_of(said.paraphrase, leads_to(said.iri)),
        passage=at_passage(words.url, said.fragment) if said.fragment else "",
        kind=entry.kind.value,
        kind_in_words=KIND_IN_WORDS[entry.kind][0],
        nature="" if said.nature in _PLAIN else words.label(said.nature),
        standing=entry.standing.value,
        is_fact=entry.standing is Standing.FACT,
        speaker=words.link_or_none(said.speaker),
        relayed_by=words.link_or_none(said.quoted_by),
        occasion=words.link_or_none(said.occasion),
        sentence=said.sentence,
        qualifiers=tuple(_qualifier(property_, value, words) for property_, value in said.commitments),
        readings=tuple(map(text_of, said.readings)),
        others=len(set(echo.origins) - {words.own_origin}),
        sides=len(echo.sides),
        confirmed=len(echo.confirming),
        repeated=len(echo.repeating),
        differed=len(echo.differing),
        repeats_own_origin=all(words.is_of_own_origin(other) for other in echo.repeating),
        confirming=_others(echo.confirming[:MOST_LISTED], words),
        repeating=_others(echo.repeating[:MOST_LISTED], words),
        differing=tuple((words.label(why), words.other(other)) for why, other in echo.differing[:MOST_LISTED]),
        doubts=tuple(map(text_of, echo.doubts)),
        left_out_by=tuple(map(words.link, echo.left_out_by)),
    )


def anchor(entry: Entry) -> str:
    return f"s-{entry.number}"


def shown_addition(addition: Addition, meetings: Collection[str], words: Wording) -> ShownAddition:
    chosen = next(one for one in addition.by if one.paraphrase == addition.says)
    subject = words.link(iri_value(chosen.triple[0]))
    is_told = iri_value(chosen.triple[0]) in meetings or subject.text in addition.says
    reported = "a fact here" if any(one.is_fact for one in addition.by) else "a fact here, by another source"
    return ShownAddition(
        text_of(addition.says, leads_to(chosen.iri)),
        None if is_told else subject,
        reported if addition.is_fact else "a claim here, no fact",
        tuple(map(words.link, addition.origins)),
        len(addition.sides),
        _others(addition.by, words),
    )


def by_paragraph(entries: Sequence[ShownEntry], paragraphs: Sequence[str]) -> list[tuple[str, list[ShownEntry]]]:
    """The statements in their order, those of each paragraph together; "" is the name of none."""
    found: list[tuple[str, list[ShownEntry]]] = []
    for entry, paragraph in zip(entries, paragraphs, strict=True):
        if not found or found[-1][0] != paragraph:
            found.append((paragraph, []))
        found[-1][1].append(entry)
    return found


def _others(held: Iterable[Testimony], words: Wording) -> tuple[Other, ...]:
    shown = [words.other(one) for one in held]
    return tuple(sorted(shown, key=lambda other: (other.origin.text, other.document.text, other.says.address)))


def _qualifier(property_: str, value: str, words: Wording) -> str:
    named = _QUALIFIED.get(property_) or words.label(property_)
    if property_ == OTS + "negated":
        return named
    return f"{named}: {words.label(iri_value(value)) if is_iri(value) else literal_value(value)}"


_DEFINITION = "http://www.w3.org/2004/02/skos/core#definition"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a text comes from: `issuers`, the `sides` that it speaks for, and the `others` that go back to it."""

    iri: str = ""
    link: Link | None = None
    issuers: tuple[Link, ...] = ()
    sides: tuple[Link, ...] = ()
    others: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a document; what is not on record is empty.

    `issued` is a date as the data has it, `issued_in_words` as people write it; `read` says how much of the text was.
    """

    url: str
    publishers: tuple[Link, ...]
    authors: tuple[Link, ...]
    issued: str
    issued_in_words: str
    language: str
    checked_on: str
    read: Link | None
    read_means: Link | None
    version_of: tuple[Link, ...]
    versions: tuple[Link, ...]
    origin: Origin


def head_of(told: Account, label: Callable[[str], str]) -> Head:
    """The head; `label` gives the name of an IRI."""

    def links(property_: str, subject: str = "") -> tuple[Link, ...]:
        return tuple(
            Link(label(o), leads_to(o)) for o in map(iri_value, filter(is_iri, told.values(property_, subject)))
        )

    def text(property_: str) -> str:
        return next((literal_value(o) for o in told.values(property_) if not is_iri(o)), "")

    read = next(iter(told.values(OTS + "visibility")), "")
    meaning = told.values(_DEFINITION, iri_value(read)) if read else []
    return Head(
        url=url_of(told),
        publishers=links(OTS + "publishedBy"),
        authors=tuple(map(text_of, told.values(OTS + "byline"))),
        issued=text(DCTERMS + "issued"),
        issued_in_words=date_in_words(text(DCTERMS + "issued")),
        language=LANGUAGES.get(text(DCTERMS + "language").lower(), text(DCTERMS + "language")),
        checked_on=date_in_words(text(OTS + "checkedOn")),
        read=next(iter(links(OTS + "visibility")), None),
        read_means=text_of(meaning[0]) if meaning else None,
        version_of=links(OTS + "versionOf"),
        versions=tuple(Link(label(o), leads_to(o)) for o in told.subjects(OTS + "versionOf", told.document)),
        origin=_origin(told, label),
    )


def _origin(told: Account, label: Callable[[str], str]) -> Origin:
    known = [iri_value(o) for o in told.values(OTS + "origin") if is_iri(o)]
    if not known:
        return Origin(told.document)

    def links(iris: list[str]) -> tuple[Link, ...]:
        return tuple(sorted((Link(label(one), leads_to(one)) for one in iris), key=lambda link: link.text))

    own = known[0]
    return Origin(
        own,
        Link(label(own), leads_to(own)),
        links([iri_value(o) for o in told.values(OTS + "issuer", own)]),
        links([iri_value(o) for o in told.values(OTS + "side", own)]),
        links([document for document in told.subjects(OTS + "origin", own) if document != told.document]),
    )


_HEADING, _PITCH, _THICKNESS, _BELOW = 20, 9, 7, 6

NARROWEST = 3.0
"""A passage of few characters is drawn so wide that it can be seen."""

LEAST_BETWEEN_TICKS = 16.0


@dataclass(frozen=True, slots=True)
class Segment:
    """One statement: a box, the address that it leads to, and what it says, in a language or none on record."""

    x: float
    y: float
    width: float
    link: str
    says: str
    lang: str


@dataclass(frozen=True, slots=True)
class Band:
    """The statements of one kind, under its name, whose line of writing ends at `y`."""

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
    """The strip of a text of so many characters; None where no positions are on record."""
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
    """The band that begins at `top`, and where it ends."""
    spans = [span_of(entry) for entry in entries]
    said = [text_of(entry.said.paraphrase) for entry in entries]
    places = lanes(spans)
    segments = tuple(
        Segment(
            x=round(min(start / length * WIDTH, WIDTH - NARROWEST), 1),
            y=top + _HEADING + place * _PITCH,
            width=round(max(NARROWEST, (end - start) / length * WIDTH), 1),
            link=link(entry),
            says=words.text,
            lang=words.lang,
        )
        for entry, words, (start, end), place in zip(entries, said, spans, places, strict=True)
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


_PARTS = ("record", "statements", "others", "marks")
"""The page queries that a page of a document is made from."""


async def document_page(request: Request, thing: Thing) -> TaggedResponse:
    """The page of a source document, with the statements of one kind where `?kind=` says which.

    Raises NotFound if nothing is on record of it, UnfitParameter for a kind that there is not, and whatever
    `solutions_for` raises.
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
    return [(f"/data{thing}.{f.syntax.extension}", f.title, f.media_type) for f in GraphFormat]


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
