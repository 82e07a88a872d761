"""Clients that people use, each with a SELECT, an ASK, a CONSTRUCT, a parameterised query and a mistake."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

import pandas as pd
import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, POST, TURTLE, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from otsgraph_testing import Server

OTS = rdflib.Namespace("https://w3id.org/otsgraph/ontology#")
BASE = "https://w3id.org/otsgraph/id/"
MEETING = rdflib.URIRef(BASE + "meeting/diaspora-7")
HUNGARY = rdflib.URIRef(BASE + "state/hungary")

PREFIXES = f"PREFIX ots: <{OTS}>\n"
SELECT = PREFIXES + f"SELECT ?state {{ <{MEETING}> ots:representedState ?state }} ORDER BY ?state"
ASK = PREFIXES + f"ASK {{ <{MEETING}> ots:hostState <{HUNGARY}> }}"
CONSTRUCT = PREFIXES + "CONSTRUCT { ?state ots:hosted ?meeting } WHERE { ?meeting ots:hostState ?state }"
PARAMETERISED = PREFIXES + "SELECT ?state { ?meeting ots:representedState ?state } ORDER BY ?state"
MISTAKE = "SELECT * { ?s foo:bar ?o }"
STATES = [BASE + f"state/{slug}" for slug in "azerbaijan hungary kazakhstan kyrgyzstan turkiye uzbekistan".split()]
CLIENTS = Path(__file__).parents[2] / ".node"


class TestSparqlWrapper:
    """https://sparqlwrapper.readthedocs.io/"""

    def ask(self, server: Server, query: str, format_: str = JSON, method: str = "GET") -> Any:
        wrapper = SPARQLWrapper(f"{server.url}/sparql")
        wrapper.setQuery(query)
        wrapper.setReturnFormat(format_)
        wrapper.setMethod(method)
        return wrapper.query().convert()

    @pytest.mark.parametrize("method", ["GET", POST])
    def test_select(self, server: Server, method: str) -> None:
        rows = self.ask(server, SELECT, method=method)["results"]["bindings"]
        assert [row["state"]["value"] for row in rows] == STATES

    def test_select_as_csv(self, server: Server) -> None:
        assert self.ask(server, SELECT, CSV).decode().split() == ["state", *STATES]

    def test_select_as_xml(self, server: Server) -> None:
        found = self.ask(server, SELECT, XML).getElementsByTagName("uri")
        assert [element.firstChild.data for element in found] == STATES

    def test_ask(self, server: Server) -> None:
        assert self.ask(server, ASK)["boolean"] is True

    def test_construct(self, server: Server) -> None:
        graph = rdflib.Graph().parse(data=self.ask(server, CONSTRUCT, TURTLE), format="turtle")
        assert list(graph) == [(HUNGARY, OTS.hosted, MEETING)]

    def test_a_parameterised_query(self, server: Server) -> None:
        rows = self.ask(server, f"{PARAMETERISED} VALUES ?meeting {{ <{MEETING}> }}")["results"]["bindings"]
        assert [row["state"]["value"] for row in rows] == STATES

    def test_a_mistake(self, server: Server) -> None:
        with pytest.raises(QueryBadFormed, match="Unknown prefix `foo:`"):
            self.ask(server, MISTAKE)


class TestRdflibStore:
    """rdflib's SPARQLStore: an endpoint as a graph."""

    @pytest.fixture
    def graph(self, server: Server) -> rdflib.Graph:
        return rdflib.Graph(SPARQLStore(f"{server.url}/sparql"))

    def test_select(self, graph: rdflib.Graph) -> None:
        assert [str(row[0]) for row in graph.query(SELECT)] == STATES  # type: ignore[index]

    def test_ask(self, graph: rdflib.Graph) -> None:
        assert graph.query(ASK).askAnswer is True

    def test_construct(self, graph: rdflib.Graph) -> None:
        assert list(graph.query(CONSTRUCT)) == [(HUNGARY, OTS.hosted, MEETING)]

    def test_a_parameterised_query(self, graph: rdflib.Graph) -> None:
        rows = graph.query(PARAMETERISED, initBindings={"meeting": MEETING})
        assert [str(row[0]) for row in rows] == STATES  # type: ignore[index]

    def test_patterns_of_triples(self, graph: rdflib.Graph) -> None:
        assert graph.value(MEETING, OTS.hostState) == HUNGARY
        assert (MEETING, OTS.ordinal, rdflib.Literal(7)) in graph

    def test_a_mistake(self, graph: rdflib.Graph) -> None:
        # what the endpoint says is in the HTTP error behind it, which rdflib passes over
        with pytest.raises(ValueError, match="your SPARQL query"):
            list(graph.query(MISTAKE))


class TestRdflibService:
    """A query elsewhere that asks this endpoint with SERVICE."""

    def test_select(self, server: Server) -> None:
        query = f"SELECT ?state {{ SERVICE <{server.url}/sparql> {{ <{MEETING}> <{OTS}representedState> ?state }} }}"
        assert sorted(str(row[0]) for row in rdflib.Graph().query(query)) == STATES  # type: ignore[index]

    def test_joined_with_own_triples(self, server: Server) -> None:
        own = rdflib.Graph().add((rdflib.URIRef("http://x/note"), OTS.about, HUNGARY))
        query = f"""
            SELECT ?note ?meeting {{ ?note <{OTS}about> ?state .
              SERVICE <{server.url}/sparql> {{ ?meeting <{OTS}hostState> ?state }} }}"""
        assert [tuple(row) for row in own.query(query)] == [(rdflib.URIRef("http://x/note"), MEETING)]  # type: ignore[arg-type]


