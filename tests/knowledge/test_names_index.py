"""What the packaged graph calls things, and what people find who look for them."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from otsgraph.dataset.build import build, names_of
from otsgraph.dataset.sources import layered_sources, packaged_folder
from otsgraph.graph.names import Names, write_index
from otsgraph.rdf.terms import BASE, OTS, OWL

ID = BASE + "id/"


@pytest.fixture(scope="module")
def store() -> ox.Store:
    return build(layered_sources(packaged_folder()), layered=True)[0]


@pytest.fixture(scope="module")
def names(store: ox.Store, tmp_path_factory: pytest.TempPathFactory) -> Names:
    file = tmp_path_factory.mktemp("names") / "names.sqlite"
    write_index(file, *names_of(store))
    return Names(file)


def found(names: Names, text: str) -> list[str]:
    return [match.thing.iri.removeprefix(ID) for match in names.search(text)]


@pytest.mark.parametrize("text", ["Macarıstan", "macaristan", "Magyarország", "Венгрия", "Vengriya", "Венгриа"])
def test_each_of_its_names_is_exactly_hungary(names: Names, text: str) -> None:
    assert [match.thing.iri for match in names.search(text) or names.near(text)] == [ID + "state/hungary"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Azərbaycan Respublikası", "state/azerbaijan"),
        ("Azerbaycan", "state/azerbaijan"),
        ("Азербайджан", "state/azerbaijan"),
        ("Magyarország", "state/hungary"),
        ("Қазақстан", "state/kazakhstan"),
        ("Qazaxıstan", "state/kazakhstan"),
        ("Кыргызстан", "state/kyrgyzstan"),
        ("Qırğızıstan", "state/kyrgyzstan"),
        ("Türkiye Cumhuriyeti", "state/turkiye"),
        ("TURKEY", "state/turkiye"),
        ("Törökország", "state/turkiye"),
        ("Türkmenistan", "state/turkmenistan"),
        ("Oʻzbekiston", "state/uzbekistan"),
        ("ozbekiston", "state/uzbekistan"),
        ("Özbekistan", "state/uzbekistan"),
        ("OTS", "organization/ots"),
        ("TDT", "organization/ots"),
        ("Türk Devletleri Teşkilatı", "organization/ots"),
        ("Организация тюркских государств", "organization/ots"),
        ("Turkic Council", "organization/ots"),
        ("Budapeşte", "place/budapest"),
        ("Bakı", "place/baku"),
        ("Muradov", "person/fuad-muradov"),
        ("muradov fuad", "person/fuad-muradov"),
        ("Фуад Мурадов", "person/fuad-muradov"),
        ("diaspora", "topic/diaspora"),
        ("7th meeting", "meeting/diaspora-7"),
    ],
)
def test_what_people_look_for_comes_first(names: Names, text: str, first: str) -> None:
    assert found(names, text)[0] == first


def test_every_name_of_a_state_an_organization_or_a_person_finds_it(store: ox.Store, names: Names) -> None:
    things, every = names_of(store)
    sought = {
        t.iri for t in things if t.kind in ("state", "international organization", "city", "person", "state agency")
    }
    assert len(sought) > 60
    lost = {n.name for n in every if n.entity in sought and n.entity not in {t.iri for t in names.named(n.name)}}
    assert not lost


def test_no_name_is_shared_by_things_that_documents_speak_of(store: ox.Store, names: Names) -> None:
    things, every = names_of(store)
    spoken_of = {t.iri for t in things if t.weight}
    shared = {n.name for n in every if n.entity in spoken_of and len([t for t in names.named(n.name) if t.weight]) > 1}
    assert not shared


@pytest.mark.parametrize("text", ["state", "trend", "december", "the", "name", "meeting"])
def test_terms_graphs_and_parts_of_documents_stand_behind(names: Names, text: str) -> None:
    exact = {t.iri for t in names.named(text)}
    weights = [m.thing.weight > 0 for m in names.search(text, 100) if m.thing.iri not in exact]
    assert weights == sorted(weights, reverse=True)
    assert any(weights)


def test_statements_are_found_when_nothing_else_has_the_name(names: Names) -> None:
    assert found(names, "Reference fact 1, topics")[0] == "statement/topics/001"


@pytest.mark.parametrize(
    ("iri", "kind", "class_"),
    [
        pytest.param(ID + "state/hungary", "state", OTS + "State", id="the label of the class"),
        pytest.param(
            ID + "statement/topics/001", "reference fact", OTS + "ReferenceFact", id="the voice of a statement"
        ),
        pytest.param(
            ID + "plan/joint-action-plan-2026",
            "action plan",
            OTS + "ActionPlan",
            id="the most special class of several",
        ),
        pytest.param(OTS + "State", "class", OWL + "Class", id="a class"),
        pytest.param(OTS + "heldIn", "property", OWL + "ObjectProperty", id="a property"),
        pytest.param(
            OTS + "Observer", "membership status", OTS + "MembershipStatus", id="an individual of the ontology"
        ),
        pytest.param(
            BASE + "graph/topics", "reference graph", OTS + "ReferenceGraph", id="our class rather than another"
        ),
        pytest.param(OTS + "section-graphs", "thing", "", id="nothing in particular"),
    ],
)
def test_the_kind_of_a_thing_is(names: Names, iri: str, kind: str, class_: str) -> None:
    thing = names.thing(iri)
    assert thing is not None
    assert (thing.kind, thing.type) == (kind, class_)


def test_labels_are_the_english_ones(names: Names) -> None:
    states = [f"{ID}state/{name}" for name in ("hungary", "turkiye", "kyrgyzstan")]
    assert names.labels(states) == dict(zip(states, ["Hungary", "Türkiye", "Kyrgyzstan"], strict=True))


def test_the_inferred_graph_changes_no_name_label_or_kind(store: ox.Store) -> None:
    without = build(layered_sources(packaged_folder()), layered=True, with_inferred=False)[0]
    things, every = names_of(store)
    fewer_things, fewer = names_of(without)
    inferred_graph = BASE + "graph/inferred"
    assert [n for n in every if n.entity != inferred_graph] == fewer
    assert [(t.iri, t.label, t.kind) for t in things if t.iri != inferred_graph] == [
        (t.iri, t.label, t.kind) for t in fewer_things
    ]


FOREIGN = """
PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX foaf: <http://xmlns.com/foaf/0.1/> PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX schema: <http://schema.org/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX ex: <http://x/>
ex:nickname rdfs:subPropertyOf foaf:name .
ex:a a foaf:Person ; foaf:name "Ada" ; ex:nickname "Lovely" .
ex:b a skos:Concept ; skos:prefLabel "Ungarn"@de , "Hongrie"@fr ; skos:altLabel "Hungary"@en .
ex:c a owl:NamedIndividual , ex:TidalPowerStation ; schema:name "La  Rance" , "" .
ex:d dcterms:title "Zwei"@de , "Two"@en-GB , "Deux"@fr , "2" .
ex:e rdfs:label "b" , "a" , "c"@de , "d"@az .
[] rdfs:label "nobody" .
ex:f rdfs:label ex:g .
"""


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Names:
    store = ox.Store()
    store.load(FOREIGN, format=ox.RdfFormat.TURTLE)
    store.add(ox.Quad(ox.NamedNode("http://x/a"), ox.NamedNode("http://xmlns.com/foaf/0.1/name"), ox.Literal("Ada")))
    file = tmp_path_factory.mktemp("names") / "names.sqlite"
    write_index(file, *names_of(store))
    return Names(file)


@pytest.mark.parametrize(
    ("end", "label", "kind"),
    [
        pytest.param(
            "a", "Ada", "person", id="without a label a name; without a label of its class, the end of its IRI"
        ),
        pytest.param("b", "Ungarn", "concept", id="a label in any language rather than another name in English"),
        pytest.param("c", "La Rance", "tidal power station", id="single spaces; words of an IRI; individual says less"),
        pytest.param("d", "Two", "thing", id="British English is English"),
        pytest.param("e", "a", "thing", id="no language rather than another; the first by alphabet"),
    ],
)
def test_other_people_s_data_has_labels_and_kinds(foreign: Names, end: str, label: str, kind: str) -> None:
    thing = foreign.thing(f"http://x/{end}")
    assert thing is not None
    assert (thing.label, thing.kind) == (label, kind)


def test_a_property_that_is_narrower_than_one_of_names_gives_names(foreign: Names) -> None:
    assert [match.thing.label for match in foreign.search("lovely")] == ["Ada"]


def test_blank_nodes_and_things_that_are_no_text_have_no_names(foreign: Names) -> None:
    assert foreign.search("nobody") == []
    assert sum(n for _, n in foreign.kinds()) == 5
