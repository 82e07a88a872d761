"""The head of a document's page: who published it, when and where, where it comes from, how much of it was read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from otsgraph.graph.documents import Account
from otsgraph.rdf.terms import DCTERMS, OTS, iri_value, is_iri, literal_value
from otsgraph.web.document_entries import Link, text_of
from otsgraph.web.document_json_ld import url_of
from otsgraph.web.links import leads_to
from otsgraph.web.words import LANGUAGES, date_in_words

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
