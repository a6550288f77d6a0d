from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from cloudkit.s3._tree import disk as disk_module
from cloudkit.s3._tree.choice import Choice
from cloudkit.s3._tree.disk import Disk, scan


def filled(content: bytes) -> Callable[[BinaryIO], object]:
    return lambda file: file.write(content)


@pytest.fixture(params=["held", "by path"])
def root(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, changed in both ways."""
    monkeypatch.setattr(disk_module, "_HOLDS_FOLDERS", request.param == "held")
    made = tmp_path / "root"
    made.mkdir()
    return made


# -- changing ----------------------------------------------------------------------------------------------------


def test_write(root: Path) -> None:
    disk = Disk(root)
    disk.write("a/b/c.txt", filled(b"one"))
    disk.write("a/b/c.txt", filled(b"two"))
    disk.write("top", filled(b""))
    assert (root / "a/b/c.txt").read_bytes() == b"two"
    assert sorted(os.listdir(root)) == ["a", "top"]
    assert os.listdir(root / "a/b") == ["c.txt"]


def test_the_folder_is_made(root: Path) -> None:
    Disk(root / "new" / "er").write("x", filled(b"x"))
    assert (root / "new/er/x").read_bytes() == b"x"


def test_what_breaks_off_leaves_what_was_there(root: Path) -> None:
    disk = Disk(root)
    disk.write("x", filled(b"old"))

    def fill(file: BinaryIO) -> None:
        file.write(b"new")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        disk.write("x", fill)
    assert (root / "x").read_bytes() == b"old"
    assert os.listdir(root) == ["x"]


def test_no_link_is_followed(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_bytes(b"kept")
    (root / "link").symlink_to(outside)
    (root / "file").symlink_to(outside / "kept")
    (root / "deep").mkdir()
    (root / "deep" / "link").symlink_to(outside)
    disk = Disk(root)
    for name in ("link/x", "link/kept", "link/new/x", "deep/link/x"):
        with pytest.raises(OSError):
            disk.write(name, filled(b"bad"))
    with pytest.raises(OSError):
        disk.delete("link/kept")
    # A link of the file's name gives way; what it points to does not change.
    disk.write("file", filled(b"new"))
    assert not (root / "file").is_symlink()
    assert os.listdir(outside) == ["kept"]
    assert (outside / "kept").read_bytes() == b"kept"


def test_a_link_that_comes_in_between(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "a").mkdir()

    def fill(file: BinaryIO) -> None:
        file.write(b"x")
        (root / "a").rename(root / "moved")
        (root / "a").symlink_to(outside)

    if disk_module._HOLDS_FOLDERS:
        Disk(root).write("a/x", fill)
        assert (root / "moved" / "x").read_bytes() == b"x"
    else:
        with pytest.raises(OSError):
            Disk(root).write("a/x", fill)
    assert os.listdir(outside) == []


def test_what_is_in_the_way(root: Path) -> None:
    (root / "file").write_bytes(b"")
    (root / "folder").mkdir()
    for name in ("file/x", "folder"):
        with pytest.raises(OSError):
            Disk(root).write(name, filled(b"x"))
    assert sorted(os.listdir(root)) == ["file", "folder"]


def test_the_root_may_be_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "short").symlink_to(root)
    Disk(tmp_path / "short").write("a/x", filled(b"x"))
    assert (root / "a/x").read_bytes() == b"x"


def test_delete_takes_empty_folders_along(root: Path) -> None:
    disk = Disk(root)
    for name in ("a/b/c", "a/d", "x/y/z"):
        disk.write(name, filled(b""))
    disk.delete("a/b/c")
    disk.delete("x/y/z")
    assert sorted(os.listdir(root)) == ["a"]
    assert os.listdir(root / "a") == ["d"]
    with pytest.raises(FileNotFoundError):
        disk.delete("a/gone")
    assert root.exists()


# -- what is there -----------------------------------------------------------------------------------------------


def test_scan(root: Path, tmp_path: Path) -> None:
    (root / "a").mkdir()
    (root / "a/x.txt").write_bytes(b"12345")
    (root / ".hidden").write_bytes(b"")
    (root / ".cloudkit-0011.part").write_bytes(b"")
    (root / "link").symlink_to(root / "a")
    (root / "dead").symlink_to(root / "nothing")
    os.mkfifo(root / "pipe")
    found = scan(root, Choice())
    assert list(found.files) == [".hidden", "a/x.txt"]
    assert (found.files["a/x.txt"].size, found.files["a/x.txt"].path) == (5, root / "a/x.txt")
    assert found.folders == ["a"]
    assert {each.name: each.reason.split(":")[0] for each in found.others} == {
        ".cloudkit-0011.part": "left over of a download that was broken off",
        "dead": "a symbolic link",
        "link": "a symbolic link",
        "pipe": "no file",
    }


def test_a_socket_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket")
        assert [each.reason for each in scan(tmp_path, Choice()).others] == [
            "no file: a device, socket or pipe"
        ]


def test_following_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x").write_bytes(b"x")
    (tmp_path / "root").mkdir()
    root = tmp_path / "root"
    (root / "folder").symlink_to(tmp_path / "real")
    (root / "file").symlink_to(tmp_path / "real" / "x")
    (root / "dead").symlink_to(tmp_path / "nothing")
    (root / "loop").symlink_to(root)
    (tmp_path / "real" / "back").symlink_to(tmp_path / "real")
    found = scan(root, Choice(), follow=True)
    assert list(found.files) == ["file", "folder/x"]
    assert found.files["file"].size == 1
    assert {each.name: each.reason for each in found.others} == {
        "dead": "it cannot be read: No such file or directory",
        "folder/back": "a link to a folder that it is in",
        "loop": "a link to a folder that it is in",
    }


def test_names_that_are_no_text(tmp_path: Path) -> None:
    try:
        (Path(os.fsdecode(bytes(tmp_path) + b"/\xff\xfe"))).write_bytes(b"")
    except OSError:
        return  # this disk has no such names
    found = scan(tmp_path, Choice())
    assert found.files == {}
    assert [each.reason for each in found.others] == ["a name that is no UTF-8"]


def test_a_folder_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "x").write_bytes(b"")
    real = os.scandir

    def scandir(path: Path) -> object:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    found = scan(tmp_path, Choice())
    assert [(each.name, each.folder) for each in found.others] == [("closed", True)]
    assert "cannot be read: Permission denied" in found.others[0].reason
    with pytest.raises(PermissionError):
        scan(tmp_path / "closed", Choice())


def test_what_is_excluded_is_not_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("keep/x", "node_modules/y/z", "keep/cache/w"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "node_modules" / "link").symlink_to(tmp_path)
    entered: list[str] = []
    real = os.scandir

    def scandir(path: Path) -> object:
        entered.append(path.name)
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    found = scan(tmp_path, Choice(exclude=["node_modules", "keep/cache/"]))
    assert list(found.files) == ["keep/x"]
    assert found.others == []
    assert entered == [tmp_path.name, "keep"]
