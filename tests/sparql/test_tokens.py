"""What tokens tell of a SPARQL text: SPARQL 1.1 Query §19.8."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otsgraph.errors import QueryTooComplex, ServiceForbidden
from otsgraph.sparql.federation import refuse_service
from otsgraph.sparql.rewrite import DatasetClause, dataset_clause
from otsgraph.sparql.tokens import (
    DEEPEST_NESTING,
    Prologue,
    is_repeatable,
    offset,
    position,
    prologue_for,
    refuse_deep_nesting,
    tokens,
    whole_prologue,
)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("ASK { SERVICE <http://x/> { } }", id="plain"),
        pytest.param("ASK { sErViCe <http://x/> { } }", id="in any case"),
        pytest.param("ASK { SERVICE ?x { } }", id="with a variable"),
        pytest.param("PREFIX x: <http://x/> ASK { SERVICE x:y { } }", id="with a prefixed name"),
        pytest.param("ASK { SERVICE SILENT <http://x/> { } }", id="silent"),
        pytest.param("ASK { SERVICE#\n<http://x/> { } }", id="behind a comment"),
        pytest.param("ASK { ?s ?p 1SERVICE <http://x/> { } }", id="glued to a number"),
        pytest.param("ASK { ?s ?p 'a'SERVICE <http://x/> { } }", id="glued to a string"),
        pytest.param("ASK { ?s ?p 'a'@enSERVICE . SERVICE <x:> {} }", id="behind a language tag that looks like it"),
        pytest.param("ASK { FILTER EXISTS { SERVICE <http://x/> { } } }", id="inside EXISTS"),
        pytest.param("ASK { MINUS { SERVICE <http://x/> { } } }", id="inside MINUS"),
        pytest.param("ASK { { SELECT * { SERVICE <http://x/> { } } } }", id="inside a sub-select"),
        pytest.param("ASK { FILTER(?a<?b)SERVICE?s#>\n{} }", id="behind a less-than that looks like an IRI"),
        pytest.param(
            "ASK { (1 <http://a/)#>) ?p ?o SERVICE <http://x/> { } }",
            id="behind an IRI that looks like a less-than and a comment",
        ),
        pytest.param(
            "ASK { (1 <http://a/)'>) ?p ?o SERVICE <http://x/> { } FILTER(?o = '') }",
            id="behind an IRI that looks like a less-than and a string",
        ),
        pytest.param("ASK { (1 <http://a/)#>) ?p ?o FILTER(?a<?b)SERVICE?s#>\n{} }", id="behind both of them"),
        pytest.param('ASK { ?s ?p """a"b""" . SERVICE <http://x/> { } }', id="behind a long string"),
        pytest.param("ASK { ?s ?p 'it\\'s' . SERVICE <http://x/> { } }", id="behind an escaped quotation mark"),
        pytest.param("PREFIX x: <x:> ASK { SERVICEx:a { } }", id="glued to a prefixed name"),
        pytest.param("PREFIX x: <x:> PREFIX SERVICEx: <x:> ASK { SERVICEx:a { } }", id="glued to a declared prefix"),
        pytest.param("ASK { ?s ?p trueSERVICE<http://x/>{ } }", id="glued to true"),
        pytest.param("PREFIX x: <x:> ASK { ?s ?p trueSERVICESILENTx:a{ } }", id="glued on both sides"),
    ],
)
def test_a_service_call_is_found(query: str) -> None:
    with pytest.raises(ServiceForbidden):
        refuse_service(query)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("ASK { ?s ?p 'SERVICE <http://x/>' }", id="in a string"),
        pytest.param('ASK { ?s ?p """a " SERVICE """ }', id="in a long string"),
        pytest.param("ASK { } # SERVICE <http://x/> { }", id="in a comment"),
        pytest.param("ASK { <http://x/SERVICE> ?p ?o }", id="in an IRI"),
        pytest.param("ASK { <http://x/a(SERVICE)> ?p ?o }", id="in an IRI with brackets"),
        pytest.param("PREFIX SERVICE: <http://x/> ASK { SERVICE:x ?p ?o }", id="as a prefix"),
        pytest.param("PREFIX x: <http://x/> ASK { x:SERVICE ?p ?o }", id="as a local name"),
        pytest.param("ASK { ?SERVICE ?p $SERVICE }", id="as a variable"),
        pytest.param("ASK { _:SERVICE ?p ?o }", id="as a blank node label"),
        pytest.param("PREFIX SERVICE: <x:> ASK { GRAPH SERVICE:x { } }", id="in the name of a graph"),
    ],
)
def test_the_mere_word_service_is_harmless(query: str) -> None:
    refuse_service(query)


