"""The statements of a document as its page shows them: in words, with what others say of each; pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from otsgraph.graph.documents import Addition, Entry, Kind, Standing
from otsgraph.graph.statements import Origins, Testimony
from otsgraph.rdf.terms import OTS, iri_value, is_iri, language, literal_value
from otsgraph.web.links import at_passage, leads_to

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
