"""Parameters of saved queries: how they are named, what they take, and how a value takes their place."""

from __future__ import annotations

from collections.abc import Mapping

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otsgraph.errors import DataError
from otsgraph.queries.parameters import Kind, UnfitValueError, term
from otsgraph.queries.saved import SavedQuery, read
from otsgraph.rdf.terms import XSD
from otsgraph.sparql.rewrite import bound
from otsgraph_testing import are_one_value

PROLOGUE = f"PREFIX xsd: <{XSD}>\nPREFIX state: <https://w3id.org/otsgraph/id/state/>\n"


def query_with(variable: str, header: str = "") -> SavedQuery:
    return read("what", f"#+ summary: What?\n{header}{PROLOGUE}SELECT ?s {{ ?s ?p {variable} }} ORDER BY ?s")


@pytest.mark.parametrize(
    ("variable", "name", "kind", "about"),
    [
        pytest.param("?_a", "a", Kind.TEXT, "", id="without a type it takes plain text"),
        pytest.param("?_a_literal", "a", Kind.TEXT, "", id="literal is plain text"),
        pytest.param("?_a_iri", "a", Kind.IRI, "", id="iri"),
        pytest.param("?_a_integer", "a", Kind.TYPED, XSD + "integer", id="integer"),
        pytest.param("?_a_number", "a", Kind.TYPED, XSD + "decimal", id="number is a decimal"),
        pytest.param("?_a_date", "a", Kind.TYPED, XSD + "date", id="a datatype of XML Schema by its name"),
        pytest.param("?_a_xsd_gYear", "a", Kind.TYPED, XSD + "gYear", id="a datatype with its prefix"),
        pytest.param("?_a_hu", "a", Kind.TEXT, "hu", id="the tag of a language"),
        pytest.param("$_a_iri", "a", Kind.IRI, "", id="a variable may begin with a dollar sign"),
    ],
)
def test_the_name_of_a_variable_says_what_the_parameter_is(variable: str, name: str, kind: Kind, about: str) -> None:
    (parameter,) = query_with(variable).parameters
    assert (parameter.name, parameter.type.kind, parameter.required) == (name, kind, True)
    assert parameter.type.datatype + parameter.type.language == about


def test_two_underscores_make_a_parameter_optional() -> None:
    (parameter,) = query_with("?__a_iri").parameters
    assert (parameter.name, parameter.required) == ("a", False)


def test_parameters_come_in_the_order_in_which_they_stand_in_the_query_and_each_once() -> None:
    text = "#+ summary: x\nASK { ?a ?_z_iri ?_b_iri FILTER(?a != ?_z_iri) }"
    assert [p.name for p in read("what", text).parameters] == ["z", "b"]


def test_what_looks_like_a_parameter_in_a_text_or_a_comment_is_none() -> None:
    assert read("what", '#+ summary: x\n# ?_a\nASK { ?s ?p "?_b" }').parameters == ()


