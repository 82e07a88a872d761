"""The commands of those who look after the data: validate, new-document, derive, check-evidence, export."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from otsgraph.cli_options import EXIT_CODES, root_option, says_errors_in_one_line
from otsgraph.dataset.sources import packaged_folder


@click.command(epilog=EXIT_CODES)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True)
@says_errors_in_one_line
def validate(paths: tuple[Path, ...], format_name: str) -> None:
    """Check everything that must hold: syntax, shapes, rules, facts, competency questions.

    PATH is a folder laid out like the packaged graph, or Turtle files of statements to be checked together with the
    packaged graph. Without it: the packaged graph.
    """
    from otsgraph.validation import validate, validate_with

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
    from otsgraph.rdf.files import read_text
    from otsgraph.skeleton import NewDocument, write

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
    from otsgraph.checking import document_evidence, write_record
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
