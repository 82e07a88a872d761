"""What is counted of a dataset, on triples few enough to be counted by hand."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from otsgraph.dataset.info import MOST_PARTS, Census, Links, Part, census
from otsgraph.rdf.terms import BASE, DCTERMS, OTS, OWL, RDF, URI_SPACE, XSD, Triple, iri, literal

HUNGARY, BAKU = iri(URI_SPACE + "state/hungary"), iri(URI_SPACE + "place/baku")
TYPE, SAME, LABEL = iri(RDF + "type"), iri(OWL + "sameAs"), iri("http://x/label")
ONTOLOGY = iri(BASE + "ontology")
TRIPLES: list[Triple] = [
    (HUNGARY, TYPE, iri(OTS + "State")),
    (HUNGARY, TYPE, iri(OTS + "Polity")),
    (BAKU, TYPE, iri(OTS + "City")),
    (HUNGARY, SAME, iri("http://www.wikidata.org/entity/Q28")),
    (BAKU, SAME, iri("http://www.wikidata.org/entity/Q9248")),
    (HUNGARY, LABEL, literal("Hungary", language="en")),
    (ONTOLOGY, iri(DCTERMS + "modified"), literal("2026-11-25", datatype=XSD + "date")),
    ("_:a", LABEL, literal("Hungary", language="en")),
]


def test_entities_are_those_described_whose_iris_begin_as_asked_for() -> None:
    assert census(TRIPLES, URI_SPACE).entities == 2
    assert census(TRIPLES).entities == 3


def test_subjects_and_objects_are_counted_once_each() -> None:
    counted = census(TRIPLES)
    assert (counted.subjects, counted.objects) == (4, 7)


def test_each_class_is_given_with_its_entities_and_each_property_with_its_triples() -> None:
    counted = census(TRIPLES)
    assert counted.classes == (Part(OTS + "City", 1), Part(OTS + "Polity", 1), Part(OTS + "State", 1))
    assert counted.properties == (
        Part("http://purl.org/dc/terms/modified", 1),
        Part("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", 3),
        Part("http://www.w3.org/2002/07/owl#sameAs", 2),
        Part("http://x/label", 2),
    )


def test_links_are_counted_by_dataset_and_property() -> None:
    assert census(TRIPLES).links == (Links("wikidata", OWL + "sameAs", 2),)


def test_links_of_other_things_than_ours_are_none() -> None:
    assert census([(iri("http://x/y"), SAME, iri("http://www.wikidata.org/entity/Q28"))]).links == ()


def test_days_are_those_that_the_ontology_records_of_itself() -> None:
    other = (HUNGARY, iri(DCTERMS + "issued"), literal("1900-01-01", datatype=XSD + "date"))
    counted = census([*TRIPLES, other])
    assert (counted.issued, counted.modified) == ("", "2026-11-25")


def test_source_documents_are_listed() -> None:
    document = iri(URI_SPACE + "document/x")
    assert census([(document, TYPE, iri(OTS + "SourceDocument"))]).documents == (URI_SPACE + "document/x",)


def test_of_very_many_classes_the_largest_are_listed_and_all_are_counted() -> None:
    rare = [(HUNGARY, TYPE, iri(f"http://x/{n}")) for n in range(MOST_PARTS)]
    counted = census([*rare, *TRIPLES, (BAKU, TYPE, iri(OTS + "State"))])
    assert counted.number_of_classes == MOST_PARTS + 3
    assert len(counted.classes) == MOST_PARTS
    assert Part(OTS + "State", 2) in counted.classes


@pytest.mark.parametrize(
    ("predicate", "object_", "as_xml"),
    [
        pytest.param("http://x/a", BAKU, True, id="a name"),
        pytest.param("http://x/1", BAKU, False, id="no name"),
        pytest.param("http://x/a", literal("a\tb"), True, id="a tab"),
        pytest.param("http://x/a", '"a\\u0007b"', False, id="a bell"),
    ],
)
def test_it_is_told_whether_xml_can_write_everything(predicate: str, object_: str, as_xml: bool) -> None:
    assert census([(HUNGARY, iri(predicate), object_), (HUNGARY, TYPE, BAKU)]).as_xml is as_xml


def test_a_census_survives_being_written() -> None:
    counted = census([*TRIPLES, (iri(URI_SPACE + "document/x"), TYPE, iri(OTS + "SourceDocument"))])
    assert Census.from_json(json.loads(json.dumps(asdict(counted)))) == counted
