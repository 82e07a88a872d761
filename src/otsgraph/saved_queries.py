"""Saved queries: `.rq` files whose `#+` header lines say in YAML what they answer; pure but for reading the folder.

The header is that of grlc (`summary`, `description`, `tags`), and a file runs unchanged on any SPARQL engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from otsgraph.errors import DataError
from otsgraph.sparql_text import tokens
from otsgraph.text_files import read_text

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KEYS = {"summary", "description", "tags"}


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
    """One question: `summary` puts it in a line, `description` says more, `text` is the file as it stands."""

    name: str
    summary: str
    description: str
    tags: tuple[str, ...]
    form: QueryForm
    text: str


def load(folder: Path) -> dict[str, SavedQuery]:
    """The saved queries of a folder, by name, in alphabetical order.  Raises DataError for the first bad file."""
    return {name: read(name, text) for name, text in load_texts(folder)}


def load_texts(folder: Path) -> list[tuple[str, str]]:
    """Name and text of each .rq file of a folder, in alphabetical order.  Raises DataError."""
    if not folder.is_dir():
        raise DataError(str(folder), "there is no such folder")
    return [(path.stem, read_text(path, path.name)) for path in sorted(folder.glob("*.rq"))]


def read(name: str, text: str) -> SavedQuery:
    """The saved query in the text of a file `name`.rq.  Raises DataError with the line of the mistake."""
    file = f"{name}.rq"
    if not _NAME.fullmatch(name):
        raise DataError(file, "the name of a saved query has small letters, digits and single hyphens only")
    fields = header(file, text)
    unknown = sorted(fields.keys() - _KEYS)
    if unknown:
        raise DataError(file, f"unknown key in the header: {unknown[0]}; there are {', '.join(sorted(_KEYS))}", 1)
    if not isinstance(fields.get("summary"), str):
        raise DataError(file, "the header has no summary; add a line `#+ summary: …`", 1)
    tags = fields.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise DataError(file, "tags in the header must be a list of words", 1)
    description = str(fields.get("description", "")).strip()
    return SavedQuery(name, fields["summary"].strip(), description, tuple(tags), _form(file, text), text)


def header(file: str, text: str) -> Mapping[str, Any]:
    """The YAML mapping of a file's `#+` lines.  Raises DataError with the line of the mistake."""
    # other lines count as empty, so that YAML's line numbers are the file's
    lines = [line[2:].removeprefix(" ") if line.startswith("#+") else "" for line in text.splitlines()]
    try:
        fields = yaml.safe_load("\n".join(lines))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        reason = f"the header is not YAML: {error.problem}; text with a colon in it goes in quotes, or behind `>-`"
        raise DataError(file, reason, line) from None
    except yaml.YAMLError:
        raise DataError(file, "the header is not YAML", 1) from None
    if not isinstance(fields, dict):
        raise DataError(file, "the file has no header; its first line should be `#+ summary: …`", 1)
    return fields


def _form(file: str, text: str) -> QueryForm:
    for token in tokens(text):
        if token.kind == "word" and token.text.upper() in QueryForm.__members__:
            return QueryForm[token.text.upper()]
    raise DataError(file, "there is no SELECT, ASK, CONSTRUCT or DESCRIBE in it")
