"""SPARQL results in JSON as rows of terms; pure.

Source: SPARQL 1.1 Query Results JSON Format §3.2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeAlias

from otsgraph.rdf.terms import iri, literal

Solution: TypeAlias = Mapping[str, str]
"""The terms of one row, as N-Triples text, by variable; an unbound variable is not in it."""


def solutions(body: bytes) -> list[Solution]:
    """The rows of a result document of SELECT; those that have a blank node or a triple term in them are left out."""
    rows = json.loads(body)["results"]["bindings"]
    return [
        {name: _term(term) for name, term in row.items()}
        for row in rows
        if all(term["type"] in ("uri", "literal") for term in row.values())
    ]


def _term(term: Mapping[str, str]) -> str:
    if term["type"] == "uri":
        return iri(term["value"])
    return literal(term["value"], language=term.get("xml:lang", ""), datatype=term.get("datatype", ""))
