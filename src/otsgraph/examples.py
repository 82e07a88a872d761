"""Saved queries as triples that editors and agents read as query examples; pure.

Sources: SIB sparql-examples (README); SHACL Advanced Features §5.1 (sh:SPARQLExecutable), §8.2 (sh:Parameter).
"""

from __future__ import annotations

from collections.abc import Iterable

from otsgraph.queries.parameters import Kind, Parameter
from otsgraph.queries.saved import QueryForm, SavedQuery
from otsgraph.rdf.formats import Format
from otsgraph.rdf.terms import BASE, DCTERMS, RDF, RDFS, SCHEMA, SH, XSD, Triple, integer, iri, literal

QUERY_BASE = BASE + "query/"
_SPEX = "https://purl.expasy.org/sparql-examples/ontology#"
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_TYPE = iri(RDF + "type")

_OF_FORM = {
    QueryForm.SELECT: (SH + "SPARQLSelectExecutable", SH + "select"),
    QueryForm.ASK: (SH + "SPARQLAskExecutable", SH + "ask"),
    QueryForm.CONSTRUCT: (SH + "SPARQLConstructExecutable", SH + "construct"),
    QueryForm.DESCRIBE: (_SPEX + "SPARQLDescribeExecutable", _SPEX + "describe"),
}
"""For each query form its class and the property that has the text."""


def examples(queries: Iterable[SavedQuery], endpoint: str, prefixes: str = "") -> list[Triple]:
    """The query examples of an endpoint; `prefixes` is the IRI of what declares its prefixes, or empty.

    The text of an example has the query's defaults in place, so it answers the question when it is run as it is.
    """
    return [triple for query in queries for triple in _example(query, endpoint, prefixes)]


def _example(query: SavedQuery, endpoint: str, prefixes: str) -> list[Triple]:
    node = iri(QUERY_BASE + query.name)
    class_, text = _OF_FORM[query.form]
    about: list[Triple] = [
        (node, _TYPE, iri(SH + "SPARQLExecutable")),
        (node, _TYPE, iri(class_)),
        (node, iri(RDFS + "label"), literal(query.summary, language="en")),
        (node, iri(RDFS + "comment"), literal(query.summary, language="en")),
        (node, iri(SCHEMA + "target"), iri(endpoint)),
        (node, iri(text), literal(query.default_text)),
    ]
    if query.description:
        about.append((node, iri(DCTERMS + "description"), literal(query.description, language="en")))
    if prefixes:
        about.append((node, iri(SH + "prefixes"), iri(prefixes)))
    about += [(node, iri(SCHEMA + "keywords"), literal(tag)) for tag in query.tags]
    about += [(node, iri(DCTERMS + "format"), iri(media_type_iri(f))) for f in query.formats]
    return about + [triple for n, p in enumerate(query.parameters, 1) for triple in _parameter(node, query, n, p)]


def media_type_iri(format_: Format) -> str:
    """The IRI of a format's media type, as DCAT 3 §6.8 names them."""
    return _MEDIA_TYPES + format_.media_type


def _parameter(query: str, of: SavedQuery, number: int, parameter: Parameter) -> list[Triple]:
    node = iri(f"{QUERY_BASE}{of.name}#parameter-{parameter.name}")
    about: list[Triple] = [
        (query, iri(SH + "parameter"), node),
        (node, _TYPE, iri(SH + "Parameter")),
        (node, iri(SH + "path"), iri(f"{QUERY_BASE}{of.name}#{parameter.name}")),
        (node, iri(SH + "name"), literal(parameter.name)),
        (node, iri(SH + "order"), integer(number)),
        (node, iri(SH + "description"), literal(parameter.type.takes, language="en")),
        (node, iri(SH + "optional"), literal("false" if parameter.required else "true", datatype=XSD + "boolean")),
    ]
    if parameter.type.kind is Kind.IRI:
        about.append((node, iri(SH + "nodeKind"), iri(SH + "IRI")))
    else:
        datatype = RDF + "langString" if parameter.type.language else parameter.type.datatype or XSD + "string"
        about.append((node, iri(SH + "datatype"), iri(datatype)))
    if parameter.default:
        # as text, since examples live beside the facts: a thing would seem to have one more connection
        about.append((node, iri(SCHEMA + "defaultValue"), literal(parameter.default)))
    return about
