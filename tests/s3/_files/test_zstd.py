from __future__ import annotations

import io
import sys

import pytest
from hypothesis import given, strategies as st

from cloudkit import Bucket
from cloudkit.errors import InvalidRequest
from cloudkit.s3._files.zstd import WholeFrames, zstd_module
from tests.conftest import Rig
from tests.s3._files import stand_ins
from tests.s3._files.stand_ins import MAGIC, block

SKIPPABLE = (0x184D2A53).to_bytes(4, "little") + (5).to_bytes(4, "little") + b"hello"


def header(*, single: bool, checksum: bool, dictionary: int, size: int) -> bytes:
    """A frame header of RFC 8878, its fields filled with anything."""
    descriptor = size << 6 | single << 5 | checksum << 2 | dictionary
    fields = (0 if single else 1) + (0, 1, 2, 4)[dictionary] + ((1 if single else 0), 2, 4, 8)[size]
    return MAGIC + bytes([descriptor]) + b"\xfe" * fields


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    if draw(st.integers(0, 4)) == 0:
        return SKIPPABLE
    checksum = draw(st.booleans())
    made = header(
        single=draw(st.booleans()),
        checksum=checksum,
        dictionary=draw(st.integers(0, 3)),
        size=draw(st.integers(0, 3)),
    )
    count = draw(st.integers(1, 3))
    for number in range(1, count + 1):
        if draw(st.booleans()):
            made += block(b"x" * draw(st.integers(0, 9)), last=number == count)
        else:  # one byte, many times
            made += (1000 << 3 | 1 << 1 | (number == count)).to_bytes(3, "little") + b"z"
    return made + b"sum!" * checksum


@given(st.lists(frames(), max_size=3), st.integers(1, 9), st.data())
def test_a_file_ends_between_frames(parts: list[bytes], step: int, data: st.DataObject) -> None:
    whole = b"".join(parts)
    borders = {len(b"".join(parts[:count])) for count in range(len(parts) + 1)}
    end = data.draw(st.integers(0, len(whole)))
    file = WholeFrames(io.BytesIO(whole[:end]))
    read = b""
    try:
        while piece := file.read(step):
            read += piece
        assert end in borders
    except EOFError:
        assert end not in borders
    assert read == whole[:end]


def test_what_is_no_frame_is_left_to_the_decoder() -> None:
    file = WholeFrames(io.BytesIO(b"no frame at all"))
    assert file.read() == b"no frame at all"
    assert file.read() == b""


def test_python_s_own_module_is_taken_first(monkeypatch: pytest.MonkeyPatch) -> None:
    own, package = stand_ins.compression_zstd(), stand_ins.zstandard()
    monkeypatch.setitem(sys.modules, "compression.zstd", own)
    monkeypatch.setitem(sys.modules, "zstandard", package)
    assert zstd_module() == (own, True)
    monkeypatch.setitem(sys.modules, "compression.zstd", None)
    assert zstd_module() == (package, False)


def test_without_any_it_says_what_to_install(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "compression.zstd", None)
    monkeypatch.setitem(sys.modules, "zstandard", None)
    thing = Bucket.create(rig.name("zstd"))["a.zst"]
    for use in (lambda: thing.open(), lambda: thing.open("w"), lambda: list(thing.lines())):
        with pytest.raises(InvalidRequest, match=r"cloudkit\[zstd\]"):
            use()
    thing.write_bytes(b"as it is")
    assert list(thing.lines(compression=None)) == ["as it is"]
