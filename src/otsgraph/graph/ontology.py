"""The ontology as people read it: its terms, their use in the data, and example queries.

Sources: OWL 2 Mapping to RDF Graphs; RDF Schema 1.1; SHACL §5.2.1 for prefixes. Words are taken as they are, in
English, the only language that the ontology has; SPARQL 1.1 Query Language §9 (property paths), §13.3 (named graphs),
§18.5 (aggregates); SPARQL 1.1 Query Language §13.3 (named graphs); RDF Schema 1.1 §5.3 (reification).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from otsgraph.rdf.terms import BASE, DCTERMS, OTS, OWL, RDF, RDFS, SH, Triple, iri, iri_value, is_iri, literal_value
from otsgraph.sparql.protocol import Solution

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


SKOS = "http://www.w3.org/2004/02/skos/core#"
VANN = "http://purl.org/vocab/vann/"
BIBO = "http://purl.org/ontology/bibo/"

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

About: TypeAlias = Mapping[str, tuple[str, ...]]
"""The objects of one subject, sorted, as N-Triples text, by the IRI of their predicate."""


def read_ontology(triples: Iterable[Triple]) -> Ontology:
    """The ontology that a graph describes.  Raises ValueError where the graph describes none, or one without version.

    A term of ours is what has the ontology's namespace and is declared as a class, a property or an individual.
    """
    about = _by_subject(triples)
    if ONTOLOGY not in about:
        raise ValueError(f"the graph does not describe {ONTOLOGY}")
    record = _record(about[ONTOLOGY])
    if not record.version or not record.version_iri:
        raise ValueError("the ontology has no version")
    foreign = {s: kind for s, said in about.items() if not s.startswith(BASE) and (kind := _kind(said)) is not None}
    return Ontology(record, _sections(about), foreign, _prefixes(about))


def _sections(about: Mapping[str, About]) -> tuple[Section, ...]:
    """All terms in their sections, those without one in a last one."""
    parts: defaultdict[str, list[str]] = defaultdict(list)
    for subject, said in about.items():
        if subject.startswith(OTS) and _kind(said) is not None:
            parts[next(iter(_iris(said, DCTERMS + "isPartOf")), "")].append(subject)
    linked = _linked(about)
    sections = [
        Section(name, _text(said, RDFS + "label") or FURTHER, _text(said, SKOS + "definition"), _terms(terms, linked))
        for name, terms in parts.items()
        for said in [about.get(name, {})]
    ]
    return tuple(sorted(sections, key=lambda section: (section.label == FURTHER, section.label)))


def _prefixes(about: Mapping[str, About]) -> tuple[Prefix, ...]:
    declared = _iris(about[ONTOLOGY], SH + "declare")
    said = [
        (name, _text(about.get(name, {}), SH + "prefix"), _text(about.get(name, {}), SH + "namespace"))
        for name in declared
    ]
    return tuple(Prefix(*each) for each in sorted(said, key=lambda each: each[1]) if each[1] and each[2])


def _by_subject(triples: Iterable[Triple]) -> dict[str, About]:
    found: dict[str, defaultdict[str, list[str]]] = {}
    for subject, predicate, object_ in sorted(set(triples)):
        if is_iri(subject):
            found.setdefault(iri_value(subject), defaultdict(list))[iri_value(predicate)].append(object_)
    return {subject: {p: tuple(objects) for p, objects in said.items()} for subject, said in found.items()}


@dataclass(frozen=True, slots=True)
class _Linked:
    """What is said of each subject, and who says what of each: subjects by predicate and object."""

    about: Mapping[str, About]
    back: Mapping[tuple[str, str], tuple[str, ...]]

    def ours_that_say(self, predicate: str, object_: str) -> tuple[str, ...]:
        return tuple(subject for subject in self.back.get((predicate, object_), ()) if subject.startswith(OTS))


def _linked(about: Mapping[str, About]) -> _Linked:
    back: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for subject, said in about.items():
        for predicate in said:
            for object_ in _iris(said, predicate):
                back[predicate, object_].append(subject)
    return _Linked(about, {key: tuple(sorted(subjects)) for key, subjects in back.items()})


def _terms(subjects: Iterable[str], linked: _Linked) -> tuple[Term, ...]:
    found = [_term(subject, linked) for subject in subjects]
    return tuple(sorted(found, key=lambda term: (term.label.casefold(), term.iri)))


def _term(subject: str, linked: _Linked) -> Term:
    said = linked.about[subject]
    kind = _kind(said)
    assert kind is not None  # noqa: S101
    wider = [object_ for predicate in _WIDER for object_ in _iris(said, predicate)]

    def both_ways(predicate: str) -> tuple[str, ...]:
        # disjointness and inverses hold both ways, and are written one way
        return tuple(sorted({*_iris(said, predicate), *linked.ours_that_say(predicate, subject)}))

    return Term(
        subject,
        kind,
        _text(said, RDFS + "label") or subject.removeprefix(OTS),
        _text(said, SKOS + "definition"),
        _text(said, SKOS + "scopeNote"),
        _text(said, SKOS + "editorialNote"),
        wider=tuple(sorted(object_ for object_ in wider if object_.startswith(OTS))),
        narrower=tuple(sorted(sub for predicate in _WIDER for sub in linked.ours_that_say(predicate, subject))),
        aligned=tuple(sorted(object_ for object_ in wider if not object_.startswith(OTS))),
        domain=_iris(said, RDFS + "domain"),
        range=_iris(said, RDFS + "range"),
        inverse=both_ways(OWL + "inverseOf"),
        disjoint=both_ways(OWL + "disjointWith"),
        classes=tuple(object_ for object_ in _iris(said, _TYPE) if object_.startswith(OTS)),
        values=linked.ours_that_say(_TYPE, subject),
        properties_from=linked.ours_that_say(RDFS + "domain", subject),
        properties_to=linked.ours_that_say(RDFS + "range", subject),
        others=tuple((p, object_) for p, objects in said.items() if p not in _TOLD for object_ in objects),
    )


def _kind(said: About) -> TermKind | None:
    return next((_KINDS[type_] for type_ in _iris(said, _TYPE) if type_ in _KINDS), None)


def _record(said: About) -> Record:
    def text(predicate: str) -> str:
        return _text(said, predicate)

    status = next(iter(_iris(said, BIBO + "status")), "")
    versions, licences = _iris(said, OWL + "versionIRI"), _iris(said, DCTERMS + "license")
    return Record(
        title=text(DCTERMS + "title"),
        description=text(DCTERMS + "description"),
        how_to_ask=text(RDFS + "comment"),
        version=text(OWL + "versionInfo"),
        version_iri=versions[0] if versions else "",
        status=status.rpartition("/")[2],
        licence=licences[0] if licences else "",
        creators=tuple(literal_value(o) for o in said.get(DCTERMS + "creator", ()) if not is_iri(o)),
        source=text(DCTERMS + "source"),
        created=text(DCTERMS + "created"),
        issued=text(DCTERMS + "issued"),
        modified=text(DCTERMS + "modified"),
        citation=text(DCTERMS + "bibliographicCitation"),
        prefix=text(VANN + "preferredNamespacePrefix"),
        namespace=text(VANN + "preferredNamespaceUri"),
        editorial_note=text(SKOS + "editorialNote"),
    )


def _iris(said: About, predicate: str) -> tuple[str, ...]:
    return tuple(iri_value(object_) for object_ in said.get(predicate, ()) if is_iri(object_))


def _text(said: About, predicate: str) -> str:
    """The texts of a predicate, several as paragraphs."""
    return "\n\n".join(literal_value(object_) for object_ in said.get(predicate, ()) if object_.startswith('"'))


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
    """The uses of each term, by its IRI, in the order of the layers; `rows` answer `ontology-uses`."""
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


def listing(term: Term, layer: Layer, bind: Bind) -> str:
    """Returns the query for all uses of a term in a layer, one per row: as many as `Use.number` says."""
    name = f"ots:{term.name}" if term.name.isalpha() and term.name.isascii() else iri(OTS + term.name)
    # binding puts spaces around a name, where there are some already
    return re.sub(r"(?<=\S)  +", " ", bind(_listing(term, layer), {"term": name}))


def _listing(term: Term, layer: Layer) -> str:
    """The name of the page query."""
    if term.kind is TermKind.CLASS:
        return "term-things-in-graphs" if layer is Layer.GRAPHS else f"term-things{'' if term.narrower else '-of-leaf'}"
    return {Layer.FACTS: "term-pairs", Layer.GRAPHS: "term-pairs-in-graphs"}.get(layer, "term-pairs-in-statements")


Bind: TypeAlias = Callable[[str, Mapping[str, str]], str]
"""Returns a page query, by its name, with terms in the place of parameters, by theirs."""

WORKED = "example-who-said-what"
EXAMPLES = (WORKED, "example-fact-to-statements", "example-participation-to-statements", "example-judged")
"""Page queries that people can start from. None names a thing, so each holds for every graph of this kind; the page of
the ontology runs the first."""
