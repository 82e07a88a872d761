"""What only the page of a meeting has: who came for whom, the series on a timeline, the participants on a map."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from otsgraph.entity_account import Account
from otsgraph.operation import FormatChoice, QueryOperation
from otsgraph.parameters import bound
from otsgraph.solutions import Solution, solutions
from otsgraph.terms import OTS, iri, iri_value, is_iri
from otsgraph.web.charts import BarChart, PointMap, Timeline, chart
from otsgraph.web.site import site_of
from otsgraph.web.tables import Cell
from otsgraph.web.witnesses import ShownFact, shown_fact
from otsgraph.web.words import Words

_QUERY = """
PREFIX ots: <https://w3id.org/otsgraph/ontology#>
PREFIX wgs: <http://www.w3.org/2003/01/geo/wgs84_pos#>
SELECT DISTINCT ?party ?representative ?person ?office ?city ?latitude ?longitude ?meeting ?number ?held ?place WHERE {
  {
    ?node ots:meeting ?thing ; ots:party ?party .
    OPTIONAL { ?node ots:representative ?representative OPTIONAL { ?representative ots:heldOffice ?office } }
    OPTIONAL { ?city ots:capitalOf ?party ; wgs:lat ?latitude ; wgs:long ?longitude }
  } UNION {
    ?person ots:tookPartIn ?thing OPTIONAL { ?person ots:heldOffice ?office }
  } UNION {
    ?thing ots:inSeries ?series . ?meeting ots:inSeries ?series .
    OPTIONAL { ?meeting ots:ordinal ?number }
    OPTIONAL { ?meeting ots:heldOn ?held }
    OPTIONAL { ?meeting ots:heldIn ?place }
  }
} ORDER BY ?number ?held ?meeting ?party ?person ?representative ?office"""


@dataclass(frozen=True, slots=True)
class Participant:
    """A person who came, with the offices that they are known to have held."""

    person: Cell
    offices: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Party:
    """A state or body that was represented, by whom if that is known, and the evidence that it was."""

    party: Cell
    representatives: tuple[Participant, ...]
    fact: ShownFact | None


@dataclass(frozen=True, slots=True)
class MeetingParts:
    """`others` came, and nothing says for whom; `series` are rows of number, meeting, day and place."""

    parties: tuple[Party, ...]
    others: tuple[Participant, ...]
    series: tuple[tuple[Cell, Cell, Cell, Cell], ...]
    timeline: Timeline | BarChart | PointMap | None
    map: Timeline | BarChart | PointMap | None


async def asked_of_meeting(request: Request, thing: str) -> list[Solution]:
    """The rows from which `meeting_parts` are made.  Raises whatever the engine raises."""
    operation = QueryOperation(bound(_QUERY, {"thing": iri(thing)}))
    answer = await site_of(request).ask(operation, FormatChoice(), request.scope, request.receive)
    return await asyncio.to_thread(solutions, answer.result.body)


def mentioned_in(rows: Iterable[Solution]) -> set[str]:
    """The IRIs in some rows."""
    return {iri_value(term) for row in rows for term in row.values() if is_iri(term)}


def meeting_parts(rows: Sequence[Solution], found: Account, words: Words) -> MeetingParts:
    """The parts of a meeting's page, from rows that were asked for and the account of the meeting."""
    facts = {
        iri_value(fact.value): fact
        for groups in found.facts.values()
        for group in groups
        if group.property == OTS + "representedState"
        for fact in group.facts
    }
    parties = list(dict.fromkeys(iri_value(row["party"]) for row in rows if "party" in row))
    shown = tuple(
        Party(
            words.thing(party),
            _participants(rows, "representative", words, party),
            shown_fact(facts[party], words, found.origins, "") if party in facts else None,
        )
        for party in parties
    )
    named = {one.person.iri for party in shown for one in party.representatives}
    others = tuple(one for one in _participants(rows, "person", words) if one.person.iri not in named)
    series = _series(rows, words)
    return MeetingParts(shown, others, series, _timeline(series), _map(rows, words))


def _participants(rows: Iterable[Solution], role: str, words: Words, party: str = "") -> tuple[Participant, ...]:
    offices: dict[str, list[str]] = {}
    for row in rows:
        if role in row and (not party or row.get("party") == iri(party)):
            held = offices.setdefault(iri_value(row[role]), [])
            if "office" in row and iri_value(row["office"]) not in held:
                held.append(iri_value(row["office"]))
    return tuple(Participant(words.thing(person), words.things(held)) for person, held in offices.items())


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
