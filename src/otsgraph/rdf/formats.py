"""The formats that are written: names, media types, file extensions and IRIs.

The order is the order of preference: a client without a preference gets the first format of a family.
Sources: SPARQL 1.1 Query Results JSON, XML and CSV/TSV Formats; RDF 1.1 Turtle, N-Triples, RDF/XML, TriG, N-Quads;
JSON-LD 1.1; https://www.w3.org/ns/formats/ for the IRIs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Syntax:
    """One concrete syntax.

    `name` is what people type (`-f json`, `.json`) and `title` what they call it; `aliases` are further media types in
    requests, never that of an answer.
    """

    name: str
    title: str
    media_type: str
    extension: str
    iri: str
    aliases: tuple[str, ...] = ()


class Format(Enum):
    """Base class of the families of formats."""

    @property
    def syntax(self) -> Syntax:
        value: Syntax = self.value
        return value

    @property
    def title(self) -> str:
        return self.syntax.title

    @property
    def media_type(self) -> str:
        return self.syntax.media_type

    @property
    def content_type(self) -> str:
        """The value of a Content-Type header; `text/…` names its character set (RFC 9110 §8.3.2)."""
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


_W3C = "http://www.w3.org/ns/formats/"


class ResultsFormat(Format):
    """Formats of SELECT and ASK results."""

    JSON = Syntax(
        "json", "JSON", "application/sparql-results+json", "srj", _W3C + "SPARQL_Results_JSON", ("application/json",)
    )
    XML = Syntax(
        "xml",
        "XML",
        "application/sparql-results+xml",
        "srx",
        _W3C + "SPARQL_Results_XML",
        ("application/xml", "text/xml"),
    )
    CSV = Syntax("csv", "CSV", "text/csv", "csv", _W3C + "SPARQL_Results_CSV")
    TSV = Syntax("tsv", "TSV", "text/tab-separated-values", "tsv", _W3C + "SPARQL_Results_TSV")


class GraphFormat(Format):
    """Formats of CONSTRUCT and DESCRIBE results and of one graph."""

    TURTLE = Syntax("ttl", "Turtle", "text/turtle", "ttl", _W3C + "Turtle")
    NTRIPLES = Syntax("nt", "N-Triples", "application/n-triples", "nt", _W3C + "N-Triples", ("text/plain",))
    RDFXML = Syntax("rdf", "RDF/XML", "application/rdf+xml", "rdf", _W3C + "RDF_XML", ("application/xml",))
    JSONLD = Syntax("jsonld", "JSON-LD", "application/ld+json", "jsonld", _W3C + "JSON-LD", ("application/json",))


class DatasetFormat(Format):
    """Formats that keep named graphs apart."""

    NQUADS = Syntax("nq", "N-Quads", "application/n-quads", "nq", _W3C + "N-Quads")
    TRIG = Syntax("trig", "TriG", "application/trig", "trig", _W3C + "TriG")
    JSONLD = Syntax("jsonld", "JSON-LD", "application/ld+json", "jsonld", _W3C + "JSON-LD")


class PageFormat(Format):
    """Formats of pages for people."""

    HTML = Syntax("html", "HTML", "text/html", "html", "https://www.iana.org/assignments/media-types/text/html")
    MARKDOWN = Syntax(
        "md", "Markdown", "text/markdown", "md", "https://www.iana.org/assignments/media-types/text/markdown"
    )


def by_name(name: str) -> tuple[ResultsFormat | None, GraphFormat | None]:
    """Returns the results format and the graph format called `name`, None for each that there is not."""
    results = next((f for f in ResultsFormat if f.syntax.name == name), None)
    graph = next((f for f in GraphFormat if f.syntax.name == name), None)
    return results, graph


QUERY_FORMAT_NAMES: tuple[str, ...] = tuple(f.syntax.name for family in (ResultsFormat, GraphFormat) for f in family)
