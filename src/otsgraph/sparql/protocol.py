"""The SPARQL protocol: requests, content negotiation, operations, deadlines, and solutions as they come back.

Sources: SPARQL 1.1 Query Results JSON Format §3.2.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import math
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar
from urllib.parse import parse_qsl

from otsgraph.errors import MalformedRequest, MethodNotAllowed, NotAcceptable, UnsupportedMediaType
from otsgraph.quoting import quoted
from otsgraph.rdf.formats import Format, GraphFormat, ResultsFormat, Syntax
from otsgraph.rdf.terms import iri, literal


@dataclass(frozen=True, slots=True)
class Deadline:
    """`at` is an instant of `time.monotonic()` [s]; `limit` is the duration that led to it [s]."""

    at: float
    limit: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """The instant `seconds` [s] from now."""
        return cls(time.monotonic() + seconds, seconds)

    def left(self) -> float:
        """The time that is left [s]; 0.0 when the deadline has passed."""
        return max(0.0, self.at - time.monotonic())


F = TypeVar("F", bound=Format)

LONGEST_ACCEPT = 2**12
"""Characters of an Accept header that are read."""

MOST_RANGES = 100


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One element of an Accept header; `*` stands for any type or subtype."""

    type: str
    subtype: str
    quality: float

    def matches(self, media_type: str) -> bool:
        type_, _, subtype = media_type.partition("/")
        return self.type in ("*", type_) and self.subtype in ("*", subtype)

    @property
    def specificity(self) -> int:
        return (self.type != "*") + (self.subtype != "*")


def parse_accept(accept: str) -> list[MediaRange]:
    """The media ranges of an Accept header, in its order.

    What comes after LONGEST_ACCEPT or MOST_RANGES is passed over, and what is not a media range, or whose weight is
    not between 0 and 1.  Parameters other than the weight (`charset`, `profile`) do not narrow a range: our formats
    have one form each.
    """
    elements = accept[:LONGEST_ACCEPT].split(",", MOST_RANGES)[:MOST_RANGES]
    return [r for r in map(_media_range, elements) if r is not None]


def _media_range(element: str) -> MediaRange | None:
    name, *parameters = (part.strip().lower() for part in element.split(";"))
    type_, slash, subtype = name.partition("/")
    if not (type_ and slash and subtype) or (type_ == "*" and subtype != "*"):
        return None
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return None
    return MediaRange(type_, subtype, quality) if 0 <= quality <= 1 else None


def quality(format_: Format, ranges: Iterable[MediaRange]) -> float:
    """How much the client likes a format, 0.0 (not at all) to 1.0: the weight of the most specific range.

    Wildcards stand for standard media types only; an alias has to be asked for by its full name.
    """
    best = (-1, 0.0)
    for range_ in ranges:
        exact = range_.specificity == 2 and any(range_.matches(alias) for alias in format_.syntax.aliases)
        if exact or range_.matches(format_.media_type):
            best = max(best, (range_.specificity, range_.quality))
    return best[1]


def preferred(ranges: Sequence[MediaRange], offered: Sequence[F]) -> F | None:
    """The format offered that the client likes best; ties keep our order.  None if it accepts none."""
    best = max(offered, key=lambda f: quality(f, ranges))
    return best if quality(best, ranges) > 0 else None


def negotiate(accept: str | None, offered: Sequence[F]) -> F:
    """The format offered that the client likes best.  Raises NotAcceptable."""
    best = preferred(parse_accept(accept or "*/*"), offered)
    if best is None:
        raise not_acceptable(offered)
    return best


def choose_formats(accept: str | None) -> FormatChoice:
    """The pair of formats for a query whose kind of result is not known yet.

    Raises NotAcceptable if the client accepts neither a results format nor a graph format.
    """
    ranges = parse_accept(accept or "*/*")
    choice = FormatChoice(preferred(ranges, tuple(ResultsFormat)), preferred(ranges, tuple(GraphFormat)))
    if choice == FormatChoice(None, None):
        raise not_acceptable([*ResultsFormat, *GraphFormat])
    return choice


def prefers_html(accept: str | None, offered: Sequence[Format]) -> bool:
    """Whether the client asks for HTML by name and likes it better than every format offered."""
    ranges = parse_accept(accept or "*/*")
    html = max((r.quality for r in ranges if (r.type, r.subtype) == ("text", "html")), default=0.0)
    return html > max((quality(f, ranges) for f in offered), default=0.0)


def prefers_html_to_json(accept: str | None) -> bool:
    """Whether the client asks for HTML by name and likes it better than plain JSON."""
    return prefers_html(accept, (_Plain.JSON,))


class _Plain(Format):
    """JSON in a shape of our own, which is not a format of results."""

    JSON = Syntax(
        "json", "JSON", "application/json", "json", "https://www.iana.org/assignments/media-types/application/json"
    )


