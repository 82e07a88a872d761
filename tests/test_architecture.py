"""The house keeps its order: folders import one way, and no process holds what belongs to another."""

from __future__ import annotations

import ast
import re
import socket
import subprocess
from graphlib import TopologicalSorter
from pathlib import Path

FOLDERS = (
    *("quoting", "errors", "process", "rdf", "sparql", "graph", "queries", "dataset", "settings", "engine"),
    *("web.http", "web.charts", "web.pages", "web", "checks", "cli", "__main__"),
)
"""The folders, and the modules that stand beside them: each imports only from those before it."""

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
EVALUATORS = {"sparql.evaluator", "dataset.build", "queries.trial", "engine.worker"}
"""The modules that may hold a store: the server runs them in other processes only."""


def modules(project: Path) -> dict[str, Path]:
    source = project / "src" / "otsgraph"
    return {
        ".".join(path.relative_to(source).with_suffix("").parts): path
        for path in source.rglob("*.py")
        if path.name != "__init__.py"
    }


def folder_of(module: str) -> str:
    return module if module in FOLDERS else module.rpartition(".")[0]


def imports_of(path: Path, known: dict[str, Path]) -> set[str]:
    """The otsgraph modules that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "otsgraph":
            inside = (node.module or "").removeprefix("otsgraph").removeprefix(".")
            names = [".".join(filter(None, (inside, alias.name))) for alias in node.names]
            found |= {name if name in known else inside for name in names}
    return found


def test_a_folder_imports_only_from_folders_above_it(project: Path) -> None:
    files = modules(project)
    for name, path in files.items():
        above = FOLDERS[: FOLDERS.index(folder_of(name)) + 1]
        assert {folder_of(imported) for imported in imports_of(path, files)} <= set(above), name


def test_no_modules_import_each_other_in_a_circle(project: Path) -> None:
    files = modules(project)
    TopologicalSorter({name: imports_of(path, files) for name, path in files.items()}).prepare()


def test_packages_import_nothing(project: Path) -> None:
    for path in (project / "src" / "otsgraph").rglob("__init__.py"):
        assert not imports_of(path, {})


def test_only_settings_reads_the_environment(project: Path) -> None:
    readers = {name for name, path in modules(project).items() if re.search(r"os\.environ|getenv", path.read_text())}
    assert readers <= {"settings"}


NAMING_TERMS = {"rdf.terms", "checks.new_document", "cli"}
"""The modules whose text may name terms of the ontology: the list of them, a document to be filled in, and help."""


def test_terms_of_the_ontology_are_named_in_one_module_and_in_queries(project: Path) -> None:
    files = modules(project)
    assert {name: terms_named(path) for name, path in files.items() if terms_named(path)}.keys() == NAMING_TERMS


def terms_named(path: Path) -> list[str]:
    """The terms that a module names as `ots:…`, as a whole IRI, or by joining the namespace with a name."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += re.findall(r"\bots:[A-Za-z]\w*|otsgraph/ontology#\w+", node.value)
        elif isinstance(node, ast.BinOp) and isinstance(node.left, ast.Name) and node.left.id == "OTS":
            found.append(ast.unparse(node))
        elif isinstance(node, ast.JoinedStr):
            found += re.findall(r"\{OTS\}\w+", ast.unparse(node))
    return found


def test_every_query_of_the_pages_is_asked_for_by_name(project: Path) -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in modules(project).values()]
    texts = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert {path.stem for path in (project / "src").rglob("*.rq")} <= texts


def imported_by(importtime: str) -> set[str]:
    """The top-level packages in the output of `python -X importtime`."""
    return {line.rsplit("|", 1)[1].strip().split(".")[0] for line in importtime.splitlines() if "import time:" in line}


def test_the_server_reaches_no_module_that_holds_a_store(project: Path) -> None:
    files = modules(project)
    reached, ahead = set[str](), {"web.app", "web.serve"}
    while ahead:
        reached |= ahead
        ahead = set[str]().union(*(imports_of(files[name], files) for name in ahead)) - reached
    assert {name for name, path in files.items() if "Store" in names_in(path)} >= EVALUATORS
    assert {name for name in reached if "Store" in names_in(files[name])} == set()


def names_in(path: Path) -> set[str]:
    """The attributes that a module uses."""
    return {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}


def test_a_running_worker_never_holds_the_server_s_libraries(tmp_path: Path) -> None:
    from otsgraph.dataset.sources import BUILD_COMMAND, BuildJob
    from otsgraph.engine.forkserver import fork_server_command
    from otsgraph.engine.wire import Frame

    subprocess.run(BUILD_COMMAND, input=BuildJob(str(tmp_path)).to_json(), check=True)
    python, *rest = fork_server_command(tmp_path, memory=2**28, largest_result=2**20)
    job = Frame(
        {"default_graph_uris": [], "named_graph_uris": [], "results": "JSON", "graph": None}, b"ASK { ?s ?p ?o }"
    )
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with (
        control,
        subprocess.Popen(
            [python, "-X", "importtime", *rest], stdin=theirs.fileno(), stderr=subprocess.PIPE
        ) as fork_server,
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
        assert fork_server.stderr is not None
        held = imported_by(fork_server.stderr.read().decode())
    assert "pyoxigraph" in held
    assert not held & SERVER_ONLY
