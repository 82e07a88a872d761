"""The README's examples are run as they stand, and must print what it says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from otsgraph_testing import Server

README = Path(__file__).parent.parent / "README.md"
EXAMPLES = re.findall(r"```sh\n(.*?)```\n```\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_there_are_five_things_to_try_and_three_questions_on_who_says_so() -> None:
    assert len(EXAMPLES) == 5 + 3


@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_an_example_prints_what_the_readme_says(server: Server, command: str, output: str) -> None:
    command = command.replace("http://127.0.0.1:8000", server.url).replace("curl ", "curl --silent --show-error ", 1)
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30)
    assert done.stderr == ""
    assert done.stdout.replace("\r\n", "\n").splitlines() == output.splitlines()
