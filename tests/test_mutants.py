"""The tool that plants faults: which ones, where, and that it tells what no test noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mutants import main, related_tests
from mutants_testing import faults_in

MODULE = """\
\"\"\"Counts.\"\"\"
def is_small(number: int) -> bool:
    return number < 10
"""


def planted(text: str, name: str = "module.py") -> set[str]:
    return {fault.planted(text) for fault in faults_in(name, text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("x = a < b", {"x = a <= b", "x = a >= b"}, id="a comparison is turned round or off by one"),
        pytest.param("x = a < b == c", {"x = a <= b == c", "x = a >= b == c", "x = a < b != c"}, id="each of a chain of comparisons"),
        pytest.param("x = a not in b", {"x = a in b"}, id="being in something"),
        pytest.param("x = a is None", {"x = a is not None"}, id="being something"),
        pytest.param("x = a and b and c", {"x = a or b and c", "x = a and b or c"}, id="and becomes or"),
        pytest.param("x = é or b", {"x = é and b"}, id="or becomes and, behind a letter of two bytes"),
        pytest.param("x = not (a or b)", {"x = (a or b)", "x = not (a and b)"}, id="a not is removed"),
        pytest.param("if a: pass", {"if not (a): pass", "if True: pass", "if False: pass"}, id="a condition"),
        pytest.param("x = [a for a in b if not a]", {"x = [a for a in b if (a)]", "x = [a for a in b if True]", "x = [a for a in b if False]"}, id="the condition of a comprehension"),
        pytest.param("x = {a, *b}", {"x = {*b}", "x = {a}"}, id="an element of a set is removed"),
        pytest.param("x = {a}", {"x = set()"}, id="the only element of a set"),
        pytest.param("x = (a, b)", {"x = (b,)", "x = (a,)"}, id="an element of a tuple"),
        pytest.param("x = frozenset([a])", {"x = frozenset([])"}, id="the only element of a list"),
        pytest.param("x = {a: b, **c}", {"x = {**c}", "x = {a: b}"}, id="an entry of a dict"),
        pytest.param("x = 'a b'.split()", {"x = 'b'.split()", "x = 'a'.split()"}, id="a word of a list of words"),
        pytest.param("f(a, *b, c=d, **e)", {"f(a, *b, **e)"}, id="a keyword argument is dropped"),
        pytest.param("f(c=d)", {"f()"}, id="the only argument"),
        pytest.param("def f():\n return a", {f"def f():\n return {x}" for x in ("None", "True", "False")}, id="what is returned"),
        pytest.param("x = 7", {"x = 8"}, id="a number is moved by one"),
        pytest.param("x = True", {"x = False"}, id="a truth value is turned round"),
        pytest.param("x: TypeAlias = dict[1, 2]", set(), id="nothing of a type by another name"),
        pytest.param("@a(b=1)\ndef f(x: 1) -> 2:\n \'\'\'3\'\'\'", set(), id="nothing of decorators, types and descriptions"),
        pytest.param("x = f'{a < b}'", set(), id="nothing inside of an f-string"),
    ],
)  # fmt: skip
def test_the_faults_of_a_module(text: str, expected: set[str]) -> None:
    assert planted(text) == expected


QUERY = 'ASK { ?s a ?o ; ?p 1 , 2 . GRAPH ?g { ?s ?p [ ?q "." ] } FILTER(?o > 1) FILTER NOT EXISTS { ?s ?p 3 } }'


def test_the_faults_of_a_query() -> None:
    removed = [
        "a ?o ;",
        " ; ?p 1 , 2",
        '?s ?p [ ?q "." ]',
        "FILTER(?o > 1)",
        "FILTER NOT EXISTS { ?s ?p 3 }",
        "?s ?p 3",
    ]
    squeezed = {" ".join(text.split()) for text in planted(QUERY, "query.rq")}
    assert squeezed == {" ".join(QUERY.replace(part.strip(), "", 1).split()) for part in removed}


SHAPES = """\
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix shape: <x:> .
shape:a a sh:NodeShape ; sh:targetClass shape:C ; sh:property shape:b , shape:c .
shape:b sh:path shape:p ; sh:minCount 1 ; sh:or ( [ sh:nodeKind sh:IRI ] [ sh:pattern "a;b" ] ) ; sh:message "It ; sh:is." .
"""


def test_the_faults_of_shapes() -> None:
    removed = [
        " ; sh:minCount 1",
        ' ; sh:or ( [ sh:nodeKind sh:IRI ] [ sh:pattern "a;b" ] )',
        " , shape:c",
        "shape:b , ",
    ]
    squeezed = {" ".join(text.split()) for text in planted(SHAPES, "shapes.ttl")}
    assert squeezed == {" ".join(SHAPES.replace(part, "", 1).split()) for part in removed}


@pytest.mark.parametrize(
    ("file", "least"),
    [("src/otsgraph/web/http/files.py", 80), ("queries/what-others-add.rq", 10), ("ontology/rules/orphan.rq", 3), ("ontology/shapes.ttl", 150)],
)  # fmt: skip
def test_real_files_have_faults_of_which_each_is_another(project: Path, file: str, least: int) -> None:
    text = (project / file).read_text(encoding="utf-8")
    found = faults_in(file, text)
    assert len(found) >= least
    assert len({fault.planted(text) for fault in found} | {text}) == len(found) + 1


@pytest.fixture
def small_project(tmp_path: Path) -> Path:
    """A module, another one that imports it, and a test that does not try the number 10."""
    texts = {
        "src/small/__init__.py": "",
        "src/small/count.py": MODULE,
        "src/small/further.py": "from small.count import is_small\n",
        "tests/test_count.py": "from small.count import is_small\n\ndef test_it():\n    assert is_small(9)\n    assert not is_small(11)\n",
        "tests/test_further.py": "from small.further import is_small\n\ndef test_it():\n    assert is_small(1)\n",
        "tests/test_else.py": "def test_it():\n    assert False\n",
    }  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_tests_of_a_module_are_those_that_import_it_then_those_that_import_what_does(small_project: Path) -> None:
    found = related_tests(small_project, Path("src/small/count.py"))
    assert found == ["tests/test_count.py", "tests/test_further.py"]


def test_what_survives_is_told_with_its_place_and_the_checkout_is_as_it_was(
    small_project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before_it = {path: path.read_bytes() for path in small_project.rglob("*") if path.is_file()}
    assert main(["src/small/count.py"], small_project) == 0
    *survivors, counted = capsys.readouterr().out.strip().split("src/small/count.py:")[1:]
    line = "return number < 10"
    expected = [("3", line, line.replace("<", "<=")), ("3", line, line.replace("10", "11"))]
    found = []
    for one in survivors:
        where, before, after = (part.strip() for part in one.splitlines()[:3])
        found.append((where.partition(":")[0], before.removeprefix("- "), after.removeprefix("+ ")))
    assert sorted(found) == sorted(expected)
    assert counted.strip() == "killed 4 of 6"
    assert {path: path.read_bytes() for path in small_project.rglob("*") if path.is_file()} == before_it


def test_a_choice_of_faults_is_the_same_for_the_same_seed(
    small_project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for seed in ("1", "1"):
        main(["src/small/count.py", "--most", "1", "--seed", seed], small_project)
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert said[0].strip().endswith(" of 1")


@pytest.mark.parametrize("tests", ["tests/test_else.py", "tests/test_nothing.py"])
def test_tests_that_fail_without_a_fault_say_nothing(
    small_project: Path, capsys: pytest.CaptureFixture[str], tests: str
) -> None:
    assert main(["src/small/count.py", "--tests", tests], small_project) == 2
    assert capsys.readouterr().out == f"src/small/count.py: its tests fail, or there are none: {tests}\n"
