"""From the parts of an HTTP request to a query operation; pure.  Source: SPARQL 1.1 Protocol §2.1."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

from otsgraph.errors import MalformedRequest, MethodNotAllowed, UnsupportedMediaType
from otsgraph.operation import QueryOperation, QueryRequest
from otsgraph.quoting import quoted

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
        raise MalformedRequest("This endpoint answers queries and changes nothing: `update` is not taken.")
    if not queries:
        raise MalformedRequest("The parameter `query` is missing.")
    if len(queries) > 1:
        raise MalformedRequest(f"There are {len(queries)} parameters `query`; there must be exactly one.")
    if len(parameters) == 1:
        return QueryRequest(QueryOperation(queries[0]))
    graphs = _graphs("default-graph-uri", parameters), _graphs("named-graph-uri", parameters)
    return QueryRequest(QueryOperation(queries[0], *graphs), time_limit(parameters))


def time_limit(parameters: Sequence[tuple[str, str]]) -> float:
    """How long a client will wait [s], by the parameter `timeout`; infinite without it.  Raises MalformedRequest."""
    values = [value for name, value in parameters if name == "timeout"]
    if not values:
        return math.inf
    if len(values) > 1 or not _SECONDS.fullmatch(values[0]) or float(values[0]) == 0:
        raise MalformedRequest("`timeout` is one number of seconds above 0, like 2 or 0.5.")
    return float(values[0])


def _graphs(name: str, parameters: list[tuple[str, str]]) -> tuple[str, ...]:
    """The graph IRIs in the order given, each once."""
    iris = dict.fromkeys(value for key, value in parameters if key == name)
    for iri in iris:
        if not _ABSOLUTE_IRI.fullmatch(iri):
            raise MalformedRequest(f"The value of `{name}` is not an absolute IRI: {quoted(iri)}.")
    return tuple(iris)


def _require_utf8(content_type: str) -> None:
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", content_type, re.IGNORECASE)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType(f"Queries are taken in UTF-8, not in {quoted(charset[1])}.", offered=["utf-8"])


def _decode(body: bytes, where: str) -> str:
    try:
        # an editor's byte order mark is no part of the query
        return body.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedRequest(f"Byte {error.start} of {where} is not UTF-8.") from None
