"""Saved queries are tried before anybody asks them, and the values that can be chosen are found in the data."""

from __future__ import annotations

import time

import pyoxigraph as ox
import pytest

from otsgraph.errors import DataError
from otsgraph.queries.saved import read
from otsgraph.queries.trial import try_query, with_choices, within

STORE = ox.Store()
STORE.load(
    b"""
    <https://example.org/b> <https://example.org/p> "plain", "tagged"@en, 7, <https://example.org/o> .
    <https://example.org/a> <https://example.org/p> "other" .
    <tel:+1> <https://example.org/q> "phone" .
    """,
    format=ox.RdfFormat.TURTLE,
)
LABELS = {"https://example.org/a": "Zebra", "https://example.org/b": "Ant"}


def _endless() -> list[str]:
    while True:
        time.sleep(1)


def choices(body: str, offered: str = "a") -> list[tuple[str, str]]:
    query = read("what", f"#+ summary: x\n#+ enumerate:\n#+   - {offered}\n{body}")
    ((parameter,),) = [query.parameters for query in with_choices([query], STORE, LABELS)]
    return [(choice.value, choice.label) for choice in parameter.choices]


def test_the_values_are_those_that_have_answers_by_their_labels() -> None:
    assert choices("SELECT ?o { ?_a_iri <https://example.org/p> ?o } ORDER BY ?o") == [
        ("https://example.org/b", "Ant"),
        ("https://example.org/a", "Zebra"),
    ]


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        pytest.param("literal", ["other", "plain"], id="plain texts for a text"),
        pytest.param("en", ["tagged"], id="texts in the language for a text in a language"),
        pytest.param("integer", ["7"], id="whole numbers for a whole number"),
        pytest.param("iri", ["https://example.org/o"], id="IRIs for a thing"),
    ],
)
def test_only_values_of_the_type_are_offered(type_: str, expected: list[str]) -> None:
    assert (
        sorted(v for v, _ in choices(f"SELECT ?s {{ ?s <https://example.org/p> ?_a_{type_} }} ORDER BY ?s")) == expected
    )


def test_an_iri_that_could_be_taken_for_a_name_is_offered_in_brackets() -> None:
    assert choices("SELECT ?o { ?_a_iri <https://example.org/q> ?o } ORDER BY ?o") == [("<tel:+1>", "tel:+1")]


def test_values_that_are_listed_have_labels_too() -> None:
    body = "PREFIX e: <https://example.org/>\nSELECT ?o { ?_a_iri ?p ?o } ORDER BY ?o"
    assert choices(body, "a: ['e:a']") == [("https://example.org/a", "Zebra")]


def test_values_that_are_not_found_in_time_are_told_with_the_line() -> None:
    store = ox.Store()
    store.extend([ox.Quad(ox.NamedNode(f"x:{n}"), ox.NamedNode("x:p"), ox.Literal(n)) for n in range(400)])
    pattern = " . ".join(f"?s{n} ?p{n} ?o{n}" for n in range(5))
    query = read(
        "slow",
        f"#+ summary: x\n#+ enumerate:\n#+   - a\nSELECT ?s1 {{ {pattern} . ?s9 ?_a_iri ?o9 FILTER(?o1 + ?o2 < 0) }} ORDER BY ?s1",
    )
    with pytest.raises(
        DataError, match=r"slow\.rq:2: the values of a cannot be found within 5 seconds and 1 GiB; list them"
    ):
        with_choices([query], store, {})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param("SELECT ?s { ?s ?p ?o", "what.rq:2:11: ", id="a bracket that is not closed"),
        pytest.param("SELECT ?s {\n ?s ?_a_date ?o } ORDER BY ?s", "what.rq:3: with values for a: ", id="a value where none can stand"),
        pytest.param("ASK { SERVICE <http://x/> { } }", "what.rq:2:7: SERVICE is not allowed here", id="a call of another endpoint"),
    ],
)  # fmt: skip
def test_what_can_never_be_asked_is_told_with_its_place(body: str, message: str) -> None:
    with pytest.raises(DataError) as refused:
        try_query(read("what", f"#+ summary: x\n{body}"))
    assert str(refused.value).startswith(message)


def test_an_endpoint_that_may_be_asked_is_not_asked_by_the_trial() -> None:
    try_query(read("what", "#+ summary: x\nASK { SERVICE <http://127.0.0.1:9/> { } }"), ["http://127.0.0.1:9/"])


def test_work_that_is_done_in_time_gives_its_results_in_order() -> None:
    assert within(5, 2**30, [lambda: ["a"], list, lambda: ["b", "c"]]) == [["a"], [], ["b", "c"]]


def test_work_that_takes_too_long_is_given_up_and_what_was_done_before_is_kept() -> None:
    started = time.monotonic()
    assert within(0.3, 2**30, [lambda: ["a"], _endless]) == [["a"]]
    assert time.monotonic() - started < 10


def test_work_that_needs_too_much_memory_is_given_up() -> None:
    assert within(10, 2**26, [lambda: ["a"], lambda: ["x" * 2**28]]) == [["a"]]
