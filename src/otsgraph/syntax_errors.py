"""Where a SPARQL text goes wrong, in one plain sentence; pure.

The engine says where it stopped, often a token late, and what its grammar expected there, which helps nobody.  The
tokens tell more: the rules below are tried in order, from what confuses a parser most to what it reports well.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence

from otsgraph import sparql_mistakes, sparql_order
from otsgraph.errors import MalformedQuery
from otsgraph.sparql_mistakes import Finding
from otsgraph.sparql_text import Token, offset, position, tokens, unfit_escape, whole_prologue

_KEYWORDS = frozenset(
    "BASE PREFIX SELECT DISTINCT REDUCED CONSTRUCT DESCRIBE ASK FROM NAMED WHERE GROUP BY HAVING ORDER ASC DESC LIMIT"
    " OFFSET VALUES OPTIONAL GRAPH SERVICE SILENT BIND AS UNDEF MINUS UNION FILTER IN NOT EXISTS SEPARATOR TRUE FALSE"
    " LATERAL VERSION".split()
)
_FUNCTIONS = frozenset(
    "STR LANG LANGMATCHES LANGDIR DATATYPE BOUND IRI URI BNODE RAND ABS CEIL FLOOR ROUND CONCAT SUBSTR STRLEN REPLACE"
    " UCASE LCASE ENCODE_FOR_URI CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER YEAR MONTH DAY HOURS MINUTES SECONDS"
    " TIMEZONE TZ NOW UUID STRUUID MD5 SHA1 SHA256 SHA384 SHA512 COALESCE IF STRLANG STRLANGDIR STRDT SAMETERM ISIRI"
    " ISURI ISBLANK ISLITERAL ISNUMERIC REGEX COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT TRIPLE SUBJECT PREDICATE"
    " OBJECT ISTRIPLE HASLANG HASLANGDIR ADJUST".split()
)
_UPDATES = frozenset("INSERT DELETE LOAD CLEAR CREATE DROP COPY MOVE ADD WITH".split())
_ELSEWHERE = {
    "AND": "`&&`",
    "OR": "`||`",
    "LIKE": "CONTAINS(?x, 'part') or REGEX(?x, 'pattern')",
    "NULL": "BOUND(?x), or !BOUND(?x)",
    "A": "`a`, in lower case",
}
"""What other languages call otherwise, and how SPARQL writes it."""

_TOO_SHORT_TO_GUESS = 3
_CLOSING = {")": "(", "]": "[", "}": "{"}
_NAMES = {"(": "bracket (", "[": "bracket [", "{": "brace {", ")": "bracket )", "]": "bracket ]", "}": "brace }"}
_CASTS = "http://www.w3.org/2001/XMLSchema#"
_SCHEME = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:")


def explain(text: str, line: int, column: int) -> MalformedQuery:
    """The error that tells a person what is wrong with the query.

    `line` and `column` are where the engine stopped, counted from 1; the place in the error is the cause's, as far as
    the tokens show one.
    """
    found = list(tokens(text))
    for rule in _RULES:
        finding = rule(text, found)
        if finding is not None:
            return _error(text, *finding)
    return _error(text, *_unexpected(text, found, offset(text, line, column)))


def explain_fault(text: str) -> MalformedQuery | None:
    """The error in a query that the engine took and then could not evaluate; None if the tokens show none."""
    found = list(tokens(text))
    prologue = whole_prologue(found)
    finding = sparql_mistakes.unknown_function(
        text, found, lambda token: (prologue.resolve(token) or "").startswith(_CASTS)
    )
    return _error(text, *finding) if finding is not None else None


def _error(text: str, index: int, sentence: str) -> MalformedQuery:
    line, column = position(text, index)
    return MalformedQuery(sentence, line=line, column=column)


def _not_closed(text: str, found: Sequence[Token]) -> Finding:
    """A quotation mark that begins no string, or a `<` outside brackets that begins no IRI nor a reified triple."""
    depth = 0
    for before, token, after in zip([None, *found], found, [*found[1:], None], strict=False):
        if token.kind == "symbol":
            depth += (token.text == "(") - (token.text == ")")
            if token.text in ("'", '"'):
                return token.start, "The string that begins here is not closed."
            is_doubled = any(t is not None and t.text == "<" for t in (before, after))
            if token.text == "<" and depth == 0 and not is_doubled:
                return token.start, "The IRI that begins here has no closing `>`, or a character that no IRI may have."
    return None


def _unbalanced(text: str, found: Sequence[Token]) -> Finding:
    opened: list[Token] = []
    for token in found:
        if token.kind != "symbol":
            continue
        if token.text in _CLOSING.values():
            opened.append(token)
        elif token.text in _CLOSING:
            if not opened:
                return token.start, f"This closing {_NAMES[token.text]} has no opening one."
            before = opened.pop()
            if before.text != _CLOSING[token.text]:
                line, column = position(text, before.start)
                return token.start, (
                    f"Expected what closes the {_NAMES[before.text]} of line {line}, column {column},"
                    f" not `{token.text}`."
                )
    if opened:
        return opened[-1].start, f"The {_NAMES[opened[-1].text]} that opens here is never closed."
    return None


def _undeclared_prefix(text: str, found: Sequence[Token]) -> Finding:
    declared: set[str] = set()
    before: Token | None = None
    for token in found:
        if token.kind == "name":
            prefix = token.text.partition(":")[0]
            if before is not None and before.is_word("PREFIX"):
                declared.add(prefix)
            elif prefix not in declared:
                return (
                    token.start,
                    f"Unknown prefix `{prefix}:`; declare it with `PREFIX {prefix}: <…>` before the query.",
                )
        before = token
    return None


def _update(text: str, found: Sequence[Token]) -> Finding:
    """An update where the query form should stand."""
    form = next((t for t in found if t.kind == "word" and t.text.upper() not in ("BASE", "PREFIX", "VERSION")), None)
    if form is not None and form.text.upper() in _UPDATES:
        return form.start, f"`{form.text}` belongs to SPARQL Update; this endpoint answers queries and changes nothing."
    return None


def _unknown_word(text: str, found: Sequence[Token]) -> Finding:
    known = _KEYWORDS | _FUNCTIONS
    for index, token in enumerate(found):
        following = found[index + 1] if index + 1 < len(found) else None
        word = token.text.upper()
        if token.kind == "word" and word not in known and token.text != "a":
            kind = "function" if following is not None and following.text == "(" else "keyword"
            if word in _ELSEWHERE:
                return token.start, f"SPARQL has no `{token.text}`: it is written {_ELSEWHERE[word]}."
            if len(word) <= _TOO_SHORT_TO_GUESS:
                return token.start, f"Unknown {kind} `{token.text}`."
            near = difflib.get_close_matches(word, sorted(known), n=1)
            return token.start, f"Unknown {kind} `{token.text}`" + (f"; did you mean {near[0]}?" if near else ".")
    return None


def _relative_iri(text: str, found: Sequence[Token]) -> Finding:
    depth = 0
    for before, token in zip([None, *found], found, strict=False):
        depth += (token.text == "(") - (token.text == ")")
        if token.is_word("BASE"):
            return None
        if token.kind == "iri" and not _SCHEME.match(token.text):
            if depth > 0 and before is not None and (before.kind == "variable" or before.text == ")"):
                # `?a<3&&?b>1` is no IRI, but `?a <> 3` is a mistake
                if token.text == "<>":
                    return token.start, "Not equal is written `!=`."
                continue
            return token.start, f"The IRI `{token.text}` is relative, and no BASE says to what."
    return None


def _unfit_escape(text: str, found: Sequence[Token]) -> Finding:
    for token in found:
        escape = unfit_escape(token.text) if token.kind == "iri" and "\\" in token.text else None
        if escape is not None:
            return (
                token.start,
                f"The IRI that begins here has `{escape}`, which stands for a character that no IRI has.",
            )
    return None


def _no_group(text: str, found: Sequence[Token]) -> Finding:
    if found and not any(t.text == "{" for t in found) and not any(t.is_word("DESCRIBE") for t in found):
        return found[-1].end, "The query ends without a pattern in braces: { … }."
    return None


def _unexpected(text: str, found: Sequence[Token], stopped: int) -> tuple[int, str]:
    if not found:
        return 0, "The query is empty."
    token = next((t for t in reversed(found) if t.start <= stopped), found[0])
    if token.start == stopped:
        return token.start, f"Did not expect `{token.text[:60]}` here."
    return token.start, f"Did not expect `{token.text[:60]}` here, or something is missing beside it."


_RULES: tuple[Callable[[str, Sequence[Token]], Finding], ...] = (
    _not_closed,
    _unbalanced,
    _update,
    sparql_order.prefix_without_iri,
    _undeclared_prefix,
    sparql_order.behind_keyword,
    _unknown_word,
    _unfit_escape,
    _relative_iri,
    *sparql_order.RULES,
    _no_group,
    *sparql_mistakes.RULES,
)
