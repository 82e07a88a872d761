"""The page of the ontology for people; pure.

Source of the record for search engines: https://schema.org/DefinedTermSet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from otsgraph.dataset.info import DatasetInfo
from otsgraph.dataset.metadata import NAMES
from otsgraph.graph.ontology import EXAMPLES, ONTOLOGY, Ontology, Term, TermKind, Use
from otsgraph.rdf.formats import GraphFormat
from otsgraph.sparql.protocol import Solution
from otsgraph.web.html import page
from otsgraph.web.linked_data import CONTEXT
from otsgraph.web.links import shortened
from otsgraph.web.ontology_entries import Piece, Vocabulary, groups, query_link
from otsgraph.web.ontology_figures import anatomy, anatomy_figure, layers_figure, section_figures
from otsgraph.web.tagged import TaggedResponse


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page is made of: `worked` are the rows of the first example, `labels` those of things by IRI."""

    ontology: Ontology
    uses: Mapping[str, Sequence[Use]]
    worked: Sequence[Solution]
    labels: Mapping[str, str]


def render(shown: Shown, dataset: DatasetInfo, headers: Mapping[str, str]) -> TaggedResponse:
    """The page, with the header fields given."""
    ontology = shown.ontology
    terms = ontology.terms
    vocabulary = Vocabulary(terms, shown.uses, shown.labels, dataset.prefixes)
    taken_apart = anatomy(shown.worked[0], shown.labels) if shown.worked else None
    return page(
        "ontology.html",
        headers=headers,
        record=ontology.record,
        how_to_ask=vocabulary.pieces(ontology.record.how_to_ask),
        note=vocabulary.pieces(ontology.record.editorial_note),
        formats=[
            (NAMES[format_], f"/ontology.{format_.syntax.extension}", format_.media_type) for format_ in GraphFormat
        ],
        sections=[
            (
                section,
                vocabulary.pieces(section.definition),
                section_figures(section, terms, shown.uses),
                groups(section, vocabulary),
            )
            for section in ontology.sections
        ],
        statement=taken_apart,
        statement_figure=anatomy_figure(taken_apart) if taken_apart else None,
        layers=layers_figure(terms, shown.uses),
        examples=[(example, query_link(example.text)) for example in EXAMPLES],
        index=_index(terms.values()),
        foreign=_foreign(ontology.foreign, vocabulary),
        prefixes=ontology.prefixes,
        kinds=_counted(terms.values()),
        json_ld=_json_ld(ontology),
    )


def _index(terms: Iterable[Term]) -> list[tuple[str, list[Term]]]:
    """All terms in alphabetical order, under their first letters."""
    found: dict[str, list[Term]] = {}
    for term in sorted(terms, key=lambda term: (term.label.casefold(), term.iri)):
        found.setdefault(term.label[:1].upper(), []).append(term)
    return list(found.items())


def _counted(terms: Iterable[Term]) -> list[tuple[TermKind, int]]:
    found = [term.kind for term in terms]
    return [(kind, found.count(kind)) for kind in TermKind if kind in found]


def _foreign(declared: Mapping[str, TermKind], vocabulary: Vocabulary) -> list[tuple[str, list[Piece]]]:
    """The terms of other vocabularies by the prefixes of those."""
    found: dict[str, list[Piece]] = {}
    for iri in sorted(declared):
        prefix = shortened(iri, vocabulary.prefixes).partition(":")[0]
        namespace = vocabulary.prefixes.get(prefix, iri.rpartition("/")[0] + "/")
        found.setdefault(namespace, []).append(vocabulary.link(iri))
    return sorted(found.items())


def _json_ld(ontology: Ontology) -> dict[str, object]:
    record = ontology.record
    return {
        "@context": CONTEXT,
        "@type": "DefinedTermSet",
        "@id": ONTOLOGY,
        "url": ONTOLOGY,
        "name": record.title,
        "description": record.description,
        "version": record.version,
        "license": record.licence,
        "creator": [{"@type": "Organization", "name": creator} for creator in record.creators],
        "datePublished": record.issued,
        "dateModified": record.modified,
        "inLanguage": "en",
        "hasDefinedTerm": [
            {"@type": "DefinedTerm", "@id": term.iri, "name": term.label, "termCode": term.name}
            for term in ontology.terms.values()
        ],
    }
