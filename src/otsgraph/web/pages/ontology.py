"""The page of the ontology: an entry for each term, figures, and their order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from otsgraph.graph.ontology import EXAMPLES, Layer, Ontology, Section, Term, TermKind, Use, listing
from otsgraph.graph.statements import Statement, asserted
from otsgraph.queries.saved import SavedQuery
from otsgraph.rdf.formats import GraphFormat
from otsgraph.rdf.terms import BASE, OTS, RDF, RDFS, XSD, iri, iri_value, is_iri, literal_value
from otsgraph.sparql.protocol import Solution
from otsgraph.web.charts.diagrams import Diagram, Item, columns, forest
from otsgraph.web.http.html import leads_to, page, shortened, with_parameters
from otsgraph.web.http.responses import TaggedResponse
from otsgraph.web.pages.json_ld import ontology_json_ld

_WORD = re.compile(r"`([^`]*)`|\bots:([A-Za-z-]+[A-Za-z])")

DATATYPES: Mapping[str, str] = {
    RDFS + "Literal": "text, number or date",
    RDF + "PlainLiteral": "text in a language",
    XSD + "string": "text",
    XSD + "integer": "whole number",
    XSD + "boolean": "yes or no",
}
"""Datatypes in plain words."""

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

_LINKED: Mapping[TermKind, Mapping[str, Callable[[Term], Iterable[str]]]] = {
    TermKind.CLASS: {
        "is a kind of": lambda term: term.wider,
        "kinds of it": lambda term: term.narrower,
        "its relations and attributes": lambda term: term.properties_from,
        "relations that lead to it": lambda term: term.properties_to,
        "its values": lambda term: term.values,
        "never at the same time": lambda term: term.disjoint,
        "wider, elsewhere": lambda term: term.aligned,
    },
    TermKind.RELATION: {
        "of": lambda term: term.domain,
        "to": lambda term: term.range,
        "the other way round": lambda term: term.inverse,
        "special case of": lambda term: term.wider,
        "special cases": lambda term: term.narrower,
        "is a": lambda term: term.classes,
        "wider, elsewhere": lambda term: term.aligned,
    },
    TermKind.VALUE: {"is a": lambda term: term.classes},
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
    """What entries are made with: all terms, their uses and labels of things, each by IRI, prefixes, page queries."""

    terms: Mapping[str, Term]
    uses: Mapping[str, Sequence[Use]]
    labels: Mapping[str, str]
    prefixes: Mapping[str, str]
    queries: Mapping[str, SavedQuery]

    def bind(self, name: str, terms: Mapping[str, str]) -> str:
        return self.queries[name].bind(terms)

    def link(self, iri: str) -> Piece:
        """Returns a term of ours with its place on the page, or one of another vocabulary with its address."""
        if iri in self.terms:
            return Piece(self.terms[iri].label, f"#{self.terms[iri].name}")
        name = shortened(iri, self.prefixes)
        return Piece(f"{DATATYPES[iri]} ({name})" if iri in DATATYPES else name, leads_to(iri))

    def pieces(self, text: str) -> tuple[Piece, ...]:
        """Returns a text in which our terms are links; they and what stands between backticks are code."""
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
    """Returns the entries of a section under the names of their kinds."""
    found: dict[TermKind, list[Entry]] = {kind: [] for kind in GROUPS}
    for term in section.terms:
        found[term.kind].append(_entry(term, vocabulary))
    return [(GROUPS[kind], entries) for kind, entries in found.items() if entries]


def _entry(term: Term, vocabulary: Vocabulary) -> Entry:
    linked = _LINKED.get(term.kind, _LINKED[TermKind.RELATION])
    links = [(says, tuple(map(vocabulary.link, iris))) for says, of in linked.items() if (iris := tuple(of(term)))]
    links += [(shortened(p, vocabulary.prefixes), (_other(o, vocabulary),)) for p, o in term.others]
    # the instances of a class that has values are those
    is_counted = term.kind is not TermKind.VALUE and not term.values
    used = vocabulary.uses.get(term.iri, ()) if is_counted else ()
    return Entry(
        term,
        vocabulary.pieces(term.definition),
        vocabulary.pieces(term.scope_note),
        vocabulary.pieces(term.editorial_note),
        tuple(links),
        tuple(
            Piece(_LAYERS[use.layer].format(f"{use.number:,}"), query_link(listing(term, use.layer, vocabulary.bind)))
            for use in used
        )
        or ((Piece("not used yet"),) if is_counted else ()),
        _example(used[0].example, vocabulary) if used and term.kind is TermKind.CLASS else None,
    )


def _example(thing: str, vocabulary: Vocabulary) -> Piece | None:
    return Piece(vocabulary.labels[thing], leads_to(thing)) if thing in vocabulary.labels else None


def _other(term: str, vocabulary: Vocabulary) -> Piece:
    return vocabulary.link(term[1:-1]) if term.startswith("<") else Piece(literal_value(term))


def query_link(text: str) -> str:
    """Returns the address at which a query is shown with its answer."""
    return with_parameters("/sparql", [("query", text)])


LEAST_AROUND = 4
"""Classes around another one, from which a picture is drawn."""


_ANCHORS = {
    "attributed statement": "AttributedStatement",
    "speaker": "speaker",
    "stated in": "statedIn",
    "place in the text": "paragraph",
    "passage": "passage",
}
"""The terms for the parts of a statement, by the role of the part."""


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A statement taken apart: what it is called, what it says in our words, its triple, and the evidence for it.

    Each part has its role as `more`.
    """

    statement: Item
    says: str
    triple: tuple[Item, ...]
    evidence: tuple[Item, ...]


