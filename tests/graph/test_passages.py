"""Text positions, digests and text fragments, on a text made for the purpose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from otsgraph.graph.passages import Passage, TextVersion, check, digest, find_fragment, text_fragment

TEXT = "The meeting was held in Buda. The meeting was short. Everybody liked the self-made cake, and the tea."
VERSION = TextVersion("urn:text", len(TEXT), digest(TEXT))


def passage(words: str) -> Passage:
    start = TEXT.index(words)
    end = start + len(words)
    return Passage("urn:statement", start, end, digest(words), text_fragment(TEXT, start, end))


def test_a_right_passage_is_confirmed() -> None:
    assert check(TEXT, VERSION, [passage("held in Buda")]) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"start": 15}, "have the digest", id="a moved start"),
        pytest.param({"end": 29}, "have the digest", id="a moved end"),
        pytest.param({"end": 10_000}, "are not in a text of", id="an end behind the text"),
        pytest.param({"start": 28, "end": 16}, "are not in a text of", id="an end before the start"),
        pytest.param({"digest": digest("other")}, "have the digest", id="another digest"),
        pytest.param({"fragment": "The%20meeting"}, "does not lead there", id="a fragment that fits twice"),
        pytest.param({"focus_start": 0, "focus_end": 3}, "is not inside the passage", id="a focus outside"),
    ],
)
def test_a_wrong_passage_is_named_with_the_reason(change: dict[str, int | str], words: str) -> None:
    wrong = replace(passage("held in Buda"), **change)  # type: ignore[arg-type]
    found = check(TEXT, VERSION, [wrong])
    assert [m.subject for m in found] == ["urn:statement"] * len(found)
    assert any(words in m.reason for m in found)


def test_another_text_is_told_apart_before_any_position() -> None:
    (found,) = check(TEXT + " ", VERSION, [passage("held in Buda")])
    assert found.subject == "urn:text"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("held in Buda", "held,Buda", id="one word at each end where that is enough"),
        pytest.param("The meeting was short", "The%20meeting%20was%20short", id="whole where nothing less is unique"),
        pytest.param("the self-made cake", "the%20self%2Dmade,cake", id="hyphens are escaped"),
        pytest.param("was short", "was%20short", id="two words stand for themselves"),
        pytest.param("the tea", "the%20tea", id="case does not matter"),
    ],
)
def test_the_text_fragment_is_as_short_as_is_unique(words: str, expected: str) -> None:
    start = TEXT.index(words)
    assert text_fragment(TEXT, start, start + len(words)) == expected
    assert find_fragment(TEXT, expected) == (start, start + len(words))


def test_words_that_stand_elsewhere_are_found_by_what_precedes_them() -> None:
    start = TEXT.rindex("meeting")
    fragment = text_fragment(TEXT, start, start + len("meeting"))
    assert fragment == "Buda.%20The-,meeting"
    assert find_fragment(TEXT, fragment) == (start, start + len("meeting"))
