"""Tokens of a SPARQL text, and what they tell: its prologue, nesting, undeclared prefixes; pure.

A parser would know more, but a parser can be made to recurse until the process dies.  Tokens are enough for
everything that has to be known before a query is evaluated.  The scan is linear in the length of the text, but for
texts of long strings that are not closed, which can make it quadratic: it runs in a worker, under the deadline.
Source: SPARQL 1.1 Query §19.8 (grammar), productions 139 to 173.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

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
    | (?P<iri>        <(?:[^<>"{{}}|^`\\\x00-\x20]|\\(?:u|U[0-9A-Fa-f]{{4}})[0-9A-Fa-f]{{4}})*+> )
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
_LONGEST_SEARCHED = 2**16
"""Characters; a longer text would hold up the server, where this runs, for too long."""
_OPENING = {"(": ")", "[": "]", "{": "}"}
_CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_REFERENCE = re.compile(r"([^:/?#]+:)?(//[^/?#]*)?([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
"""An IRI reference and its parts.  Source: RFC 3986, Appendix B."""
_PLANES = "".join(f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 17))
_IRI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*:"
    rf"(?:[!#$&-;=?-\[\]_a-z~\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\uffef{_PLANES}]|%[0-9A-Fa-f]{{2}})*"
)
"""Characters that an absolute IRI may have (RFC 3987 §2.2), not always in the right places."""
_PROLOGUE_WORDS = {"BASE", "PREFIX", "VERSION"}


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

    A character that starts no token is a symbol of its own, so the scan never fails and never stops early.  What can
    be an IRI is one, also where the engine's parser finds an operator (`FILTER(?a<'>')`): no limit of access may be
    decided by these tokens.

    The engine's parser needs no space after PREFIX: in a prologue `PREFIXe: <iri>` declares `e:`, so it is two tokens.
    """
    before: Token | None = None
    in_prologue = True
    position = 0
    while match := _TOKEN.match(text, position):
        kind, found = str(match.lastgroup), match.group()
        if in_prologue and kind == "name" and _is_glued_prefix(found) and not (before and before.is_word("PREFIX")):
            kind, found = "word", found[: len("PREFIX")]
        token = Token(kind, found, position)
        position = token.end
        if kind == "space":
            continue
        in_prologue = in_prologue and (kind != "word" or found.upper() in _PROLOGUE_WORDS)
        yield token
        before = token


def _is_glued_prefix(name: str) -> bool:
    return name.upper().startswith("PREFIX") and name.endswith(":") and name.count(":") == 1


def is_repeatable(text: str) -> bool:
    """Whether a query gives the same answer again on the same dataset.

    It may not if it uses RAND, UUID, STRUUID, NOW or BNODE, or asks another endpoint.  Where the words stand in a
    string, a comment or a very long text the answer is no as well: it has to be quick, and right only when it says yes.
    """
    lowered = text.lower()
    if not any(map(lowered.__contains__, _PASSING_HINTS)):
        return True
    return len(text) <= _LONGEST_SEARCHED and _PASSING.search(text) is None


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
    """What BASE and PREFIX declarations say up to some place of a text.

    The last declaration of a prefix holds.  `base`, and what a prefix stands for, are empty where that is not an IRI.
    """

    base: str = ""
    prefixes: tuple[tuple[str, str], ...] = ()

    def read(self, token: Token, following: Iterator[Token]) -> Prologue | None:
        """The prologue after a declaration that begins with `token`; None if none begins there."""
        if token.is_word("BASE"):
            return self.with_base(next(following, token).text)
        if token.is_word("PREFIX"):
            name = next(following, token).text.partition(":")[0]
            return self.with_prefix(name, next(following, token).text)
        return None

    def with_base(self, reference: str) -> Prologue:
        """The prologue after a BASE declaration; `reference` is an IRI reference in angle brackets."""
        return Prologue(self._joined(reference) or "", self.prefixes)

    def with_prefix(self, name: str, reference: str) -> Prologue:
        """The prologue after a PREFIX declaration."""
        return Prologue(self.base, (*self.prefixes, (name, self._joined(reference) or "")))

    def resolve(self, token: Token) -> str | None:
        """The IRI that an IRI reference or a prefixed name stands for.

        None for any other token, and where the outcome is not an IRI.
        """
        if token.kind == "iri":
            return self._joined(token.text)
        prefix, colon, local = token.text.partition(":")
        namespace = dict(self.prefixes).get(prefix) if token.kind == "name" and colon else None
        if namespace:
            return _iri_or_none(namespace + re.sub(r"\\(.)", r"\1", local))
        return None

    def _joined(self, reference: str) -> str | None:
        """The IRI that a reference in angle brackets stands for, with its escapes decoded (SPARQL 1.1 Query §19.2)."""
        try:
            decoded = _CODEPOINT.sub(lambda m: chr(int(m[1] or m[2], 16)), reference[1:-1])
        except (ValueError, OverflowError):
            return None
        return _iri_or_none(resolved(decoded, self.base) if self.base else decoded)


def unfit_escape(reference: str) -> str | None:
    """The first escape of an IRI reference that stands for a character which no IRI has; None if there is none."""
    for escape in _CODEPOINT.finditer(reference):
        number = int(escape[1] or escape[2], 16)
        if number > sys.maxunicode or (chr(number) != "%" and not _IRI.fullmatch(f"x:{chr(number)}")):
            return escape[0]
    return None


def _iri_or_none(text: str) -> str | None:
    return text if _IRI.fullmatch(text) else None


def resolved(reference: str, base: str) -> str:
    """A reference made absolute as the engine does it: RFC 3986 §5.2, but dots stay in what has an authority."""
    scheme, authority, path, query, fragment = _parts(reference)
    base_scheme, base_authority, base_path, base_query, _ = _parts(base)
    if scheme:
        return reference
    if authority:
        return base_scheme + reference
    if not path:
        return base_scheme + base_authority + base_path + (query or base_query) + fragment
    folder = "/" if base_authority and not base_path else base_path[: base_path.rfind("/") + 1]
    climbed = _climbed("" if path.startswith("/") else folder, path, top=1 if base_authority else 0)
    return base_scheme + base_authority + climbed + query + fragment


def _parts(reference: str) -> Sequence[str]:
    """Scheme, authority, path, query and fragment with the signs that mark them; empty where there are none."""
    found = _REFERENCE.fullmatch(reference)
    return found.groups("") if found is not None else ("",) * 5


def _climbed(folder: str, path: str, top: int) -> str:
    """A path that starts in a folder, with its segments `.` and `..` carried out; `top` segments always stay."""
    kept = folder.split("/")[:-1]
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            del kept[max(len(kept) - 1, top) :]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)


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
    """The inverse of `position`; the end of the text for places after it."""
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
