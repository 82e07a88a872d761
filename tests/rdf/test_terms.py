"""The terms of the ontology that the code names."""

from __future__ import annotations

from otsgraph.dataset.sources import packaged_folder
from otsgraph.rdf.files import RdfFile
from otsgraph.rdf.terms import OTS, TOPIC_OF, Ots, iri


def test_each_term_has_the_name_that_the_ontology_gives_it() -> None:
    named = {name: value for name, value in vars(Ots).items() if not name.startswith("__")}
    assert {name: OTS + name.replace("_", "-") for name in named} == named


def test_the_ontology_defines_each_term_that_the_code_names() -> None:
    ontology = RdfFile(packaged_folder() / "ontology" / "otsgraph.ttl", "ontology/otsgraph.ttl")
    defined = {subject for subject, _, _ in ontology.triples()}
    named = {value for name, value in vars(Ots).items() if not name.startswith("__")}
    assert {term for term in named | TOPIC_OF.keys() if iri(term) not in defined} == set()
