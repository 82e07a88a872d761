"""One file, many outputs: pages, API description, command line, JSON list and query examples say the same."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
import rdflib
from openapi_spec_validator import validate

from otsgraph.dataset.sources import packaged_folder
from otsgraph.queries import saved as saved_queries
from otsgraph.rdf.formats import GraphFormat, PageFormat, ResultsFormat
from otsgraph_testing import listening_server, otsgraph, wait_until

BROWSER = {"Accept": "text/html"}
SH = rdflib.Namespace("http://www.w3.org/ns/shacl#")
QUERY = "https://w3id.org/otsgraph/query/"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
PAGES = {format_.media_type for format_ in PageFormat}
OURS = {"page", "per_page", "evidence", "timeout"}


@dataclass(frozen=True)
class Said:
    """What some output says of a saved query: its question, its parameters, and the media types of its answer."""

    summary: str
    parameters: tuple[str, ...]
    formats: frozenset[str]


Sayings = Mapping[str, Said]


def by_files(_: httpx.Client) -> Sayings:
    return {
        q.name: Said(q.summary, tuple(p.name for p in q.parameters), frozenset(f.media_type for f in q.formats))
        for q in saved_queries.load(packaged_folder() / "queries").values()
    }


class Form(HTMLParser):
    """The names of the controls in the form for parameters, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.title = ""
        self.links: list[str] = []
        self._inside = self._heading = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = dict(attributes)
        self._inside = self._inside or (tag == "form" and said.get("class") == "parameters")
        self._heading = tag == "h1"
        if self._inside and tag in ("input", "select"):
            self.names.append(str(said["name"]))
        if tag == "link" and said.get("rel") == "alternate":
            self.links.append(str(said["href"]))

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"
        self._heading = False

    def handle_data(self, data: str) -> None:
        self.title += data if self._heading else ""


def by_pages(client: httpx.Client) -> Sayings:
    listed = client.get("/queries", headers=BROWSER).text
    names = [part.split('"')[0] for part in listed.split('<li><a href="/queries/')[1:]]
    said = {}
    for name in names:
        form = Form()
        form.feed(client.get(f"/queries/{name}", headers=BROWSER).text)
        types = {client.head(link).headers["content-type"].split(";")[0] for link in form.links}
        said[name] = Said(form.title, tuple(n for n in form.names if n not in OURS), frozenset({*types, "text/html"}))
    return said


def by_list(client: httpx.Client) -> Sayings:
    return {
        q["name"]: Said(
            q["summary"],
            tuple(p["name"] for p in q["parameters"]),
            frozenset(client.head(a).headers["content-type"].split(";")[0] for a in q["results"].values()),
        )
        for q in client.get("/queries").json()
    }


def by_openapi(client: httpx.Client) -> Sayings:
    paths: dict[str, Any] = client.get("/openapi.json").json()["paths"]
    return {
        path.removeprefix("/queries/"): Said(
            item["get"]["summary"],
            tuple(p["name"] for p in item["get"]["parameters"] if p["name"] not in OURS),
            frozenset(item["get"]["responses"]["200"]["content"]),
        )
        for path, item in paths.items()
        if path.startswith("/queries/")
    }


def by_examples(graph: rdflib.Graph) -> Sayings:
    said = {}
    for query in graph.subjects(rdflib.RDF.type, SH.SPARQLExecutable):
        order = sorted(graph.objects(query, SH.parameter), key=lambda p: int(str(graph.value(p, SH.order))))
        said[str(query).removeprefix(QUERY)] = Said(
            str(graph.value(query, rdflib.RDFS.comment)),
            tuple(str(graph.value(parameter, SH.name)) for parameter in order),
            frozenset(str(f).removeprefix(MEDIA_TYPES) for f in graph.objects(query, rdflib.DCTERMS["format"])),
        )
    return said


def by_examples_in_the_store(client: httpx.Client) -> Sayings:
    query = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o FILTER(STRSTARTS(STR(?s), 'https://w3id.org/otsgraph/query/')) }"
    answer = client.get("/sparql", params={"query": query}, headers={"Accept": "application/n-triples"})
    return by_examples(rdflib.Graph().parse(data=answer.text, format="nt"))


def by_examples_at_the_well_known_place(client: httpx.Client) -> Sayings:
    answer = client.get("/.well-known/sparql-examples", headers={"Accept": "text/turtle"})
    return by_examples(rdflib.Graph().parse(data=answer.text, format="turtle"))


def by_command_line(_: httpx.Client) -> Sayings:
    """What `otsgraph queries` says; its formats have names there, and pages are for browsers and the API."""
    said: dict[str, Said] = {}
    media_types = {f.syntax.name: f.media_type for family in (ResultsFormat, GraphFormat) for f in family}
    for block in re.split(r"\n(?=\S)", otsgraph("queries").stdout.rstrip()):
        name, summary, *rest = (line.strip() for line in block.splitlines())
        parameters = tuple(line.split("=")[0].removeprefix("-p ") for line in rest if line.startswith("-p "))
        (formats,) = [line.removeprefix("-f ").split(", ") for line in rest if line.startswith("-f ")]
        said[name] = Said(summary, parameters, frozenset({*map(media_types.__getitem__, formats), *PAGES}))
    return said


