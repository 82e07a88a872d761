"""What is counted of a dataset once, when it is prepared: entities, classes, properties, links to others; pure.

Source: Describing Linked Datasets with the VoID Vocabulary §4.6 (statistics), §5 (linksets).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from otsgraph.rdf.terms import BASE, DCTERMS, OTS, RDF, Triple, iri, iri_value, is_iri, literal_value, unfit_for_xml

URI_SPACE = BASE + "id/"
"""How the IRIs of all things begin that the packaged dataset is about."""

TARGETS: Mapping[str, str] = {
    "wikidata": "http://www.wikidata.org/entity/",
    "geonames": "https://sws.geonames.org/",
    "eu-countries": "http://publications.europa.eu/resource/authority/country/",
    "eurovoc": "http://eurovoc.europa.eu/",
}
"""Datasets of others whose things ours are linked to, and how the IRIs of these begin."""

MOST_PARTS = 1_000
"""So many classes and properties are counted one by one, the largest."""

_TYPE = RDF + "type"
_ONTOLOGY = iri(BASE + "ontology")
_DOCUMENT = iri(OTS + "SourceDocument")


@dataclass(frozen=True, slots=True)
class Part:
    """A class with the number of its entities, or a property with the number of its triples."""

    iri: str
    number: int


@dataclass(frozen=True, slots=True)
class Links:
    """The triples with one property that lead to one of the TARGETS."""

    target: str
    predicate: str
    triples: int


@dataclass(frozen=True, slots=True)
class Census:
    """What is counted of a set of triples.

    `entities` are the distinct IRIs described that begin as asked for, `subjects` and `objects` distinct terms;
    `number_of_classes` and `number_of_properties` count all, of which `classes` and `properties` are the largest.
    `documents` are the IRIs of source documents; `issued` and `modified` the days that the ontology records of itself,
    or "".  `as_xml`: every triple can be written in RDF/XML.
    """

    entities: int = 0
    subjects: int = 0
    objects: int = 0
    number_of_classes: int = 0
    number_of_properties: int = 0
    classes: tuple[Part, ...] = ()
    properties: tuple[Part, ...] = ()
    links: tuple[Links, ...] = ()
    documents: tuple[str, ...] = ()
    issued: str = ""
    modified: str = ""
    as_xml: bool = True

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Census:
        """From what `dataclasses.asdict` makes of one, having been JSON."""
        held = dict(fields)
        for name, kind in (("classes", Part), ("properties", Part), ("links", Links)):
            entries = held.pop(name, [])
            held[name] = tuple(kind(**entry) for entry in entries) if isinstance(entries, list) else ()
        documents = held.pop("documents", [])
        held["documents"] = tuple(documents) if isinstance(documents, list) else ()
        return cls(**held)  # type: ignore[arg-type]


@dataclass(slots=True)
class _Tally:
    """What one pass over the triples collects."""

    subjects: set[str] = field(default_factory=set)
    objects: set[str] = field(default_factory=set)
    members: Counter[str] = field(default_factory=Counter)
    properties: Counter[str] = field(default_factory=Counter)
    links: Counter[tuple[str, str]] = field(default_factory=Counter)
    documents: set[str] = field(default_factory=set)
    days: dict[str, str] = field(default_factory=dict)
    as_xml: bool = True

    def add(self, triple: Triple) -> None:
        subject, predicate, object_ = triple[0], iri_value(triple[1]), triple[2]
        self.subjects.add(subject)
        self.objects.add(object_)
        self.properties[predicate] += 1
        self.as_xml = self.as_xml and not unfit_for_xml(predicate, object_)
        if predicate == _TYPE and is_iri(object_):
            self.members[iri_value(object_)] += 1
            if object_ == _DOCUMENT:
                self.documents.add(iri_value(subject))
        elif subject == _ONTOLOGY and predicate.startswith(DCTERMS) and object_.startswith('"'):
            self.days[predicate.removeprefix(DCTERMS)] = literal_value(object_)[:10]
        elif is_iri(object_) and subject.startswith("<" + URI_SPACE):
            for target, space in TARGETS.items():
                if object_.startswith("<" + space):
                    self.links[target, predicate] += 1


def census(triples: Iterable[Triple], uri_space: str = "") -> Census:
    """The census of distinct triples, in one pass; entities are the IRIs described that begin with `uri_space`."""
    tally = _Tally()
    for triple in triples:
        tally.add(triple)
    return Census(
        entities=sum(is_iri(s) and iri_value(s).startswith(uri_space) for s in tally.subjects),
        subjects=len(tally.subjects),
        objects=len(tally.objects),
        number_of_classes=len(tally.members),
        number_of_properties=len(tally.properties),
        classes=_largest(tally.members),
        properties=_largest(tally.properties),
        links=tuple(Links(target, p, n) for (target, p), n in sorted(tally.links.items())),
        documents=tuple(sorted(tally.documents)),
        issued=tally.days.get("issued", ""),
        modified=tally.days.get("modified", ""),
        as_xml=tally.as_xml,
    )


def _largest(counted: Counter[str]) -> tuple[Part, ...]:
    """The largest parts, in the order of their IRIs."""
    chosen = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_PARTS]
    return tuple(Part(name, number) for name, number in sorted(chosen))