@pytest.mark.parametrize(
    ("header", "body", "message"),
    [
        pytest.param("", "SELECT ?_a { ?s ?p ?_a }", ":2: a parameter is replaced by its value, so it cannot be selected", id="selected"),
        pytest.param("", "SELECT ?s { ?s ?p ?_a BIND(1 AS ?_a) }", ":2: a parameter is replaced by its value, so it cannot be bound", id="bound by BIND"),
        pytest.param("", "SELECT ?s\n{ VALUES ?_a { 1 } ?s ?p ?_a }", ":3: a parameter is replaced by its value, so it cannot be bound by VALUES", id="bound by VALUES, in the line where it is"),
        pytest.param("", "SELECT (COUNT(*) AS ?n) { ?s ?p ?_a } GROUP BY ?_a", ":2: a parameter is replaced by its value, so it cannot be grouped by", id="grouped by"),
        pytest.param("", "ASK { ?s ?p ?_a_iri, ?_a_hu }", ":2: the parameter a is `?_a_iri` in line 2 and `?_a_hu` here", id="two types"),
        pytest.param("", "ASK { ?s ?p ?_a, ?__a }", ":2: the parameter a is `?_a` in line 2 and `?__a` here", id="needed and not needed"),
        pytest.param("", "ASK { ?s ?p ?_a_colour }", ":2: there is no type `colour`; there are iri, literal", id="an unknown type"),
        pytest.param("", "ASK { ?s ?p ?_a_ex_date }", ":2: there is no type `ex_date`", id="a datatype of an undeclared prefix"),
        pytest.param("", "ASK {\n?_a_date ?p ?o }", ":3: a subject is an IRI, and `?_a_date` is not", id="a date as a subject"),
        pytest.param("", "ASK { ?s ?p ?o . ?_a ?p ?o }", ":2: a subject is an IRI, and `?_a` is not", id="a text as a subject"),
        pytest.param("", "ASK { ?s ?p ?_page }", ":2: no parameter can be called page", id="a name that means something else in an address"),
        pytest.param("", "ASK { ?s ?p ?_é }", ":2: `?_é` is not a parameter", id="a name that is not letters and digits"),
        pytest.param("#+ defaults:\n#+   - b: 1\n", "ASK { ?s ?p ?_a }", ":2: defaults in the header names b, no parameter of the query; there are a", id="a default for nothing"),
        pytest.param("#+ defaults:\n#+   - a: x\n", "ASK { ?s ?p ?_a_integer }", ":3: defaults in the header gives a the value `x`, but it is not a whole number", id="a default that does not fit"),
        pytest.param("#+ enumerate:\n#+   - a: [1, x]\n", "ASK { ?s ?p ?_a_integer }", ":3: enumerate in the header gives a the value `x`", id="a choice that does not fit"),
        pytest.param("#+ defaults:\n#+   - a: 3\n#+ enumerate:\n#+   - a: [1, 2]\n", "ASK { ?s ?p ?_a_integer }", ":3: the default of a is none of the values", id="a default that is no choice"),
        pytest.param("#+ defaults:\n#+   - [a]\n", "ASK { ?s ?p ?_a }", ":2: defaults in the header is a list, one line", id="a default in brackets"),
        pytest.param("#+ defaults:\n#+   - a: [x]\n", "ASK { ?s ?p ?_a }", ":3: defaults in the header has no single value for a; write", id="a default of several values"),
        pytest.param("#+ defaults:\n#+   - a: x\n#+   - a: y\n", "ASK { ?s ?p ?_a }", ":2: defaults in the header names a twice", id="two defaults"),
        pytest.param("#+ enumerate:\n#+   - a:\n", "ASK { ?s ?p ?_a }", ":3: enumerate in the header has no list of values for a", id="no choices behind a colon"),
        pytest.param("#+ enumerate:\n#+   - a: {x: y}\n", "ASK { ?s ?p ?_a }", ":3: enumerate in the header has no list of values for a", id="choices that are no list"),
        pytest.param("#+ tags: [a]\n#+ tags: [b]\n", "ASK { }", ":3: the header has tags twice", id="a key twice"),
        pytest.param("#+ description: {a: b}\n", "ASK { }", ":2: description in the header is a text", id="a description that is no text"),
        pytest.param("#+ description: " + "[" * 3_000 + "\n", "ASK { }", ":1: the header is not YAML", id="a header without end"),
        pytest.param("#+ pagination: " + "9" * 5_000 + "\n", "SELECT * { ?s ?p ?o }", ":2: pagination in the header", id="pages without end"),
        pytest.param("#+ evidence: x\n", "SELECT ?o { ?s ?p ?o } ORDER BY ?o", ":2: evidence names ?x, which the query does not have", id="evidence of nothing"),
        pytest.param("#+ evidence: _s_iri\n", "SELECT ?o { ?_s_iri ?p ?o } ORDER BY ?o", ":2: evidence in the header names _s_iri, a parameter", id="evidence of a parameter"),
        pytest.param("", "ASK {\n#+ tags: [a]\n}", ":3: a line of the header comes after the beginning of the query", id="a header inside the query"),
        pytest.param("#+ ? [a, b]\n#+ : c\n", "ASK { }", ":2: the header has a key that is not a word", id="a key that is a list"),
        pytest.param("#+ evidence: s\n", "SELECT ?s { ?s ?evidenceWho ?o } ORDER BY ?s", ":2: evidence needs names that begin so for itself; call ?evidenceWho", id="a name that evidence needs"),
        pytest.param("#+ description: &a x\n#+ tags: [*a]\n", "ASK { }", ":3: the header has an alias, *a", id="an alias"),
        pytest.param('#+ description: "\\ud800"\n', "ASK { }", ":2: the header has characters that no text has", id="half a character"),
        pytest.param("#+ evidence: s\n", "SELECT ?n { { SELECT (COUNT(?s) AS ?n) { ?s ?p ?o } } } ORDER BY ?n", ":2: evidence names ?s, which the query does not have", id="evidence of what a query inside keeps to itself"),
        pytest.param("#+ defaults: a\n", "ASK { ?s ?p ?_a }", ":2: defaults in the header is a list", id="defaults that are no list"),
        pytest.param("#+ pagination: all\n", "SELECT * { ?s ?p ?o }", ":2: pagination in the header is a number of rows from 1 to 10,000", id="pages of no size"),
        pytest.param("#+ pagination: 10\n", "ASK { }", ":2: pagination in the header needs a SELECT query, not ASK", id="pages of no rows"),
        pytest.param("#+ evidence: s\n", "CONSTRUCT WHERE { ?s ?p ?o }", ":2: evidence in the header needs a SELECT query", id="evidence of no rows"),
        pytest.param("#+ evidence: s\n", "SELECT * { ?s ?p ?o } ORDER BY ?s", ":2: evidence needs the variables named", id="evidence of all variables"),
        pytest.param("#+ evidence: s\n", "SELECT ?o { ?s ?p ?o } ORDER BY ?p", ":2: evidence needs an order by what is selected, and ?p is not", id="evidence in an order by something else"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(header: str, body: str, message: str) -> None:
    with pytest.raises(DataError) as refused:
        read("what", f"#+ summary: x\n{header}{body}")
    assert str(refused.value).startswith(f"what.rq{message}")


def test_a_header_stands_before_the_query() -> None:
    assert read("what", '#+ summary: x\nASK { ?s ?p """\n#+ tags: [y]\n""" }').tags == ()


def test_a_parameter_between_two_signs_of_comparison_is_one_after_a_space() -> None:
    text = "#+ summary: x\nASK { ?s ?p ?o FILTER(?o< ?_a_integer&&?o>?_b_integer) }"
    assert [p.name for p in read("what", text).parameters] == ["a", "b"]


@pytest.mark.parametrize("comparison", ["?o<?_a_integer&&?o>?_b_integer", "?o<$_a_integer&&?o>4"])
def test_a_comparison_that_can_be_read_as_an_iri_is_a_mistake(comparison: str) -> None:
    with pytest.raises(DataError, match="put a space after a `<` that compares"):
        read("what", f"#+ summary: x\nASK {{ ?s ?p ?o FILTER({comparison}) }}")


def test_keys_that_tell_another_server_where_to_ask_are_passed_over() -> None:
    text = "#+ summary: x\n#+ endpoint: http://example.org/sparql\n#+ method: GET\nASK { }"
    assert read("what", text).summary == "x"


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        pytest.param("?_a_iri", "https://example.org/x", "<https://example.org/x>", id="an IRI"),
        pytest.param("?_a_iri", "<https://example.org/x>", "<https://example.org/x>", id="an IRI in its brackets"),
        pytest.param("?_a_iri", "urn:isbn:0", "<urn:isbn:0>", id="an IRI without slashes"),
        pytest.param("?_a_iri", "<x:y>", "<x:y>", id="an IRI of any scheme in brackets"),
        pytest.param("?_a_iri", "state:hungary", "<https://w3id.org/otsgraph/id/state/hungary>", id="a prefixed name"),
        pytest.param("?_a_integer", " 7 ", f'"7"^^<{XSD}integer>', id="space around a number does not count"),
        pytest.param("?_a", 'a "b" \\', '"a \\"b\\" \\\\"', id="a text with what quotation needs"),
        pytest.param("?_a", " a ", '" a "', id="space around a text counts"),
        pytest.param("?_a_az", "Macarıstan", '"Macarıstan"@az', id="a text in a language"),
        pytest.param("?_a_date", "2024-02-29", f'"2024-02-29"^^<{XSD}date>', id="a day of a leap year"),
        pytest.param("?_a_boolean", "true", f'"true"^^<{XSD}boolean>', id="a truth value"),
    ],
)
def test_a_value_becomes_a_term(variable: str, value: str, expected: str) -> None:
    query = query_with(variable)
    (parameter,) = query.parameters
    assert term(parameter.type, value, query.prefixes) == expected


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        pytest.param("?_a_integer", "1.5", id="a whole number with a fraction"),
        pytest.param("?_a_integer", "٣", id="digits of another script"),
        pytest.param("?_a_date", "2025-02-29", id="a day that there was not"),
        pytest.param("?_a_date", "2025-12-02T00:00:00", id="a day with a time"),
        pytest.param("?_a_boolean", "yes", id="a truth value in words"),
        pytest.param("?_a_iri", "hungary", id="a relative IRI"),
        pytest.param("?_a_iri", "https://example.org/a b", id="an IRI with a space"),
        pytest.param("?_a_iri", "https://example.org/> . ?x ?y <z", id="an IRI that would end early"),
        pytest.param("?_a_iri", "https://example.org/%zz", id="an IRI with half an escape"),
        pytest.param("?_a_iri", "https://example.org:x/", id="an IRI with a port that is none"),
        pytest.param("?_a_iri", "https://example.org/#a#b", id="an IRI with two fragments"),
        pytest.param("?_a_iri", "urn:hungary>", id="an IRI with half its brackets"),
        pytest.param("?_a_iri", "stat:hungary", id="a mistyped prefix, which would be a scheme"),
        pytest.param("?_a", "a\x00b", id="a character that no text has"),
        pytest.param("?_a", "x" * 2_001, id="a text without end"),
    ],
)
def test_what_is_no_value_is_refused(variable: str, value: str) -> None:
    query = query_with(variable)
    with pytest.raises(UnfitValueError):
        term(query.parameters[0].type, value, query.prefixes)


