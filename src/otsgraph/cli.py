"""The command line: flags made from settings, and errors as one line."""

from __future__ import annotations

import asyncio
import functools
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO, TypeVar

import click

from otsgraph.dataset.sources import packaged_folder
from otsgraph.errors import CommandError, RequestError, SettingsError
from otsgraph.quoting import printable, quoted
from otsgraph.rdf.formats import QUERY_FORMAT_NAMES
from otsgraph.settings import (
    Settings,
    default_text,
    flag,
    forget_secrets,
    make_settings,
    metavar,
    unknown_variables,
    variable,
)

C = TypeVar("C", bound=Callable[..., Any])

log = logging.getLogger(__name__)

EXIT_CODES = """\b
Exit codes:
  0  success
  1  failure; the reason is one line on standard error
  2  usage error"""

DATA_SETTINGS = (
    *("data", "default_graph", "no_inferred", "load_time_limit", "load_memory_limit"),
    *("query_time_limit", "query_memory_limit", "result_size_limit"),
)


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="otsgraph")
def cli() -> None:
    """The diaspora cooperation of the Organization of Turkic States as a knowledge graph."""


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
    if field.annotation is bool:
        return click.option(flag(name), name, is_flag=True, default=None, help=help_)
    return click.option(flag(name), name, multiple=field.default == (), default=None, metavar=metavar(name), help=help_)


def reports_errors(command: C) -> C:
    """Lets errors that are raised on purpose end a command with one line."""

    @functools.wraps(command)
    def run(*arguments: object, **options: object) -> object:
        try:
            return command(*arguments, **options)
        except SettingsError as error:
            raise click.UsageError(printable(str(error))) from None
        except RequestError as error:
            about = error.members
            where = f"line {about['line']}, column {about['column']}: " if "line" in about else ""
            meant = about.get("candidates")
            meant_text = f" Did you mean {' or '.join(meant)}?" if isinstance(meant, list) else ""
            raise click.ClickException(printable(where + error.detail + meant_text)) from None
        except CommandError as error:
            raise click.ClickException(printable(str(error))) from None
        except KeyboardInterrupt:
            sys.exit(130)
        except BrokenPipeError:
            sys.exit(0)
        except OSError as error:
            raise click.ClickException(printable(f"{error.filename or 'a file'}: {error.strerror or error}")) from None

    return run  # type: ignore[return-value]


root_option = click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with the layout of the packaged graph.  [default: the packaged graph]",
)


@cli.command(epilog=EXIT_CODES)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True)
@reports_errors
def validate(paths: tuple[Path, ...], format_name: str) -> None:
    """Check syntax, shapes, rules, facts and competency questions.

    PATH is a folder with the layout of the packaged graph, or Turtle files of statements to check together with the
    packaged graph. Default: the packaged graph.
    """
    from otsgraph.checks.validate import validate, validate_with

    if len(paths) == 1 and paths[0].is_dir():
        report = validate(paths[0])
    else:
        report = validate_with(packaged_folder(), paths) if paths else validate(packaged_folder())
    click.echo(report.as_json() if format_name == "json" else report.as_text(), nl=False)
    if not report.valid:
        sys.exit(1)


@cli.command("new-document", epilog=EXIT_CODES)
@click.argument("slug")
@click.option("--url", required=True, help="Address of the document.")
@click.option("--published", required=True, metavar="DATE", help="Day of publication, such as 2025-12-02.")
@click.option(
    "--text", type=click.Path(path_type=Path), help="File with the exact text of the document, for positions."
)
@root_option
@reports_errors
def new_document(slug: str, url: str, published: str, text: Path | None, root: Path | None) -> None:
    """Write the skeleton of a document: a Turtle file to fill in, and its record.

    \b
    otsgraph new-document mti-2025-12-02 --url https://example.org/news/1 --published 2025-12-02
    """
    from otsgraph.checks.new_document import NewDocument, write
    from otsgraph.rdf.files import read_text

    document = NewDocument(slug, url, published, read_text(text, str(text)) if text is not None else "")
    for name in write(root or packaged_folder(), document):
        click.echo(f"{name}: written")
    click.echo("`otsgraph validate` shows what is still missing")


@cli.command(epilog=EXIT_CODES)
@click.option("--check", is_flag=True, help="Write nothing; fail if a file is out of date.")
@root_option
@reports_errors
def derive(check: bool, root: Path | None) -> None:
    """Write data/facts/ from the statements."""
    from otsgraph.dataset.facts import derived_files, orphans

    root = root or packaged_folder()
    stale = [file for file in derived_files(root) if not file.current]
    without_statements = orphans(root)
    for path in without_statements:
        if not check:
            path.unlink()
        click.echo(f"data/facts/{path.name}: {'' if check else 'removed, because it '}belongs to no statements")
    for file in stale:
        if not check:
            file.write()
        click.echo(f"{file.name}: {'out of date; run `otsgraph derive`' if check else 'written'}")
    if not stale and not without_statements:
        click.echo("all facts are up to date")
    if (stale or without_statements) and check:
        sys.exit(1)


@cli.command("check-evidence", epilog=EXIT_CODES)
@click.option("--source", required=True, type=click.Path(path_type=Path), help="File with the text of the document.")
@click.option("--document", default="trend-2025-12-02", show_default=True, help="Slug of the document.")
@click.option(
    "--record", is_flag=True, help="Record the confirmed passages in data/confirmed/, for `otsgraph validate`."
)
@root_option
@reports_errors
def check_evidence(source: Path, document: str, record: bool, root: Path | None) -> None:
    """Check the text positions of a document against its text."""
    from otsgraph.checks.passages import document_evidence, write_record
    from otsgraph.rdf.files import read_text

    root = root or packaged_folder()
    evidence = document_evidence(root, document)
    mismatches = evidence.check(read_text(source, str(source)))
    for mismatch in mismatches:
        click.echo(f"{mismatch.subject}: {mismatch.reason}")
    if mismatches:
        raise click.ClickException(f"the evidence of {document} could not be confirmed: {len(mismatches)} differences")
    click.echo(f"all {len(evidence.passages)} passages of {document} stand in {source.name} where the graph says")
    if record:
        click.echo(f"{write_record(root, evidence)}: written")


