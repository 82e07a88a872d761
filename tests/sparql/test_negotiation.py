"""Accept headers and formats: RFC 9110 §12.5.1."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otsgraph.errors import NotAcceptable
from otsgraph.rdf.formats import GraphFormat, ResultsFormat
from otsgraph.sparql.protocol import choose_formats, negotiate, parse_accept, prefers_html, quality

JSON, XML, CSV, TSV = ResultsFormat


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        pytest.param(None, JSON, id="no Accept header means the first format offered"),
        pytest.param("", JSON, id="an empty Accept header means the first format offered"),
        pytest.param("*/*", JSON, id="any type means the first format offered"),
        pytest.param("text/csv", CSV, id="a full media type is taken at its word"),
        pytest.param("TEXT/CSV", CSV, id="media types are the same in capitals"),
        pytest.param("text/*", CSV, id="a partial range means the first format of that type"),
        pytest.param("text/csv;q=0.1, */*;q=0.5", JSON, id="a format not named takes the wildcard's weight"),
        pytest.param("text/csv;q=0.5, text/tab-separated-values;q=0.6", TSV, id="the heavier one wins"),
        pytest.param("text/tab-separated-values, text/csv", CSV, id="ties keep our order"),
        pytest.param("application/sparql-results+json;q=0, */*", XML, id="q=0 excludes a format"),
        pytest.param("application/json", JSON, id="an alias asks for its format"),
        pytest.param("text/xml", XML, id="another alias asks for its format"),
        pytest.param("text/csv; charset=utf-8", CSV, id="other parameters do not narrow"),
        pytest.param("text/csv;q=2, text/tab-separated-values", TSV, id="a weight above 1 is passed over"),
        pytest.param("csv, text/tab-separated-values", TSV, id="what is no media range is passed over"),
        pytest.param(
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", XML, id="an alias may be weighted"
        ),
    ],
)
def test_the_results_format_follows_the_accept_header(accept: str | None, expected: ResultsFormat) -> None:
    assert negotiate(accept, tuple(ResultsFormat)) is expected


def test_a_format_that_is_not_offered_is_refused_with_what_is() -> None:
    with pytest.raises(NotAcceptable) as refused:
        negotiate("image/png", tuple(ResultsFormat))
    assert refused.value.members["offered"] == [f.media_type for f in ResultsFormat]


def test_both_families_are_chosen_before_the_kind_of_result_is_known() -> None:
    choice = choose_formats("text/csv, application/n-triples")
    assert (choice.results, choice.graph) == (CSV, GraphFormat.NTRIPLES)


def test_one_family_alone_may_be_acceptable() -> None:
    assert choose_formats("text/csv").graph is None


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        pytest.param("text/html,application/xml;q=0.9,*/*;q=0.8", True, id="a browser prefers HTML"),
        pytest.param("*/*", False, id="a wildcard alone is no wish for HTML"),
        pytest.param("text/html;q=0.5, text/csv", False, id="HTML must be liked better than all others"),
        pytest.param(None, False, id="no wish is no wish for HTML"),
    ],
)
def test_html_goes_to_those_who_ask_for_it(accept: str | None, expected: bool) -> None:
    assert prefers_html(accept, tuple(ResultsFormat)) is expected


@given(st.text())
def test_no_accept_header_breaks_the_parser(accept: str) -> None:
    assert all(0 <= r.quality <= 1 for r in parse_accept(accept))


@pytest.mark.parametrize(
    "element", ["text", "text/", "/csv", "/", "*/csv", "", "text/csv;q=x", "text/csv;q=-1", "text/csv;q=1.1"]
)
def test_what_is_no_media_range_is_none(element: str) -> None:
    assert parse_accept(element) == []


RANGES = st.sampled_from(
    ["*/*", "text/*", "application/*", *(f.media_type for f in ResultsFormat), "image/png", "text/xml"]
)
WEIGHTS = st.sampled_from(["", ";q=0", ";q=0.1", ";q=0.5", ";q=1", ";q=1.000", "; q=0.7", ";charset=utf-8;q=0.3"])


@given(st.lists(st.tuples(RANGES, WEIGHTS), min_size=1, max_size=6))
def test_the_format_chosen_is_accepted_and_none_is_liked_better(header: list[tuple[str, str]]) -> None:
    accept = ", ".join(range_ + weight for range_, weight in header)
    ranges = parse_accept(accept)
    likings = {f: quality(f, ranges) for f in ResultsFormat}
    try:
        chosen = negotiate(accept, tuple(ResultsFormat))
    except NotAcceptable:
        assert not any(likings.values())
    else:
        assert likings[chosen] == max(likings.values()) > 0


@given(st.lists(st.tuples(RANGES, WEIGHTS), min_size=1, max_size=4, unique_by=lambda element: element[0]), st.randoms())
def test_the_order_of_a_header_does_not_matter(header: list[tuple[str, str]], random: Random) -> None:
    shuffled = random.sample(header, len(header))
    liked = [
        {f: quality(f, parse_accept(", ".join(map("".join, order)))) for f in ResultsFormat}
        for order in (header, shuffled)
    ]
    assert liked[0] == liked[1]
