"""/sparql for people: a form to ask, and the answer below it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from otsgraph.errors import RequestError
from otsgraph.quoting import printable, truncated
from otsgraph.sparql.protocol import QueryOperation, QueryResult
from otsgraph.web.html import page
from otsgraph.web.links import leads_to, shortened
from otsgraph.web.problems import STATUS, problem_body, problem_headers
from otsgraph.web.tables import iris, view, with_labels

_EXAMPLE = """SELECT ?state ?name {
  meeting:diaspora-7 ots:representedState ?state .
  ?state rdfs:label ?name
}
"""


_LONGEST_LINE = 200
"""Characters of the line of a mistake that are shown."""

_NOTHING_YET: Mapping[str, Any] = {"view": None, "problem": None, "address": "", "line": "", "base": ""}
"""What the page has before there is an answer."""


def empty_form(prefixes: Mapping[str, str]) -> Response:
    """The page before anything is asked, with a query to start from."""
    used = ("meeting", "ots", "rdfs")
    known = "".join(f"PREFIX {name}: <{prefixes[name]}>\n" for name in used if name in prefixes)
    text = known + "\n" + _EXAMPLE if known.count("\n") == len(used) else "SELECT * { ?s ?p ?o } LIMIT 10\n"
    return page("sparql.html", text=text, headers={"Vary": "Accept"}, **_NOTHING_YET)


def with_answer(
    operation: QueryOperation, result: QueryResult, prefixes: Mapping[str, str], base: str, *, repeatable: bool
) -> Response:
    """The page with a query and what it gave; not to be kept unless the query gives that again.

    `base` is the address of the site, without a slash at its end.
    """
    address = f"/sparql?query={quote(operation.query, safe='')}"
    for name, graphs in (
        ("default-graph-uri", operation.default_graph_uris),
        ("named-graph-uri", operation.named_graph_uris),
    ):
        address += "".join(f"&{name}={quote(graph, safe='')}" for graph in graphs)
    shown = view(result)
    shown = with_labels(shown, {iri: shortened(iri, prefixes) for iri in iris(shown)}, leads_to)
    headers = {
        "Vary": "Accept, Host",
        "Cache-Control": "private, max-age=0, must-revalidate" if repeatable else "no-store",
    }
    values = {**_NOTHING_YET, "view": shown, "address": address, "base": base}
    return page("sparql.html", text=operation.query, headers=headers, **values)


def with_problem(operation: QueryOperation, error: RequestError) -> Response:
    """The page with a query that could not be answered, as it was asked, and why."""
    values = {**_NOTHING_YET, "problem": problem_body(error), "line": _line(operation.query, error)}
    status_code, headers = STATUS[type(error)], problem_headers(error)
    return page("sparql.html", text=operation.query, status_code=status_code, headers=headers, **values)


def _line(query: str, error: RequestError) -> str:
    """Returns the line of a mistake, of a long one what is around the mistake; empty if no line is known."""
    number, column = error.members.get("line"), error.members.get("column")
    lines = query.splitlines()
    if not isinstance(number, int) or not isinstance(column, int) or not 0 < number <= len(lines):
        return ""
    begin = max(0, column - _LONGEST_LINE // 2)
    return ("…" if begin else "") + truncated(printable(lines[number - 1][begin:]), _LONGEST_LINE)