class TestPandas:
    """Answers as data frames, straight from the address."""

    def address(self, server: Server, query: str) -> str:
        return f"{server.url}/sparql?query={quote(query)}"

    def frame(self, server: Server, query: str) -> pd.DataFrame:
        return pd.read_csv(self.address(server, query), storage_options={"Accept": "text/csv"})

    def test_select(self, server: Server) -> None:
        assert list(self.frame(server, SELECT)["state"]) == STATES

    def test_numbers_are_numbers(self, server: Server) -> None:
        frame = self.frame(server, PREFIXES + f"SELECT ?n {{ <{MEETING}> ots:ordinal ?n }}")
        assert frame["n"].sum() == 7

    def test_ask(self, server: Server) -> None:
        assert list(self.frame(server, ASK).columns) == ["true"]

    def test_construct(self, server: Server) -> None:
        url = self.address(server, CONSTRUCT)
        frame = pd.read_csv(url, storage_options={"Accept": "application/n-triples"}, sep=" ", header=None)
        assert list(frame.iloc[0, :3]) == [f"<{HUNGARY}>", f"<{OTS.hosted}>", f"<{MEETING}>"]

    def test_a_parameterised_query(self, server: Server) -> None:
        assert list(self.frame(server, f"{PARAMETERISED} VALUES ?meeting {{ <{MEETING}> }}")["state"]) == STATES

    def test_a_mistake(self, server: Server) -> None:
        with pytest.raises(HTTPError) as refused:
            self.frame(server, MISTAKE)
        assert "Unknown prefix `foo:`" in json.loads(refused.value.read())["detail"]


class TestCurl:
    def run(self, *arguments: str) -> str:
        command = ["curl", "--silent", "--show-error", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout

    def test_select(self, server: Server) -> None:
        answer = self.run(f"{server.url}/sparql", "-H", "Accept: text/csv", "--data-urlencode", f"query={SELECT}")
        assert answer.split() == ["state", *STATES]

    def test_select_by_get(self, server: Server) -> None:
        answer = self.run("-G", f"{server.url}/sparql", "--data-urlencode", f"query={SELECT}")
        assert [row["state"]["value"] for row in json.loads(answer)["results"]["bindings"]] == STATES

    def test_select_compressed(self, server: Server) -> None:
        answer = self.run("--compressed", "-G", f"{server.url}/sparql", "--data-urlencode", f"query={SELECT}")
        assert len(json.loads(answer)["results"]["bindings"]) == 6

    def test_ask_from_a_file(self, server: Server, tmp_path: Path) -> None:
        (tmp_path / "query.rq").write_text(ASK)
        answer = self.run(
            f"{server.url}/sparql", "-H", "Content-Type: application/sparql-query", "--data-binary",
            f"@{tmp_path / 'query.rq'}",
        )  # fmt: skip
        assert json.loads(answer)["boolean"] is True

    def test_construct(self, server: Server) -> None:
        answer = self.run(f"{server.url}/sparql", "--data-urlencode", f"query={CONSTRUCT}")
        assert list(rdflib.Graph().parse(io.StringIO(answer), format="turtle")) == [(HUNGARY, OTS.hosted, MEETING)]

    def test_a_parameterised_query(self, server: Server) -> None:
        query = f"{PARAMETERISED} VALUES ?meeting {{ <{MEETING}> }}"
        answer = self.run(f"{server.url}/sparql", "-H", "Accept: text/csv", "--data-urlencode", f"query={query}")
        assert answer.split() == ["state", *STATES]

    def test_a_mistake(self, server: Server) -> None:
        answer = json.loads(self.run(f"{server.url}/sparql", "--data-urlencode", f"query={MISTAKE}"))
        assert (answer["status"], answer["line"], answer["column"]) == (400, 1, 15)


@pytest.mark.node
class TestComunica:
    """https://comunica.dev, the query engine of the browser world."""

    def ask(self, server: Server, query: str, **bound: str) -> Any:
        command = ["node", "ask.mjs", f"{server.url}/sparql", query, *(f"{n}={iri}" for n, iri in bound.items())]
        done = subprocess.run(command, capture_output=True, text=True, cwd=CLIENTS, check=True, timeout=60)
        return json.loads(done.stdout)

    def test_select(self, server: Server) -> None:
        assert sorted(row["state"] for row in self.ask(server, SELECT)) == STATES

    def test_ask(self, server: Server) -> None:
        assert self.ask(server, ASK) is True

    def test_construct(self, server: Server) -> None:
        assert self.ask(server, CONSTRUCT) == [[str(HUNGARY), str(OTS.hosted), str(MEETING)]]

    def test_a_parameterised_query(self, server: Server) -> None:
        assert sorted(row["state"] for row in self.ask(server, PARAMETERISED, meeting=str(MEETING))) == STATES

    def test_a_mistake(self, server: Server) -> None:
        unknown = "SELECT * { ?s ?p ?o FILTER(<http://x/unknown>(?o)) }"
        error = self.ask(server, unknown)["error"]
        assert "400" in error
        assert "Unknown function" in error
