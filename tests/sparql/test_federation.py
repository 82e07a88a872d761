"""Calls of other endpoints: found wherever they may stand, and allowed only where all readings name an allowed one."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from benchmarks.service_fuzz import tally

from otsgraph.errors import ServiceForbidden
from otsgraph.sparql.federation import mentions_service, refuse_service
from otsgraph.sparql.tokens import tokens, whole_prologue

ALLOWED = frozenset({"http://x/sparql", "http://y/"})
SEED = 11


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("ASK { SERVICE <http://x/sparql> { } }", id="by its IRI"),
        pytest.param("ASK { service silent <http://x/sparql> { } }", id="silently"),
        pytest.param("PREFIX x: <http://x/> ASK { SERVICE x:sparql { } }", id="by a prefixed name"),
        pytest.param("PREFIX y: <http://y/> ASK { SERVICE y: { } }", id="by a prefix alone"),
        pytest.param("BASE <http://x/> ASK { SERVICE <sparql> { } }", id="by an IRI relative to BASE"),
        pytest.param("BASE <http://x/a/b> PREFIX x: <../> ASK { SERVICE x:sparql { } }", id="by a prefix relative to BASE"),
        pytest.param("ASK { SERVICE <http://x/\\u0073parql> { } }", id="with an escape in the IRI"),
        pytest.param("ASK { SERVICE <http://x/sparql> { SERVICE <http://y/> { } } }", id="two of them"),
        pytest.param("ASK { SERVICE <http://x/sparql> { ?s ?p ?o FILTER(?o < 5 && ?o > 3) } }", id="with a comparison"),
        pytest.param("ASK { FILTER(?a<'>') SERVICE <http://x/sparql> { } FILTER(?a != 'x') }", id="after what has two readings"),
        pytest.param("ASK { ?s ?p \"it's\" SERVICE <http://x/sparql> { ?s ?p 'it\\'s' } }", id="after apostrophes in strings"),
        pytest.param("ASK { # it's here\n SERVICE <http://x/sparql> { } }", id="after an apostrophe in a comment"),
        pytest.param("ASK { <http://o'brien/> ?p ?o OPTIONAL { SERVICE <http://x/sparql> { } } }", id="after an apostrophe in an IRI"),
        pytest.param("ASK { SERVICE <http://x/sparql> { ?s ?p '''a 'b' \"c\" ''' } }", id="with a long string inside"),
        pytest.param("SELCT * { SERVICE <http://x/sparql> { } }", id="in a query that the engine will refuse"),
        pytest.param("ASK { ?s ?p trueSERVICE<http://x/sparql>{ } }", id="glued to what stands beside it"),
    ],
)  # fmt: skip
def test_an_allowed_endpoint_may_be_asked(query: str) -> None:
    refuse_service(query, ALLOWED)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("ASK { SERVICE <http://z/> { } }", id="another endpoint"),
        pytest.param("ASK { SERVICE <http://x/sparql/> { } }", id="a longer IRI"),
        pytest.param("ASK { SERVICE <http://x/SPARQL> { } }", id="in capitals"),
        pytest.param("ASK { SERVICE <http://x/sparql?> { } }", id="with an empty query"),
        pytest.param("ASK { SERVICE <http://x/a/../sparql> { } }", id="with dots in the path"),
        pytest.param("BASE <http://x/> ASK { SERVICE <sparql?> { } }", id="relative, with an empty query"),
        pytest.param("BASE <http://x/> ASK { SERVICE <http:sparql> { } }", id="with a scheme and no host"),
        pytest.param("BASE <http://z/> ASK { SERVICE <//z/sparql> { } }", id="with a host and no scheme"),
        pytest.param("ASK { SERVICE ?x { } }", id="a variable"),
        pytest.param("ASK { VALUES ?x { <http://x/sparql> } SERVICE SILENT ?x { } }", id="a variable with an allowed value"),
        pytest.param("ASK { SERVICE <http://x/sparql> { } SERVICE <http://z/> { } }", id="another one after an allowed one"),
        pytest.param("ASK { SERVICE <http://x/sparql> { SERVICE <http://z/> { } } }", id="another one inside an allowed one"),
        pytest.param("PREFIX x: <http://x/> PREFIX x: <http://z/> ASK { SERVICE x:sparql { } }", id="a prefix declared anew"),
        pytest.param("BASE <http://x/> BASE <http://z/> ASK { SERVICE <sparql> { } }", id="a base declared anew"),
        pytest.param("#BASE <http://x/>\rBASE <http://z/>\nASK { SERVICE <sparql> { } }", id="a base after a comment that ends early"),
        pytest.param("# PREFIX x: <http://z/>\rPREFIX x: <http://z/> ASK { SERVICE x:sparql { } }", id="a prefix after such a comment"),
        pytest.param("PREFIX SILENTx: <http://z/> PREFIX x: <http://x/> ASK { SERVICE SILENTx:sparql { } }", id="a name that begins like SILENT"),
        pytest.param("VERSION '''1.2''' PREFIX x: <http://z/> ASK { SERVICE x:sparql { } }", id="a prefix after what is not known"),
        pytest.param("BASE <http://z/\\u+061> ASK { SERVICE <sparql> { } }", id="after a base with an escape that only the engine takes"),
        pytest.param("PREFIX x: <http://x/\\uD800> ASK { SERVICE x:sparql { } }", id="after a prefix of half a character"),
    ],
)  # fmt: skip
def test_no_other_endpoint_may_be_asked(query: str) -> None:
    with pytest.raises(ServiceForbidden, match="only http://x/sparql, http://y/ may be asked"):
        refuse_service(query, ALLOWED)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("SELECT ?q { VALUES ?a {'!'} FILTER(?a<'>') SERVICE <http://z/> { } FILTER(?a != 'x') }", id="a comparison with a string"),
        pytest.param('ASK { FILTER(?a<">") SERVICE <http://z/> { } FILTER(?a != "x") }', id="a comparison with a string in double quotes"),
        pytest.param("BASE <http://b/> ASK { ?s ?p <'> . SERVICE <http://z/> { } FILTER('' != '>') }", id="an IRI that is an apostrophe"),
        pytest.param("ASK { FILTER(?a<?b)SERVICE<http://z/>{} FILTER(?c>?d) }", id="a comparison of variables"),
        pytest.param("BASE <http://b/> ASK { ?s <#> ?o . SERVICE <http://z/> { } }", id="an IRI that begins like a comment"),
        pytest.param("ASK { FILTER(?a<#>\n1) SERVICE <http://z/> { } }", id="an operator before a comment"),
        pytest.param("ASK { FILTER(1<2) # '\r SERVICE <http://z/> { } # '\n }", id="a comment that ends at a carriage return"),
        pytest.param("ASK { VALUES ?v {'''a'} SERVICE <http://z/> { } }", id="quotation marks that open no long string"),
        pytest.param("ASK { VALUES ?v {'''a'} SERVICE <http://z/> { } } # \\uD800'''", id="a long string with half a character"),
        pytest.param('ASK { VALUES ?v {"""a"} SERVICE <http://z/> { } } # \\x"""', id="a long string with an unknown escape"),
        pytest.param("PREFIX x: <http://a:> ASK { ?s ?p x:SERVICE <http://z/> { } }", id="a local name that makes the port of an IRI"),
        pytest.param("PREFIX x: <http://a/> ASK { ?s ?p x:it\\'s SERVICE <http://z/> { } ?s ?p '' }", id="an apostrophe in a name"),
        pytest.param("ASK { ?s <x:p>? trueSERVICE <http://z/> { } }", id="a word after the operator of a path"),
        pytest.param("VERSION '1.2' ASK { ?s ?p 'a'@en--ltr SERVICE <http://z/> { } }", id="a base direction"),
        pytest.param("ASK { ?s ?p <<( ?s ?p 1 )>>SERVICE <http://z/> { } }", id="a triple term"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("allowed", [pytest.param(ALLOWED, id="some allowed"), pytest.param((), id="none allowed")])
def test_a_call_is_found_after(query: str, allowed: Collection[str]) -> None:
    with pytest.raises(ServiceForbidden):
        refuse_service(query, allowed)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param('ASK { ?s ?p "it\'s SERVICE <http://z/> { }" }', id="in a string"),
        pytest.param("ASK { ?s ?p '''it's\nSERVICE <http://z/> { }''' }", id="in a long string"),
        pytest.param("# it's SERVICE <http://z/> { }\nASK { }", id="in a comment"),
        pytest.param("ASK { FILTER(?a < 5 && ?b > 3) } # SERVICE <http://z/> { }", id="in a comment after comparisons"),
        pytest.param("ASK { FILTER(?a<5&&?b>3) ?s ?p 'SERVICE <http://z/> { }' }", id="in a string after close comparisons"),
        pytest.param("SELECT ?service ?x { ?service ?p ?x }", id="as a variable before the group"),
        pytest.param("PREFIX x: <http://x/> ASK { ?s x:service ?o . { ?a ?b ?c } }", id="as a local name"),
        pytest.param("PREFIX x: <http://x/> ASK { ?s x:service ?o {| ?p ?q |} }", id="as a local name before an annotation"),
        pytest.param("PREFIX SERVICE: <http://x/> ASK { GRAPH SERVICE:x { } }", id="as a prefix"),
        pytest.param("ASK { <urn:service:x> ?p ?o OPTIONAL { } }", id="in an IRI"),
        pytest.param("ASK { SERVICE x:sparql { } }", id="before a name with an unknown prefix, which cannot be parsed"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("allowed", [pytest.param(ALLOWED, id="some allowed"), pytest.param((), id="none allowed")])
def test_the_word_is_harmless(query: str, allowed: Collection[str]) -> None:
    refuse_service(query, allowed)


def test_a_refusal_says_where_and_what_would_be_right() -> None:
    with pytest.raises(ServiceForbidden, match="put a space after each `<` that compares") as refused:
        refuse_service("ASK {\n FILTER(?a<'>')\n SERVICE <http://z/> { } FILTER(?a != 'x') }")
    assert refused.value.members == {"line": 3, "column": 2}


def test_where_nothing_is_allowed_that_is_said() -> None:
    with pytest.raises(ServiceForbidden, match="its own dataset only"):
        refuse_service("ASK { SERVICE <http://x/sparql> { } }")


def test_a_query_without_the_word_asks_nobody() -> None:
    assert not mentions_service("ASK { ?s ?p ?o }")
    assert mentions_service("ASK { sErViCe ?x { } }")


def test_whatever_is_let_through_contacts_nobody_but_the_allowed_endpoint() -> None:
    found = tally(2_000, SEED)
    assert found.bypasses == []
    # it would mean nothing of texts that the engine does not read, that call nobody, or that are all refused
    assert found.parsed > 600
    assert found.called_allowed > 200
    assert found.would_call_others > 150


def test_a_check_by_tokens_would_let_some_texts_through() -> None:
    def by_tokens(text: str, allowed: Collection[str]) -> None:
        found = list(tokens(text))
        prologue = whole_prologue(found)
        for token, *named in zip(found, found[1:], found[2:], strict=False):
            endpoint = named[1] if named[0].is_word("SILENT") else named[0]
            if "SERVICE" in token.text.upper() and token.kind in ("word", "name"):
                if token.is_word("SERVICE") and prologue.resolve(endpoint) in allowed:
                    continue
                raise ServiceForbidden("it is called")

    assert tally(2_000, SEED, by_tokens).bypasses
