"""Reads text files; what is wrong with one is told by its name."""

from __future__ import annotations

from pathlib import Path

from otsgraph.errors import DataError


def read_text(path: Path, name: str) -> str:
    """The exact characters of a UTF-8 file, line ends included; errors call it `name`.  Raises DataError."""
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise DataError(name, error.strerror or "cannot be read") from None
    except UnicodeDecodeError as error:
        raise DataError(name, f"byte {error.start} is not UTF-8") from None
