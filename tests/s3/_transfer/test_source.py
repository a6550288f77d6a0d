from __future__ import annotations

import gzip
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit.errors import Conflict, InvalidRequest
from cloudkit.s3._transfer.source import Content, content_of

DATA = bytes(range(256)) * 3


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "f").write_bytes(DATA)
    return tmp_path / "f"


def whole(source: Any) -> bytes:
    """All of it, in whichever way it comes."""
    with content_of(source) as content:
        if isinstance(content, Content):
            content.check()
            return content.read_at(0, content.size)
        return b"".join(bytes(piece) for piece in content)


class OneWay:
    """All that an open file needs: `read`."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size)


@pytest.mark.parametrize(
    "make",
    [
        lambda path: str(path),
        lambda path: path,
        lambda path: DATA,
        lambda path: bytearray(DATA),
        lambda path: memoryview(DATA),
        lambda path: memoryview(DATA).cast("I"),
        lambda path: io.BytesIO(DATA),
        lambda path: OneWay(DATA),
        lambda path: [DATA[:5], bytearray(DATA[5:9]), b"", memoryview(DATA[9:])],
        lambda path: (DATA[index : index + 1] for index in range(len(DATA))),
    ],
)
def test_it_is_the_same_bytes(path: Path, make: Callable[[Path], Any]) -> None:
    assert whole(make(path)) == DATA


@pytest.mark.parametrize("buffering", [0, -1])
def test_an_open_file_from_where_it_stands(path: Path, buffering: int) -> None:
    with open(path, "rb", buffering=buffering) as file:
        file.read(100)
        with content_of(file) as content:
            assert isinstance(content, Content)
            assert content.size == len(DATA) - 100
            assert content.read_at(10, 5) == DATA[110:115]
            assert file.tell() == 100
        assert file.tell() == len(DATA)
        assert not file.closed
    memory = io.BytesIO(DATA)
    memory.seek(100)
    assert whole(memory) == DATA[100:]
    assert memory.tell() == len(DATA)
    memory.write(b"it is not locked")


def test_what_was_not_written_yet_is_in_it(path: Path) -> None:
    with open(path, "r+b") as file:
        file.seek(0, os.SEEK_END)
        file.write(b"more")
        file.seek(0)
        assert whole(file) == DATA + b"more"
    with tempfile.TemporaryFile() as temporary:
        temporary.write(DATA)
        temporary.seek(1)
        assert whole(temporary) == DATA[1:]


def test_a_file_behind_its_end_has_nothing(path: Path) -> None:
    with open(path, "rb") as file:
        file.seek(5000)
        assert whole(file) == b""
        assert file.tell() == 5000


def test_an_exception_leaves_the_file_open_where_it_stood(path: Path) -> None:
    with open(path, "rb") as file:
        file.seek(3)
        with pytest.raises(KeyError), content_of(file):
            raise KeyError
        assert (file.closed, file.tell()) == (False, 3)


def test_a_stream_is_no_file_though_it_lies_on_one(path: Path) -> None:
    with gzip.open(path.with_suffix(".gz"), "wb") as packed:
        packed.write(DATA)
    with gzip.open(path.with_suffix(".gz")) as packed, content_of(packed) as content:
        assert not isinstance(content, Content)
        assert b"".join(bytes(piece) for piece in content) == DATA


def test_pipes(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.write(write, DATA)
    os.close(write)
    with open(read, "rb") as pipe:
        assert whole(pipe) == DATA
    with content_of(os.devnull) as content:
        assert not isinstance(content, Content)
        assert list(content) == []


@given(st.integers(0, 800), st.integers(0, 800))
def test_any_place_at_any_time(first: int, count: int) -> None:
    count = min(count, max(0, len(DATA) - first))
    with tempfile.NamedTemporaryFile() as file:
        file.write(DATA)
        file.flush()
        for source in (file.name, DATA):
            with content_of(source) as content:
                assert isinstance(content, Content)
                assert content.read_at(first, count) == DATA[first : first + count]
                made = content.slice(first, count)
                assert made.read() == DATA[first : first + count]


def test_where_files_cannot_be_read_by_position(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pread")  # as on Windows
    with content_of(path) as content:
        assert isinstance(content, Content)
        assert content.read_at(3, 7) == DATA[3:10]
    with open(os.dup(os.open(path, os.O_RDONLY)), "rb") as file:
        assert whole(file) == DATA  # by no name: as a stream


# -- what cannot be ----------------------------------------------------------------------------------------------


def test_a_file_that_shrinks_or_grows_is_an_error(path: Path) -> None:
    with content_of(path) as content:
        assert isinstance(content, Content)
        content.check()
        path.write_bytes(DATA[:100])
        with pytest.raises(Conflict, match="changed"):
            content.read_at(50, 100)
        with pytest.raises(Conflict, match="changed"):
            content.check()
    with content_of(path) as content:
        assert isinstance(content, Content)
        with open(path, "ab") as file:
            file.write(b"more")
        with pytest.raises(Conflict, match=str(path)):
            content.check()


def test_a_file_that_is_written_over_is_an_error(path: Path) -> None:
    os.utime(path, (0, 0))
    with content_of(path) as content:
        assert isinstance(content, Content)
        path.write_bytes(bytes(len(DATA)))
        with pytest.raises(Conflict, match="changed"):
            content.check()


def test_a_file_that_is_replaced_stays_what_it_was(path: Path, tmp_path: Path) -> None:
    with content_of(path) as content:
        assert isinstance(content, Content)
        (tmp_path / "new").write_bytes(b"new")
        os.replace(tmp_path / "new", path)
        content.check()
        assert content.read_at(0, content.size) == DATA


def test_what_is_no_content(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        whole(tmp_path / "nothing")
    with pytest.raises(OSError):
        whole(tmp_path)
    with pytest.raises(InvalidRequest, match="'rb'|text"):
        whole(io.StringIO("text"))
    for source in (None, 5, object()):
        with pytest.raises(InvalidRequest, match="it takes a path"):
            whole(source)


def test_what_was_meant_is_said(tmp_path: Path) -> None:
    def refused(source: Any) -> BaseException:
        with pytest.raises((OSError, InvalidRequest)) as caught, content_of(source):
            raise AssertionError("not reached")
        return caught.value

    missing = refused("a text that is no path")
    assert isinstance(missing, FileNotFoundError)
    assert "write_text(...) writes a text" in str(missing)
    assert missing.errno is not None
    assert missing.filename == "a text that is no path"
    assert "write_text" not in str(refused(tmp_path / "missing"))  # a Path is meant as one
    folder = refused(tmp_path)
    assert isinstance(folder, IsADirectoryError)
    assert "sync_from" in str(folder)
    for text in ("with\0NUL", "x" * 5000):
        error = refused(text)
        assert isinstance(error, InvalidRequest)
        assert error.hint == "write_text(...) writes a text"
