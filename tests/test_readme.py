"""The README's examples are run as they stand, and must print what it says."""

from __future__ import annotations

import re
import subprocess
import textwrap
from pathlib import Path

import pytest

from otsgraph_testing import Server, otsgraph

README = Path(__file__).parent.parent / "README.md"
EXAMPLES = re.findall(r"```sh\n(.*?)```\n```\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_there_are_examples_in_every_chapter_that_has_some() -> None:
    assert len(EXAMPLES) == 5 + 3 + 1 + 3


@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_an_example_prints_what_the_readme_says(server: Server, command: str, output: str) -> None:
    command = command.replace("http://127.0.0.1:8000", server.url).replace("curl ", "curl --silent --show-error ", 1)
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30)
    assert done.stderr == ""
    assert done.stdout.replace("\r\n", "\n").splitlines() == output.splitlines()


def test_the_saved_query_of_the_readme_can_be_asked(tmp_path: Path) -> None:
    (lines,) = re.findall(r"\n((?:    #\+ .*\n)+(?:    .*\n|\n)+)", README.read_text(encoding="utf-8"))
    (tmp_path / "adopted-at.rq").write_text(textwrap.dedent(lines), encoding="utf-8")
    done = otsgraph(
        "query", "--saved", "adopted-at", "-p", "meeting=meeting:diaspora-7", "--queries", str(tmp_path), "-f", "csv"
    )
    assert "joint-action-plan-2026,2026" in done.stdout
