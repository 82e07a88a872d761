"""One query, or one HTTP request, answered without a server: starts an engine, asks, ends it."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from otsgraph.errors import CommandError, MalformedQuery, NotAcceptable
from otsgraph.queries.request import Options, SavedRequest, Vocabulary, ask_with
from otsgraph.rdf.formats import GraphFormat, ResultsFormat, by_name
from otsgraph.settings import Settings
from otsgraph.sparql.protocol import Deadline, FormatChoice, QueryOperation, QueryResult
from otsgraph.sparql.tokens import prologue_for
from otsgraph.web import serve
from otsgraph.web.http.site import Site


@dataclass(frozen=True, slots=True)
class SavedCall:
    """A saved query by its name, with arguments as people type them, and whether its evidence is wanted."""

    name: str
    arguments: Sequence[tuple[str, str]] = ()
    evidence: bool = False


async def ask_once(settings: Settings, asked: str | SavedCall, format_name: str | None) -> bytes:
    """The result document of a typed or a saved query, or a table of it for people.

    Raises CommandError for an unknown saved query, UnfitParameter, and whatever the engine raises.
    """
    async with serve.open_site(settings) as site:
        engine = site.engine
        text = asked if isinstance(asked, str) else _saved_text(site, asked)
        prologue = prologue_for(text, engine.dataset.prefixes)
        deadline = Deadline.after(settings.query_time_limit)
        try:
            result = await engine.query(QueryOperation(prologue + text), _choice(format_name), deadline)
        except MalformedQuery as error:
            raise _as_typed(error, prologue.count("\n")) from None
        except NotAcceptable as error:
            raise _with_names(error, format_name) from None
    return _for_people(result) if format_name == "table" else _with_newline(result.body)


def _saved_text(site: Site, call: SavedCall) -> str:
    query = site.queries.get(call.name)
    if query is None:
        raise CommandError(
            f"there is no saved query {call.name}; `otsgraph queries` lists them, --queries DIR adds those of a folder"
        )
    if call.evidence and not query.evidence:
        raise CommandError(f"the rows of {call.name} are not statements, so they have no evidence")
    asked = ask_with(query, call.arguments, Vocabulary(site.engine.dataset.prefixes, site.names))
    return SavedRequest(asked, Options(None, call.evidence, inf)).text


def _choice(format_name: str | None) -> FormatChoice:
    if format_name in (None, "table"):
        return FormatChoice(ResultsFormat.JSON, GraphFormat.TURTLE)
    return FormatChoice(*by_name(str(format_name)))


def _with_names(error: NotAcceptable, format_name: str | None) -> CommandError:
    """The error in the words of the command line: format names, not media types."""
    offered = error.members["offered"]
    formats = [f for family in (ResultsFormat, GraphFormat) for f in family]
    names = ", ".join(f.syntax.name for f in formats if isinstance(offered, list) and f.media_type in offered)
    return CommandError(f"this query's result cannot be written as {format_name}; there are {names}")


def _as_typed(error: MalformedQuery, lines_before: int) -> MalformedQuery:
    """The error with the line that the person sees, who did not type the prologue."""
    line, column = error.members["line"], error.members["column"]
    return MalformedQuery(error.detail, line=max(1, int(str(line)) - lines_before), column=column)


def _with_newline(body: bytes) -> bytes:
    return body if body.endswith(b"\n") else body + b"\n"


def _for_people(result: QueryResult) -> bytes:
    """A table of solutions; graphs and truth values as they are."""
    if isinstance(result.format, GraphFormat):
        return _with_newline(result.body)
    document = json.loads(result.body)
    if "boolean" in document:
        return b"yes\n" if document["boolean"] else b"no\n"
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    columns, rows = document["head"]["vars"], document["results"]["bindings"]
    table = Table(box=SIMPLE_HEAD, caption=f"{len(rows)} row{'' if len(rows) == 1 else 's'}", caption_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(row[c]["value"] if c in row else "") for c in columns))
    output = io.StringIO()
    width = Console().width
    Console(file=output, width=width).print(table)
    return output.getvalue().encode()


async def get_once(settings: Settings, path: str, accept: str | None) -> tuple[int, bytes]:
    """Status and body of the answer to a GET of a path."""
    # a query on the command line need not wait for the application
    import httpx

    from otsgraph.web.app import create_app

    async with serve.open_site(settings) as site:
        transport = httpx.ASGITransport(create_app(site))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            response = await client.get(path, headers={"Accept": accept} if accept else {})
        return response.status_code, response.content
