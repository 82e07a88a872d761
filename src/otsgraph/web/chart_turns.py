"""Which neighbours of a thing are drawn where there are too many, of what family they are, and what is said of them;
pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_A_SIDE = 12
"""So many neighbours are drawn on a side."""

NAMELESS = "without a name"

_FAMILIES: Mapping[str, str] = {
    "who": "agency group office organization origin outlet person",
    "where": "city country place polity region settlement state",
    "event": "adoption event meeting series speech visit",
    "words": "agreement assessment document fact package plan quotation sentence statement strategy text",
}
_FAMILY = {word: family for family, words in _FAMILIES.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A thing next to another: `relation` in words as it reads from the thing in the middle, `kind` in words, `link`
    its address; `incoming` if it leads to the thing."""

    label: str
    kind: str
    link: str
    relation: str
    incoming: bool


def one_line(text: str) -> str:
    return " ".join(text.split())


def family_of(kind: str) -> str:
    """Whether a kind of thing is "who", "where", "event", "words" or "other", by the last word of what it is called."""
    return _FAMILY.get(kind.rpartition(" ")[2].lower(), "other")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The neighbours of a relation that are drawn; `known` counts all of them, or is 0 where that is not known."""

    relation: str
    drawn: Sequence[Neighbour]
    known: int

    @property
    def named(self) -> str:
        """The relation, with how many there are where not all are drawn."""
        return self.counted if self.known > len(self.drawn) else self.relation

    @property
    def counted(self) -> str:
        of = f" of {self.known:,}" if self.known > len(self.drawn) else ""
        return f"{self.relation} ({len(self.drawn)}{of})"


def chosen(side: Sequence[Neighbour], *, is_all: bool) -> list[Chosen]:
    """At most MOST_A_SIDE of them; the relations take turns."""
    groups: dict[str, list[Neighbour]] = {}
    for each in side:
        groups.setdefault(one_line(each.relation), []).append(each)
    turns = sorted((turn, place) for place, group in enumerate(groups.values()) for turn in range(len(group)))
    taken = Counter(place for _, place in turns[:MOST_A_SIDE])
    return [
        Chosen(relation, group[: taken[place]], len(group) if is_all else 0)
        for place, (relation, group) in enumerate(groups.items())
        if taken[place]
    ]


def title_of(name: str, before: Sequence[Chosen], after: Sequence[Chosen]) -> str:
    if before and after:
        return f"What leads to {name}, and what it leads to"
    return f"What leads to {name}" if before else f"What {name} leads to"


def summary_of(before: Sequence[Chosen], after: Sequence[Chosen], total: int) -> str:
    drawn = sum(len(each.drawn) for each in (*before, *after))
    parts = [f"{drawn:,} of {total:,} shown."]
    if before:
        parts.append(f"What leads to it: {', '.join(each.counted for each in before)}.")
    if after:
        parts.append(f"What it leads to: {', '.join(each.counted for each in after)}.")
    return " ".join(parts)
