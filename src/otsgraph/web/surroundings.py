"""The things that stand next to a thing in the graph, and the picture of them."""

from __future__ import annotations

from otsgraph.graph.entities import Account, Group
from otsgraph.rdf.terms import iri_value, is_iri
from otsgraph.web.chart_neighbours import Neighbour, NeighbourPicture, neighbourhood
from otsgraph.web.links import leads_to
from otsgraph.web.words import Words

_TIES = ("participation", "tenure", "membership", "geometry")
"""Kinds of nodes that only tie together what is next to the thing anyway."""


def neighbours(found: Account, words: Words) -> tuple[Neighbour, ...]:
    """The things that facts lead to from a thing, then those from which facts lead to it, each once a relation."""
    groups = [(group, False) for several in found.facts.values() for group in several]
    groups += [(group, True) for group in found.incoming]
    near = [one for group, incoming in groups for one in _of_group(group, incoming, words)]
    return tuple(dict.fromkeys(near))


def _of_group(group: Group, incoming: bool, words: Words) -> list[Neighbour]:
    found = []
    for fact in group.facts:
        link = leads_to(iri_value(fact.value)) if is_iri(fact.value) else ""
        kind = link.removeprefix("/page/").partition("/")[0]
        if link.startswith("/page/") and kind not in _TIES:
            label, relation = words.label(iri_value(fact.value)), words.label(group.property)
            found.append(Neighbour(label, kind.replace("-", " "), link, relation, incoming))
    return found


def picture(title: str, kind: str, near: tuple[Neighbour, ...]) -> NeighbourPicture | None:
    """The picture of a thing among its neighbours; None for one that has none."""
    return neighbourhood(title, kind, near, len(near))
