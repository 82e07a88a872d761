"""Builds a dataset in a directory: quads, counts, the index of names and tried queries.  Runs as a process."""

from __future__ import annotations

import json
import os
import re
import resource
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from otsgraph.dataset.info import (
    INFO,
    NAMES,
    PROGRESS,
    QUERIES,
    SNAPSHOT,
    URI_SPACE,
    DatasetInfo,
    GraphInfo,
    GraphKind,
    census,
)
from otsgraph.dataset.metadata import ENDPOINT, QUERY_BASE, describe, examples
from otsgraph.dataset.sources import BuildJob, Source, layered_sources, own_sources, packaged_folder, version
from otsgraph.errors import CommandError, DataError
from otsgraph.graph.inference import inferred, schema
from otsgraph.graph.names import Name, Thing, write_index
from otsgraph.graph.statements import is_statement, statements, withheld
from otsgraph.process import sandbox
from otsgraph.queries import saved as saved_queries
from otsgraph.queries.saved import SavedQuery
from otsgraph.queries.trial import try_query, with_choices
from otsgraph.quoting import printable
from otsgraph.rdf.files import RdfFile
from otsgraph.rdf.serializers import declared_prefixes
from otsgraph.rdf.terms import (
    BASE,
    DCTERMS,
    DISCOVERY_GRAPH,
    FOAF,
    GRAPH_BASE,
    INFERRED_GRAPH,
    ONTOLOGY_GRAPH,
    OTS,
    OWL,
    RDF,
    RDFS,
    SCHEMA,
    SH,
    Triple,
    ntriples,
)

MOST_CANONICAL_BLANK_NODES = 10_000
"""Blank nodes that get the same labels at every start; RDF canonicalization of more can be slow."""


def build(
    sources: Sequence[Source],
    *,
    layered: bool,
    with_inferred: bool = True,
    endpoint: str = ENDPOINT,
    queries: Sequence[SavedQuery] = (),
    begins: Callable[[str], object] = lambda name: None,
) -> tuple[ox.Store, DatasetInfo]:
    """Returns the dataset of some files, in memory, and what is known about it.

    `layered`: the default graph is the merged set of facts, reference, ontology, inferred and discovery triples;
    otherwise it is what the files put there.  `with_inferred=False` leaves the inferred graph out.  `endpoint` is the
    IRI under which the dataset says that it is asked, with `queries` as examples.  `begins` is called with the name of
    each file before it is read, and with "" when all have been.  Raises DataError for the first file that cannot be
    read.
    """
    files = [(source, RdfFile(source.path, source.name, source.inside)) for source in sources]
    store = ox.Store()
    store.bulk_extend(_with_stable_labels(_quads(files, begins)))
    if layered:
        _withhold(store, sources)
    facts = _default_graph(store)
    if layered and with_inferred:
        _add(store, INFERRED_GRAPH, inferred(facts, schema(_graph(store, ox.NamedNode(ONTOLOGY_GRAPH)))))
    info = DatasetInfo(
        version=version(sources),
        layered=layered,
        triples=len(facts),
        graphs=_graphs(store, sources),
        prefixes=_prefixes(store, files),
        census=census(facts, URI_SPACE if layered else ""),
    )
    # the descriptions give their own number, which does not depend on the numbers that they give
    shown = examples(queries, endpoint, BASE + "ontology")
    made = {*describe(info, endpoint), *shown} if layered else set()
    served = len(made | set(_default_graph(store)))
    info = replace(info, served_triples=served, discovery_triples=len(made))
    if layered:
        _add(store, DISCOVERY_GRAPH, [*describe(info, endpoint), *shown])
    return store, info


def _default_graph(store: ox.Store) -> list[Triple]:
    return _graph(store, ox.DefaultGraph())


def _graph(store: ox.Store, name: ox.NamedNode | ox.DefaultGraph) -> list[Triple]:
    return list(map(_triple, store.quads_for_pattern(None, None, None, name)))


def _triple(quad: ox.Quad) -> Triple:
    return str(quad.subject), str(quad.predicate), str(quad.object)