_PIECES = (
    'SERVICE service SILENT { } {} # \' " """ \\ < > ) ( FILTER( ?a<?b 1 \'a\' @en x: x:a _:b a true . ^^ / | * ? $s ; , [] 1e 1.'
    " BIND(1\u00a0AS\u00a0?z) ?s\u00a0?p\u00a0?o OPTIONAL{ && <x:a> \\u0022"
).split(" ")
_pieces = st.lists(st.sampled_from([p.replace("\u00a0", " ") for p in _PIECES] + [" ", "\n"]), max_size=8).map("".join)


@settings(max_examples=1_000, deadline=None)
@given(
    _pieces,
    st.sampled_from([" ", "", "\n", "#\n", "SILENT", " SILENT "]),
    st.sampled_from(["x:a", "<x:a>", "?s"]),
    _pieces,
)
def test_whatever_the_engine_takes_for_a_service_call_is_found(
    before: str, space: str, target: str, after: str
) -> None:
    query = f"PREFIX x: <x:> SELECT * {{ {before}SERVICE{space}{target} {{}} {after} }}"
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("x:s"), ox.NamedNode("x:p"), ox.Literal(1)))
    called = False
    try:
        result = store.query(query)
        assert isinstance(result, ox.QuerySolutions)
        list(result)
    except SyntaxError:
        return
    except (OSError, RuntimeError, ValueError):
        called = True
    if called:
        with pytest.raises(ServiceForbidden):
            refuse_service(query)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("ASK { }", DatasetClause(), id="no clause"),
        pytest.param("ASK FROM <x:a> FROM <x:b> { }", DatasetClause(("x:a", "x:b")), id="two default graphs"),
        pytest.param("ASK FROM NAMED <x:a> { }", DatasetClause((), ("x:a",)), id="a named graph"),
        pytest.param("ASK FROM <x:a> FROM <x:a> { }", DatasetClause(("x:a", "x:a")), id="the same graph twice"),
        pytest.param("PREFIX p: <x:> ASK FROM p:a { }", DatasetClause(("x:a",)), id="a prefixed name"),
        pytest.param("PREFIX p: <x:> ASK FROM p:a\\/b { }", DatasetClause(("x:a/b",)), id="an escape in a local name"),
        pytest.param("BASE <http://x/y> ASK FROM <z> { }", DatasetClause(("http://x/z",)), id="relative to BASE"),
        pytest.param("ASK { ?s ?p 'FROM <x:a>' }", DatasetClause(), id="in a string"),
        pytest.param("PREFIXp:<x:> ASK FROM p:a {}", DatasetClause(("x:a",)), id="a prefix glued to its keyword"),
        pytest.param("PREFIX p: <y:> PREFIXp: <x:> ASK FROM p:a {}", DatasetClause(("x:a",)), id="the later of two"),
        pytest.param("PREFIX p:<x:> ASK FROMp:a FROMp:b {}", DatasetClause(("x:a", "x:b")), id="glued to FROM"),
        pytest.param("PREFIX p:<x:> ASK FROM NAMEDp:a {}", DatasetClause((), ("x:a",)), id="glued to NAMED"),
        pytest.param("PREFIX NAMEDp:<x:> ASK FROM NAMEDp:a {}", DatasetClause(("x:a",)), id="a prefix that begins so"),
        pytest.param("BASE <x:b/> ASK FROM <x:\\u0061bc> {}", DatasetClause(("x:abc",)), id="an escape before letters"),
    ],
)
def test_the_dataset_clause_is_read(query: str, expected: DatasetClause) -> None:
    assert dataset_clause(query) == expected


NO_IRIS = {
    "a line end": r"\u000d\u000a",
    "a space": r"\u0020",
    "a bracket": r"\u003E",
    "a control character": r"\u0085",
    "the last control character of ASCII": r"\u007f",
    "a backslash": r"\u005C",
    "half of a surrogate pair": r"\uD800",
    "both halves of a surrogate pair": r"\uD83D\uDE00",
    "a noncharacter": r"\uFFFE",
    "a noncharacter of another plane": r"\U0001FFFF",
    "what is beyond Unicode": r"\U00110000",
}
"""Escapes of characters that no IRI has (RFC 3987 §2.2)."""


