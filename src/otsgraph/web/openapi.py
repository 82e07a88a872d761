"""The description of the HTTP interface for programs and people.

Sources: OpenAPI Specification 3.1.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from otsgraph import errors
from otsgraph.dataset.info import DatasetInfo
from otsgraph.dataset.metadata import examples
from otsgraph.errors import RequestError
from otsgraph.queries.parameters import Kind, Parameter
from otsgraph.queries.saved import MOST_ROWS_A_PAGE, QueryForm, SavedQuery
from otsgraph.rdf.formats import GraphFormat, ResultsFormat
from otsgraph.rdf.serializers import serialise
from otsgraph.rdf.terms import BASE, XSD
from otsgraph.sparql.protocol import negotiate
from otsgraph.web.http.headers import REVALIDATED
from otsgraph.web.http.html import page
from otsgraph.web.http.problems import PROBLEM_BASE, STATUS
from otsgraph.web.http.responses import TaggedResponse, accept_header, tagged_json
from otsgraph.web.http.site import base_of, site_of

Json: TypeAlias = Mapping[str, Any]

_SCHEMAS: Mapping[str, Json] = {
    XSD + "integer": {"type": "string", "pattern": "^[+-]?[0-9]+$"},
    XSD + "decimal": {"type": "string", "pattern": r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$"},
    XSD + "boolean": {"type": "string", "enum": ["true", "false"]},
    XSD + "date": {"type": "string", "format": "date"},
    XSD + "gYear": {"type": "string", "pattern": "^[0-9]{4}$"},
    XSD + "gYearMonth": {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"},
    XSD + "gMonthDay": {"type": "string", "pattern": "^--(0[1-9]|1[0-2])-[0-9]{2}$"},
    XSD + "anyURI": {"type": "string", "format": "iri-reference"},
}
"""What a value looks like in an address, by datatype; it has no bounds, so numbers are texts of digits."""

_OUR_DATA: Json = {
    "summary": "The diaspora cooperation of the Organization of Turkic States",
    "license": {"name": "CC BY 4.0", "identifier": "CC-BY-4.0"},
}

_OF_EVERY_ANSWER = (
    errors.MalformedRequest, errors.UnfitParameter, errors.NotFound, errors.NotAcceptable, errors.AddressTooLong,
    errors.TooManyQueries, errors.EngineFailed, errors.EngineBusy, errors.NoWorkerInTime, errors.EngineClosing,
    errors.DeadlineExceeded, errors.QueryTooBig, errors.ResultTooBig,
)  # fmt: skip

_PROBLEM: Json = {
    "type": "object",
    "description": "What went wrong. Source: RFC 9457.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "parameter": {"type": "string", "description": "The parameter that is wrong."},
        "takes": {"type": "string", "description": "What it takes."},
        "example": {"type": "string", "description": "A value that it takes."},
        "candidates": {"type": "array", "items": {"type": "string"}, "description": "IRIs that may have been meant."},
        "line": {"type": "integer"},
        "column": {"type": "integer"},
        "retry_after": {"type": "integer", "description": "Seconds."},
    },
}

_TIMEOUT: Json = {
    "name": "timeout",
    "in": "query",
    "required": False,
    "description": "Seconds that the client waits; it shortens the time limit of the endpoint.",
    "schema": {"type": "number", "exclusiveMinimum": 0},
}


def openapi(queries: Iterable[SavedQuery], base: str, dataset: DatasetInfo) -> Json:
    """Returns the description of a site; `base` is its address, empty where only the client knows it (§4.8.5)."""
    paths: dict[str, Json] = {f"/queries/{query.name}": {"get": _operation(query)} for query in queries}
    tags = sorted({tag for operation in {**paths, **_OTHERS}.values() for tag in operation["get"]["tags"]})
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "otsgraph" if dataset.layered else "A graph, served by otsgraph",
            "description": "Saved queries by Accept header, or by a suffix: `/queries/NAME.csv`.",
            "version": dataset.short_version,
            **(_OUR_DATA if dataset.layered else {}),
        },
        "servers": [{"url": base or "/"}],
        "tags": [{"name": tag} for tag in tags],
        "paths": {**paths, **_OTHERS},
        "components": {
            "schemas": {"Problem": _PROBLEM},
            "responses": {str(status): _response(group) for status, group in _by_status().items()},
        },
    }


def _operation(query: SavedQuery) -> Json:
    parameters = [_parameter(p) for p in query.parameters]
    if query.form is QueryForm.SELECT:
        parameters += [_whole("page", "Which page of the rows."), _whole("per_page", "Rows a page.", MOST_ROWS_A_PAGE)]
    if query.evidence:
        described = "1 adds who states it, in which document and where."
        parameters.append(_option("evidence", described, {"type": "string", "enum": ["0", "1"]}))
    return {
        "operationId": f"queries.{query.name}",
        "summary": query.summary,
        "description": query.description,
        "tags": list(query.tags[:1]) or ["queries"],
        "parameters": [*parameters, _TIMEOUT],
        "responses": {"200": _answer(query), **_problems()},
    }


def _answer(query: SavedQuery) -> Json:
    link = {"description": "Other pages of the rows, where a page was asked for (RFC 8288).", "schema": _TEXT}
    return {
        "description": "The answer.",
        "headers": {"ETag": {"schema": _TEXT}, **({"Link": link} if query.form is QueryForm.SELECT else {})},
        "content": {f.media_type: {"schema": _TEXT} for f in query.formats},
    }


_TEXT: Json = {"type": "string"}


def _parameter(parameter: Parameter) -> Json:
    described = parameter.type.takes[:1].upper() + parameter.type.takes[1:] + "."
    if parameter.default:
        described += " Without a value it is the default."
    schema: dict[str, Any] = dict(_SCHEMAS.get(parameter.type.datatype, _TEXT))
    if parameter.is_closed and parameter.type.kind is not Kind.IRI:
        schema["enum"] = [choice.value for choice in parameter.choices]
    if parameter.default:
        schema["default"] = parameter.default
    examples = {f"choice {n}": {"value": c.value, "summary": c.label} for n, c in enumerate(parameter.choices, 1)}
    return {
        "name": parameter.name,
        "in": "query",
        "description": described,
        "required": parameter.required and not parameter.default,
        "schema": schema,
        "examples": examples or {"example": {"value": parameter.example}},
    }


def _whole(name: str, described: str, most: int | None = None) -> Json:
    schema = {"type": "integer", "minimum": 1, **({"maximum": most} if most else {})}
    return _option(name, described, schema)


def _option(name: str, described: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "required": False, "description": described, "schema": schema}


def _by_status() -> dict[int, list[type[RequestError]]]:
    grouped: dict[int, list[type[RequestError]]] = {}
    for error in sorted(_OF_EVERY_ANSWER, key=lambda error: STATUS[error]):
        grouped.setdefault(STATUS[error], []).append(error)
    return grouped


def _problems() -> Json:
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in _by_status()}


def _response(group: Sequence[type[RequestError]]) -> Json:
    types = [PROBLEM_BASE + error.code for error in group]
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, {"properties": {"type": {"enum": types}}}]}
    described = "; ".join(error.title for error in group) + "."
    return {"description": described, "content": {"application/problem+json": {"schema": schema}}}


def _text_parameter(name: str, described: str) -> Json:
    return {"name": name, "in": "query", "required": True, "description": described, "schema": _TEXT}


def _of_json(described: str) -> Json:
    return {"200": {"description": described, "content": {"application/json": {"schema": {}}}}}


_RESULTS: Json = {
    "200": {
        "description": "The result, in a format that the client accepts.",
        "content": {f.media_type: {"schema": _TEXT} for f in (*ResultsFormat, *GraphFormat)},
    }
}

_OTHERS: Json = {
    "/sparql": {
        "get": {
            "operationId": "sparql",
            "summary": "Any query, by the SPARQL 1.1 Protocol",
            "tags": ["SPARQL"],
            "parameters": [_text_parameter("query", "A query of SPARQL 1.1."), _TIMEOUT],
            "responses": {**_RESULTS, **_problems()},
        }
    },
    "/queries": {
        "get": {
            "operationId": "queries",
            "summary": "The saved queries, with their parameters and formats",
            "tags": ["search"],
            "responses": _of_json("A list."),
        }
    },
    "/search": {
        "get": {
            "operationId": "search",
            "summary": "Things and questions by what they are called, in any language",
            "tags": ["search"],
            "parameters": [_text_parameter("q", "A name, or part of one.")],
            "responses": _of_json("What was found, best first."),
        }
    },
}


def _described(request: Request) -> Json:
    site = site_of(request)
    return openapi(site.queries.values(), site.public_url, site.engine.dataset)


async def description(request: Request) -> Response:
    return tagged_json(_described(request), {})


async def documentation(request: Request) -> Response:
    """The same for people, by the tags of the operations."""
    api = _described(request)
    groups: dict[str, list[tuple[str, Json]]] = {tag["name"]: [] for tag in api["tags"]}
    for path, methods in api["paths"].items():
        groups[methods["get"]["tags"][0]].append((path, methods["get"]))
    tables = [q.name for q in site_of(request).queries.values() if not (q.form.gives_graph or q.needs_values)]
    example = tables[0] if tables else ""
    return page(
        "docs.html", example=example, groups=groups, responses=api["components"]["responses"], base=base_of(request)
    )


async def query_examples(request: Request) -> Response:
    """The query examples, with the address under which the client reached the endpoint as their target."""
    site = site_of(request)
    format_ = negotiate(accept_header(request), tuple(GraphFormat))
    prefixes = BASE + "ontology" if site.engine.dataset.layered else ""
    triples = examples(site.queries.values(), f"{base_of(request)}/sparql", prefixes)
    body = serialise(triples, format_, site.engine.dataset.prefixes)
    headers = {"Cache-Control": REVALIDATED, "Vary": "Accept", "Content-Type": format_.content_type}
    return TaggedResponse(body, headers=headers)
