"""RDF terms as N-Triples text, and the namespaces that are ours; pure.

A term is written as N-Triples writes it (`<https://…>`, `"text"@en`), so a triple is three strings.  That is enough
for deriving, describing and writing triples, in any process, without an RDF library.
Source: RDF 1.1 N-Triples §2.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

Triple: TypeAlias = tuple[str, str, str]

BASE = "https://w3id.org/otsgraph/"
OTS = BASE + "ontology#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
OWL = "http://www.w3.org/2002/07/owl#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"
DCTERMS = "http://purl.org/dc/terms/"
VOID = "http://rdfs.org/ns/void#"
PROV = "http://www.w3.org/ns/prov#"
SH = "http://www.w3.org/ns/shacl#"
SD = "http://www.w3.org/ns/sparql-service-description#"
OA = "http://www.w3.org/ns/oa#"
GEO = "http://www.opengis.net/ont/geosparql#"
FOAF = "http://xmlns.com/foaf/0.1/"
SCHEMA = "https://schema.org/"
WGS = "http://www.w3.org/2003/01/geo/wgs84_pos#"

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^<([^>]*)>)?', re.DOTALL)
_NAME_START = (
    r"A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    r"\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME_LATER = r"0-9.\xb7\u0300-\u036f\u203f\u2040\-"
# each run of characters of names is tried from its beginning alone, so a long IRI takes no more than its length
_NAME_AT_END = re.compile(
    rf"(?<![{_NAME_START}{_NAME_LATER}])[{_NAME_LATER}]*([{_NAME_START}][{_NAME_START}{_NAME_LATER}]*)\Z"
)
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_PROPERTIES = frozenset(
    RDF + name
    for name in "RDF ID about parseType resource nodeID datatype Description aboutEach aboutEachPrefix bagID li".split()
)
_NO_NAMESPACES = ("", "http://www.w3.org/2000/xmlns/")
_UNESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def iri(value: str) -> str:
    return f"<{value}>"


def literal(value: str, *, language: str = "", datatype: str = "") -> str:
    text = '"' + "".join(_ESCAPES.get(character, character) for character in value) + '"'
    if language:
        return f"{text}@{language}"
    return f"{text}^^<{datatype}>" if datatype else text


def integer(value: int) -> str:
    return literal(str(value), datatype=XSD + "integer")


def is_iri(term: str) -> bool:
    return term.startswith("<") and not term.startswith("<<")


def triple_term(triple: Triple) -> str:
    """A triple as the object of another one.  Source: RDF 1.2 N-Triples (triple terms)."""
    return f"<<( {' '.join(triple)} )>>"


def iri_value(term: str) -> str:
    """The IRI of an IRI term, without its angle brackets."""
    return term[1:-1]


def literal_value(term: str) -> str:
    """The lexical form of a literal.  Raises ValueError for any other term."""
    match = _LITERAL.fullmatch(term)
    if match is None:
        raise ValueError(f"not a literal: {term}")
    return re.sub(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", _unescape, match[1])


def _unescape(match: re.Match[str]) -> str:
    escape = match[1]
    return chr(int(escape[1:], 16)) if escape[0] in "uU" else _UNESCAPES.get(escape, escape)


def datatype(term: str) -> str:
    """The datatype IRI of a literal that has one written; empty for plain and language-tagged ones."""
    match = _LITERAL.fullmatch(term)
    return (match[3] or "") if match else ""


def language(term: str) -> str:
    """The language tag of a literal; empty for others."""
    match = _LITERAL.fullmatch(term)
    return (match[2] or "") if match else ""


@lru_cache(maxsize=1024)
def has_xml_name(predicate: str) -> bool:
    """Returns whether an IRI ends in an XML name that, as an element of RDF/XML, means the same predicate.

    Sources: XML 1.0 §2.3; Namespaces in XML 1.0 §3; RDF 1.1 XML Syntax §5.1, §6.1.5, §7.4 (rdf:li).
    """
    match = _NAME_AT_END.search(predicate)
    return match is not None and predicate not in _NO_PROPERTIES and predicate[: match.start(1)] not in _NO_NAMESPACES


def is_xml_text(text: str) -> bool:
    """Whether XML 1.0 has all characters of a text (§2.2)."""
    return _NO_XML.search(text) is None


def unfit_for_xml(predicate: str, object_: str) -> str:
    """What of a triple RDF/XML cannot write, in words; empty if it can.  `predicate` is an IRI, `object_` a term."""
    if not has_xml_name(predicate):
        return f"the predicate <{predicate}>"
    text = literal_value(object_) if object_.startswith('"') else object_
    return "" if is_xml_text(text) else f"a character in a value of <{predicate}>"


def ntriples(triples: list[Triple]) -> str:
    """The triples as an N-Triples document, sorted and each once."""
    return "".join(f"{s} {p} {o} .\n" for s, p, o in sorted(set(triples)))


GRAPH_BASE = BASE + "graph/"
ONTOLOGY_GRAPH = GRAPH_BASE + "ontology"
INFERRED_GRAPH = GRAPH_BASE + "inferred"
DISCOVERY_GRAPH = GRAPH_BASE + "discovery"
