"""A question and its answer as Markdown, for readers without a browser.  Source: GitHub Flavored Markdown §4.10."""

from __future__ import annotations

import re

from otsgraph.queries.request import SavedRequest
from otsgraph.web.links import in_words
from otsgraph.web.query_page import Shown
from otsgraph.web.tables import Cell

_MARKS = re.compile(r"([\\`*_{}\[\]<>|#&~!])")


def as_markdown(asked: SavedRequest, shown: Shown, base: str) -> str:
    """The text; `base` is the address of the site, without a slash at its end."""
    query = asked.bound.query
    parts = [f"# {_plain(query.summary)}", _plain(query.description)]
    given = [f"- {in_words(name)}: {_plain(value)}" for name, value in asked.bound.given.items() if value]
    parts += ["\n".join(given)] if given else []
    if shown.view.too_large:
        parts.append(f"The result has {shown.view.too_large:,} bytes, too many for a text. Get it in another format.")
    elif shown.view.graph is not None:
        parts.append(f"```turtle\n{shown.view.graph.strip()}\n```")
    elif shown.view.rows:
        lines = [[in_words(column) for column in shown.view.columns], ["---"] * len(shown.view.columns)]
        lines += [[_cell(cell, base) for cell in row] for row in shown.view.rows]
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    else:
        parts.append(shown.view.hint or "No rows: the graph does not say.")
    if shown.view.graph is None and not shown.view.too_large:
        first, number = shown.view.first, len(shown.view.rows)
        parts.append(f"Rows {first + 1} to {first + number} of {shown.view.total}." if number else "0 rows.")
    parts.append(f"{base}/queries/{query.name}")
    return "\n\n".join(filter(None, parts)) + "\n"


def _cell(cell: Cell, base: str) -> str:
    text = _plain(cell.value)
    if not cell.link:
        return text
    address = base + cell.link if cell.link.startswith("/") else cell.link
    return f"[{text}](<{address}>)"


def _plain(text: str) -> str:
    """Text whose characters stand for themselves, in one line; addresses become links all the same."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
