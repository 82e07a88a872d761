"""Commands that get the answer to a saved query, ready to be copied, with the address that the reader has; pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otsgraph.queries.saved import SavedQuery
from otsgraph.web.links import with_parameters

_FORMATS: Mapping[str, str] = {
    "json": "SPARQL results as JSON",
    "xml": "SPARQL results as XML",
    "csv": "a table for spreadsheets",
    "tsv": "a table that keeps terms whole",
    "ttl": "Turtle",
    "nt": "N-Triples",
    "rdf": "RDF/XML",
    "jsonld": "JSON-LD",
    "md": "text with a table",
    "html": "this page",
}
"""What the formats are for, by name."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """Some lines to copy, and for whom they are."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """One format: its name, the address of the answer in it, and what it is for."""

    name: str
    address: str
    what: str


def links(query: SavedQuery, parameters: Sequence[tuple[str, str]]) -> list[Link]:
    """The same answer in each format."""
    names = [format_.syntax.name for format_ in query.formats]
    return [Link(n, with_parameters(f"/queries/{query.name}.{n}", parameters), _FORMATS[n]) for n in names]


def snippets(query: SavedQuery, parameters: Sequence[tuple[str, str]], base: str) -> list[Snippet]:
    """Ways to get the same answer: in a shell, in Python, in a spreadsheet, without a server.

    `base` is the address of the site, without a slash at its end.
    """
    path = f"{base}/queries/{query.name}"
    command = _command(query, parameters)
    if query.form.gives_graph:
        turtle = with_parameters(f"{path}.ttl", parameters)
        python = f'from rdflib import Graph\n\ngraph = Graph().parse("{turtle}")'
        return [Snippet("In a shell", f"curl '{turtle}'"), Snippet("In Python", python), command]
    table = with_parameters(f"{path}.csv", parameters)
    python = f'import pandas\n\ntable = pandas.read_csv("{table}")'
    return [
        Snippet("In a shell", f"curl '{table}'"),
        Snippet("In Python", python),
        Snippet("In a spreadsheet", f'=IMPORTDATA("{table}")'),
        command,
    ]


def _command(query: SavedQuery, parameters: Sequence[tuple[str, str]]) -> Snippet:
    words = ["otsgraph", "query", "--saved", query.name]
    own = {parameter.name for parameter in query.parameters}
    words += [word for name, value in parameters if name in own for word in ("-p", f"{name}={value}")]
    words += ["--evidence"] * (("evidence", "1") in parameters)
    return Snippet("Without a server", shlex.join(words))
