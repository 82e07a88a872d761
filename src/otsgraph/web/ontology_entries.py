"""The terms of the ontology as a page shows them: words with links in them, and what leads from term to term; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from otsgraph.graph.ontology import Layer, Section, Term, TermKind, Use, listing
from otsgraph.rdf.terms import OTS, RDF, RDFS, XSD, literal_value
from otsgraph.web.links import leads_to, shortened, with_parameters

_WORD = re.compile(r"`([^`]*)`|\bots:([A-Za-z-]+[A-Za-z])")

DATATYPES: Mapping[str, str] = {
    RDFS + "Literal": "text, number or date",
    RDF + "PlainLiteral": "text in a language",
    XSD + "string": "text",
    XSD + "integer": "whole number",
    XSD + "boolean": "yes or no",
}
"""What datatypes are called in plain words."""

GROUPS: Mapping[TermKind, str] = {
    TermKind.CLASS: "Classes",
    TermKind.RELATION: "Relations between things",
    TermKind.ATTRIBUTE: "Attributes: texts, numbers, dates",
    TermKind.ANNOTATION: "Annotations",
    TermKind.VALUE: "Values",
}

_LAYERS: Mapping[Layer, str] = {
    Layer.FACTS: "{} in the facts",
    Layer.GRAPHS: "{} inside named graphs alone",
    Layer.STATEMENTS: "{} said in statements",
}

_LINKED: Mapping[TermKind, Sequence[tuple[str, Callable[[Term], Iterable[str]]]]] = {
    TermKind.CLASS: (
        ("is a kind of", lambda term: term.wider),
        ("kinds of it", lambda term: term.narrower),
        ("its relations and attributes", lambda term: term.properties_from),
        ("relations that lead to it", lambda term: term.properties_to),
        ("its values", lambda term: term.values),
        ("never at the same time", lambda term: term.disjoint),
        ("wider, elsewhere", lambda term: term.aligned),
    ),
    TermKind.RELATION: (
        ("of", lambda term: term.domain),
        ("to", lambda term: term.range),
        ("the other way round", lambda term: term.inverse),
        ("special case of", lambda term: term.wider),
        ("special cases", lambda term: term.narrower),
        ("is a", lambda term: term.classes),
        ("wider, elsewhere", lambda term: term.aligned),
    ),
    TermKind.VALUE: (("is a", lambda term: term.classes),),
}
"""What leads from a term to others, in words; attributes and annotations have what relations have."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, the address that it leads to or "", and whether it is code."""

    text: str
    link: str = ""
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A term: its words, its links by what they say, the lists of its uses, and one thing that it is used of."""

    term: Term
    definition: tuple[Piece, ...]
    scope_note: tuple[Piece, ...]
    editorial_note: tuple[Piece, ...]
    links: tuple[tuple[str, tuple[Piece, ...]], ...]
    uses: tuple[Piece, ...]
    example: Piece | None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What entries are made with: all terms by IRI, their uses, labels of things by IRI, prefixes."""

    terms: Mapping[str, Term]
    uses: Mapping[str, Sequence[Use]]
    labels: Mapping[str, str]
    prefixes: Mapping[str, str]

    def link(self, iri: str) -> Piece:
        """Where a term of ours stands on the page, or one of another vocabulary elsewhere."""
        if iri in self.terms:
            return Piece(self.terms[iri].label, f"#{self.terms[iri].name}")
        name = shortened(iri, self.prefixes)
        return Piece(f"{DATATYPES[iri]} ({name})" if iri in DATATYPES else name, leads_to(iri))

    def pieces(self, text: str) -> tuple[Piece, ...]:
        """A text whose terms of ours lead to them; they and what stands between backticks are code."""
        return tuple(self._pieces(text))

    def _pieces(self, text: str) -> Iterator[Piece]:
        at = 0
        for match in _WORD.finditer(text):
            if match.start() > at:
                yield Piece(text[at : match.start()])
            known = f"{OTS}{match[2]}" in self.terms
            yield Piece(match[1] or match[0], f"#{match[2]}" if known else "", is_code=True)
            at = match.end()
        if at < len(text):
            yield Piece(text[at:])


def groups(section: Section, vocabulary: Vocabulary) -> list[tuple[str, list[Entry]]]:
    """The entries of a section under the names of their kinds."""
    found: dict[TermKind, list[Entry]] = {kind: [] for kind in GROUPS}
    for term in section.terms:
        found[term.kind].append(_entry(term, vocabulary))
    return [(GROUPS[kind], entries) for kind, entries in found.items() if entries]


def _entry(term: Term, vocabulary: Vocabulary) -> Entry:
    links = [
        (says, tuple(map(vocabulary.link, iris)))
        for says, linked in _LINKED.get(term.kind, _LINKED[TermKind.RELATION])
        if (iris := tuple(linked(term)))
    ]
    links += [
        (shortened(predicate, vocabulary.prefixes), (_other(object_, vocabulary),))
        for predicate, object_ in term.others
    ]
    # the instances of a class that has values are those
    is_counted = term.kind is not TermKind.VALUE and not term.values
    used = vocabulary.uses.get(term.iri, ()) if is_counted else ()
    return Entry(
        term,
        vocabulary.pieces(term.definition),
        vocabulary.pieces(term.scope_note),
        vocabulary.pieces(term.editorial_note),
        tuple(links),
        tuple(Piece(_LAYERS[use.layer].format(f"{use.number:,}"), query_link(listing(term, use.layer))) for use in used)
        or ((Piece("not used yet"),) if is_counted else ()),
        _example(used[0].example, vocabulary) if used and term.kind is TermKind.CLASS else None,
    )


def _example(thing: str, vocabulary: Vocabulary) -> Piece | None:
    return Piece(vocabulary.labels[thing], leads_to(thing)) if thing in vocabulary.labels else None


def _other(term: str, vocabulary: Vocabulary) -> Piece:
    return vocabulary.link(term[1:-1]) if term.startswith("<") else Piece(literal_value(term))


def query_link(text: str) -> str:
    """The address at which a query is shown with its answer."""
    return with_parameters("/sparql", [("query", text)])
