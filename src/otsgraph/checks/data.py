"""Checks of the data: files, literals, shapes, rules, passages and facts.

Sources: Shapes Constraint Language (W3C Recommendation, 2017) §3.6 (validation report).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pyshacl
import pyshacl.errors
import rdflib
from rdflib import RDF
from rdflib.namespace import SH

from otsgraph.checks.loaded import Finding, LoadedDataset, Outcome, finding_of_error
from otsgraph.checks.passages import evidence_in, record_path
from otsgraph.checks.questions import undefined_terms, undefined_terms_of_query
from otsgraph.dataset.facts import derived_files
from otsgraph.dataset.info import GraphKind
from otsgraph.errors import DataError, ServiceForbidden
from otsgraph.graph.passages import unconfirmed
from otsgraph.graph.statements import facts
from otsgraph.queries import saved
from otsgraph.queries.header import header
from otsgraph.rdf.datatypes import is_valid
from otsgraph.rdf.files import RdfFile, read_text
from otsgraph.rdf.terms import URI_SPACE, Triple, datatype, iri_value, is_xml_text, literal_value, ntriples
from otsgraph.sparql.federation import refuse_service
from otsgraph.sparql.tokens import tokens

_TO_FILL_IN = f"<{URI_SPACE}fill-in>"
_LOOKS_LIKE_DATA = re.compile(r"\.(ttl|nt|nq|trig|rdf|owl|jsonld|rq)$", re.IGNORECASE)


def check_files(dataset: LoadedDataset) -> Outcome:
    """Finds files that look like data but are not read, since they are not where data is."""
    read = {file.source.path for file in dataset.files} | {dataset.root / "ontology" / "shapes.ttl"}
    there = [p for folder in ("ontology", "data") for p in (dataset.root / folder).rglob("[!.]*")]
    unread = [
        p
        for p in there
        if _LOOKS_LIKE_DATA.search(p.name) or (p.is_symlink() and p.is_dir())
        if p not in read and p.parent != dataset.root / "ontology" / "rules"
        if not any(part.startswith(".") for part in p.relative_to(dataset.root).parts)
    ]
    reason = "is not read: documents, reference files and facts are .ttl files directly in their folder of data/."
    names = sorted(p.relative_to(dataset.root).as_posix() for p in unread)
    return len(read), [Finding("files", reason, file=name) for name in names]


def check_comments(dataset: LoadedDataset) -> Outcome:
    """Finds comments that say what of a new document is still to be filled in."""
    lines = [
        (file.source.name, number, line)
        for file in dataset.files
        for number, line in enumerate(file.text.splitlines(), 1)
        if line.startswith("#")
    ]
    reason = "there is still something to fill in, or the comment that says so is still there."
    found = [(name, number) for name, number, line in lines if "FILL IN" in line]
    return len(lines), [Finding("still-to-fill-in", reason, file=name, line=number) for name, number in found]


def check_literals(dataset: LoadedDataset) -> Outcome:
    """Finds literals that are not values of their datatype, or have characters that not every format can hold."""
    found = [(s, p, o) for file in dataset.files for s, p, o in file.triples if o.startswith('"')]
    wrong = [
        dataset.finding("literals", f"{reason}: {dataset.written(o)}.", iri_value(s), term=iri_value(p))
        for s, p, o in found
        if (reason := _wrong_with(o))
    ]
    return len(found), wrong


def _wrong_with(literal: str) -> str:
    text = literal_value(literal)
    if not is_valid(text, datatype(literal)):
        return "has a literal that is not a value of its datatype"
    return "" if is_xml_text(text) else "has a literal with a character that XML cannot hold"


def check_shapes(dataset: LoadedDataset) -> Outcome:
    """Finds what does not conform to ontology/shapes.ttl, and terms of ours in it that are not defined.

    What is still to be filled in does not conform to anything, and a rule says so once.  Raises DataError for shapes
    that cannot be read or run.
    """
    shapes = _read_shapes(dataset.root)
    used = {str(term) for triple in shapes for term in triple}
    findings = undefined_terms(dataset, used, "shapes", "ontology/shapes.ttl")
    for focus, path, message, value in _violations((t for file in dataset.files for t in file.triples), shapes):
        if not value.startswith((_TO_FILL_IN, '"FILL IN ')):
            whole = f"{message} It has {dataset.written(value)}." if value else message
            findings.append(dataset.finding("shapes", whole, focus, term=path))
    return len(set(shapes.subjects(RDF.type))), findings


def _read_shapes(root: Path) -> rdflib.Graph:
    name = "ontology/shapes.ttl"
    path = root / "ontology" / "shapes.ttl"
    if not os.path.lexists(path):
        raise DataError(name, "there is no such file, so nothing is checked against shapes")
    RdfFile(path, name, root).triples()
    shapes = rdflib.Graph().parse(data=read_text(path, name, root), format="turtle")
    if (None, RDF.type, SH.NodeShape) not in shapes:
        raise DataError(name, "it contains no shapes")
    for term in sorted({str(t) for triple in shapes for t in triple if str(t).startswith(str(SH))}):
        if rdflib.URIRef(term) not in SH:
            raise DataError(name, f"sh:{term.removeprefix(str(SH))} is not a term of SHACL")
    return shapes


def _violations(data: Iterable[Triple], shapes: rdflib.Graph) -> list[tuple[str, str, str, str]]:
    """Returns the results of validation: focus node, path, message, and the value as N-Triples text or "".

    Each message comes once for a focus node: several constraints of one property that all fail are one violation.
    """
    graph = rdflib.Graph().parse(data=ntriples(list(data)), format="nt")
    try:
        _, report, _ = pyshacl.validate(graph, shacl_graph=shapes, inference="none")
    except (pyshacl.errors.ShapeLoadError, pyshacl.errors.ConstraintLoadError, re.error, ValueError) as error:
        raise DataError("ontology/shapes.ttl", f"cannot be run: {error}") from None
    assert isinstance(report, rdflib.Graph)  # noqa: S101
    once: dict[tuple[str, str], tuple[str, str, str, str]] = {}
    for result in report.subjects(RDF.type, SH.ValidationResult):
        terms = [report.value(result, p) for p in (SH.focusNode, SH.resultPath, SH.resultMessage, SH.value)]
        named = [term if isinstance(term, rdflib.URIRef | rdflib.Literal) else None for term in terms]
        focus, path, message = ("" if term is None else str(term) for term in named[:3])
        found = (focus, path, message, named[3].n3() if named[3] is not None else "")
        once[focus, message] = min(found, once.get((focus, message), found))
    return sorted(once.values())


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
        """Returns the IRI or lexical form of a variable; empty if it is not bound."""
        term = self.terms.get(name)
        return term.value if term is not None else ""

    def message(self, written: Callable[[str], str]) -> str:
        """Returns the rule's message with the terms of this breach, which `written` gets as N-Triples text."""

        def term(match: re.Match[str]) -> str:
            found = self.terms.get(match[1])
            return written(str(found)) if found is not None else "nothing"

        return re.sub(r"\{(\w+)\}", term, self.rule.message)


