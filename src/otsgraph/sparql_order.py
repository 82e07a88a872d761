"""What must stand behind a keyword of SPARQL, and where solution modifiers stand; pure.

Source: SPARQL 1.1 Query §19.8 (grammar), productions 4 to 28 and 53 to 68.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from otsgraph.sparql_mistakes import Finding
from otsgraph.sparql_text import Token

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


_BEHIND: Mapping[str, tuple[Callable[[Token], bool], str]] = {
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
"""What stands behind a keyword: whether a token can, and in words."""


def behind_keyword(text: str, found: Sequence[Token]) -> Finding:
    for token, following in pairwise([*found, _END]):
        known = _BEHIND.get(token.text.upper()) if token.kind == "word" else None
        if known is None or known[0](following):
            continue
        found_instead = f", not `{following.text[:60]}`" if following is not _END else ""
        place = following.start if following is not _END else token.end
        return place, f"Behind {token.text.upper()} stands {known[1]}{found_instead}."
    return None


def prefix_without_iri(text: str, found: Sequence[Token]) -> Finding:
    for prefix, name, iri in zip(found, found[1:], [*found[2:], _END], strict=False):
        if prefix.is_word("PREFIX") and iri.kind != "iri":
            return name.end, f"The prefix `{name.text}` needs an IRI in angle brackets: `PREFIX {name.text} <http://…>`"
    return None


def nameless_variable(text: str, found: Sequence[Token]) -> Finding:
    """A `$`, which nothing but a variable begins with, that no name follows."""
    token = next((t for t in found if t.text == "$"), None)
    return (token.start, "A variable has a name behind `$`.") if token is not None else None


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
            return token.start, "Variables are selected without commas between them: SELECT ?a ?b."
    return None


def _selections(found: Sequence[Token]) -> Iterator[tuple[Token, Token]]:
    """The last word of each SELECT (DISTINCT, REDUCED), and the token behind it."""
    for index, token in enumerate(found):
        if token.is_word("SELECT"):
            rest = [token, *found[index + 1 : index + 3], _END]
            narrowed = _word("DISTINCT", "REDUCED")(rest[1])
            yield rest[narrowed], rest[narrowed + 1]


def expression_without_brackets(text: str, found: Sequence[Token]) -> Finding:
    """`SELECT COUNT(?x) AS ?n`: an expression in a selection stands in brackets."""
    for _, token in _selections(found):
        if token.kind == "word" and token.text.upper() not in ("DISTINCT", "REDUCED", "WHERE", "FROM"):
            return token.start, f"What is computed stands in brackets with a name: SELECT ({token.text}(…) AS ?x)."
    return None


def nothing_selected(text: str, found: Sequence[Token]) -> Finding:
    for word, token in _selections(found):
        if token.text == "{" or _word("WHERE", "FROM")(token):
            return token.start, f"Behind {word.text.upper()} stands what is selected: variables, or * for all."
    return None


def modifier_out_of_order(text: str, found: Sequence[Token]) -> Finding:
    """GROUP BY, HAVING, ORDER BY, LIMIT and OFFSET, VALUES: in this order behind the pattern of a query."""
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
                return token.start, f"{word} stands before {latest[-1]}, not behind it."
            latest[-1] = word if latest[-1:] != [""] or word != "VALUES" else ""
    return None


def suffix_without_value(text: str, found: Sequence[Token]) -> Finding:
    for token, following in pairwise([*found, _END]):
        if token.text == "^^" and not _iri(following):
            return token.start, "Behind `^^` stands the IRI of a datatype, such as xsd:integer."
        if token.text == "@":
            return token.start, "Behind `@` stands a language tag, such as @en."
    return None


def incomplete_triple(text: str, found: Sequence[Token]) -> Finding:
    """A group that ends, or a full stop, behind a subject alone or behind subject and predicate."""
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


RULES: tuple[Callable[[str, Sequence[Token]], Finding], ...] = (
    nameless_variable,
    comma_in_selection,
    expression_without_brackets,
    nothing_selected,
    modifier_out_of_order,
    suffix_without_value,
    incomplete_triple,
)
