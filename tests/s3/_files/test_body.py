from __future__ import annotations

import io
import os
import zlib
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from cloudkit._core.progress import Meter
from cloudkit.s3._files import body as body_module
from cloudkit.s3._files.body import Broken, Slice, crc_of, of_file, of_memory, own_errors
from cloudkit.s3._limits import HASH_PIECE_BYTES
from cloudkit.testing import FakeClock
from cloudkit.types import Progress

DATA = bytes(range(256)) * 8


class Told:
    """What a progress hook was told."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def __call__(self, progress: Progress) -> None:
        self.seen.append(progress.done)

    def meter(self) -> Meter:
        return Meter(self, None, FakeClock())


steps = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(-1, 700)),
        st.tuples(st.just("set"), st.integers(0, 1100)),
        st.tuples(st.just("end"), st.integers(-900, 0)),
        st.tuples(st.just("on"), st.integers(-50, 50)),
    ),
    max_size=12,
)


@given(steps, st.integers(0, 500), st.integers(0, 900))
def test_it_is_a_file_of_the_slice(steps: list[tuple[str, int]], first: int, size: int) -> None:
    model = io.BytesIO(DATA[first : first + size])
    made = Slice(of_memory(DATA), first, size)
    assert len(made) == size
    for name, number in steps:
        if name == "read":
            piece = made.read(number)
            # It may give more than it is asked for, and never less.
            wanted = model.read(len(piece))
            assert piece == wanted
            assert number <= len(piece) or model.read(1) == b""
        elif name == "set":
            assert made.seek(number) == min(number, size)
            model.seek(min(number, size))
        elif name == "end":
            assert made.seek(number, os.SEEK_END) == max(0, size + number)
            model.seek(max(0, size + number))
        else:
            model.seek(min(max(0, model.tell() + number), size))
            assert made.seek(number, os.SEEK_CUR) == model.tell()
        assert made.tell() == model.tell()


def test_small_reads_give_large_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "SEND_PIECE_BYTES", 500)
    made = Slice(of_memory(DATA), 0, 1200)
    assert [len(made.read(16)) for _ in range(4)] == [500, 500, 200, 0]


def test_the_meter_is_told_of_what_is_sent_and_not_of_what_is_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "SEND_PIECE_BYTES", 500)
    told = Told()
    made = Slice(of_memory(DATA), 0, 1200, told.meter())
    while made.read(HASH_PIECE_BYTES):
        pass
    made.seek(0)
    assert told.seen == []
    made.read(16)
    made.read(16)
    made.seek(0)  # it is sent again
    while made.read(16):
        pass
    made.sent()
    made.sent()
    assert told.seen == [500, 1000, 1200]


def test_what_the_meter_was_not_told_of_is_told_at_the_end() -> None:
    told = Told()
    made = Slice(of_memory(DATA), 0, 1200, told.meter())
    made.read(HASH_PIECE_BYTES)
    made.sent()
    assert told.seen == [1200]


def test_errors_of_the_file_and_of_the_hook_come_out_as_they_were() -> None:
    def unreadable(first: int, count: int) -> bytes:
        raise OSError("gone")

    def hook(progress: Progress) -> None:
        raise KeyError("mine")

    with pytest.raises(Broken, match="gone"):
        Slice(unreadable, 0, 10).read(5)
    with pytest.raises(OSError, match="gone"), own_errors():
        Slice(unreadable, 0, 10).read(5)
    with pytest.raises(KeyError, match="mine"), own_errors():
        Slice(of_memory(DATA), 0, 10, Meter(hook, None, FakeClock())).read(5)


def test_checksums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "HASH_PIECE_BYTES", 100)
    (tmp_path / "f").write_bytes(DATA)
    with open(tmp_path / "f", "rb", buffering=0) as file:
        for made in (Slice(of_memory(DATA), 7, 950), Slice(of_file(file), 7, 950)):
            assert crc_of(made) == zlib.crc32(DATA[7:957])
            assert made.read(950) == DATA[7:957]
    assert crc_of(DATA) == zlib.crc32(DATA)
    assert crc_of(Slice(of_memory(DATA), 0, 0)) == 0
