"""Which neighbours of a thing are drawn, where they stand, and that the picture is written down safely."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, PackageLoader, StrictUndefined

from otsgraph.web.charts.drawing import Box
from otsgraph.web.charts.neighbours import MOST_A_SIDE, Neighbour, NeighbourPicture, Node, neighbourhood

SVG = "{http://www.w3.org/2000/svg}"


def to(label: str, relation: str = "held in", kind: str = "city") -> Neighbour:
    return Neighbour(label, kind, f"/page/{label}", relation, incoming=False)


def by(label: str, relation: str = "is host state of", kind: str = "meeting") -> Neighbour:
    return Neighbour(label, kind, f"/page/{label}", relation, incoming=True)


def several(count: int, relation: str, *, incoming: bool = False) -> list[Neighbour]:
    return [(by if incoming else to)(f"{relation} {number}", relation) for number in range(count)]


def drawn(*neighbours: Neighbour, label: str = "Hungary", kind: str = "state") -> NeighbourPicture:
    found = neighbourhood(label, kind, neighbours)
    assert found is not None
    return found


def nodes(found: NeighbourPicture) -> list[Node]:
    """Those of neighbours, in the order of their column."""
    return [node for relation in (*found.incoming, *found.outgoing) for node in relation.nodes]


def shares(found: NeighbourPicture) -> list[int]:
    return [len(relation.nodes) for relation in (*found.incoming, *found.outgoing)]


def frame(node: Node) -> Box:
    return node.x, node.y, node.x + node.width, node.bottom


def inside(found: NeighbourPicture, box: Box) -> bool:
    return 0 <= box[0] <= box[2] <= found.width and 0 <= box[1] <= box[3] <= found.height


def within(node: Node, box: Box) -> bool:
    left, top, right, bottom = frame(node)
    return left <= box[0] and top <= box[1] and box[2] <= right and box[3] <= bottom


def apart(one: Box, other: Box) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def points(path: str) -> list[tuple[float, float]]:
    """Where path data of M, L, H, V, Q and C leads, with the points that pull at its curves."""
    x = y = 0.0
    found = []
    for command, numbers in re.findall(r"([MLHVQCZ])([^MLHVQCZ]*)", path):
        values = [float(number) for number in numbers.split()]
        if command in "HV":
            x, y = (values[0], y) if command == "H" else (x, values[0])
            found.append((x, y))
        elif values:
            found += zip(values[::2], values[1::2], strict=True)
            x, y = found[-1]
    return found


def test_a_thing_with_nothing_next_to_it_has_no_picture() -> None:
    assert neighbourhood("Hungary", "state", []) is None


def test_what_leads_to_a_thing_stands_at_its_left_and_what_it_leads_to_at_its_right() -> None:
    found = drawn(to("Budapest"), by("7th meeting"))
    assert [node.full for node in nodes(found)] == ["7th meeting, meeting, is host state of", "Budapest, city, held in"]
    before, after = nodes(found)
    assert before.x + before.width < found.middle.x
    assert found.middle.x + found.middle.width < after.x


@pytest.mark.parametrize("neighbour", [to("Budapest"), by("Budapest")])
def test_a_picture_of_one_side_leaves_no_column_empty(neighbour: Neighbour) -> None:
    found = drawn(neighbour)
    left, right = sorted([frame(found.middle), frame(nodes(found)[0])])
    assert left[0] < 5
    assert found.width - right[2] < 5
    assert right[0] - left[2] < 100


def test_a_thing_is_level_with_its_only_neighbours() -> None:
    found = drawn(to("Budapest"), by("7th meeting of the heads of diaspora agencies and of their deputies"))
    assert {node.centre for node in nodes(found)} == {found.middle.centre}


def test_neighbours_by_the_same_relation_stand_together_in_the_order_given() -> None:
    found = drawn(to("a", "held in"), to("b", "chaired by"), to("c", " held  in"))
    assert [(each.name.text, [node.lines[0].text for node in each.nodes]) for each in found.outgoing] == [
        ("held in", ["a", "c"]),
        ("chaired by", ["b"]),
    ]


def test_one_relation_both_ways_is_two() -> None:
    found = drawn(to("a", "next to"), by("b", "next to"))
    assert [len(found.incoming), len(found.outgoing)] == [1, 1]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        pytest.param([30], [12], id="one relation has all the room"),
        pytest.param([30, 1, 2], [9, 1, 2], id="small relations are whole before a large one goes on"),
        pytest.param([1, 2, 30], [1, 2, 9], id="whatever their order"),
        pytest.param([9, 9, 9], [4, 4, 4], id="equal ones have equal shares"),
        pytest.param([5, 5, 5, 5, 5], [3, 3, 2, 2, 2], id="what is left over goes to the first"),
        pytest.param([7] * 12, [1] * 12, id="each has one before any has two"),
        pytest.param([2] * 14, [1] * 12, id="more relations than there is room for"),
    ],
)
@pytest.mark.parametrize("incoming", [False, True])
def test_where_there_are_too_many_the_relations_take_turns(
    sizes: list[int], expected: list[int], incoming: bool
) -> None:
    each = [one for place, size in enumerate(sizes) for one in several(size, f"r{place}", incoming=incoming)]
    assert shares(drawn(*each)) == expected


def test_one_side_takes_no_room_from_the_other() -> None:
    assert shares(drawn(*several(90, "held in"), *several(90, "is host state of", incoming=True))) == [12, 12]


def test_a_relation_says_how_many_there_are_where_not_all_are_drawn() -> None:
    found = drawn(*several(1_300, "held in"), *several(2, "chaired by"))
    assert [each.name.text for each in found.outgoing] == ["held in (10 of 1,300)", "chaired by"]


def test_the_summary_says_how_many_are_shown_and_by_what_relations() -> None:
    found = drawn(*several(59, "held in"), *several(2, "is host state of", incoming=True))
    assert found.summary == (
        "14 of 61 shown. What leads to it: is host state of (2). What it leads to: held in (12 of 59)."
    )


@pytest.mark.parametrize(
    ("neighbours", "title"),
    [
        pytest.param([to("a"), by("b")], "What leads to Hungary, and what it leads to", id="both"),
        pytest.param([to("a")], "What Hungary leads to", id="out"),
        pytest.param([by("a")], "What leads to Hungary", id="in"),
    ],
)
def test_the_title_says_what_is_shown(neighbours: Sequence[Neighbour], title: str) -> None:
    assert drawn(*neighbours).title == title


def test_the_kind_is_written_where_the_name_leaves_room_for_it() -> None:
    short, long = nodes(drawn(to("Budapest"), to("Ministry of Foreign Affairs", kind="state agency"), by("x")))[1:]
    assert short.kind is not None
    assert short.kind.text == "city"
    assert long.kind is None
    assert long.full == "Ministry of Foreign Affairs, state agency, held in"


@pytest.mark.parametrize(
    ("kind", "family"),
    [
        ("person", "who"),
        ("state agency", "who"),
        ("State", "where"),
        ("meeting series", "event"),
        ("source document", "words"),
        ("topic", "other"),
        ("", "other"),
    ],
)
def test_a_neighbour_is_coloured_by_the_last_word_of_its_kind(kind: str, family: str) -> None:
    assert nodes(drawn(to("a", kind=kind)))[0].family == family


def test_a_name_is_continued_on_a_second_line_and_cut_there() -> None:
    long = "State Secretariat for National Policy of the Prime Minister's Office of Hungary"
    node = nodes(drawn(to(long), by("x")))[1]
    first, second = [line.text for line in node.lines]
    assert long.startswith(first)
    assert second.endswith("…")
    assert long.startswith(f"{first} {second.removesuffix('…')}")
    assert node.full == f"{long}, city, held in"


def test_what_has_no_name_says_so() -> None:
    found = drawn(to(" "), label="")
    assert [found.middle.full, nodes(found)[0].full] == ["without a name, state", "without a name, city, held in"]


wide = st.text("漢字テスト한글ＷWMЩ🎉👩‍👧مرحبا", max_size=120)
long = st.lists(st.text("abcWM.-", min_size=1, max_size=60), max_size=12).map(" ".join)
any_text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=200)
texts = st.one_of(wide, long, any_text, st.just(""), st.just("https://example.org/" + "very/long/" * 20))
neighbours = st.lists(
    st.builds(Neighbour, texts, texts, texts, st.one_of(texts, st.sampled_from(["a", "b", "c"])), st.booleans()),
    min_size=1,
    max_size=40,
)


@settings(deadline=None)
@given(texts, texts, neighbours)
def test_nothing_is_on_anything_else_or_outside(label: str, kind: str, near: list[Neighbour]) -> None:
    found = drawn(*near, label=label, kind=kind)
    boxes = [found.middle, *nodes(found)]
    for node in boxes:
        written = [*node.lines, *([node.kind] if node.kind else [])]
        assert all(within(node, text.box) for text in written)
        assert all(apart(one.box, other.box) for one, other in combinations(written, 2))
    relations = (*found.incoming, *found.outgoing)
    names = [relation.name.box for relation in relations]
    assert all(box[2] <= frame(each.nodes[0])[2] for each, box in zip(relations, names, strict=True))
    apiece = [*map(frame, boxes), *names]
    assert all(inside(found, box) for box in apiece)
    assert all(apart(one, other) for one, other in combinations(apiece, 2))


@settings(deadline=None)
@given(neighbours)
def test_lines_cross_no_text_and_no_box(near: list[Neighbour]) -> None:
    found = drawn(*near)
    edges = sorted({found.middle.x, *(node.x for node in nodes(found))})
    width = {node.x: node.width for node in (found.middle, *nodes(found))}
    gaps = [(left + width[left], right) for left, right in pairwise(edges)]
    for path in (*found.lines, *found.heads):
        across = [x for x, _ in points(path)]
        assert any(start <= min(across) and max(across) <= end for start, end in gaps)
        assert all(inside(found, (x, y, x, y)) for x, y in points(path))


@given(neighbours)
def test_each_node_drawn_is_reached_by_a_line(near: list[Neighbour]) -> None:
    found = drawn(*near)
    ends = {point for path in found.lines for point in points(path)}
    for relation in found.incoming:
        assert {(node.x + node.width, node.centre) for node in relation.nodes} <= ends
    for relation in found.outgoing:
        assert {(node.x, node.centre) for node in relation.nodes} <= ends


@given(neighbours)
def test_at_most_so_many_are_drawn_and_fairly(near: list[Neighbour]) -> None:
    found = drawn(*near)
    for side, incoming in ((found.incoming, True), (found.outgoing, False)):
        given_here = [each for each in near if each.incoming is incoming]
        assert sum(len(relation.nodes) for relation in side) == min(MOST_A_SIDE, len(given_here))
        all_of = [sum(" ".join(each.relation.split()) == name for each in given_here) for name in names_of(given_here)]
        taken = [len(relation.nodes) for relation in side]
        most = max(taken, default=0)
        assert all(share >= min(total, most - 1) for share, total in zip(taken, all_of, strict=False))


def names_of(near: Sequence[Neighbour]) -> list[str]:
    return list(dict.fromkeys(" ".join(each.relation.split()) for each in near))


@given(texts, neighbours)
def test_the_same_input_gives_the_same_picture(label: str, near: list[Neighbour]) -> None:
    assert drawn(*near, label=label) == drawn(*near, label=label)


def written(found: NeighbourPicture) -> ET.Element:
    """The figure, as a parser of XML reads it; its elements are of the SVG namespace as HTML has it."""
    environment = Environment(
        loader=PackageLoader("otsgraph.web.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    template = '{% from "_neighbours.html" import neighbours %}{{ neighbours(picture) }}'
    text = environment.from_string(template).render(picture=found)
    return ET.fromstring(text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))  # noqa: S314 - our own text


@settings(deadline=None, max_examples=30)
@given(st.lists(st.builds(to, long, st.sampled_from("abc")) | st.builds(by, long), min_size=1, max_size=30))
def test_each_node_drawn_is_a_link_that_says_all_of_it_from_the_left_to_the_right(near: list[Neighbour]) -> None:
    found = drawn(*near)
    links = [(link.attrib["href"], link.attrib["aria-label"]) for link in written(found).iter(f"{SVG}a")]
    assert links == [(node.link, node.full) for node in nodes(found)]
    assert {href for href, _ in links} <= {each.link for each in near}


def test_what_is_cut_is_whole_in_its_title() -> None:
    label, relation = "very long " * 20 + "label", "very long " * 20 + "relation"
    figure = written(drawn(to(label, relation), by(label, relation), label=label))
    assert any((text.text or "").endswith("…") for text in figure.iter(f"{SVG}text"))
    titles = [title.text for title in figure.iter(f"{SVG}title")]
    neighbour = f"{label}, city, {relation}", f"{label}, meeting, {relation}"
    assert titles[1:] == [relation, neighbour[1], f"{label}, state", relation, neighbour[0]]


def test_lines_are_drawn_behind_boxes() -> None:
    shapes = [element.tag.removeprefix(SVG) for element in written(drawn(to("a"), by("b"))).iter()]
    assert shapes.index("path") < shapes.index("rect")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<script>alert(1)</script>", id="markup"),
        pytest.param("\"onload='x'&amp;", id="quotes and an entity"),
        pytest.param("]]>", id="the end of CDATA"),
        pytest.param("very long " * 99 + "end", id="a very long text"),
        pytest.param("مرحبا بالعالم", id="right to left"),
        pytest.param("{{ picture }}{% raw %}", id="template syntax"),
    ],
)
def test_a_label_is_never_more_than_a_text(text: str) -> None:
    near = [Neighbour(text, text, f"/page/{text}", text, incoming) for incoming in (False, True)]
    figure = written(drawn(*near, label=text, kind=text))
    assert {link.attrib["href"] for link in figure.iter(f"{SVG}a")} == {f"/page/{text}"}
    assert {link.attrib["aria-label"] for link in figure.iter(f"{SVG}a")} == {", ".join([text] * 3)}
    assert {element.tag.removeprefix(SVG) for element in figure.iter()} == set(
        "figure svg title desc text g a rect path".split()
    )


def test_a_picture_is_styled_by_classes_alone(project: Path) -> None:
    sheet = (project / "src/otsgraph/web/static/otsgraph.css").read_text(encoding="utf-8")
    figure = written(drawn(to("a", kind="person"), to("b"), to("c", kind="topic"), by("d"), by("e", kind="agreement")))
    assert not [name for element in figure.iter() for name in element.attrib if re.match(r"style|fill|stroke|on", name)]
    classes = {name for element in figure.iter() for name in element.attrib.get("class", "").split()}
    assert {f".{name}" for name in classes - {"other"}} <= set(re.findall(r"\.[a-z-]+", sheet))