def _add(store: ox.Store, graph: str, triples: list[Triple]) -> None:
    """Adds triples that are not from a file to a graph of their own and to the default graph."""
    parsed = list(ox.parse(ntriples(triples), format=ox.RdfFormat.N_TRIPLES))
    graphs: tuple[ox.NamedNode | ox.DefaultGraph, ...] = (ox.NamedNode(graph), ox.DefaultGraph())
    store.extend([ox.Quad(q.subject, q.predicate, q.object, g) for q in parsed for g in graphs])


def _quads(files: Iterable[tuple[Source, RdfFile]], begins: Callable[[str], object]) -> Iterable[ox.Quad]:
    for source, file in files:
        begins(source.name)
        for quad in file.quads():
            if not source.graph:
                yield quad
                continue
            yield ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(source.graph))
            if source.kind.in_default_graph and not is_statement(str(quad.subject)):
                yield ox.Quad(quad.subject, quad.predicate, quad.object)
    begins("")


def _withhold(store: ox.Store, sources: Sequence[Source]) -> None:
    """Removes from the default graph the facts that only rest on statements which a resolution doubts."""
    verdicts = (ox.NamedNode(OTS + name) for name in ("rejects", "leavesOpen"))
    doubted = frozenset(str(q.object) for v in verdicts for q in store.quads_for_pattern(None, v, None))
    if not doubted:
        return
    stating = dict.fromkeys(s.graph for s in sources if s.kind in (GraphKind.STATEMENTS, GraphKind.REFERENCE))
    held = [s for graph in stating for s in statements(_graph(store, ox.NamedNode(graph)))]
    for quad in ox.parse(ntriples(list(withheld(held, doubted))), format=ox.RdfFormat.N_TRIPLES):
        store.remove(quad)


def _with_stable_labels(quads: Iterable[ox.Quad]) -> Iterable[ox.Quad]:
    """Yields the same quads, with blank nodes labelled by RDF Dataset Canonicalization unless there are too many."""
    blank: list[ox.Quad] = []
    labels: set[str] = set()
    for quad in quads:
        own = [t.value for t in (quad.subject, quad.object) if isinstance(t, ox.BlankNode)]
        if not own or len(labels) > MOST_CANONICAL_BLANK_NODES:
            yield quad
        else:
            blank.append(quad)
            labels.update(own)
    dataset = ox.Dataset(blank)
    if len(labels) <= MOST_CANONICAL_BLANK_NODES:
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    yield from dataset


def _graphs(store: ox.Store, sources: Sequence[Source]) -> tuple[GraphInfo, ...]:
    counts = Counter(q.graph_name.value for q in store if isinstance(q.graph_name, ox.NamedNode))
    known = {INFERRED_GRAPH: (GraphKind.INFERRED, "")} if INFERRED_GRAPH in counts else {}
    known |= {source.graph: (source.kind, source.derived_from) for source in sources if source.graph}
    found = ((iri, *known.get(iri, (GraphKind.OTHER, ""))) for iri in sorted(counts.keys() | known.keys()))
    return tuple(GraphInfo(iri, kind, counts[iri], derived_from) for iri, kind, derived_from in found)


def _prefixes(store: ox.Store, files: Iterable[tuple[Source, RdfFile]]) -> Mapping[str, str]:
    """Returns what the data declares with sh:declare (SHACL §5.2.1); if it declares nothing, what its files use."""
    quads = (
        q for name in ("prefix", "namespace") for q in store.quads_for_pattern(None, ox.NamedNode(SH + name), None)
    )
    declarations = list(map(_triple, quads))
    used = {prefix: namespace for _, file in reversed(list(files)) for prefix, namespace in file.prefixes.items()}
    return declared_prefixes(declarations) or dict(sorted(used.items()))


_SKOS = "http://www.w3.org/2004/02/skos/core#"
_LABELS = frozenset({RDFS + "label", _SKOS + "prefLabel"})
_NAMES = _LABELS | {
    OTS + "name",
    _SKOS + "altLabel",
    SCHEMA + "name",
    "http://schema.org/name",
    FOAF + "name",
    DCTERMS + "title",
}
"""The widest properties of names; the data has subproperties of them."""

_TERMS = (RDF, RDFS, OWL)
"""The vocabularies whose classes have terms as instances: classes, properties, individuals, ontologies."""

