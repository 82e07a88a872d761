"""The typed routes and /openapi.json, which FastAPI makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from openapi_spec_validator import validate
from starlette.routing import Route

from otsgraph import errors
from otsgraph.settings import make_settings
from otsgraph.web.app import create_app
from otsgraph.web.queries import SavedQueries
from otsgraph.web.serve import open_site

pytestmark = pytest.mark.anyio

PROBLEM = "https://w3id.org/otsgraph/problem/"
FIXED = {"/queries", "/search", "/suggest", "/lookup", "/sparql"}


@pytest.fixture(scope="module")
def described(client: httpx.Client) -> Any:
    return client.get("/openapi.json").json()


@pytest.fixture
def operations(described: Any) -> list[tuple[str, Any]]:
    return [(path, item["get"]) for path, item in described["paths"].items()]


def problem_types(response: Any) -> list[str]:
    """The kinds of problems that a response can be by its description; none if it can be any."""
    (content,) = response["content"].values()
    parts = content["schema"].get("allOf", [])
    return [
        name.removeprefix(PROBLEM)
        for part in parts
        for name in part.get("properties", {}).get("type", {}).get("enum", [])
    ]


def test_every_saved_query_and_the_addresses_around_them_are_described(client: httpx.Client, described: Any) -> None:
    names = {query["name"] for query in client.get("/queries").json()}
    assert set(described["paths"]) == FIXED | {f"/queries/{name}" for name in names}
    assert len(names) > 40


def test_addresses_with_a_suffix_are_not_described(described: Any) -> None:
    assert [path for path in described["paths"] if "." in path or "{" in path] == []


def test_no_error_is_described_as_a_validation_error_of_fastapi(described: Any) -> None:
    assert not [path for path, item in described["paths"].items() if "422" in item["get"]["responses"]]
    assert not {"HTTPValidationError", "ValidationError"} & described["components"]["schemas"].keys()


def test_every_operation_describes_its_errors_as_problems(operations: list[tuple[str, Any]]) -> None:
    for path, operation in operations:
        failed = {status: response for status, response in operation["responses"].items() if status >= "4"}
        assert {"400", "4XX"} <= failed.keys(), path
        for response in failed.values():
            assert response["description"]
            assert set(response["content"]) == {"application/problem+json"}, path


def test_every_problem_that_is_described_exists_and_has_that_status(operations: list[tuple[str, Any]]) -> None:
    for path, operation in operations:
        for status, response in operation["responses"].items():
            if status.isdecimal() and status >= "4":
                found = {errors.REQUEST_ERRORS[name].status for name in problem_types(response)}
                assert found == {int(status)}, path


@pytest.mark.parametrize(
    "address",
    [
        "/queries/about?thing=Hungry",
        "/queries/about?nothing=1",
        "/queries/about?page=0",
        "/queries/about?page=900",
        "/queries/about.pdf",
        "/queries/about?thing=%ff",
        "/queries/statements-in-text-order?voice=x",
        "/search?q=%ff",
        "/suggest?q=%ff",
        "/lookup?iri=x",
        "/sparql?query=SELECT",
        "/sparql?query=SELECT%20*%20{%20SERVICE%20<http://x.example/>%20{%20?s%20?p%20?o%20}%20}",
        f"/sparql?query=ASK{{}}&timeout=0{'&x=1' * 3}",
    ],
)
def test_an_error_is_one_that_its_operation_describes_with_members_that_a_problem_has(
    client: httpx.Client, described: Any, address: str
) -> None:
    answer = client.get(address)
    path = address.partition("?")[0].partition(".")[0]
    response = described["paths"][path]["get"]["responses"][str(answer.status_code)]
    problem = described["components"]["schemas"]["Problem"]
    assert answer.json()["type"].removeprefix(PROBLEM) in problem_types(response)
    assert set(problem["required"]) <= answer.json().keys() <= problem["properties"].keys()
    kinds = {"string": str, "integer": int, "array": list}
    for name, value in answer.json().items():
        assert isinstance(value, kinds[problem["properties"][name].get("type", "integer")]), name


def test_every_member_of_a_problem_is_explained(described: Any) -> None:
    members = described["components"]["schemas"]["Problem"]["properties"]
    assert [name for name, schema in members.items() if not schema.get("description")] == []


def test_every_parameter_is_explained(operations: list[tuple[str, Any]]) -> None:
    unexplained = [(path, p["name"]) for path, o in operations for p in o.get("parameters", []) if not p["description"]]
    assert unexplained == []


def test_every_parameter_that_needs_a_value_has_an_example(operations: list[tuple[str, Any]]) -> None:
    needed = [(path, p) for path, o in operations for p in o.get("parameters", []) if p["required"]]
    assert needed
    assert [(path, p["name"]) for path, p in needed if not p.get("examples")] == []


def test_every_example_is_answered_as_described(client: httpx.Client, operations: list[tuple[str, Any]]) -> None:
    for path, operation in operations:
        parameters = operation.get("parameters", [])
        given = {p["name"]: [e["value"] for e in p["examples"].values()] for p in parameters if "examples" in p}
        first = {p["name"]: given[p["name"]][0] for p in parameters if p["required"]}
        for name, values in given.items():
            for value in values:
                answer = client.get(path, params={**first, name: value})
                assert answer.status_code < 400, (path, name, value)
                assert str(answer.status_code) in operation["responses"], (path, name, value)


def test_evidence_is_described_where_there_is_some_and_0_is_taken_everywhere(
    client: httpx.Client, operations: list[tuple[str, Any]]
) -> None:
    has_evidence = {query["name"]: query["evidence"] for query in client.get("/queries").json()}
    for path, operation in operations:
        name = path.removeprefix("/queries/")
        if name in has_evidence:
            described = "evidence" in [p["name"] for p in operation["parameters"]]
            assert described == has_evidence[name], path
    assert {True, False} == set(has_evidence.values())
    assert client.get("/queries/represented-states.csv?evidence=0").status_code == 200
    assert client.get("/queries/represented-states.csv?evidence=2").status_code == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("address", ["/queries/about", "/queries/about.csv", "/queries", "/search", "/lookup", "/docs"])
def test_another_method_is_refused_with_those_that_there_are(client: httpx.Client, method: str, address: str) -> None:
    answer = client.request(method, address)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert client.options(address).headers["allow"] == answer.headers["allow"]


@pytest.mark.parametrize(
    "address", ["/queries/who-says", "/queries/who-says.csv?page=1&per_page=2", "/search?q=Hungary", "/queries/nothing"]
)
def test_head_has_the_headers_of_get_and_no_body(client: httpx.Client, address: str) -> None:
    got, head = client.get(address), client.head(address)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}


def test_a_parameter_twice_is_refused_also_if_both_values_are_the_same(client: httpx.Client) -> None:
    problem = client.get("/queries/about?thing=Hungary&thing=Hungary").json()
    assert (problem["status"], problem["parameter"]) == (400, "thing")


# names that mean something in Python, in pydantic or in FastAPI
ODD_NAMES = ("class", "schema", "copy", "json", "self", "given", "request", "modelconfig", "None")
ODD_QUERIES = {name: f"#+ summary: Which?\nSELECT (STR(?__{name}_literal) AS ?value) {{ }}\n" for name in ODD_NAMES}


@pytest.fixture
def odd_folder(tmp_path: Path) -> Path:
    for name, text in ODD_QUERIES.items():
        (tmp_path / f"odd-{name.lower()}.rq").write_text(text)
    return tmp_path


async def test_a_parameter_may_have_any_name_that_a_query_can_give_it(odd_folder: Path) -> None:
    async with open_site(make_settings(queries=odd_folder)) as site:
        transport = httpx.ASGITransport(create_app(site))
        async with httpx.AsyncClient(transport=transport, base_url="http://a.example", timeout=60) as client:
            validate((await client.get("/openapi.json")).json())
            for name in ODD_NAMES:
                answer = await client.get(f"/queries/odd-{name.lower()}.csv", params={name: "it"})
                assert answer.text.split() == ["value", "it"], name


async def test_one_look_up_leads_to_the_route_of_a_saved_query(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    for kind in (Route, APIRoute, SavedQueries):
        matches = kind.matches

        def counted(self: Any, scope: Any, matches: Any = matches, name: str = kind.__name__) -> Any:
            tried.append(name)
            return matches(self, scope)

        monkeypatch.setattr(kind, "matches", counted)
    async with open_site(make_settings()) as site:
        transport = httpx.ASGITransport(create_app(site))
        async with httpx.AsyncClient(transport=transport, base_url="http://a.example", timeout=60) as client:
            for address in ("/queries/about.csv", "/queries/who-says-so", "/queries/nothing", "/queries/about?x=1"):
                tried.clear()
                await client.get(address)
                assert tried == ["SavedQueries"], address
