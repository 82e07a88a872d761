"""Text from elsewhere (a request, a data file, another process) inside our own lines and sentences; pure."""

from __future__ import annotations

import re

LONGEST_QUOTED = 100
"""Characters of a quotation."""

_QUOTATION = re.compile(r"`([^`]*)`")

_KEPT = "\xa0\u202f\u200c\u200d"
"""Not printable to Python, but harmless, and needed to write some languages: no-break spaces and joiners."""


def printable(text: str) -> str:
    """Returns the text with escapes (`\\u202e`) for what is not printed but acts on the print.

    These are controls, line separators, marks of writing direction, invisible characters and lone surrogates.  The
    escapes are valid in a JSON string that is ASCII already.  Source: Unicode Technical Report 36 §2.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in _KEPT else _escape(c) for c in text)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def truncated(text: str, longest: int = LONGEST_QUOTED) -> str:
    """Returns the beginning of the text, with `…` for what is left out."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def quoted(text: str) -> str:
    """Returns the text as a short quotation between backticks, which cannot be taken for our own words."""
    return f"`{truncated(printable(text.replace('`', chr(39))))}`"


def sentence(text: str, longest: int) -> str:
    """Returns a sentence that may hold text from elsewhere, printable and with its quotations truncated."""
    return truncated(_QUOTATION.sub(lambda found: f"`{truncated(found[1])}`", printable(text)), longest)


def as_utf8(text: str) -> bytes:
    """Returns the text in UTF-8, with an escape that JSON knows for a lone surrogate."""
    return text.encode("utf-8", "backslashreplace")