def test_a_term_takes_the_place_of_each_token_of_the_variable_and_of_nothing_else() -> None:
    text = 'ASK { ?s ?_a ?_ab . # ?_a\n ?s ?p "?_a" FILTER(?s<?_a&&?p!=$_a) }'
    assert bound(text, {"_a": "<x:y>"}) == (
        'ASK { ?s  <x:y>  ?_ab . # ?_a\n ?s ?p "?_a" FILTER(?s< <x:y> &&?p!= <x:y> ) }'
    )


ATTACKS = (
    '"', "'", "\\", "}", "{", "} UNION { ?a ?b ?c", "} SERVICE <http://127.0.0.1:9/> {", "#", "\n", "\r", "\t", "<", ">",
    "\\u0022", "\\u007D", "\\U00000022", '"""', "'''", " . ?a ?b ?c . ", "^^<x:y>", "@en", "?s", "$s", "; DROP", "/*", "||",
    "&&", "INSERT", "FROM", "x:", "http://a/", "urn:a:", "1", "-", "2025-12-02", "true", "ı", "é", "𐰀", "\u200b", "\ufeff",
)  # fmt: skip
HOSTILE = st.lists(st.one_of(st.sampled_from(ATTACKS), st.text(max_size=3)), min_size=1, max_size=6).map("".join)
TYPES = ("literal", "az", "iri", "integer", "number", "boolean", "date", "gYear", "gYearMonth", "gMonthDay", "anyURI")
STORE = ox.Store()
STORE.extend([ox.Quad(ox.NamedNode("x:s"), ox.NamedNode("x:p"), ox.Literal(str(n))) for n in range(3)])


