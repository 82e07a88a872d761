"""Temporary folders: those of processes that have ended are removed, and no others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from otsgraph.process.resources import temporary_folder

HOLDER = """
import sys
from otsgraph.process.resources import temporary_folder
with temporary_folder() as folder:
    (folder / "some" / "where").mkdir(parents=True)
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, here and in processes that are started."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@contextmanager
def holder() -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process with a temporary folder."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())


def left_by_a_killed_process() -> Path:
    with holder() as (process, folder):
        process.send_signal(signal.SIGKILL)
    assert folder.is_dir()
    return folder


def test_a_folder_is_removed_at_its_end(temp: Path) -> None:
    with temporary_folder() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "file").touch()
    assert list(temp.iterdir()) == []


def test_a_folder_of_a_killed_process_is_removed_by_the_next() -> None:
    left = [left_by_a_killed_process()]
    with temporary_folder() as own:
        assert not any(folder.exists() for folder in left)
        assert own.is_dir()


def test_a_folder_of_a_living_process_stays_whatever_it_does() -> None:
    with holder() as (process, folder), holder() as (stopped, other):
        os.kill(stopped.pid, signal.SIGSTOP)
        left = left_by_a_killed_process()
        with temporary_folder() as own, temporary_folder() as another:
            assert all(path.is_dir() for path in (folder, other, own, another))
        assert (folder / "some" / "where").is_dir()
        assert not left.exists()
        os.kill(stopped.pid, signal.SIGCONT)
        assert process.poll() is None


def test_a_folder_without_a_lock_stays(temp: Path) -> None:
    unlocked = temp / "otsgraph-abcdefgh"
    unlocked.mkdir()
    (unlocked / ".otsgraph-lock.new").touch()
    with temporary_folder():
        assert unlocked.is_dir()


def test_a_folder_of_somebody_s_own_stays(temp: Path) -> None:
    own = temp / "otsgraph-my-own-data"
    own.mkdir()
    (own / ".otsgraph-lock").touch()
    with temporary_folder():
        assert own.is_dir()


def test_what_a_link_leads_to_stays(temp: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / ".otsgraph-lock").touch()
    (temp / "otsgraph-abcdefgh").symlink_to(elsewhere)
    with temporary_folder():
        assert (elsewhere / ".otsgraph-lock").exists()


def test_a_folder_whose_lock_is_a_link_stays(temp: Path) -> None:
    folder = temp / "otsgraph-abcdefgh"
    folder.mkdir()
    (temp / "file").touch()
    (folder / ".otsgraph-lock").symlink_to(temp / "file")
    with temporary_folder():
        assert folder.is_dir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another user")
def test_a_folder_of_another_user_stays() -> None:
    left = left_by_a_killed_process()
    os.chown(left, 12_345, -1)
    with temporary_folder():
        assert left.is_dir()
