"""Why a query may have found nothing: it looks for statements among facts, or uses an unknown term; pure.

Statements stand in named graphs only, so a pattern with their terms outside of GRAPH is empty whatever the documents
say.  That is meant, and easily forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from otsgraph.rdf.terms import DCTERMS, OTS, OWL, RDF, RDFS, Triple, iri, iri_value
from otsgraph.sparql.tokens import Token, tokens, whole_prologue

_REIFICATION = frozenset(RDF + name for name in ("subject", "predicate", "object"))
_ALSO_IN_FACTS = frozenset(
    OTS + name
    for name in """
        supportedBy origin side issuer publishedBy visibility versionOf byline leavesOut datelinePlace datelineDay
        accepts rejects leavesOpen reason
    """.split()
)
_LONGEST = 500
"""Characters of a hint, which is sent in a header field; a query can name a longer IRI than fits into one."""

_SECTIONS = {iri(OTS + "section-statements"), iri(OTS + "section-evidence")}
_PROPERTIES = {iri(OWL + "ObjectProperty"), iri(OWL + "DatatypeProperty")}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The terms of a dataset, as IRIs, by where they are met.

    `in_statements`: in statement graphs only, as those of reification, of voices, of what statements have.  `claimed`:
    subject and predicate of statements that together are in no fact.  `defined`: all that the ontology defines.
    """

    in_statements: frozenset[str] = frozenset()
    claimed: frozenset[tuple[str, str]] = frozenset()
    defined: frozenset[str] = frozenset()


def vocabulary(ontology: Iterable[Triple], claimed: Iterable[tuple[str, str]] = ()) -> Vocabulary:
    """The vocabulary of an ontology that has statements, with what is only claimed; an empty one for any other.

    `claimed`, which can be costly, is not read for an ontology without statements.
    """
    held = set(ontology)
    properties = {s for s, p, o in held if p == iri(RDF + "type") and o in _PROPERTIES}
    inside = {s for s, p, o in held if p == iri(DCTERMS + "isPartOf") and o in _SECTIONS} & properties
    voices = {s for s, p, o in held if p == iri(RDFS + "subClassOf") and o == iri(OTS + "Statement")}
    if not voices:
        return Vocabulary()
    ours = {iri_value(term) for term in inside | voices} | {OTS + "Statement"}
    defined = frozenset(iri_value(s) for s, _, _ in held if s.startswith(f"<{OTS}"))
    return Vocabulary(frozenset(ours - _ALSO_IN_FACTS) | _REIFICATION, frozenset(claimed), defined)


def hint(query: str, known: Vocabulary) -> str:
    """What to say of a query that found nothing, in one sentence in printable ASCII, or "".

    Said of the first term of ours that is not defined, or that is met inside GRAPH only and stands outside of it.
    """
    found = list(tokens(query))
    prologue = whole_prologue(found)
    inside: list[bool] = []
    before = ""
    for index, token in enumerate(found):
        if token.text == "{":
            inside.append(any(inside[-1:]) or _opens_graph(found, index))
        elif token.text == "}" and inside:
            inside.pop()
        elif token.kind in ("iri", "name") and inside:
            term = prologue.resolve(token) or ""
            sentence = _sentence(term, before, known, in_graph=inside[-1])
            # it becomes a header field
            if 0 < len(sentence) <= _LONGEST and sentence.isascii() and sentence.isprintable():
                return sentence
            before = term
            continue
        before = ""
    return ""


def _opens_graph(found: Sequence[Token], brace: int) -> bool:
    return brace >= 2 and found[brace - 2].is_word("GRAPH")


def _short(term: str) -> str:
    for prefix, namespace in (("ots", OTS), ("rdf", RDF)):
        if term.startswith(namespace):
            return f"{prefix}:{term.removeprefix(namespace)}"
    return f"<{term}>"


def _sentence(term: str, before: str, known: Vocabulary, *, in_graph: bool) -> str:
    name = _short(term)
    if known.defined and term.startswith(OTS) and term not in known.defined:
        return f"{name} is not a term of the ontology, so nothing can be found with it."
    if term in known.in_statements and not in_graph:
        return f"{name} is met inside GRAPH ?document {{ ... }} only: outside of it are facts, and no statements."
    if (before, term) in known.claimed and not in_graph:
        claims = f"GRAPH ?document {{ ?statement rdf:subject ?s ; rdf:predicate {name} ; rdf:object ?o }}"
        return f"No fact has {name} of this subject; who claims it is met inside {claims}."
    return ""
