from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from cloudkit.s3._transfer.paths import Names, folds_case, refusal

REFUSED_EVERYWHERE = {
    "../../x": "another folder",
    "..": "another folder",
    "a/../../x": "another folder",
    "./x": "another folder",
    "/etc/x": "without a name",
    "a//b": "without a name",
    "a/": "without a name",
    "..\\x": "backslash",
    "a\\b": "backslash",
    "C:x": "drive",
    "a/c:/x": "drive",
    "a\0b": "control character",
    "a\nb": "control character",
    "a\x7fb": "control character",
    "a\x85b": "control character",
    "x" * 256: "256 bytes",
    "é" * 128: "256 bytes",
}
REFUSED_BY_WINDOWS = {
    "a.": "dot or space",
    "a /b": "dot or space",
    "...": "dot or space",
    "CON": "device",
    "a/nul.txt": "device",
    "com1": "device",
    "LPT9.log": "device",
    "10:30.json": "Windows takes",
    "a?b": "Windows takes",
    "a<b": "Windows takes",
    'a"b': "Windows takes",
    "a|b": "Windows takes",
    "a*b": "Windows takes",
}
FINE = [
    "a",
    "a/b",
    ".hidden",
    "..x",
    "x..",
    "a b",
    "é/ü",
    "x" * 255,
    "console",
    "com10x",
    "-",
    "~",
    "a.b.c",
    " a",
]


@pytest.mark.parametrize("name", REFUSED_EVERYWHERE)
def test_what_is_refused_everywhere(name: str) -> None:
    for windows in (False, True):
        assert REFUSED_EVERYWHERE[name] in str(refusal(name, windows=windows))


@pytest.mark.parametrize("name", REFUSED_BY_WINDOWS)
def test_what_windows_refuses(name: str) -> None:
    assert REFUSED_BY_WINDOWS[name] in str(refusal(name, windows=True))
    assert refusal(name, windows=False) is None


@pytest.mark.parametrize("name", FINE)
def test_what_is_fine(name: str) -> None:
    assert refusal(name, windows=False) is None
    assert refusal(name, windows=True) is None or name == "x.."


@given(st.text(min_size=1))
def test_what_is_not_refused_stays_below_the_folder(name: str) -> None:
    if refusal(name) is None:
        root = Path("/target")
        path = Path(os.path.normpath(root / name))
        assert path != root
        assert root in path.parents
        assert path == root.joinpath(*name.split("/"))


def test_a_file_cannot_be_a_folder() -> None:
    names = Names()
    assert names.add("a") is None
    assert names.add("a.b") is None
    assert "'a' is an object too" in str(names.add("a/b"))
    assert "'a' is an object too" in str(names.add("a/b/c"))
    assert names.add("A/b") is None


def test_a_disk_that_folds_case() -> None:
    names = Names(["here", "Folder"], folding=True)
    assert names.add("A") is None
    assert "'A' differs" in str(names.add("a"))
    assert "is an object too" in str(names.add("a/b"))
    assert "'here' differs" in str(names.add("HERE"))
    assert names.add("here") is None
    assert "'Folder' differs" in str(names.add("folder/x"))
    assert names.add("Folder/x") is None
    assert names.add("x/Y/z") is None
    assert "'x/Y' differs" in str(names.add("x/y/w"))
    # Signs in one piece and in two are one name there too.
    assert names.add("caf\u00e9") is None
    assert "differs" in str(names.add("cafe\u0301"))


def test_whether_a_disk_folds_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = tmp_path / "Probe"
    probe.mkdir()
    folds = (tmp_path / "pROBE").exists()
    assert folds_case(probe) is folds
    # What is not there yet will be on the disk of what it will be in.
    assert folds_case(probe / "a" / "b") is folds
    # Where no name has letters, the system says.
    monkeypatch.setattr("sys.platform", "darwin")
    assert folds_case(Path("/"))
    monkeypatch.setattr("sys.platform", "linux")
    assert not folds_case(Path("/"))
    # A disk that does fold has both spellings, of one file.
    (tmp_path / "pROBE").mkdir(exist_ok=True)
    monkeypatch.setattr("os.path.samefile", lambda one, other: True)
    assert folds_case(probe)
