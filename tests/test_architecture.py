"""The house keeps its order: imports go one way, and neither process holds what belongs to the other."""

from __future__ import annotations

import ast
import re
import socket
import subprocess
import sys
from pathlib import Path

import httpx

from otsgraph_testing import running_server

READING_ORDER = """
    quoting errors limits processes formats text_files temporary deadline operation negotiation terms datatypes sparql_text dataset_clause federation sparql_mistakes
    sparql_order syntax_errors protocol parameters query_header query_parameters census dataset_info query_parts saved_queries examples packaged turtle json_ld reifiers graph_text
    hints layers solutions testimony document_queries document_echoes document_account text_cover entities meanings entity_account ontology_terms ontology_reading ontology_queries ontology_examples inference void discovery dataset reading serialising evaluation engines.seccomp engines.fences within query_trials folding names listed_things named_things assembling arguments prepare manifest catalogue dcat
    downloads exporting derive evidence confirmed checking
    findings placing dossier rules shapes competency query_checks checks tallies validation skeleton
    engines.base engines.frames engines.broker engines.worker engines.forking engines.process engines.verdicts engines.allowance engines.queueing engines.nursery engines.counters
    engines.pool engines.local engines.lanes engines.federating engines.caching
    web.headers web.tagged web.page_memory web.links web.html web.problems web.outbox web.ready web.switch web.access web.answering web.connections web.tables
    web.chart_shapes web.chart_columns web.chart_bars web.chart_times web.chart_maps web.charts web.chart_turns web.chart_wires web.chart_neighbours
    web.ranges web.downloads web.clients web.site web.sparql_page web.endpoint web.asked web.forms web.snippets web.query_page web.markdown web.queries web.search web.words web.linked_data web.document_entries web.document_head web.document_json_ld web.document_strip web.document_page web.witnesses web.sentences web.meeting_parts web.surroundings web.entity_page web.statement_page
    web.diagrams web.ontology_entries web.ontology_figures web.ontology_page web.ontology
    web.openapi web.api web.descriptions web.crawling web.dataset_json_ld web.downloads_page web.pages web.representations web.things web.static web.metrics web.app web.server
    settings settings_text bootstrap serving asking cli_options cli_data cli __main__
""".split()

SERVER_ONLY = {
    "starlette",
    "uvloop",
    "prometheus_client",
    "fastapi",
    "uvicorn",
    "pydantic",
    "pydantic_core",
    "pydantic_settings",
    "jinja2",
    "click",
}
WORKER_ONLY = {"pyoxigraph"}


def modules(project: Path) -> dict[str, Path]:
    source = project / "src" / "otsgraph"
    return {
        ".".join(path.relative_to(source).with_suffix("").parts): path
        for path in source.rglob("*.py")
        if path.name != "__init__.py"
    }


def imports_of(path: Path) -> set[str]:
    """The otsgraph modules that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("otsgraph"):
            inside = (node.module or "").removeprefix("otsgraph").removeprefix(".")
            names = [".".join(filter(None, (inside, alias.name))) for alias in node.names]
            found |= {name if name in READING_ORDER else inside for name in names}
    return found


def test_every_module_has_its_place_in_the_reading_order(project: Path) -> None:
    assert sorted(modules(project)) == sorted(READING_ORDER)


def test_a_module_imports_only_what_stands_above_it(project: Path) -> None:
    files = modules(project)
    for place, name in enumerate(READING_ORDER):
        assert imports_of(files[name]) <= set(READING_ORDER[:place]), name


def test_packages_import_nothing(project: Path) -> None:
    for path in (project / "src" / "otsgraph").rglob("__init__.py"):
        assert not imports_of(path)


def test_only_settings_reads_the_environment(project: Path) -> None:
    readers = {name for name, path in modules(project).items() if re.search(r"os\.environ|getenv", path.read_text())}
    assert readers <= {"settings"}


def imported_by(importtime: str) -> set[str]:
    """The top-level packages in the output of `python -X importtime`."""
    return {line.rsplit("|", 1)[1].strip().split(".")[0] for line in importtime.splitlines() if "import time:" in line}


def test_the_running_server_never_holds_the_store_s_library() -> None:
    with running_server(python=("-X", "importtime")) as server:
        assert httpx.get(f"{server.url}/sparql", params={"query": "ASK { }"}).json()["boolean"] is True
        assert httpx.get(f"{server.url}/download/otsgraph.ttl").status_code == 200
        mapped = Path(f"/proc/{server.process.pid}/maps").read_text()
    assert "pydantic_core" in mapped
    assert "pyoxigraph" not in mapped


def test_a_running_worker_never_holds_the_server_s_libraries(tmp_path: Path) -> None:
    from otsgraph.engine.forkserver import nursery_command
    from otsgraph.engine.wire import Frame

    subprocess.run(
        [sys.executable, "-m", "otsgraph.dataset.build", "--default-graph", "facts", "--into", str(tmp_path)],
        check=True,
    )
    python, *rest = nursery_command(tmp_path, memory=2**28, largest_result=2**20)
    job = Frame(
        {"default_graph_uris": [], "named_graph_uris": [], "results": "JSON", "graph": None}, b"ASK { ?s ?p ?o }"
    )
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with (
        control,
        subprocess.Popen([python, "-X", "importtime", *rest], stdin=theirs.fileno(), stderr=subprocess.PIPE) as nursery,
    ):
        theirs.close()
        assert control.recv(4_096) == b"{}"
        jobs, inside = socket.socketpair()
        with jobs, inside:
            socket.send_fds(control, [b'{"fork": {"nice": 0, "services": []}}'], [inside.fileno()])
            control.recv(4_096)
            jobs.recv(4_096)
            jobs.sendall(job.encode())
            assert b'"boolean":true' in jobs.recv(4_096)
        control.shutdown(socket.SHUT_RDWR)
        assert nursery.stderr is not None
        held = imported_by(nursery.stderr.read().decode())
    assert held >= WORKER_ONLY
    assert not held & SERVER_ONLY
