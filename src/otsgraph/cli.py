"""What the commands share: flags made from settings, and errors said in one line."""

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

EXIT_CODES = """\b
Exit codes:
  0  done
  1  could not be done; the reason is one line on standard error
  2  the command line is wrong"""


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


def says_errors_in_one_line(command: C) -> C:
    """Errors made on purpose end the command with their message alone."""

    @functools.wraps(command)
    def run(*arguments: object, **options: object) -> object:
        try:
            return command(*arguments, **options)
        except SettingsError as error:
            raise click.UsageError(printable(str(error))) from None
        except RequestError as error:
            where = (
                f"line {error.members['line']}, column {error.members['column']}: " if "line" in error.members else ""
            )
            candidates = error.members.get("candidates")
            meant = f" Meant may be: {', '.join(candidates)}." if isinstance(candidates, list) else ""
            raise click.ClickException(printable(where + error.detail + meant)) from None
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
    help="A folder laid out like the packaged graph.  [default: the packaged graph]",
)


@click.command(epilog=EXIT_CODES)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True)
@says_errors_in_one_line
def validate(paths: tuple[Path, ...], format_name: str) -> None:
    """Check everything that must hold: syntax, shapes, rules, facts, competency questions.

    PATH is a folder laid out like the packaged graph, or Turtle files of statements to be checked together with the
    packaged graph. Without it: the packaged graph.
    """
    from otsgraph.checks.validate import validate, validate_with

    if len(paths) == 1 and paths[0].is_dir():
        report = validate(paths[0])
    else:
        report = validate_with(packaged_folder(), paths) if paths else validate(packaged_folder())
    click.echo(report.as_json() if format_name == "json" else report.as_text(), nl=False)
    if not report.valid:
        sys.exit(1)


@click.command("new-document", epilog=EXIT_CODES)
@click.argument("slug")
@click.option("--url", required=True, help="Where the document is published.")
@click.option("--published", required=True, metavar="DATE", help="The day of publication, like 2025-12-02.")
@click.option("--text", type=click.Path(path_type=Path), help="A file with the document's exact text, for positions.")
@root_option
@says_errors_in_one_line
def new_document(slug: str, url: str, published: str, text: Path | None, root: Path | None) -> None:
    """Start the next document: a Turtle file to fill in, and its record.

    \b
    otsgraph new-document mti-2025-12-02 --url https://example.org/news/1 --published 2025-12-02
    """
    from otsgraph.checks.new_document import NewDocument, write
    from otsgraph.rdf.files import read_text

    document = NewDocument(slug, url, published, read_text(text, str(text)) if text is not None else "")
    for name in write(root or packaged_folder(), document):
        click.echo(f"{name}: written")
    click.echo("`otsgraph validate` says what is still to be filled in")


@click.command(epilog=EXIT_CODES)
@click.option("--check", is_flag=True, help="Write nothing; fail if a file is not current.")
@root_option
@says_errors_in_one_line
def derive(check: bool, root: Path | None) -> None:
    """Write data/facts/ from the statements, by the one rule that decides what is asserted."""
    from otsgraph.dataset.facts import derived_files, orphans

    root = root or packaged_folder()
    stale = [file for file in derived_files(root) if not file.current]
    without_statements = orphans(root)
    for path in without_statements:
        if not check:
            path.unlink()
        click.echo(f"data/facts/{path.name}: {'' if check else 'removed, since it '}belongs to no statements")
    for file in stale:
        if not check:
            file.write()
        click.echo(f"{file.name}: {'not current; run `otsgraph derive`' if check else 'written'}")
    if not stale and not without_statements:
        click.echo("all facts are current")
    if (stale or without_statements) and check:
        sys.exit(1)


@click.command("check-evidence", epilog=EXIT_CODES)
@click.option("--source", required=True, type=click.Path(path_type=Path), help="A file with the document's text.")
@click.option("--document", default="trend-2025-12-02", show_default=True, help="The slug of the document.")
@click.option("--record", is_flag=True, help="Record what is confirmed in data/confirmed/, for `otsgraph validate`.")
@root_option
@says_errors_in_one_line
def check_evidence(source: Path, document: str, record: bool, root: Path | None) -> None:
    """Check every text position of a document against the document's own text."""
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


@click.command(epilog=EXIT_CODES)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--public-url", metavar="URL", help="The address of the site, for the descriptions.")
@root_option
@says_errors_in_one_line
def export(directory: Path, public_url: str | None, root: Path | None) -> None:
    """Write every download into DIR, with checksums and descriptions (VoID, DCAT).

    They are the files that the server gives, byte for byte.
    """
    from otsgraph.dataset.downloads import PERMANENT, export

    names = export(root or packaged_folder(), directory, (public_url or PERMANENT).rstrip("/"))
    single = [name for name in names if "/" in name]
    for name in names:
        if name not in single:
            click.echo(name)
    click.echo(f"and {len(single)} files of single graphs in graph/")


COMMANDS = (validate, new_document, derive, check_evidence, export)


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
    from otsgraph.web import once

    if sum(given is not None for given in (text, file, saved)) != 1:
        raise click.UsageError("Give exactly one of TEXT, --file and --saved.")
    if (parameters or evidence) and saved is None:
        raise click.UsageError("-p and --evidence are for a saved query: name it by --saved.")
    typed = sys.stdin.read() if text == "-" else file.read() if file is not None else text
    asked = typed if typed is not None else once.SavedCall(str(saved), _pairs(parameters), evidence)
    name = format_name or ("table" if sys.stdout.isatty() else None)
    output = asyncio.run(once.ask_once(make_settings(workers="1+0", **flags), asked, name))
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
    from otsgraph.web import once

    status, body = asyncio.run(once.get_once(make_settings(workers="1+0", **flags), path, accept))
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


for command in COMMANDS:
    cli.add_command(command)
