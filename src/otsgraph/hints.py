"""Why a query may have found nothing: it looks for statements where only facts are; pure.

Statements stand in named graphs only, so a pattern with their terms outside of GRAPH is empty whatever the documents
say.  That is meant, and easily forgotten.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from otsgraph.sparql_text import Token, tokens, whole_prologue
from otsgraph.terms import DCTERMS, OTS, OWL, RDF, RDFS, Triple, iri

_REIFICATION = frozenset(RDF + name for name in ("subject", "predicate", "object"))
_ALSO_IN_FACTS = frozenset(
    OTS + name
    for name in """
        supportedBy origin side issuer publishedBy visibility versionOf byline leavesOut datelinePlace datelineDay
        accepts rejects leavesOpen reason
    """.split()
)
_SECTIONS = {iri(OTS + "section-statements"), iri(OTS + "section-evidence")}
_PROPERTIES = {iri(OWL + "ObjectProperty"), iri(OWL + "DatatypeProperty")}


def statement_terms(ontology: Iterable[Triple]) -> frozenset[str]:
    """The terms, as IRIs, that are met in statement graphs only: of reification, of voices, of what statements have."""
    held = set(ontology)
    properties = {s for s, p, o in held if p == iri(RDF + "type") and o in _PROPERTIES}
    inside = {s for s, p, o in held if p == iri(DCTERMS + "isPartOf") and o in _SECTIONS} & properties
    voices = {s for s, p, o in held if p == iri(RDFS + "subClassOf") and o == iri(OTS + "Statement")}
    ours = {term[1:-1] for term in inside | voices} | {OTS + "Statement"}
    return frozenset((ours - _ALSO_IN_FACTS) | _REIFICATION) if voices else frozenset()


def hint(query: str, statement_terms: Collection[str]) -> str:
    """What to say of a query that found nothing: one sentence in ASCII if it has such terms outside of GRAPH, or ""."""
    found = list(tokens(query))
    prologue = whole_prologue(found)
    inside: list[bool] = []
    for index, token in enumerate(found):
        if token.text == "{":
            inside.append(any(inside[-1:]) or _opens_graph(found, index))
        elif token.text == "}" and inside:
            inside.pop()
        elif token.kind in ("iri", "name") and not any(inside[-1:]):
            term = prologue.resolve(token)
            if term is not None and term in statement_terms:
                return _sentence(term)
    return ""


def _opens_graph(found: Sequence[Token], brace: int) -> bool:
    return brace >= 2 and found[brace - 2].is_word("GRAPH")


def _sentence(term: str) -> str:
    name = f"ots:{term.removeprefix(OTS)}" if term.startswith(OTS) else f"rdf:{term.removeprefix(RDF)}"
    return f"{name} is met inside GRAPH ?document {{ ... }} only: outside of it are facts, and no statements."
