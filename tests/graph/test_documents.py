"""What a document states, in which order and as what; how much of its text that is; who else says so."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otsgraph.graph.documents import DocumentReport, Kind, Standing, cover, covered, document_report, lanes
from otsgraph.rdf.terms import BASE, OA, OTS, RDF, iri, literal
from otsgraph.sparql.protocol import Solution
from otsgraph.web.pages.document import NARROWEST, strip

DOCUMENT = f"{BASE}id/document/one"
MEETING = f"{BASE}id/meeting/m"
CLASSES = {
    "fact": "ReportedFact",
    "attributed": "AttributedStatement",
    "assessment": "EditorialAssessment",
    "background": "BackgroundStatement",
}
Says = tuple[str, str]


def thing(name: str) -> str:
    return name if name.startswith("http") else f"{BASE}id/topic/{name}"


def said(
    number: str,
    kind: str = "fact",
    about: str = "x",
    is_: str = "y",
    *,
    document: str = "one",
    nature: str = "Factual",
    place: tuple[int, int] | None = None,
    **more: str,
) -> list[Solution]:
    """The rows of one statement; `more` are properties of ours with the names of things, or with numbers."""
    statement = f"{BASE}id/statement/{document}/{number}"
    triples = [
        (RDF + "type", iri(OTS + CLASSES[kind])),
        (RDF + "subject", iri(thing(about))),
        (RDF + "predicate", iri(OTS + "is")),
        (RDF + "object", iri(thing(is_))),
        (OTS + "nature", iri(OTS + nature)),
        (OTS + "statedIn", iri(f"{BASE}id/document/{document}")),
        (OTS + "paraphrase", literal(f"{document} says {number}", language="en")),
        *((OTS + p, literal(v) if v.isdigit() else iri(thing(v))) for p, v in more.items()),
    ]
    rows = [(iri(statement), iri(p), o) for p, o in triples]
    if place:
        passage, position = iri(f"{statement}#passage"), iri(f"{statement}#position")
        rows += [(iri(statement), iri(OTS + "passage"), passage), (passage, iri(OA + "hasSelector"), position)]
        rows += [(position, iri(OA + end), literal(str(n))) for end, n in zip(("start", "end"), place, strict=True)]
    return [{"graph": iri(f"{BASE}graph/{document}"), "s": s, "p": p, "o": o} for s, p, o in rows]


def record(*triples: tuple[str, str, str]) -> list[Solution]:
    return [{"s": iri(s), "p": iri(p), "o": o} for s, p, o in triples]


ORIGINS = record(
    *(
        (f"{BASE}id/document/{document}", OTS + "origin", iri(f"{BASE}id/origin/{origin}"))
        for document, origin in (("one", "a"), ("copy", "a"), ("two", "b"), ("three", "c"))
    ),
    (f"{BASE}id/origin/a", OTS + "side", iri(thing("left"))),
    (f"{BASE}id/origin/b", OTS + "side", iri(thing("left"))),
    (f"{BASE}id/origin/c", OTS + "side", iri(thing("right"))),
    (MEETING, RDF + "type", iri(OTS + "Meeting")),
)


def told(
    *own: list[Solution], others: tuple[list[Solution], ...] = (), marks: tuple[Says, ...] = (), length: int = 0
) -> DocumentReport:
    known = ORIGINS + (record((f"{BASE}id/text/one", OTS + "length", literal(str(length)))) if length else [])
    marked = [
        {"statement": iri(f"{BASE}id/statement/{number}"), "mark": literal(mark), "value": literal("why")}
        for number, mark in marks
    ]
    return document_report(DOCUMENT, known, chain(*own), chain(*others), marked)


def only(found: DocumentReport) -> Standing:
    (entry,) = found.entries
    return entry.standing


def test_statements_come_by_paragraph_then_sentence_then_position() -> None:
    found = told(
        said("1", paragraph="2", sentence="1", place=(50, 60)),
        said("2", paragraph="1", sentence="2", place=(30, 40)),
        said("3", paragraph="1", sentence="10", place=(45, 49)),
        said("4", paragraph="1", sentence="2", place=(20, 40)),
        length=100,
    )
    assert [entry.number for entry in found.entries] == ["4", "2", "3", "1"]


def test_statements_without_places_come_by_their_numbers_as_numbers() -> None:
    found = told(said("9"), said("047-10"), said("047-2"), said("10"))
    assert [entry.number for entry in found.entries] == ["9", "10", "047-2", "047-10"]


@pytest.mark.parametrize(
    ("statement", "marks", "standing"),
    [
        pytest.param(said("1"), (("one/1", "held"),), Standing.FACT, id="reported and held"),
        pytest.param(said("1"), (("one/1", "doubted"),), Standing.LEFT_OUT, id="reported, but not among the facts"),
        pytest.param(said("1", hedge="OneOf"), (), Standing.CLAIM, id="reported with a hedge"),
        pytest.param(said("1", "attributed"), (), Standing.CLAIM, id="attributed"),
        pytest.param(
            said("1", "attributed"), (("one/1", "held"),), Standing.FACT_ELSEWHERE, id="a fact of somebody else"
        ),
        pytest.param(said("1", "assessment", nature="Evaluative"), (), Standing.JUDGEMENT, id="an assessment"),
        pytest.param(said("1", "background"), (), Standing.ASSUMED, id="taken for granted"),
        pytest.param(
            said("1", "background", grounding=OTS + "Entailed"), (("one/1", "held"),), Standing.FACT, id="entailed"
        ),
    ],
)
def test_what_becomes_of_a_statement_follows_from_its_voice(
    statement: list[Solution], marks: tuple[Says, ...], standing: Standing
) -> None:
    assert only(told(statement, marks=marks)) is standing


def test_a_statement_is_confirmed_by_origins_not_by_documents() -> None:
    others = (said("1", document="copy"), said("1", "attributed", document="two"), said("2", document="two"))
    (entry,) = told(said("1"), others=others).entries
    assert [one.document.rsplit("/", 1)[-1] for one in entry.corroboration.confirming] == ["two", "two"]
    assert [one.document.rsplit("/", 1)[-1] for one in entry.corroboration.repeating] == ["copy"]
    assert (len(entry.corroboration.origins), len(entry.corroboration.sides)) == (2, 1)


@pytest.mark.parametrize(
    ("own", "other"),
    [
        pytest.param(said("1"), said("1", is_="z", document="two"), id="another object"),
        pytest.param(said("1"), said("1", document="two", hedge="OneOf"), id="the other hedges"),
        pytest.param(said("1", hedge="OneOf"), said("1", document="two", hedge="OneOf"), id="both hedge"),
        pytest.param(said("1"), said("1", document="two", nature="Prospective"), id="the other expects it"),
        pytest.param(said("1"), said("1", document="two", occasion="m"), id="on another occasion"),
        pytest.param(
            said("1", "assessment", nature="Evaluative"),
            said("1", "assessment", document="two", nature="Evaluative"),
            id="both judge",
        ),
    ],
)
def test_what_is_not_the_same_plain_fact_confirms_nothing(own: list[Solution], other: list[Solution]) -> None:
    (entry,) = told(own, others=(other,)).entries
    assert not entry.corroboration.confirming


def test_what_differs_is_told_from_both_ends() -> None:
    scope, wording = OTS + "Scope", OTS + "Wording"
    own = said("1", differsFrom=f"{BASE}id/statement/two/7", difference=scope)
    others = (
        said("7", is_="z", document="two"),
        said("8", is_="w", document="three", differsFrom=f"{BASE}id/statement/one/1", difference=wording),
    )
    (entry,) = told(own, others=others).entries
    found = [(difference, one.iri.rsplit("/", 2)[1]) for difference, one in entry.corroboration.differing]
    assert found == [(scope, "two"), (wording, "three")]


def test_others_add_what_they_state_of_the_same_meeting_and_the_document_does_not() -> None:
    found = told(
        said("1", about=MEETING, is_="said"),
        said("2", "attributed", about=MEETING, is_="said-too"),
        others=(
            said("1", about=MEETING, is_="said", document="two"),
            said("2", about=MEETING, is_="said-too", document="two"),
            said("3", about=MEETING, is_="new", document="two"),
            said("4", about=MEETING, is_="new", document="three"),
            said("5", about=MEETING, is_="single", document="three"),
            said("6", about=MEETING, is_="of-its-own-origin", document="copy"),
            said("7", about="elsewhere", is_="new", document="two"),
            said("8", "assessment", about=MEETING, is_="praise", document="two", nature="Evaluative"),
        ),
    )
    assert [(each.says, len(each.origins), len(each.sides)) for each in found.added] == [
        (literal("three says 4", language="en"), 2, 2),
        (literal("three says 5", language="en"), 1, 1),
    ]


def test_what_others_add_is_a_fact_where_the_graph_holds_it() -> None:
    others = tuple(said(n, "attributed", about=MEETING, is_=f"is-{n}", document="two") for n in ("1", "2"))
    found = told(said("1"), others=others, marks=(("two/2", "held"),))
    assert [each.is_fact for each in found.added] == [False, True]


def test_each_character_counts_once_for_a_kind_and_none_twice_as_uncovered() -> None:
    found = cover(
        told(
            said("1", place=(0, 10)),
            said("2", place=(5, 20)),
            said("3", "assessment", place=(15, 30), nature="Evaluative"),
            length=100,
        )
    )
    assert [(s.kind, s.statements, s.characters, s.part) for s in found.shares] == [
        (Kind.FACT, 2, 20, 0.2),
        (Kind.ASSESSMENT, 1, 15, 0.15),
    ]
    assert (found.uncovered, found.uncovered_part) == (70, 0.7)


def test_without_positions_statements_are_counted_and_nothing_else() -> None:
    found = cover(told(said("1"), said("2")))
    assert [(s.statements, s.characters, s.part) for s in found.shares] == [(2, 0, 0.0)]
    assert (found.length, found.uncovered) == (0, 0)


spans = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 30)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=30
)


@given(spans)
def test_what_is_covered_is_as_many_characters_as_lie_in_some_passage(passages: list[tuple[int, int]]) -> None:
    assert covered(passages) == len({place for start, end in passages for place in range(start, end)})


@given(spans)
def test_passages_in_one_line_do_not_overlap(passages: list[tuple[int, int]]) -> None:
    placed = list(zip(lanes(passages), passages, strict=True))
    for lane in {lane for lane, _ in placed}:
        in_lane = [span for own, span in placed if own == lane]
        assert covered(in_lane) == sum(end - start for start, end in in_lane)


@given(spans)
def test_no_more_lines_are_used_than_passages_lie_above_each_other(passages: list[tuple[int, int]]) -> None:
    deepest = max((sum(start <= p < end for start, end in passages) for p in range(100)), default=0)
    assert len(set(lanes(passages))) == deepest


def test_the_strip_has_a_box_for_each_statement_as_wide_as_its_share_of_the_text() -> None:
    found = told(said("1", place=(0, 50)), said("2", "attributed", place=(99, 100)), length=100)
    drawn = strip(found.entries, found.length, lambda entry: f"#s-{entry.number}")
    assert drawn is not None
    boxes = [(b.kind, s.x, s.width, s.link) for b in drawn.bands for s in b.segments]
    assert boxes == [(Kind.FACT, 0.0, 320.0, "#s-1"), (Kind.ATTRIBUTED, 633.6, 6.4, "#s-2")]


def test_the_strip_shows_the_shortest_passage_at_the_end_of_the_text_too() -> None:
    found = told(said("1", place=(9_999, 10_000)), length=10_000)
    drawn = strip(found.entries, found.length, lambda entry: "")
    assert drawn is not None
    (box,) = drawn.bands[0].segments
    assert (box.x + box.width, box.width) == (drawn.width, NARROWEST)


def test_there_is_no_strip_without_positions() -> None:
    assert strip(told(said("1")).entries, 0, lambda entry: "") is None
