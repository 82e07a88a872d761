"""Evaluates one query operation on a store and serialises the result, completely and under a size limit.

This module alone knows pyoxigraph's exceptions.  It runs in a worker process, which may be killed at any moment.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import pyoxigraph as ox

from otsgraph.errors import (
    DatasetTooLargeToMerge,
    EngineFailed,
    MalformedRequest,
    NotAcceptable,
    RequestError,
    ResultTooBig,
    ServiceFailed,
    size_text,
)
from otsgraph.rdf.formats import GraphFormat, ResultsFormat
from otsgraph.rdf.serializers import SERIALIZERS, serialise_graph
from otsgraph.rdf.terms import ONTOLOGY_GRAPH, RDF, Triple
from otsgraph.sparql.diagnostics import explain, explain_fault
from otsgraph.sparql.federation import mentions_service, refuse_service
from otsgraph.sparql.hints import hint, vocabulary
from otsgraph.sparql.protocol import FormatChoice, QueryOperation, QueryResult, digest, not_acceptable
from otsgraph.sparql.rewrite import DatasetClause, dataset_clause
from otsgraph.sparql.tokens import refuse_deep_nesting

MOST_MERGED_TRIPLES = 200_000
"""Graphs of more triples than this together are not merged for one query."""

_MERGED_STORES_KEPT = 4

_RESULTS = {
    ResultsFormat.JSON: ox.QueryResultsFormat.JSON,
    ResultsFormat.XML: ox.QueryResultsFormat.XML,
    ResultsFormat.CSV: ox.QueryResultsFormat.CSV,
    ResultsFormat.TSV: ox.QueryResultsFormat.TSV,
}

_TAIL = 4_096
_NO_SOLUTIONS = {
    ResultsFormat.JSON: re.compile(rb'"bindings":\[\]\}\}$'),
    ResultsFormat.XML: re.compile(rb"<results></results></sparql>$"),
    ResultsFormat.CSV: re.compile(rb"\A[^\n]*\n?\Z"),
    ResultsFormat.TSV: re.compile(rb"\A[^\n]*\n?\Z"),
}
"""The end of a result document without solutions."""

_Graph: TypeAlias = ox.NamedNode | ox.BlankNode | ox.DefaultGraph
_Results: TypeAlias = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


class Evaluator:
    """A store that answers query operations.

    `largest_result` is in bytes; `prefixes` abbreviate Turtle results.
    """

    def __init__(self, store: ox.Store, prefixes: Mapping[str, str], largest_result: int) -> None:
        self._store = store
        self._prefixes = dict(prefixes)
        self._largest_result = largest_result
        self._vocabulary = vocabulary(_ontology(store), _claimed(store))
        self._merged: dict[DatasetClause, ox.Store] = {}

    def evaluate(self, operation: QueryOperation, choice: FormatChoice, services: Collection[str] = ()) -> QueryResult:
        """The complete result in the format that the choice names for its kind.

        `services` are the IRIs of other endpoints that a query may ask, if the process can.  Raises the RequestError
        that says why there is no result.
        """
        refuse_deep_nesting(operation.query)
        refuse_service(operation.query, services)
        try:
            results = self._results(operation)
            result = self._serialise(results, choice)
            return replace(result, hint=self._hint(operation, results, result))
        except SyntaxError as error:
            raise explain(operation.query, *_place(error)) from None
        except (ValueError, RuntimeError, OSError):
            raise _fault(operation.query, services) from None

    def _hint(self, operation: QueryOperation, results: _Results, result: QueryResult) -> str:
        """Why the query may have found nothing, if it did and chose no dataset of its own."""
        is_empty = not results if isinstance(results, ox.QueryBoolean) else _is_empty(result)
        chosen = operation.default_graph_uris or operation.named_graph_uris or dataset_clause(operation.query).any
        return hint(operation.query, self._vocabulary) if is_empty and not chosen else ""

    def _results(self, operation: QueryOperation) -> _Results:
        asked = DatasetClause(operation.default_graph_uris, operation.named_graph_uris)
        if asked == DatasetClause():
            asked = dataset_clause(operation.query)
            if len(asked.default_graphs) < 2:
                return self._store.query(operation.query)
            asked = DatasetClause(tuple(dict.fromkeys(asked.default_graphs)), tuple(dict.fromkeys(asked.named_graphs)))
        named = _nodes(asked.named_graphs)
        if len(asked.default_graphs) < 2:
            default: list[_Graph] = [*_nodes(asked.default_graphs)]
            return self._store.query(operation.query, default_graph=default, named_graphs=list(named))
        merged = self._merge(asked)
        return merged.query(operation.query, default_graph=[ox.DefaultGraph()], named_graphs=list(named))

    def _merge(self, asked: DatasetClause) -> ox.Store:
        """A store whose default graph is the set of triples of several graphs, so that each of them counts once.

        pyoxigraph 0.5.13 counts a triple once for each graph that holds it (oxigraph issue 1919).
        """
        if asked in self._merged:
            return self._merged[asked]
        merged = ox.Store()
        for graphs, target in ((asked.default_graphs, ox.DefaultGraph()), (asked.named_graphs, None)):
            for graph in _nodes(graphs):
                for quad in self._store.quads_for_pattern(None, None, None, graph):
                    merged.add(ox.Quad(quad.subject, quad.predicate, quad.object, target or graph))
                    if len(merged) > MOST_MERGED_TRIPLES:
                        raise DatasetTooLargeToMerge(
                            f"The graphs named hold more than {MOST_MERGED_TRIPLES:,} triples together; name one graph."
                        )
        while len(self._merged) >= _MERGED_STORES_KEPT:
            self._merged.pop(next(iter(self._merged)))
        self._merged[asked] = merged
        return merged

    def _serialise(self, results: _Results, choice: FormatChoice) -> QueryResult:
        output = _Bounded(self._largest_result)
        if isinstance(results, ox.QueryTriples):
            if choice.graph is None:
                raise not_acceptable(tuple(GraphFormat))
            serialise_graph(_writable(results, choice.graph), choice.graph, self._prefixes, output)
            return _result(choice.graph, output)
        if choice.results is None:
            raise not_acceptable(tuple(ResultsFormat))
        results.serialize(output, format=_RESULTS[choice.results])
        return _result(choice.results, output)


def check_syntax(query: str, services: Collection[str] = ()) -> None:
    """Raises the RequestError that says why a query can never be answered, without answering it.

    `services` are the IRIs of other endpoints that a query may ask; one that asks them is not read any further, since
    the engine would begin to ask.
    """
    refuse_deep_nesting(query)
    refuse_service(query, services)
    if services and mentions_service(query):
        return
    try:
        ox.Store().query(query)
    except SyntaxError as error:
        raise explain(query, *_place(error)) from None
    except (ValueError, RuntimeError, OSError):
        raise _fault(query, services) from None


def _fault(query: str, services: Collection[str]) -> RequestError:
    """The error for a query that the engine accepted but could not evaluate."""
    if services and mentions_service(query):
        return ServiceFailed("The other endpoint did not answer, or not with results that can be read.")
    unsuspected = EngineFailed("The query met a fault of the engine; it may be answered in another form.")
    return explain_fault(query) or unsuspected


def _nodes(iris: Iterable[str]) -> list[ox.NamedNode]:
    """Raises MalformedRequest if a graph name is not a valid IRI."""
    nodes = []
    for iri in iris:
        try:
            nodes.append(ox.NamedNode(iri))
        except ValueError:
            raise MalformedRequest(f"The name of a graph is not an IRI: `{iri[:200]}`.") from None
    return nodes


def _ontology(store: ox.Store) -> Iterator[Triple]:
    for quad in store.quads_for_pattern(None, None, None, ox.NamedNode(ONTOLOGY_GRAPH)):
        yield str(quad.subject), str(quad.predicate), str(quad.object)


def _claimed(store: ox.Store) -> Iterator[tuple[str, str]]:
    """Subject and predicate, as IRIs, of statements that together are in no triple of the default graph."""
    solutions = store.query(f"""
        PREFIX rdf: <{RDF}>
        SELECT DISTINCT ?s ?p {{
          GRAPH ?g {{ ?statement rdf:subject ?s ; rdf:predicate ?p }}
          FILTER NOT EXISTS {{ ?s ?p ?o }} }}""")
    assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101
    for row in solutions:
        yield row["s"].value, row["p"].value


def _is_empty(result: QueryResult) -> bool:
    """Whether a result document of solutions has none."""
    if isinstance(result.format, GraphFormat):
        return False
    return _NO_SOLUTIONS[result.format].search(result.body[-_TAIL:]) is not None


def _result(format_: ResultsFormat | GraphFormat, output: _Bounded) -> QueryResult:
    body = output.getvalue()
    return QueryResult(format_, body, digest(body))


class _Bounded(io.BytesIO):
    """A buffer that refuses to grow beyond a number of bytes."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, data: Sequence[int] | bytes, /) -> int:  # type: ignore[override]
        if self.tell() + len(data) > self._most:
            raise ResultTooBig(
                f"The result is larger than {size_text(self._most)}; ask for less of it, with LIMIT for example.",
                limit=self._most,
                unit="bytes",
            )
        return super().write(bytes(data))


def _writable(triples: Iterable[ox.Triple], format_: GraphFormat) -> Iterable[ox.Triple]:
    """The same triples; taking them raises NotAcceptable if a format cannot write one."""
    check = SERIALIZERS[format_].unfit
    return triples if check is None else _checked(triples, check, format_)


def _checked(triples: Iterable[ox.Triple], check: Callable[[Triple], str], format_: GraphFormat) -> Iterator[ox.Triple]:
    for triple in triples:
        if unfit := check((str(triple.subject), str(triple.predicate), str(triple.object))):
            offered = [f.media_type for f in GraphFormat if f is not format_]
            raise NotAcceptable(
                f"{format_.title} cannot write {unfit}; there are {', '.join(offered)}.", offered=offered
            )
        yield triple


def _place(error: SyntaxError) -> tuple[int, int]:
    """Where the engine stopped: line and column, from 1."""
    found = re.match(r"error at (\d+):(\d+)", error.msg or "")
    return (int(found[1]), int(found[2])) if found else (1, 1)
