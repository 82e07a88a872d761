"""Names are found however they are typed, the best first, and no text is an error."""

from __future__ import annotations

import sqlite3
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otsgraph.graph.names import MOST_NAMES, Match, Name, Names, Thing, fold, write_index


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        pytest.param("Macarıstan", "macaristan", id="a dotless ı is an i"),
        pytest.param("MACARISTAN", "macaristan", id="capitals are small letters"),
        pytest.param("İstanbul", "istanbul", id="a dotted İ is an i"),
        pytest.param("Türkiye", "turkiye", id="a letter loses its mark"),
        pytest.param("Özbekistan", "ozbekistan", id="a capital loses its mark"),
        pytest.param("Qırğızıstan", "qirgizistan", id="several letters lose their marks"),
        pytest.param("Magyarorsza\u0301g", "magyarorszag", id="a mark may be a character of its own"),
        pytest.param("Azərbaycan", "azerbaycan", id="ə is typed as e"),
        pytest.param("Łódź Đakovo Øresund Ħamrun", "lodz dakovo oresund hamrun", id="a bar is no letter of its own"),
        pytest.param("Æneas, œuvre, Þór, Straße", "aeneas oeuvre thor strasse", id="one letter may become two"),
        pytest.param("O'zbekiston", "ozbekiston", id="an apostrophe goes"),
        pytest.param("Oʻzbekiston", "ozbekiston", id="the Uzbek apostrophe goes"),
        pytest.param(
            "O‘zbekiston O’zbekiston Oʼzbekiston", "ozbekiston " * 2 + "ozbekiston", id="every apostrophe goes"
        ),
        pytest.param("O`zbekiston O´zbekiston", "ozbekiston ozbekiston", id="an accent may stand for an apostrophe"),
        pytest.param("Қазақстан", "қазақстан", id="Cyrillic stays Cyrillic"),
        pytest.param("Россий", "россий", id="й is not и"),
        pytest.param("ЁЖ", "ёж", id="ё is not е"),
        pytest.param("Касым-Жомарт", "касым жомарт", id="a hyphen is a space"),
        pytest.param("2022–2026", "2022 2026", id="a dash is a space"),
        pytest.param('"Day.Az" (news)', "day az news", id="punctuation is space"),
        pytest.param("  Fuad \t\n Muradov ", "fuad muradov", id="white space is one space between words"),
        pytest.param("a\0b", "a b", id="a control character is a space"),
        pytest.param("Buda\u00adpest", "budapest", id="a soft hyphen is nothing"),
        pytest.param("C++", "c++", id="a symbol stays"),
        pytest.param("…!?", "", id="punctuation alone is nothing"),
    ],
)
def test_a_name_folds_to_what_people_type(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(st.text())
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_what_is_folded_is_words_without_punctuation_and_control_characters(text: str) -> None:
    assert {unicodedata.category(character)[0] for word in fold(text).split(" ") for character in word} <= set("LMNS")


def thing(name: str, weight: int = 1) -> Thing:
    return Thing(f"http://x/{name}", name, "thing", weight=weight)


HUNGARY = thing("Hungary", weight=53)
AMBASSADOR = thing("Ambassador of Hungary", weight=7)
HUNGARIAN_COUNCIL = thing("Hungarian Diaspora Council", weight=3)
MURADOV = thing("Fuad Muradov", weight=26)
MURADOVA = thing("Muradova", weight=4)
FORUM = thing("Forum of the Fuad Muradov Fund", weight=90)
COUNTRY = thing("country", weight=0)
COUNTRYSIDE = thing("countryside", weight=5)
UPCOUNTRY = thing("upcountry", weight=5)
THINGS = [HUNGARY, AMBASSADOR, HUNGARIAN_COUNCIL, MURADOV, MURADOVA, FORUM, COUNTRY, COUNTRYSIDE, UPCOUNTRY]
NAMES = [
    *(Name(each.iri, each.label, "en", is_label=True) for each in THINGS),
    Name(HUNGARY.iri, "Magyarország", "hu"),
    Name(HUNGARY.iri, "Macaristan", "tr"),
    Name(HUNGARY.iri, "Macarıstan", "az"),
    Name(HUNGARY.iri, "Венгрия", "ru"),
    Name(HUNGARY.iri, "Венгрия", "kk"),
    Name(MURADOV.iri, "F. Muradov"),
]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Names:
    return index(tmp_path_factory.mktemp("names"), THINGS, NAMES)


def index(folder: Path, things: list[Thing], names: list[Name]) -> Names:
    write_index(folder / "names.sqlite", things, names)
    return Names(folder / "names.sqlite")


def labelled(folder: Path, *things: Thing) -> Names:
    return index(folder, list(things), [Name(each.iri, each.label) for each in things])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Hungary", [HUNGARY, AMBASSADOR], id="the whole name comes before a part of it"),
        pytest.param(
            "hung", [HUNGARY, HUNGARIAN_COUNCIL, AMBASSADOR], id="the begin of a name comes before that of a word"
        ),
        pytest.param("ungar", [HUNGARY, AMBASSADOR, HUNGARIAN_COUNCIL], id="a part is found anywhere"),
        pytest.param("muradov", [MURADOVA, FORUM, MURADOV], id="the rule comes before the weight"),
        pytest.param("fuad", [MURADOV, FORUM], id="begins come before inner words"),
        pytest.param("muradov fuad", [FORUM, MURADOV], id="words are found in any order, and more weight comes first"),
        pytest.param("fuad hungary", [], id="all words must be in one name"),
        pytest.param("magyarorszag fuad", [], id="names of different things do not add up"),
        pytest.param("hu", [HUNGARY, HUNGARIAN_COUNCIL, AMBASSADOR], id="two letters begin a word"),
        pytest.param("d", [HUNGARIAN_COUNCIL], id="one letter begins a word"),
        pytest.param("m f", [FORUM, MURADOV], id="letters begin words in any order"),
        pytest.param("cou", [COUNTRYSIDE, HUNGARIAN_COUNCIL, UPCOUNTRY, COUNTRY], id="what has no weight comes last"),
        pytest.param("country", [COUNTRY, COUNTRYSIDE, UPCOUNTRY], id="except when it is named in full"),
        pytest.param("MAGYARORSZAG", [HUNGARY], id="other names are found too, however typed"),
        pytest.param("венгр", [HUNGARY], id="a thing of several names is found once"),
        pytest.param("Hungary, of: ambassador!", [AMBASSADOR], id="punctuation does not count"),
        pytest.param("hungary " * 100, [HUNGARY, AMBASSADOR], id="a word may come twice"),
        pytest.param(
            "Hungary" + " " * 200 + "fuad", [HUNGARY, AMBASSADOR], id="what stands behind 200 characters is cut off"
        ),
    ],
)
def test_things_are_found_by_their_names_the_best_first(names: Names, text: str, found: list[Thing]) -> None:
    assert [match.thing for match in names.search(text)] == found


