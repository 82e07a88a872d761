"""Reification of RDF 1.1 and the reifiers of RDF 1.2 say the same."""

from __future__ import annotations

import pyoxigraph as ox

from otsgraph.rdf.formats import GraphFormat
from otsgraph.rdf.serializers import reifying, serialise
from otsgraph.rdf.terms import RDF, Triple, iri, literal, triple_term

STATEMENT, SUBJECT, PREDICATE = (iri(f"http://x/{name}") for name in ("st", "s", "p"))
OBJECT = literal('said )>> "so"', language="en")
TRIPLE: Triple = (SUBJECT, PREDICATE, OBJECT)
REIFIED = [
    (STATEMENT, iri(RDF + "subject"), SUBJECT),
    (STATEMENT, iri(RDF + "predicate"), PREDICATE),
    (STATEMENT, iri(RDF + "object"), OBJECT),
]
SAID = (STATEMENT, iri("http://x/voice"), iri("http://x/reported"))


def test_the_statement_becomes_the_reifier_of_its_triple() -> None:
    assert reifying([*REIFIED, SAID]) == {(STATEMENT, iri(RDF + "reifies"), triple_term(TRIPLE)), SAID}


def test_a_reification_that_lacks_a_part_stays_as_it_is() -> None:
    assert reifying(REIFIED[:2]) == frozenset(REIFIED[:2])


def test_a_reification_with_two_objects_stays_as_it_is() -> None:
    doubled = [*REIFIED, (STATEMENT, iri(RDF + "object"), SUBJECT)]
    assert reifying(doubled) == frozenset(doubled)


def test_what_is_written_is_read_back_by_an_rdf_1_2_parser() -> None:
    text = serialise(reifying([*REIFIED, SAID]), GraphFormat.TURTLE, {"x": "http://x/"})
    objects = [q.object for q in ox.parse(text, format=ox.RdfFormat.TURTLE)]
    (term,) = (o for o in objects if isinstance(o, ox.Triple))
    assert (str(term.subject), str(term.predicate), str(term.object)) == TRIPLE
