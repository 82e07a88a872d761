"""What people give for parameters, by names and among choices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from otsgraph.errors import UnfitParameter
from otsgraph.graph.names import Name, Names, Thing, write_index
from otsgraph.queries.parameters import Choice
from otsgraph.queries.request import Vocabulary, ask_with, called
from otsgraph.queries.saved import SavedQuery, read

E = "https://example.org/"
THINGS = [
    Thing(E + "hungary", "Hungary", "state", weight=9),
    Thing(E + "georgia", "Georgia", "state", weight=5),
    Thing(E + "georgia-us", "Georgia", "region", weight=2),
]
NAMES = [*(Name(t.iri, t.label, "en", is_label=True) for t in THINGS), Name(E + "hungary", "Macarıstan", "az")]
QUERY = read("what", "#+ summary: x\nSELECT ?o { ?_thing_iri ?p ?o } ORDER BY ?o")


@pytest.fixture
def vocabulary(tmp_path: Path) -> Vocabulary:
    write_index(tmp_path / "names.sqlite", THINGS, NAMES)
    return Vocabulary({"e": E}, Names(tmp_path / "names.sqlite"))


def with_choices(*choices: Choice) -> SavedQuery:
    (parameter,) = QUERY.parameters
    return replace(QUERY, parameters=(replace(parameter, choices=choices),))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(E + "x", "x", id="an IRI is taken as it is, known or not"),
        pytest.param("e:hungary", "hungary", id="a prefixed name by the prefixes of the dataset"),
        pytest.param(" macaristan", "hungary", id="a name that one thing has, however it is typed"),
    ],
)
def test_a_thing_is_named_in_several_ways(vocabulary: Vocabulary, value: str, expected: str) -> None:
    assert ask_with(QUERY, [("thing", value)], vocabulary).terms == {"_thing_iri": f"<{E}{expected}>"}


def test_a_name_of_several_things_is_refused_with_all_of_them(vocabulary: Vocabulary) -> None:
    with pytest.raises(UnfitParameter, match="`Georgia` names 2 things") as refused:
        ask_with(QUERY, [("thing", "Georgia")], vocabulary)
    assert refused.value.members["candidates"] == [E + "georgia", E + "georgia-us"]


def test_a_name_of_several_things_means_the_one_that_can_be_chosen(vocabulary: Vocabulary) -> None:
    query = with_choices(Choice(E + "georgia-us", "Georgia, the region"), Choice(E + "hungary", "Hungary"))
    assert ask_with(query, [("thing", "georgia")], vocabulary).terms == {"_thing_iri": f"<{E}georgia-us>"}


@pytest.mark.parametrize("value", ["Phone", "<tel:+1>"])
def test_a_choice_in_brackets_is_taken_by_its_label_too(vocabulary: Vocabulary, value: str) -> None:
    query = with_choices(Choice("<tel:+1>", "Phone"))
    assert ask_with(query, [("thing", value)], vocabulary).terms == {"_thing_iri": "<tel:+1>"}


def test_a_thing_is_called_by_its_label_only_where_that_is_enough(vocabulary: Vocabulary) -> None:
    assert called("e:hungary", vocabulary) == "Hungary"
    assert called("e:georgia", vocabulary) == "e:georgia"
    assert called("anything", vocabulary) == "anything"
