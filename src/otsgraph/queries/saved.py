"""Saved queries: `.rq` files whose `#+` header lines say in YAML what they answer; pure but for reading the folder.

The header is that of grlc, and a file runs unchanged on any SPARQL engine.  What can be said of a file without an
engine is checked here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

from otsgraph.errors import DataError
from otsgraph.queries.header import header, line_of, without_header
from otsgraph.queries.parameters import Choice, Parameter, parameters_of, term
from otsgraph.rdf.files import listed, read_text
from otsgraph.rdf.formats import Format, GraphFormat, PageFormat, ResultsFormat
from otsgraph.sparql.rewrite import bound, with_evidence
from otsgraph.sparql.tokens import tokens, whole_prologue

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KEYS = ("summary", "description", "tags", "defaults", "enumerate", "pagination", "evidence")
_FOR_OTHERS = ("endpoint", "endpoint_in_url", "endpoint-method", "method")
"""Keys of grlc that say how grlc asks; here the graph itself is asked."""

_CHOICES = "choices.json"

MOST_ROWS_A_PAGE = 10_000


class QueryForm(Enum):
    """The query forms of SPARQL 1.1 Query §16."""

    SELECT = "SELECT"
    ASK = "ASK"
    CONSTRUCT = "CONSTRUCT"
    DESCRIBE = "DESCRIBE"

    @property
    def gives_graph(self) -> bool:
        return self in (QueryForm.CONSTRUCT, QueryForm.DESCRIBE)


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """One question: `summary` puts it in a line, `description` says more, `text` is the file as it stands.

    `rows_a_page` is 0 where the file does not say it; `evidence` is the variable that stands for statements, or empty;
    `prefixes` are those that the query declares.
    """

    name: str
    summary: str
    description: str
    tags: tuple[str, ...]
    form: QueryForm
    text: str
    parameters: tuple[Parameter, ...] = ()
    rows_a_page: int = 0
    evidence: str = ""
    prefixes: Mapping[str, str] = field(default_factory=dict)

    @property
    def formats(self) -> tuple[Format, ...]:
        """The formats that an answer can have, the one that is given to those without a wish first."""
        return (*(GraphFormat if self.form.gives_graph else ResultsFormat), *PageFormat)

    @property
    def default_terms(self) -> dict[str, str]:
        """The terms of the defaults, by the variables that they take the place of."""
        return {p.variable: term(p.type, p.default, self.prefixes) for p in self.parameters if p.default}

    @property
    def needs_values(self) -> bool:
        """Whether there is no answer before somebody gives a value."""
        return any(p.required and not p.default for p in self.parameters)

    def bind(self, terms: Mapping[str, str]) -> str:
        """Returns the query without its header and with a term, or several with spaces between, for each parameter."""
        return bound(without_header(self.text), {p.variable: terms[p.name] for p in self.parameters})

    @property
    def default_text(self) -> str:
        """The query with its defaults in place."""
        return bound(self.text, self.default_terms)


PAGE_QUERIES = Path(__file__).parent / "pages"
"""The queries that pages are made from, in the same dialect; a parameter inside VALUES takes a list of terms."""


def load(folder: Path) -> dict[str, SavedQuery]:
    """Returns the queries of a folder, by name, in alphabetical order.  Raises DataError for the first bad file."""
    return {name: read(name, text, lists=folder == PAGE_QUERIES) for name, text in load_texts(folder)}


def load_all(folders: Sequence[Path]) -> dict[str, SavedQuery]:
    """The saved queries of several folders, by name, in alphabetical order; those of a later folder replace others.

    Raises DataError for the first bad file.
    """
    found: dict[str, SavedQuery] = {}
    for folder in folders:
        found |= load(folder)
    return dict(sorted(found.items()))


def load_texts(folder: Path) -> list[tuple[str, str]]:
    """Name and text of each .rq file of a folder, in alphabetical order.  Raises DataError for the first bad file."""
    texts, errors = read_texts(folder, folder)
    if errors:
        raise errors[0]
    return texts


def read_texts(folder: Path, inside: Path) -> tuple[list[tuple[str, str]], list[DataError]]:
    """Name and text of each .rq file of a folder that can be read, in alphabetical order, and the other files' errors.

    No link that leads out of `inside` is followed.  Raises DataError without a folder.
    """
    if not folder.is_dir():
        raise DataError(str(folder), "there is no such folder")
    texts: list[tuple[str, str]] = []
    errors: list[DataError] = []
    for path in sorted(listed(folder, ".rq"), key=lambda path: path.stem):
        try:
            # an editor's byte order mark is no part of the query
            texts.append((path.stem, read_text(path, path.name, inside).removeprefix("\ufeff")))
        except DataError as error:
            errors.append(error)
    return texts, errors


def write(folder: Path, queries: Iterable[SavedQuery]) -> None:
    """Makes a folder of saved queries, with the choices of their parameters, for `load_written`."""
    folder.mkdir()
    choices: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for query in queries:
        (folder / f"{query.name}.rq").write_bytes(query.text.encode())
        choices[query.name] = {p.name: [(c.value, c.label) for c in p.choices] for p in query.parameters}
    (folder / _CHOICES).write_text(json.dumps(choices, ensure_ascii=False), encoding="utf-8")


def load_written(folder: Path) -> dict[str, SavedQuery]:
    """The saved queries of a folder that `write` made, by name, in alphabetical order."""
    choices = json.loads((folder / _CHOICES).read_text(encoding="utf-8"))
    return {name: _with_choices(query, choices[name]) for name, query in load(folder).items()}


def _with_choices(query: SavedQuery, choices: Mapping[str, Sequence[Sequence[str]]]) -> SavedQuery:
    parameters = (replace(p, choices=tuple(Choice(*pair) for pair in choices[p.name])) for p in query.parameters)
    return replace(query, parameters=tuple(parameters))


def read(name: str, text: str, *, lists: bool = False) -> SavedQuery:
    """The saved query in the text of a file `name`.rq.  Raises DataError with the line of the mistake."""
    file = f"{name}.rq"
    if not _NAME.fullmatch(name):
        raise DataError(file, "the name of a saved query has small letters, digits and single hyphens only")
    fields = header(file, text)
    unknown = sorted(fields.keys() - {*_KEYS, *_FOR_OTHERS})
    if unknown:
        reason = f"unknown key in the header: {unknown[0]}; there are {', '.join(_KEYS)}"
        raise DataError(file, reason, line_of(text, unknown[0]))
    if not isinstance(fields.get("summary"), str) or not fields["summary"].strip():
        raise DataError(file, "the header has no summary; add a line `#+ summary: …`", 1)
    tags = fields.get("tags") or []
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise DataError(file, "tags in the header must be a list of words", line_of(text, "tags"))
    if not all(isinstance(fields.get(key, ""), str) for key in ("description", "evidence")):
        key = "evidence" if isinstance(fields.get("description", ""), str) else "description"
        raise DataError(file, f"{key} in the header is a text", line_of(text, key))
    query = SavedQuery(
        name,
        fields["summary"].strip(),
        fields.get("description", "").strip(),
        tuple(tags),
        _form(file, text),
        text,
        parameters_of(file, text, fields, lists=lists),
        _rows_a_page(file, text, fields),
        _evidence(fields),
        dict(whole_prologue(list(tokens(text))).prefixes),
    )
    _check_select(file, query)
    return query


def _form(file: str, text: str) -> QueryForm:
    for token in tokens(text):
        if token.kind == "word" and token.text.upper() in QueryForm.__members__:
            return QueryForm[token.text.upper()]
    raise DataError(file, "there is no SELECT, ASK, CONSTRUCT or DESCRIBE in it")


def _rows_a_page(file: str, text: str, fields: Mapping[str, Any]) -> int:
    if "pagination" not in fields:
        return 0
    number = str(fields["pagination"])[:20]
    if not (number.isascii() and number.isdecimal()) or not 1 <= int(number) <= MOST_ROWS_A_PAGE:
        reason = f"pagination in the header is a number of rows from 1 to {MOST_ROWS_A_PAGE:,}"
        raise DataError(file, reason, line_of(text, "pagination"))
    return int(number)


def _evidence(fields: Mapping[str, Any]) -> str:
    return str(fields.get("evidence", "")).strip().lstrip("?$")


def _check_select(file: str, query: SavedQuery) -> None:
    """Raises DataError where the header promises what only SELECT queries have, or what this one cannot give."""
    if query.form is not QueryForm.SELECT:
        promised = "pagination" if query.rows_a_page else "evidence" if query.evidence else ""
        if promised:
            reason = f"{promised} in the header needs a SELECT query, not {query.form.value}"
            raise DataError(file, reason, line_of(query.text, promised))
        return
    if not query.evidence:
        return
    line = line_of(query.text, "evidence")
    if query.evidence in {parameter.variable for parameter in query.parameters}:
        raise DataError(
            file, f"evidence in the header names {query.evidence}, a parameter; bind it: BIND(?_a AS ?b)", line
        )
    try:
        with_evidence(query.text, query.evidence)
    except ValueError as error:
        raise DataError(file, str(error), line) from None
