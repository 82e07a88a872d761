"""Saved queries: `.rq` files whose `#+` header lines say in YAML what they answer.

The header is that of grlc, and a file runs unchanged on any SPARQL engine.  A file is checked here as far as that needs
no engine, and compiled, so that a request only puts its terms and numbers in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from otsgraph.errors import DataError
from otsgraph.queries.header import header, line_of, without_header
from otsgraph.queries.parameters import Parameter, parameters_of, term
from otsgraph.rdf.files import listed, read_text
from otsgraph.rdf.formats import Format, GraphFormat, PageFormat, ResultsFormat
from otsgraph.sparql.rewrite import Rows, Template, rows_of, template, with_evidence
from otsgraph.sparql.tokens import Token, tokens, whole_prologue

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KEYS = ("summary", "description", "tags", "defaults", "enumerate", "pagination", "evidence")
_FOR_OTHERS = ("endpoint", "endpoint_in_url", "endpoint-method", "method")
"""Keys that tell grlc which server to ask, and how."""

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
class CompiledQuery:
    """A query cut at its parameters: as a whole and, if it is a SELECT query, taken apart for pages of its rows."""

    whole: Template
    rows: Rows | None


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """One question: `summary` puts it in a line, `description` says more, `text` is the whole file.

    `rows_a_page` is 0 if the file does not give it; `evidence` is the variable that stands for statements, or empty;
    `prefixes` are those that the query declares.  `with_evidence` is the query with the columns of the evidence, and
    `bare` the query without its header.
    """

    name: str
    summary: str
    description: str
    tags: tuple[str, ...]
    form: QueryForm
    text: str
    parameters: tuple[Parameter, ...]
    rows_a_page: int
    evidence: str
    prefixes: Mapping[str, str]
    compiled: CompiledQuery
    with_evidence: CompiledQuery | None
    bare: Template

    @property
    def formats(self) -> tuple[Format, ...]:
        """The formats of an answer, the default first."""
        return (*(GraphFormat if self.form.gives_graph else ResultsFormat), *PageFormat)

    @property
    def default_terms(self) -> dict[str, str]:
        """The terms of the defaults, by variable."""
        return {p.variable: term(p.type, p.default, self.prefixes) for p in self.parameters if p.default}

    @property
    def needs_values(self) -> bool:
        """Whether a parameter needs a value and has no default."""
        return any(p.required and not p.default for p in self.parameters)

    def bind(self, terms: Mapping[str, str]) -> str:
        """Returns the query without its header and with a term, or several with spaces between, for each parameter."""
        return self.bare.bound({p.variable: terms[p.name] for p in self.parameters})

    @property
    def default_text(self) -> str:
        """The query with its defaults in place."""
        return self.compiled.whole.bound(self.default_terms)


PAGE_QUERIES = Path(__file__).parent / "pages"
"""The queries that pages are made from, in the same dialect; a parameter inside VALUES takes a list of terms."""


def load(folder: Path) -> dict[str, SavedQuery]:
    """Returns the queries of a folder, by name, sorted.  Raises DataError for the first bad file."""
    return {name: read(name, text, lists=folder == PAGE_QUERIES) for name, text in load_texts(folder)}


def load_all(folders: Sequence[Path]) -> dict[str, SavedQuery]:
    """Returns the saved queries of several folders, by name, sorted; one in a later folder replaces its namesake.

    Raises DataError for the first bad file.
    """
    found: dict[str, SavedQuery] = {}
    for folder in folders:
        found |= load(folder)
    return dict(sorted(found.items()))


def load_texts(folder: Path) -> list[tuple[str, str]]:
    """Returns name and text of each .rq file of a folder, sorted.  Raises DataError for the first bad file."""
    texts, errors = read_texts(folder, folder)
    if errors:
        raise errors[0]
    return texts


def read_texts(folder: Path, inside: Path) -> tuple[list[tuple[str, str]], list[DataError]]:
    """Returns name and text of each readable .rq file of a folder, sorted, and the errors of the others.

    Links out of `inside` are not followed.  Raises DataError if there is no such folder.
    """
    if not folder.is_dir():
        raise DataError(str(folder), "there is no such folder")
    texts: list[tuple[str, str]] = []
    errors: list[DataError] = []
    for path in sorted(listed(folder, ".rq"), key=lambda path: path.stem):
        try:
            # an editor's byte order mark is not part of the query
            texts.append((path.stem, read_text(path, path.name, inside).removeprefix("\ufeff")))
        except DataError as error:
            errors.append(error)
    return texts, errors


def write(path: Path, queries: Iterable[SavedQuery]) -> None:
    """Writes queries, with the choices of their parameters, to a file for `load_written`."""
    records = [asdict(query) for query in queries]
    path.write_text(json.dumps(records, default=lambda value: value.value), encoding="utf-8")


def load_written(path: Path) -> dict[str, SavedQuery]:
    """Returns the queries of a file that `write` made, by name, in their order; nothing is parsed a second time."""
    return {record["name"]: _from_record(record) for record in json.loads(path.read_text(encoding="utf-8"))}


def _from_record(record: dict[str, Any]) -> SavedQuery:
    return SavedQuery(
        **{
            **record,
            "tags": tuple(record["tags"]),
            "form": QueryForm(record["form"]),
            "parameters": tuple(map(Parameter.from_record, record["parameters"])),
            "compiled": _compiled_from(record["compiled"]),
            "with_evidence": _compiled_from(record["with_evidence"]) if record["with_evidence"] else None,
            "bare": _template_from(record["bare"]),
        }
    )


def _compiled_from(record: dict[str, Any]) -> CompiledQuery:
    rows = record["rows"]
    templates = {part: _template_from(rows[part]) for part in ("count", "head", "tail")} if rows else {}
    return CompiledQuery(_template_from(record["whole"]), Rows(**{**rows, **templates}) if rows else None)


def _template_from(record: dict[str, Any]) -> Template:
    return Template(tuple(record["pieces"]))


def read(name: str, text: str, *, lists: bool = False) -> SavedQuery:
    """Returns the saved query in the text of a file `name`.rq.  Raises DataError with the line of the mistake.

    With `lists` a parameter may stand inside VALUES.
    """
    file = f"{name}.rq"
    if not _NAME.fullmatch(name):
        raise DataError(file, "the name of a saved query has small letters, digits and single hyphens only")
    fields = header(file, text)
    _check_fields(file, text, fields)
    found = list(tokens(text))
    form, evidence = _form(file, found), str(fields.get("evidence", "")).strip().lstrip("?$")
    prologue = whole_prologue(found)
    parameters = parameters_of(file, text, fields, found, prologue, lists=lists)
    variables = frozenset(parameter.variable for parameter in parameters)
    rows_a_page = _rows_a_page(file, text, fields)
    if form is not QueryForm.SELECT and (rows_a_page or evidence):
        promised = "pagination" if rows_a_page else "evidence"
        reason = f"{promised} in the header needs a SELECT query, not {form.value}"
        raise DataError(file, reason, line_of(text, promised))
    return SavedQuery(
        name,
        fields["summary"].strip(),
        fields.get("description", "").strip(),
        tuple(fields.get("tags") or []),
        form,
        text,
        parameters,
        rows_a_page,
        evidence,
        dict(prologue.prefixes),
        _compiled(text, variables, form),
        _evident(file, text, evidence, variables) if evidence else None,
        template(without_header(text), variables),
    )


def _check_fields(file: str, text: str, fields: Mapping[str, Any]) -> None:
    """Raises DataError if the header has an unknown key, no summary, or a value of another shape."""
    unknown = sorted(fields.keys() - {*_KEYS, *_FOR_OTHERS})
    if unknown:
        reason = f"unknown key in the header: {unknown[0]}; there are {', '.join(_KEYS)}"
        raise DataError(file, reason, line_of(text, unknown[0]))
    if not isinstance(fields.get("summary"), str) or not fields["summary"].strip():
        raise DataError(file, "the header has no summary; add a line `#+ summary: …`", 1)
    tags = fields.get("tags") or []
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise DataError(file, "tags in the header must be a list of words", line_of(text, "tags"))
    for key in ("description", "evidence"):
        if not isinstance(fields.get(key, ""), str):
            raise DataError(file, f"{key} in the header is a text", line_of(text, key))


def _form(file: str, found: Sequence[Token]) -> QueryForm:
    for token in found:
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


def _compiled(text: str, variables: Container[str], form: QueryForm = QueryForm.SELECT) -> CompiledQuery:
    rows = None
    if form is QueryForm.SELECT:
        # a text without all its parts is refused with its line when it is tried
        with suppress(ValueError):
            rows = rows_of(text, variables)
    return CompiledQuery(template(text, variables), rows)


def _evident(file: str, text: str, evidence: str, variables: Container[str]) -> CompiledQuery:
    """The query with evidence.  Raises DataError if the header promises evidence that the query cannot give."""
    line = line_of(text, "evidence")
    if evidence in variables:
        raise DataError(file, f"evidence in the header names {evidence}, a parameter; bind it: BIND(?_a AS ?b)", line)
    try:
        return _compiled(with_evidence(text, evidence), variables)
    except ValueError as error:
        raise DataError(file, str(error), line) from None
