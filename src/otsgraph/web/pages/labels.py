"""What things are called on pages: labels, dates, languages, and the sentence that says what a thing is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from otsgraph.graph.statements import Origins
from otsgraph.rdf.terms import BASE, OTS, XSD, Triple, datatype, iri, iri_value, is_iri, language, literal_value
from otsgraph.web.http.html import at_passage, in_words, leads_to, shortened, without_middle

MOST_PARTS = 3
"""Facts that a sentence says at most."""

LONGEST_SHOWN = 1_000
"""Characters of a term; a longer one is cut."""

_THINGS = BASE + "id/"
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
"""How a fact reads in a sentence, by its property; the most telling first."""

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
"""The English names of languages, by their tags in small letters (BCP 47)."""


@dataclass(frozen=True, slots=True)
class Term:
    """A text with what it stands for.

    `value` is what is shown; `lang` its language tag, `datatype` the IRI of its datatype, `iri` the IRI that it is, and
    `link` the address that it leads to; each may be empty.
    """

    value: str = ""
    lang: str = ""
    datatype: str = ""
    iri: str = ""
    link: str = ""

    @property
    def language(self) -> str:
        """The name of its language; empty for English, in which the pages are."""
        return language_name(self.lang)


def sentence(kind: str, facts: Iterable[Triple], labels: Labels) -> str:
    """Returns a sentence that says what a thing is, from its kind in words and the facts with it as subject."""
    values: dict[str, list[str]] = {}
    for _, predicate, value in facts:
        values.setdefault(predicate, []).append(_written(value, labels))
    # several values do not say what the thing is
    only = {predicate: found[0] for predicate, found in values.items() if len(found) == 1}
    if _CAPITAL_OF in only:
        only.pop(_LOCATED_IN, None)
    told = (said.format(only[iri(OTS + name)]) for name, said in _PARTS if iri(OTS + name) in only)
    article = "An" if kind[:1] in "aeio" else "A"
    return ", ".join([f"{article} {kind}", *islice(told, MOST_PARTS)]) + "."


def _written(term: str, labels: Labels) -> str:
    """Returns a term as part of a sentence: days and months with their preposition."""
    type_ = datatype(term)
    if type_ == XSD + "date":
        return f"on {date_in_words(literal_value(term))}"
    return f"in {month_in_words(literal_value(term))}" if type_ == XSD + "gYearMonth" else labels.term(term).value


@dataclass(frozen=True, slots=True)
class Labels:
    """What things are called, and where documents are.

    `by_iri` has labels, `addresses` those of documents at their publishers, by the document's IRI; `origins` says where
    documents come from.
    """

    by_iri: Mapping[str, str]
    prefixes: Mapping[str, str]
    addresses: Mapping[str, str] = field(default_factory=dict)
    origins: Origins = field(default_factory=lambda: Origins({}, {}))

    def label(self, iri: str) -> str:
        """Returns the label of an IRI; without one the name at its end, or a short form of it."""
        if iri in self.by_iri:
            return without_end(self.by_iri[iri])
        if iri.startswith(OTS):
            return in_words(iri.removeprefix(OTS))
        kind, slash, slug = iri.removeprefix(_THINGS).partition("/")
        if iri.startswith(_THINGS) and slash:
            return f"{kind.replace('-', ' ')}: {slug.replace('-', ' ')}"
        short = shortened(iri, self.prefixes)
        name = short.partition(":")[2]
        plain = name.isalnum() and not iri.startswith(("http://www.wikidata", "http://eurovoc"))
        return in_words(name) if short != iri and plain else without_middle(short)

    def thing(self, iri: str) -> Term:
        """Returns an IRI with its label and the address that it leads to; empty for none."""
        return Term(self.label(iri), iri=iri, link=leads_to(iri)) if iri else Term()

    def things(self, iris: Iterable[str]) -> tuple[Term, ...]:
        return tuple(self.thing(iri) for iri in iris)

    def term(self, term: str) -> Term:
        """Returns a term given as N-Triples text; empty for none."""
        if not term:
            return Term()
        if is_iri(term):
            return self.thing(iri_value(term))
        return Term(without_end(literal_value(term)), language(term), datatype(term))

    def terms(self, terms: Iterable[str]) -> tuple[Term, ...]:
        return tuple(map(self.term, terms))

    def passage(self, document: str, fragment: str) -> str:
        """Returns the address of a passage at the publisher of its document; empty if it is not known."""
        address = self.addresses.get(document, "")
        return at_passage(address, fragment) if address.startswith(("http://", "https://")) else ""


def date_in_words(written: str) -> str:
    """Returns a day as people write it; other texts, such as a year or a month, unchanged."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return written
    return f"{day.day} {day:%B %Y}"


def month_in_words(written: str) -> str:
    """Returns a month as people write it; other texts unchanged."""
    whole = date_in_words(f"{written}-01")
    return whole.removeprefix("1 ") if not whole.endswith("-01") else written


def language_name(tag: str) -> str:
    """Returns the name of a language, or its tag; empty for English, in which the pages are."""
    return "" if tag in ("", "en") else LANGUAGES.get(tag.lower(), tag)


def without_end(text: str) -> str:
    """Returns a text as pages show it: of a very long one the beginning."""
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
