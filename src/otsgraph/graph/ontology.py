"""The ontology as people read it: its terms, their links, and their use in the data.

Sources: OWL 2 Mapping to RDF Graphs; RDF Schema 1.1; SHACL §5.2.1 (prefixes).  Texts are taken as they are, in English,
the only language of the ontology.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from otsgraph.rdf.terms import (
    BASE,
    BIBO,
    DCTERMS,
    ONTOLOGY,
    OTS,
    OWL,
    RDF,
    RDFS,
    SH,
    SKOS,
    VANN,
    About,
    Triple,
    by_subject,
    iri,
    iri_value,
    iris_in,
    is_iri,
    literal_value,
    texts_in,
)
from otsgraph.sparql.protocol import Solution


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


FURTHER = "Further terms"
"""The label of the section of those terms that the ontology puts into none."""

_TYPE = RDF + "type"
_WIDER = (RDFS + "subClassOf", RDFS + "subPropertyOf")

_TOLD = {
    _TYPE,
    *_WIDER,
    *(RDFS + name for name in ("label", "domain", "range", "isDefinedBy")),
    *(SKOS + name for name in ("definition", "scopeNote", "editorialNote")),
    *(OWL + name for name in ("inverseOf", "disjointWith")),
    DCTERMS + "isPartOf",
}
"""Predicates that have a place of their own in a Term."""

_KINDS = {
    OWL + "Class": TermKind.CLASS,
    RDFS + "Class": TermKind.CLASS,
    OWL + "ObjectProperty": TermKind.RELATION,
    OWL + "DatatypeProperty": TermKind.ATTRIBUTE,
    OWL + "AnnotationProperty": TermKind.ANNOTATION,
    OWL + "NamedIndividual": TermKind.VALUE,
}


def read_ontology(triples: Iterable[Triple]) -> Ontology:
    """Returns the ontology that a graph describes.  Raises ValueError if it describes none, or one without version.

    A term of ours has the ontology's namespace and is declared as a class, a property or an individual.
    """
    about = {iri_value(subject): said for subject, said in sorted(by_subject(triples).items()) if is_iri(subject)}
    if ONTOLOGY not in about:
        raise ValueError(f"the graph does not describe {ONTOLOGY}")
    record = _record(about[ONTOLOGY])
    if not record.version or not record.version_iri:
        raise ValueError("the ontology has no version")
    foreign = {s: kind for s, said in about.items() if not s.startswith(BASE) and (kind := _kind(said)) is not None}
    return Ontology(record, _sections(about), foreign, _prefixes(about))


def _sections(about: Mapping[str, About]) -> tuple[Section, ...]:
    """Returns all terms in their sections, those without one in a last one."""
    back = _back(about)
    parts: defaultdict[str, list[Term]] = defaultdict(list)
    for subject, said in about.items():
        kind = _kind(said)
        if subject.startswith(OTS) and kind is not None:
            parts[_iri(said, DCTERMS + "isPartOf")].append(_term(subject, kind, said, back))
    sections = [
        Section(
            name,
            _text(said, RDFS + "label") or FURTHER,
            _text(said, SKOS + "definition"),
            tuple(sorted(terms, key=lambda term: (term.label.casefold(), term.iri))),
        )
        for name, terms in parts.items()
        for said in [about.get(name, {})]
    ]
    return tuple(sorted(sections, key=lambda section: (section.label == FURTHER, section.label)))


def _prefixes(about: Mapping[str, About]) -> tuple[Prefix, ...]:
    declared = ((name, about.get(name, {})) for name in iris_in(about[ONTOLOGY], SH + "declare"))
    said = (Prefix(name, _text(of, SH + "prefix"), _text(of, SH + "namespace")) for name, of in declared)
    return tuple(sorted((each for each in said if each.prefix and each.namespace), key=lambda each: each.prefix))


def _back(about: Mapping[str, About]) -> Mapping[tuple[str, str], list[str]]:
    """Returns the terms of ours that have an IRI as the value of a property, by property and value."""
    back: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for subject, said in about.items():
        if subject.startswith(OTS):
            for property_ in said:
                for value in iris_in(said, property_):
                    back[property_, value].append(subject)
    return back


def _term(subject: str, kind: TermKind, said: About, back: Mapping[tuple[str, str], list[str]]) -> Term:
    wider = sorted(value for property_ in _WIDER for value in iris_in(said, property_))

    def ours_that_say(*properties: str) -> tuple[str, ...]:
        return tuple(sorted(other for property_ in properties for other in back.get((property_, subject), ())))

    def both_ways(property_: str) -> tuple[str, ...]:
        # disjointness and inverses hold both ways, and are written one way
        return tuple(sorted({*iris_in(said, property_), *ours_that_say(property_)}))

    return Term(
        subject,
        kind,
        _text(said, RDFS + "label") or subject.removeprefix(OTS),
        _text(said, SKOS + "definition"),
        _text(said, SKOS + "scopeNote"),
        _text(said, SKOS + "editorialNote"),
        wider=tuple(value for value in wider if value.startswith(OTS)),
        narrower=ours_that_say(*_WIDER),
        aligned=tuple(value for value in wider if not value.startswith(OTS)),
        domain=iris_in(said, RDFS + "domain"),
        range=iris_in(said, RDFS + "range"),
        inverse=both_ways(OWL + "inverseOf"),
        disjoint=both_ways(OWL + "disjointWith"),
        classes=tuple(value for value in iris_in(said, _TYPE) if value.startswith(OTS)),
        values=ours_that_say(_TYPE),
        properties_from=ours_that_say(RDFS + "domain"),
        properties_to=ours_that_say(RDFS + "range"),
        others=tuple((p, value) for p, values in sorted(said.items()) if p not in _TOLD for value in values),
    )


def _kind(said: About) -> TermKind | None:
    return next((_KINDS[type_] for type_ in iris_in(said, _TYPE) if type_ in _KINDS), None)


def _record(said: About) -> Record:
    return Record(
        title=_text(said, DCTERMS + "title"),
        description=_text(said, DCTERMS + "description"),
        how_to_ask=_text(said, RDFS + "comment"),
        version=_text(said, OWL + "versionInfo"),
        version_iri=_iri(said, OWL + "versionIRI"),
        status=_iri(said, BIBO + "status").rpartition("/")[2],
        licence=_iri(said, DCTERMS + "license"),
        creators=texts_in(said, DCTERMS + "creator"),
        source=_text(said, DCTERMS + "source"),
        created=_text(said, DCTERMS + "created"),
        issued=_text(said, DCTERMS + "issued"),
        modified=_text(said, DCTERMS + "modified"),
        citation=_text(said, DCTERMS + "bibliographicCitation"),
        prefix=_text(said, VANN + "preferredNamespacePrefix"),
        namespace=_text(said, VANN + "preferredNamespaceUri"),
        editorial_note=_text(said, SKOS + "editorialNote"),
    )


def _iri(said: About, property_: str) -> str:
    return next(iter(iris_in(said, property_)), "")


def _text(said: About, property_: str) -> str:
    """Returns the texts of a property, several as paragraphs."""
    return "\n\n".join(texts_in(said, property_))


class Layer(Enum):
    """Where a term is used: in the facts, in named graphs alone, or as the predicate of statements."""

    FACTS = "facts"
    GRAPHS = "graphs"
    STATEMENTS = "statements"


@dataclass(frozen=True, slots=True)
class Use:
    """How often a term is used in a layer, and the IRI of one thing that it is used of."""

    layer: Layer
    number: int
    example: str


def uses(rows: Iterable[Solution]) -> dict[str, list[Use]]:
    """Returns the uses of each term, by its IRI, in the order of the layers; `rows` answer `ontology-uses.rq`."""
    found: dict[str, list[Use]] = {}
    order = list(Layer)
    for row in rows:
        use = Use(
            Layer(literal_value(row["layer"])),
            int(literal_value(row["number"])),
            literal_value(row.get("example", '""')),
        )
        found.setdefault(iri_value(row["term"]), []).append(use)
    return {term: sorted(of_term, key=lambda use: order.index(use.layer)) for term, of_term in found.items()}


Bind: TypeAlias = Callable[[str, Mapping[str, str]], str]
"""Returns a page query, by its name, with terms in the place of parameters, by theirs."""

WORKED = "example-who-said-what"
EXAMPLES = (WORKED, "example-fact-to-statements", "example-participation-to-statements", "example-judged")
"""Page queries to start from.  None names a thing, so each fits every graph of this kind; the page runs the first."""

_PAIRS = {
    Layer.FACTS: "term-pairs",
    Layer.GRAPHS: "term-pairs-in-graphs",
    Layer.STATEMENTS: "term-pairs-in-statements",
}


def listing(term: Term, layer: Layer, bind: Bind) -> str:
    """Returns the query for all uses of a term in a layer, one per row: as many as `Use.number` says."""
    if term.kind is not TermKind.CLASS:
        query = _PAIRS[layer]
    elif layer is Layer.GRAPHS:
        query = "term-things-in-graphs"
    else:
        query = "term-things" if term.narrower else "term-things-of-leaf"
    name = f"ots:{term.name}" if term.name.isalpha() and term.name.isascii() else iri(term.iri)
    # binding puts spaces around a name, where there are some already
    return re.sub(r"(?<=\S)  +", " ", bind(query, {"term": name}))
