"""The values that travel between the protocol, the engines and the workers."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

from otsgraph.errors import MalformedRequest
from otsgraph.rdf.formats import GraphFormat, ResultsFormat


@dataclass(frozen=True, slots=True)
class QueryOperation:
    """One query operation: a query string and an RDF dataset.  Source: SPARQL 1.1 Protocol §2.1.

    Without graph IRIs the dataset is the query's own FROM clauses or, if there are none, the engine's.  Raises
    MalformedRequest for halves of surrogate pairs, which no process could send to another.
    """

    query: str
    default_graph_uris: tuple[str, ...] = ()
    named_graph_uris: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for text in (self.query, *self.default_graph_uris, *self.named_graph_uris):
            try:
                text.encode()
            except UnicodeEncodeError as error:
                half = f"U+{ord(text[error.start]):04X}"
                raise MalformedRequest(f"Half of a surrogate pair ({half}) is not a character.") from None


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """A query operation, and how long its client will wait for the answer [s], if it said so."""

    operation: QueryOperation
    time_limit: float = math.inf


@dataclass(frozen=True, slots=True)
class FormatChoice:
    """The format for each kind of result, chosen before anybody knows which kind comes out.

    None where the client accepts no format of that kind.
    """

    results: ResultsFormat | None = ResultsFormat.JSON
    graph: GraphFormat | None = GraphFormat.TURTLE


@dataclass(frozen=True, slots=True)
class QueryResult:
    """A complete result document in the format chosen.

    `digest` is the first 16 hex digits of its SHA-256; `hint` says in ASCII why it may be empty, or is "".
    """

    format: ResultsFormat | GraphFormat
    body: bytes
    digest: str
    hint: str = ""


def digest(body: bytes) -> str:
    """The digest of a result document, from which its entity tag is made."""
    return hashlib.sha256(body).hexdigest()[:16]