def read_rule(name: str, text: str) -> Rule:
    """Returns the rule in the text of a file `name`.rq.  Raises DataError."""
    fields = header(f"{name}.rq", text)
    for key in ("summary", "message"):
        if not isinstance(fields.get(key), str):
            raise DataError(f"{name}.rq", f"the header has no {key}; add a line `#+ {key}: …`", 1)
    if not any(token.is_word("ASK") for token in tokens(text)):
        raise DataError(f"{name}.rq", "a rule is an ASK query that must be false")
    variables = {token.text[1:] for token in tokens(text) if token.kind == "variable"}
    for variable in ("resource", *re.findall(r"\{(\w+)\}", fields["message"])):
        if variable not in variables:
            raise DataError(f"{name}.rq", f"the variable ?{variable} of the message is not in the query")
    return Rule(name, fields["summary"].strip(), fields["message"].strip(), text)


def breaches(store: ox.Store, rule: Rule) -> Iterator[Breach]:
    """Yields where a rule is broken.  Raises DataError if it is not a query, or asks another endpoint."""
    try:
        refuse_service(rule.text)
        ask = next(token for token in tokens(rule.text) if token.is_word("ASK"))
        # the query that has the solutions of the pattern
        results = store.query(f"{rule.text[: ask.start]}SELECT DISTINCT *{rule.text[ask.end :]}")
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


