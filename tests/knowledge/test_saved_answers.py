"""The saved queries: what each answers, in which order, for which values, and with which evidence.

`saved/NAME.csv` has the rows that somebody has read and found right, for the defaults of the query; of a long answer
the first FIRST_ROWS, and ALL_ROWS says how many there are.  `saved/NAME.nt` has the triples of a graph, sorted.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pyoxigraph as ox
import pytest

from otsgraph.dataset.build import build
from otsgraph.dataset.sources import layered_sources, packaged_folder
from otsgraph.queries import saved as saved_queries
from otsgraph.queries.parameters import Parameter, term
from otsgraph.queries.saved import SavedQuery
from otsgraph.queries.trial import try_query, with_choices
from otsgraph.rdf.formats import GraphFormat, ResultsFormat
from otsgraph.rdf.terms import BASE, OTS, RDF
from otsgraph.sparql.evaluator import Evaluator
from otsgraph.sparql.protocol import FormatChoice, QueryOperation
from otsgraph.sparql.rewrite import EVIDENCE_COLUMNS, bound, with_evidence

SAVED = Path(__file__).parent / "saved"
QUERIES = saved_queries.load(packaged_folder() / "queries")

LARGEST_RESULT = 2**26
MOST_CHOICES_TRIED = 10

FIRST_ROWS = 20
ALL_ROWS = {
    "claims-of-one-side": 69,
    "facts-of-one-side": 80,
    "names-in-all-languages": 152,
    "statements-in-text-order": 111,
    "who-says-so": 98,
}
"""Rows of the answers that are too long to be kept whole."""

WITH_EVIDENCE = [name for name, query in QUERIES.items() if query.evidence]
OFFERING = [
    (name, p.name) for name, query in QUERIES.items() for p in query.parameters if p.choices or p.chosen_from_data
]
OPTIONAL = [(name, p.name) for name, query in QUERIES.items() for p in query.parameters if not p.required]


class Graph:
    """The packaged graph as it is served, the descriptions of the saved queries included."""

    def __init__(self, *, reverse: bool = False) -> None:
        sources = layered_sources(packaged_folder())
        loaded = sources[::-1] if reverse else sources
        self.store, info = build(loaded, layered=True, queries=tuple(QUERIES.values()))
        self._evaluator = Evaluator(self.store, info.prefixes, LARGEST_RESULT)

    def lines(self, text: str, format_: ResultsFormat = ResultsFormat.CSV) -> list[str]:
        choice = FormatChoice(format_, GraphFormat.NTRIPLES)
        return self._evaluator.evaluate(QueryOperation(text), choice).body.decode().splitlines()

    def rows(self, text: str) -> list[tuple[str, ...]]:
        """The rows of an answer without the names of its columns."""
        return [tuple(row) for row in csv.reader(self.lines(text)[1:])]


@pytest.fixture(scope="session")
def graph() -> Graph:
    return Graph()


@pytest.fixture(scope="session")
def loaded_in_reverse() -> Graph:
    return Graph(reverse=True)


@pytest.fixture(scope="session")
def queries(graph: Graph) -> Mapping[str, SavedQuery]:
    """The saved queries with the values that the graph has for their parameters."""
    return {query.name: query for query in with_choices(list(QUERIES.values()), graph.store, {})}


def parameter(query: SavedQuery, name: str) -> Parameter:
    return next(p for p in query.parameters if p.name == name)


def text_with(query: SavedQuery, name: str, value: str) -> str:
    """The text of a query with a value for one parameter; every other one takes all that there is."""
    chosen = parameter(query, name)
    return bound(query.text, {chosen.variable: term(chosen.type, value, query.prefixes)})


def expected_file(query: SavedQuery) -> Path:
    return SAVED / f"{query.name}.{'nt' if query.form.gives_graph else 'csv'}"


def test_every_saved_query_has_its_answer_on_record_and_nothing_else_has() -> None:
    assert {path.name for path in SAVED.iterdir()} == {expected_file(query).name for query in QUERIES.values()}
    assert ALL_ROWS.keys() <= QUERIES.keys()


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_answers_for_its_defaults_what_is_on_record(graph: Graph, name: str) -> None:
    query = QUERIES[name]
    lines = graph.lines(query.default_text)
    if query.form.gives_graph:
        lines.sort()
    if name in ALL_ROWS:
        assert len(lines) - 1 == ALL_ROWS[name]
        lines = lines[: 1 + FIRST_ROWS]
    assert lines == expected_file(query).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_gives_its_rows_in_the_same_order_however_the_files_are_loaded(
    graph: Graph, loaded_in_reverse: Graph, name: str
) -> None:
    query = QUERIES[name]
    answers = [each.lines(query.default_text, ResultsFormat.TSV) for each in (graph, loaded_in_reverse)]
    if query.form.gives_graph:
        answers = [sorted(answer) for answer in answers]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_can_be_asked_in_all_the_ways_that_are_offered(name: str) -> None:
    try_query(QUERIES[name])


@pytest.mark.parametrize(("name", "of"), OFFERING)
def test_every_value_that_is_offered_has_an_answer(
    graph: Graph, queries: Mapping[str, SavedQuery], name: str, of: str
) -> None:
    choices = parameter(queries[name], of).choices
    assert choices
    for choice in choices[:MOST_CHOICES_TRIED]:
        assert graph.rows(text_with(queries[name], of, choice.value)), choice.value


@pytest.mark.parametrize(("name", "of"), OPTIONAL)
def test_a_value_that_may_be_left_out_leaves_fewer_of_the_same_rows(
    graph: Graph, queries: Mapping[str, SavedQuery], name: str, of: str
) -> None:
    query = queries[name]
    chosen = parameter(query, of).choices[0]
    with_value = Counter(graph.rows(text_with(query, of, chosen.value)))
    without = Counter(graph.rows(query.text))
    assert with_value < without


def test_the_languages_offered_are_those_that_names_have(graph: Graph) -> None:
    query = QUERIES["names-in-all-languages"]
    spoken = {row[3] for row in graph.rows(query.default_text)}
    assert {choice.value for choice in parameter(query, "language").choices} == spoken


@pytest.mark.parametrize("name", WITH_EVIDENCE)
def test_with_evidence_there_are_the_same_rows_and_each_has_some(graph: Graph, name: str) -> None:
    query = QUERIES[name]
    rows = graph.rows(with_evidence(query.default_text, query.evidence))
    width = len(EVIDENCE_COLUMNS)
    assert list(dict.fromkeys(row[:-width] for row in rows)) == list(dict.fromkeys(graph.rows(query.default_text)))
    assert [row for row in rows if not any(row[-width:])] == []


# what other origins add to a document

OF_ONE_ORIGIN = {
    "dayaz-1799389": "trend-editorial",
    "dayaz-1799390": "trend-editorial",
    "gondola-318621": "hu-state-secretariat-mti",
    "samal-akparat-189239": "kz-mfa-release",
    "infobridge-281": "az-state-committee-release-dec6",
}
"""Documents whose siblings of the same origin tell more than they do, with the origin."""


def what_others_add(graph: Graph, document: str) -> list[tuple[str, ...]]:
    return graph.rows(text_with(QUERIES["what-others-add"], "document", f"{BASE}id/document/{document}"))


@pytest.mark.parametrize("document", OF_ONE_ORIGIN)
def test_what_others_add_is_the_same_without_the_other_documents_of_the_same_origin(
    graph: Graph, document: str
) -> None:
    found = what_others_add(graph, document)
    assert len(found) >= 20
    alone = Graph()
    origin = ox.NamedNode(f"{BASE}id/origin/{OF_ONE_ORIGIN[document]}")
    siblings = {
        str(q.subject.value).rpartition("/")[2]
        for q in alone.store.quads_for_pattern(None, ox.NamedNode(OTS + "origin"), origin, ox.DefaultGraph())
        if isinstance(q.subject, ox.NamedNode)
    } - {document}
    assert siblings
    for sibling in siblings:
        alone.store.remove_graph(ox.NamedNode(f"{BASE}graph/{sibling}"))
    assert what_others_add(alone, document) == found


def test_what_only_the_own_origin_says_is_added_to_the_documents_of_others(graph: Graph) -> None:
    of_trend = "Fuad Muradov addressed the meeting."
    added = {document: {row[1] for row in what_others_add(graph, document)} for document in OF_ONE_ORIGIN}
    assert {document for document, says in added.items() if of_trend in says} == {
        document for document, origin in OF_ONE_ORIGIN.items() if origin != "trend-editorial"
    }


# what counts for those who say so

COMMITMENTS = {"hedge": "OneOf", "degree": "Superlative", "modality": "Should", "negated": "Factual"}
"""What qualifies a statement, with a value; that it is there is enough."""

OTHER_NATURES = ("Evaluative", "Causal", "Normative", "Prospective")
SAID_BY = {
    "confirmed-by-origins": ("kt-kz-1377984675", "centralasia-2375222", "gondola-318613"),
    "corroboration-matrix": ("kt-kz-1377984675",),
    "facts-of-one-side": ("kt-kz-1377984675",),
    "what-others-add": ("kt-kz-1377984675",),
}
"""The documents that have to say something so that it is a row of a query."""


def answer_if_said(graph: Graph, name: str, nature: str = "Factual", commitment: str = "") -> list[tuple[str, ...]]:
    """The rows of a query if documents said that the 7th meeting was held in Kazakhstan."""
    parts = {
        RDF + "subject": BASE + "id/meeting/diaspora-7",
        RDF + "predicate": OTS + "heldInState",
        RDF + "object": BASE + "id/state/kazakhstan",
        OTS + "nature": OTS + nature,
        **({OTS + commitment: OTS + COMMITMENTS[commitment]} if commitment else {}),
    }
    said: dict[str, ox.NamedNode | ox.Literal] = {predicate: ox.NamedNode(iri) for predicate, iri in parts.items()}
    said[OTS + "paraphrase"] = ox.Literal("It was held in Kazakhstan.", language="en")
    quads = [
        ox.Quad(
            ox.NamedNode(f"{BASE}id/statement/{document}/900"),
            ox.NamedNode(predicate),
            object_,
            ox.NamedNode(f"{BASE}graph/{document}"),
        )
        for document in SAID_BY[name]
        for predicate, object_ in {**said, OTS + "statedIn": ox.NamedNode(f"{BASE}id/document/{document}")}.items()
    ]
    graph.store.extend(quads)
    try:
        return graph.rows(QUERIES[name].default_text)
    finally:
        for quad in quads:
            graph.store.remove(quad)


@pytest.mark.parametrize("name", SAID_BY)
def test_what_is_said_plainly_is_one_more_row(graph: Graph, name: str) -> None:
    (added,) = Counter(answer_if_said(graph, name)) - Counter(graph.rows(QUERIES[name].default_text))
    assert added[0] in ("7th meeting of the heads of diaspora agencies", "Kazakhstan")


@pytest.mark.parametrize("commitment", COMMITMENTS)
@pytest.mark.parametrize("name", SAID_BY)
def test_what_is_said_with_a_commitment_adds_nothing(graph: Graph, name: str, commitment: str) -> None:
    assert answer_if_said(graph, name, commitment=commitment) == graph.rows(QUERIES[name].default_text)


@pytest.mark.parametrize("nature", OTHER_NATURES)
@pytest.mark.parametrize("name", SAID_BY)
def test_what_is_not_said_factually_adds_nothing(graph: Graph, name: str, nature: str) -> None:
    assert answer_if_said(graph, name, nature=nature) == graph.rows(QUERIES[name].default_text)


def test_an_announcement_is_not_among_those_who_say_so(graph: Graph) -> None:
    said_so = graph.rows(QUERIES["who-says-so"].default_text)
    of_host = [row for row in said_so if row[0] == "host state"]
    announcing = {"trend-4123593", "azernews-250910", "azernews-250953"}
    query = f"""SELECT ?label {{ VALUES ?document {{ {" ".join(f"<{BASE}id/document/{slug}>" for slug in announcing)} }}
        ?document <http://www.w3.org/2000/01/rdf-schema#label> ?label }}"""
    labels = {row[0] for row in graph.rows(query)}
    assert len(labels) == 3
    assert len(of_host) >= 3
    assert not labels & {row[2] for row in of_host}
