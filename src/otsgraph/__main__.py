"""`python -m otsgraph` and the `otsgraph` command."""

from __future__ import annotations

from otsgraph.cli import cli


def main() -> None:
    cli(prog_name="otsgraph")


if __name__ == "__main__":
    main()
