"""Rules, shapes and checks that the data has to pass.

Sources: Shapes Constraint Language (W3C Recommendation, 2017) §3.6 (validation report).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pyoxigraph as ox
import pyshacl
import pyshacl.errors
import rdflib
from rdflib import RDF
from rdflib.namespace import SH

from otsgraph.checks.loaded import Dossier, Finding
from otsgraph.checks.passages import evidence_in, record_path
from otsgraph.checks.questions import of_error, terms_of_query, undefined_terms
from otsgraph.dataset.facts import derived_files
from otsgraph.dataset.info import GraphKind
from otsgraph.errors import DataError, ServiceForbidden
from otsgraph.graph.passages import unconfirmed
from otsgraph.graph.statements import facts
from otsgraph.queries import saved
from otsgraph.queries.header import header
from otsgraph.rdf.datatypes import is_valid
from otsgraph.rdf.files import RdfFile, read_text
from otsgraph.rdf.terms import URI_SPACE, Triple, datatype, iri, iri_value, is_xml_text, literal_value, ntriples
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


@dataclass(frozen=True, slots=True)
class Violation:
    """One result of a validation report: IRIs of focus node and path, the message, the value as N-Triples or ""."""

    focus: str
    path: str
    message: str
    value: str


def read_shapes(root: Path) -> rdflib.Graph:
    """The graph of the shapes below a folder laid out like ours.

    Raises DataError without shapes, and for a term that SHACL does not have.
    """
    name = "ontology/shapes.ttl"
    path = root / "ontology" / "shapes.ttl"
    if not os.path.lexists(path):
        raise DataError(name, "there is no such file, and what it would check is not checked")
    RdfFile(path, name, root).triples()
    shapes = rdflib.Graph().parse(data=read_text(path, name, root), format="turtle")
    if (None, rdflib.RDF.type, SH.NodeShape) not in shapes:
        raise DataError(name, "there is no shape in it")
    for term in sorted({str(t) for triple in shapes for t in triple if str(t).startswith(str(SH))}):
        if rdflib.URIRef(term) not in SH:
            raise DataError(name, f"sh:{term.removeprefix(str(SH))} is no term of SHACL")
    return shapes


def violations(data: Iterable[Triple], shapes: rdflib.Graph) -> list[Violation]:
    """Everything in which a data graph, its ontology included, does not conform to the shapes; each message once.

    A list of several constraints of one property that all fail is one violation.  Raises DataError for shapes that
    cannot be run.
    """
    graph = rdflib.Graph().parse(data=ntriples(list(data)), format="nt")
    try:
        _, report, _ = pyshacl.validate(graph, shacl_graph=shapes, inference="none")
    except (pyshacl.errors.ShapeLoadError, pyshacl.errors.ConstraintLoadError, re.error, ValueError) as error:
        raise DataError("ontology/shapes.ttl", f"cannot be run: {error}") from None
    assert isinstance(report, rdflib.Graph)  # noqa: S101
    found = {_violation(report, result) for result in report.subjects(rdflib.RDF.type, SH.ValidationResult)}
    return _without_repeats(sorted(found, key=lambda v: (v.focus, v.path, v.message, v.value)))


def _violation(report: rdflib.Graph, result: rdflib.term.Node) -> Violation:
    def text(predicate: rdflib.URIRef) -> str:
        value = report.value(result, predicate)
        return "" if value is None or isinstance(value, rdflib.BNode) else str(value)

    value = report.value(result, SH.value)
    known = value is not None and not isinstance(value, rdflib.BNode)
    return Violation(text(SH.focusNode), text(SH.resultPath), text(SH.resultMessage), value.n3() if known else "")  # type: ignore[union-attr]


def _without_repeats(found: list[Violation]) -> list[Violation]:
    by_message = {(v.focus, v.message): v for v in reversed(found)}
    return [v for v in found if by_message[v.focus, v.message] is v]


Outcome: TypeAlias = tuple[int, list[Finding]]

_TO_FILL_IN = iri(URI_SPACE + "fill-in")
_UNREAD = re.compile(r"\.(ttl|nt|nq|trig|rdf|owl|jsonld|rq)$", re.IGNORECASE)


def files(dossier: Dossier) -> Outcome:
    """Files that look like data but are not read, since they are not where data is."""
    read = {sheet.source.path for sheet in dossier.sheets} | {dossier.root / "ontology" / "shapes.ttl"}
    there = [p for folder in ("ontology", "data") for p in (dossier.root / folder).rglob("[!.]*")]
    unread = [
        p
        for p in there
        if _UNREAD.search(p.name) or (p.is_symlink() and p.is_dir())
        if p not in read and p.parent != dossier.root / "ontology" / "rules"
        if not any(part.startswith(".") for part in p.relative_to(dossier.root).parts)
    ]
    reason = "is not read: documents, reference files and facts are .ttl files directly in their folder of data/."
    names = sorted(p.relative_to(dossier.root).as_posix() for p in unread)
    return len(read), [Finding("files", reason, file=name) for name in names]


def comments(dossier: Dossier) -> Outcome:
    """Comments that tell whoever starts a document what is still to be filled in."""
    lines = [(s, n, line) for s in dossier.sheets for n, line in enumerate(s.text.splitlines(), 1) if line[:1] == "#"]
    reason = "there is still something to fill in, or the comment that says so is still there."
    found = [
        Finding("still-to-fill-in", reason, file=s.source.name, line=n) for s, n, line in lines if "FILL IN" in line
    ]
    return len(lines), found


def literals(dossier: Dossier) -> Outcome:
    """Literals that are no values of their datatype, or have characters that not every format can hold."""
    found = [(s, p, o) for sheet in dossier.sheets for s, p, o in sheet.triples if o.startswith('"')]
    wrong = [
        dossier.finding("literals", f"{reason}: {dossier.written(o)}.", iri_value(s), term=iri_value(p))
        for s, p, o in found
        if (reason := _wrong_with(o))
    ]
    return len(found), wrong


def _wrong_with(literal: str) -> str:
    text = literal_value(literal)
    if not is_valid(text, datatype(literal)):
        return "has a literal that is no value of its datatype"
    return "" if is_xml_text(text) else "has a literal with a character that XML cannot hold"


def shapes(dossier: Dossier) -> Outcome:
    """What does not conform to ontology/shapes.ttl, and terms of ours in it that are defined nowhere.

    What is still to be filled in conforms to nothing, and a rule says so once.
    """
    graph = read_shapes(dossier.root)
    used = {str(term) for triple in graph for term in triple}
    findings = undefined_terms(dossier, used, "shapes", "ontology/shapes.ttl")
    for v in violations((t for sheet in dossier.sheets for t in sheet.triples), graph):
        if v.value.startswith((_TO_FILL_IN, '"FILL IN ')):
            continue
        message = f"{v.message} It has {dossier.written(v.value)}." if v.value else v.message
        findings.append(dossier.finding("shapes", message, v.focus, term=v.path))
    return len(set(graph.subjects(RDF.type))), findings


def asks(dossier: Dossier) -> Outcome:
    """Where the ASK rules of ontology/rules/ are broken."""
    folder = dossier.root / "ontology" / "rules"
    texts, errors = saved.read_texts(folder, dossier.root)
    findings = [of_error("rules", error, "ontology/rules") for error in errors]
    if not texts and not errors:
        findings.append(Finding("rules", "there are no rules.", file="ontology/rules"))
    for name, text in texts:
        findings += terms_of_query(dossier, text, "rules", f"ontology/rules/{name}.rq")
        try:
            rule = read(name, text)
            findings += [_of_breach(dossier, breach) for breach in breaches(dossier.store, rule)]
        except DataError as error:
            findings.append(of_error("rules", error, "ontology/rules"))
    return len(texts), list(dict.fromkeys(findings))


def _of_breach(dossier: Dossier, breach: Breach) -> Finding:
    term = breach.value("term") or breach.value("predicate")
    message = breach.message(dossier.written)
    return dossier.finding(breach.rule.name, message, breach.value("resource"), breach.value("graph"), term)


def evidence(dossier: Dossier) -> Outcome:
    """Which passages are not as they were confirmed against the text of their document."""
    remedy = "Run `otsgraph check-evidence --record` with the document's text."
    number, findings = 0, []
    for sheet in (s for s in dossier.sheets if s.source.kind is GraphKind.STATEMENTS):
        slug = sheet.source.path.stem
        held = evidence_in(slug, sheet.triples)
        if held is None:
            continue
        number += len(held.passages)
        known = record_path(dossier.root, slug)
        if not os.path.lexists(known):
            message = f"has positions that were never confirmed against its text. {remedy}"
            findings.append(dossier.finding("evidence", message, held.version.iri))
            continue
        confirmed = read_text(known, f"data/confirmed/{known.name}", dossier.root)
        differing = unconfirmed(confirmed, held.version, held.passages)
        findings += [dossier.finding("evidence", f"{m.reason}. {remedy}", m.subject) for m in differing]
    return number, findings


def derived(dossier: Dossier) -> Outcome:
    """Which files of data/facts/ are not what the one rule makes of the statements, and in what."""
    made = list(derived_files(dossier.root))
    names = {file.name for file in made}
    stray = [s for s in dossier.sheets if s.source.kind is GraphKind.FACTS and s.source.name not in names]
    reason = "belongs to no statements, so nothing supports these facts. Run `otsgraph derive`, which removes it."
    findings = [Finding("facts", reason, file=sheet.source.name) for sheet in stray]
    return len(made), findings + [f for file in made if not file.current for f in _differences(dossier, file.name)]


def _differences(dossier: Dossier, name: str) -> Iterator[Finding]:
    slug = Path(name).stem
    document = next(s for s in dossier.sheets if s.source.path.stem == slug and s.source.kind is not GraphKind.FACTS)
    written = next((s for s in dossier.sheets if s.source.name == name), None)
    remedy = "Run `otsgraph derive`; change statements, never this file."
    if written is None:
        yield Finding("facts", f"is missing, and belongs to {document.source.name}. {remedy}", file=name)
        return
    right, found = set(facts(document.triples)), set(written.triples)
    for triple in sorted(found - right):
        message = f"is said to have {_said(dossier, triple)}, which no statement asserts. {remedy}"
        yield dossier.finding("facts", message, iri_value(triple[0]), written.source.graph, iri_value(triple[1]))
    for triple in sorted(right - found):
        subject = dossier.written(triple[0])
        yield Finding("facts", f"lacks {_said(dossier, triple)} of {subject}. {remedy}", file=name)
    if right == found:
        yield Finding("facts", f"holds the right facts in another form. {remedy}", file=name)


def _said(dossier: Dossier, triple: Triple) -> str:
    return f"{dossier.written(triple[1])} {dossier.written(triple[2])}"
