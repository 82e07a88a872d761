"""Plants single faults in modules, saved queries, rules and shapes, and says which of them no test notices.

    .venv/bin/python tests/mutants.py src/otsgraph/graph/statements.py ontology/rules/orphan.rq --most 40

Each fault is planted in a temporary copy of the project, where the related tests run until the first one fails.  A fault
that makes them take too long is noticed too.  What survives is either not tested, or makes no difference.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from mutants_testing import faults_in

ROOT = Path(__file__).parent.parent
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info")
SLOW = {"browser", "conformance", "faults"}
"""Folders of tests that are run only if they are named."""

TESTS_OF = {
    "ontology/rules": ["tests/knowledge/test_rules.py", "tests/graph/test_what_becomes_a_fact.py"],
    "ontology": ["tests/checks/test_validate.py"],
    "queries/competency": ["tests/knowledge/test_competency.py"],
    "queries": ["tests/knowledge/test_saved_answers.py"],
}
"""The tests of files that no test imports, by folder."""


def related_tests(root: Path, file: Path) -> list[str]:
    """The tests that import a module, those in its own folder first, then those that import a module which does."""
    folder = next((name for name in TESTS_OF if file.as_posix().startswith(f"{name}/")), None)
    if folder and file.suffix != ".py":
        return TESTS_OF[folder]
    source = root / "src"
    modules = {".".join(path.relative_to(source).with_suffix("").parts): path for path in source.rglob("*.py")}
    own = ".".join(file.relative_to("src").with_suffix("").parts)
    importers = {name for name, path in modules.items() if own in _imported_by(path)}
    tests = sorted(p for p in (root / "tests").rglob("test_*.py") if not SLOW & set(p.relative_to(root).parts))
    direct = [path for path in tests if own in _imported_by(path)]
    direct.sort(key=lambda path: path.parent.name != file.parent.name)
    further = [path for path in tests if path not in direct and importers & _imported_by(path)]
    return [path.relative_to(root).as_posix() for path in (*direct, *further)]


def _imported_by(path: Path) -> set[str]:
    nodes = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)]
    return {n for node in nodes for n in (node.module or "", *(f"{node.module}.{a.name}" for a in node.names))}


def tests_pass(project: Path, tests: Sequence[str], seconds: float) -> bool:
    """Whether tests pass in a copy of the project, within a time [s]."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", *tests]
    path = os.pathsep.join(str(project / folder) for folder in ("src", "tests", "."))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    with (
        Path(os.devnull).open("r+") as nothing,
        subprocess.Popen(
            command, cwd=project, env=environment, start_new_session=True, stdin=nothing, stdout=nothing, stderr=nothing
        ) as process,
    ):
        try:
            return process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            # servers that a test had no time to end
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Plants faults and prints what survives.  Returns 2 if there are no related tests, or they fail without a fault."""
    parser = argparse.ArgumentParser(prog="mutants", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="+", metavar="FILE", help="a module, a query, a rule or the shapes")
    parser.add_argument("--tests", help="what pytest is given, instead of the related tests")
    parser.add_argument("--most", type=int, help="plant so many of the faults of each file, chosen at random")
    parser.add_argument("--seed", type=int, default=0, help="of the choice (0)")
    parser.add_argument("--seconds", type=float, default=120, help="longest that a run of the tests may take (120)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        project = Path(folder) / "project"
        shutil.copytree(root, project, ignore=NOT_COPIED)
        for file in options.files:
            name = Path(file).resolve().relative_to(root) if Path(file).is_absolute() else Path(file)
            tests = shlex.split(options.tests) if options.tests else related_tests(project, name)
            if not tests or not tests_pass(project, tests, options.seconds):
                print(f"{name}: its tests fail, or there are none: {' '.join(tests)}")
                return 2
            text = (project / name).read_text(encoding="utf-8")
            faults = faults_in(name.as_posix(), text)
            if options.most is not None and options.most < len(faults):
                faults = random.Random(options.seed).sample(faults, options.most)
            killed = 0
            for fault in faults:
                (project / name).write_text(fault.planted(text), encoding="utf-8")
                if not tests_pass(project, tests, options.seconds):
                    killed += 1
                    continue
                line, before, after = fault.shown(text)
                print(f"{name}:{line}: {fault.what}\n  - {before}\n  + {after}", flush=True)
            (project / name).write_text(text, encoding="utf-8")
            print(f"{name}: killed {killed} of {len(faults)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
