"""Calls of other endpoints: found wherever they stand, and allowed only where they are plainly written."""

from __future__ import annotations

import pytest

from otsgraph.errors import ServiceForbidden
from otsgraph.federation import mentions_service, refuse_service

ALLOWED = frozenset({"http://x/sparql", "http://y/"})


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("ASK { SERVICE <http://x/sparql> { } }", id="by its IRI"),
        pytest.param("ASK { service silent <http://x/sparql> { } }", id="silently"),
        pytest.param("PREFIX x: <http://x/> ASK { SERVICE x:sparql { } }", id="by a prefixed name"),
        pytest.param("PREFIX y: <http://y/> ASK { SERVICE y: { } }", id="by a prefix alone"),
        pytest.param("BASE <http://x/> ASK { SERVICE <sparql> { } }", id="by an IRI relative to BASE"),
        pytest.param("ASK { SERVICE <http://x/\\u0073parql> { } }", id="with an escape in the IRI"),
        pytest.param("ASK { SERVICE <http://x/sparql> { SERVICE <http://y/> { } } }", id="two of them"),
    ],
)
def test_an_allowed_endpoint_may_be_asked(query: str) -> None:
    refuse_service(query, ALLOWED)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("ASK { SERVICE <http://z/> { } }", id="another endpoint"),
        pytest.param("ASK { SERVICE <http://x/sparql/> { } }", id="a longer IRI"),
        pytest.param("ASK { SERVICE <http://x/SPARQL> { } }", id="in capitals"),
        pytest.param("ASK { SERVICE ?x { } }", id="a variable"),
        pytest.param("ASK { VALUES ?x { <http://x/sparql> } SERVICE SILENT ?x { } }", id="a variable with an allowed value"),
        pytest.param("ASK { SERVICE <http://x/sparql> { } SERVICE <http://z/> { } }", id="another one behind an allowed one"),
        pytest.param("ASK { SERVICE <http://x/sparql> { SERVICE <http://z/> { } } }", id="another one inside an allowed one"),
        pytest.param("PREFIX x: <http://x/> PREFIX x: <http://z/> ASK { SERVICE x:sparql { } }", id="a prefix declared anew"),
        pytest.param("ASK { SERVICE x:sparql { } }", id="an undeclared prefix"),
        pytest.param("ASK { ?s ?p trueSERVICE<http://x/sparql>{ } }", id="a keyword glued to something"),
    ],
)  # fmt: skip
def test_no_other_endpoint_may_be_asked(query: str) -> None:
    with pytest.raises(ServiceForbidden, match="only http://x/sparql, http://y/ may be asked"):
        refuse_service(query, ALLOWED)


def test_where_nothing_is_allowed_that_is_said() -> None:
    with pytest.raises(ServiceForbidden, match="its own dataset only"):
        refuse_service("ASK { SERVICE <http://x/sparql> { } }")


def test_a_query_without_the_word_asks_nobody() -> None:
    assert not mentions_service("ASK { ?s ?p ?o }")
    assert mentions_service("ASK { sErViCe ?x { } }")
