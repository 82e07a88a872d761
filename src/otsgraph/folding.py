"""Names as they are compared: however they are typed, they fold to the same text; pure."""

from __future__ import annotations

import re
import unicodedata

_DROPPED = dict.fromkeys(map(ord, "'’‘‛ʻʼʽʹʾʿ`´′＇"))
_PLAIN = _DROPPED | str.maketrans(
    dict(zip("ıəǝłøđðħŧŋɵ", "ieeloddhtno", strict=True)) | {"æ": "ae", "œ": "oe", "þ": "th", "ƣ": "gh"}
)
_CYRILLIC = re.compile(r"[\u0400-\u052F\u1C80-\u1C8F\u2DE0-\u2DFF\uA640-\uA69F]")


def fold(text: str) -> str:
    """The text as it is compared: small letters and digits, without marks, single spaces between words.

    Apostrophes go (Oʻzbekiston, Ozbekiston); hyphens and other punctuation become spaces; Latin letters that have no
    mark to lose become those that people type for them (ə, ı, ł).  Cyrillic letters stay what they are: й is not и.
    Symbols stay.  The result folds to itself, holds no quotation mark and no control character, and can be "".
    Source: Unicode Standard Annex 15 (NFKD); Unicode Standard §3.13 (case folding).
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_DROPPED)).casefold()
        text = unicodedata.normalize("NFC", _without_marks(unicodedata.normalize("NFKD", text)).translate(_PLAIN))
    return " ".join("".join(map(_kept, text.casefold())).split())


def _without_marks(text: str) -> str:
    """The text, decomposed, less the marks of letters that are not Cyrillic."""
    kept, letter = [], ""
    for character in text:
        if not unicodedata.combining(character):
            letter = character
        elif not _CYRILLIC.match(letter):
            continue
        kept.append(character)
    return "".join(kept)


def _kept(character: str) -> str:
    """A letter, mark, digit or symbol itself; a space for what stands between words; "" for what nobody sees."""
    if character.isalnum():
        return character
    if ord(character) in _DROPPED:
        return ""
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    return character if category[0] in "LMNS" else " "