@pytest.mark.parametrize("escape", [pytest.param(escape, id=name) for name, escape in NO_IRIS.items()])
@pytest.mark.parametrize(
    "query",
    [
        pytest.param("ASK FROM <http://a/ESCAPE> {}", id="in an IRI"),
        pytest.param("PREFIX x: <http://a/ESCAPE> ASK FROM x:b {}", id="in a prefix"),
        pytest.param("PREFIX x: <http://a/> PREFIX x: <http://a/ESCAPE> ASK FROM x:b {}", id="in a later prefix"),
        pytest.param("BASE <http://a/ESCAPE> ASK FROM <b> {}", id="in the base"),
        pytest.param("BASE <http://a/> ASK FROM NAMED <ESCAPE> {}", id="in a relative IRI"),
    ],
)
def test_an_escape_that_no_iri_can_have_names_no_graph(query: str, escape: str) -> None:
    assert dataset_clause(query.replace("ESCAPE", escape)) == DatasetClause()


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        pytest.param("a\\-b", "http://a/a-b", id="an escaped sign"),
        pytest.param("a%41", "http://a/a%41", id="a percent sign and two digits"),
        pytest.param("a\\%", None, id="a percent sign alone"),
        pytest.param("a\\%zz", None, id="a percent sign and letters"),
        pytest.param("a\\#b", "http://a/a#b", id="a fragment"),
        pytest.param("a\\'b", "http://a/a'b", id="an apostrophe"),
    ],
)
def test_a_prefixed_name_stands_for_an_iri_or_for_nothing(local: str, expected: str | None) -> None:
    (name,) = tokens(f"x:{local}")
    assert Prologue().with_prefix("x", "<http://a/>").resolve(name) == expected


@given(
    base=st.sampled_from(["http://h/a/b?q#f", "http://h", "http://h/a/../b/./c", "urn:a:b", "x:/a", "x:a/b"]),
    reference=st.lists(
        st.sampled_from([*"a/?#:.;='", "..", "../", "./", "//h", "x:", "é", "%41", r"\u0061", r"\u0020", r"\uD800"]),
        max_size=6,
    ).map("".join),
)
def test_a_reference_is_resolved_as_the_engine_resolves_it(base: str, reference: str) -> None:
    query = f"BASE <{base}> SELECT (<{reference}> AS ?iri) {{}}"
    try:
        solutions = ox.Store().query(query)
    except SyntaxError:
        return
    assert isinstance(solutions, ox.QuerySolutions)
    (row,) = solutions
    token = next(t for t in tokens(query) if t.start > query.index("("))
    assert whole_prologue(list(tokens(query))).resolve(token) == row["iri"].value


def test_a_very_long_text_is_searched_for_no_function_that_changes_the_answer() -> None:
    text = "ASK { ?s ?p ?nowhere }"
    assert is_repeatable(text)
    assert not is_repeatable(text + " " * 100_000)
    assert is_repeatable("ASK { ?s ?p ?o }" + " " * 100_000)


def test_an_iri_of_many_escapes_that_is_not_closed_is_read_at_once() -> None:
    assert len(list(tokens("ASK { <" + r"\u0041" * 50_000))) > 50_000


def test_nesting_up_to_the_limit_is_let_through() -> None:
    refuse_deep_nesting("ASK " + "{" * DEEPEST_NESTING + "}" * DEEPEST_NESTING)


def test_deeper_nesting_is_refused_with_its_place() -> None:
    with pytest.raises(QueryTooComplex) as refused:
        refuse_deep_nesting("ASK\n" + "{" * (DEEPEST_NESTING + 1))
    assert refused.value.members == {"line": 2, "column": DEEPEST_NESTING + 1}


def test_brackets_in_strings_do_not_nest() -> None:
    refuse_deep_nesting("ASK { ?s ?p '" + "{" * 1_000 + "' }")


def test_prefixes_are_supplied_where_they_are_used_and_not_declared() -> None:
    text = "PREFIX a: <x:a> SELECT * { a:x b:y c:z }"
    assert prologue_for(text, {"a": "x:1", "b": "x:2", "d": "x:3"}) == "PREFIX b: <x:2>\n"


@given(st.text(alphabet="ab{}()<>\"'\\\n ?:@_#.SERVICEservice<'\"'"))
def test_tokens_follow_each_other_without_overlap(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert token.start >= end
        assert text[token.start : token.end] == token.text
        end = token.end


@given(st.text(alphabet="ab\n"), st.integers(0, 50))
def test_line_and_column_lead_back_to_the_character(text: str, index: int) -> None:
    index = min(index, len(text))
    assert offset(text, *position(text, index)) == index