def not_acceptable(offered: Iterable[Format]) -> NotAcceptable:
    names = [f.media_type for f in offered]
    return NotAcceptable(f"The result has none of the formats asked for; there are {', '.join(names)}.", offered=names)


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


METHODS = ("GET", "HEAD", "POST", "QUERY", "OPTIONS")
FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"

_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
_ABSOLUTE_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^<>\"{}|^`\\\x00-\x20]*")


def parse_request(
    method: str, query_string: bytes, content_type: str | None, body: bytes, content_coding: str | None = None
) -> QueryRequest:
    """What a request asks for; `query_string` is what follows `?` in the request target, still encoded.

    QUERY takes what POST takes.  Beside the protocol's own parameters there is `timeout`, in seconds.  Raises
    MethodNotAllowed, UnsupportedMediaType or MalformedRequest.  Sources: SPARQL 1.1 Protocol §2.1; The HTTP QUERY
    Method §2.
    """
    if method in ("GET", "HEAD"):
        return _from_parameters(parameters_of(query_string))
    if method not in ("POST", "QUERY"):
        raise MethodNotAllowed(f"A query is sent by GET, POST or QUERY, not by {method}.", allow=list(METHODS))
    if (content_coding or "identity").strip().lower() != "identity":
        raise UnsupportedMediaType(
            f"A body is taken as it is, not in the coding {quoted(content_coding or '')}.", offered=["identity"]
        )
    media_type = (content_type or "").partition(";")[0].strip().lower()
    _require_utf8(content_type or "")
    if media_type == FORM:
        return _from_parameters(_parameters(body, "the form"))
    if media_type == DIRECT:
        parameters = [p for p in parameters_of(query_string) if p[0] != "query"]
        return _from_parameters([("query", _decode(body, "the body")), *parameters])
    sent = quoted(media_type) if media_type else "a body without Content-Type"
    raise UnsupportedMediaType(
        f"{method} takes a form ({FORM}) or the bare query ({DIRECT}), not {sent}.",
        offered=[FORM, DIRECT],
    )


def parameters_of(query_string: bytes) -> list[tuple[str, str]]:
    """The parameters in an address; `query_string` is what follows `?`, still encoded.  Raises MalformedRequest."""
    return _parameters(query_string, "the URL")


def _parameters(encoded: bytes, where: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=1_000)
    except UnicodeDecodeError:
        raise MalformedRequest(f"The parameters of {where} are not percent-encoded UTF-8.") from None
    except ValueError:
        raise MalformedRequest(f"There are more than 1,000 parameters in {where}.") from None


def _from_parameters(parameters: list[tuple[str, str]]) -> QueryRequest:
    queries = [value for name, value in parameters if name == "query"]
    if any(name == "update" for name, _ in parameters):
        raise MalformedRequest("This endpoint is read-only: `update` is not accepted.")
    if not queries:
        raise MalformedRequest("The parameter `query` is missing.")
    if len(queries) > 1:
        raise MalformedRequest(f"There are {len(queries)} parameters `query`; there must be exactly one.")
    if len(parameters) == 1:
        return QueryRequest(QueryOperation(queries[0]))
    graphs = _graphs("default-graph-uri", parameters), _graphs("named-graph-uri", parameters)
    return QueryRequest(QueryOperation(queries[0], *graphs), time_limit(parameters))


def time_limit(parameters: Sequence[tuple[str, str]]) -> float:
    """Returns how long a client waits at most [s], infinite if it does not say.  Raises MalformedRequest."""
    return longest_wait([value for name, value in parameters if name == "timeout"])


def longest_wait(given: Sequence[str]) -> float:
    """Returns the value of the parameter `timeout` [s], infinite without one.  Raises MalformedRequest."""
    if not given:
        return math.inf
    if len(given) > 1 or not _SECONDS.fullmatch(given[0]) or float(given[0]) == 0:
        raise MalformedRequest("`timeout` is one number of seconds above 0, like 2 or 0.5.")
    return float(given[0])


def _graphs(name: str, parameters: list[tuple[str, str]]) -> tuple[str, ...]:
    """The graph IRIs in the order given, each once."""
    iris = dict.fromkeys(value for key, value in parameters if key == name)
    for graph in iris:
        if not _ABSOLUTE_IRI.fullmatch(graph):
            raise MalformedRequest(f"The value of `{name}` is not an absolute IRI: {quoted(graph)}.")
    return tuple(iris)


def _require_utf8(content_type: str) -> None:
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", content_type, re.IGNORECASE)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType(f"Queries are taken in UTF-8, not in {quoted(charset[1])}.", offered=["utf-8"])


def _decode(body: bytes, where: str) -> str:
    try:
        # an editor's byte order mark is not part of the query
        return body.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedRequest(f"Byte {error.start} of {where} is not UTF-8.") from None


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