def the_one_term(text: str, variables: Mapping[str, str]) -> object:
    """What stands in the place of the variable, as the engine reads the query."""
    found = STORE.query(bound(text, variables))
    assert isinstance(found, ox.QuerySolutions)
    (row,) = list(found)
    return row["value"]


@pytest.mark.parametrize("type_", TYPES)
@given(value=HOSTILE)
def test_whatever_is_given_is_refused_or_is_one_term_and_that_very_value(type_: str, value: str) -> None:
    query = read("what", f"#+ summary: x\nSELECT ?value {{ BIND(?_a_{type_} AS ?value) }}")
    (parameter,) = query.parameters
    try:
        made = term(parameter.type, value, {})
    except UnfitValueError:
        return
    read_back = the_one_term(query.text, {parameter.variable: made})
    assert read_back is not None
    exact = value if parameter.type.kind is Kind.TEXT else value.strip().removeprefix("<").removesuffix(">")
    assert isinstance(read_back, ox.Literal | ox.NamedNode)
    assert read_back.value == exact or are_one_value(read_back.value, exact)
    assert isinstance(read_back, ox.NamedNode) is (parameter.type.kind is Kind.IRI)


@given(value=HOSTILE)
def test_no_value_adds_to_what_a_query_matches(value: str) -> None:
    query = read("what", "#+ summary: x\nSELECT * { ?s ?p ?_a FILTER(?p = ?_b_iri) }")
    terms = {"_a": term(query.parameters[0].type, value, {}) if value.isprintable() else '"1"', "_b_iri": "<x:p>"}
    found = STORE.query(bound(query.text, terms))
    assert isinstance(found, ox.QuerySolutions)
    assert len(list(found)) == (1 if terms["_a"] in ('"0"', '"1"', '"2"') else 0)


def test_a_duration_is_a_parameter_type() -> None:
    (parameter,) = query_with("?_a_duration").parameters
    assert term(parameter.type, " P1Y6M ", {}) == f'"P1Y6M"^^<{XSD}duration>'
    with pytest.raises(UnfitValueError, match="it is not a length of time like P1Y6M or P2DT12H"):
        term(parameter.type, "P1W", {})


# ?_per_page would be a parameter `per` of a type `page`
@pytest.mark.parametrize("name", "page evidence timeout format lang bom embed sort".split())
def test_a_name_with_a_meaning_in_addresses_is_refused(name: str) -> None:
    with pytest.raises(DataError, match=f":4: no parameter can be called {name}"):
        query_with(f"?_{name}_iri")
