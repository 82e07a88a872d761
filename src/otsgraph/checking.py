"""Checks the passages of a packaged document against a file with its text."""

from __future__ import annotations

from pathlib import Path

from otsgraph.errors import DataError
from otsgraph.evidence import Mismatch, check, passages, text_version
from otsgraph.reading import RdfFile


def check_document(root: Path, slug: str, source: Path) -> tuple[int, list[Mismatch]]:
    """The number of passages checked, and what could not be confirmed.

    Raises DataError if there is no such document, if it has no text version, or if the file is not UTF-8 text.
    """
    name = f"data/documents/{slug}.ttl"
    path = root / "data" / "documents" / f"{slug}.ttl"
    if not path.is_file():
        slugs = ", ".join(sorted(p.stem for p in path.parent.glob("*.ttl")))
        raise DataError(name, f"there is no document {slug}; there are {slugs}")
    triples = RdfFile(path, name).triples()
    version = text_version(triples)
    if version is None:
        raise DataError(name, "the document has no text version, so it has no positions to check")
    found = passages(triples)
    return len(found), check(read_text(source), version, found)


def read_text(source: Path) -> str:
    """The exact characters of a file, line ends included, since positions count them.  Raises DataError."""
    try:
        return source.read_bytes().decode("utf-8")
    except OSError as error:
        raise DataError(str(source), error.strerror or "cannot be read") from None
    except UnicodeDecodeError as error:
        raise DataError(str(source), f"byte {error.start} is not UTF-8") from None
