"""Every way to install the package carries ontology, data and queries; tried in fresh environments elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


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
    "pip install -e .": lambda source, built: ["--no-deps", "--editable", str(source)],
    "the wheel": lambda source, built: ["--no-deps", str(next(built.glob("*.whl")))],
    "the sdist": lambda source, built: ["--no-deps", str(next(built.glob("*.tar.gz")))],
}
"""What pip is given.  The first brings the dependencies; the others have those that are installed for the tests."""


@pytest.mark.parametrize("way", WAYS)
def test_an_installation_answers_queries_away_from_the_checkout(
    way: str, source: Path, built: Path, tmp_path: Path
) -> None:
    environment = tmp_path / "environment"
    venv.create(environment)
    python = str(environment / "bin" / "python")
    arguments = WAYS[way](source, built)
    if "--no-deps" in arguments:
        # of a folder that is named in a .pth file, the .pth files are not read: no otsgraph comes from there
        (own,) = environment.glob("lib/python*/site-packages")
        (own / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, *arguments], check=True, capture_output=True, cwd=tmp_path)
    command = [str(environment / "bin" / "otsgraph"), "query", "--saved", "represented-states", "-f", "csv"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 7


def locked(project: Path, name: str) -> dict[str, list[str]]:
    """The versions of a lock file by package, each with its hashes."""
    found: dict[str, list[str]] = {}
    for line in (project / ".ci" / f"requirements-{name}.txt").read_text().splitlines():
        if pinned := re.match(r"([a-z0-9-]+)==(\S+)", line):
            hashes = found.setdefault(f"{pinned[1]} {pinned[2]}", [])
        elif hashed := re.match(r"    --hash=(sha256:[0-9a-f]{64})", line):
            hashes.append(hashed[1])
    return found


@pytest.mark.parametrize(("name", "extras"), [("serve", [""]), ("test", ["", "test"])])
def test_a_lock_file_has_a_version_with_hashes_for_each_requirement(
    project: Path, name: str, extras: list[str]
) -> None:
    metadata = tomllib.loads((project / "pyproject.toml").read_text())
    required = [*metadata["build-system"]["requires"], *metadata["project"]["dependencies"]]
    required += [each for extra in extras if extra for each in metadata["project"]["optional-dependencies"][extra]]
    versions = {package.split()[0]: package.split()[1] for package in locked(project, name)}
    for requirement in map(Requirement, required):
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement
    assert all(locked(project, name).values())


@pytest.mark.parametrize("name", ["serve", "test"])
def test_a_lock_file_has_no_address(project: Path, name: str) -> None:
    assert "://" not in (project / ".ci" / f"requirements-{name}.txt").read_text()


def test_what_serves_is_what_is_tested(project: Path) -> None:
    assert locked(project, "serve").items() <= locked(project, "test").items()
