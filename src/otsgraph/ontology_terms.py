"""The ontology as values: what it says of itself, its sections, and its terms with all that links them; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from otsgraph.rdf.terms import BASE, OTS

ONTOLOGY = BASE + "ontology"


class TermKind(Enum):
    """What a term is; the values are what people call it."""

    CLASS = "class"
    RELATION = "relation"
    ATTRIBUTE = "attribute"
    ANNOTATION = "annotation"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Term:
    """One term of ours.  All that it is linked with are IRIs, sorted.

    `wider` and `narrower` are its super- and subterms among ours, `aligned` the wider terms of other vocabularies;
    `domain` and `range` hold at most what the ontology declares, datatypes too; `classes` are those of ours that it is
    an instance of, `values` its instances among the terms; `properties_from` are the properties that have this class
    as their domain, `properties_to` as their range; `others` is whatever else is said of it, as predicate and object.
    """

    iri: str
    kind: TermKind
    label: str
    definition: str = ""
    scope_note: str = ""
    editorial_note: str = ""
    wider: tuple[str, ...] = ()
    narrower: tuple[str, ...] = ()
    aligned: tuple[str, ...] = ()
    domain: tuple[str, ...] = ()
    range: tuple[str, ...] = ()
    inverse: tuple[str, ...] = ()
    disjoint: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    properties_from: tuple[str, ...] = ()
    properties_to: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """What its IRI ends in, which is its place on the page of the ontology."""
        return self.iri.removeprefix(OTS)


@dataclass(frozen=True, slots=True)
class Section:
    """Terms that are documented together, in the order of their labels."""

    iri: str
    label: str
    definition: str
    terms: tuple[Term, ...]

    @property
    def name(self) -> str:
        return self.iri.removeprefix(OTS) or "further-terms"


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix that the ontology declares for queries, under an IRI of its own."""

    iri: str
    prefix: str
    namespace: str

    @property
    def name(self) -> str:
        return self.iri.removeprefix(OTS)


@dataclass(frozen=True, slots=True)
class Record:
    """What the ontology says of itself; what it does not say is empty.

    Dates as written, YYYY-MM-DD; `status` in a word, like draft.
    """

    title: str
    description: str
    how_to_ask: str
    version: str
    version_iri: str
    status: str
    licence: str
    creators: tuple[str, ...]
    source: str
    created: str
    issued: str
    modified: str
    citation: str
    prefix: str
    namespace: str
    editorial_note: str


@dataclass(frozen=True, slots=True)
class Ontology:
    """`foreign` are the declared terms of other vocabularies, by IRI."""

    record: Record
    sections: tuple[Section, ...]
    foreign: Mapping[str, TermKind]
    prefixes: tuple[Prefix, ...]

    @property
    def terms(self) -> dict[str, Term]:
        """All terms of ours, by IRI."""
        return {term.iri: term for section in self.sections for term in section.terms}
