"""Rewrites SPARQL text by its tokens: dataset clauses, values for variables, pages, counts, evidence columns.

Sources: SPARQL 1.1 Query §19.8 (grammar), productions 7 to 28. The parts are found by tokens, and the texts are taken
over as they stand, so a query made here means what its file means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otsgraph.rdf.terms import DCTERMS, OA, ONTOLOGY_GRAPH, RDFS, Ots
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
    """The FROM and FROM NAMED clauses of a query.  Source: SPARQL 1.1 Query §13.2.

    Prefixed names and IRIs relative to BASE are resolved.  A prefix that is not declared is left out here: the
    engine will refuse the query for it.
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
    """The prefixed name that a keyword is glued to, as in `FROMg:a`; None where there is no such thing."""
    rest = Token(token.kind, token.text[len(keyword) :], token.start + len(keyword))
    is_glued = token.kind == "name" and token.text.upper().startswith(keyword) and prologue.resolve(token) is None
    return rest if is_glued and prologue.resolve(rest) is not None else None


EVIDENCE_COLUMNS = ("evidenceDocument", "evidenceVoice", "evidenceSpeaker", "evidenceStart", "evidenceEnd")
"""The columns that `with_evidence` adds: the document that makes the statement, the voice in which it does, whom it
quotes, and where the passage begins and ends in the document's text, in characters from 0."""

_MOST_ROWS = 10**18
"""More rows than any limit of a query needs to say."""

_MODIFIERS = ("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")

_EVIDENCE = f"""
  OPTIONAL {{ GRAPH ?evidenceGraph {{
    ?statement <{Ots.statedIn}>|<{DCTERMS}source> ?evidenceDocument ; a ?evidenceClass }}
    GRAPH <{ONTOLOGY_GRAPH}> {{ ?evidenceClass <{RDFS}label> ?evidenceVoice }} }}
  OPTIONAL {{ GRAPH ?evidenceGraph {{ ?statement <{Ots.speaker}> ?evidenceWho }}
    ?evidenceWho <{RDFS}label> ?evidenceSpeaker }}
  OPTIONAL {{ GRAPH ?evidenceGraph {{
    ?statement <{Ots.passage}>/<{OA}hasSelector> ?evidencePlace .
    ?evidencePlace <{OA}start> ?evidenceStart ; <{OA}end> ?evidenceEnd }} }}
"""


@dataclass(frozen=True, slots=True)
class SelectParts:
    """The texts of the parts; `columns` are the names of the variables selected, none for `SELECT *`.

    `order` is the ORDER BY clause or empty, and `ordered_by` the variables in it; `limit` and `offset` are those of the
    query, None and 0 where it has none.
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

    @property
    def as_subquery(self) -> str:
        """The query without its prologue and its dataset, which stand outside."""
        return f"{self.selection}\n{self.where}\n{self.modifiers}"


def select_parts(text: str) -> SelectParts:
    """The parts of a SELECT query.  Raises ValueError for a text that is none."""
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


def window(text: str, first: int, count: int) -> str:
    """The same SELECT query for `count` of its rows at most, from row `first` on, counted from 0."""
    parts = select_parts(text)
    left = count if parts.limit is None else max(0, min(count, parts.limit - first))
    kept, values = _before_values(_without_modifiers(parts.modifiers, ("LIMIT", "OFFSET")))
    whole = f"{parts.prologue}{parts.selection}\n{parts.dataset}\n{parts.where}\n{kept}"
    return f"{whole}\nLIMIT {left} OFFSET {parts.offset + first}\n{values}"


def row_count(text: str) -> str:
    """A SELECT query whose one row has the number of rows of another one as ?count."""
    parts = select_parts(text)
    return f"{parts.prologue}SELECT (COUNT(*) AS ?count)\n{parts.dataset}\nWHERE {{ {{\n{parts.as_subquery}\n}} }}"


def values_of(text: str, variable: str, most: int) -> str:
    """A SELECT query for the values, at most so many, that a variable takes where another one has answers."""
    parts = select_parts(text)
    where = f"{parts.prologue}SELECT DISTINCT ?{variable}\n{parts.dataset}\n{parts.where}"
    return f"{where}\nORDER BY ?{variable}\nLIMIT {most}"


def with_evidence(text: str, variable: str) -> str:
    """A SELECT query with the columns EVIDENCE_COLUMNS for the statement that a variable stands for, in the same order.

    Raises ValueError if its variables are not named one by one, if it is ordered by others than those, if some are
    called as ours are, or if the variable is not in its solutions.
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
    """The indices, from `start` on, of tokens that stand in no brackets; opening braces count as outside."""
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
    """Solution modifiers, and the VALUES clause that may stand behind all of them (production 2)."""
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


def bound(text: str, terms: Mapping[str, str]) -> str:
    """A query with terms in the place of variables; `terms` by the variables' names, as N-Triples writes them.

    Spaces keep a term from growing together with what stands beside it, as in `?a<?_b`.
    """
    pieces: list[str] = []
    position = 0
    for token in tokens(text):
        if token.kind == "variable" and token.text[1:] in terms:
            pieces += [text[position : token.start], " ", terms[token.text[1:]], " "]
            position = token.end
    return "".join([*pieces, text[position:]])
