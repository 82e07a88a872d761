"""One sentence on a thing, put together from its facts."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from otsgraph.terms import OTS, XSD, Triple, datatype, iri, literal_value
from otsgraph.web.words import Words, date_in_words

MOST_PARTS = 3

_PARTS = (
    ("heldIn", "held in {}"),
    ("hostState", "hosted by {}"),
    ("heldOn", "on {}"),
    ("capitalOf", "the capital of {}"),
    ("locatedIn", "in {}"),
    ("agencyOf", "an agency of {}"),
    ("officeIn", "in the {}"),
    ("heldOffice", "who held the office “{}”"),
    ("represented", "who spoke for {}"),
    ("publishedBy", "published by {}"),
    ("adoptedAt", "adopted at the {}"),
    ("forYear", "for {}"),
    ("signedIn", "signed in {}"),
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
    values: dict[str, str] = {}
    for _, predicate, value in facts:
        values.setdefault(predicate, _written(value, words))
    told = (said.format(values[iri(OTS + name)]) for name, said in _PARTS if iri(OTS + name) in values)
    article = "An" if kind[:1] in "aeio" else "A"
    return ", ".join([f"{article} {kind}", *islice(told, MOST_PARTS)]) + "."


def _written(term: str, words: Words) -> str:
    return date_in_words(literal_value(term)) if datatype(term) == XSD + "date" else words.term(term).value
