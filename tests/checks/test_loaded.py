"""Where a Turtle document writes a term."""

from __future__ import annotations

import pytest

from otsgraph.checks.loaded import Places

DOCUMENT = """\
@base <http://x/id/> .
@prefix s: <http://x/state/> .
@prefix : <http://x/terms#> .

<26> a :Fact ; :about s:a .
<26#passage> :in <26> .

s:a :capital <b> ;
    :name "A" .

s:ab :name "AB" .

s:a :later "yes" .
"""


@pytest.mark.parametrize(
    ("subject", "term", "line"),
    [
        pytest.param("http://x/id/26", "", 5, id="relative to the base"),
        pytest.param("http://x/id/26#passage", "", 6, id="not the shorter name that it begins with"),
        pytest.param("http://x/state/a", "", 8, id="where it is the subject, not where it is first spoken of"),
        pytest.param("http://x/state/ab", "", 11, id="not the longer name that begins with it"),
        pytest.param("http://x/state/a", "http://x/terms#name", 9, id="the line of a term in the block of the subject"),
        pytest.param("http://x/state/a", "http://x/terms#later", 13, id="the line of a term in a later block of the subject"),
        pytest.param("http://x/state/ab", "http://x/terms#capital", 11, id="the subject where the block lacks the term"),
        pytest.param("http://x/id/b", "", 8, id="an object where it is never a subject"),
        pytest.param("http://x/other", "", 0, id="none if it is not there"),
    ],
)  # fmt: skip
def test_the_line_of_a_resource(subject: str, term: str, line: int) -> None:
    assert Places(DOCUMENT).line_of(subject, term) == line