@pytest.mark.parametrize(
    ("things", "order"),
    [
        pytest.param([thing("Bursa A", 1), thing("Bursa BB", 2)], ["Bursa BB", "Bursa A"], id="weight"),
        pytest.param([thing("Bursa AA"), thing("Bursa B")], ["Bursa B", "Bursa AA"], id="length of the name"),
        pytest.param([thing("Bursa B"), thing("Bursa A")], ["Bursa A", "Bursa B"], id="label"),
    ],
)
def test_matches_as_good_are_ordered_by(things: list[Thing], order: list[str], tmp_path: Path) -> None:
    found = labelled(tmp_path, *things).search("Bursa")
    assert [match.thing.label for match in found] == order


def test_matches_as_good_with_the_same_label_are_ordered_by_iri(tmp_path: Path) -> None:
    things = [Thing(f"http://x/{end}", "Bursa", "city", weight=1) for end in "cab"]
    assert [match.thing.iri[-1] for match in labelled(tmp_path, *things).search("bursa")] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("text", "name", "language"),
    [
        pytest.param("magyar", "Magyarország", "hu", id="the name that matches"),
        pytest.param("Macarıstan", "Macarıstan", "az", id="of names that fold to the same the one that was typed"),
        pytest.param("Macaristan", "Macaristan", "tr", id="and not another"),
        pytest.param("muradov", "F. Muradov", "", id="the shortest of several, which may have no language"),
    ],
)
def test_a_match_tells_by_which_name(names: Names, text: str, name: str, language: str) -> None:
    found = names.search(text)
    assert (name, language) in [(match.name, match.language) for match in found]


@pytest.mark.parametrize("limit", [0, 1, 2, 3])
def test_no_more_are_found_than_asked_for(names: Names, limit: int) -> None:
    assert len(names.search("hung", limit)) == limit


def test_a_thing_of_many_names_leaves_room_for_others(tmp_path: Path) -> None:
    many, other = thing("Bursa", 9), thing("Bursa B", 1)
    own = [Name(many.iri, f"Bursa {number}") for number in range(3 * MOST_NAMES)]
    found = index(tmp_path, [many, other], [*own, Name(other.iri, other.label)]).search("bursa", limit=2)
    assert [match.thing for match in found] == [many, other]


def test_of_very_many_names_the_label_is_kept(tmp_path: Path) -> None:
    many = thing("A city with a long label")
    own = [Name(many.iri, f"Bursa {number}") for number in range(3 * MOST_NAMES)]
    found = index(tmp_path, [many], [*own, Name(many.iri, many.label, "en", is_label=True)])
    assert [match.thing for match in found.search("long label")] == [many]
    assert found.search("Bursa 149") == []