def anatomy(row: Solution, labels: Mapping[str, str]) -> Anatomy:
    """Returns what a row of the answer to `WORKED` says of its statement."""

    def part(variable: str, role: str = "", weight: str = "plain") -> Item:
        term = row[variable]
        if not is_iri(term):
            return Item(literal_value(term), role or variable)
        thing = iri_value(term)
        link = f"#{thing.removeprefix(OTS)}" if thing.startswith(OTS) else leads_to(thing)
        return Item(labels.get(thing, thing), role or variable, link, weight)

    number = {name: int(literal_value(row[name])) for name in ("paragraph", "sentence", "start", "end")}
    return Anatomy(
        part("statement", "attributed statement", "strong"),
        literal_value(row["says"]),
        (part("subject"), part("predicate"), part("object")),
        (
            part("speaker"),
            part("document", "stated in"),
            Item(f"paragraph {number['paragraph']}, sentence {number['sentence']}", "place in the text"),
            Item(f"positions {number['start']:,}–{number['end']:,}", "passage"),
        ),
    )


def anatomy_figure(shown: Anatomy) -> Diagram:
    """Returns a statement in the middle, what it says on the left, who says it and where on the right."""
    middle, left, right = shown.statement, shown.triple, shown.evidence
    arrows = [((1, 0), (0, row)) for row in range(len(left))] + [((1, 0), (2, row)) for row in range(len(right))]
    said = "; ".join(f"{part.more}: {part.name}" for part in (*left, *right))
    return columns(
        "One statement and its evidence",
        f"{middle.name}, an {middle.more}. What it says: {said}.",
        [left, [middle], right],
        arrows,
    )


def can_be_fact(voice: str) -> bool:
    """Returns whether a statement of a kind can be a fact: said factually, without a hedge, and entailed."""
    thing = iri(BASE + "id/")
    best = Statement("", frozenset({iri(voice)}), iri(OTS + "Factual"), (thing, thing, thing), iri(OTS + "Entailed"))
    return asserted(best)


def layers_figure(terms: Mapping[str, Term], uses: Mapping[str, Sequence[Use]]) -> Diagram | None:
    """Returns which statements can become facts; None if the ontology has no kinds of them."""
    voices = [terms[voice] for voice in terms[OTS + "Statement"].narrower] if OTS + "Statement" in terms else []
    voices.sort(key=lambda voice: not can_be_fact(voice.iri))
    if not voices:
        return None
    left = [Item(voice.label, _number(uses, voice.iri, "statements"), f"#{voice.name}") for voice in voices]
    right = [
        Item("facts", "met outside of GRAPH too", "", "strong"),
        Item("claims", "met inside GRAPH alone"),
    ]
    ends = [0 if can_be_fact(voice.iri) else 1 for voice in voices]
    able = ", ".join(voice.label for voice, end in zip(voices, ends, strict=True) if end == 0)
    unable = ", ".join(voice.label for voice, end in zip(voices, ends, strict=True) if end == 1)
    return columns(
        "Which statements can become facts",
        f"Can become facts: {able}. Stay claims: {unable}.",
        [left, right],
        [((0, row), (1, end)) for row, end in enumerate(ends)],
    )


def section_figures(section: Section, terms: Mapping[str, Term], uses: Mapping[str, Sequence[Use]]) -> list[Diagram]:
    """Returns the figures of a section: its classes, and what the most connected one of them is related to."""
    return [figure for figure in (_classes_figure(section, uses), _relations_figure(section, terms)) if figure]


def _classes_figure(section: Section, uses: Mapping[str, Sequence[Use]]) -> Diagram | None:
    """Returns the classes of a section as trees, with their values; None for a single class."""
    shown = {term.iri: term for term in section.terms if term.kind in (TermKind.CLASS, TermKind.VALUE)}
    classes = [term for term in shown.values() if term.kind is TermKind.CLASS]
    if len(classes) < 2:
        return None
    below = {
        term.iri: sorted({*term.narrower, *term.values} & shown.keys(), key=lambda name: shown[name].label)
        for term in classes
    }
    items = {term.iri: Item(term.label, _number(uses, term.iri), f"#{term.name}", "bare") for term in shown.values()}
    under = {name for names in below.values() for name in names}
    return forest(
        f"The classes of “{section.label}”",
        f"{len(classes)} classes, some with the number of their instances. What stands below a class belongs to it:"
        " kinds of it, or its values.",
        [term.iri for term in classes if term.iri not in under],
        below,
        items,
    )


