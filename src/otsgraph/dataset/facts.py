"""Writes data/facts/ from the statements of data/documents/ and data/reference/: plain triples for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from otsgraph.errors import DataError
from otsgraph.graph.statements import asserted, projected, statements
from otsgraph.rdf.files import RdfFile, listed, read_text, write_text
from otsgraph.rdf.serializers import declared_prefixes, turtle_parts
from otsgraph.rdf.terms import Triple

_HEADER = """\
# What {source} states as fact.
# Made by `otsgraph derive` from the statements there: change those, not this file.
"""
_NOTHING = "# It states nothing as fact: all that it says is somebody's claim.\n"
_PROJECTED = (
    "# Who took part for whom, who held which office, who belongs to what, and where places are:"
    " nodes shared by all that say so.\n"
)


@dataclass(frozen=True, slots=True)
class Derived:
    """One file of facts: `name` is its path below the root, `text` what it should hold."""

    path: Path
    name: str
    text: str

    @property
    def current(self) -> bool:
        """Whether the file holds what it should."""
        try:
            return read_text(self.path, self.name, self.path.parents[2]) == self.text
        except DataError:
            return False

    def write(self) -> None:
        write_text(self.path, self.text)


def derived_files(root: Path) -> Iterator[Derived]:
    """The facts of every file with statements, below a folder laid out like ours.  Raises DataError."""
    prefixes = declared_prefixes(RdfFile(root / "ontology" / "otsgraph.ttl", "ontology/otsgraph.ttl", root).triples())
    for folder in ("documents", "reference"):
        for path in listed(root / "data" / folder, ".ttl"):
            source = f"data/{folder}/{path.name}"
            triples = RdfFile(path, source, root).triples()
            if statements(triples):
                text = facts_text(source, triples, prefixes)
                yield Derived(root / "data" / "facts" / path.name, f"data/facts/{path.name}", text)


def orphans(root: Path) -> list[Path]:
    """The files of facts that belong to no statements, below a folder laid out like ours.  Raises DataError."""
    derived = {file.path for file in derived_files(root)}
    return [path for path in listed(root / "data" / "facts", ".ttl") if path not in derived]


def facts_text(source: str, document: list[Triple], prefixes: Mapping[str, str]) -> str:
    """The Turtle document with the facts of one file of statements."""
    held = [s for s in statements(document) if asserted(s)]
    if not held:
        return _HEADER.format(source=source) + _NOTHING
    declared, facts = turtle_parts((s.triple for s in held), prefixes)
    for_nodes, nodes = turtle_parts(projected(held), prefixes)
    parts = [_HEADER.format(source=source), "".join(sorted(declared | for_nodes)), facts]
    return "\n".join([*parts, _PROJECTED + "\n" + nodes] if nodes else parts).rstrip("\n") + "\n"
