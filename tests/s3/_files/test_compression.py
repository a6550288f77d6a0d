from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sys
import tracemalloc
from typing import Any

import pytest

from cloudkit import Bucket
from cloudkit.errors import ConnectionFailed, InvalidRequest
from cloudkit.s3._files.compression import packing_of
from tests.conftest import Rig
from tests.faults import FaultServer, Reply
from tests.s3._files import stand_ins
from tests.s3.served import served

TEXT = "one\ntwo\nthree, é\n" * 50
SUFFIXES = {"gzip": ".gz", "bz2": ".bz2", "xz": ".xz", "zstd": ".zst"}
UNPACK: dict[str, Any] = {"gzip": gzip.decompress, "bz2": bz2.decompress, "xz": lzma.decompress}
PACK: dict[str, Any] = {"gzip": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


@pytest.fixture(autouse=True)
def zstd(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed where the tests run must not matter."""
    monkeypatch.setitem(sys.modules, "zstandard", stand_ins.zstandard())
    monkeypatch.setitem(sys.modules, "compression.zstd", None)


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("packed"))


def test_the_suffix_says_how_it_is_packed() -> None:
    for packing, suffix in SUFFIXES.items():
        assert packing_of(f"logs/a.txt{suffix}", "auto") == packing
        assert packing_of(f"a{suffix}", None) is None
        assert packing_of("a.txt", packing) == packing
    assert packing_of("a.txt", "auto") is None
    assert packing_of("gz", "auto") is None
    with pytest.raises(InvalidRequest, match="'lz4'.*'auto', None or one of 'gzip'"):
        packing_of("a", "lz4")


@pytest.mark.parametrize("packing", SUFFIXES)
def test_text_is_packed_and_unpacked_by_suffix(bucket: Bucket, packing: str) -> None:
    thing = bucket[f"a.txt{SUFFIXES[packing]}"]
    with thing.open("w") as file:
        file.write(TEXT)
    packed = thing.read_bytes()
    if packing in UNPACK:
        assert UNPACK[packing](packed).decode() == TEXT
    with thing.open() as file:
        assert file.read() == TEXT
    with thing.open(compression=None, encoding="latin-1", newline="") as file:
        assert file.read().encode("latin-1") == packed
    with thing.open("rb") as raw:
        assert raw.read() == packed
    with thing.open("rb", compression="auto") as raw:
        assert raw.read().decode() == TEXT


@pytest.mark.parametrize("packing", SUFFIXES)
def test_bytes_are_packed_when_it_is_asked_for(bucket: Bucket, packing: Any) -> None:
    data = os.urandom(5000)
    with bucket["data"].open("wb", compression=packing) as file:
        assert file.writable()
        assert not file.readable()
        assert file.write(data[:100]) == 100
        assert file.write(memoryview(data)[100:].cast("B")) == 4900
        assert file.tell() == 5000
    with pytest.raises(ValueError, match="closed"):
        file.write(b"x")
    file.close()
    with bucket["data"].open("rb", compression=packing) as unpacked:
        assert unpacked.read(10) == data[:10]
        assert unpacked.tell() == 10
        assert unpacked.read() == data[10:]
    assert unpacked.closed


@pytest.mark.parametrize("packing", SUFFIXES)
def test_nothing_packed_is_an_empty_file(bucket: Bucket, packing: Any) -> None:
    with bucket["empty"].open("w", compression=packing):
        pass
    assert bucket["empty"].size > 0
    with bucket["empty"].open(compression=packing) as file:
        assert file.read() == ""


@pytest.mark.parametrize("packing", PACK)
def test_unpacked_files_can_be_sought(bucket: Bucket, packing: Any) -> None:
    bucket["a"].write_bytes(PACK[packing](TEXT.encode()))
    with bucket["a"].open("rb", compression=packing) as file:
        assert isinstance(file, io.BufferedReader)
        assert file.seekable()
        assert file.name == str(bucket["a"])
        file.seek(100)
        assert file.read(5) == TEXT.encode()[100:105]
        file.seek(2)
        assert file.peek(2)[:2] == TEXT.encode()[2:4]


@pytest.mark.parametrize("packing", SUFFIXES)
def test_a_cut_file_is_not_taken_for_a_whole_one(bucket: Bucket, packing: Any) -> None:
    with bucket["a"].open("w", compression=packing) as file:
        file.write(TEXT)
        file.flush()
        file.write(TEXT)
    whole = bucket["a"].read_bytes()
    for end in (1, len(whole) // 2, len(whole) - 1):
        bucket["a"].write_bytes(whole[:end])
        with pytest.raises(InvalidRequest, match=f"no whole {packing} data") as caught:
            list(bucket["a"].lines(compression=packing))
        assert caught.value.resource == str(bucket["a"])


@pytest.mark.parametrize("packing", SUFFIXES)
def test_what_is_not_packed_is_refused(bucket: Bucket, packing: Any) -> None:
    bucket["a"].write_text("plain text, as it is")
    with pytest.raises(InvalidRequest, match=f"no whole {packing} data"):
        list(bucket["a"].lines(compression=packing))


@pytest.mark.parametrize("packing", PACK)
def test_several_packed_files_in_a_row_are_one(bucket: Bucket, packing: Any) -> None:
    bucket["a"].write_bytes(PACK[packing](b"one\n") + PACK[packing](b"two\n"))
    assert list(bucket["a"].lines(compression=packing)) == ["one", "two"]


def test_a_connection_that_fails_is_no_matter_of_packing(faults: FaultServer) -> None:
    packed = gzip.compress(os.urandom(1000))
    thing, server = served(faults, body=packed, cuts=[100])
    with thing.open("rb", compression="gzip") as file:
        assert len(file.read()) == 1000
    server.cuts = [100]
    faults.replies(server)
    faults.otherwise(Reply(reset=True))
    with thing.open("rb", compression="gzip") as file:
        with pytest.raises(ConnectionFailed):
            file.read()


@pytest.mark.parametrize("packing", PACK)
def test_a_bomb_is_unpacked_piece_by_piece(faults: FaultServer, packing: Any) -> None:
    size = 24 * 1024**2
    thing, _ = served(faults, body=PACK[packing](bytes(size)))
    tracemalloc.start()
    try:
        with thing.open("rb", compression=packing) as file:
            read = 0
            while piece := file.read(100_000):
                read += len(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read == size
    assert peak < size * 2 / 3  # xz has a dictionary of 8 MiB


def test_a_packer_that_fails_publishes_nothing(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def compress(self, data: object) -> bytes:
            return b"half"

        def flush(self) -> bytes:
            raise RuntimeError("broken")

    from cloudkit.s3._files import compression

    monkeypatch.setattr(compression, "_new_packer", lambda packing: Broken())
    file = bucket["a"].open("wb", compression="gzip")
    file.write(b"x")
    with pytest.raises(RuntimeError, match="broken"):
        file.close()
    assert file.closed
    assert not bucket["a"].exists()


def test_packed_parts_are_those_of_the_packed_content(bucket: Bucket) -> None:
    data = os.urandom(9 * 1024**2)
    with bucket["a"].open("wb", compression="gzip") as file:
        file.write(data)
    assert "-2" in bucket["a"].etag
    assert gzip.decompress(bucket["a"].read_bytes()) == data


def test_python_s_own_zstandard(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    monkeypatch.setitem(sys.modules, "compression.zstd", stand_ins.compression_zstd())
    thing = bucket["a.zst"]
    with thing.open("w") as file:
        file.write(TEXT)
    assert list(thing.lines()) == TEXT.splitlines()
    thing.write_bytes(thing.read_bytes()[:-1])
    with pytest.raises(InvalidRequest, match="no whole zstd data"):
        list(thing.lines())


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz", "zst"])
def test_all_that_is_text_agrees_on_the_packing(rig: Rig, suffix: str) -> None:
    """What one way writes, every other one reads."""
    bucket = Bucket.create(rig.name("packed"))
    text = bucket[f"a.txt.{suffix}"].write_text("one\ntwo\n")
    assert text.read_bytes() != b"one\ntwo\n"
    assert text.read_text() == "one\ntwo\n"
    assert list(text.lines()) == ["one", "two"]
    with bucket[f"b.json.{suffix}"].open("w") as file:
        file.write('{"n": 1}')
    assert bucket[f"b.json.{suffix}"].read_json(dict[str, int]) == {"n": 1}
    assert bucket[f"c.json.{suffix}"].write_json([1, 2]).read_json() == [1, 2]
    assert list(bucket[f"c.json.{suffix}"].lines()) == ["[1, 2]"]
    assert bucket[f"d.{suffix}"].write_text("plain", compression=None).read_text(compression=None) == "plain"
    with pytest.raises(InvalidRequest):
        bucket[f"d.{suffix}"].read_text()
