"""What is read from the graph of an ontology, and how pages lay out what it says."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from itertools import pairwise

import pytest

from otsgraph.dataset.sources import packaged_folder
from otsgraph.graph.ontology import FURTHER, ONTOLOGY, Layer, Ontology, Term, TermKind, listing, read_ontology, uses
from otsgraph.queries.saved import PAGE_QUERIES, load
from otsgraph.rdf.files import RdfFile
from otsgraph.rdf.terms import DCTERMS, OTS, OWL, RDF, RDFS, Triple, integer, iri, literal
from otsgraph.web.charts.diagrams import Diagram, Item, columns, forest
from otsgraph.web.pages.ontology import Piece, Vocabulary, anatomy, anatomy_figure, can_be_fact, groups, section_figures

SKOS = "http://www.w3.org/2004/02/skos/core#"
SCHEMA = "https://schema.org/"
TYPE, LABEL, SUBCLASS = RDF + "type", RDFS + "label", RDFS + "subClassOf"


def said(subject: str, **about: str) -> list[Triple]:
    """Triples of a subject; a keyword is the name of a predicate in `PREDICATES`, its value an IRI or a text."""
    return [
        (iri(subject), iri(PREDICATES[name]), iri(value) if "://" in value else literal(value, language="en"))
        for name, value in about.items()
    ]


PREDICATES = {
    "a": TYPE,
    "label": LABEL,
    "below": SUBCLASS,
    "part": DCTERMS + "isPartOf",
    "definition": SKOS + "definition",
    "domain": RDFS + "domain",
    "range": RDFS + "range",
    "inverse": OWL + "inverseOf",
    "disjoint": OWL + "disjointWith",
    "version": OWL + "versionInfo",
    "version_iri": OWL + "versionIRI",
    "history": SKOS + "historyNote",
}

PAGES = load(PAGE_QUERIES)

HEAD = said(ONTOLOGY, a=OWL + "Ontology", version="0.1.0", version_iri=ONTOLOGY + "/0.1.0")
SECTION = said(OTS + "section-things", label="1 Things", definition="What there is.")


def a_term(name: str, type_: str, **about: str) -> list[Triple]:
    return said(OTS + name, a=OWL + type_, **{"label": name.lower(), "part": OTS + "section-things", **about})


def read(*blocks: list[Triple]) -> Ontology:
    return read_ontology([triple for block in (HEAD, SECTION, *blocks) for triple in block])


def term(name: str, *blocks: list[Triple]) -> Term:
    return read(*blocks).terms[OTS + name]


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("Class", TermKind.CLASS),
        ("ObjectProperty", TermKind.RELATION),
        ("DatatypeProperty", TermKind.ATTRIBUTE),
        ("AnnotationProperty", TermKind.ANNOTATION),
        ("NamedIndividual", TermKind.VALUE),
    ],
)
def test_the_type_of_a_term_says_of_what_kind_it_is(type_: str, kind: TermKind) -> None:
    assert term("Thing", a_term("Thing", type_)).kind is kind


def test_a_term_has_its_label_and_its_definition() -> None:
    found = term("City", a_term("City", "Class", label="city", definition="A city or town."))
    assert (found.label, found.definition, found.name) == ("city", "A city or town.", "City")


def test_a_term_without_a_label_is_called_by_its_name() -> None:
    assert read(said(OTS + "City", a=OWL + "Class")).terms[OTS + "City"].label == "City"


def test_a_class_knows_what_is_above_and_below_it() -> None:
    ontology = read(a_term("Event", "Class"), a_term("Meeting", "Class", below=OTS + "Event"))
    assert ontology.terms[OTS + "Meeting"].wider == (OTS + "Event",)
    assert ontology.terms[OTS + "Event"].narrower == (OTS + "Meeting",)


def test_a_wider_term_of_another_vocabulary_is_kept_apart_from_ours() -> None:
    found = term("Event", a_term("Event", "Class", below=SCHEMA + "Event"))
    assert (found.wider, found.aligned) == ((), (SCHEMA + "Event",))


def test_a_class_knows_the_properties_that_leave_it_and_lead_to_it() -> None:
    held_in = a_term("heldIn", "ObjectProperty", domain=OTS + "Event", range=OTS + "City")
    ontology = read(a_term("Event", "Class"), a_term("City", "Class"), held_in)
    assert ontology.terms[OTS + "Event"].properties_from == (OTS + "heldIn",)
    assert ontology.terms[OTS + "City"].properties_to == (OTS + "heldIn",)
    assert (ontology.terms[OTS + "heldIn"].domain, ontology.terms[OTS + "heldIn"].range) == (
        (OTS + "Event",),
        (OTS + "City",),
    )


def test_an_inverse_that_is_declared_one_way_is_known_both_ways() -> None:
    ontology = read(
        a_term("inSeries", "ObjectProperty"), a_term("hasMeeting", "ObjectProperty", inverse=OTS + "inSeries")
    )
    assert ontology.terms[OTS + "inSeries"].inverse == (OTS + "hasMeeting",)
    assert ontology.terms[OTS + "hasMeeting"].inverse == (OTS + "inSeries",)


def test_classes_that_exclude_each_other_both_say_so() -> None:
    ontology = read(a_term("City", "Class", disjoint=OTS + "Person"), a_term("Person", "Class"))
    assert ontology.terms[OTS + "Person"].disjoint == (OTS + "City",)
    assert ontology.terms[OTS + "City"].disjoint == (OTS + "Person",)


def test_an_individual_is_a_value_of_its_class() -> None:
    held = [*a_term("Held", "NamedIndividual"), *said(OTS + "Held", a=OTS + "EventStatus")]
    ontology = read(a_term("EventStatus", "Class"), held)
    assert ontology.terms[OTS + "Held"].classes == (OTS + "EventStatus",)
    assert ontology.terms[OTS + "EventStatus"].values == (OTS + "Held",)


def test_whatever_else_is_said_of_a_term_is_kept() -> None:
    found = term("City", a_term("City", "Class", history="It was a place before."))
    assert found.others == ((SKOS + "historyNote", literal("It was a place before.", language="en")),)


def test_terms_stand_in_their_section_by_their_labels() -> None:
    section = read(a_term("B", "Class", label="a"), a_term("A", "Class", label="b")).sections[0]
    assert (section.label, section.definition) == ("1 Things", "What there is.")
    assert [each.label for each in section.terms] == ["a", "b"]


def test_a_term_without_a_section_is_not_lost() -> None:
    last = read(a_term("A", "Class"), said(OTS + "Stray", a=OWL + "Class", label="stray")).sections[-1]
    assert (last.label, [each.label for each in last.terms]) == (FURTHER, ["stray"])


def test_terms_of_other_vocabularies_are_not_ours() -> None:
    ontology = read(said(SCHEMA + "Event", a=OWL + "Class"))
    assert (ontology.terms, ontology.foreign) == ({}, {SCHEMA + "Event": TermKind.CLASS})


@pytest.mark.parametrize(
    "triples",
    [
        pytest.param([], id="nothing at all"),
        pytest.param(SECTION, id="no ontology"),
        pytest.param(said(ONTOLOGY, a=OWL + "Ontology"), id="no version"),
    ],
)
def test_a_graph_without_an_ontology_is_refused(triples: list[Triple]) -> None:
    with pytest.raises(ValueError, match="ontology"):
        read_ontology(triples)


@pytest.fixture(scope="module")
def ours() -> Ontology:
    folder = packaged_folder() / "ontology"
    return read_ontology(
        triple for name in ("otsgraph.ttl", "alignments.ttl") for triple in RdfFile(folder / name).triples()
    )


def test_our_ontology_says_of_itself_all_that_the_page_shows(ours: Ontology) -> None:
    assert not [field.name for field in dataclasses.fields(ours.record) if not getattr(ours.record, field.name)]


def bind(name: str, terms: Mapping[str, str]) -> str:
    return PAGES[name].bind(terms)


def test_all_our_terms_stand_in_a_section_that_is_described(ours: Ontology) -> None:
    assert all(section.definition and section.label != FURTHER for section in ours.sections)
    assert all(each.definition for each in ours.terms.values())


def test_the_rule_for_facts_sorts_the_voices(ours: Ontology) -> None:
    voices = ours.terms[OTS + "Statement"].narrower
    assert {voice.removeprefix(OTS) for voice in voices if not can_be_fact(voice)} == {
        "AttributedStatement",
        "EditorialAssessment",
    }


def test_a_use_says_where_how_often_and_of_what() -> None:
    rows = [
        {"layer": literal("statements"), "term": iri(OTS + "heldIn"), "number": integer(43), "example": literal("x:b")},
        {"layer": literal("facts"), "term": iri(OTS + "heldIn"), "number": integer(9), "example": literal("x:a")},
    ]
    found = uses(rows)[OTS + "heldIn"]
    assert [(use.layer, use.number, use.example) for use in found] == [
        (Layer.FACTS, 9, "x:a"),
        (Layer.STATEMENTS, 43, "x:b"),
    ]


def test_a_query_for_the_uses_of_a_term_names_it_as_people_write_it(ours: Ontology) -> None:
    text = listing(ours.terms[OTS + "Meeting"], Layer.FACTS, bind)
    assert "?thing a ots:Meeting ." in text
    assert "PREFIX rdf:" not in text


def test_a_term_in_a_text_leads_to_it_and_code_is_code() -> None:
    vocabulary = Vocabulary(read(a_term("State", "Class")).terms, {}, {}, {}, PAGES)
    assert vocabulary.pieces("Use ots:State, not ots:Nothing or `#`.") == (
        Piece("Use "),
        Piece("ots:State", "#State", is_code=True),
        Piece(", not "),
        Piece("ots:Nothing", is_code=True),
        Piece(" or "),
        Piece("#", is_code=True),
        Piece("."),
    )


def test_every_term_has_one_entry(ours: Ontology) -> None:
    vocabulary = Vocabulary(ours.terms, {}, {}, {}, PAGES)
    entries = [entry for s in ours.sections for _, of_kind in groups(s, vocabulary) for entry in of_kind]
    assert sorted(entry.term.iri for entry in entries) == sorted(ours.terms)


def inside(drawn: Diagram) -> bool:
    return all(
        box.x >= 0 and box.x + box.width <= drawn.width and box.y >= 0 and box.y + box.height <= drawn.height
        for box in drawn.boxes
    )


def test_boxes_of_a_column_stand_below_each_other_inside_the_picture() -> None:
    drawn = columns("t", "s", [[Item("a"), Item("b", "more"), Item("c")], [Item("d")]], [((0, 0), (1, 0))])
    first = drawn.boxes[:3]
    assert inside(drawn)
    assert all(upper.y + upper.height < lower.y for upper, lower in pairwise(first))


@pytest.mark.parametrize(
    ("start", "end"),
    [pytest.param((0, 0), (1, 0), id="to the right"), pytest.param((1, 0), (0, 0), id="to the left")],
)
def test_an_arrow_runs_between_the_sides_that_face_each_other(start: tuple[int, int], end: tuple[int, int]) -> None:
    drawn = columns("t", "s", [[Item("a")], [Item("b")]], [(start, end)])
    left, right = drawn.boxes
    edges = [f"{left.x + left.width:.1f}", f"{right.x:.1f}"]
    line = drawn.arrows[0].line
    ends = [line.removeprefix("M").split()[0], line.split()[-2]]
    assert ends == (edges if start < end else edges[::-1])


def test_a_long_name_takes_two_lines_and_is_then_cut_and_kept_whole_beside() -> None:
    name = "a very long name that has a great many words in it, " * 3
    box = columns("t", "s", [[Item(name)], [Item("b")], [Item("c")]], []).boxes[0]
    assert len(box.names) == 2
    assert box.names[1].text.endswith("…")
    assert box.full == name


def test_a_tree_indents_what_is_below_and_keeps_trees_whole() -> None:
    items = {key: Item(key, "5") for key in "abcdef"}
    drawn = forest("t", "s", ["a", "d", "e"], {"a": ["b", "c"], "e": ["f"]}, items)
    place = {box.full[0]: (box.x, box.y) for box in drawn.boxes}
    assert inside(drawn)
    assert place["b"][0] == place["c"][0] > place["a"][0]
    assert place["f"][0] > place["e"][0] > place["c"][0]
    assert len(drawn.branches) == 3


def test_a_tree_that_grows_into_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="below itself"):
        forest("t", "s", ["a"], {"a": ["b"], "b": ["a"]}, {"a": Item("a"), "b": Item("b")})


def test_a_statement_is_taken_apart_into_what_it_says_and_the_evidence_for_it() -> None:
    things = {
        name: iri(f"https://w3id.org/otsgraph/id/{name}") for name in ("subject", "object", "speaker", "document")
    }
    numbers = {"paragraph": integer(4), "sentence": integer(1), "start": integer(1959), "end": integer(2074)}
    row = (
        things
        | numbers
        | {
            "statement": iri("https://w3id.org/otsgraph/id/statement/a/1"),
            "predicate": iri(OTS + "characterizedAs"),
            "says": literal("They call it important.", language="en"),
        }
    )
    found = anatomy(row, {"https://w3id.org/otsgraph/id/speaker": "A speaker"})
    assert found.says == "They call it important."
    assert [part.link for part in found.triple][1] == "#characterizedAs"
    assert (found.evidence[0].more, found.evidence[0].name) == ("speaker", "A speaker")
    assert found.evidence[-1].name == "positions 1,959–2,074"
    assert len(anatomy_figure(found).arrows) == 7


def test_what_surrounds_a_class_are_the_ends_of_its_relations_with_those_of_the_class_above() -> None:
    names = "City Event Meeting Person State Topic"
    relations = [
        a_term("heldIn", "ObjectProperty", domain=OTS + "Event", range=OTS + "City"),
        a_term("chairedBy", "ObjectProperty", domain=OTS + "Meeting", range=OTS + "Person"),
        a_term("hostState", "ObjectProperty", domain=OTS + "Meeting", range=OTS + "State"),
        a_term("raisedAt", "ObjectProperty", domain=OTS + "Topic", range=OTS + "Meeting"),
    ]
    classes = [a_term(name, "Class") for name in names.split()]
    ontology = read(*classes, said(OTS + "Meeting", below=OTS + "Event"), *relations)
    *_, drawn = section_figures(ontology.sections[0], ontology.terms, {})
    assert sorted(box.full for box in drawn.boxes) == [
        "city: heldin",
        "meeting",
        "person: chairedby",
        "state: hoststate",
        "topic: raisedat",
    ]
    assert (
        drawn.summary
        == "Leading to it: topic: raisedat. Leading from it: city: heldin; person: chairedby; state: hoststate."
    )


def test_a_section_of_one_class_has_no_picture() -> None:
    ontology = read(a_term("City", "Class"))
    assert section_figures(ontology.sections[0], ontology.terms, {}) == []
