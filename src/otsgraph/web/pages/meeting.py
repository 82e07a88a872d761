"""What only the page of a meeting has: who came for whom, the series on a timeline, the participants on a map."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from otsgraph.graph.entities import Account, fact_of
from otsgraph.rdf.terms import OTS, Triple, iri, iri_value, is_iri
from otsgraph.sparql.protocol import Solution
from otsgraph.web.charts.tables import BarChart, PointMap, Timeline, chart
from otsgraph.web.http.site import solutions_for
from otsgraph.web.pages.evidence import ShownFact, shown_fact
from otsgraph.web.pages.tables import Cell
from otsgraph.web.pages.words import Words

_REPRESENTED_STATE = iri(OTS + "representedState")
_REPRESENTED = iri(OTS + "represented")
_TOOK_PART_IN = iri(OTS + "tookPartIn")
_CHAIRED_BY = iri(OTS + "chairedBy")


@dataclass(frozen=True, slots=True)
class Participant:
    """A person who came, with the offices held at that time, and the evidence that they came or for whom."""

    person: Cell
    offices: tuple[Cell, ...]
    fact: ShownFact


@dataclass(frozen=True, slots=True)
class Party:
    """A state or body that was represented with the evidence for it, and by whom if a fact says so."""

    party: Cell
    fact: ShownFact
    representatives: tuple[Participant, ...]


@dataclass(frozen=True, slots=True)
class MeetingParts:
    """`chairs` presided; `others` came, and no fact says for whom; `series` are rows of number, meeting, day, place."""

    parties: tuple[Party, ...]
    chairs: tuple[Participant, ...]
    others: tuple[Participant, ...]
    series: tuple[tuple[Cell, Cell, Cell, Cell], ...]
    timeline: Timeline | BarChart | PointMap | None
    map: Timeline | BarChart | PointMap | None


@dataclass(frozen=True, slots=True)
class _Told:
    """What the parts are made from: the meeting's IRI, the rows that were asked for, its account, and words."""

    meeting: str
    rows: Sequence[Solution]
    found: Account
    words: Words

    def values(self, name: str, **where: str) -> list[str]:
        """The IRIs that rows have under a name, each once; `where` says what else a row has, as terms."""
        rows = (row for row in self.rows if name in row and all(row.get(key) == term for key, term in where.items()))
        return list(dict.fromkeys(iri_value(row[name]) for row in rows))

    def fact(self, triple: Triple, occasion: str = "") -> ShownFact:
        held = [one for one in self.found.held if not occasion or one.occasion == occasion]
        fact = fact_of(triple, triple[2], held, self.found.origins)
        return shown_fact(fact, self.words, self.found.origins, "")

    def participant(self, person: str, triple: Triple, occasion: str = "") -> Participant:
        offices = self.values("office", person=iri(person))
        return Participant(self.words.thing(person), self.words.things(offices), self.fact(triple, occasion))


async def asked_of_meeting(request: Request, thing: str) -> list[Solution]:
    """The rows from which `meeting_parts` are made.  Raises whatever the engine raises."""
    return await solutions_for(request, "meeting-parts", {"thing": iri(thing)})


def mentioned_in(rows: Iterable[Solution]) -> set[str]:
    """The IRIs in some rows."""
    return {iri_value(term) for row in rows for term in row.values() if is_iri(term)}


def meeting_parts(meeting: str, rows: Sequence[Solution], found: Account, words: Words) -> MeetingParts:
    """The parts of the page of a meeting, from rows that were asked for and the account of it."""
    told = _Told(meeting, rows, found, words)
    parties = tuple(_party(told, party) for party in told.values("party"))
    chairs = tuple(told.participant(person, (iri(meeting), _CHAIRED_BY, iri(person))) for person in _chairs(told))
    named = {one.person.iri for one in (*chairs, *(one for party in parties for one in party.representatives))}
    others = tuple(
        told.participant(person, (iri(person), _TOOK_PART_IN, iri(meeting)))
        for person in told.values("person")
        if person not in named and any(row.get("person") == iri(person) and "office" not in row for row in rows)
    )
    series = _series(rows, words)
    return MeetingParts(parties, chairs, others, series, _timeline(series), _map(rows, words))


def _party(told: _Told, party: str) -> Party:
    representatives = tuple(
        told.participant(person, (iri(person), _REPRESENTED, iri(party)), told.meeting)
        for person in told.values("representative", party=iri(party))
    )
    fact = told.fact((iri(told.meeting), _REPRESENTED_STATE, iri(party)))
    return Party(told.words.thing(party), fact, representatives)


def _chairs(told: _Told) -> list[str]:
    groups = (group for several in told.found.facts.values() for group in several)
    return [
        iri_value(fact.value)
        for group in groups
        if iri(group.property) == _CHAIRED_BY
        for fact in group.facts
        if is_iri(fact.value)
    ]


def _series(rows: Iterable[Solution], words: Words) -> tuple[tuple[Cell, Cell, Cell, Cell], ...]:
    found = {row["meeting"]: row for row in rows if "meeting" in row}
    names = ("number", "meeting", "held", "place")
    return tuple(
        (cells[0], cells[1], cells[2], cells[3])
        for row in found.values()
        if (cells := [words.term(row.get(name, "")) for name in names])
    )


def _timeline(series: Sequence[Sequence[Cell]]) -> Timeline | BarChart | PointMap | None:
    drawn = chart(("meeting", "held on"), [(row[1], row[2]) for row in series])
    return drawn if isinstance(drawn, Timeline) else None


def _map(rows: Iterable[Solution], words: Words) -> Timeline | BarChart | PointMap | None:
    """The parties at their capitals."""
    places = {row["party"]: row for row in rows if "latitude" in row}
    cells = [tuple(words.term(row[name]) for name in ("party", "latitude", "longitude")) for row in places.values()]
    drawn = chart(("represented", "latitude", "longitude"), cells)
    return drawn if isinstance(drawn, PointMap) else None
