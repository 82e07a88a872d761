"""Rewrites SPARQL text by its tokens: dataset clauses, values for variables, pages, counts, evidence columns.

The texts of the parts are taken over unchanged, so a query made here means what its file means.
Source: SPARQL 1.1 Query §19.8 (grammar), productions 7 to 28.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from otsgraph.rdf.terms import DCTERMS, OA, ONTOLOGY_GRAPH, OTS, RDFS
from otsgraph.sparql.tokens import Prologue, Token, tokens


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
    """Returns the FROM and FROM NAMED clauses of a query.  Source: SPARQL 1.1 Query §13.2.

    Prefixed names and relative IRIs are resolved.  A name with an undeclared prefix is left out: the engine refuses it.
    """
    found: dict[bool, list[str]] = {False: [], True: []}
    if "from" in text.lower():
        prologue = Prologue()
        stream = tokens(text)
        for token in stream:
            prologue = prologue.read(token, stream) or prologue
            glued = _without_keyword(token, "FROM", prologue)
            if token.is_word("FROM") or glued:
                graph = glued or next(stream, token)
                glued = _without_keyword(graph, "NAMED", prologue)
                named = graph.is_word("NAMED") or glued is not None
                iri = prologue.resolve(glued or (next(stream, graph) if named else graph))
                if iri is not None:
                    found[named].append(iri)
    return DatasetClause(tuple(found[False]), tuple(found[True]))


def _without_keyword(token: Token, keyword: str, prologue: Prologue) -> Token | None:
    """The prefixed name that a keyword is glued to, as in `FROMg:a`, or None."""
    rest = Token(token.kind, token.text[len(keyword) :], token.start + len(keyword))
    is_glued = token.kind == "name" and token.text.upper().startswith(keyword) and prologue.resolve(token) is None
    return rest if is_glued and prologue.resolve(rest) is not None else None


EVIDENCE_COLUMNS = ("evidenceDocument", "evidenceVoice", "evidenceSpeaker", "evidenceStart", "evidenceEnd")
"""The columns that `with_evidence` adds: the document that makes the statement, its voice, the speaker quoted, and
where the passage begins and ends in the document's text, in characters from 0."""

_MOST_ROWS = 10**18
"""More rows than any limit of a query needs to say."""

_MODIFIERS = ("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")

_EVIDENCE = f"""
  OPTIONAL {{ GRAPH ?evidenceGraph {{
    ?statement <{OTS}statedIn>|<{DCTERMS}source> ?evidenceDocument ; a ?evidenceClass }}
    GRAPH <{ONTOLOGY_GRAPH}> {{ ?evidenceClass <{RDFS}label> ?evidenceVoice }} }}
  OPTIONAL {{ GRAPH ?evidenceGraph {{ ?statement <{OTS}speaker> ?evidenceWho }}
    ?evidenceWho <{RDFS}label> ?evidenceSpeaker }}
  OPTIONAL {{ GRAPH ?evidenceGraph {{
    ?statement <{OTS}passage>/<{OA}hasSelector> ?evidencePlace .
    ?evidencePlace <{OA}start> ?evidenceStart ; <{OA}end> ?evidenceEnd }} }}
"""


@dataclass(frozen=True, slots=True)
class Template:
    """A query cut at variables: `pieces` are, in turns, a text and a variable, with a text at both ends."""

    pieces: tuple[str, ...]

    def bound(self, terms: Mapping[str, str]) -> str:
        """Returns the query with terms, as N-Triples writes them, in the place of variables, by their names.

        Spaces keep a term from growing together with what stands beside it, as in `?a<?_b`.
        """
        pieces = list(self.pieces)
        for index in range(1, len(pieces), 2):
            term = terms.get(pieces[index][1:])
            pieces[index] = pieces[index] if term is None else f" {term} "
        return "".join(pieces)


def template(text: str, variables: Container[str]) -> Template:
    """Returns a text cut at the variables of these names."""
    pieces: list[str] = []
    position = 0
    for token in tokens(text):
        if token.kind == "variable" and token.text[1:] in variables:
            pieces += [text[position : token.start], token.text]
            position = token.end
    return Template((*pieces, text[position:]))


def bound(text: str, terms: Mapping[str, str]) -> str:
    """Returns a query with terms in the place of variables; see `Template.bound`."""
    return template(text, terms).bound(terms)


