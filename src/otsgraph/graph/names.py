"""The names of things: folding for comparison, the index on disk, look-up and suggestions.

Sources: SQLite FTS5 Extension, on the trigram tokenizer and on contentless tables.
"""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import astuple, dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

_DROPPED = dict.fromkeys(map(ord, "'’‘‛ʻʼʽʹʾʿ`´′＇"))
_PLAIN = _DROPPED | str.maketrans(
    dict(zip("ıəǝłøđðħŧŋɵ", "ieeloddhtno", strict=True)) | {"æ": "ae", "œ": "oe", "þ": "th", "ƣ": "gh"}
)
_CYRILLIC = re.compile(r"[\u0400-\u052F\u1C80-\u1C8F\u2DE0-\u2DFF\uA640-\uA69F]")


def fold(text: str) -> str:
    """Returns a text as it is compared: lower-case letters and digits, without marks, single spaces between words.

    Apostrophes go (Oʻzbekiston, Ozbekiston); hyphens and other punctuation become spaces; Latin letters without a mark
    to lose become those that people type for them (ə, ı, ł).  Cyrillic letters stay: й is not и.  Symbols stay.  The
    result folds to itself, has no quotation mark and no control character, and can be "".
    Source: Unicode Standard Annex 15 (NFKD); Unicode Standard §3.13 (case folding).
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_DROPPED)).casefold()
        text = unicodedata.normalize("NFC", _without_marks(unicodedata.normalize("NFKD", text)).translate(_PLAIN))
    return " ".join("".join(map(_kept, text.casefold())).split())


def _without_marks(text: str) -> str:
    """Returns a decomposed text without the marks of letters that are not Cyrillic."""
    kept, letter = [], ""
    for character in text:
        if not unicodedata.combining(character):
            letter = character
        elif not _CYRILLIC.match(letter):
            continue
        kept.append(character)
    return "".join(kept)


def _kept(character: str) -> str:
    """Returns a letter, mark, digit or symbol itself, a space for what separates words, "" for what is invisible."""
    if character.isalnum():
        return character
    if ord(character) in _DROPPED:
        return ""
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    return character if category[0] in "LMNS" else " "


LONGEST_TEXT = 200
"""Characters of a text that are looked for."""

MOST_NAMES = 50
"""Names of one thing that are kept."""

MOST_SIMILAR = 200
"""Names sharing pieces with a text that are compared with it letter by letter."""

MOST_PIECES = 64
"""Pieces of a text that are looked for to find similar names."""

LEAST_LIKENESS = 0.6
"""Names of this ratio (difflib.SequenceMatcher.ratio) or more are alike."""

_PIECE = 3
_BEFORE_WORD = "  "
_BEHIND_ALL = "\U0010ffff"  # no character, so no folded name has it

_TABLES = """
CREATE TABLE things (id INTEGER PRIMARY KEY, iri TEXT UNIQUE, label TEXT, kind TEXT, type TEXT, weight INTEGER);
CREATE TABLE names (id INTEGER PRIMARY KEY, thing INTEGER REFERENCES things, name TEXT, language TEXT, folded TEXT);
CREATE INDEX names_by_folded ON names (folded);
CREATE VIRTUAL TABLE pieces USING fts5 (padded, content='', tokenize='trigram case_sensitive 1');
"""

_THING = "SELECT iri, label, kind, type, weight, "
_MATCH = _THING + "name, language, folded FROM "
_NAMED = _MATCH + "names JOIN things ON things.id = names.thing "
_PIECED = _MATCH + "pieces JOIN names ON names.id = pieces.rowid JOIN things ON things.id = names.thing "
_WHOLE = _NAMED + "WHERE folded = ? ORDER BY names.id LIMIT ?"
_BEGINNING = _NAMED + "WHERE folded >= ? AND folded < ? AND (weight > 0) = ? ORDER BY names.id LIMIT ?"
_HOLDING = _PIECED + "WHERE pieces MATCH ? AND (weight > 0) = ? ORDER BY pieces.rowid LIMIT ?"
_SHARING = _PIECED + "WHERE pieces MATCH ? ORDER BY pieces.rank, pieces.rowid LIMIT ?"
_KINDS = "SELECT kind, COUNT(*) AS n FROM things WHERE instr(iri, ?) = 1 GROUP BY kind ORDER BY n DESC, kind"
_UNDER = "SELECT iri FROM things WHERE instr(iri, ?) = 1 AND weight > 0 ORDER BY iri"
_GIVEN = "FROM things WHERE iri IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Name:
    """One name of the thing with the IRI `entity`; `is_label` for those that are its label in some language."""

    entity: str
    name: str
    language: str = ""
    is_label: bool = False


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that has a name: `kind` says in English words what it is, `type` is the IRI of that class or "".

    `weight` is how much is said of it; terms and parts of documents have none.
    """

    iri: str
    label: str
    kind: str
    type: str = ""
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """A thing that was found, and the name by which it was."""

    thing: Thing
    name: str
    language: str


