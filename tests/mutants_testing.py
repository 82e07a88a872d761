"""Single faults in modules, queries, rules and shapes, of the kinds that people make."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pyoxigraph as ox

from otsgraph.sparql.tokens import Token, tokens

OPERATORS: dict[type[ast.cmpop], tuple[str, tuple[str, ...]]] = {
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Lt: ("<", ("<=", ">=")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<=")),
    ast.GtE: (">=", (">", "<")),
    ast.In: (r"\bin\b", ("not in",)),
    ast.NotIn: (r"\bnot\s+in\b", ("in",)),
    ast.Is: (r"\bis\b", ("is not",)),
    ast.IsNot: (r"\bis\s+not\b", ("is",)),
}
"""How a comparison is written, and what it becomes: turned round, or off by one."""

BRACKETS: Mapping[type[ast.AST], tuple[str, str]] = {ast.Set: ("{", "}"), ast.List: ("[", "]"), ast.Tuple: ("(", ")")}

Placed: TypeAlias = ast.expr | ast.keyword

UNTOUCHED = {"annotation", "returns", "decorator_list", "bases"}


@dataclass(frozen=True)
class Fault:
    """The characters from `start` to `end` of a text become `new`."""

    start: int
    end: int
    new: str
    what: str

    def planted(self, text: str) -> str:
        return text[: self.start] + self.new + text[self.end :]

    def shown(self, text: str) -> tuple[int, str, str]:
        """Number, and text before and after, of the line or lines in which it is."""
        first, last = text.rfind("\n", 0, self.start) + 1, text.find("\n", self.end)
        last = len(text) if last < 0 else last
        after = text[first : self.start] + self.new + text[self.end : last]
        return text.count("\n", 0, self.start) + 1, " ".join(text[first:last].split()), " ".join(after.split())


def _is_well_formed(name: str, text: str) -> bool:
    try:
        if name.endswith(".py"):
            compile(text, name, "exec")
        elif name.endswith(".rq"):
            ox.Store().query(text)
        else:
            list(ox.parse(text, format=ox.RdfFormat.TURTLE))
    except SyntaxError:
        return False
    return True


class Python:
    """The faults of a module, by its syntax."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = text.split("\n")
        self._starts = [0, *itertools.accumulate(len(line) + 1 for line in self._lines)]

    def faults(self) -> Iterator[Fault]:
        for node in _touched(ast.parse(self._text)):
            yield from self._of_conditions(node)
            yield from self._of_operators(node)
            yield from self._of_collections(node)
            yield from self._of_values(node)

    def _at(self, line: int, column: int) -> int:
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def _begin(self, node: Placed) -> int:
        return self._at(node.lineno, node.col_offset)

    def _end(self, node: Placed) -> int:
        return self._at(node.end_lineno or 0, node.end_col_offset or 0)

    def _source(self, node: Placed) -> str:
        return self._text[self._begin(node) : self._end(node)]

    def _instead(self, node: Placed, new: str, what: str) -> Fault:
        return Fault(self._begin(node), self._end(node), new, what)

    def _between(self, left: ast.expr, right: ast.expr, pattern: str, new: str) -> Iterator[Fault]:
        """Replaces what stands between two operands."""
        start = self._end(left)
        if found := re.search(pattern, self._text[start : self._begin(right)]):
            yield Fault(start + found.start(), start + found.end(), new, f"{found[0]} became {new}")

    def _of_conditions(self, node: ast.AST) -> Iterator[Fault]:
        """A condition negated, or always true or false."""
        tests = [node.test] if isinstance(node, ast.If | ast.While | ast.IfExp) else []
        for test in node.ifs if isinstance(node, ast.comprehension) else tests:
            # the opposite of a comparison, or without its `not`, is among the faults of operators
            opposite = () if isinstance(test, ast.Compare | ast.UnaryOp) else (f"not ({self._source(test)})",)
            for new in (*opposite, "True", "False"):
                yield self._instead(test, new, f"condition became {new}")

    def _of_operators(self, node: ast.AST) -> Iterator[Fault]:
        """A comparison turned round or off by one, `and` and `or` swapped, a `not` removed."""
        match node:
            case ast.Compare(first, operators, others):
                for (one, other), operator in zip(itertools.pairwise([first, *others]), operators, strict=True):
                    pattern, instead = OPERATORS[type(operator)]
                    for new in instead:
                        yield from self._between(one, other, pattern, new)
            case ast.BoolOp(operator, values):
                old, new = ("and", "or") if isinstance(operator, ast.And) else ("or", "and")
                for one, other in itertools.pairwise(values):
                    yield from self._between(one, other, rf"\b{old}\b", new)
            case ast.UnaryOp(ast.Not(), operand):
                yield self._instead(node, f"({self._source(operand)})", "not removed")

    def _of_collections(self, node: ast.AST) -> Iterator[Fault]:
        """An element removed from a set, list, tuple or dict, or from a list of words."""
        match node:
            case ast.Set(items) | ast.List(items, ast.Load()) | ast.Tuple(items, ast.Load()):
                opening, closing = BRACKETS[type(node)]
                for item, rest in without_one([self._source(item) for item in items]):
                    comma = "," if len(rest) == 1 and opening == "(" else ""
                    new = f"{opening}{', '.join(rest)}{comma}{closing}" if rest or opening != "{" else "set()"
                    yield self._instead(node, new, f"element removed: {item}")
            case ast.Dict(keys, values):
                named = [f"{self._source(key)}: " if key else "**" for key in keys]
                pairs = [f"{key}{self._source(value)}" for key, value in zip(named, values, strict=True)]
                for pair, rest in without_one(pairs):
                    yield self._instead(node, "{" + ", ".join(rest) + "}", f"element removed: {pair}")
            case ast.Call(ast.Attribute(ast.Constant(str(words)) as listed, "split"), []):
                for word, rest in without_one(words.split()):
                    yield self._instead(listed, repr(" ".join(rest)), f"element removed: {word}")

    def _of_values(self, node: ast.AST) -> Iterator[Fault]:
        """A keyword argument dropped, a value returned instead of another, a constant moved by one."""
        match node:
            case ast.Call(_, positional, keywords) if keywords:
                given: list[Placed] = [*positional, *keywords]
                given.sort(key=self._begin)
                for dropped in (keyword for keyword in keywords if keyword.arg):
                    new = ", ".join(self._source(each) for each in given if each is not dropped)
                    what = f"argument dropped: {self._source(dropped)}"
                    yield Fault(self._begin(given[0]), self._end(given[-1]), new, what)
            case ast.Return(ast.expr() as value):
                for new in ("None",) if isinstance(value, ast.Constant) else ("None", "True", "False"):
                    yield self._instead(value, new, f"returns {new}")
            case ast.Constant(bool() | int() | float() as value):
                moved = not value if isinstance(value, bool) else value + 1
                yield self._instead(node, repr(moved), f"{value!r} became {moved!r}")


