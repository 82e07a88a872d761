"""The command line: each command hands plain values to a function elsewhere, and says errors in one line."""

from __future__ import annotations

import asyncio
import functools
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO, TypeVar

import click

from otsgraph import packaged
from otsgraph.errors import CommandError, RequestError
from otsgraph.formats import QUERY_FORMAT_NAMES
from otsgraph.settings import Settings, SettingsError, default_text, flag, make_settings, metavar, variable

C = TypeVar("C", bound=Callable[..., Any])

EXIT_CODES = """\b
Exit codes:
  0  done
  1  could not be done; the reason is one line on standard error
  2  the command line is wrong"""

DATA_SETTINGS = ("data", "default_graph", "query_time_limit", "query_memory_limit", "result_size_limit")


def settings_options(*names: str) -> Callable[[C], C]:
    """Adds the flags of some settings to a command."""

    def add(command: C) -> C:
        for name in reversed(names):
            command = _settings_option(name)(command)
        return command

    return add


def _settings_option(name: str) -> Callable[[C], C]:
    field = Settings.model_fields[name]
    default = default_text(name)
    remarks = [f"default: {default}"] if default else []
    remarks.append(f"or {variable(name)}")
    help_ = f"{field.description}  [{'; '.join(remarks)}]"
    return click.option(flag(name), name, multiple=name == "data", default=None, metavar=metavar(name), help=help_)


def says_errors_in_one_line(command: C) -> C:
    """Errors made on purpose end the command with their message alone."""

    @functools.wraps(command)
    def run(*arguments: object, **options: object) -> object:
        try:
            return command(*arguments, **options)
        except SettingsError as error:
            raise click.UsageError(str(error)) from None
        except RequestError as error:
            where = (
                f"line {error.members['line']}, column {error.members['column']}: " if "line" in error.members else ""
            )
            raise click.ClickException(where + error.detail) from None
        except CommandError as error:
            raise click.ClickException(str(error)) from None
        except KeyboardInterrupt:
            sys.exit(130)
        except BrokenPipeError:
            sys.exit(0)

    return run  # type: ignore[return-value]


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
    from otsgraph import bootstrap

    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(bootstrap.serve(make_settings(**flags), tell=functools.partial(click.echo, err=True)))


@cli.command(epilog=EXIT_CODES)
@click.argument("text", required=False)
@click.option("--file", "file", type=click.File(), help="Read the query from a file.")
@click.option("--saved", metavar="NAME", help="Ask a saved query; `otsgraph queries` lists them.")
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(["table", *QUERY_FORMAT_NAMES]),
    help="Format of the result.  [default: a table on a terminal, else json or ttl]",
)
@settings_options(*DATA_SETTINGS, "queries")
@says_errors_in_one_line
def query(text: str | None, file: TextIO | None, saved: str | None, format_name: str | None, **flags: object) -> None:
    """Ask one query; no server is needed.

    TEXT is the query, or - to read it from standard input. The packaged graph's prefixes may be used without
    declaring them.

    \b
    otsgraph query 'SELECT ?state { meeting:diaspora-7 ots:representedState ?state }'
    otsgraph query --saved represented-states -f csv
    """
    from otsgraph import asking

    if sum(given is not None for given in (text, file, saved)) != 1:
        raise click.UsageError("Give exactly one of TEXT, --file and --saved.")
    typed = sys.stdin.read() if text == "-" else file.read() if file is not None else text
    name = format_name or ("table" if sys.stdout.isatty() else None)
    output = asyncio.run(asking.ask_once(make_settings(workers="1", **flags), typed, saved, name))
    sys.stdout.buffer.write(output)


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

    status, body = asyncio.run(asking.get_once(make_settings(workers="1", **flags), path, accept))
    sys.stdout.buffer.write(body)
    if not 200 <= status < 400:
        raise CommandError(f"the answer has the status {status}")


@cli.command(epilog=EXIT_CODES)
@settings_options("data", "queries")
@says_errors_in_one_line
def queries(**flags: object) -> None:
    """List the saved queries."""
    from otsgraph import bootstrap

    for saved in bootstrap.load_queries(make_settings(**flags)).values():
        click.echo(f"{saved.name}\n    {saved.summary}")


@cli.command(epilog=EXIT_CODES)
@click.option("--check", is_flag=True, help="Write nothing; fail if a file is not current.")
@says_errors_in_one_line
def derive(check: bool) -> None:
    """Write data/facts/ from the statements, by the one rule that decides what is asserted."""
    from otsgraph.derive import derived_files

    stale = [file for file in derived_files(packaged.path()) if not file.current]
    for file in stale:
        if not check:
            file.write()
        click.echo(f"{file.name}: {'not current; run `otsgraph derive`' if check else 'written'}")
    if not stale:
        click.echo("all facts are current")
    if stale and check:
        sys.exit(1)


@cli.command("check-evidence", epilog=EXIT_CODES)
@click.option("--source", required=True, type=click.Path(path_type=Path), help="A file with the document's text.")
@click.option("--document", default="trend-2025-12-02", show_default=True, help="The slug of the document.")
@says_errors_in_one_line
def check_evidence(source: Path, document: str) -> None:
    """Check every text position of a document against the document's own text."""
    from otsgraph.checking import check_document

    confirmed, mismatches = check_document(packaged.path(), document, source)
    for mismatch in mismatches:
        click.echo(f"{mismatch.subject}: {mismatch.reason}")
    if mismatches:
        raise click.ClickException(f"the evidence of {document} could not be confirmed: {len(mismatches)} differences")
    click.echo(f"all {confirmed} passages of {document} stand in {source.name} where the graph says")
