"""`python -m otsgraph` and the `otsgraph` command."""

from __future__ import annotations

import os

from otsgraph.cli import cli


def main() -> None:
    _have_standard_streams()
    cli(prog_name="otsgraph")


def _have_standard_streams() -> None:
    """Opens what a process may be started without: the next file or socket would be taken for a standard stream."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


if __name__ == "__main__":
    main()