@cli.command(epilog=EXIT_CODES)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--public-url", metavar="URL", help="Address of the site, for the descriptions.")
@root_option
@reports_errors
def export(directory: Path, public_url: str | None, root: Path | None) -> None:
    """Write every download into DIR, with checksums and descriptions (VoID, DCAT).

    The files are the same as those of the server, byte for byte.
    """
    from otsgraph.dataset.downloads import PERMANENT, export

    names = export(root or packaged_folder(), directory, (public_url or PERMANENT).rstrip("/"))
    single = [name for name in names if "/" in name]
    for name in names:
        if name not in single:
            click.echo(name)
    click.echo(f"and {len(single)} files of single graphs in graph/")


@cli.command(epilog=EXIT_CODES)
@settings_options(*Settings.model_fields)
@click.option("-v", "--verbose", count=True, help="Log more: -v events and requests, -vv everything.")
@reports_errors
def serve(verbose: int, **flags: object) -> None:
    """Serve the graph: SPARQL at /sparql, saved queries, pages, downloads.

    Without options: the packaged graph at http://127.0.0.1:8000.
    """
    import uvloop

    from otsgraph.web.serve import serve as serve_until_told_to_stop

    _log_at((logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)])
    for name in unknown_variables():
        log.warning("unknown variable %s", name)
    settings = make_settings(**flags)
    forget_secrets()
    uvloop.run(serve_until_told_to_stop(settings, tell=lambda line: click.echo(printable(line), err=True)))


def _log_at(level: int) -> None:
    """Logs to standard error: a line for each event, and a JSON object for each request."""
    events = logging.StreamHandler()
    events.setFormatter(PrintableFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[events])
    # it warns about each malformed request, which anybody can send
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR if level > logging.INFO else level)
    requests = logging.StreamHandler()
    requests.setFormatter(PrintableFormatter("%(message)s"))
    access = logging.getLogger("otsgraph.web.http.access_log")
    access.addHandler(requests)
    access.propagate = False


class PrintableFormatter(logging.Formatter):
    """Formats events so that text of a client, a data file or a worker cannot act on a terminal, or begin a line.

    What follows the first line of an event, such as a traceback, is indented.
    """

    def format(self, record: logging.LogRecord) -> str:
        return "\n    ".join(map(printable, super().format(record).split("\n")))


@cli.command(epilog=EXIT_CODES)
@click.argument("text", required=False)
@click.option("--file", "file", type=click.File(), help="Read the query from a file.")
@click.option("--saved", metavar="NAME", help="Run a saved query; `otsgraph queries` lists them.")
@click.option(
    "-p",
    "--parameter",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    help="Value of a parameter of the saved query; can be repeated.",
)
@click.option(
    "--evidence", is_flag=True, help="Add to each row of the saved query who states it, in which document and where."
)
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(["table", *QUERY_FORMAT_NAMES]),
    help="Format of the result.  [default: a table on a terminal, else json or ttl]",
)
@settings_options(*DATA_SETTINGS, "queries")
@reports_errors
def query(
    text: str | None,
    file: TextIO | None,
    saved: str | None,
    parameters: tuple[str, ...],
    evidence: bool,
    format_name: str | None,
    **flags: object,
) -> None:
    """Run one query; no server is needed.

    TEXT is the query, or - to read it from standard input. The prefixes of the packaged graph need no declaration.

    \b
    otsgraph query 'SELECT ?state { meeting:diaspora-7 ots:representedState ?state }'
    otsgraph query --saved represented-states -f csv
    otsgraph query --saved about -p thing=Macarıstan
    """
    from otsgraph.web import once

    if sum(given is not None for given in (text, file, saved)) != 1:
        raise click.UsageError("Give exactly one of TEXT, --file and --saved.")
    if (parameters or evidence) and saved is None:
        raise click.UsageError("-p and --evidence need a saved query: name it with --saved.")
    typed = sys.stdin.read() if text == "-" else file.read() if file is not None else text
    asked = typed if typed is not None else once.SavedCall(str(saved), _pairs(parameters), evidence)
    name = format_name or ("table" if sys.stdout.isatty() else None)
    output = asyncio.run(once.ask_once(make_settings(workers="1+0", **flags), asked, name))
    sys.stdout.buffer.write(output)


def _pairs(parameters: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = [given.partition("=") for given in parameters]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise click.UsageError(f"-p needs NAME=VALUE, not {quoted(wrong[0])}.")
    return [(name.strip(), value) for name, _, value in pairs]


@cli.command(epilog=EXIT_CODES)
@click.argument("path")
@click.option("--accept", help="Accept header of the request.")
@settings_options(*DATA_SETTINGS, "queries")
@reports_errors
def get(path: str, accept: str | None, **flags: object) -> None:
    """Print the response to a GET of PATH; no server is needed.

    The exit code is 0 for a status of 200 to 399, else 1.
    """
    from otsgraph.web import once

    status, body = asyncio.run(once.get_once(make_settings(workers="1+0", **flags), path, accept))
    sys.stdout.buffer.write(body)
    if not 200 <= status < 400:
        raise CommandError(f"the status of the response is {status}")


@cli.command(epilog=EXIT_CODES)
@settings_options("data", "queries")
@reports_errors
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
