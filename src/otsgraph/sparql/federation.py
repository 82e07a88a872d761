"""Whether a query asks other endpoints, and whether it may; pure.  Source: SPARQL 1.1 Federated Query §2.

The engine's parser goes from place to place in the text: at each it tries the terminals of its grammar, and white space
is not needed between them.  So where a call stands depends on how the text before it is read, and there are texts with
several readings: `?a<'>'` compares with a string, or names an IRI.  This module does not guess which one the engine
takes.  It looks for what would be a call if a terminal began there, and refuses it unless no reading gets there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from otsgraph.errors import ServiceForbidden
from otsgraph.sparql.tokens import Prologue, Token, position

_SPACE = r"(?:[ \t\r\n]|\#[^\r\n]*+)*+"
_NAME_CHARACTER = r"[A-Za-z0-9_\x80-\U0010ffff]"
"""More than a name may have, but nothing that may follow one."""

_SERVICE = re.compile("SERVICE", re.ASCII | re.IGNORECASE)
_SILENT = re.compile(f"{_SPACE}SILENT", re.ASCII | re.IGNORECASE)
_IRI = r"<[^>]*+>"
_PREFIX = rf"(?:{_NAME_CHARACTER}|[.-])*+:"
_ENDPOINT_AND_GROUP = re.compile(
    rf"{_SPACE}(?:(?P<iri>{_IRI})|(?P<variable>[?$]{_NAME_CHARACTER}++)"
    rf"|(?P<name>{_PREFIX}(?:{_NAME_CHARACTER}|[.:%-]|\\.)*+)){_SPACE}\{{(?!\|)"
)
"""What follows SERVICE (production 59); `{|` opens an annotation, not a group."""

_DECLARATION = re.compile(
    rf"{_SPACE}(?:BASE{_SPACE}(?P<base>{_IRI})|PREFIX{_SPACE}(?P<prefix>{_PREFIX}){_SPACE}(?P<iri>{_IRI})"
    rf"|VERSION{_SPACE}(?:'[^'\\\r\n]*+'|\"[^\"\\\r\n]*+\"))",
    re.ASCII | re.IGNORECASE,
)
_FORM = re.compile(f"{_SPACE}(?:SELECT|ASK|CONSTRUCT|DESCRIBE)", re.ASCII | re.IGNORECASE)

_STEP = re.compile(
    r"""
      (?P<comment>   \#[^\r\n]*+ )
    | (?P<quoted>    ['"] )
    | (?P<less>      < )
    | (?P<variable>  [?$][A-Za-z0-9_]++ )
    | (?P<escape>    \\. )
    | (?P<plain>     [^\#'"<?$\\]++ | [?$] )
    """,
    re.DOTALL | re.VERBOSE,
)
_SHORT = re.compile(r"'(?:[^'\\\r\n]|\\.)*+'|\"(?:[^\"\\\r\n]|\\.)*+\"", re.DOTALL)
_LONG = re.compile(r"'''(?:[^'\\]|\\.|'(?!''))*+'''|\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+\"\"\"", re.DOTALL)
_IRI_REFERENCE = re.compile(r"<[^<>\"{}|^`\x00-\x20]*+>")


def mentions_service(text: str) -> bool:
    """Whether a query may call another endpoint; where this says no, it does not.

    The keyword is matched in ASCII, in any case, and cannot be written with escapes.
    """
    return "service" in text.lower()


def refuse_service(text: str, allowed: Collection[str] = ()) -> None:
    """Raises ServiceForbidden if the text may call another endpoint than those allowed, which are IRIs.

    A call is SERVICE as a keyword, whatever its case; one of a variable is never allowed.  In a string, a comment, an
    IRI or a variable the word is harmless, as long as the text has no reading in which it stands outside of them.
    """
    if not mentions_service(text):
        return
    prologue = _prologue(text)
    suspects = [
        service.start()
        for service in _SERVICE.finditer(text)
        if any(endpoint not in allowed for endpoint in _endpoints(text, service.end(), prologue))
    ]
    if not suspects:
        return
    outside = _outside(text)
    for start in suspects:
        if outside[start]:
            line, column = position(text, start)
            where = (
                f"only {', '.join(sorted(allowed))} may be asked" if allowed else "it answers from its own dataset only"
            )
            raise ServiceForbidden(
                f"SERVICE is not allowed here: {where}. If this is part of a string, a comment or a name, it can be"
                " read otherwise: put a space after each `<` that compares, or leave out the brace that follows.",
                line=line,
                column=column,
            )


def _endpoints(text: str, start: int, prologue: Prologue | None) -> Iterator[str | None]:
    """What a call whose keyword ends at `start` may name, as an IRI; None for a variable and for what is not known.

    `SILENTx:a` may be a keyword and a name, or one name.
    """
    silent = _SILENT.match(text, start)
    for place in (start, silent.end()) if silent else (start,):
        named = _ENDPOINT_AND_GROUP.match(text, place)
        if named is None:
            continue
        kind, found = str(named.lastgroup), named[str(named.lastgroup)]
        if kind == "iri":
            # an absolute one is the same whatever is declared
            yield (prologue or Prologue()).resolve(Token(kind, found, 0))
        elif kind == "variable" or prologue is None:
            yield None
        elif found.partition(":")[0] in dict(prologue.prefixes):
            yield prologue.resolve(Token(kind, found, 0))


def _prologue(text: str) -> Prologue | None:
    """What is declared where the text begins, which has one reading only.

    None if no query begins after that, or if what is declared is not an IRI.
    """
    prologue, place = Prologue(), 0
    while found := _DECLARATION.match(text, place):
        if found["base"]:
            prologue = prologue.with_base(found["base"])
            if not prologue.base:
                return None
        elif found["prefix"]:
            prologue = prologue.with_prefix(found["prefix"][:-1], found["iri"])
            if not prologue.prefixes[-1][1]:
                return None
        place = found.end()
    return prologue if _FORM.match(text, place) else None


def _outside(text: str) -> bytearray:
    """For each place of a text, 1 if a reading gets there: if it may be outside of strings, comments, IRIs, variables.

    A reading is any chain of steps, each to the end of a terminal or of a part of one.  Every terminal of the engine's
    grammar (productions 139 to 173, and keywords) is such a chain, so whatever the engine reads is among the readings.
    """
    outside = bytearray(len(text) + 1)
    stepped = bytearray(len(text) + 1)
    waiting = [0]
    while waiting:
        start = waiting.pop()
        outside[start] = 1
        step = None if stepped[start] else _STEP.match(text, start)
        stepped[start] = 1
        if step is None:
            continue
        if step.lastgroup == "quoted":
            waiting += _ends_of_string(text, start)
            continue
        if step.lastgroup == "less" and (found := _IRI_REFERENCE.match(text, start)):
            waiting.append(found.end())
        if step.lastgroup == "plain":
            outside[start : step.end()] = b"\1" * len(step[0])
        waiting.append(step.end())
    return outside


def _ends_of_string(text: str, start: int) -> list[int]:
    """Where a string that begins with a quotation mark may end.

    The engine's parser tries a long string first, and one without escapes cannot fail.
    """
    long, short = _LONG.match(text, start), _SHORT.match(text, start)
    if long is not None and "\\" not in long[0]:
        return [long.end()]
    return [found.end() for found in (long, short) if found is not None]
