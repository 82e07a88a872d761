"""RDF terms as N-Triples text, and the namespaces that are ours; pure.

A term is written as N-Triples writes it (`<https://…>`, `"text"@en`), so a triple is three strings.  That is enough
for deriving, describing and writing triples, in any process, without an RDF library.
Source: RDF 1.1 N-Triples §2.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias

Triple: TypeAlias = tuple[str, str, str]

About: TypeAlias = Mapping[str, tuple[str, ...]]
"""What is said of a resource: terms as N-Triples text, sorted, by the IRI of the property."""

BASE = "https://w3id.org/otsgraph/"
ONTOLOGY = BASE + "ontology"
OTS = ONTOLOGY + "#"
URI_SPACE = BASE + "id/"
DOCUMENT_BASE = URI_SPACE + "document/"
STATEMENT_BASE = URI_SPACE + "statement/"
SENTENCE_BASE = URI_SPACE + "sentence/"
QUERY_BASE = BASE + "query/"
GRAPH_BASE = BASE + "graph/"
ONTOLOGY_GRAPH = GRAPH_BASE + "ontology"
INFERRED_GRAPH = GRAPH_BASE + "inferred"
DISCOVERY_GRAPH = GRAPH_BASE + "discovery"

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
BIBO = "http://purl.org/ontology/bibo/"
DCAT = "http://www.w3.org/ns/dcat#"
DCTERMS = "http://purl.org/dc/terms/"
FOAF = "http://xmlns.com/foaf/0.1/"
GEO = "http://www.opengis.net/ont/geosparql#"
OA = "http://www.w3.org/ns/oa#"
PROV = "http://www.w3.org/ns/prov#"
SCHEMA = "https://schema.org/"
SD = "http://www.w3.org/ns/sparql-service-description#"
SH = "http://www.w3.org/ns/shacl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
SPDX = "http://spdx.org/rdf/terms#"
SPEX = "https://purl.expasy.org/sparql-examples/ontology#"
VANN = "http://purl.org/vocab/vann/"
VOID = "http://rdfs.org/ns/void#"
WGS = "http://www.w3.org/2003/01/geo/wgs84_pos#"


class Ots:
    """The terms of the ontology that the code names.  Other modules take them from here, and queries from `.rq` files.

    A test checks that the ontology defines each of them.
    """

    # statements
    Statement = OTS + "Statement"
    ReportedFact = OTS + "ReportedFact"
    AttributedStatement = OTS + "AttributedStatement"
    EditorialAssessment = OTS + "EditorialAssessment"
    BackgroundStatement = OTS + "BackgroundStatement"
    ReferenceFact = OTS + "ReferenceFact"
    Factual = OTS + "Factual"
    Naming = OTS + "Naming"
    Entailed = OTS + "Entailed"
    nature = OTS + "nature"
    grounding = OTS + "grounding"
    hedge = OTS + "hedge"
    degree = OTS + "degree"
    modality = OTS + "modality"
    negated = OTS + "negated"
    comparisonClass = OTS + "comparisonClass"
    occasion = OTS + "occasion"
    asOf = OTS + "asOf"
    since = OTS + "since"
    until = OTS + "until"
    concerns = OTS + "concerns"
    speaker = OTS + "speaker"
    quotedBy = OTS + "quotedBy"
    paraphrase = OTS + "paraphrase"
    confidence = OTS + "confidence"
    checkedOn = OTS + "checkedOn"
    differsFrom = OTS + "differsFrom"
    difference = OTS + "difference"
    alternativeReading = OTS + "alternativeReading"
    reads = OTS + "reads"

    # where a statement stands
    Sentence = OTS + "Sentence"
    TextVersion = OTS + "TextVersion"
    statedIn = OTS + "statedIn"
    paragraph = OTS + "paragraph"
    sentence = OTS + "sentence"
    passage = OTS + "passage"
    passageDigest = OTS + "passageDigest"
    textFragment = OTS + "textFragment"
    focus = OTS + "focus"
    length = OTS + "length"
    textDigest = OTS + "textDigest"

    # what a statement is worth
    supportedBy = OTS + "supportedBy"
    accepts = OTS + "accepts"
    rejects = OTS + "rejects"
    leavesOpen = OTS + "leavesOpen"
    reason = OTS + "reason"

    # documents
    SourceDocument = OTS + "SourceDocument"
    byline = OTS + "byline"
    datelineDay = OTS + "datelineDay"
    datelinePlace = OTS + "datelinePlace"
    issuer = OTS + "issuer"
    leavesOut = OTS + "leavesOut"
    origin = OTS + "origin"
    publishedBy = OTS + "publishedBy"
    side = OTS + "side"
    versionOf = OTS + "versionOf"
    visibility = OTS + "visibility"

    # facts
    Meeting = OTS + "Meeting"
    Membership = OTS + "Membership"
    Participation = OTS + "Participation"
    Tenure = OTS + "Tenure"
    FullMember = OTS + "FullMember"
    Observer = OTS + "Observer"
    adoptedAt = OTS + "adoptedAt"
    agencyOf = OTS + "agencyOf"
    attestedOn = OTS + "attestedOn"
    capitalOf = OTS + "capitalOf"
    chairedBy = OTS + "chairedBy"
    coordinates = OTS + "coordinates"
    forYear = OTS + "forYear"
    headquartersIn = OTS + "headquartersIn"
    heldIn = OTS + "heldIn"
    heldOffice = OTS + "heldOffice"
    heldOn = OTS + "heldOn"
    holder = OTS + "holder"
    hostState = OTS + "hostState"
    locatedIn = OTS + "locatedIn"
    meeting = OTS + "meeting"
    member = OTS + "member"
    memberOf = OTS + "memberOf"
    membershipStatus = OTS + "membershipStatus"
    name = OTS + "name"
    observerOf = OTS + "observerOf"
    office = OTS + "office"
    officeIn = OTS + "officeIn"
    organization = OTS + "organization"
    parentOrganization = OTS + "parentOrganization"
    party = OTS + "party"
    representative = OTS + "representative"
    represented = OTS + "represented"
    representedState = OTS + "representedState"
    signedIn = OTS + "signedIn"
    tookPartIn = OTS + "tookPartIn"
    tookPlaceAt = OTS + "tookPlaceAt"

    # graphs, and parts of the ontology
    OntologyGraph = OTS + "OntologyGraph"
    StatementGraph = OTS + "StatementGraph"
    FactGraph = OTS + "FactGraph"
    ReferenceGraph = OTS + "ReferenceGraph"
    InferredGraph = OTS + "InferredGraph"
    DiscoveryGraph = OTS + "DiscoveryGraph"
    Graph = OTS + "Graph"
    section_statements = OTS + "section-statements"
    section_evidence = OTS + "section-evidence"


_TOPICS = {
    "What happened": """adoptedAt amendedAt amendedBy attendedByHolderOf chairedBy discussed eventStatus firstOf
        gaveAttentionTo gaveSpeech inConnectionWith inSeries meeting ordinal organizedBy participantClass party
        presented ratifiedBy representative represented representedState signedBy succeeded tookPartIn tookPlaceAt""",
    "People, offices, membership": """agencyOf foundedBy foundedOnBasisOf heldOffice holder issuer member memberOf
        membershipStatus nationality observerOf office officeIn organization parentOrganization side""",
    "When": """agreedOn asOf attestedOn commemoratedOn datelineDay establishedOn forPeriod forYear heldOn heldUntil
        initiatedOn renamedOn signedOn since until""",
    "Where": """basedIn capitalOf coordinates datelinePlace headquartersIn heldIn heldInState hostState locatedIn
        signedIn""",
    "Texts and where they come from": """byline entryIntoForceRule leavesOut origin publishedBy title versionOf
        visibility workingLanguages""",
    "Names": "abbreviation formerName name nameVariant officialName",
    "Codes": "isoAlpha2 isoAlpha3 isoNumeric isoSubdivision m49Code m49Subregion m49SubregionName",
    "The same in other datasets": "euCountryAuthority eurovocDescriptor geonamesFeature website",
}

TOPICS = tuple(_TOPICS)
"""What properties of the ontology are about, in words and in the order in which pages have it."""

TOPIC_OF: Mapping[str, str] = {OTS + name: topic for topic, names in _TOPICS.items() for name in names.split()}
"""The topic of each such property, by IRI."""


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


def by_subject(triples: Iterable[Triple]) -> dict[str, About]:
    """Returns what triples say of each subject, by the subject as N-Triples text."""
    found: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for subject, predicate, object_ in triples:
        found[subject][iri_value(predicate)].add(object_)
    return {s: {p: tuple(sorted(objects)) for p, objects in about.items()} for s, about in found.items()}


def iris_in(about: About, property_: str) -> tuple[str, ...]:
    """Returns the IRIs among the values of a property."""
    return tuple(iri_value(value) for value in about.get(property_, ()) if is_iri(value))


def texts_in(about: About, property_: str) -> tuple[str, ...]:
    """Returns the lexical forms of the literals among the values of a property."""
    return tuple(literal_value(value) for value in about.get(property_, ()) if value.startswith('"'))


def ntriples(triples: list[Triple]) -> str:
    """The triples as an N-Triples document, sorted and each once."""
    return "".join(f"{s} {p} {o} .\n" for s, p, o in sorted(set(triples)))
