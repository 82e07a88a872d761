"""How much there is in a dataset, counted the ways its makers and its readers ask: by graph, layer, origin, voice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from otsgraph.dataset.info import GraphKind
from otsgraph.dossier import Dossier, Sheet
from otsgraph.graph.statements import Statement, asserted
from otsgraph.rdf.terms import DCTERMS, OTS, iri, iri_value, literal_value

_LAYERS = {GraphKind.STATEMENTS: "documents", GraphKind.REFERENCE: "reference"}
_IDENTIFIER = iri(DCTERMS + "identifier")


@dataclass(frozen=True, slots=True)
class _Made:
    """A statement and the sheet that it stands in."""

    sheet: Sheet
    statement: Statement

    def values(self, predicate: str) -> Iterator[str]:
        """What the sheet says of the statement with a property, as N-Triples text."""
        return (o for s, p, o in self.sheet.about(self.statement.iri) if p == predicate)


def tallies(dossier: Dossier) -> Mapping[str, Mapping[str, int]]:
    """Rows of numbers by what they count.  Graphs without triples are left out."""
    made = [_Made(sheet, statement) for sheet in dossier.sheets for statement in sheet.statements]
    statements = [m.statement for m in made]
    unchecked = sum(not any(m.values(iri(OTS + "checkedOn"))) for m in made)
    return {
        "triples by graph": {g.slug or g.iri: g.triples for g in dossier.info.graphs if g.triples},
        "statements by layer": _counted(_LAYERS.get(m.sheet.source.kind, "elsewhere") for m in made),
        "statements by graph": _counted(m.sheet.source.path.stem for m in made),
        "statements of documents by origin": _counted(_origins(dossier, made)),
        "statements by voice": _counted(dossier.named(iri_value(v)) for s in statements for v in s.voices),
        "statements by nature": _counted(dossier.named(iri_value(s.nature)) for s in statements),
        "source identifiers by their letters": _counted(_rows(made)),
        "statements by what becomes of them": {
            "facts": sum(map(asserted, statements)),
            "claims and background": sum(not asserted(s) for s in statements),
            "read against their source by nobody on record": unchecked,
        },
    }


def _origins(dossier: Dossier, made: Iterable[_Made]) -> Iterator[str]:
    origin_of = {s: o for sheet in dossier.sheets for s, p, o in sheet.triples if p == iri(OTS + "origin")}
    for one in made:
        for document in one.values(iri(OTS + "statedIn")):
            yield dossier.named(iri_value(origin_of[document])) if document in origin_of else "unknown"


def _rows(made: Iterable[_Made]) -> list[str]:
    """The letters of each different identifier: several statements from one row of a source share it."""
    identifiers = {literal_value(o) for one in made for o in one.values(_IDENTIFIER) if o.startswith('"')}
    return [re.sub("[0-9]+$", "", identifier) for identifier in identifiers]


def _counted(names: Iterable[str]) -> Mapping[str, int]:
    return dict(sorted(Counter(names).items()))
