"""Where the files are that the graph was made from, if they are at hand; the project does not hold them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

NAMES = ("corroboration.json", "gold_facts.json", "reference_facts.json")


def source_files(project: Path) -> list[Path]:
    """Where they should be: in the folder that OTSGRAPH_TEST_FACTS names, or else beside the project."""
    named = os.environ.get("OTSGRAPH_TEST_FACTS")
    folder = Path(named) if named else project.parent / "shared" / "facts"
    return [folder / name for name in NAMES]


def source_rows(project: Path, name: str) -> Any:
    """What one of the files holds; only for tests marked sources, which do not get here where there are none."""
    (file,) = (file for file in source_files(project) if file.name == name)
    return json.loads(file.read_text(encoding="utf-8"))
