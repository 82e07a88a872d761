"""Mistakes in a SPARQL text that is well-formed as far as its brackets and words go; pure.

The engine's grammar refuses them too, but late and without a reason.  Each rule is given the tokens of a query that is
known to be wrong, and returns where the mistake is and a sentence on it, or None.
Source: SPARQL 1.1 Query §18.2.4 (aggregates), §19.6 (blank node labels), §19.8 (notes 9 to 14 of the grammar).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from otsgraph.sparql_text import Token

Finding: TypeAlias = tuple[int, str] | None
Rule: TypeAlias = Callable[[str, Sequence[Token]], Finding]

_AGGREGATES = frozenset("COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT".split())
_ENDS_SELECTION = frozenset("FROM WHERE".split())
_ENDS_GROUPING = frozenset("HAVING ORDER LIMIT OFFSET VALUES".split())
_OPENING = {"(": 1, ")": -1}
_BRACES = {"{": 1, "}": -1}


def slash_in_name(text: str, found: Sequence[Token]) -> Finding:
    """`x:a/b` where a path cannot be meant, since what follows the slash is no name."""
    for before, slash, after in zip(found, found[1:], found[2:], strict=False):
        glued = before.end == slash.start and slash.end == after.start
        if before.kind == "name" and slash.text == "/" and glued and after.kind in ("number", "word"):
            if after.text == "a":
                continue
            return before.start, f"In a prefixed name a slash is written `\\/`: `{before.text}\\/{after.text}`."
    return None


def _selections(found: Sequence[Token]) -> Iterator[tuple[list[Token], list[Token]]]:
    """For each SELECT: the tokens of its selection, and those of its own GROUP BY."""
    for index, token in enumerate(found):
        if token.is_word("SELECT"):
            rest = found[index + 1 :]
            end = next((i for i, t in enumerate(rest) if t.text == "{" or t.text.upper() in _ENDS_SELECTION), len(rest))
            yield list(rest[:end]), _grouping(rest[end:])


def _grouping(rest: Sequence[Token]) -> list[Token]:
    """The tokens behind GROUP BY that belong to the query whose pattern begins in `rest`."""
    depth = 0
    for index, token in enumerate(rest):
        depth += _BRACES.get(token.text, 0)
        if depth < 0:
            return []
        if depth == 0 and token.is_word("GROUP"):
            behind = rest[index + 2 :]
            ends = (i for i, t in enumerate(behind) if t.text.upper() in _ENDS_GROUPING or t.text == "}")
            return list(behind[: next(ends, len(behind))])
    return []


def _plain_variables(selection: Sequence[Token]) -> list[Token]:
    """The variables of a selection that are selected as they are, outside of brackets."""
    depth, plain = 0, []
    for token in selection:
        depth += _OPENING.get(token.text, 0)
        if token.kind == "variable" and depth == 0:
            plain.append(token)
    return plain


def _new_variables(selection: Sequence[Token]) -> list[Token]:
    """The variables that a selection introduces with AS."""
    return [t for before, t in pairwise(selection) if before.is_word("AS") and t.kind == "variable"]


def ungrouped_variable(text: str, found: Sequence[Token]) -> Finding:
    for selection, grouping in _selections(found):
        aggregates = any(t.kind == "word" and t.text.upper() in _AGGREGATES for t in selection)
        if not aggregates and not grouping:
            continue
        grouped = {t.text[1:] for t in grouping if t.kind == "variable"}
        for token in _plain_variables(selection):
            if token.text[1:] not in grouped:
                reason = "beside an aggregate" if aggregates else "from groups"
                return token.start, (
                    f"`{token.text}` is selected {reason}, but is not in GROUP BY: group by it, or aggregate it too."
                )
    return None


def star_with_grouping(text: str, found: Sequence[Token]) -> Finding:
    for selection, grouping in _selections(found):
        star = next((t for t in selection if t.text == "*"), None)
        if grouping and star is not None and star is selection[-1]:
            return star.start, "`SELECT *` does not go with GROUP BY: name the variables that are grouped by."
    return None


def selected_twice(text: str, found: Sequence[Token]) -> Finding:
    for selection, _ in _selections(found):
        new = _new_variables(selection)
        counts = Counter(t.text[1:] for t in (*new, *_plain_variables(selection)))
        for token in reversed(new):
            if counts[token.text[1:]] > 1:
                return token.start, f"`{token.text}` is selected twice; give the second one another name."
    return None


def aggregate_in_pattern(text: str, found: Sequence[Token]) -> Finding:
    """An aggregate inside FILTER or BIND: nothing is grouped there."""
    for index, token in enumerate(found):
        if token.kind == "word" and token.text.upper() in ("FILTER", "BIND"):
            for inside in _bracketed(found[index + 1 :]):
                if inside.kind == "word" and inside.text.upper() in _AGGREGATES:
                    return (
                        inside.start,
                        f"`{inside.text}` is computed from groups, so it stands in SELECT, HAVING or ORDER BY only.",
                    )
    return None


def _bracketed(rest: Sequence[Token]) -> Iterator[Token]:
    """The tokens up to the bracket that closes the first one; none if `rest` does not begin with one."""
    depth = 0
    for token in rest:
        depth += _OPENING.get(token.text, 0)
        if depth <= 0 or token.text == "{" or token.is_word("SELECT"):
            return
        yield token


def bound_again(text: str, found: Sequence[Token]) -> Finding:
    """BIND to a variable that the group has used before.

    What MINUS, EXISTS, a sub-select and a filter use does not count (SPARQL 1.1 Query §18.2.1).
    """
    groups: list[set[str]] = [set()]
    hidden: list[bool] = []
    binds: list[bool] = []
    for before, token, after in zip(found, found[1:], [*found[2:], None], strict=False):
        if token.text == "{":
            groups.append(set())
            is_apart = before.is_word("MINUS") or before.is_word("EXISTS")
            hidden.append(is_apart or (after is not None and after.is_word("SELECT")))
        elif token.text == "}" and hidden:
            inner = groups.pop()
            if not hidden.pop():
                groups[-1] |= inner
        elif token.text == "(":
            binds.append(before.is_word("BIND"))
        elif token.text == ")" and binds:
            binds.pop()
        elif token.kind == "variable":
            if before.is_word("AS") and binds[-1:] == [True] and token.text[1:] in groups[-1]:
                return (
                    token.start,
                    f"`{token.text}` has a value already where BIND gives it another; take another name.",
                )
            if not binds or before.is_word("AS"):
                groups[-1].add(token.text[1:])
    return None


def uneven_values(text: str, found: Sequence[Token]) -> Finding:
    """VALUES with a row that is longer or shorter than its list of variables."""
    for index, token in enumerate(found):
        if not (token.is_word("VALUES") and found[index + 1 : index + 2] and found[index + 1].text == "("):
            continue
        names = [t for t in _bracketed(found[index + 1 :]) if t.kind == "variable"]
        place = index + 1 + len(list(_bracketed(found[index + 1 :]))) + 2
        while place < len(found) and found[place].text == "(":
            row = list(_bracketed(found[place:]))[1:]
            if any(t.text == "<" for t in row):
                return None
            values = _terms(row)
            if values != len(names):
                return found[place].start, f"This row of VALUES has {values} values for {len(names)} variables."
            place += len(row) + 2
    return None


def _terms(row: Sequence[Token]) -> int:
    """The number of terms among some tokens: a literal with its language tag or its datatype is one."""
    number = 0
    for before, token in zip([None, *row], row, strict=False):
        is_suffix = (
            token.kind == "language" or token.text in ("^^", "+", "-") or (before is not None and before.text == "^^")
        )
        number += not is_suffix
    return number


RULES: tuple[Rule, ...] = (
    slash_in_name,
    star_with_grouping,
    ungrouped_variable,
    selected_twice,
    aggregate_in_pattern,
    bound_again,
    uneven_values,
)


def unknown_function(text: str, found: Sequence[Token], known: Callable[[Token], bool]) -> Finding:
    """A call of a function by IRI that the engine does not have; `known` tells those that it has."""
    for token, following in pairwise(found):
        if token.kind in ("iri", "name") and following.text == "(" and not known(token):
            return token.start, f"Unknown function `{token.text}`: this endpoint has the functions of SPARQL 1.1 only."
    return None
