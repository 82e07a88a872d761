"""The first files of a new document, for a person to fill in: a Turtle file of statements, and the document's record.

What is to be filled in is written `fill:in` or "FILL IN …", and a rule finds what is left of it; everything else is
valid.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from otsgraph.checks.passages import document_evidence, write_record
from otsgraph.dataset.facts import derived_files
from otsgraph.dataset.sources import FIXED_SLUGS, layered_sources
from otsgraph.errors import CommandError
from otsgraph.graph.passages import digest, text_fragment
from otsgraph.rdf.datatypes import is_valid
from otsgraph.rdf.files import RdfFile, listed, read_text, write_text
from otsgraph.rdf.serializers import declared_prefixes
from otsgraph.rdf.terms import BASE, DCTERMS, OTS, RDFS, SCHEMA, XSD

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_URL = re.compile(
    r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?(\?([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
)
_FIRST_SENTENCE = re.compile(r"\S.*?(?:[.!?](?=\s|$)|$)", re.DOTALL)

LONGEST_SLUG = 100
"""Characters of a slug at most."""

_SERIES = "st"
_VOCABULARIES = ("dcterms", "oa", "ots", "prov", "rdf", "rdfs", "xsd")
_RECORD_PREFIXES = {
    "dcterms": DCTERMS,
    "document": f"{BASE}id/document/",
    "ots": OTS,
    "rdfs": RDFS,
    "schema": SCHEMA,
    "xsd": XSD,
}

_RECORD = Template("""
# FILL IN: the outlet (of entities.ttl), the language, the origin (one above, or a new one with its ots:issuer and its
# ots:side), and how much was read: ots:WholeText, ots:ApparentlyWholeText or ots:PartOfText
document:$slug a ots:SourceDocument ; rdfs:label "FILL IN publisher and day, like: Trend, dispatch of 2 December"@en ;
    schema:url <$url> ; ots:publishedBy <$fill> ; dcterms:language "FILL IN a tag like en" ;
    dcterms:issued "$published"^^xsd:date ;
    ots:origin <$fill> ; ots:visibility <$fill> .
""")

_DOCUMENT = Template("""\
# Statements of a source document: FILL IN what it is, in a line.
#
# One statement for each single thing that the document says, numbered in the order of its text:
#   voice   (the class)    ots:ReportedFact, ots:AttributedStatement, ots:EditorialAssessment, ots:BackgroundStatement
#   nature  (ots:nature)   ots:Factual, ots:Naming, ots:Evaluative, ots:Causal, ots:Normative, ots:Prospective
# An attributed statement has an ots:speaker (and an ots:quotedBy, if somebody relays the speaker), a background
# statement an ots:grounding, a statement on a state, its agency or its representative an ots:concerns. Each row of what
# was read has an identifier of its own; $identifier is the first free one. Things have their kind and label in
# data/reference/entities.ttl, not here. Predicates, and what they are not for, are in ontology/otsgraph.ttl;
# assessments take theirs from its closed list of claim predicates.
#
# Then:  otsgraph derive      writes what the document states as fact to data/facts/$slug.ttl
#        otsgraph validate    says what is missing or wrong, and where
#
# <001> is the statement …/id/statement/$slug/001.

@base <${base}id/statement/$slug/> .
$prefixes$text
<001> a ots:AttributedStatement ; ots:nature ots:Factual ;
    rdf:subject fill:in ; rdf:predicate fill:in ; rdf:object fill:in ;
    ots:speaker fill:in ;
    ots:paraphrase "FILL IN what it says, as one sentence in your own words"@en ;
    ots:statedIn document:$slug ;$passage
    dcterms:identifier "$identifier" ; rdfs:label "Statement 1, $slug"@en .
""")

_TEXT = Template("""
# The text that the positions count in; it is not kept here

text:$slug a ots:TextVersion ;
    prov:specializationOf document:$slug ;
    ots:length $length ;
    ots:textDigest "$digest" .

# Where the first statement stands: its first sentence. Positions count characters from 0, end behind the last one.
# For others, `otsgraph check-evidence --source FILE --document $slug` says which digest and which text fragment are
# right, and with --record notes that they were confirmed.

<001#passage> a ots:Passage , oa:SpecificResource ; oa:hasSource text:$slug ;
    ots:passageDigest "$passage_digest" ;
    ots:textFragment "$fragment" ; oa:hasSelector <001#position> .