def write_index(path: Path, things: Iterable[Thing], names: Iterable[Name]) -> None:
    """Writes the index in place of whatever the file was.

    Leaves out names that fold to nothing and names of unknown things, and keeps MOST_NAMES of each thing, labels and
    short ones first.  Raises sqlite3.Error or OSError if the file cannot be written.
    """
    of_iri = {thing.iri: thing for thing in sorted(things, key=lambda thing: (-thing.weight, thing.iri))}
    thing_ids = {iri: id_ for id_, iri in enumerate(of_iri)}
    rows = [
        (id_, thing_ids[name.entity], name.name, name.language, folded)
        for id_, (name, folded) in enumerate(_in_order_shown(names, of_iri))
    ]
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _TABLES)
        database.executemany(
            "INSERT INTO things VALUES (?, ?, ?, ?, ?, ?)", ((thing_ids[t.iri], *astuple(t)) for t in of_iri.values())
        )
        database.executemany("INSERT INTO names VALUES (?, ?, ?, ?, ?)", rows)
        padded = ((id_, _padded(folded)) for id_, *_, folded in rows)
        database.executemany("INSERT INTO pieces (rowid, padded) VALUES (?, ?)", padded)
        database.execute("INSERT INTO pieces (pieces) VALUES ('optimize')")


def _in_order_shown(names: Iterable[Name], things: dict[str, Thing]) -> list[tuple[Name, str]]:
    """Returns the names that are kept, with what they fold to, in the order in which equal matches are shown.

    This order becomes that of the row ids, so nothing has to be sorted when a text is looked for.
    """
    of_thing: defaultdict[str, set[Name]] = defaultdict(set)
    for name in names:
        if name.entity in things and fold(name.name):
            of_thing[name.entity].add(name)
    kept = [(things[iri], n) for iri, own in of_thing.items() for n in sorted(own, key=_label_first)[:MOST_NAMES]]
    kept.sort(key=lambda each: (-each[0].weight, len(each[1].name), each[0].label, each[0].iri, _label_first(each[1])))
    return [(name, fold(name.name)) for _, name in kept]


def _label_first(name: Name) -> tuple[bool, int, str, bool, str]:
    return not name.is_label, len(name.name), name.name, name.language != "en", name.language


