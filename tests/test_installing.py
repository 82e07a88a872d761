"""Every way to install the package carries ontology, data and queries; tried in fresh environments elsewhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def source(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git tracks, so that builds leave no trace in the checkout."""
    copy = tmp_path_factory.mktemp("source")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (project / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(project / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def built(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("built")
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(folder), str(source)], check=True, capture_output=True
    )
    return folder


WAYS: dict[str, Callable[[Path, Path], list[str]]] = {
    "pip install .": lambda source, built: [str(source)],
    "pip install -e .": lambda source, built: ["--editable", str(source)],
    "the wheel": lambda source, built: [str(next(built.glob("*.whl")))],
    "the sdist": lambda source, built: [str(next(built.glob("*.tar.gz")))],
}


@pytest.mark.parametrize("way", WAYS)
def test_an_installation_answers_queries_away_from_the_checkout(
    way: str, source: Path, built: Path, tmp_path: Path
) -> None:
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    python = str(environment / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *WAYS[way](source, built)]
    subprocess.run(install, check=True, capture_output=True, cwd=tmp_path)
    command = [str(environment / "bin" / "otsgraph"), "query", "--saved", "represented-states", "-f", "csv"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 7
