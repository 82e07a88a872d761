"""The header of a query file: the lines before the query that begin with `#+` and are YAML; pure.

Source: grlc (README); YAML 1.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import Any

import yaml

from otsgraph.errors import DataError
from otsgraph.rdf.terms import is_xml_text
from otsgraph.sparql.tokens import tokens


def header(file: str, text: str) -> Mapping[str, Any]:
    """The YAML mapping of a file's `#+` lines, which stand before the query; every scalar is text.

    Raises DataError with the line of the mistake.
    """
    # other lines count as empty, so that YAML's line numbers are the file's
    before = header_lines(text)
    _refuse_later_lines(file, text, len(before))
    lines = "\n".join(line[2:].removeprefix(" ") if line.startswith("#+") else "" for line in before)
    try:
        _refuse_aliases(file, lines)
        # makes nothing but text, lists and mappings: 2025-12-02 and 007 stay what was written
        loader = yaml.BaseLoader(lines)
        node = loader.get_single_node()
        _refuse_keys_twice(file, node)
        fields = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        reason = f"the header is not YAML: {error.problem}; text with a colon in it needs quotes, or goes after `>-`"
        raise DataError(file, reason, line) from None
    except (yaml.YAMLError, RecursionError):
        raise DataError(file, "the header is not YAML", 1) from None
    if not isinstance(fields, dict):
        raise DataError(file, "the file has no header; its first line should be `#+ summary: …`", 1)
    return fields


def _refuse_later_lines(file: str, text: str, before: int) -> None:
    """A line `#+ …` of the query is a comment, not a part of the header; in a string it is text."""
    if not any(line.startswith("#+") for line in text.split("\n")[before:]):
        return
    in_strings = [range(t.start, t.end) for t in tokens(text) if t.kind == "string"]
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        if number > before and line.startswith("#+") and not any(start in string for string in in_strings):
            raise DataError(file, "a line of the header comes after the beginning of the query; put it first", number)
        start += len(line) + 1


def _refuse_aliases(file: str, lines: str) -> None:
    """Aliases of aliases can make an endless text of a few lines; half of a surrogate pair is not text."""
    if not {"*", "\\"} & set(lines):
        return
    for token in yaml.scan(lines, Loader=yaml.BaseLoader):
        line = token.start_mark.line + 1
        if isinstance(token, yaml.AliasToken):
            raise DataError(file, f"the header has an alias, *{token.value}; write the value itself", line)
        if isinstance(token, yaml.ScalarToken) and not is_xml_text(token.value):
            raise DataError(file, "the header has characters that no text has", line)


def _refuse_keys_twice(file: str, node: yaml.Node | None) -> None:
    keys: set[str] = set()
    for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
        if not isinstance(key, yaml.ScalarNode):
            raise DataError(file, "the header has a key that is not a word", key.start_mark.line + 1)
        if key.value in keys:
            raise DataError(file, f"the header has {key.value} twice", key.start_mark.line + 1)
        keys.add(key.value)


def header_lines(text: str) -> list[str]:
    """The lines of a file before its query: those of its header begin with `#+`, others are comments or empty."""
    return list(takewhile(lambda line: not line.strip() or line.startswith("#"), text.split("\n")))


def without_header(text: str) -> str:
    """A query without the lines that describe it."""
    before = header_lines(text)
    kept = [line for line in before if not line.startswith("#+")]
    return "\n".join([*kept, *text.split("\n")[len(before) :]]).strip() + "\n"


def line_of(text: str, key: str) -> int:
    """The line of a key in the header; 1 if it has none of its own."""
    lines = enumerate(header_lines(text), 1)
    return next((n for n, line in lines if line.startswith("#+") and line[2:].lstrip(" -").startswith(f"{key}:")), 1)