@dataclass(frozen=True, slots=True)
class Names:
    """The index in a file that does not change any more.

    Safe to use in several threads at once: each call opens the file for itself, which takes a fraction of a
    millisecond.  Every method raises sqlite3.Error if the file is missing or not an index.  `open` returns a read-only
    connection, to be closed.
    """

    path: Path

    def search(self, text: str, limit: int = 20) -> list[Match]:
        """Returns at most `limit` things that have all words of the text in one name, each once, by its best name.

        Things of which it is the whole name come first, then those whose name begins with it, those where each word
        begins a word, and those that have the words anywhere; equal matches by weight, length of the name, label and
        IRI.  Things of weight 0 come last, unless the text is their whole name.  Words of less than three letters must
        begin a word.
        """
        found: dict[str, Match] = {}
        enough = max(0, limit) * MOST_NAMES  # rows of as many names are of `limit` things at least
        with closing(self.open()) as database:
            for statement, bound in _ways(_sought(text)):
                for row in database.execute(statement, (*bound, enough)):
                    match = _match(row)
                    if match.name == text:  # of names that fold to the same, the one that was typed
                        found[match.thing.iri] = match
                    found.setdefault(match.thing.iri, match)
                if len(found) >= limit:
                    break
        return list(found.values())[: max(0, limit)]

    def named(self, text: str) -> list[Thing]:
        """Returns the things with the text as a name, however typed, by weight, heaviest first, then by IRI."""
        with closing(self.open()) as database:
            rows = database.execute(_NAMED + "WHERE folded = ? ORDER BY things.id", (_sought(text),))
            return list(dict.fromkeys(_match(row).thing for row in rows))

    def near(self, text: str, limit: int = 5) -> list[Match]:
        """Returns at most `limit` things with a name like the text, the most similar first, each once."""
        sought = _sought(text)
        if not sought:
            return []
        padded = _padded(sought)
        pieces = {padded[start : start + _PIECE] for start in range(min(MOST_PIECES, len(padded) - _PIECE + 1))}
        with closing(self.open()) as database:
            rows = database.execute(_SHARING, (" OR ".join(map(_quoted, sorted(pieces))), MOST_SIMILAR)).fetchall()
        letters = SequenceMatcher(b=sought, autojunk=False)
        alike = [(likeness, _match(row)) for row in rows if (likeness := _likeness(letters, row[-1]))]
        found: dict[str, Match] = {}
        for _, match in sorted(alike, key=_likest_first):
            found.setdefault(match.thing.iri, match)
        return list(found.values())[: max(0, limit)]

    def labels(self, iris: Collection[str]) -> dict[str, str]:
        """Returns the labels of the IRIs that are in the index."""
        with closing(self.open()) as database:
            return dict(database.execute("SELECT iri, label " + _GIVEN, (json.dumps(list(iris)),)))

    def thing(self, iri: str) -> Thing | None:
        """Returns the thing with an IRI, or None if it has no name."""
        with closing(self.open()) as database:
            row = database.execute(_THING + "'', '', '' " + _GIVEN, (json.dumps([iri]),)).fetchone()
        return _match(row).thing if row else None

    def kinds(self, under: str = "") -> list[tuple[str, int]]:
        """Returns how many things of each kind have IRIs that begin so, the most numerous kind first."""
        with closing(self.open()) as database:
            return list(database.execute(_KINDS, (under,)))

    def under(self, base: str) -> list[str]:
        """Returns the IRIs, sorted, that begin so, without those of weight 0: terms, graphs and parts of documents."""
        with closing(self.open()) as database:
            return [iri for (iri,) in database.execute(_UNDER, (base,))]

    def open(self) -> sqlite3.Connection:
        return sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


def _match(row: tuple[Any, ...]) -> Match:
    return Match(Thing(*row[:5]), row[5], row[6])


def _sought(text: str) -> str:
    # folding can make one sign into several words, so what it gives is cut as well
    return fold(text[:LONGEST_TEXT])[:LONGEST_TEXT].rstrip()


def _ways(sought: str) -> Iterator[tuple[str, tuple[str | bool, ...]]]:
    """Yields the SQL statements that find a folded text, best matches first, with their values except the limit."""
    words = list(dict.fromkeys(sought.split()))
    if not words:
        return
    begun = " AND ".join(_quoted(_BEFORE_WORD + word) for word in words)
    held = " AND ".join(_quoted(word if len(word) >= _PIECE else _BEFORE_WORD + word) for word in words)
    yield _WHOLE, (sought,)
    for has_weight in (True, False):
        yield _BEGINNING, (sought, sought + _BEHIND_ALL, has_weight)
        yield _HOLDING, (begun, has_weight)
        yield _HOLDING, (held, has_weight)


def _padded(folded: str) -> str:
    return "".join(_BEFORE_WORD + word for word in folded.split())


def _quoted(text: str) -> str:
    """Returns a text as a string of an FTS5 query.  Source: SQLite FTS5 Extension, on FTS5 strings."""
    return '"' + text.replace('"', '""') + '"'


def _likeness(letters: SequenceMatcher[str], folded: str) -> float:
    """Returns which part of its letters a name shares with the text, from LEAST_LIKENESS to 1, or 0 if less."""
    letters.set_seq1(folded)
    ratios = (letters.real_quick_ratio, letters.quick_ratio, letters.ratio)  # each at most the one before, and slower
    return ratios[-1]() if all(ratio() >= LEAST_LIKENESS for ratio in ratios) else 0


def _likest_first(alike: tuple[float, Match]) -> tuple[float, int, int, str, str, str]:
    likeness, match = alike
    return -likeness, -match.thing.weight, len(match.name), match.thing.label, match.thing.iri, match.name
