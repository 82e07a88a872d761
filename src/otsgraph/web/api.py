"""The typed routes of the API: parameters as pydantic models, mistakes as problem documents, and the OpenAPI document.

Source: OpenAPI Specification 3.1.1.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Annotated, Any, NotRequired, TypeAlias

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema, create_model
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict  # Python 3.11 has none that pydantic takes

from otsgraph import errors
from otsgraph.errors import MalformedRequest, RequestError, UnfitParameter
from otsgraph.queries.parameters import Kind, Parameter
from otsgraph.queries.request import Vocabulary, check_value, evidence_wanted, page_number, rows_per_page
from otsgraph.queries.saved import MOST_ROWS_A_PAGE, QueryForm, SavedQuery
from otsgraph.quoting import quoted, truncated
from otsgraph.rdf.datatypes import json_schema
from otsgraph.rdf.formats import GraphFormat, ResultsFormat
from otsgraph.sparql.protocol import longest_wait, parameters_of
from otsgraph.web.http.headers import CONTENT_SECURITY_POLICY
from otsgraph.web.http.html import page
from otsgraph.web.http.problems import PROBLEM_BASE
from otsgraph.web.http.responses import tagged_json
from otsgraph.web.http.site import Site, base_of, site_of

PROBLEM = "application/problem+json"

_POLICY = (
    CONTENT_SECURITY_POLICY.replace("img-src 'self'", "img-src 'self' data:")
    + "; script-src 'self'; connect-src 'self'"
)
"""Swagger UI has icons in its style sheet, and asks this server."""

Json: TypeAlias = dict[str, Any]
Handler: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]

_TEXT: Json = {"type": "string"}

_ERRORS = (
    errors.MalformedRequest, errors.NotAcceptable, errors.AddressTooLong, errors.TooManyQueries, errors.EngineFailed,
    errors.EngineBusy, errors.NoWorkerInTime, errors.EngineClosing, errors.DeadlineExceeded, errors.QueryTooBig,
    errors.ResultTooBig,
)  # fmt: skip
"""What any query may end with."""

_ERRORS_OF_SPARQL = (
    errors.MalformedQuery, errors.QueryTooComplex, errors.ServiceForbidden, errors.ServiceFailed,
    errors.DatasetTooLargeToMerge,
)  # fmt: skip


class Problem(TypedDict):
    """What went wrong (RFC 9457)."""

    __pydantic_config__ = ConfigDict(use_attribute_docstrings=True)  # type: ignore[misc]

    type: str
    """The kind of problem, an IRI."""
    title: str
    """What all problems of the kind have in common."""
    status: int
    """The status of the response."""
    detail: str
    """What is wrong with this request."""
    parameter: NotRequired[str]
    """The parameter that is wrong."""
    takes: NotRequired[str]
    """What the parameter takes, in words."""
    example: NotRequired[str]
    """A value that the parameter takes."""
    choices: NotRequired[list[str]]
    """All values that the parameter takes."""
    candidates: NotRequired[list[str]]
    """IRIs of things that may have been meant."""
    offered: NotRequired[list[str]]
    """The formats that there are."""
    allow: NotRequired[list[str]]
    """The methods that the address takes."""
    line: NotRequired[int]
    """The line of a syntax error, from 1."""
    column: NotRequired[int]
    """The column of a syntax error, from 1, in characters."""
    limit: NotRequired[int | float]
    """The limit that was exceeded."""
    unit: NotRequired[str]
    """The unit of the limit."""
    retry_after: NotRequired[int]
    """Seconds after which a new attempt makes sense."""


class Mistake(ValueError):
    """A request error on its way through pydantic, which collects ValueErrors only."""

    def __init__(self, error: RequestError) -> None:
        super().__init__(error.detail)
        self.error = error


class ApiRoute(APIRoute):
    """A typed route.  Raises a mistake in its parameters as one of our errors, in the place of FastAPI's 422."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            # FastAPI would put replacement characters in the place of bytes that are not UTF-8
            parameters_of(request.scope["query_string"])
            try:
                return await handle(request)
            except RequestValidationError as invalid:
                mistakes = [self._error(mistake) for mistake in invalid.errors()]
            raise min(mistakes, key=lambda error: not isinstance(error, MalformedRequest))

        return answer

    def _error(self, mistake: Json) -> RequestError:
        name = str(mistake["loc"][-1])
        if mistake["type"] == "extra_forbidden":
            return self.unknown(name)
        if mistake["type"] == "missing":
            return self.missing(name)
        error: RequestError = mistake["ctx"]["error"].error
        return error

    def unknown(self, name: str) -> RequestError:
        """Returns the error for a parameter that the route does not have."""
        return UnfitParameter(f"There is no parameter {quoted(name)}.", parameter=truncated(name))

    def missing(self, name: str) -> RequestError:
        """Returns the error for a parameter that has no value."""
        return UnfitParameter(f"The parameter `{name}` is missing.", parameter=name)