def _touched(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all in it but types, decorators, and what is in f-strings, whose places are not known."""
    yield node
    if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias":
        return
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if field not in UNTOUCHED and isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr):
                yield from _touched(child)


def without_one(items: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Each item, and the others."""
    for place, item in enumerate(items):
        yield item, [*items[:place], *items[place + 1 :]]


def sparql_faults(text: str) -> Iterator[Fault]:
    """Each FILTER removed, and each triple pattern; of several with one subject, each alone."""
    found = list(tokens(text))
    place = next((n for n, token in enumerate(found) if token.text == "{"), len(found))
    while place < len(found):
        token, word = found[place], found[place].text.upper()
        if word == "FILTER":
            opening = next(n for n in range(place, len(found)) if found[n].text in "({")
            yield Fault(token.start, found[_closing(found, opening)].end, "", "FILTER removed")
            place = opening if found[opening].text == "{" else _closing(found, opening) + 1
        elif word in ("BIND", "VALUES"):
            opening = next(n for n in range(place, len(found)) if found[n].text == ("(" if word == "BIND" else "{"))
            place = _closing(found, opening) + 1
        elif word in ("SELECT", "GROUP", "ORDER", "HAVING", "LIMIT", "GRAPH", "SERVICE"):
            place = next((n for n in range(place + 1, len(found)) if found[n].text in "{}"), len(found))
        elif word in ("{", "}", ".", "OPTIONAL", "UNION", "MINUS", "WHERE"):
            place += 1
        else:
            end = place
            while found[end].text not in ".{}" and not (found[end].kind == "word" and found[end].text.isupper()):
                end = _closing(found, end) + 1
            yield from _patterns(found[place:end], found[end])
            place = end


def _patterns(pattern: Sequence[Token], after: Token) -> Iterator[Fault]:
    """Triple patterns with one subject; `after` is the token that follows them."""
    parts = [n for n, token in enumerate(pattern) if token.text == ";"]
    if not parts:
        end = after.end if after.text == "." else pattern[-1].end
        yield Fault(pattern[0].start, end, "", "triple pattern removed")
        return
    yield Fault(pattern[1].start, pattern[parts[0]].end, "", "triple pattern removed")
    for begin, end in zip(parts, [*parts[1:], len(pattern)], strict=True):
        yield Fault(pattern[begin].start, pattern[end - 1].end, "", "triple pattern removed")


def _closing(found: Sequence[Token], place: int) -> int:
    """Where the bracket at a place is closed; the place itself if there is none."""
    depth = 0
    for n in range(place, len(found)):
        depth += (found[n].text in "([{") - (found[n].text in ")]}")
        if depth <= 0:
            return n
    return len(found) - 1


VALUE = r"""(?:\([^()]*\)|\[(?:[^][]|\[[^][]*\])*\]|"(?:[^"\\]|\\.)*"[^\s;]*|[^\s;,"()[\]]+)"""
CONSTRAINT = re.compile(rf"\s*;\s*(sh:(?!path|message|property|target|flags)\w+\s+{VALUE})(?=\s*[;.\]])")
PROPERTIES = re.compile(r"\s*;\s*sh:property\s+((?:shape:\w+[\s,]*)+)(?=[;.])")


def shape_faults(text: str) -> Iterator[Fault]:
    """Each constraint of a shape removed, and each property that a shape looks at."""
    for found in CONSTRAINT.finditer(text):
        yield Fault(found.start(), found.end(), "", f"constraint removed: {found[1]}")
    for found in PROPERTIES.finditer(text):
        for name, rest in without_one(re.findall(r"shape:\w+", found[1])):
            new = f" ;\n    sh:property {' , '.join(rest)} " if rest else " "
            yield Fault(found.start(), found.end(), new, f"constraint removed: {name}")


KINDS: Mapping[str, Callable[[str], Iterator[Fault]]] = {
    ".py": lambda text: Python(text).faults(),
    ".rq": sparql_faults,
    ".ttl": shape_faults,
}


def faults_in(name: str, text: str) -> list[Fault]:
    """The faults that can be planted in a file and that leave it well-formed; none twice."""
    found = {fault.planted(text): fault for fault in KINDS[Path(name).suffix](text)}
    return [fault for planted, fault in found.items() if planted != text and _is_well_formed(name, planted)]