_PARTS = (BASE + "ontology", GRAPH_BASE, *(f"{BASE}id/{part}/" for part in ("statement", "sentence", "quotation")))
"""The beginnings of the IRIs of our terms, of graphs and of parts of documents."""


def names_of(store: ox.Store) -> tuple[list[Thing], list[Name]]:
    """Returns the things that have a name in some graph, by IRI, and all their names.

    Blank nodes are left out, and saved queries, which are found by their words.

    The label is in English, else without a language, else in the first language by alphabet, and among several the
    first by alphabet; a thing without labels has a name in its place.  The kind is the label of its most special class
    in small letters; what has no class is a "thing", and terms are each a "class", a "property" and so on.  The weight
    is the number of triples of the default graph with the thing as subject or object, and 0 for terms, graphs and parts
    of documents.
    """
    names = _names(store)
    classes = {iri: _most_special(types, store, names) for iri, types in _types(store, names).items()}
    weights = _weights(store, names)
    things = []
    for iri in sorted(names):
        class_ = classes.get(iri, "")
        is_part = iri.startswith(_PARTS) or class_.startswith(_TERMS)
        kind = _kind(class_, names) if class_ else "thing"
        things.append(Thing(iri, _first(names[iri]), kind, class_, 0 if is_part else weights[iri]))
    return things, [name for iri in sorted(names) for name in sorted(names[iri], key=_english_first)]


def _names(store: ox.Store) -> dict[str, list[Name]]:
    """Returns the names of each thing, each once: as a label if some triple says that it is one."""
    labels: dict[tuple[str, str, str], bool] = {}
    for property_ in _reached(store, _NAMES, RDFS + "subPropertyOf", forwards=False):
        for quad in store.quads_for_pattern(None, ox.NamedNode(property_), None):
            thing, name = quad.subject, quad.object
            if not isinstance(thing, ox.NamedNode) or not isinstance(name, ox.Literal):
                continue
            text = " ".join(name.value.split())
            if text and not thing.value.startswith(QUERY_BASE):
                key = (thing.value, text, name.language or "")
                labels[key] = labels.get(key, False) or property_ in _LABELS
    of_thing: defaultdict[str, list[Name]] = defaultdict(list)
    for (entity, text, language), is_label in labels.items():
        of_thing[entity].append(Name(entity, text, language, is_label))
    return dict(of_thing)


def _types(store: ox.Store, things: Collection[str]) -> dict[str, set[str]]:
    """Returns the classes that each thing is said to have, without those only inferred."""
    type_ = ox.NamedNode(RDF + "type")
    inferred = {(q.subject, q.object) for q in store.quads_for_pattern(None, type_, None, ox.NamedNode(INFERRED_GRAPH))}
    types: defaultdict[str, set[str]] = defaultdict(set)
    for quad in store.quads_for_pattern(None, type_, None):
        subject, class_ = quad.subject, quad.object
        if not isinstance(subject, ox.NamedNode) or not isinstance(class_, ox.NamedNode):
            continue
        if subject.value in things and (subject, class_) not in inferred:
            types[subject.value].add(class_.value)
    return dict(types)


def _most_special(types: Collection[str], store: ox.Store, names: Collection[str]) -> str:
    """Returns a class that is not wider than another; of several one that has a name, then the first by IRI.

    That something is an individual says less than any other class.
    """
    wider = {c for each in types for c in _reached(store, [each], RDFS + "subClassOf", forwards=True) - {each}}
    return min(
        types, key=lambda class_: (class_ in wider, class_ == OWL + "NamedIndividual", class_ not in names, class_)
    )


def _reached(store: ox.Store, start: Iterable[str], property_: str, *, forwards: bool) -> set[str]:
    """Returns some IRIs, and those that a property leads to from them, or from which it leads to them.

    Source: RDF Schema 1.1 §3.4, §3.5 (subclasses and subproperties are transitive).
    """
    reached = set(start)
    new = list(reached)
    while new:
        end, link = ox.NamedNode(new.pop()), ox.NamedNode(property_)
        if forwards:
            found = {quad.object for quad in store.quads_for_pattern(end, link, None)}
        else:
            found = {quad.subject for quad in store.quads_for_pattern(None, link, end)}
        more = {node.value for node in found if isinstance(node, ox.NamedNode)} - reached
        reached |= more
        new += more
    return reached