def one_value(
    schema: Mapping[str, Any], described: str, alias: str, check: Callable[[list[str]], object], required: bool = False
) -> Any:
    """Returns a field of a model: a query parameter, checked by a function that takes all values given for it.

    The function raises a RequestError.
    """

    def validate(values: list[str]) -> list[str]:
        try:
            check(values)
        except RequestError as error:
            raise Mistake(error) from None
        return values

    type_ = Annotated[list[str], WithJsonSchema(dict(schema)), AfterValidator(validate)]
    default: Any = {} if required else {"default_factory": list}
    return type_, Field(alias=alias, description=described, **default)


def model_of(query: SavedQuery, vocabulary: Vocabulary) -> type[BaseModel]:
    """Returns the model of a saved query's address; the endpoint looks up names of things, for that reads a file."""
    fields = [
        one_value(
            _schema(p), _described(p), p.name, partial(check_value, query, p, vocabulary), p.required and not p.default
        )
        for p in query.parameters
    ]
    if query.form is QueryForm.SELECT:
        most = {"type": "integer", "minimum": 1, "maximum": MOST_ROWS_A_PAGE}
        fields += [
            one_value({"type": "integer", "minimum": 1}, "Which page of the rows.", "page", page_number),
            one_value(most, "Rows per page.", "per_page", rows_per_page),
        ]
    described = "1 adds who states it, in which document and where."
    schema = {"type": "string", "enum": ["0", "1"]}
    fields.append(one_value(schema, described, "evidence", partial(evidence_wanted, query)))
    fields.append(one_value({"type": "number", "exclusiveMinimum": 0}, _TIMEOUT, "timeout", longest_wait))
    # names of our own: a parameter may be called as an attribute of every model is
    named = {f"parameter_{number}": field for number, field in enumerate(fields)}
    model: type[BaseModel] = create_model("Parameters", __config__=ConfigDict(extra="forbid"), **named)
    return model


_TIMEOUT = "Seconds that the client waits; it shortens the time limit of the endpoint."


def _schema(parameter: Parameter) -> Json:
    schema = json_schema(parameter.type.datatype)
    if parameter.is_closed and parameter.type.kind is not Kind.IRI:
        schema["enum"] = [choice.value for choice in parameter.choices]
    if parameter.default:
        schema["default"] = parameter.default
    return schema


def _described(parameter: Parameter) -> str:
    described = parameter.type.takes[:1].upper() + parameter.type.takes[1:] + "."
    return described + (" Without a value it is the default." if parameter.default else "")


_ANY_PROBLEM: Json = {"$ref": "#/components/schemas/Problem"}


def _problem_schema(types: list[str]) -> Json:
    return {"allOf": [_ANY_PROBLEM, {"properties": {"type": {"enum": types}}}]}