def check_rules(dataset: LoadedDataset) -> Outcome:
    """Finds where the rules of ontology/rules/ are broken: ASK queries that must be false."""
    folder = "ontology/rules"
    texts, errors = saved.read_texts(dataset.root / folder, dataset.root)
    findings = [finding_of_error("rules", error, folder) for error in errors]
    if not texts and not errors:
        findings.append(Finding("rules", "there are no rules.", file=folder))
    for name, text in texts:
        findings += undefined_terms_of_query(dataset, text, "rules", f"{folder}/{name}.rq")
        try:
            findings += [_finding_of(breach, dataset) for breach in breaches(dataset.store, read_rule(name, text))]
        except DataError as error:
            findings.append(finding_of_error("rules", error, folder))
    return len(texts), list(dict.fromkeys(findings))


def _finding_of(breach: Breach, dataset: LoadedDataset) -> Finding:
    term = breach.value("term") or breach.value("predicate")
    message = breach.message(dataset.written)
    return dataset.finding(breach.rule.name, message, breach.value("resource"), breach.value("graph"), term)


def check_passages(dataset: LoadedDataset) -> Outcome:
    """Finds passages that are not as they were confirmed against the text of their document."""
    remedy = "Run `otsgraph check-evidence --record` with the document's text."
    number, findings = 0, []
    for file in dataset.files:
        slug = file.source.path.stem
        held = evidence_in(slug, file.triples) if file.source.kind is GraphKind.STATEMENTS else None
        if held is None:
            continue
        number += len(held.passages)
        known = record_path(dataset.root, slug)
        if not os.path.lexists(known):
            message = f"has positions that were never confirmed against its text. {remedy}"
            findings.append(dataset.finding("evidence", message, held.version.iri))
            continue
        confirmed = read_text(known, f"data/confirmed/{known.name}", dataset.root)
        differing = unconfirmed(confirmed, held.version, held.passages)
        findings += [dataset.finding("evidence", f"{m.reason}. {remedy}", m.subject) for m in differing]
    return number, findings


def check_facts(dataset: LoadedDataset) -> Outcome:
    """Finds files of data/facts/ that are not what the one rule makes of the statements, and in what they differ."""
    made = list(derived_files(dataset.root))
    names = {file.name for file in made}
    stray = [f.source.name for f in dataset.files if f.source.kind is GraphKind.FACTS and f.source.name not in names]
    reason = "belongs to no statements, so nothing supports these facts. Run `otsgraph derive`, which removes it."
    findings = [Finding("facts", reason, file=name) for name in stray]
    return len(made), findings + [f for file in made if not file.current for f in _differences(dataset, file.name)]


def _differences(dataset: LoadedDataset, name: str) -> Iterator[Finding]:
    slug = Path(name).stem
    document = next(f for f in dataset.files if f.source.path.stem == slug and f.source.kind is not GraphKind.FACTS)
    written = next((f for f in dataset.files if f.source.name == name), None)
    remedy = "Run `otsgraph derive`; change statements, never this file."
    if written is None:
        yield Finding("facts", f"is missing, and belongs to {document.source.name}. {remedy}", file=name)
        return
    right, found = set(facts(document.triples)), set(written.triples)
    for s, p, o in sorted(found - right):
        said = f"{dataset.written(p)} {dataset.written(o)}"
        message = f"is said to have {said}, which no statement asserts. {remedy}"
        yield dataset.finding("facts", message, iri_value(s), written.source.graph, iri_value(p))
    for s, p, o in sorted(right - found):
        said = f"{dataset.written(p)} {dataset.written(o)} of {dataset.written(s)}"
        yield Finding("facts", f"lacks {said}. {remedy}", file=name)
    if right == found:
        yield Finding("facts", f"holds the right facts in another form. {remedy}", file=name)