TEXTS = [
    "", " ", "*", '"', "'", "''", '""', "AND", "OR", "NOT", "NEAR(a b)", "hungary AND", "hungary* OR fuad", "-hungary",
    "padded : hungary", "{padded} : x", "^hungary", '"hungary', "hungary\0fuad", "\0", "%", "_", "\\", "();--", "'; DROP TABLE names; --",
    "🎉", "👩‍👩‍👧", "\ud800", "ﷺ" * 300, "x" * 10_000, "a " * 5_000, "\u0301", "\u0301" * 300, "+", "?", "\U0010ffff", "\u202e",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_a_text_of_any_kind_gives_a_list(names: Names, text: str) -> None:
    gives_lists(names, text)


@given(st.text(st.characters()) | st.text(st.sampled_from("hungary fuad\"'*-+:^(){}ANDORT\0\ud800́")))
def test_any_text_whatever_gives_a_list(names: Names, text: str) -> None:
    gives_lists(names, text)


def gives_lists(names: Names, text: str) -> None:
    assert isinstance(names.search(text), list)
    assert isinstance(names.near(text), list)
    assert isinstance(names.named(text), list)
    assert isinstance(names.labels([text]), dict)
    assert names.thing(text) is None


@given(st.lists(st.text(st.sampled_from("abiıéй '-"), max_size=8), max_size=6), st.text(st.sampled_from("abiıéй '-")))
def test_what_has_all_words_somewhere_is_found_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, labels: list[str], text: str
) -> None:
    things = [Thing(f"http://x/{number}", label, "thing", weight=1) for number, label in enumerate(labels)]
    found = labelled(tmp_path_factory.getbasetemp(), *things).search(text)
    words = fold(text).split()

    def has(word: str, name: str) -> bool:
        return word in name if len(word) > 2 else f" {word}" in f" {name}"

    expected = {t.iri for t in things if words and all(has(word, fold(t.label)) for word in words)}
    assert {match.thing.iri for match in found} == expected


def test_the_things_of_a_name_are_those_that_it_names_in_full(tmp_path: Path) -> None:
    light, heavy, other = thing("Şuşa", 1), thing("Susa", 2), thing("Susa Forum", 3)
    assert labelled(tmp_path, light, heavy, other).named("ŞUŞA") == [heavy, light]


def test_nothing_names_nothing(tmp_path: Path) -> None:
    assert labelled(tmp_path, thing("…")).named("!") == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        pytest.param("Hungry", HUNGARY, id="a letter is missing"),
        pytest.param("Hungarry", HUNGARY, id="a letter is too many"),
        pytest.param("Hugnary", HUNGARY, id="letters have changed places"),
        pytest.param("Magyarorsag", HUNGARY, id="another name is meant"),
        pytest.param("Фуад Венгрия", HUNGARY, id="half of it is another name"),
        pytest.param("Fuad Muradof", MURADOV, id="one word of two is misspelt"),
    ],
)
def test_the_likest_name_is_near(names: Names, typed: str, meant: Thing) -> None:
    assert names.near(typed)[0].thing == meant


def test_what_is_like_no_name_is_near_nothing(names: Names) -> None:
    assert names.near("Reykjavik") == []


def test_each_thing_is_near_once_and_no_more_than_asked_for(names: Names) -> None:
    near = names.near("Macarstan")
    assert [match.thing for match in near] == [HUNGARY]
    assert len(names.near("Hungary", limit=0)) == 0


def test_labels_are_given_of_what_has_one(names: Names) -> None:
    asked = [HUNGARY.iri, "http://x/none", *(f"http://x/{number}" for number in range(40_000))]
    assert names.labels(asked) == {HUNGARY.iri: "Hungary"}


def test_a_thing_is_given_by_its_iri(names: Names) -> None:
    assert names.thing(HUNGARY.iri) == HUNGARY
    assert names.thing("http://x/none") is None


def test_things_are_counted(names: Names) -> None:
    assert sum(n for _, n in names.kinds()) == len(THINGS)


def test_an_index_may_be_empty(tmp_path: Path) -> None:
    empty = index(tmp_path, [], [])
    assert (sum(n for _, n in empty.kinds()), empty.search("a"), empty.near("abc")) == (0, [], [])


def test_an_index_is_written_anew(tmp_path: Path) -> None:
    labelled(tmp_path, HUNGARY)
    assert [match.thing for match in labelled(tmp_path, MURADOV).search("u")] == []
    assert len(Names(tmp_path / "names.sqlite").kinds()) == 1


def test_names_of_nothing_that_is_known_are_left_out(tmp_path: Path) -> None:
    assert index(tmp_path, [HUNGARY], [Name("http://x/other", "Other")]).search("other") == []


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "a ?mode=rwc#%41 ü"
    folder.mkdir()
    assert labelled(folder, HUNGARY).search("hungary") == [Match(HUNGARY, "Hungary", "")]


def test_an_index_that_is_missing_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.Error):
        Names(tmp_path / "names.sqlite").search("a")
    assert not list(tmp_path.iterdir())


def test_threads_may_search_at_once(names: Names) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(names.search, ["hungary"] * 200))
    assert found == [names.search("hungary")] * 200
