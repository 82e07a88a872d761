"""The command line: each command hands plain values to a function elsewhere, and says errors in one line."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import TextIO

import click

from otsgraph import cli_data
from otsgraph.cli_options import EXIT_CODES, says_errors_in_one_line, settings_options
from otsgraph.errors import CommandError
from otsgraph.quoting import printable, quoted
from otsgraph.rdf.formats import QUERY_FORMAT_NAMES
from otsgraph.settings import Settings, forget_secrets, make_settings, unknown_variables

log = logging.getLogger(__name__)

DATA_SETTINGS = (
    *("data", "default_graph", "no_inferred", "load_time_limit", "load_memory_limit"),
    *("query_time_limit", "query_memory_limit", "result_size_limit"),
)


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="otsgraph")
def cli() -> None:
    """The diaspora cooperation of the Organization of Turkic States as a knowledge graph."""


@cli.command(epilog=EXIT_CODES)
@settings_options(*Settings.model_fields)
@click.option("-v", "--verbose", count=True, help="Log more: -v says what happens, -vv everything.")
@says_errors_in_one_line
def serve(verbose: int, **flags: object) -> None:
    """Serve the graph: SPARQL at /sparql, saved queries, downloads.

    Without options, the packaged graph at http://127.0.0.1:8000.
    """
    import uvloop

    from otsgraph.web.serve import serve as serve_until_told_to_stop

    _log_at((logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)])
    for name in unknown_variables():
        log.warning("no setting belongs to the variable %s", name)
    settings = make_settings(**flags)
    forget_secrets()
    uvloop.run(serve_until_told_to_stop(settings, tell=lambda line: click.echo(printable(line), err=True)))


def _log_at(level: int) -> None:
    """Logs to standard error: one line an event, and one JSON object a request."""
    events = logging.StreamHandler()
    events.setFormatter(PrintableFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[events])
    # it warns of each request that is none, which anybody can send
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR if level > logging.INFO else level)
    requests = logging.StreamHandler()
    requests.setFormatter(PrintableFormatter("%(message)s"))
    access = logging.getLogger("otsgraph.web.http.access_log")
    access.addHandler(requests)
    access.propagate = False


class PrintableFormatter(logging.Formatter):
    """Formats events so that text in them (of a client, a data file, a worker) cannot act on a terminal.

    Nor can it begin a line: what follows the first line of an event, such as a traceback, is indented.
    """

    def format(self, record: logging.LogRecord) -> str:
        return "\n    ".join(map(printable, super().format(record).split("\n")))


@cli.command(epilog=EXIT_CODES)
@click.argument("text", required=False)
@click.option("--file", "file", type=click.File(), help="Read the query from a file.")
@click.option("--saved", metavar="NAME", help="Ask a saved query; `otsgraph queries` lists them.")
@click.option(
    "-p",
    "--parameter",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    help="A value for a parameter of the saved query; can be given again for another one.",
)
@click.option(
    "--evidence", is_flag=True, help="Add who states each row of the saved query, in which document and where."
)
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(["table", *QUERY_FORMAT_NAMES]),
    help="Format of the result.  [default: a table on a terminal, else json or ttl]",
)
@settings_options(*DATA_SETTINGS, "queries")
@says_errors_in_one_line
def query(
    text: str | None,
    file: TextIO | None,
    saved: str | None,
    parameters: tuple[str, ...],
    evidence: bool,
    format_name: str | None,
    **flags: object,
) -> None:
    """Ask one query; no server is needed.

    TEXT is the query, or - to read it from standard input. The packaged graph's prefixes may be used without
    declaring them.

    \b
    otsgraph query 'SELECT ?state { meeting:diaspora-7 ots:representedState ?state }'
    otsgraph query --saved represented-states -f csv
    otsgraph query --saved about -p thing=Macarıstan
    """
    from otsgraph import asking

    if sum(given is not None for given in (text, file, saved)) != 1:
        raise click.UsageError("Give exactly one of TEXT, --file and --saved.")
    if (parameters or evidence) and saved is None:
        raise click.UsageError("-p and --evidence are for a saved query: name it by --saved.")
    typed = sys.stdin.read() if text == "-" else file.read() if file is not None else text
    asked = typed if typed is not None else asking.SavedCall(str(saved), _pairs(parameters), evidence)
    name = format_name or ("table" if sys.stdout.isatty() else None)
    output = asyncio.run(asking.ask_once(make_settings(workers="1+0", **flags), asked, name))
    sys.stdout.buffer.write(output)


def _pairs(parameters: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = [given.partition("=") for given in parameters]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise click.UsageError(f"-p takes NAME=VALUE, not {quoted(wrong[0])}.")
    return [(name.strip(), value) for name, _, value in pairs]


@cli.command(epilog=EXIT_CODES)
@click.argument("path")
@click.option("--accept", help="The Accept header to send.")
@settings_options(*DATA_SETTINGS, "queries")
@says_errors_in_one_line
def get(path: str, accept: str | None, **flags: object) -> None:
    """Print what the server would answer to a GET of PATH; no server is needed.

    The exit code is 0 for an answer of status 200 to 399, else 1.
    """
    from otsgraph import asking

    status, body = asyncio.run(asking.get_once(make_settings(workers="1+0", **flags), path, accept))
    sys.stdout.buffer.write(body)
    if not 200 <= status < 400:
        raise CommandError(f"the answer has the status {status}")


@cli.command(epilog=EXIT_CODES)
@settings_options("data", "queries")
@says_errors_in_one_line
def queries(**flags: object) -> None:
    """List the saved queries, with their parameters and formats."""
    from otsgraph.queries import saved as saved_queries
    from otsgraph.web import serve as bootstrap

    for saved in saved_queries.load_all(bootstrap.query_folders(make_settings(**flags))).values():
        click.echo(f"{saved.name}\n    {saved.summary}")
        for p in saved.parameters:
            default = f"  [default: {p.default}]" if p.default else "" if p.required else "  [optional]"
            click.echo(f"      -p {p.name}=…  {p.type.takes}{default}")
        if saved.evidence:
            click.echo("      --evidence")
        click.echo(f"      -f {', '.join(f.syntax.name for f in saved.formats if f.syntax.name in QUERY_FORMAT_NAMES)}")


for command in cli_data.COMMANDS:
    cli.add_command(command)
