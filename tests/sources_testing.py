"""Where the files are that the graph was made from, if they are at hand; the project does not hold them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def source_rows(project: Path, name: str) -> Any:
    """What a file of the sources holds, or None where it is not at hand.

    They are looked for in the folder that OTSGRAPH_TEST_FACTS names, or else beside the project.
    """
    named = os.environ.get("OTSGRAPH_TEST_FACTS")
    file = (Path(named) if named else project.parent / "shared" / "facts") / name
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