@pytest.mark.parametrize(
    "output",
    [by_pages, by_list, by_openapi, by_examples_in_the_store, by_examples_at_the_well_known_place, by_command_line],
)
def test_an_output_says_of_the_saved_queries_what_their_files_say(client: httpx.Client, output: Any) -> None:
    said, expected = output(client), by_files(client)
    assert said.keys() == expected.keys()
    assert {name: said[name] for name in expected if said[name] != expected[name]} == {}


@pytest.mark.parametrize("name", ["represented-states", "statement-in-full"])
def test_the_command_line_gives_each_format_that_it_names(name: str) -> None:
    block = otsgraph("queries").stdout.partition(f"{name}\n")[2]
    for format_name in block.partition("-f ")[2].splitlines()[0].split(", "):
        done = otsgraph("query", "--saved", name, "-f", format_name)
        assert (done.returncode, done.stderr, bool(done.stdout)) == (0, "", True), format_name


def test_the_description_of_the_api_is_valid(client: httpx.Client) -> None:
    validate(client.get("/openapi.json").json())


def test_every_saved_query_is_answered_with_the_examples_of_what_it_needs(client: httpx.Client) -> None:
    """With the first example of each parameter that has to have a value, and all optional ones left out."""
    paths = client.get("/openapi.json").json()["paths"]
    assert {path.removeprefix("/queries/") for path in paths if path.startswith("/queries/")} == by_files(client).keys()
    for path, item in paths.items():
        parameters = item["get"].get("parameters", [])
        given = {p["name"]: next(iter(p["examples"].values()))["value"] for p in parameters if p["required"]}
        if path.startswith("/queries/"):
            assert client.get(path, params=given).status_code == 200, path


def test_every_choice_in_the_api_description_is_taken(client: httpx.Client) -> None:
    taken: set[tuple[str, str]] = set()
    for path, item in client.get("/openapi.json").json()["paths"].items():
        for parameter in item["get"].get("parameters", []):
            for example in list(parameter.get("examples", {}).values())[:3]:
                answer = client.get(path, params={parameter["name"]: example["value"]})
                assert answer.status_code == 200, (path, parameter["name"], example)
                taken.add((path, parameter["name"]))
    chosen = {(f"/queries/{q.name}", p.name) for q in saved_queries.load(packaged_folder() / "queries").values() for p in q.parameters}  # fmt: skip
    assert len(chosen) >= 30
    assert chosen <= taken


def test_errors_of_the_api_are_those_that_it_describes(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()["paths"]["/queries/about"]["get"]["responses"]
    problem = client.get("/queries/about", params={"thing": "Hungry"})
    assert problem.json()["type"] in str(described[str(problem.status_code)])


def test_an_example_in_the_store_gives_what_the_page_gives(client: httpx.Client) -> None:
    query = f"SELECT ?text {{ <{QUERY}said-by> <{SH}select> ?text }}"
    (row,) = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    answer = client.get("/sparql", params={"query": row["text"]["value"]}, headers={"Accept": "text/csv"})
    assert answer.text == client.get("/queries/said-by.csv").text


def test_a_file_that_is_dropped_into_the_folder_is_in_every_output_after_a_reload(tmp_path: Path) -> None:
    folder = tmp_path / "queries"
    folder.mkdir()
    with (
        listening_server("--queries", str(folder), file=tmp_path / "log") as server,
        httpx.Client(base_url=server.url) as client,
    ):
        assert client.get("/queries/is-new").status_code == 404
        default = "#+ defaults:\n#+   - p: http://www.w3.org/2000/01/rdf-schema#label\n"
        (folder / "is-new.rq").write_text(
            f"#+ summary: Is it new?\n{default}SELECT ?o {{ ?s ?_p_iri ?o }} ORDER BY ?o\n"
        )
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: client.get("/queries/is-new.rq").status_code == 200)
        expected = Said("Is it new?", ("p",), by_list(client)["is-new"].formats)
        for output in (by_pages, by_list, by_openapi, by_examples_in_the_store, by_examples_at_the_well_known_place):
            assert output(client)["is-new"] == expected
    assert "is-new\n    Is it new?\n      -p p=" in otsgraph("queries", "--queries", str(folder)).stdout
    assert otsgraph("query", "--saved", "is-new", "-p", "p=rdfs:label", "--queries", str(folder)).returncode == 0


def test_a_broken_file_leaves_the_old_ones_at_a_reload_and_is_told_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "queries"
    folder.mkdir()
    with (
        listening_server("--queries", str(folder), file=tmp_path / "log") as server,
        httpx.Client(base_url=server.url) as client,
    ):
        (folder / "is-bad.rq").write_text("#+ summary: Is it bad?\nSELECT ?o {\n ?s ?p ?_o_iri .\n foo:bar ?p ?o }\n")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "not reloaded" in (tmp_path / "log").read_text())
        assert "is-bad.rq:4:2: Unknown prefix `foo:`" in (tmp_path / "log").read_text()
        assert client.get("/queries/is-bad").status_code == 404
        assert client.get("/queries/represented-states.csv").status_code == 200
