"""The rules in ontology/rules/: ASK queries that must be false, each with the words for what it finds.

A file is a plain SPARQL query that any engine can run: true means that the rule is broken.  To say where, the same
pattern is asked for its solutions: `?resource` is what is wrong, `?graph` the graph it is written in, `?term` a term to
point to; the message may name any other variable in braces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from otsgraph.errors import DataError, ServiceForbidden
from otsgraph.queries.header import header
from otsgraph.sparql.federation import refuse_service
from otsgraph.sparql.tokens import tokens


@dataclass(frozen=True, slots=True)
class Rule:
    """`summary` says what must not be; `message` follows the resource and names other variables in braces."""

    name: str
    summary: str
    message: str
    text: str


@dataclass(frozen=True, slots=True)
class Breach:
    """One solution of a broken rule: its terms by variable, without those that are not bound."""

    rule: Rule
    terms: Mapping[str, ox.NamedNode | ox.BlankNode | ox.Literal]

    def value(self, name: str) -> str:
        """The IRI or lexical form of a variable; empty where it is not bound."""
        term = self.terms.get(name)
        return term.value if term is not None else ""

    def message(self, written: Callable[[str], str]) -> str:
        """The rule's message with the terms of this breach, which `written` gets as N-Triples text."""

        def term(match: re.Match[str]) -> str:
            found = self.terms.get(match[1])
            return written(str(found)) if found is not None else "nothing"

        return re.sub(r"\{(\w+)\}", term, self.rule.message)


def read(name: str, text: str) -> Rule:
    """The rule in the text of a file `name`.rq.  Raises DataError."""
    fields = header(f"{name}.rq", text)
    for key in ("summary", "message"):
        if not isinstance(fields.get(key), str):
            raise DataError(f"{name}.rq", f"the header has no {key}; add a line `#+ {key}: …`", 1)
    if not any(token.kind == "word" and token.text.upper() == "ASK" for token in tokens(text)):
        raise DataError(f"{name}.rq", "a rule is an ASK query that must be false")
    variables = {token.text[1:] for token in tokens(text) if token.kind == "variable"}
    for variable in ("resource", *re.findall(r"\{(\w+)\}", fields["message"])):
        if variable not in variables:
            raise DataError(f"{name}.rq", f"the variable ?{variable} of the message is not in the query")
    return Rule(name, fields["summary"].strip(), fields["message"].strip(), text)


def breaches(store: ox.Store, rule: Rule) -> Iterator[Breach]:
    """Where a rule is broken; nothing if it holds.  Raises DataError if it is not a query, or asks another endpoint."""
    try:
        refuse_service(rule.text)
        results = store.query(_solutions_of(rule.text))
    except ServiceForbidden as error:
        raise DataError(f"{rule.name}.rq", error.detail) from None
    except SyntaxError as error:
        raise DataError(f"{rule.name}.rq", f"not a query: {error.msg}") from None
    except (ValueError, RuntimeError) as error:
        raise DataError(f"{rule.name}.rq", f"cannot be asked: {error}") from None
    assert isinstance(results, ox.QuerySolutions)  # noqa: S101
    for row in results:
        found = {variable.value: row[variable] for variable in results.variables}
        yield Breach(rule, {n: t for n, t in found.items() if t is not None and not isinstance(t, ox.Triple)})


def _solutions_of(ask: str) -> str:
    """The query that has the solutions of an ASK query's pattern."""
    word = next(token for token in tokens(ask) if token.kind == "word" and token.text.upper() == "ASK")
    return f"{ask[: word.start]}SELECT DISTINCT *{ask[word.end :]}"
