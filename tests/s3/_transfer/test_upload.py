from __future__ import annotations

import gc
import gzip
import io
import os
import signal
import tempfile
import time
import warnings
from pathlib import Path

import pytest

from cloudkit import Bucket, Object
from cloudkit.errors import AccessDenied, ConnectionFailed, InvalidRequest, ServiceError
from cloudkit.s3 import BucketNotFound, ObjectNotFound
from cloudkit.s3._limits import PART_BYTES
from cloudkit.types import Progress
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("transfer"))


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(1024) * (2 * PART_BYTES // 1024 + 1))
    return path


class Watch:
    """A progress hook that checks what it is told."""

    def __init__(self) -> None:
        self.seen: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        assert not self.seen or progress.done > self.seen[-1].done
        self.seen.append(progress)


# -- up ----------------------------------------------------------------------------------------------------------


def test_a_file_goes_up(bucket: Bucket, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<p>")
    thing = bucket["page.html"]
    assert thing.upload(path) is thing
    assert (thing.read_text(), thing.content_type, thing.size) == ("<p>", "text/html; charset=utf-8", 3)
    thing.upload(str(path), content_type="x/y", metadata={"by": "me"}, aws={"CacheControl": "no-store"})
    assert (thing.content_type, thing.metadata, thing.raw["CacheControl"]) == (
        "x/y",
        {"by": "me"},
        "no-store",
    )
    (tmp_path / "empty").touch()
    assert bucket["empty"].upload(tmp_path / "empty").size == 0


def test_a_large_file_goes_up_and_down_in_parts(bucket: Bucket, large: Path, tmp_path: Path) -> None:
    up, down = Watch(), Watch()
    thing = bucket["large"].upload(large, progress=up)
    assert thing.etag.endswith('-3"')
    target = thing.download(tmp_path / "back.bin", progress=down)
    assert target.read_bytes() == large.read_bytes()
    total = large.stat().st_size
    for watch in (up, down):
        assert watch.seen[-1] == Progress(total, total)
        assert watch.seen[-1].fraction == 1.0
        assert all(each.total == total for each in watch.seen)
        assert len(watch.seen) > 3


class OneWay:
    """All that an open file needs: `read`."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size)


@pytest.mark.parametrize("size", [0, 10, 2 * PART_BYTES + 1])
def test_an_open_file_goes_up_and_stays_open(bucket: Bucket, size: int) -> None:
    data = os.urandom(size)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        assert bucket["k"].upload(file).read_bytes() == data
        assert not file.closed
        file.seek(0)
        assert file.read() == data
    memory = io.BytesIO(data)
    watch = Watch()
    assert bucket["k"].upload(memory, progress=watch).read_bytes() == data
    assert not memory.closed
    assert (watch.seen[-1].done if watch.seen else 0) == size
    assert bucket["k"].upload(OneWay(data)).read_bytes() == data


def test_an_open_file_goes_up_from_where_it_stands(bucket: Bucket) -> None:
    file = io.BytesIO(b"header body")
    file.seek(7)
    assert bucket["k"].upload(file).read_text() == "body"


def test_a_stream_that_cannot_seek_goes_up(bucket: Bucket) -> None:
    packed = gzip.compress(b"x" * 100_000)
    with gzip.open(io.BytesIO(packed)) as file:
        assert bucket["k"].upload(file).size == 100_000
    read, write = os.pipe()
    os.write(write, b"through a pipe")
    os.close(write)
    with open(read, "rb") as pipe:
        assert bucket["p"].upload(pipe).read_text() == "through a pipe"


def test_files_that_do_not_go_up(bucket: Bucket, tmp_path: Path, rig: Rig) -> None:
    thing = bucket["k"]
    with pytest.raises(FileNotFoundError):
        thing.upload(tmp_path / "nothing")
    with pytest.raises(OSError):
        thing.upload(tmp_path)
    (tmp_path / "text").write_text("é")
    with open(tmp_path / "text") as text, pytest.raises(InvalidRequest, match="'rb'"):
        thing.upload(text)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest, match="if_absent"):
        thing.upload(tmp_path / "text", if_absent=True)
    with pytest.raises(InvalidRequest, match="if_match"):
        thing.upload(tmp_path / "text", if_match="x")
    with pytest.raises(InvalidRequest, match="Nonsense"):
        thing.upload(tmp_path / "text", aws={"Nonsense": 1})
    with pytest.raises(InvalidRequest, match="a version cannot be written"):
        Object(bucket.name, "k", "v1").upload(tmp_path / "text")
    assert not thing.exists()
    with pytest.raises(BucketNotFound):
        Object(rig.name("nowhere"), "k").upload(tmp_path / "text")


def test_an_upload_that_is_refused(faults: FaultServer, tmp_path: Path) -> None:
    faults.otherwise(Reply.s3_error("AccessDenied", "Access Denied", 403))
    (tmp_path / "f").write_text("x")
    for source in (tmp_path / "f", io.BytesIO(b"x")):
        with pytest.raises(AccessDenied) as caught:
            Object("acme", "k", cloud=faults.cloud()).upload(source)
        assert caught.value.resource == "s3://acme/k"
        assert caught.value.operation == "PutObject"
    assert isinstance(source, io.BytesIO)
    assert not source.closed


def test_a_large_upload_that_is_refused_half_way_is_aborted(faults: FaultServer, large: Path) -> None:
    def answer(request: Request) -> Reply:
        if request.method == "POST" and "uploads" in request.query:
            return Reply.xml(
                "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"
            )
        if request.method == "DELETE":
            return Reply(204)
        return Reply.s3_error("AccessDenied", "Access Denied", 403)

    faults.otherwise(answer)
    with pytest.raises(AccessDenied):
        Object("acme", "k", cloud=faults.cloud()).upload(large)
    assert [request.query.get("uploadId") for request in faults.requests if request.method == "DELETE"] == [
        ["u1"]
    ]


def test_an_error_of_the_progress_hook_is_the_caller_s(bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")

    def hook(progress: Progress) -> None:
        raise KeyError("mine")

    with warnings.catch_warnings():
        # The transfer leaves the file that it was reading to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        with pytest.raises(KeyError, match="mine") as caught:
            bucket["k"].upload(tmp_path / "f", progress=hook)
        del caught
        gc.collect()
    bucket["k"].write_text("x")
    with pytest.raises(KeyError, match="mine"):
        bucket["k"].download(tmp_path / "g", progress=hook)
    assert not (tmp_path / "g").exists()


# -- down --------------------------------------------------------------------------------------------------------


def test_a_file_comes_down(bucket: Bucket, tmp_path: Path) -> None:
    thing = bucket["a/b.txt"].write_text("new")
    target = tmp_path / "old.txt"
    target.write_text("what was there before")
    assert thing.download(target) == target
    assert target.read_text() == "new"
    assert thing.download(str(target)) == target
    assert thing.download(tmp_path) == tmp_path / "b.txt"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.txt", "old.txt"]
    long = tmp_path / ("ä" * 120 + ".txt")
    assert thing.download(long).read_text() == "new"
    assert bucket["empty"].write_bytes(b"").download(tmp_path / "empty").read_bytes() == b""


def test_a_key_does_not_lead_out_of_the_folder(bucket: Bucket, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for key in ("a/..", "..", "a/../", "/", "a/.", "..\\x"):
        with pytest.raises(InvalidRequest, match="no name for a file"):
            bucket[key].write_text("x").download(folder)
    assert bucket["../../x"].write_text("x").download(folder) == folder / "x"
    assert [path.name for path in folder.iterdir()] == ["x"]
    assert [path for path in tmp_path.iterdir() if path != folder] == []


def test_what_is_not_there_leaves_no_file(bucket: Bucket, tmp_path: Path, rig: Rig) -> None:
    target = tmp_path / "x"
    target.write_text("before")
    for progress in (None, Watch()):
        with pytest.raises(ObjectNotFound):
            bucket["nothing"].download(target, progress=progress)
        with pytest.raises(BucketNotFound):
            Object(rig.name("nowhere"), "k").download(target, progress=progress)
    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_where_nothing_can_be_written(bucket: Bucket, tmp_path: Path) -> None:
    thing = bucket["k"].write_text("x")
    with pytest.raises(FileNotFoundError):
        thing.download(tmp_path / "no folder" / "x")


def head(size: int) -> Reply:
    return Reply(200, b"", {"Content-Length": str(size), "ETag": '"one"'})


def test_a_download_that_fails_leaves_no_file(faults: FaultServer, tmp_path: Path) -> None:
    cut = Reply(200, bytes(1000), {"ETag": '"one"'}, cut_after=10)
    cases: list[tuple[Reply, type[Exception]]] = [
        (cut, ConnectionFailed),
        (Reply.s3_error("AccessDenied", "Access Denied", 403), AccessDenied),
        (Reply.s3_error("InternalError", "oh", 500), ServiceError),
    ]
    for reply, wanted in cases:
        faults.otherwise(lambda request, reply=reply: head(1000) if request.method == "HEAD" else reply)  # type: ignore[misc]
        with pytest.raises(wanted):
            Object("acme", "k", cloud=faults.cloud()).download(tmp_path / "x")
        assert list(tmp_path.iterdir()) == []


def test_a_download_goes_on_after_a_cut(faults: FaultServer, tmp_path: Path) -> None:
    bodies = [Reply(200, bytes(1000), {"ETag": '"one"'}, cut_after=cut) for cut in (10, 0, None)]
    faults.otherwise(lambda request: head(1000) if request.method == "HEAD" else bodies.pop(0))
    watch = Watch()
    thing = Object("acme", "k", cloud=faults.cloud())._learn({"Size": 1000}, whole=False)
    assert thing.download(tmp_path / "x", progress=watch).read_bytes() == bytes(1000)
    assert watch.seen[-1] == Progress(1000, 1000)
    assert bodies == []


def test_an_interrupt_leaves_no_file(bucket: Bucket, tmp_path: Path) -> None:
    bucket["k"].write_text("x")

    def interrupt(progress: Progress) -> None:
        signal.raise_signal(signal.SIGINT)  # Python raises KeyboardInterrupt in the main thread, which waits
        time.sleep(0.2)

    with pytest.raises(KeyboardInterrupt):
        bucket["k"].download(tmp_path / "x", progress=interrupt)
    assert list(tmp_path.iterdir()) == []
