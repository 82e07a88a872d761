"""The RDF dataset that a query chooses for itself: its FROM and FROM NAMED clauses; pure."""

from __future__ import annotations

from dataclasses import dataclass

from otsgraph.sparql_text import Prologue, Token, tokens


@dataclass(frozen=True, slots=True)
class DatasetClause:
    """The graph IRIs of FROM and of FROM NAMED, in the order of the text."""

    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is any clause."""
        return bool(self.default_graphs or self.named_graphs)


def dataset_clause(text: str) -> DatasetClause:
    """The FROM and FROM NAMED clauses of a query.  Source: SPARQL 1.1 Query §13.2.

    Prefixed names and IRIs relative to BASE are resolved.  A prefix that is not declared is left out here: the
    engine will refuse the query for it.
    """
    found: dict[bool, list[str]] = {False: [], True: []}
    if "from" in text.lower():
        prologue = Prologue()
        stream = tokens(text)
        for token in stream:
            prologue = prologue.read(token, stream) or prologue
            glued = _without(token, "FROM", prologue)
            if token.is_word("FROM") or glued:
                graph = glued or next(stream, token)
                glued = _without(graph, "NAMED", prologue)
                named = graph.is_word("NAMED") or glued is not None
                iri = prologue.resolve(glued or (next(stream, graph) if named else graph))
                if iri is not None:
                    found[named].append(iri)
    return DatasetClause(tuple(found[False]), tuple(found[True]))


def _without(token: Token, keyword: str, prologue: Prologue) -> Token | None:
    """The prefixed name that a keyword is glued to, as in `FROMg:a`; None where there is no such thing."""
    rest = Token(token.kind, token.text[len(keyword) :], token.start + len(keyword))
    is_glued = token.kind == "name" and token.text.upper().startswith(keyword) and prologue.resolve(token) is None
    return rest if is_glued and prologue.resolve(rest) is not None else None
