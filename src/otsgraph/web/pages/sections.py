"""What only the pages of some classes have; of a meeting: who came for whom, its series, and a map.

A class gets a section of its own here and a template: see SECTIONS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from otsgraph.graph.entities import Account, fact_of
from otsgraph.rdf.terms import OTS, Triple, iri, iri_value, is_iri
from otsgraph.sparql.protocol import Solution
from otsgraph.web.charts.drawing import PointMap, Timeline
from otsgraph.web.charts.tables import point_map, timeline
from otsgraph.web.pages.evidence import FactView, fact_view
from otsgraph.web.pages.labels import Labels, Term


class SectionView(Protocol):
    """What a template gets as `section`."""

    @property
    def contents(self) -> Sequence[tuple[str, str]]:
        """The ids and titles of its parts, for the list of what is on the page."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the pages of a class.

    `query` names a page query with the parameter `thing`; `view` makes what `template` shows from the IRI of the thing,
    the rows, and the thing's account.
    """

    template: str
    query: str
    view: Callable[[str, Sequence[Solution], Account, Labels], SectionView]


@dataclass(frozen=True, slots=True)
class Participant:
    """A person who came, with the offices held at that time, and the evidence that they came or for whom."""

    person: Term
    offices: tuple[Term, ...]
    fact: FactView


@dataclass(frozen=True, slots=True)
class Party:
    """A state or body that was represented with the evidence for it, and by whom if a fact says so."""

    party: Term
    fact: FactView
    representatives: tuple[Participant, ...]


@dataclass(frozen=True, slots=True)
class MeetingView:
    """`chairs` presided; `others` came, and no fact says for whom; `series` are rows of number, meeting, day, place."""

    parties: tuple[Party, ...]
    chairs: tuple[Participant, ...]
    others: tuple[Participant, ...]
    series: tuple[tuple[Term, ...], ...]
    timeline: Timeline | None
    map: PointMap | None

    @property
    def contents(self) -> Sequence[tuple[str, str]]:
        return [("participants", "Who came")] if self.parties else []


@dataclass(frozen=True, slots=True)
class _Meeting:
    """What the section is made from: the meeting's IRI, the rows that were asked for, its account, and labels."""

    iri: str
    rows: Sequence[Solution]
    found: Account
    labels: Labels

    def values(self, name: str, **where: str) -> list[str]:
        """Returns the IRIs that rows have under a name, each once; `where` are terms that a row has beside it."""
        rows = (row for row in self.rows if name in row and all(row.get(key) == term for key, term in where.items()))
        return list(dict.fromkeys(iri_value(row[name]) for row in rows))

    def fact(self, subject: str, property_: str, object_: str, occasion: str = "") -> FactView:
        held = [one for one in self.found.held if not occasion or one.occasion == occasion]
        triple: Triple = (iri(subject), iri(OTS + property_), iri(object_))
        return fact_view(fact_of(triple, triple[2], held, self.found.origins), self.labels)

    def participant(self, person: str, fact: FactView) -> Participant:
        return Participant(
            self.labels.thing(person), self.labels.things(self.values("office", person=iri(person))), fact
        )

    def party(self, party: str) -> Party:
        representatives = tuple(
            self.participant(person, self.fact(person, "represented", party, self.iri))
            for person in self.values("representative", party=iri(party))
        )
        return Party(self.labels.thing(party), self.fact(self.iri, "representedState", party), representatives)

    def chairs(self) -> Iterable[str]:
        groups = (group for several in self.found.facts.values() for group in several)
        facts = (fact for group in groups if group.property == OTS + "chairedBy" for fact in group.facts)
        return (iri_value(fact.value) for fact in facts if is_iri(fact.value))

    def table(self, key: str, *names: str) -> list[tuple[Term, ...]]:
        """Returns what rows have under some names, for each value of a key once."""
        by_key = {row[key]: row for row in self.rows if key in row}
        return [self.labels.terms(row.get(name, "") for name in names) for row in by_key.values()]


def meeting_view(meeting: str, rows: Sequence[Solution], found: Account, labels: Labels) -> MeetingView:
    told = _Meeting(meeting, rows, found, labels)
    parties = tuple(map(told.party, told.values("party")))
    chairs = tuple(told.participant(person, told.fact(meeting, "chairedBy", person)) for person in told.chairs())
    named = {one.person.iri for one in (*chairs, *(one for party in parties for one in party.representatives))}
    came = {row["person"] for row in rows if "person" in row and "office" not in row}
    others = tuple(
        told.participant(person, told.fact(person, "tookPartIn", meeting))
        for person in told.values("person")
        if person not in named and iri(person) in came
    )
    series = told.table("meeting", "number", "meeting", "held", "place")
    places = told.table("party", "party", "latitude", "longitude")
    return MeetingView(
        parties,
        chairs,
        others,
        tuple(series),
        timeline(_by_column(("meeting", "held on"), [row[1:3] for row in series])),
        point_map(_by_column(("represented", "latitude", "longitude"), places)),
    )


def _by_column(names: Sequence[str], rows: Sequence[Sequence[Term]]) -> Mapping[str, Sequence[Term]]:
    return dict(zip(names, zip(*rows, strict=True), strict=False))


SECTIONS: Mapping[str, Section] = {OTS + "Meeting": Section("_meeting.html", "meeting-parts", meeting_view)}
"""The sections of pages by the class of the thing; a thing has that of the first of its classes which has one."""