def _weights(store: ox.Store, things: Iterable[str]) -> dict[str, int]:
    """Returns the number of triples of the default graph that have each thing as subject or object."""
    weights = dict.fromkeys(things, 0)
    for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph()):
        for term in (quad.subject, quad.object):
            if isinstance(term, ox.NamedNode) and term.value in weights:
                weights[term.value] += 1
    return weights


def _first(names: Iterable[Name]) -> str:
    return min(names, key=_english_first).name


def _english_first(name: Name) -> tuple[bool, int, str, str]:
    english = name.language.lower().partition("-")[0] == "en"
    return not name.is_label, 0 if english else 2 if name.language else 1, name.language, name.name


def _kind(class_: str, names: Mapping[str, Iterable[Name]]) -> str:
    """Returns the label of a class in small letters, or the words at the end of its IRI.

    Of the classes of terms the last word says enough: an owl:ObjectProperty is a property.
    """
    if class_ in names:
        return _first(names[class_]).lower()
    end = re.split(r"[/#:]", class_.rstrip("/#"))[-1]
    words = [word.lower() for word in re.findall(r"[A-Z]*[^\W\d_A-Z]+|[A-Z]+", end)]
    return " ".join(words[-1:] if class_.startswith(_TERMS) else words) or "thing"


def prepare(
    sources: Sequence[Source],
    into: Path,
    *,
    layered: bool,
    with_inferred: bool = True,
    endpoint: str = ENDPOINT,
    queries: Sequence[SavedQuery] = (),
) -> DatasetInfo:
    """Writes the dataset, what is known about it, the index of its names, and the saved queries into a directory.

    Returns what is known about the dataset.  Raises DataError for the first file that cannot be read.
    """
    store, info = build(
        sources,
        layered=layered,
        with_inferred=with_inferred,
        endpoint=endpoint,
        queries=queries,
        begins=lambda name: (into / PROGRESS).write_bytes(os.fsencode(name)),
    )
    store.dump(str(into / SNAPSHOT), format=ox.RdfFormat.N_QUADS)
    (into / INFO).write_text(info.to_json(), encoding="utf-8")
    things, names = names_of(store)
    write_index(into / NAMES, things, names)
    labels = {thing.iri: thing.label for thing in things}
    saved_queries.write(into / QUERIES, with_choices(queries, store, labels))
    return info


def _sources(data: Sequence[Path], *, layered: bool) -> list[Source]:
    """The files of the folders and files given, or of the packaged graph.  Raises DataError."""
    if layered and len(data) > 1:
        raise DataError(str(data[1]), "--default-graph facts takes one folder with ontology/ and data/")
    if layered:
        return layered_sources(data[0] if data else packaged_folder())
    return own_sources(data or [packaged_folder() / "ontology" / "otsgraph.ttl", packaged_folder() / "data"])


def main() -> int:
    """Does the job on standard input.  Returns 0, or 1 with the reason as one line on standard error."""
    job = BuildJob(**json.load(sys.stdin))
    _fence(job.parent, job.memory)
    try:
        sources = _sources([Path(path) for path in job.data], layered=job.layered)
        queries = tuple(saved_queries.load_all([Path(path) for path in job.queries]).values())
        for query in queries:
            try_query(query, job.services)
        prepare(
            sources,
            Path(job.into),
            layered=job.layered,
            with_inferred=job.with_inferred,
            endpoint=job.endpoint or ENDPOINT,
            queries=queries,
        )
    except CommandError as error:
        sys.stderr.write(f"{printable(str(error))}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"the dataset cannot be written: {error.strerror}\n")
        return 1
    except MemoryError:
        # as the store's library ends when it gets no memory
        os.abort()
    return 0


def _fence(parent: int | None, memory: int | None) -> None:
    if parent is not None:
        sandbox.die_with_parent(parent)
    sandbox.dump_no_core()
    sandbox.be_killed_first()
    if memory is not None:
        sandbox.limit_memory(memory)
        resource.setrlimit(resource.RLIMIT_FSIZE, (memory, memory))


if __name__ == "__main__":
    sys.exit(main())
