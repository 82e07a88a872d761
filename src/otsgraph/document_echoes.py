"""What other documents say of a statement: who confirms it, who only repeats it, who puts it differently; pure.

Agreement is counted by origins, never by documents: outlets that carry one release are one voice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from otsgraph.rdf.terms import iri_value
from otsgraph.testimony import Origins, Testimony

Key: TypeAlias = tuple[object, str]


@dataclass(frozen=True, slots=True)
class Echo:
    """What others say of one statement.

    `confirming` are the statements of other origins by which it counts as confirmed, `repeating` those that say the
    same without confirming it: of its own origin, or of what is no plain fact.  `differing` put it differently, each
    with the IRI of in what.  `doubts` are reasons, as N-Triples text, and `left_out_by` the IRIs of documents.
    `origins` and `sides` are the IRIs of all that say so, with the document's own.
    """

    confirming: tuple[Testimony, ...] = ()
    repeating: tuple[Testimony, ...] = ()
    differing: tuple[tuple[str, Testimony], ...] = ()
    doubts: tuple[str, ...] = ()
    left_out_by: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """The statements of other documents: by what they claim and its nature, and by the IRIs that they differ from."""

    origins: Origins
    by_iri: Mapping[str, Testimony]
    by_key: Mapping[Key, Sequence[Testimony]]
    against: Mapping[str, Sequence[Testimony]]

    @classmethod
    def of(cls, held: Iterable[Testimony], origins: Origins) -> Heard:
        by_iri: dict[str, Testimony] = {}
        by_key: dict[Key, list[Testimony]] = {}
        against: dict[str, list[Testimony]] = {}
        for one in held:
            by_iri[one.iri] = one
            if one.is_of_document:
                by_key.setdefault((one.key, one.nature), []).append(one)
            for other in one.differs_from:
                against.setdefault(other, []).append(one)
        return cls(origins, by_iri, by_key, against)

    def echo(self, one: Testimony, marks: Mapping[str, Sequence[str]]) -> Echo:
        """What others say of one statement; `marks` are the values of its marks, as N-Triples text."""
        same = self.by_key.get((one.key, one.nature), ())
        confirming = [other for other in same if self._confirms(other, one)]
        agreed = [one, *confirming]
        different = [(one.difference, self.by_iri[iri]) for iri in one.differs_from if iri in self.by_iri]
        different += [(other.difference, other) for other in self.against.get(one.iri, ())]
        return Echo(
            tuple(confirming),
            tuple(other for other in same if not self._confirms(other, one)),
            tuple(different),
            tuple(sorted(marks.get("doubted", ()))),
            tuple(sorted(iri_value(value) for value in marks.get("left out", ()))),
            tuple(self.origins.distinct(agreed)),
            tuple(self.origins.sides(agreed)),
        )

    def _confirms(self, other: Testimony, one: Testimony) -> bool:
        """Whether a statement that claims the same confirms another: both plain facts, of different origins."""
        return one.corroborates and other.corroborates and self.origins.origin(other) != self.origins.origin(one)
