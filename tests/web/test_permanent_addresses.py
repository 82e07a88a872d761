"""What is handed to w3id.org: every IRI of the dataset is redirected to the same path at one host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from otsgraph.dataset.build import build
from otsgraph.dataset.sources import layered_sources
from otsgraph.rdf.terms import BASE

HOST = "https://otsgraph.example"
RULE = re.compile(r"^RewriteRule (\S+) (\S+) \[(.*)\]$", re.MULTILINE)


@pytest.fixture(scope="module")
def rules(project: Path) -> list[tuple[str, str, list[str]]]:
    text = (project / "w3id" / ".htaccess").read_text(encoding="utf-8")
    return [(pattern, target, flags.split(",")) for pattern, target, flags in RULE.findall(text)]


def redirected(rules: list[tuple[str, str, list[str]]], path: str) -> tuple[int, str]:
    """Status and address that Apache answers with for a path below …/otsgraph/.  Source: Apache mod_rewrite."""
    variables: dict[str, str] = {}
    for pattern, target, flags in rules:
        match = re.search(pattern, path)
        if match is None:
            continue
        variables |= dict(flag[2:].split(":", 1) for flag in flags if flag.startswith("E="))
        if target == "-":
            continue
        filled = target
        for name, value in variables.items():
            filled = filled.replace(f"%{{ENV:{name}}}", value)
        filled = filled.replace("$1", match[1])
        (status,) = (int(flag.removeprefix("R=")) for flag in flags if flag.startswith("R="))
        assert "L" in flags, "a rule that redirects is the last one"
        return status, filled
    raise AssertionError(f"no rule fits {path}")


def iris_of_ours(project: Path) -> Iterator[str]:
    store, _ = build(layered_sources(project), layered=True)
    for quad in store:
        terms = (quad.subject, quad.predicate, quad.object, quad.graph_name)
        yield from (t.value for t in terms if isinstance(t, ox.NamedNode) and t.value.startswith(BASE))


def test_every_iri_leads_to_the_same_path_at_the_host(rules: list[tuple[str, str, list[str]]], project: Path) -> None:
    paths = {iri.removeprefix(BASE).partition("#")[0] for iri in iris_of_ours(project)}
    assert {path.split("/")[0] for path in paths} >= {"", "id", "graph", "ontology", "sparql"}
    for path in paths:
        status, address = redirected(rules, path)
        assert address == f"{HOST}/{path}"
        assert status == (303 if path.startswith("id/") else 302)


@pytest.mark.parametrize("path", ["query/about", "problem/not-found", "download/otsgraph.ttl", ".well-known/void"])
def test_what_is_named_outside_of_the_data_is_redirected_too(
    rules: list[tuple[str, str, list[str]]], path: str
) -> None:
    assert redirected(rules, path) == (302, f"{HOST}/{path}")


def test_the_host_stands_in_one_place(project: Path) -> None:
    text = (project / "w3id" / ".htaccess").read_text(encoding="utf-8")
    assert text.count(HOST) == 1
