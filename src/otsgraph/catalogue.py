"""What the downloads are for, in words, in the order in which they are shown; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from otsgraph.manifest import Download
from otsgraph.rdf.formats import DatasetFormat, Format, GraphFormat

PACKED = ".gz"


class Group(Enum):
    """What a file holds; the values are headings."""

    FACTS = "The facts"
    STATEMENTS = "The statements"
    EVERYTHING = "Everything"


NAMES: Mapping[Format, str] = {
    GraphFormat.TURTLE: "Turtle",
    GraphFormat.NTRIPLES: "N-Triples",
    GraphFormat.RDFXML: "RDF/XML",
    GraphFormat.JSONLD: "JSON-LD",
    DatasetFormat.NQUADS: "N-Quads",
    DatasetFormat.TRIG: "TriG",
    DatasetFormat.JSONLD: "JSON-LD",
}
"""What people call the formats."""

_PURPOSES: Mapping[str, tuple[Group, str, str]] = {
    "otsgraph.ttl": (Group.FACTS, "Turtle", "To read, and to load into nearly anything"),
    "otsgraph.nt": (Group.FACTS, "N-Triples", "To read line by line, to compare, to load fastest"),
    "otsgraph.rdf": (Group.FACTS, "RDF/XML", "For Protégé and other tools that take XML"),
    "otsgraph-statements.ttl": (Group.STATEMENTS, "Turtle", "With voice, nature, place in the text and speaker"),
    "otsgraph-rdf12.ttl": (Group.STATEMENTS, "Turtle 1.2", "The same for stores with the reifiers of RDF 1.2"),
    "otsgraph.trig": (Group.EVERYTHING, "TriG", "To read, with the graphs kept apart"),
    "otsgraph.nq": (Group.EVERYTHING, "N-Quads", "To load into a triple store, with the graphs kept apart"),
    "otsgraph.jsonld": (Group.EVERYTHING, "JSON-LD", "For programs that read JSON, with the graphs kept apart"),
}
"""Group, format and purpose of each file, by name."""


@dataclass(frozen=True, slots=True)
class File:
    """One file that is offered: `plain` as it is, `packed` the same compressed; `heading` says what it holds."""

    group: Group
    heading: str
    format_name: str
    purpose: str
    plain: Download
    packed: Download

    @property
    def media_type(self) -> str:
        """The media type without its parameters."""
        return self.plain.media_type.partition(";")[0]

    @property
    def title(self) -> str:
        return f"{self.heading}, as {self.format_name}"


def files(manifest: Mapping[str, Download], *, layered: bool) -> list[File]:
    """The files for the whole dataset among the downloads, in the order in which they are shown."""
    return [
        File(group, heading(group, layered=layered), name, purpose, manifest[file], manifest[file + PACKED])
        for file, (group, name, purpose) in _PURPOSES.items()
        if file in manifest and file + PACKED in manifest
    ]


def file_names(*, layered: bool, as_xml: bool = True) -> list[tuple[str, str, str]]:
    """Name, title and media type of the files that a dataset is sure to be given as, before any of them is written."""
    media_types = {f.syntax.extension: f.media_type for f in (*DatasetFormat, *GraphFormat)}
    return [
        (file, f"{heading(group, layered=layered)}, as {name}", media_types[file.rpartition(".")[2]])
        for file, (group, name, _) in _PURPOSES.items()
        if layered or (group is not Group.STATEMENTS and not file.endswith(".jsonld"))
        if as_xml or not file.endswith(".rdf")
    ]


def heading(group: Group, *, layered: bool) -> str:
    """What the files of a group hold; others' data is not parted into facts and claims."""
    return "The default graph" if group is Group.FACTS and not layered else group.value


def by_group(offered: Iterable[File]) -> list[tuple[Group, list[File]]]:
    """The files by what they hold."""
    held = list(offered)
    grouped = [(group, [file for file in held if file.group is group]) for group in Group]
    return [(group, inside) for group, inside in grouped if inside]
