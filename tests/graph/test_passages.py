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


def test_a_text_of_the_right_digest_and_another_length_is_another_text() -> None:
    (found,) = check(TEXT, replace(VERSION, length=len(TEXT) + 1), [passage("held in Buda")])
    assert found.subject == VERSION.iri
    assert found.reason.startswith("this is another text")


def reasons(words: str, **change: int | str) -> list[str]:
    """What is wrong with the passage of some words after a change."""
    return [m.reason for m in check(TEXT, VERSION, [replace(passage(words), **change)])]  # type: ignore[arg-type]


START = TEXT.index("held in Buda")
END = START + len("held in Buda")


@pytest.mark.parametrize(
    ("focus", "inside"),
    [
        pytest.param((START, END), True, id="the whole passage"),
        pytest.param((START + 5, START + 7), True, id="a word in the middle"),
        pytest.param((START, END + 1), False, id="one that ends behind the passage"),
        pytest.param((START - 1, END), False, id="one that begins before the passage"),
        pytest.param((START + 5, START + 5), False, id="an empty one"),
        pytest.param((END, START), False, id="one that ends before it begins"),
    ],
)
def test_a_focus_is_a_part_of_its_passage(focus: tuple[int, int], inside: bool) -> None:
    expected = [] if inside else [f"the focus {focus[0]} to {focus[1]} is not inside the passage"]
    assert reasons("held in Buda", focus_start=focus[0], focus_end=focus[1]) == expected


def test_a_fragment_that_fits_several_times_leads_nowhere_even_if_it_fits_its_passage_first() -> None:
    assert TEXT.index("The meeting") == 0
    assert TEXT.count("The meeting") == 2
    assert find_fragment(TEXT, "The%20meeting") is None
    (reason,) = reasons("The meeting was held", fragment="The%20meeting,held")
    assert reason == "the text fragment The%20meeting,held does not lead there; The%20meeting%20was%20held does"


def test_a_passage_that_no_fragment_can_lead_to_is_named_like_any_other() -> None:
    words = "The meeting"
    unreachable = Passage("urn:statement", 0, len(words), digest(words), "The%20meeting")
    (found,) = check(TEXT, VERSION, [unreachable])
    assert found.reason == "the text fragment The%20meeting does not lead there; none does, so it needs more words"


def test_a_range_that_begins_like_another_passage_leads_nowhere() -> None:
    assert find_fragment(TEXT, "The%20meeting,Buda") is None
    assert find_fragment(TEXT, "The%20meeting%20was%20held,Buda") == (0, END)
