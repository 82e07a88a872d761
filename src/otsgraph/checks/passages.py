"""Checks the passages of a document against its text, and records what was confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from otsgraph.errors import DataError
from otsgraph.graph.passages import Mismatch, Passage, TextVersion, check, passages, record, text_version
from otsgraph.rdf.files import RdfFile, listed, write_text
from otsgraph.rdf.terms import Triple


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is recorded of a document's text, and its passages."""

    slug: str
    version: TextVersion
    passages: tuple[Passage, ...]

    def check(self, text: str) -> list[Mismatch]:
        """Returns what a text does not confirm."""
        return check(text, self.version, self.passages)


def document_evidence(root: Path, slug: str) -> Evidence:
    """Returns the evidence of a document.

    Raises DataError if there is no such document, or if it has no complete text version.
    """
    name = f"data/documents/{slug}.ttl"
    path = root / "data" / "documents" / f"{slug}.ttl"
    slugs = [p.stem for p in listed(path.parent, ".ttl")]
    if slug not in slugs:
        raise DataError(name, f"there is no document {slug}; there are {', '.join(slugs)}")
    evidence = evidence_in(slug, RdfFile(path, name, root).triples())
    if evidence is None:
        raise DataError(name, "the document has no text version, so it has no positions to check")
    return evidence


def evidence_in(slug: str, triples: Iterable[Triple]) -> Evidence | None:
    """Returns the complete passages in a document's graph; None if it has no text version.

    Raises DataError if its text version is incomplete.
    """
    held = list(triples)
    try:
        version = text_version(held)
    except (KeyError, ValueError):
        reason = "the text version is incomplete; `otsgraph validate` says what it lacks"
        raise DataError(f"data/documents/{slug}.ttl", reason) from None
    return Evidence(slug, version, tuple(passages(held))) if version is not None else None


def record_path(root: Path, slug: str) -> Path:
    """Returns where the record of what was confirmed is."""
    return root / "data" / "confirmed" / f"{slug}.tsv"


def write_record(root: Path, evidence: Evidence) -> str:
    """Writes the record of confirmed evidence.  Returns its name below the root."""
    path = record_path(root, evidence.slug)
    write_text(path, record(evidence.slug, evidence.version, evidence.passages))
    return path.relative_to(root).as_posix()
