"""Words of the pages: labels, dates, languages, and properties as parts of a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice

from otsgraph.rdf.terms import BASE, OTS, XSD, Triple, datatype, iri, iri_value, is_iri, language, literal_value
from otsgraph.web.http.html import at_passage, in_words, leads_to, shortened, without_middle
from otsgraph.web.pages.tables import Cell, without_end

MOST_PARTS = 3

_CAPITAL_OF, _LOCATED_IN = iri(OTS + "capitalOf"), iri(OTS + "locatedIn")

_PARTS = (
    ("heldIn", "held in {}"),
    ("hostState", "hosted by {}"),
    ("heldOn", "{}"),
    ("capitalOf", "the capital of {}"),
    ("agencyOf", "of {}"),
    ("officeIn", "in the {}"),
    ("heldOffice", "who holds or held the office “{}”"),
    ("represented", "who represented {}"),
    ("publishedBy", "published by {}"),
    ("adoptedAt", "adopted at the {}"),
    ("forYear", "for {}"),
    ("signedIn", "signed in {}"),
    ("locatedIn", "in {}"),
    ("headquartersIn", "seated in {}"),
    ("parentOrganization", "part of the {}"),
    ("memberOf", "a member of the {}"),
    ("observerOf", "an observer of the {}"),
    ("holder", "of {}"),
    ("office", "as {}"),
    ("party", "of {}"),
    ("meeting", "in the {}"),
    ("member", "of {}"),
    ("organization", "in the {}"),
    ("issuer", "issued by {}"),
    ("tookPlaceAt", "at the {}"),
)
"""What is said of a fact by its property, the most telling first."""


def sentence(kind: str, facts: Iterable[Triple], words: Words) -> str:
    """A sentence that says what a thing is, by its kind in words and the facts that it is the subject of."""
    values: dict[str, list[str]] = {}
    for _, predicate, value in facts:
        values.setdefault(predicate, []).append(_written(value, words))
    # of several values none is the one that says what the thing is
    only = {predicate: found[0] for predicate, found in values.items() if len(found) == 1}
    if _CAPITAL_OF in only:
        only.pop(_LOCATED_IN, None)
    told = (said.format(only[iri(OTS + name)]) for name, said in _PARTS if iri(OTS + name) in only)
    article = "An" if kind[:1] in "aeio" else "A"
    return ", ".join([f"{article} {kind}", *islice(told, MOST_PARTS)]) + "."


def _written(term: str, words: Words) -> str:
    """A term as a part of a sentence: days and months with the preposition that goes with them."""
    type_ = datatype(term)
    if type_ == XSD + "date":
        return f"on {date_in_words(literal_value(term))}"
    return f"in {month_in_words(literal_value(term))}" if type_ == XSD + "gYearMonth" else words.term(term).value


_THINGS = BASE + "id/"

LANGUAGES: Mapping[str, str] = {
    "az": "Azerbaijani",
    "cs": "Czech",
    "de": "German",
    "en": "English",
    "hu": "Hungarian",
    "kk": "Kazakh",
    "ky": "Kyrgyz",
    "ru": "Russian",
    "tk": "Turkmen",
    "tr": "Turkish",
    "uz": "Uzbek",
    "uz-cyrl": "Uzbek, in Cyrillic",
}
"""What the languages of names are called in English, by their tags in small letters (BCP 47)."""


@dataclass(frozen=True, slots=True)
class Words:
    """What things are called: `labels` by IRI, `addresses` of documents at their publishers by the document's IRI."""

    labels: Mapping[str, str]
    prefixes: Mapping[str, str]
    addresses: Mapping[str, str]

    def label(self, iri: str) -> str:
        """The label of an IRI; without one the name at its end, or a short form of it."""
        if iri in self.labels:
            return without_end(self.labels[iri])
        if iri.startswith(OTS):
            return in_words(iri.removeprefix(OTS))
        kind, slash, slug = iri.removeprefix(_THINGS).partition("/")
        if iri.startswith(_THINGS) and slash:
            return f"{kind.replace('-', ' ')}: {slug.replace('-', ' ')}"
        short = shortened(iri, self.prefixes)
        name = short.partition(":")[2]
        plain = name.isalnum() and not iri.startswith(("http://www.wikidata", "http://eurovoc"))
        return in_words(name) if short != iri and plain else without_middle(short)

    def thing(self, iri: str) -> Cell:
        """An IRI to be followed; empty for none."""
        return Cell(self.label(iri), iri=iri, link=leads_to(iri)) if iri else Cell()

    def things(self, iris: Iterable[str]) -> tuple[Cell, ...]:
        return tuple(self.thing(iri) for iri in iris)

    def term(self, term: str) -> Cell:
        """A term, given as N-Triples text; empty for none."""
        if not term:
            return Cell()
        if is_iri(term):
            return self.thing(iri_value(term))
        return Cell(without_end(literal_value(term)), language(term), datatype(term))

    def passage(self, document: str, fragment: str) -> str:
        """The address of a passage in a document at its publisher; empty if the document's is not known."""
        address = self.addresses.get(document, "")
        return at_passage(address, fragment) if address.startswith(("http://", "https://")) else ""


def date_in_words(written: str) -> str:
    """A day as people write it; other texts, such as a year or a month, as they are."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return written
    return f"{day.day} {day:%B %Y}"


def month_in_words(written: str) -> str:
    """A month as people write it; other texts as they are."""
    whole = date_in_words(f"{written}-01")
    return whole.removeprefix("1 ") if not whole.endswith("-01") else written


def language_name(tag: str) -> str:
    """What a language is called, or its tag; nothing for English, in which the pages are."""
    return "" if tag in ("", "en") else LANGUAGES.get(tag.lower(), tag)
