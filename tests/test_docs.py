"""Examples in the README and in docs/ are run as they stand, and must print what is written."""

from __future__ import annotations

import re
import subprocess
import textwrap
from pathlib import Path

import pytest

from otsgraph_testing import Server, otsgraph

PROJECT = Path(__file__).parent.parent
PAGES = [PROJECT / "README.md", *sorted(PROJECT.glob("docs/**/*.md"))]
EXAMPLES = [
    pytest.param(command, output, id=f"{page.name} {number}")
    for page in PAGES
    for number, (command, output) in enumerate(
        re.findall(r"```sh\n(.*?)```\n```\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL), 1
    )
]


def test_the_readme_has_five_things_to_try_and_docs_have_more() -> None:
    names = [str(example.id).split()[0] for example in EXAMPLES]
    assert {name: names.count(name) for name in names} == {"README.md": 5, "api.md": 1, "data.md": 1, "queries.md": 6}


def test_the_readme_is_short() -> None:
    assert len(PAGES[0].read_text(encoding="utf-8").splitlines()) <= 150


@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_an_example_prints_what_is_written(server: Server, command: str, output: str) -> None:
    command = command.replace("http://127.0.0.1:8000", server.url).replace("curl ", "curl --silent --show-error ", 1)
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30)
    assert done.stderr == ""
    assert done.stdout.replace("\r\n", "\n").splitlines() == output.splitlines()


def test_the_saved_query_of_the_docs_can_be_asked(tmp_path: Path) -> None:
    text = (PROJECT / "docs" / "queries.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"\n((?:    #\+ .*\n)+(?:    .*\n|\n)+)", text)
    (tmp_path / "adopted-at.rq").write_text(textwrap.dedent(lines), encoding="utf-8")
    done = otsgraph(
        "query", "--saved", "adopted-at", "-p", "meeting=meeting:diaspora-7", "--queries", str(tmp_path), "-f", "csv"
    )
    assert "joint-action-plan-2026,2026" in done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