def _relations_figure(section: Section, terms: Mapping[str, Term]) -> Diagram | None:
    """Returns the class with most relations among those around it, or None if these are fewer than LEAST_AROUND."""
    classes = [term for term in section.terms if term.kind is TermKind.CLASS]
    if not classes:
        return None
    centre = max(classes, key=lambda term: len(term.properties_from) + len(term.properties_to))
    into, out = _around(centre, terms, "range"), _around(centre, terms, "domain")
    if len(into) + len(out) < LEAST_AROUND:
        return None
    # what leads to the class stands on the left of it, with so many others that both sides are about as high
    moved = max(0, (len(out) - len(into)) // 2)
    left, right = [*into, *out[:moved]], out[moved:]
    to_centre = [((0, row), (1, 0)) for row in range(len(into))]
    from_centre = [((1, 0), (0, row)) for row in range(len(into), len(left))]
    return columns(
        f"What surrounds the class “{centre.label}”: the classes at the other ends of its relations",
        f"Leading to it: {_spoken(into)}. Leading from it: {_spoken(out)}.",
        [left, [Item(centre.label, "", f"#{centre.name}", "strong")], right],
        [*to_centre, *from_centre, *(((1, 0), (2, row)) for row in range(len(right)))],
    )


def _around(centre: Term, terms: Mapping[str, Term], end: str) -> list[Item]:
    """Returns the classes at the other ends of the relations that have a class, or one above it, at one end, with
    these relations; `end` is "domain" or "range"."""
    above = {centre.iri, *centre.wider}
    found: dict[str, list[str]] = {}
    for relation in terms.values():
        here, there = (relation.domain, relation.range) if end == "domain" else (relation.range, relation.domain)
        if above & {*here}:
            for other in there:
                if other in terms:
                    found.setdefault(other, []).append(relation.label)
    named = sorted((terms[other].label, labels, terms[other].name) for other, labels in found.items())
    return [Item(label, ", ".join(labels), f"#{name}") for label, labels, name in named]


def _spoken(items: Sequence[Item]) -> str:
    return "; ".join(item.full for item in items) or "nothing"


def _number(uses: Mapping[str, Sequence[Use]], term: str, what: str = "") -> str:
    total = sum(use.number for use in uses.get(term, ()))
    return f"{total:,} {what}".strip() if total else ""


def ontology_page(
    ontology: Ontology, vocabulary: Vocabulary, worked: Sequence[Solution], headers: Mapping[str, str]
) -> TaggedResponse:
    """Returns the page with the header fields given; `worked` are the rows of the first example."""
    terms, uses = ontology.terms, vocabulary.uses
    found = [term.kind for term in terms.values()]
    taken_apart = anatomy(worked[0], vocabulary.labels) if worked else None
    return page(
        "ontology.html",
        headers=headers,
        record=ontology.record,
        how_to_ask=vocabulary.pieces(ontology.record.how_to_ask),
        note=vocabulary.pieces(ontology.record.editorial_note),
        formats=[(f.title, f"/ontology.{f.syntax.extension}", f.media_type) for f in GraphFormat],
        sections=[
            (s, vocabulary.pieces(s.definition), section_figures(s, terms, uses), groups(s, vocabulary))
            for s in ontology.sections
        ],
        statement=taken_apart,
        anchors=_ANCHORS,
        statement_figure=anatomy_figure(taken_apart) if taken_apart else None,
        layers=layers_figure(terms, uses),
        examples=[_worked_example(vocabulary.queries[name]) for name in EXAMPLES],
        index=_index(terms.values()),
        foreign=_foreign(ontology.foreign, vocabulary),
        prefixes=ontology.prefixes,
        kinds=[(kind, number) for kind in TermKind if (number := found.count(kind))],
        json_ld=ontology_json_ld(ontology),
    )


def _worked_example(query: SavedQuery) -> tuple[str, str, str, str]:
    """The title, the lesson, the text and the address of an example."""
    text = query.bind({})
    return query.summary, query.description, text, query_link(text)


def _index(terms: Iterable[Term]) -> list[tuple[str, list[Term]]]:
    """Returns all terms in alphabetical order, under their first letters."""
    found: dict[str, list[Term]] = {}
    for term in sorted(terms, key=lambda term: (term.label.casefold(), term.iri)):
        found.setdefault(term.label[:1].upper(), []).append(term)
    return list(found.items())


def _foreign(declared: Mapping[str, TermKind], vocabulary: Vocabulary) -> list[tuple[str, list[Piece]]]:
    """Returns the terms of other vocabularies by namespace."""
    found: dict[str, list[Piece]] = {}
    for term in sorted(declared):
        prefix = shortened(term, vocabulary.prefixes).partition(":")[0]
        namespace = vocabulary.prefixes.get(prefix, term.rpartition("/")[0] + "/")
        found.setdefault(namespace, []).append(vocabulary.link(term))
    return sorted(found.items())
