"""`otsgraph validate` and `otsgraph new-document`: what is damaged is found, named and placed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest

from otsgraph.checks.loaded import Report
from otsgraph.checks.validate import validate
from otsgraph.dataset.facts import derived_files
from otsgraph.dataset.sources import packaged_folder

ARTICLE = "data/documents/trend-2025-12-02.ttl"
FACTS = "data/facts/trend-2025-12-02.ttl"
ENTITIES = "data/reference/entities.ttl"
ONTOLOGY = "ontology/otsgraph.ttl"
OTS, ID = "https://w3id.org/otsgraph/ontology#", "https://w3id.org/otsgraph/id/"


def otsgraph(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "otsgraph", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def copy_into(folder: Path) -> Path:
    for part in ("ontology", "data", "queries"):
        shutil.copytree(packaged_folder() / part, folder / part)
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the packaged graph, to be damaged."""
    return copy_into(tmp_path)


def contents(root: Path) -> dict[Path, bytes]:
    """Of every file in a folder."""
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def damage(root: Path, file: str, old: str, new: str) -> int:
    """Replaces the only place where a file has some text; returns the line of that place, from 1."""
    text = (root / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    (root / file).write_text(text.replace(old, new), encoding="utf-8")
    return text.count("\n", 0, text.index(old)) + 1


Validated: TypeAlias = Callable[[str], tuple[Report, int]]


def apart(concerned: Mapping[str, set[str]]) -> list[list[str]]:
    """Names in as few lists as there must be, so that no two in a list concern the same, or one nothing in particular."""
    lists: list[list[str]] = []
    for name, concerns in concerned.items():
        for others in lists:
            if all(concerns.isdisjoint(concerned[other]) and "" not in concerned[other] | concerns for other in others):
                others.append(name)
                break
        else:
            lists.append([name])
    return lists


def shared_validations(
    lists: Sequence[Sequence[str]], make: Callable[[Path, str], int], folders: pytest.TempPathFactory
) -> Validated:
    """What finds the report on the copy that has a damage, and what `make` returned for it; each copy is validated once."""
    places: dict[str, int] = {}

    @cache
    def validated(number: int) -> Report:
        root = copy_into(folders.mktemp("damaged"))
        places.update((name, make(root, name)) for name in lists[number])
        return validate(root)

    def find(name: str) -> tuple[Report, int]:
        return validated(next(n for n, names in enumerate(lists) if name in names)), places[name]

    return find


class Damage(NamedTuple):
    """Some text of a file that is replaced, and which resource is named, in what words."""

    file: str
    old: str
    new: str
    resource: str
    words: str


def line_with(root: Path, file: str, start: str) -> int:
    lines = (root / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(start))


def test_the_packaged_graph_is_valid_and_its_counts_are_told() -> None:
    done = otsgraph("validate")
    assert (done.returncode, done.stderr) == (0, "")
    said = re.sub(r" {2,}", " ", done.stdout)
    for row in (" trend-2025-12-02/facts 65\n", " trend-2025-12-02 111\n", " F 111\n", " st 109\n", "\nvalid\n"):
        assert row in said


def test_the_counts_add_up() -> None:
    counts = validate(packaged_folder()).counts
    layers = counts["statements by layer"]
    made = layers["documents"] + layers["reference"]
    assert sum(counts["statements of documents by origin"].values()) == layers["documents"]
    for ways in ("statements by graph", "statements by voice", "statements by nature"):
        assert sum(counts[ways].values()) == made
    fates = counts["statements by what becomes of them"]
    assert fates["facts"] + fates["claims and background"] == made
    assert fates["read against their source by nobody on record"] == made


def test_the_report_comes_as_json_too(root: Path) -> None:
    damage(root, ENTITIES, ' ; rdfs:label "Hungary"@en', "")
    done = otsgraph("validate", str(root), "--format", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["valid"]) == (1, False)
    (finding,) = (f for f in report["findings"] if f["check"] == "shapes")
    assert (finding["file"], finding["name"]) == (ENTITIES, "state:hungary")
    assert finding["resource"] == "https://w3id.org/otsgraph/id/state/hungary"
    assert finding["line"] == line_with(root, ENTITIES, "state:hungary")
    assert report["counts"]["source identifiers by their letters"]["F"] == 111


DAMAGES = {
    "syntax": Damage(
        ARTICLE, "rdf:predicate ots:ordinal ; rdf:object 7", "rdf:predicate ots:ordinal rdf:object 7",
        "", "A dot is expected at the end of statements",
    ),
    "a position behind the end of the text": Damage(
        ARTICLE, "<005#position> a oa:TextPositionSelector ; oa:start 34 ; oa:end 45", "<005#position> a oa:TextPositionSelector ; oa:start 34 ; oa:end 4500",
        "…/statement/trend-2025-12-02/005#position", "ends at character 4500, but its text has 4412 characters",
    ),
    "a start behind its end": Damage(
        ARTICLE, "<003#position> a oa:TextPositionSelector ; oa:start 18", "<003#position> a oa:TextPositionSelector ; oa:start 180",
        "…/statement/trend-2025-12-02/003#position", "a whole number from 0 that is less than oa:end",
    ),
    "a malformed digest": Damage(
        ARTICLE, "sha256:44365af6", "sha256:44365AF6",
        "…/statement/trend-2025-12-02/002#passage", "64 hexadecimal digits",
    ),
    "a position that nobody confirmed against the text": Damage(
        ARTICLE, "<026#position> a oa:TextPositionSelector ; oa:start 545", "<026#position> a oa:TextPositionSelector ; oa:start 546",
        "…/statement/trend-2025-12-02/026", "is said to stand at characters 546 to 600",
    ),
    "a digest that nobody confirmed against the text": Damage(
        ARTICLE, "sha256:38ba24fb", "sha256:38ba24fc",
        "…/statement/trend-2025-12-02/013", "another digest, text fragment or focus than was confirmed",
    ),
    "a misspelt class": Damage(
        ARTICLE, "<004> a ots:ReportedFact", "<004> a ots:ReportedFakt",
        "…/statement/trend-2025-12-02/004", "uses ots:ReportedFakt, which is defined neither in",
    ),
    "a label that is no name": Damage(
        ENTITIES, 'rdfs:label "Hungary"@en', 'rdfs:label "the country"@en',
        "…/state/hungary", "labelled with words that point to it in one text only",
    ),
    "a missing label": Damage(
        ENTITIES, 'rdfs:label "Kazakhstan"@en', 'rdfs:label "Қазақстан"@kk',
        "…/state/kazakhstan", "needs exactly one English rdfs:label",
    ),
    "a claim among the facts": Damage(
        FACTS, "state:azerbaijan ots:memberOf organization:ots .", "state:azerbaijan ots:memberOf organization:ots ; ots:tookStance <https://w3id.org/otsgraph/id/topic/azerbaijans-active-position> .",
        "…/statement/trend-2025-12-02/096", "Claims are never asserted",
    ),
    "an undefined term of ours": Damage(
        ARTICLE, "rdf:predicate ots:ordinal", "rdf:predicate ots:ordinall",
        "…/statement/trend-2025-12-02/005", "uses ots:ordinall",
    ),
    "an undefined term of another vocabulary": Damage(
        ARTICLE, 'dcterms:identifier "F007"', 'dcterms:identifer "F007"',
        "…/statement/trend-2025-12-02/007", "uses dcterms:identifer",
    ),
    "a dangling IRI": Damage(
        ARTICLE, "rdf:predicate ots:datelinePlace ; rdf:object place:baku", "rdf:predicate ots:datelinePlace ; rdf:object place:bakku",
        "…/statement/trend-2025-12-02/001", "speaks of place:bakku, which is described nowhere",
    ),
    "a missing paraphrase": Damage(
        ARTICLE, 'ots:paraphrase "The agencies whose heads met belong to the member countries of the OTS."@en ;', "",
        "…/statement/trend-2025-12-02/008", "needs an ots:paraphrase in English",
    ),
    "one number for two statements": Damage(
        ARTICLE, "\n<010> a ots:BackgroundStatement", "\n<009> a ots:BackgroundStatement",
        "…/statement/trend-2025-12-02/009", "a number was given to two statements",
    ),
    "one slug for two things": Damage(
        ENTITIES, 'state:kyrgyzstan a ots:State ; rdfs:label "Kyrgyzstan"@en', 'state:uzbekistan a ots:State ; rdfs:label "Kyrgyzstan"@en',
        "…/state/uzbekistan", "two things were given one IRI",
    ),
    "a text fragment of two passages": Damage(
        ARTICLE, 'ots:textFragment "7th%20meeting"', 'ots:textFragment "The%207th,Budapest"',
        "…/statement/trend-2025-12-02/004#passage", "has the text fragment \"The%207th,Budapest\", as another passage at another place has",
    ),
    "a term without label": Damage(
        ONTOLOGY, 'rdfs:label "polity"@en ;', "",
        "…#Polity", "is a term of the ontology, so it needs one English rdfs:label",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Validated:
    """The report on a copy that has a damage, and others of other things; and the line of the damage."""
    copies = apart({name: {damage.resource} for name, damage in DAMAGES.items()})
    return shared_validations(copies, lambda root, name: damage(root, *DAMAGES[name][:3]), tmp_path_factory)


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_is_found_named_and_placed(damaged: Validated, name: str) -> None:
    file, _, _, resource, words = DAMAGES[name]
    report, place = damaged(name)
    found = [f for f in report.findings if f.resource.endswith(resource.removeprefix("…")) and words in f.message]
    assert found, report.as_text()
    named = ARTICLE if "Claims" in words else file
    assert {f.file for f in found} == {named}
    if named == file:
        assert all(abs(f.line - place) <= 12 for f in found), (found, place)


def test_a_slug_that_two_files_have_is_found(root: Path) -> None:
    shutil.copy(root / ENTITIES, root / "data" / "documents" / "entities.ttl")
    (finding,) = validate(root).findings
    assert finding.file == ENTITIES
    assert finding.message == "the slug entities is taken by data/documents/entities.ttl"


def test_syntax_is_told_with_line_and_column_of_every_file_that_cannot_be_read(root: Path) -> None:
    places = {
        file: damage(root, file, old, new)
        for file, old, new in [
            (ARTICLE, "rdf:predicate ots:ordinal ; rdf:object 7", "rdf:predicate ots:ordinal rdf:object 7"),
            (ENTITIES, 'rdfs:label "Hungary"@en', 'rdfs:label "Hungary'),
        ]
    }
    report = validate(root)
    assert {f.file: f.line for f in report.findings} == places
    assert all(f.column > 1 for f in report.findings)
    assert "The rest was not checked" in report.as_text()


def test_facts_that_were_changed_by_hand_are_named(root: Path) -> None:
    damage(root, FACTS, "ots:ordinal 7", "ots:ordinal 8")
    messages = [f.message for f in validate(root).findings if f.check == "facts"]
    assert any(m.startswith("is said to have ots:ordinal 8, which no statement asserts") for m in messages)
    assert any(m.startswith("lacks ots:ordinal 7 of meeting:diaspora-7") for m in messages)


def test_positions_of_a_document_that_were_never_confirmed_are_named(root: Path) -> None:
    (root / "data" / "confirmed" / "trend-2025-12-02.tsv").unlink()
    (finding,) = validate(root).findings
    assert (finding.name, finding.file) == ("text:trend-2025-12-02", ARTICLE)
    assert finding.message.startswith("has positions that were never confirmed against its text.")


def test_positions_in_another_text_than_was_confirmed_are_named(root: Path) -> None:
    damage(root, ARTICLE, "ots:length 4412", "ots:length 4413")
    messages = {f.message for f in validate(root).findings if f.check == "evidence"}
    assert any(m.startswith("is not the text that positions were confirmed against") for m in messages)


def test_missing_facts_are_named(root: Path) -> None:
    (root / FACTS).unlink()
    findings = validate(root).findings
    assert any(f.file == FACTS and f.message.startswith("is missing") for f in findings)


def test_a_competency_question_without_its_answer_is_named(root: Path) -> None:
    damage(root, FACTS, "ots:heldIn place:budapest", "ots:heldIn place:baku")
    messages = [f.message for f in validate(root).findings if f.check == "competency"]
    assert any("In which city" in m and "missing: " in m and "unexpected: " in m for m in messages)


def test_a_rule_that_is_no_query_is_named(root: Path) -> None:
    (root / "ontology" / "rules" / "blank-node.rq").write_text("#+ summary: x\n#+ message: y\nASK { ?resource }\n")
    assert any(f.file == "ontology/rules/blank-node.rq" and "not a query" in f.message for f in validate(root).findings)


def test_a_folder_without_data_is_no_graph(tmp_path: Path) -> None:
    done = otsgraph("validate", str(tmp_path))
    assert done.returncode == 1
    assert "there is no ontology/ or data/ here" in done.stdout


def test_a_path_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = otsgraph("validate", str(tmp_path / "nothing.ttl"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("nothing.ttl: there is no such file\n")
    assert done.stderr.count("\n") == 1


NEW = ("new-document", "mti-2025-12-02", "--url", "https://example.org/news/1", "--published", "2025-12-02")


def test_a_new_document_is_valid_but_for_what_has_to_be_filled_in(root: Path) -> None:
    done = otsgraph(*NEW, "--root", str(root))
    assert (done.returncode, done.stderr) == (0, "")
    findings = validate(root).findings
    assert {f.check for f in findings} == {"still-to-fill-in"}
    assert {f.resource for f in findings if f.resource} == {
        "https://w3id.org/otsgraph/id/statement/mti-2025-12-02/001",
        "https://w3id.org/otsgraph/id/document/mti-2025-12-02",
    }


def test_a_new_document_that_is_filled_in_is_valid(root: Path) -> None:
    otsgraph(*NEW, "--root", str(root))
    file = "data/documents/mti-2025-12-02.ttl"
    damage(
        root,
        file,
        "rdf:subject fill:in ; rdf:predicate fill:in ; rdf:object fill:in ;\n    ots:speaker fill:in ;",
        "rdf:subject <https://w3id.org/otsgraph/id/meeting/diaspora-7> ; rdf:predicate ots:heldIn ;\n"
        "    rdf:object <https://w3id.org/otsgraph/id/place/budapest> ;",
    )
    damage(root, file, "<001> a ots:AttributedStatement", "<001> a ots:ReportedFact")
    damage(root, file, "FILL IN what it is, in a line", "a report of MTI")
    damage(root, "data/reference/documents.ttl", "# FILL IN: the outlet", "# the outlet")
    damage(root, file, '"FILL IN what it says, as one sentence in your own words"', '"They met in Budapest."')
    records = "data/reference/documents.ttl"
    damage(root, records, "FILL IN publisher and day, like: Trend, dispatch of 2 December", "MTI, 2 December")
    damage(root, records, f"ots:publishedBy <{ID}fill-in>", "ots:publishedBy outlet:gondola")
    damage(root, records, "FILL IN a tag like en", "hu")
    damage(
        root,
        records,
        f"ots:origin <{ID}fill-in> ; ots:visibility <{ID}fill-in>",
        "ots:origin origin:hu-state-secretariat-mti ; ots:visibility ots:PartOfText",
    )
    assert [f.check for f in validate(root).findings] == ["facts"]
    for derived in derived_files(root):
        derived.write()
    assert validate(root).valid


def test_a_new_document_with_its_text_has_the_place_of_its_first_sentence(root: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("They met in Budapest. It was cold.", encoding="utf-8")
    otsgraph(*NEW, "--root", str(root), "--text", str(text))
    assert {f.check for f in validate(root).findings} == {"still-to-fill-in"}
    checked = otsgraph("check-evidence", "--source", str(text), "--document", "mti-2025-12-02", "--root", str(root))
    assert checked.returncode == 0
    assert "oa:start 0 ; oa:end 21" in (root / "data/documents/mti-2025-12-02.ttl").read_text()


def test_a_document_elsewhere_is_checked_together_with_the_packaged_graph(root: Path, tmp_path: Path) -> None:
    text = (packaged_folder() / ARTICLE).read_text(encoding="utf-8")
    other = tmp_path / "other-2025-12-02.ttl"
    other.write_text(text.replace("trend-2025-12-02", "other-2025-12-02"), encoding="utf-8")
    done = otsgraph("validate", str(other))
    assert done.returncode == 1
    assert f"{other}:" in done.stdout
    assert "speaks of document:other-2025-12-02, which is described nowhere" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("Mti", "https://x.org/", "2025-12-02"), "is not a slug", id="a slug with capitals"),
        pytest.param(("entities", "https://x.org/", "2025-12-02"), "is taken by data/reference/entities.ttl", id="a slug that is taken"),
        pytest.param(("mti", "x.org", "2025-12-02"), "is not the address of a document", id="an address without scheme"),
        pytest.param(("mti", "https://x.org/", "2025-13-02"), "is not a day", id="a day that is none"),
    ],
)  # fmt: skip
def test_a_new_document_that_cannot_be_is_refused(root: Path, arguments: tuple[str, str, str], words: str) -> None:
    slug, url, published = arguments
    before = contents(root)
    done = otsgraph("new-document", slug, "--url", url, "--published", published, "--root", str(root))
    assert done.returncode == 1
    assert words in done.stderr
    assert contents(root) == before


def append(root: Path, file: str, text: str) -> int:
    """Adds a line to a file, which is made if it is not there; returns its number."""
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{before}{text}\n", encoding="utf-8")
    return before.count("\n") + 1


CLAIM = f"<{ID}group/uzbek-and-kazakh-sides> <{OTS}praised> <{ID}topic/azerbaijani-model> ."


PLACES_OF_CLAIMS = {
    ENTITIES: "graph:entities",
    ONTOLOGY: "graph:ontology",
    "ontology/alignments.ttl": "graph:ontology",
    "data/facts/documents.ttl": r"graph:documents\/facts",
}
"""Where a claim is copied to, and as what graph it is found there."""


@pytest.fixture(scope="module")
def with_claims(tmp_path_factory: pytest.TempPathFactory) -> Validated:
    """The report on a copy where a claim was copied to a file, and to another one of another graph."""
    copies = apart({file: {graph} for file, graph in PLACES_OF_CLAIMS.items()})
    return shared_validations(copies, lambda root, file: append(root, file, CLAIM), tmp_path_factory)


@pytest.mark.parametrize("file", PLACES_OF_CLAIMS)
def test_a_claim_is_found_wherever_it_is_copied_to(with_claims: Validated, file: str) -> None:
    report, _ = with_claims(file)
    where = f"stands in {PLACES_OF_CLAIMS[file]}. Claims are never asserted"
    assert any(where in f.message for f in report.findings), report.as_text()


def test_facts_without_statements_are_named_and_removed(root: Path) -> None:
    append(root, "data/facts/entities.ttl", CLAIM)
    findings = validate(root).findings
    assert any(
        f.file == "data/facts/entities.ttl" and f.message.startswith("belongs to no statements") for f in findings
    )
    assert otsgraph("derive", "--check", "--root", str(root)).returncode == 1
    assert "data/facts/entities.ttl: removed" in otsgraph("derive", "--root", str(root)).stdout
    assert validate(root).valid


def test_a_line_that_is_appended_is_placed_where_it_stands(root: Path) -> None:
    line = append(root, ENTITIES, f"<{ID}state/hungary> <{OTS}memberOf> <{ID}organization/ots> .")
    assert (ENTITIES, line) in {(f.file, f.line) for f in validate(root).findings}


DAMAGES_ELSEWHERE = {
    "syntax of shapes": ("ontology/shapes.ttl", "shape:x a sh:NodeShape", "Unexpected end"),
    "a term in shapes": ("ontology/shapes.ttl", "shape:x a sh:NodeShape ; sh:targetClass ots:Statment .", "uses ots:Statment"),
    "a term of SHACL": ("ontology/shapes.ttl", "shape:x a sh:NodeShape ; sh:mincount 1 .", "sh:mincount is not a term of SHACL"),
    "a pattern in shapes": ("ontology/shapes.ttl", 'shape:x a sh:NodeShape ; sh:targetClass ots:State ; sh:property [ sh:path rdfs:label ; sh:pattern "(" ] .', "cannot be run"),
    "a term in a rule": ("ontology/rules/orphan.rq", "# ots:x\nASK { ots:Nothing ?p ?o }", "uses ots:Nothing"),
    "syntax of a saved query": ("queries/representatives.rq", "LIMIT x", "a whole number from 0, not `x`"),
    "the header of a saved query": ("queries/representatives.rq", "#+ nothing: here", "a line of the header comes after the beginning of the query"),
    "rows without a question": ("queries/competency/q99.csv", "x", "has no question"),
    "syntax of a question": ("queries/competency/q01.rq", "LIMIT y", "is not answered as expected"),
    "a document with another ending": ("data/documents/next.nt", "", "is not read"),
    "a document in a folder": ("data/documents/2026/next.ttl", "", "is not read"),
    "a day that is none": (ENTITIES, 'state:hungary ots:heldOn "2025-02-31"^^<http://www.w3.org/2001/XMLSchema#date> .', "not a value of its datatype"),
    "a control character": (ENTITIES, 'topic:x a ots:Topic ; rdfs:label "a\\u0001b"@en .', "a character that XML cannot hold"),
    "a statement that is gone": ("data/confirmed/trend-2025-12-02.tsv", "id/statement/trend-2025-12-02/999\t1\t2\t\tx\tsha256:0", "has no complete passage here any more"),
}  # fmt: skip
"""A line that is added to a file, and words of what is said of it."""


@pytest.fixture(scope="module")
def damaged_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Validated:
    """The report on a copy that has a damage, and others in other files; and the line of the damage."""
    copies = apart({name: {file, words} for name, (file, _, words) in DAMAGES_ELSEWHERE.items()})
    return shared_validations(copies, lambda root, name: append(root, *DAMAGES_ELSEWHERE[name][:2]), tmp_path_factory)


@pytest.mark.parametrize("name", DAMAGES_ELSEWHERE)
def test_a_damage_elsewhere_is_found(damaged_elsewhere: Validated, name: str) -> None:
    file, _, words = DAMAGES_ELSEWHERE[name]
    report, _ = damaged_elsewhere(name)
    found = [f for f in report.findings if words in f.message]
    assert found, report.as_text()
    assert {f.file for f in found} <= {file, ARTICLE, ""}


GUARDS = ["ontology/rules", "queries/competency"]


@pytest.fixture(scope="module")
def without_guards(tmp_path_factory: pytest.TempPathFactory) -> Validated:
    """The report on a copy whose folders of guards are empty."""

    def empty(root: Path, folder: str) -> int:
        shutil.rmtree(root / folder)
        (root / folder).mkdir()
        return 0

    return shared_validations([GUARDS], empty, tmp_path_factory)


@pytest.mark.parametrize("folder", GUARDS)
def test_a_guard_that_is_gone_is_missed(without_guards: Validated, folder: str) -> None:
    report, _ = without_guards(folder)
    assert any(f.file == folder and "there are no" in f.message for f in report.findings)


def test_one_broken_rule_does_not_hide_what_others_find(root: Path) -> None:
    append(root, "ontology/rules/blank-node.rq", "}")
    damage(
        root,
        ARTICLE,
        "rdf:predicate ots:datelinePlace ; rdf:object place:baku",
        "rdf:predicate ots:datelinePlace ; rdf:object place:bakku",
    )
    checks = {f.check for f in validate(root).findings}
    assert {"rules", "dangling-iri"} <= checks


NO_UTF_8 = (
    [ARTICLE],  # where data cannot be read, nothing else is checked
    ["queries/representatives.rq", "queries/competency/q01.csv", "data/confirmed/trend-2025-12-02.tsv"],
)


@pytest.fixture(scope="module")
def with_no_utf_8(tmp_path_factory: pytest.TempPathFactory) -> Validated:
    """The report on a copy where a file is not UTF-8."""

    def spoil(root: Path, file: str) -> int:
        return (root / file).write_bytes(b"# \xff\n")

    return shared_validations(NO_UTF_8, spoil, tmp_path_factory)


@pytest.mark.parametrize("file", [file for files in NO_UTF_8 for file in files])
def test_a_file_that_is_no_utf_8_is_named(with_no_utf_8: Validated, file: str) -> None:
    report, _ = with_no_utf_8(file)
    assert any(f.file == file and "is not UTF-8" in f.message for f in report.findings)


def test_a_byte_order_mark_is_named(root: Path) -> None:
    (root / ENTITIES).write_bytes(b"\xef\xbb\xbf" + (root / ENTITIES).read_bytes())
    (finding,) = validate(root).findings
    assert "byte order mark" in finding.message


def test_one_mistake_with_hundreds_of_findings_does_not_flood_a_report_for_people(root: Path) -> None:
    damage(root, ARTICLE, "a ots:TextVersion ;", "a ots:TextVersio ;")
    report = validate(root)
    assert len(report.findings) > 100
    lines = report.as_text().splitlines()
    assert len(lines[lines.index("") :]) < 80
    assert "more of this kind" in report.as_text()


@pytest.mark.parametrize(
    ("name", "words"),
    [("next.nt", "ends in .ttl"), ("next.TTL", "ends in .ttl"), ("next", "ends in .ttl")],
)
def test_what_cannot_be_a_document_is_refused(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / name).write_text("garbage")
    done = otsgraph("validate", str(tmp_path / name))
    assert done.returncode == 1
    assert words in done.stderr


def test_two_documents_of_one_name_are_refused(tmp_path: Path) -> None:
    files = [tmp_path / folder / "next.ttl" for folder in "ab"]
    for file in files:
        file.parent.mkdir()
        file.write_text("")
    assert "two documents have this name" in otsgraph("validate", *map(str, files)).stderr


@pytest.mark.parametrize(
    ("slug", "url", "published", "words"),
    [
        pytest.param("ontology", "https://x.org/", "2025-12-02", "is taken by a graph of that name", id="a fixed name"),
        pytest.param("x" * 101, "https://x.org/", "2025-12-02", "is not a slug", id="a name that is too long"),
        pytest.param("next", "https://x.org/%zz", "2025-12-02", "is not the address", id="an escape that is none"),
        pytest.param("next", "https://[::1", "2025-12-02", "is not the address", id="half an address"),
        pytest.param("next", "https://x.org/", "20251202", "is not a day", id="a day without hyphens"),
        pytest.param("next", "https://x.org/", "2025-W49-2", "is not a day", id="a day of a week"),
        pytest.param("next", "https://x.org/", "2025-02-31", "is not a day", id="a day that never was"),
    ],
)
def test_a_new_document_never_breaks_the_graph(root: Path, slug: str, url: str, published: str, words: str) -> None:
    before = contents(root)
    done = otsgraph("new-document", slug, "--url", url, "--published", published, "--root", str(root))
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert contents(root) == before


@pytest.mark.parametrize("text", ["Yes. Yes. Yes.", "  \n ", "a b " * 20_000])
def test_a_text_that_nothing_can_point_into_is_refused(root: Path, tmp_path: Path, text: str) -> None:
    file = tmp_path / "text.txt"
    file.write_text(text)
    before = contents(root)
    done = otsgraph(*NEW, "--root", str(root), "--text", str(file))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: the ")
    assert contents(root) == before


def test_a_document_outside_of_the_root_is_not_reached(root: Path) -> None:
    done = otsgraph("check-evidence", "--source", "x", "--document", f"../../{root.name}/x", "--root", str(root))
    assert done.returncode == 1
    assert "there is no document" in done.stderr


def test_a_place_that_cannot_be_written_is_told_in_one_line(root: Path) -> None:
    shutil.rmtree(root / "data" / "documents")
    (root / "data" / "documents").write_text("")
    done = otsgraph(*NEW, "--root", str(root))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def link_to_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


ODD: dict[str, tuple[Callable[[Path], None], str]] = {
    "a named pipe": (os.mkfifo, "is a named pipe, not a regular file"),
    "a link to a device": (link_to_device, "is a device, not a regular file"),
}


@pytest.mark.parametrize(("make", "reason"), ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize(
    "file",
    [
        pytest.param("data/documents/odd.ttl", id="a document"),
        pytest.param("data/reference/odd.ttl", id="a reference file"),
        pytest.param(FACTS, id="facts"),
        pytest.param(ONTOLOGY, id="the ontology"),
        pytest.param("ontology/alignments.ttl", id="the alignments"),
    ],
)
def test_data_that_is_no_regular_file_is_a_finding(
    root: Path, file: str, make: Callable[[Path], None], reason: str
) -> None:
    (root / file).unlink(missing_ok=True)
    make(root / file)
    assert [(f.file, f.message) for f in validate(root).findings] == [(file, reason)]


def test_whatever_else_is_no_regular_file_is_a_finding_and_the_rest_is_checked(root: Path) -> None:
    files = {
        "data/confirmed/trend-2025-12-02.tsv": "evidence",
        "ontology/rules/odd.rq": "rules",
        "ontology/shapes.ttl": "shapes",
        "queries/competency/odd.rq": "competency",
        "queries/odd.rq": "queries",
    }
    for number, file in enumerate(files):
        (root / file).unlink(missing_ok=True)
        make, _ = list(ODD.values())[number % 2]
        make(root / file)
    (root / "queries" / "wrong.rq").write_text("ASK { }")
    findings = validate(root).findings
    reasons = {reason for _, reason in ODD.values()}
    assert {f.file: f.check for f in findings if f.message in reasons} == files
    assert "queries/wrong.rq" in {f.file for f in findings}


def test_a_link_out_of_the_folder_is_a_finding(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "file.ttl"
    (root / ARTICLE).rename(outside)
    (root / ARTICLE).symlink_to(outside)
    (finding,) = validate(root).findings
    assert finding.file == ARTICLE
    assert finding.message.startswith("is a link that leads out of ")


def test_every_odd_file_is_found_not_only_the_first(root: Path) -> None:
    os.mkfifo(root / "data/documents/pipe.ttl")
    (root / "data/documents/folder.ttl").mkdir()
    (root / "data/documents/huge.ttl").touch()
    os.truncate(root / "data/documents/huge.ttl", 2**40)
    (root / "data/reference/nothing.ttl").symlink_to("nowhere")
    (root / "data/reference/broken.ttl").write_text("this is no Turtle")
    names = ("documents/folder", "documents/huge", "documents/pipe", "reference/broken", "reference/nothing")
    assert [f.file for f in validate(root).findings] == [f"data/{name}.ttl" for name in names]


def test_a_file_that_would_end_the_reader_is_a_finding_among_others(root: Path) -> None:
    nested = f"<x:a> <x:b> {'<<( <x:a> <x:b> ' * 60_000}<x:c>{' )>>' * 60_000} ."
    for name in ("a", "c"):
        (root / "data" / "documents" / f"{name}.ttl").write_text(nested)
    (root / "data" / "documents" / "b.ttl").write_text("this is no Turtle")
    done = otsgraph("validate", str(root))
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (1, "")
    assert [line.split(":")[0] for line in lines[:3]] == [f"data/documents/{name}.ttl" for name in "abc"]
    assert all("is nested too deeply" in lines[number] for number in (0, 2))


def test_links_in_the_folder_are_followed_hidden_names_are_not_data_and_a_linked_folder_is_a_finding(
    root: Path,
) -> None:
    hidden = root / "data" / "documents" / "..data"
    hidden.mkdir()
    (root / ARTICLE).rename(hidden / "article.ttl")
    (root / ARTICLE).symlink_to("..data/article.ttl")
    (root / "data" / "documents" / ".#editor.ttl").symlink_to("somebody@somewhere.1:2")
    (root / "data" / "documents" / "more").symlink_to("../reference")
    (finding,) = validate(root).findings
    assert (finding.check, finding.file) == ("files", "data/documents/more")


@pytest.mark.parametrize(("make", "reason"), ODD.values(), ids=ODD.keys())
def test_a_document_named_on_the_command_line_is_a_regular_file(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    make(tmp_path / "odd.ttl")
    done = otsgraph("validate", str(tmp_path / "odd.ttl"))
    assert (done.returncode, done.stderr) == (1, f"Error: {tmp_path}/odd.ttl: {reason}\n")


def test_derive_writes_into_the_folder_and_not_through_a_link(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "file.ttl"
    outside.write_text("somebody's own")
    facts = (root / FACTS).read_text(encoding="utf-8")
    (root / FACTS).unlink()
    (root / FACTS).symlink_to(outside)
    assert otsgraph("derive", "--root", str(root)).returncode == 0
    assert outside.read_text() == "somebody's own"
    assert (root / FACTS).read_text(encoding="utf-8") == facts
