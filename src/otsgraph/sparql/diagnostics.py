"""Says what is wrong in a query that the engine rejects, where, and what would be right.

Sources: SPARQL 1.1 Query §18.2.4 (aggregates), §19.6 (blank node labels), §19.8 (notes 9 to 14 of the grammar);
SPARQL 1.1 Query §19.8 (grammar), productions 4 to 28 and 53 to 68.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from otsgraph.errors import MalformedQuery
from otsgraph.sparql.tokens import Token, offset, position, tokens, unfit_escape, whole_prologue

Finding: TypeAlias = tuple[int, str] | None
Rule: TypeAlias = Callable[[str, Sequence[Token]], Finding]

_AGGREGATES = frozenset("COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT".split())
_ENDS_SELECTION = frozenset("FROM WHERE".split())
_ENDS_GROUPING = frozenset("HAVING ORDER LIMIT OFFSET VALUES".split())
_OPENING = {"(": 1, ")": -1}
_BRACES = {"{": 1, "}": -1}


def slash_in_name(text: str, found: Sequence[Token]) -> Finding:
    """`x:a/b` where a path cannot be meant, since what follows the slash is not a name."""
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
    """The tokens after GROUP BY that belong to the query whose pattern begins in `rest`."""
    depth = 0
    for index, token in enumerate(rest):
        depth += _BRACES.get(token.text, 0)
        if depth < 0:
            return []
        if depth == 0 and token.is_word("GROUP"):
            after = rest[index + 2 :]
            ends = (i for i, t in enumerate(after) if t.text.upper() in _ENDS_GROUPING or t.text == "}")
            return list(after[: next(ends, len(after))])
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
            return star.start, "`SELECT *` cannot be used with GROUP BY: name the variables that are grouped by."
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
                        f"`{inside.text}` is computed from groups: use it in SELECT, HAVING or ORDER BY only.",
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
                    f"`{token.text}` already has a value where BIND gives it another; use another name.",
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


def unknown_function(text: str, found: Sequence[Token], known: Callable[[Token], bool]) -> Finding:
    """A call of a function by an IRI that is not `known` to the engine."""
    for token, following in pairwise(found):
        if token.kind in ("iri", "name") and following.text == "(" and not known(token):
            return token.start, f"Unknown function `{token.text}`: this endpoint has the functions of SPARQL 1.1 only."
    return None


_END = Token("end", "", -1)
_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")


def _iri(token: Token) -> bool:
    return token.kind in ("iri", "name")


def _group(token: Token) -> bool:
    return token.text == "{"


def _bracket(token: Token) -> bool:
    return token.text == "("


def _expression(token: Token) -> bool:
    return _bracket(token) or _iri(token) or token.kind in ("word", "variable")


def _word(*words: str) -> Callable[[Token], bool]:
    return lambda token: token.kind == "word" and token.text.upper() in words


_AFTER: Mapping[str, tuple[Callable[[Token], bool], str]] = {
    "BASE": (lambda t: t.kind == "iri", "an IRI: BASE <http://…>"),
    "PREFIX": (lambda t: t.kind == "name" and t.text.endswith(":"), "a prefix with its colon, and an IRI: PREFIX ex: <http://…>"),
    "FROM": (lambda t: _iri(t) or _word("NAMED")(t), "the IRI of a graph, or NAMED and one"),
    "NAMED": (_iri, "the IRI of a graph"),
    "OPTIONAL": (_group, "a group in braces: OPTIONAL { … }"),
    "MINUS": (_group, "a group in braces: MINUS { … }"),
    "UNION": (_group, "a group in braces: { … } UNION { … }"),
    "EXISTS": (_group, "a group in braces: EXISTS { … }"),
    "WHERE": (_group, "a group in braces: WHERE { … }"),
    "GRAPH": (lambda t: _iri(t) or t.kind == "variable", "a graph's IRI or a variable, and a group: GRAPH ?g { … }"),
    "FILTER": (lambda t: _expression(t) and t.kind != "variable", "a condition in brackets or EXISTS: FILTER(?x > 1)"),
    "BIND": (_bracket, "an expression and a new variable: BIND(?x + 1 AS ?y)"),
    "NOT": (_word("EXISTS", "IN"), "EXISTS or IN"),
    "IN": (_bracket, "a list in brackets: ?x IN (1, 2)"),
    "AS": (lambda t: t.kind == "variable", "a new variable"),
    "ORDER": (_word("BY"), "BY"),
    "GROUP": (_word("BY"), "BY"),
    "BY": (_expression, "a variable or an expression in brackets"),
    "HAVING": (_expression, "a condition in brackets: HAVING(COUNT(*) > 1)"),
    "LIMIT": (lambda t: t.kind == "number", "a whole number from 0"),
    "OFFSET": (lambda t: t.kind == "number", "a whole number from 0"),
    "VALUES": (lambda t: t.kind == "variable" or _bracket(t), "a variable, or several in brackets: VALUES ?x { … }"),
    "DESCRIBE": (lambda t: _iri(t) or t.kind == "variable" or t.text == "*", "an IRI, a variable or *"),
}  # fmt: skip
"""What must follow a keyword: a test of the next token, and the same in words."""


def after_keyword(text: str, found: Sequence[Token]) -> Finding:
    for token, following in pairwise([*found, _END]):
        known = _AFTER.get(token.text.upper()) if token.kind == "word" else None
        if known is None or known[0](following):
            continue
        found_instead = f", not `{following.text[:60]}`" if following is not _END else ""
        place = following.start if following is not _END else token.end
        return place, f"{token.text.upper()} must be followed by {known[1]}{found_instead}."
    return None


def prefix_without_iri(text: str, found: Sequence[Token]) -> Finding:
    for prefix, name, iri in zip(found, found[1:], [*found[2:], _END], strict=False):
        if prefix.is_word("PREFIX") and iri.kind != "iri":
            return name.end, f"The prefix `{name.text}` needs an IRI in angle brackets: `PREFIX {name.text} <http://…>`"
    return None


def nameless_variable(text: str, found: Sequence[Token]) -> Finding:
    """A `$` without a name after it; nothing but a variable begins with it."""
    token = next((t for t in found if t.text == "$"), None)
    return (token.start, "`$` must be followed by the name of a variable.") if token is not None else None


def comma_in_selection(text: str, found: Sequence[Token]) -> Finding:
    depth = 0
    in_selection = False
    for token in found:
        depth += (token.text == "(") - (token.text == ")")
        if token.kind == "word":
            in_selection = token.is_word("SELECT") or (
                in_selection and (depth > 0 or token.text.upper() in ("DISTINCT", "REDUCED"))
            )
        elif token.text == "{":
            in_selection = False
        elif token.text == "," and in_selection and depth == 0:
            return token.start, "Selected variables are separated by spaces, not commas: SELECT ?a ?b."
    return None


def _empty_selections(found: Sequence[Token]) -> Iterator[tuple[Token, Token]]:
    """The last word of each SELECT (DISTINCT, REDUCED), and the token after it."""
    for index, token in enumerate(found):
        if token.is_word("SELECT"):
            rest = [token, *found[index + 1 : index + 3], _END]
            narrowed = _word("DISTINCT", "REDUCED")(rest[1])
            yield rest[narrowed], rest[narrowed + 1]


def expression_without_brackets(text: str, found: Sequence[Token]) -> Finding:
    """`SELECT COUNT(?x) AS ?n`: an expression in a selection needs brackets."""
    for _, token in _empty_selections(found):
        if token.kind == "word" and token.text.upper() not in ("DISTINCT", "REDUCED", "WHERE", "FROM"):
            return token.start, f"An expression in SELECT needs brackets and a name: SELECT ({token.text}(…) AS ?x)."
    return None


def nothing_selected(text: str, found: Sequence[Token]) -> Finding:
    for word, token in _empty_selections(found):
        if token.text == "{" or _word("WHERE", "FROM")(token):
            return token.start, f"{word.text.upper()} must be followed by variables or *."
    return None


def modifier_out_of_order(text: str, found: Sequence[Token]) -> Finding:
    """GROUP BY, HAVING, ORDER BY, LIMIT and OFFSET, VALUES: in this order after the pattern of a query."""
    ranks = {"GROUP": 1, "HAVING": 2, "ORDER": 3, "LIMIT": 4, "OFFSET": 4, "VALUES": 5}
    latest: list[str] = [""]
    for token in found:
        word = token.text.upper() if token.kind == "word" else token.text
        if word == "{":
            latest.append("")
        elif word == "}" and len(latest) > 1:
            latest.pop()
        elif word in _FORMS:
            latest[-1] = ""
        elif token.kind == "word" and word in ranks:
            if ranks[word] < ranks.get(latest[-1], 0):
                return token.start, f"{word} must come before {latest[-1]}."
            latest[-1] = word if latest[-1:] != [""] or word != "VALUES" else ""
    return None


def suffix_without_value(text: str, found: Sequence[Token]) -> Finding:
    for token, following in pairwise([*found, _END]):
        if token.text == "^^" and not _iri(following):
            return token.start, "`^^` must be followed by the IRI of a datatype, such as xsd:integer."
        if token.text == "@":
            return token.start, "`@` must be followed by a language tag, such as @en."
    return None


def incomplete_triple(text: str, found: Sequence[Token]) -> Finding:
    """A group or triple that ends after a subject alone, or after subject and predicate."""
    for start, brace in enumerate(found):
        if brace.text != "{":
            continue
        if start >= 2 and (found[start - 2].is_word("VALUES") or found[start - 1].text == ")"):
            continue
        terms = found[start + 1 : start + 4]
        plain = [t for t in terms if t.kind in ("variable", "iri", "name") or t.text == "a"]
        if len(plain) in (1, 2) and plain == list(terms[: len(plain)]) and len(terms) > len(plain):
            closing = terms[len(plain)]
            if closing.text in ("}", "."):
                missing = "an object" if len(plain) == 2 else "a predicate and an object"
                return closing.start, f"The triple before this `{closing.text}` lacks {missing}."
    return None


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
"""Words of other languages, and what SPARQL has instead."""

_TOO_SHORT_TO_GUESS = 3
_CLOSING = {")": "(", "]": "[", "}": "{"}
_NAMES = {"(": "bracket (", "[": "bracket [", "{": "brace {", ")": "bracket )", "]": "bracket ]", "}": "brace }"}
_CASTS = "http://www.w3.org/2001/XMLSchema#"
_SCHEME = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:")


def explain(text: str, line: int, column: int) -> MalformedQuery:
    """Returns the error that says what is wrong with a query.

    `line` and `column` are where the engine stopped, counted from 1; the error has the place of the cause, if the
    tokens show it.
    """
    found = list(tokens(text))
    for rule in _RULES:
        finding = rule(text, found)
        if finding is not None:
            return _error(text, *finding)
    return _error(text, *_unexpected(text, found, offset(text, line, column)))


def explain_fault(text: str) -> MalformedQuery | None:
    """Returns the error in a query that the engine accepted but could not evaluate, or None."""
    found = list(tokens(text))
    prologue = whole_prologue(found)
    finding = unknown_function(text, found, lambda token: (prologue.resolve(token) or "").startswith(_CASTS))
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
                return (
                    token.start,
                    "The IRI that begins here has no closing `>`, or has a character that IRIs cannot have.",
                )
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
        return form.start, f"`{form.text}` belongs to SPARQL Update; this endpoint is read-only."
    return None


def _unknown_word(text: str, found: Sequence[Token]) -> Finding:
    known = _KEYWORDS | _FUNCTIONS
    for index, token in enumerate(found):
        following = found[index + 1] if index + 1 < len(found) else None
        word = token.text.upper()
        if token.kind == "word" and word not in known and token.text != "a":
            kind = "function" if following is not None and following.text == "(" else "keyword"
            if word in _ELSEWHERE:
                return token.start, f"SPARQL has no `{token.text}`; use {_ELSEWHERE[word]}."
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
                # `?a<3&&?b>1` is not an IRI, but `?a <> 3` is a mistake
                if token.text == "<>":
                    return token.start, "Not equal is written `!=`."
                continue
            return token.start, f"The IRI `{token.text}` is relative, and there is no BASE."
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


_RULES: tuple[Rule, ...] = (
    _not_closed,
    _unbalanced,
    _update,
    prefix_without_iri,
    _undeclared_prefix,
    after_keyword,
    _unknown_word,
    _unfit_escape,
    _relative_iri,
    nameless_variable,
    comma_in_selection,
    expression_without_brackets,
    nothing_selected,
    modifier_out_of_order,
    suffix_without_value,
    incomplete_triple,
    _no_group,
    slash_in_name,
    star_with_grouping,
    ungrouped_variable,
    selected_twice,
    aggregate_in_pattern,
    bound_again,
    uneven_values,
)
"""In the order in which they are tried: the cause before what follows from it."""