@dataclass(frozen=True, slots=True)
class Rows:
    """A SELECT query taken apart, so that the queries for its pages and their number need no look at its text.

    `count` asks for the number of rows, as ?count.  A page is `head`, a LIMIT and an OFFSET, and `tail`; `limit` and
    `offset` are those of the query, None and 0 if it has none.
    """

    count: Template
    head: Template
    tail: Template
    limit: int | None
    offset: int

    def window(self, first: int, count: int, terms: Mapping[str, str]) -> str:
        """Returns the query for at most `count` of the rows, from row `first` on, counted from 0."""
        left = count if self.limit is None else max(0, min(count, self.limit - first))
        limits = f"LIMIT {left} OFFSET {self.offset + first}"
        return f"{self.head.bound(terms)}\n{limits}\n{self.tail.bound(terms)}"


def rows_of(text: str, variables: Container[str] = ()) -> Rows:
    """Returns a SELECT query taken apart, cut at some variables.  Raises ValueError if it is not one."""
    parts = select_parts(text)
    inside = f"{parts.selection}\n{parts.where}\n{parts.modifiers}"
    count = f"SELECT (COUNT(*) AS ?count)\n{parts.dataset}\nWHERE {{ {{\n{inside}\n}} }}"
    kept, values = _before_values(_without_modifiers(parts.modifiers, ("LIMIT", "OFFSET")))
    head = f"{parts.prologue}{parts.selection}\n{parts.dataset}\n{parts.where}\n{kept}"
    return Rows(
        template(parts.prologue + count, variables),
        template(head, variables),
        template(values, variables),
        parts.limit,
        parts.offset,
    )


@dataclass(frozen=True, slots=True)
class SelectParts:
    """The texts of the parts of a SELECT query; `columns` are the variables selected, none for `SELECT *`.

    `order` is the ORDER BY clause or empty, and `ordered_by` the variables in it; `limit` and `offset` are those of the
    query, None and 0 if it has none.
    """

    prologue: str
    selection: str
    columns: tuple[str, ...]
    dataset: str
    where: str
    modifiers: str
    order: str
    ordered_by: tuple[str, ...]
    limit: int | None
    offset: int


def select_parts(text: str) -> SelectParts:
    """Returns the parts of a SELECT query.  Raises ValueError if it is not a whole one."""
    found = list(tokens(text))
    select = next((i for i, token in enumerate(found) if token.is_word("SELECT")), None)
    if select is None:
        raise ValueError("not a SELECT query")
    outer = _outer(found, select)
    opens = next((i for i in outer if found[i].text == "{"), None)
    closes = _closing(found, opens) if opens is not None else None
    if opens is None or closes is None:
        raise ValueError("not a whole SELECT query")
    froms = [i for i in outer if found[i].is_word("FROM") and i < opens]
    begins = opens - 1 if found[opens - 1].is_word("WHERE") else opens
    selected = found[select : froms[0] if froms else begins]
    modifiers = {found[i].text.upper(): i for i in _outer(found, closes + 1) if _is_modifier(found[i])}
    order = _clause(text, found, modifiers, "ORDER")
    return SelectParts(
        prologue=text[: found[select].start],
        selection=text[selected[0].start : selected[-1].end],
        columns=_columns(selected),
        dataset=text[found[froms[0]].start : found[begins - 1].end] if froms else "",
        where=text[found[begins].start : found[closes].end],
        modifiers=text[found[closes].end :],
        order=order,
        ordered_by=tuple(dict.fromkeys(t.text[1:] for t in tokens(order) if t.kind == "variable")),
        limit=_number(found, modifiers, "LIMIT"),
        offset=_number(found, modifiers, "OFFSET") or 0,
    )


def values_of(text: str, variable: str, most: int) -> str:
    """Returns a SELECT query for at most `most` values that a variable has in the answers of another query."""
    parts = select_parts(text)
    where = f"{parts.prologue}SELECT DISTINCT ?{variable}\n{parts.dataset}\n{parts.where}"
    return f"{where}\nORDER BY ?{variable}\nLIMIT {most}"


