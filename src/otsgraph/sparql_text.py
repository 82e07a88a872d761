"""Tokens of a SPARQL text, and what they tell: its prologue, nesting, undeclared prefixes; pure.

A parser would know more, but a parser can be made to recurse until the process dies.  Tokens are enough for
everything that has to be known before a query is evaluated.  The scan is linear in the length of the text, but for
texts of long strings that are not closed, which can make it quadratic: it runs in a worker, under the deadline.
Source: SPARQL 1.1 Query §19.8 (grammar), productions 139 to 173.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from otsgraph.errors import QueryTooComplex

DEEPEST_NESTING = 128
"""More brackets inside each other than this are refused: the engine's parser would use up its stack or its time."""

_NAME_START = r"A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D\u2070-\u218F" + (
    r"\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_NAME_CHAR = rf"{_NAME_START}_0-9\u00B7\u0300-\u036F\u203F\u2040"
_LOCAL = rf"(?:[{_NAME_CHAR}:]|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?#@%])"
_LOCAL_INNER = rf"(?:{_LOCAL}|[-.])"

_TOKEN = re.compile(
    rf"""
      (?P<space>      \s+ | \#[^\n\r]* )
    | (?P<iri>        <[^<>"{{}}|^`\\\x00-\x20]*(?:\\[uU][0-9A-Fa-f]+[^<>"{{}}|^`\\\x00-\x20]*)*> )
    | (?P<string>     '''(?:'{{0,2}}(?:[^'\\]|\\.))*''' | \"\"\"(?:"{{0,2}}(?:[^"\\]|\\.))*\"\"\"
                    | '(?!'')(?:[^'\\\n\r]|\\[^\n\r])*' | "(?!"")(?:[^"\\\n\r]|\\[^\n\r])*" )
    | (?P<variable>   [?$][{_NAME_START}_0-9][{_NAME_CHAR}]* )
    | (?P<blank>      _:[{_NAME_START}_0-9](?:[{_NAME_CHAR}.-]*[{_NAME_CHAR}-])? )
    | (?P<language>   @[A-Za-z]+(?:-[A-Za-z0-9]+)* )
    | (?P<name>       (?:[{_NAME_START}](?:[{_NAME_CHAR}.-]*[{_NAME_CHAR}-])?)?:
                      (?:{_LOCAL}(?:{_LOCAL_INNER}*(?:{_LOCAL}|-))?)? )
    | (?P<number>     (?:[0-9]+\.[0-9]*|\.?[0-9]+)(?:[eE][+-]?[0-9]+)? )
    | (?P<word>       [{_NAME_START}][{_NAME_CHAR}]* )
    | (?P<symbol>     \^\^ | && | \|\| | != | <= | >= | . )
    """,
    re.VERBOSE | re.DOTALL,
)

_PASSING = re.compile(r"(?<![?$\w])\w*(?:rand|uuid|now|bnode)(?!\w)|service", re.IGNORECASE)
"""Words that end like those functions, since the engine's parser needs no space before them; variables do not count."""
_PASSING_HINTS = ("rand", "uuid", "now", "bnode", "service")
_OPENING = {"(": ")", "[": "]", "{": "}"}
_CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_PROLOGUE_WORDS = {"BASE", "PREFIX", "VERSION"}
_OPERAND_KINDS = {"variable", "number", "string", "name", "iri", "language"}


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is a group name of the token pattern; `start` counts characters from 0."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    def is_word(self, word: str) -> bool:
        return self.kind == "word" and self.text.upper() == word


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text, without white space and comments.

    A character that starts no token is a symbol of its own, so the scan never fails and never stops early.

    `FILTER(?a<?b)` and `?s <iri> ?o` use the same character.  After the end of an operand inside round brackets `<`
    may be an operator, and what looks like an IRI may hide the bracket that ends the expression, or a variable; there
    an IRI that contains `)` or begins like a variable is read as the operator and what follows it.

    The engine's parser needs no space after PREFIX: in a prologue `PREFIXe: <iri>` declares `e:`, so it is two tokens.
    """
    brackets: list[str] = []
    before: Token | None = None
    in_prologue = True
    position = 0
    while match := _TOKEN.match(text, position):
        kind, found = str(match.lastgroup), match.group()
        if kind == "iri" and brackets[-1:] == ["("] and _may_be_operator(found) and before and _ends_operand(before):
            kind, found = "symbol", "<"
        elif in_prologue and kind == "name" and _is_glued_prefix(found) and not (before and before.is_word("PREFIX")):
            kind, found = "word", found[: len("PREFIX")]
        token = Token(kind, found, position)
        position = token.end
        if kind == "space":
            continue
        if kind == "symbol":
            if found in _OPENING:
                brackets.append(found)
            elif found in _OPENING.values() and brackets:
                brackets.pop()
        in_prologue = in_prologue and (kind != "word" or found.upper() in _PROLOGUE_WORDS)
        yield token
        before = token


def _may_be_operator(iri: str) -> bool:
    return ")" in iri or iri[1] in "?$"


def doubtful(text: str) -> Token | None:
    """The first `<` that was read as an operator, where to read an IRI would change what stands behind it.

    As an operator it may be followed by a comment or a string, as an IRI it contains their signs.
    """
    for token in tokens(text):
        if token.text == "<" and (match := _TOKEN.match(text, token.start)) and set(match["iri"] or "") & {"#", "'"}:
            return token
    return None


def _is_glued_prefix(name: str) -> bool:
    return name.upper().startswith("PREFIX") and name.endswith(":") and name.count(":") == 1


def _ends_operand(token: Token) -> bool:
    return token.kind in _OPERAND_KINDS or token.text == ")" or token.text.lower() in ("true", "false")


def is_repeatable(text: str) -> bool:
    """Whether a query gives the same answer again on the same dataset.

    It may not if it uses RAND, UUID, STRUUID, NOW or BNODE, or asks another endpoint.  Where the words stand in a
    string or a comment the answer is no as well: it has to be quick, and right only when it says yes.
    """
    lowered = text.lower()
    return not any(map(lowered.__contains__, _PASSING_HINTS)) or _PASSING.search(text) is None


def refuse_deep_nesting(text: str) -> None:
    """Raises QueryTooComplex if brackets are nested more than DEEPEST_NESTING deep."""
    if sum(map(text.count, _OPENING)) <= DEEPEST_NESTING:
        return
    depth = 0
    for token in tokens(text):
        if token.kind == "symbol":
            depth += (token.text in _OPENING) - (token.text in _OPENING.values())
            if depth > DEEPEST_NESTING:
                line, column = position(text, token.start)
                raise QueryTooComplex(
                    f"Brackets are nested more than {DEEPEST_NESTING} deep.", line=line, column=column
                )


@dataclass(frozen=True, slots=True)
class Prologue:
    """What BASE and PREFIX declarations say up to some place of a text."""

    base: str = ""
    prefixes: tuple[tuple[str, str], ...] = ()

    def read(self, token: Token, following: Iterator[Token]) -> Prologue | None:
        """The prologue after a declaration that begins with `token`; None if none begins there."""
        if token.is_word("BASE"):
            return Prologue(self._join(next(following, token)), self.prefixes)
        if token.is_word("PREFIX"):
            name = next(following, token).text.partition(":")[0]
            return Prologue(self.base, (*self.prefixes, (name, self._join(next(following, token)))))
        return None

    def resolve(self, token: Token) -> str | None:
        """The IRI that an IRI reference or a prefixed name stands for; None for any other token."""
        if token.kind == "iri":
            return self._join(token)
        prefix, colon, local = token.text.partition(":")
        declared = dict(self.prefixes)
        if token.kind == "name" and colon and prefix in declared:
            return declared[prefix] + re.sub(r"\\(.)", r"\1", local)
        return None

    def _join(self, token: Token) -> str:
        """An IRI reference as it reads with its escapes (SPARQL 1.1 Query §19.2); as it is where that is no IRI."""
        reference = token.text[1:-1]
        try:
            reference = _CODEPOINT.sub(lambda m: chr(int(m[1] or m[2], 16)), reference)
            return urljoin(self.base, reference) if self.base else reference
        except (ValueError, OverflowError):
            return token.text[1:-1]


def whole_prologue(found: Sequence[Token]) -> Prologue:
    """What all declarations of a query say; a later one of the same prefix wins, as in the engine."""
    prologue = Prologue()
    stream = iter(found)
    for token in stream:
        prologue = prologue.read(token, stream) or prologue
    return prologue


def position(text: str, index: int) -> tuple[int, int]:
    """The line and the column of a character, both counted from 1."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def offset(text: str, line: int, column: int) -> int:
    """The inverse of `position`; the end of the text for places behind it."""
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
        if start == 0:
            return len(text)
    return min(start + column - 1, len(text))


def prologue_for(text: str, prefixes: Mapping[str, str]) -> str:
    """PREFIX lines for those of `prefixes` that the text uses and does not declare; empty if there are none."""
    declared: set[str] = set()
    used: dict[str, None] = {}
    before: Token | None = None
    for token in tokens(text):
        if token.kind == "name":
            name = token.text.partition(":")[0]
            if before is not None and before.is_word("PREFIX"):
                declared.add(name)
            else:
                used[name] = None
        before = token
    return "".join(f"PREFIX {p}: <{prefixes[p]}>\n" for p in used if p in prefixes and p not in declared)
