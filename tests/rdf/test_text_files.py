"""Source files: only regular ones are read, links stay in their folder, and each mistake names its file."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from otsgraph.dataset.sources import SUFFIXES, own_sources
from otsgraph.errors import DataError
from otsgraph.rdf.files import LARGEST_TEXT, listed, open_file, read_text, walked, write_text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one source file, beside a file that is not in it."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.ttl").write_text("a")
    (tmp_path / "outside.ttl").write_text("outside")
    return folder


def bind_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


def link_to_pipe(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


ODD: dict[str, tuple[Callable[[Path], object], str]] = {
    "a named pipe": (os.mkfifo, "is a named pipe, not a regular file"),
    "a socket": (bind_socket, "is a socket, not a regular file"),
    "a folder": (Path.mkdir, "is a folder, not a regular file"),
    "a link to a device": (lambda path: path.symlink_to("/dev/zero"), "is a device, not a regular file"),
    "a link to nothing": (lambda path: path.symlink_to("nothing"), "is a link that leads nowhere"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "is a link that leads nowhere"),
    "a link to a named pipe": (link_to_pipe, "is a named pipe, not a regular file"),
    "nothing": (lambda path: None, "No such file or directory"),
}


@pytest.mark.parametrize("inside", [True, False], ids=["in a folder", "named itself"])
@pytest.mark.parametrize(("make", "reason"), ODD.values(), ids=ODD.keys())
def test_only_a_regular_file_is_opened(
    folder: Path, make: Callable[[Path], object], reason: str, *, inside: bool
) -> None:
    make(folder / "odd.ttl")
    with pytest.raises(DataError) as raised:
        open_file(folder / "odd.ttl", "odd.ttl", folder if inside else None)
    assert str(raised.value) == f"odd.ttl: {reason}"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_file_that_may_not_be_read_is_named(folder: Path) -> None:
    (folder / "a.ttl").chmod(0)
    with pytest.raises(DataError, match=r"a\.ttl: Permission denied"):
        open_file(folder / "a.ttl", "a.ttl", folder)


@pytest.mark.parametrize("target", ["../outside.ttl", "../folder/../outside.ttl", "inside/../../outside.ttl"])
def test_a_link_out_of_the_folder_is_not_followed(folder: Path, target: str) -> None:
    (folder / "inside").mkdir()
    (folder / "link.ttl").symlink_to(target)
    with pytest.raises(DataError, match=r"link\.ttl: is a link that leads out of "):
        read_text(folder / "link.ttl", "link.ttl", folder)


def test_a_folder_with_a_longer_name_is_outside_too(folder: Path) -> None:
    other = folder.with_name("folder-of-another")
    other.mkdir()
    (other / "b.ttl").write_text("b")
    (folder / "link.ttl").symlink_to(other / "b.ttl")
    with pytest.raises(DataError, match="leads out of"):
        read_text(folder / "link.ttl", "link.ttl", folder)


def test_a_file_reached_through_a_linked_folder_outside_is_not_read(folder: Path) -> None:
    (folder / "up").symlink_to("..")
    with pytest.raises(DataError, match="leads out of"):
        read_text(folder / "up" / "outside.ttl", "up/outside.ttl", folder)


def test_a_link_that_is_named_itself_is_followed_anywhere(folder: Path) -> None:
    (folder / "link.ttl").symlink_to("../outside.ttl")
    assert read_text(folder / "link.ttl", "link.ttl") == "outside"


def test_a_folder_may_itself_be_reached_by_a_link(folder: Path) -> None:
    folder.with_name("link").symlink_to(folder)
    path = folder.with_name("link") / "a.ttl"
    assert read_text(path, "a.ttl", path.parent) == "a"


def test_a_text_has_a_largest_size(folder: Path) -> None:
    os.truncate(folder / "a.ttl", 2**40)
    with pytest.raises(DataError, match=f"a.ttl: is larger than {LARGEST_TEXT >> 20} MiB"):
        read_text(folder / "a.ttl", "a.ttl")


def test_a_mounted_folder_of_links_is_read_once(tmp_path: Path) -> None:
    """As Kubernetes mounts a ConfigMap: links to ..data, a link to a folder named by the time."""
    (tmp_path / "..2026" / "sub").mkdir(parents=True)
    (tmp_path / "..2026" / "a.ttl").write_text("a")
    (tmp_path / "..2026" / "sub" / "b.ttl").write_text("b")
    (tmp_path / "..data").symlink_to("..2026")
    (tmp_path / "a.ttl").symlink_to("..data/a.ttl")
    (tmp_path / "sub").symlink_to("..data/sub")
    sources = own_sources([tmp_path])
    assert [(s.name, read_text(s.path, s.name, s.inside)) for s in sources] == [("a.ttl", "a"), ("sub/b.ttl", "b")]
    assert listed(tmp_path, ".ttl") == [tmp_path / "a.ttl"]


def test_links_in_a_circle_end_and_every_folder_keeps_its_own_name(folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / f"{name}.ttl").write_text(name)
    (folder / "one" / "other").symlink_to("../two")
    (folder / "two" / "other").symlink_to("../one")
    (folder / "two" / "all").symlink_to("..")
    names = [path.relative_to(folder).as_posix() for path in walked(folder, SUFFIXES)]
    assert names == ["a.ttl", "one/one.ttl", "two/two.ttl"]


def test_a_folder_whose_name_ends_like_a_file_is_a_folder(folder: Path) -> None:
    (folder / "b.ttl").mkdir()
    (folder / "b.ttl" / "c.ttl").write_text("c")
    assert walked(folder, SUFFIXES) == [folder / "a.ttl", folder / "b.ttl" / "c.ttl"]


def test_a_link_to_a_folder_outside_is_named(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "up").symlink_to("../..")
    with pytest.raises(DataError, match=r"^sub/up: is a link that leads out of "):
        walked(folder, SUFFIXES)


def test_names_that_begin_with_a_dot_are_left_out(folder: Path) -> None:
    (folder / ".#a.ttl").symlink_to("somebody@somewhere.1:2")
    (folder / ".git").mkdir()
    (folder / ".git" / "b.ttl").write_text("b")
    assert walked(folder, SUFFIXES) == listed(folder, ".ttl") == [folder / "a.ttl"]


def test_where_there_is_a_link_a_file_is_written_in_its_place(folder: Path) -> None:
    (folder / "link.ttl").symlink_to("../outside.ttl")
    write_text(folder / "link.ttl", "new")
    assert (folder / "link.ttl").read_text() == "new"
    assert not (folder / "link.ttl").is_symlink()
    assert (folder.parent / "outside.ttl").read_text() == "outside"


def test_where_there_is_a_named_pipe_a_file_is_written_in_its_place(folder: Path) -> None:
    os.mkfifo(folder / "pipe.ttl")
    write_text(folder / "pipe.ttl", "new")
    assert (folder / "pipe.ttl").read_text() == "new"
