"""What stands in a page as JSON-LD: the thing in the words of schema.org, no more than the graph says.

The values are those that the alignments of the ontology give: a page, the data about the same thing and an answer of
the endpoint cannot differ.
Source: JSON-LD 1.1 §7 (embedding JSON-LD in HTML documents).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from otsgraph.rdf.terms import (
    OWL,
    RDF,
    RDFS,
    SCHEMA,
    XSD,
    Triple,
    datatype,
    iri,
    iri_value,
    is_iri,
    language,
    literal_value,
)

CONTEXT: Mapping[str, str] = {"@vocab": SCHEMA}

_SAME = iri(OWL + "sameAs")
_TYPE = iri(RDF + "type")
_LABEL = iri(RDFS + "label")


def linked_data(thing: str, triples: Iterable[Triple]) -> dict[str, object]:
    """The JSON-LD of the thing with an IRI, from the triples that it is the subject of."""
    types: set[str] = set()
    values: dict[str, list[object]] = {}
    labels: list[object] = []
    for s, p, o in sorted(set(triples)):
        if s != iri(thing):
            continue
        if p == _TYPE and iri_value(o).startswith(SCHEMA):
            types.add(iri_value(o).removeprefix(SCHEMA))
        elif p == _SAME:
            values.setdefault("sameAs", []).append({"@id": iri_value(o)})
        elif p == _LABEL:
            labels.append(_value(o))
        elif iri_value(p).startswith(SCHEMA):
            values.setdefault(iri_value(p).removeprefix(SCHEMA), []).append(_value(o))
    values.setdefault("name", labels)
    shown = {name: held[0] if len(held) == 1 else held for name, held in sorted(values.items()) if held}
    return {"@context": CONTEXT, "@id": thing, "@type": sorted(types) or "Thing", **shown}


def _value(term: str) -> object:
    if is_iri(term):
        return {"@id": iri_value(term)}
    tag, type_ = language(term), datatype(term)
    if tag:
        return {"@value": literal_value(term), "@language": tag}
    if type_ and type_ != XSD + "string":
        return {"@value": literal_value(term), "@type": type_}
    return literal_value(term)
