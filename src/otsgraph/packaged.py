"""Where ontology/, data/ and queries/ are: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

from otsgraph.errors import DataError


def packaged_folder() -> Path:
    """The folder that holds ontology/, data/ and queries/.  Raises DataError if there is none."""
    package = Path(__file__).parent
    for folder in (package / "packaged", package.parent.parent):
        if (folder / "ontology" / "otsgraph.ttl").is_file():
            return folder
    raise DataError("otsgraph", "the packaged graph is missing from this installation; install otsgraph again")