def with_evidence(text: str, variable: str) -> str:
    """Returns a SELECT query with EVIDENCE_COLUMNS for the statement that a variable stands for, in the same order.

    Raises ValueError if the query selects `*`, orders by what it does not select, uses names that begin with
    `evidence`, or does not have the variable in its solutions.
    """
    parts = select_parts(text)
    if not parts.columns:
        raise ValueError("evidence needs the variables named that are selected, not *")
    if taken := [t.text for t in tokens(text) if t.kind == "variable" and t.text[1:].startswith("evidence")]:
        raise ValueError(f"evidence needs names that begin so for itself; call {taken[0]} something else")
    if not _is_visible(list(tokens(parts.where)), variable):
        raise ValueError(f"evidence names ?{variable}, which the query does not have outside of queries inside it")
    if others := [name for name in parts.ordered_by if name not in (*parts.columns, variable)]:
        raise ValueError(f"evidence needs an order by what is selected, and ?{others[0]} is not")
    inner = parts.selection if variable in parts.columns else f"{parts.selection} ?{variable}"
    shown = " ".join(f"?{name}" for name in (*parts.columns, *EVIDENCE_COLUMNS))
    evidence = " ".join(f"?{name}" for name in EVIDENCE_COLUMNS)
    order = f"{parts.order} {evidence}" if parts.order else f"ORDER BY {evidence}"
    subquery = f"{inner}\n{parts.where}\n{parts.modifiers}"
    joined = _EVIDENCE.replace("?statement ", f"?{variable} ")
    return f"{parts.prologue}SELECT {shown}\n{parts.dataset}\nWHERE {{ {{\n{subquery}\n}}{joined}}}\n{order}"


def _outer(found: Sequence[Token], start: int) -> list[int]:
    """The indices, from `start` on, of the tokens outside all brackets; opening braces count as outside."""
    depth = 0
    outside = []
    for index in range(start, len(found)):
        token = found[index].text if found[index].kind == "symbol" else ""
        depth -= token in (")", "}", "]")
        if depth == 0 and token not in (")", "}", "]"):
            outside.append(index)
        depth += token in ("(", "{", "[")
    return outside


def _is_visible(found: Sequence[Token], variable: str) -> bool:
    """Whether a variable of a group is in its solutions: it stands there, or a query inside selects it (§18.2.1)."""
    index = 0
    while index < len(found):
        token = found[index]
        if token.is_word("SELECT") and index and found[index - 1].text == "{":
            closes = _closing(found, index - 1) or len(found) - 1
            opens = next((i for i in _outer(found, index) if found[i].text == "{"), closes)
            selected = found[index:opens]
            if variable in _columns(selected) or any(t.text == "*" for t in selected[:3]):
                return True
            index = closes
        elif token.kind == "variable" and token.text[1:] == variable:
            return True
        index += 1
    return False


def _closing(found: Sequence[Token], opens: int) -> int | None:
    depth = 0
    for index in range(opens, len(found)):
        if found[index].kind == "symbol":
            depth += (found[index].text == "{") - (found[index].text == "}")
            if depth == 0:
                return index
    return None


def _columns(selected: Sequence[Token]) -> tuple[str, ...]:
    outside = {i for i in _outer(selected, 0) if selected[i].kind == "variable"}
    named = {i + 1 for i, token in enumerate(selected) if token.is_word("AS")}
    return tuple(selected[i].text[1:] for i in sorted(outside | named))


def _is_modifier(token: Token) -> bool:
    return token.kind == "word" and token.text.upper() in _MODIFIERS


def _clause(text: str, found: Sequence[Token], modifiers: dict[str, int], name: str) -> str:
    """The text of a solution modifier, up to the next one; empty if the query has none."""
    if name not in modifiers:
        return ""
    start = modifiers[name]
    end = min((i for i in modifiers.values() if i > start), default=len(found))
    return text[found[start].start : found[end - 1].end]


def _number(found: Sequence[Token], modifiers: dict[str, int], name: str) -> int | None:
    index = modifiers.get(name)
    digits = found[index + 1].text if index is not None and index + 1 < len(found) else ""
    return min(int(digits[:20]), _MOST_ROWS) if digits.isdecimal() else None


def _before_values(modifiers: str) -> tuple[str, str]:
    """Solution modifiers, and the VALUES clause that may follow all of them (production 2)."""
    found = list(tokens(modifiers))
    values = next((found[i].start for i in _outer(found, 0) if found[i].is_word("VALUES")), len(modifiers))
    return modifiers[:values], modifiers[values:]


def _without_modifiers(modifiers: str, names: Sequence[str]) -> str:
    """Solution modifiers without those of some names, which are a word and a number."""
    found = list(tokens(modifiers))
    kept = modifiers
    for index in reversed(_outer(found, 0)):
        if found[index].kind == "word" and found[index].text.upper() in names:
            kept = kept[: found[index].start] + " " + kept[found[index + 1].end :]
    return kept
