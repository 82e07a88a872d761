"""What the commands share: flags made from settings, and errors said in one line."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from otsgraph.errors import CommandError, RequestError
from otsgraph.quoting import printable
from otsgraph.settings import Settings, SettingsError, default_text, flag, metavar, variable

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