<001#position> a oa:TextPositionSelector ; oa:start $start ; oa:end $end .
""")


@dataclass(frozen=True, slots=True)
class NewDocument:
    """What is known of a document at the start; `text` is its exact text, or empty if it is not at hand."""

    slug: str
    url: str
    published: str
    text: str = ""


def check(document: NewDocument) -> None:
    """Raises CommandError for a slug, an address or a day that cannot be one."""
    if not _SLUG.fullmatch(document.slug) or len(document.slug) > LONGEST_SLUG:
        raise CommandError(
            f"{document.slug} is not a slug: small letters, digits and single hyphens, like trend-2025-12-02"
        )
    if not _URL.fullmatch(document.url):
        raise CommandError(f"{document.url} is not the address of a document; that begins with http:// or https://")
    if not is_valid(document.published, XSD + "date"):
        raise CommandError(f"{document.published} is not a day; write it like 2025-12-02")


def write(root: Path, document: NewDocument) -> list[str]:
    """Writes the document's files below a folder laid out like ours.  Returns their names.

    Raises CommandError if the slug is taken or something of the document cannot be right.
    """
    check(document)
    taken = {source.path.stem: source.name for source in reversed(layered_sources(root))}
    taken |= dict.fromkeys(FIXED_SLUGS, "a graph of that name")
    if document.slug in taken:
        raise CommandError(f"the slug {document.slug} is taken by {taken[document.slug]}")
    path = root / "data" / "documents" / f"{document.slug}.ttl"
    records = root / "data" / "reference" / "documents.ttl"
    known = read_text(records, "data/reference/documents.ttl", root) if os.path.lexists(records) else ""
    ontology = RdfFile(root / "ontology" / "otsgraph.ttl", "ontology/otsgraph.ttl", root)
    text = document_text(document, _next_identifier(root), declared_prefixes(ontology.triples()))
    list(derived_files(root))  # nothing is written if a file cannot be read
    write_text(path, text)
    write_text(records, known + record_text(document, known))
    derived = [file for file in derived_files(root) if file.path.stem == document.slug]
    for file in derived:
        file.write()
    confirmed = [write_record(root, document_evidence(root, document.slug))] if document.text else []
    return [f"data/documents/{path.name}", "data/reference/documents.ttl", *(file.name for file in derived), *confirmed]


def document_text(document: NewDocument, identifier: str, prefixes: Mapping[str, str]) -> str:
    """Returns the Turtle file of statements, with one statement to start from and the prefixes that others will need.

    `identifier` is that of the first statement, `prefixes` what the ontology declares.
    """
    passage = " ots:passage <001#passage> ;" if document.text else ""
    useful = {p: n for p, n in prefixes.items() if n.startswith(f"{BASE}id/") or p in _VOCABULARIES}
    declared = "".join(f"@prefix {p}: <{n}> .\n" for p, n in sorted({**useful, "fill": f"{BASE}id/fill-"}.items()))
    return _DOCUMENT.substitute(
        base=BASE, slug=document.slug, passage=passage, text=_text(document), identifier=identifier, prefixes=declared
    )


def _next_identifier(root: Path) -> str:
    """Returns the first free identifier of the series that documents number their rows in."""
    files = [*listed(root / "data" / "documents", ".ttl"), root / "data" / "reference" / "documents.ttl"]
    texts = (read_text(file, file.name, root) for file in files if os.path.lexists(file))
    taken = (int(number) for text in texts for number in re.findall(rf'"{_SERIES}([0-9]+)"', text))
    return f"{_SERIES}{max(taken, default=0) + 1:03}"


def _text(document: NewDocument) -> str:
    if not document.text:
        return ""
    sentence = _FIRST_SENTENCE.search(document.text)
    if sentence is None:
        raise CommandError("the text is empty")
    try:
        fragment = text_fragment(document.text, *sentence.span())
    except ValueError:
        raise CommandError(
            "the first sentence of the text is in it more than once, so nothing can point to it"
        ) from None
    return _TEXT.substitute(
        slug=document.slug,
        length=len(document.text),
        digest=digest(document.text),
        passage_digest=digest(sentence[0]),
        fragment=fragment,
        start=sentence.start(),
        end=sentence.end(),
    )


def record_text(document: NewDocument, known: str) -> str:
    """Returns what is added to the records of documents, with the prefixes that they do not declare yet."""
    missing = [p for p in _RECORD_PREFIXES if not re.search(rf"^@prefix {p}:", known, re.MULTILINE)]
    prefixes = "".join(f"@prefix {p}: <{_RECORD_PREFIXES[p]}> .\n" for p in missing)
    return prefixes + _RECORD.substitute(
        slug=document.slug, url=document.url, published=document.published, fill=f"{BASE}id/fill-in"
    )
