"""The blocks of JSON-LD in pages: readable without a network, all in one vocabulary."""

from __future__ import annotations

import json
import re
import socket
from typing import NoReturn

import httpx
import pytest
import rdflib

SCHEMA = "https://schema.org/"
PAGES = {
    "the first page": "/",
    "the downloads": "/downloads",
    "the ontology": "/ontology",
    "a document": "/page/document/trend-2025-12-02",
    "a state": "/page/state/hungary",
    "a meeting": "/page/meeting/diaspora-7",
    "a claim": "/page/statement/trend-2025-12-02/010",
}


def refuse(*_: object) -> NoReturn:
    raise OSError("a reader of the page has no network")


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
@pytest.mark.parametrize("address", list(PAGES.values()), ids=list(PAGES))
def test_a_page_is_read_without_a_network_and_has_the_properties_of_one_vocabulary(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    text = client.get(address, headers={"Accept": "text/html"}).text
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    assert blocks
    monkeypatch.setattr(socket.socket, "connect", refuse)
    for block in blocks:
        assert json.loads(block)["@context"] == {"@vocab": SCHEMA}
        graph = rdflib.Graph().parse(data=block, format="json-ld")
        properties = set(graph.predicates()) - {rdflib.RDF.type}
        assert properties
        assert {p for p in properties if not str(p).startswith(SCHEMA)} == set()
        classes = set(graph.objects(None, rdflib.RDF.type))
        assert {c for c in classes if not str(c).startswith(SCHEMA)} == set()
