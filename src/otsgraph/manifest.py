"""Which downloads there are: names, media types, sizes, digests; readable without an RDF library."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = "downloads"
MANIFEST = "manifest.json"
CHECKSUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Download:
    """One file: its path below the folder, its media type, its size [bytes], the SHA-256 of its bytes in hex."""

    name: str
    media_type: str
    size: int
    sha256: str


def write_manifest(folder: Path, downloads: Iterable[Download]) -> None:
    (folder / MANIFEST).write_text(json.dumps([asdict(d) for d in downloads], indent=1), encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Download]:
    """The downloads that a folder holds, by name."""
    entries = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return {entry["name"]: Download(**entry) for entry in entries}