def problems(*raised: type[RequestError]) -> dict[int | str, Json]:
    """Returns what OpenAPI says of the errors of a route, by status."""
    by_status: dict[int | str, list[type[RequestError]]] = {}
    for error in sorted(raised, key=lambda error: error.status):
        by_status.setdefault(error.status, []).append(error)
    described = {status: "; ".join(error.title for error in group) + "." for status, group in by_status.items()}
    types = {status: [PROBLEM_BASE + error.code for error in group] for status, group in by_status.items()}
    return {
        status: {"description": described[status], "content": {PROBLEM: {"schema": _problem_schema(types[status])}}}
        for status in by_status
    } | {"4XX": {"description": "Any other mistake of the client.", "content": {PROBLEM: {"schema": _ANY_PROBLEM}}}}


QUERY_PROBLEMS = problems(errors.UnfitParameter, errors.NotFound, *_ERRORS)
"""What OpenAPI says of the errors of saved queries, by status."""


def openapi(app: FastAPI, site: Site) -> Json:
    """Returns the description of the API as FastAPI generates it from the routes, with examples of values."""
    dataset = site.engine.dataset
    ours = dataset.layered
    about = get_openapi(
        title="otsgraph" if ours else "A graph, served by otsgraph",
        summary="The diaspora cooperation of the Organization of Turkic States" if ours else None,
        description="Saved queries by Accept header, or by a suffix: `/queries/NAME.csv`.",
        version=dataset.short_version,
        openapi_version="3.1.1",
        routes=app.routes,
        servers=[{"url": site.public_url or "/"}],
        license_info={"name": "CC BY 4.0", "identifier": "CC-BY-4.0"} if ours else None,
    )
    about.setdefault("components", {}).setdefault("schemas", {})["Problem"] = TypeAdapter(Problem).json_schema()
    about["paths"]["/sparql"] = {"get": _sparql()}
    about["tags"] = [{"name": tag} for tag in sorted({o["get"]["tags"][0] for o in about["paths"].values()})]
    for query in site.queries.values():
        operation = about["paths"][f"/queries/{query.name}"]["get"]
        examples = {p.name: _examples(p) for p in query.parameters}
        if not query.evidence:
            # 0 is taken, and means nothing
            operation["parameters"] = [p for p in operation["parameters"] if p["name"] != "evidence"]
        for parameter in operation["parameters"]:
            if parameter["name"] in examples:
                parameter["examples"] = examples[parameter["name"]]
    return about


def _examples(parameter: Parameter) -> Json:
    """Examples with labels, which a JSON schema has no place for."""
    found = {f"choice {n}": {"value": c.value, "summary": c.label} for n, c in enumerate(parameter.choices, 1)}
    return found or {"example": {"value": parameter.example}}


def _sparql() -> Json:
    """The endpoint, which stands in front of FastAPI: no route there says what it takes."""
    timeout = {"type": "number", "exclusiveMinimum": 0}
    parameters = [
        {
            "name": "query",
            "in": "query",
            "required": True,
            "description": "A SPARQL 1.1 query.",
            "schema": _TEXT,
            "examples": {"example": {"value": "SELECT * { ?subject ?property ?value } LIMIT 10"}},
        },
        {"name": "timeout", "in": "query", "required": False, "description": _TIMEOUT, "schema": timeout},
    ]
    content = {f.media_type: {"schema": _TEXT} for f in (*ResultsFormat, *GraphFormat)}
    return {
        "operationId": "sparql",
        "summary": "Any query, by the SPARQL 1.1 Protocol",
        "tags": ["SPARQL"],
        "parameters": parameters,
        "responses": {
            "200": {"description": "The result, in a format that the client accepts.", "content": content},
            **{str(status): response for status, response in problems(*_ERRORS, *_ERRORS_OF_SPARQL).items()},
        },
    }


async def description(request: Request) -> Response:
    return tagged_json(request.app.openapi(), {})


async def documentation(request: Request) -> Response:
    """The page for people: what goes for all addresses, then each of them to try."""
    tables = [q.name for q in site_of(request).queries.values() if not (q.form.gives_graph or q.needs_values)]
    example = tables[0] if tables else ""
    headers = {"Content-Security-Policy": _POLICY}
    return page("docs.html", example=example, base=base_of(request), headers=headers)
