"""One sentence on a thing, put together from its facts."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from otsgraph.rdf.terms import OTS, XSD, Triple, datatype, iri, literal_value
from otsgraph.web.words import Words, date_in_words, month_in_words

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
