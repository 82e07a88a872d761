"""Everything that can be downloaded, and the descriptions of it, as files in a folder that any server can serve."""

from __future__ import annotations

from pathlib import Path

from otsgraph.catalogue import files
from otsgraph.dataset import layered_sources
from otsgraph.dcat import PREFIXES, describe_for_catalogues
from otsgraph.discovery import all_graphs
from otsgraph.downloads import read_contents, write_all
from otsgraph.manifest import MANIFEST
from otsgraph.prepare import prepare
from otsgraph.process.temporary import temporary_folder
from otsgraph.queries import saved
from otsgraph.rdf.formats import GraphFormat
from otsgraph.rdf.serializers import serialise
from otsgraph.rdf.terms import BASE
from otsgraph.void import describe_dataset

PERMANENT = BASE.removesuffix("/")
"""The address under which the dataset is reached for good."""


def export(root: Path, into: Path, base: str = PERMANENT) -> list[str]:
    """Writes the downloads of a folder laid out like ours, their checksums, and void.ttl and dcat.ttl.

    `base` is the address of the site that the descriptions name, without a slash at its end.  Returns the names of
    the files, sorted, those of single graphs with their folder.  Raises DataError for the first source that cannot be
    read, and OSError where nothing can be written.
    """
    queries = tuple(saved.load(root / "queries").values()) if (root / "queries").is_dir() else ()
    into.mkdir(parents=True, exist_ok=True)
    with temporary_folder() as prepared:
        info = prepare(layered_sources(root), prepared, layered=True, endpoint=f"{base}/sparql", queries=queries)
        written = {download.name: download for download in write_all(read_contents(prepared), into)}
    # it is what a server keeps for itself
    (into / MANIFEST).unlink()
    prefixes = {**PREFIXES, **info.prefixes}
    descriptions = {
        "void.ttl": describe_dataset(info, all_graphs(info), base),
        "dcat.ttl": describe_for_catalogues(info, files(written, layered=True), base),
    }
    for name, triples in descriptions.items():
        (into / name).write_bytes(serialise(triples, GraphFormat.TURTLE, prefixes))
    return sorted([*written, *descriptions])
