"""Whether a query asks other endpoints, and whether it may; pure.  Source: SPARQL 1.1 Federated Query §2."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from otsgraph.errors import ServiceForbidden
from otsgraph.sparql_text import Prologue, Token, doubtful, position, tokens, whole_prologue


def mentions_service(text: str) -> bool:
    """Whether a query may call another endpoint; where this says no, it does not."""
    return "service" in text.lower()


def refuse_service(text: str, allowed: Collection[str] = ()) -> None:
    """Raises ServiceForbidden if the text calls another endpoint than those allowed, which are IRIs.

    A call is SERVICE as a keyword, whatever its case; one of a variable is never allowed.

    In strings, comments, IRIs, prefixed names and variables the word is harmless.  But the engine's parser needs no
    space after a keyword: it reads `trueSERVICE<iri>` and `SERVICEx:y {` as calls too, whether or not there is a
    prefix `SERVICEx:`.
    """
    if not mentions_service(text):
        return
    if doubt := doubtful(text):
        line, column = position(text, doubt.start)
        reason = "SERVICE may hide behind this `<`: put a space behind it, or write no IRI here."
        raise ServiceForbidden(reason, line=line, column=column)
    found = list(tokens(text))
    prologue = whole_prologue(found) if allowed else Prologue()
    for index, token in enumerate(found):
        before, following = found[max(index - 1, 0)], found[index + 1 : index + 3]
        if _is_service_call(before, token, following) and _endpoint(token, following, prologue) not in allowed:
            line, column = position(text, token.start)
            where = (
                f"only {', '.join(sorted(allowed))} may be asked" if allowed else "it answers from its own dataset only"
            )
            raise ServiceForbidden(f"SERVICE is not allowed here: {where}.", line=line, column=column)


def _is_service_call(before: Token, token: Token, following: Sequence[Token]) -> bool:
    if token.kind == "word":
        return "SERVICE" in token.text.upper()
    opens_group = bool(following) and following[0].text == "{"
    names_graph = before.text.upper() in ("GRAPH", "FROM", "NAMED")
    if token.kind != "name" or not opens_group or names_graph:
        return False
    return "SERVICE" in token.text.partition(":")[0].upper()


def _endpoint(service: Token, following: Sequence[Token], prologue: Prologue) -> str | None:
    """The IRI that a plainly written call names; None for a variable, and for a keyword that is glued to something."""
    if not service.is_word("SERVICE"):
        return None
    named = following[1:2] if following and following[0].is_word("SILENT") else following[:1]
    return prologue.resolve(named[0]) if named else None
