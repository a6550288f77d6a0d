from __future__ import annotations

import array
import base64
import csv
import gc
import gzip
import io
import os
import tarfile
import tempfile
import threading
import warnings
import zlib
from collections.abc import Callable, Generator
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from typing_extensions import override

from cloudkit import Bucket, Object
from cloudkit._core.transfers import Transfers
from cloudkit._core.workers import Task, Workers
from cloudkit.errors import (
    AccessDenied,
    CloudError,
    InvalidRequest,
    NotFound,
    PreconditionFailed,
)
from cloudkit.s3 import BucketNotFound, ObjectChanged
from cloudkit.s3._files import multipart, writer
from cloudkit.s3._files.writer import ObjectWriter
from cloudkit.s3._limits import MAX_OBJECT_BYTES, MIN_PART_BYTES, PARTS_AT_ONCE
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request

BODY = bytes(range(256)) * 4


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("files"))


def parts(bucket: Bucket) -> list[Any]:
    """The uploads that were begun and are neither complete nor aborted."""
    answer = bucket.cloud.call("s3", "list_multipart_uploads", Bucket=bucket.name)
    return list(answer.get("Uploads", []))


# -- writing -----------------------------------------------------------------------------------------------------


def test_what_is_written_appears_when_it_is_closed(bucket: Bucket) -> None:
    thing = bucket["k"]
    with thing.open("wb", content_type="x/y", metadata={"by": "me"}) as file:
        assert file.writable()
        assert not file.readable()
        assert file.write(b"ab") == 2
        assert file.write(memoryview(b"cd")) == 2
        assert file.write(bytearray(b"ef")) == 2
        assert file.tell() == 6
        assert not thing.exists()
    assert thing.read_bytes() == b"abcdef"
    assert (thing.refresh().content_type, thing.metadata) == ("x/y", {"by": "me"})
    file.close()
    with pytest.raises(ValueError, match="closed"):
        file.write(b"x")


def test_a_writer_is_a_file(bucket: Bucket) -> None:
    thing = bucket["laws"]
    file = ObjectWriter(thing, {})
    assert (file.writable(), file.readable(), file.seekable(), file.closed) == (True, False, False, False)
    assert (file.mode, file.name) == ("wb", str(thing))
    assert file.write(b"") == 0
    assert file.write(array.array("H", [1, 2])) == 4
    file.writelines([b"a", b"b\n"])
    file.flush()
    assert file.tell() == 7
    assert not file.isatty()
    unsupported: list[Callable[[], object]] = [
        file.read,
        lambda: file.seek(0),
        file.fileno,
        lambda: file.truncate(1),
    ]
    for use in unsupported:
        with pytest.raises(io.UnsupportedOperation):
            use()
    assert not thing.exists()
    file.close()
    file.close()
    assert thing.read_bytes() == b"\1\0\2\0ab\n"
    closed: list[Callable[[], object]] = [
        file.tell,
        file.flush,
        file.writable,
        lambda: file.write(b"x"),
        lambda: file.writelines([b"x"]),
    ]
    for use in closed:
        with pytest.raises(ValueError, match="closed"):
            use()
    file.discard()
    assert thing.exists()


def test_what_was_written_is_known(bucket: Bucket) -> None:
    thing = bucket["known"]
    with thing.open("wb") as file:
        file.write(b"abc")
    assert (thing._known("Size"), thing._known("ETag")) == (3, bucket["known"].etag)


def test_other_layers_write_through_it(bucket: Bucket) -> None:
    with bucket["rows.gz"].open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb") as packed:
        with io.TextIOWrapper(packed, encoding="utf-8", newline="") as text:
            csv.writer(text).writerows([["a", "1"], ["é", "2"]])
    assert gzip.decompress(bucket["rows.gz"].read_bytes()).decode() == "a,1\r\né,2\r\n"
    with bucket["a.tar"].open("wb") as raw, tarfile.open(fileobj=raw, mode="w|") as archive:
        archive.addfile(tarfile.TarInfo("empty"))
    with bucket["a.tar"].open("rb") as raw, tarfile.open(fileobj=raw) as archive:
        assert archive.getnames() == ["empty"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_exception_below_other_layers_publishes_nothing(
    bucket: Bucket, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", MIN_PART_BYTES)
    noise = os.urandom(MIN_PART_BYTES + 1000)
    with pytest.raises(error):  # noqa: PT012 - the block is what is tested
        with bucket["k.gz"].open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb") as packed:
            packed.write(noise)
            raise error
    assert not bucket["k.gz"].exists()
    assert parts(bucket) == []


def test_text_appears_when_it_is_closed(bucket: Bucket) -> None:
    with bucket["t"].open("w", encoding="utf-16") as file:
        print("één", file=file)
        file.writelines(["two\n"])
        file.flush()
        assert not bucket["t"].exists()
    assert bucket["t"].read_text("utf-16") == "één\ntwo\n"


def test_an_empty_file_is_an_empty_object(bucket: Bucket) -> None:
    for mode, key in (("w", "a"), ("wb", "b")):
        with bucket[key].open(mode):  # type: ignore[call-overload]
            pass
        assert bucket[key].size == 0


def test_only_bytes_are_bytes(bucket: Bucket) -> None:
    with pytest.raises(TypeError):
        with bucket["k"].open("wb") as file:
            file.write("text")  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        with bucket["k"].open("w") as text:
            text.write(b"bytes")  # type: ignore[arg-type]
    assert not bucket["k"].exists()


@pytest.mark.parametrize("mode", ["w", "wb"])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.parametrize("size", [10, 3 * MIN_PART_BYTES])
def test_an_exception_publishes_nothing(
    bucket: Bucket, mode: Any, error: type[BaseException], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", MIN_PART_BYTES)
    with pytest.raises(error):  # noqa: PT012 - the block is what is tested
        with bucket["k"].open(mode) as file:
            file.write(("x" if mode == "w" else b"x") * size)
            raise error
    assert file.closed
    assert not bucket["k"].exists()
    assert parts(bucket) == []


@pytest.mark.parametrize("mode", ["w", "wb"])
def test_a_generator_that_is_closed_publishes_nothing(bucket: Bucket, mode: Any) -> None:
    def rows() -> Generator[int]:
        with bucket["k"].open(mode) as file:
            for number in range(10):
                file.write("x" if mode == "w" else b"x")
                yield number

    source = rows()
    assert [next(source), next(source)] == [0, 1]
    source.close()
    assert not bucket["k"].exists()


@pytest.mark.parametrize("mode", ["w", "wb"])
def test_a_file_that_is_forgotten_publishes_nothing(bucket: Bucket, mode: Any) -> None:
    file = bucket["k"].open(mode)
    file.write("x" if mode == "w" else b"x")
    del file
    gc.collect()
    assert not bucket["k"].exists()


class AtOnce:
    """In place of threads, which hold what they have worked for a moment longer."""

    def __init__(self, *_: Any) -> None:
        pass

    def submit(self, work: Callable[..., None], *args: Any) -> Task[None]:
        done = Future[None]()
        work(*args)
        done.set_result(None)
        return Task(done)

    def close(self, *, drop: bool = False) -> None:
        pass


@pytest.mark.parametrize("mode", ["w", "wb"])
def test_parts_of_a_file_that_is_forgotten_are_told_of(
    bucket: Bucket, mode: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", MIN_PART_BYTES)
    monkeypatch.setattr(writer, "Workers", AtOnce)
    unraisable: list[Any] = []
    monkeypatch.setattr("sys.unraisablehook", unraisable.append)
    file = bucket["k"].open(mode)
    file.write(("x" if mode == "w" else b"x") * (MIN_PART_BYTES + 1))
    file.flush()
    with pytest.warns(ResourceWarning, match=f"s3://{bucket.name}/k .*uploads"):  # noqa: PT031 - both do it
        del file
        gc.collect()
    assert unraisable == []
    assert not bucket["k"].exists()
    assert bucket.uploads().abort() == 1


def test_what_came_to_an_end_is_not_told_of(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", MIN_PART_BYTES)
    monkeypatch.setattr(writer, "Workers", AtOnce)
    unraisable: list[Any] = []
    monkeypatch.setattr("sys.unraisablehook", unraisable.append)

    def written() -> ObjectWriter:
        file = ObjectWriter(bucket["k"], {})
        file.write(bytes(MIN_PART_BYTES + 1))
        return file

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        written().close()
        written().discard()
        with pytest.raises(InvalidRequest):
            ObjectWriter(bucket["k"], {}, size=MAX_OBJECT_BYTES + 1)
        gc.collect()
    assert [each for each in told if "uploads(" in str(each.message)] == []
    assert unraisable == []


@pytest.mark.parametrize("ends", ["discard", "publish"])
def test_a_second_interrupt_aborts_the_upload_too(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", 10)
    faults.otherwise(Parts())

    class Impatient(Workers[None]):
        @override
        def close(self, *, drop: bool = False) -> None:
            super().close(drop=drop)
            raise KeyboardInterrupt("second")

    monkeypatch.setattr(writer, "Workers", Impatient)
    file = writing(faults)
    with pytest.raises(KeyboardInterrupt, match="second"):  # noqa: PT012 - the block is what is tested
        with file:
            file.write(bytes(25))
            if ends == "discard":
                raise KeyboardInterrupt("first")
    assert faults.requests[-1].method == "DELETE"
    assert [request.method for request in faults.requests].count("DELETE") == 1


def test_a_second_interrupt_is_not_hidden_by_a_failing_abort(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", 10)
    faults.otherwise(Parts(fails="abort"))

    def impatient(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt("second")

    file = writing(faults)
    file.write(bytes(25))
    monkeypatch.setattr(Workers, "close", impatient)
    with pytest.raises(KeyboardInterrupt, match="second"):
        file.discard()


def test_an_exception_leaves_what_was_there(bucket: Bucket) -> None:
    bucket["k"].write_text("old")
    with pytest.raises(RuntimeError):  # noqa: PT012 - the block is what is tested
        with bucket["k"].open("w") as file:
            file.write("new")
            raise RuntimeError
    assert bucket["k"].read_text() == "old"


def test_the_caller_s_exception_is_not_hidden_by_a_failing_abort(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", 10)
    begun = Reply.xml(
        "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"
    )
    for mode, data in (("wb", b"x" * 15), ("w", "x" * 15)):
        faults.replies(begun, Reply(headers={"ETag": '"p1"'}))
        faults.otherwise(Reply(reset=True))
        with pytest.raises(RuntimeError, match="mine"):  # noqa: PT012 - the block is what is tested
            with Object("acme", "k", cloud=faults.cloud()).open(mode) as file:  # type: ignore[call-overload]
                file.write(data)
                file.flush()
                raise RuntimeError("mine")
        assert faults.requests[-1].method == "DELETE"


# -- writing in parts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        (MIN_PART_BYTES, None),
        (MIN_PART_BYTES + 1, [MIN_PART_BYTES, 1]),
        (2 * MIN_PART_BYTES, [MIN_PART_BYTES, MIN_PART_BYTES]),
        (2 * MIN_PART_BYTES + 5, [MIN_PART_BYTES, MIN_PART_BYTES, 5]),
    ],
)
@pytest.mark.parametrize("step", [MIN_PART_BYTES // 3, 100 * MIN_PART_BYTES])
def test_what_is_larger_than_a_part_goes_in_parts(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, size: int, wanted: list[int] | None, step: int
) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", MIN_PART_BYTES)
    data = os.urandom(size)
    with bucket["k"].open("wb", content_type="x/y") as file:
        assert isinstance(file, ObjectWriter)
        for start in range(0, size, step):
            file.write(data[start : start + step])
    assert bucket["k"].read_bytes() == data
    assert bucket["k"].content_type == "x/y"
    etag = bucket["k"].etag
    assert ("-" in etag) is (wanted is not None)
    assert wanted is None or etag.endswith(f'-{len(wanted)}"')
    assert parts(bucket) == []


class Parts:
    """Answers a multipart upload, and writes down the sizes of the parts."""

    def __init__(self, *, fails: str = "", error: Reply | None = None) -> None:
        self.fails = fails
        self.error = error or Reply.s3_error("AccessDenied", "Access Denied", 403)
        self.steps: list[str] = []
        self.sizes: dict[int, int] = {}

    def __call__(self, request: Request) -> Reply:
        if request.method == "POST" and "uploads" in request.query:
            step = "begin"
        elif request.method == "PUT":
            step = "part" if "partNumber" in request.query else "put"
        else:
            step = "complete" if request.method == "POST" else "abort"
        self.steps.append(step)
        if step == self.fails:
            return self.error
        if step == "begin":
            return Reply.xml(
                "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"
            )
        if step == "part":
            self.sizes[int(request.query["partNumber"][0])] = len(request.body)
        if step == "complete":
            return Reply.xml("<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>")
        return Reply(204 if step == "abort" else 200, headers={"ETag": '"p"'})


def test_parts_grow_so_that_the_largest_object_fits(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", 10)
    monkeypatch.setattr(multipart, "PART_GROWTH_EVERY", 3)
    monkeypatch.setattr(multipart, "MAX_PART_BYTES", 30)
    server = Parts()
    faults.otherwise(server)
    with Object("acme", "k", cloud=faults.cloud()).open("wb") as file:
        file.write(bytes(3 * 10 + 3 * 20 + 2 * 30 + 4))
    assert [size for _, size in sorted(server.sizes.items())] == [10, 10, 10, 20, 20, 20, 30, 30, 4]
    assert sorted(server.sizes) == list(range(1, 10))
    assert server.steps == ["begin", *["part"] * 9, "complete"]


@pytest.mark.parametrize("fails", ["part", "complete"])
def test_a_refused_part_aborts_the_upload(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", 10)
    server = Parts(fails=fails)
    faults.otherwise(server)
    with pytest.raises(AccessDenied):
        with Object("acme", "k", cloud=faults.cloud()).open("wb") as file:
            file.write(bytes(25))
    assert server.steps[-1] == "abort"
    assert server.steps.count("abort") == 1
    assert file.closed


def writing(faults: FaultServer, **options: Any) -> ObjectWriter:
    return ObjectWriter(Object("acme", "k", cloud=faults.cloud()), options)


def until_it_fails(file: ObjectWriter) -> None:
    """Write on: a part fails on its own thread, and the next write after that says so."""
    for _ in range(1000):
        file.write(bytes(15))
    pytest.fail("no part failed")


def test_a_failed_part_ends_the_writing(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", 10)
    server = Parts(fails="part")
    faults.otherwise(server)
    file = writing(faults)
    with pytest.raises(AccessDenied) as caught:
        until_it_fails(file)
    assert caught.value.operation == "UploadPart"
    assert caught.value.resource == "s3://acme/k"
    sent = len(faults.requests)
    assert file.write(bytes(100)) == 100  # layers above flush what they hold
    file.close()
    assert len(faults.requests) == sent
    assert server.steps[-1] == "abort"
    assert server.steps.count("abort") == 1


def test_a_failed_part_is_told_by_a_small_write_too(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", 10)
    faults.otherwise(Parts(fails="part"))
    file = writing(faults)
    file.write(bytes(11))
    file._under_way[0][1]._future.exception()  # wait for it
    with pytest.raises(AccessDenied):
        file.write(b"x")
    file.close()


def test_parts_are_sent_at_once(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", 10)
    server = Parts()
    faults.otherwise(server)
    together = threading.Barrier(PARTS_AT_ONCE)
    send = multipart.Multipart.send

    def met(self: multipart.Multipart, number: int, *rest: Any) -> None:
        together.wait(timeout=10)  # all of them are under way, or this breaks
        send(self, number, *rest)

    monkeypatch.setattr(multipart.Multipart, "send", met)
    with writing(faults) as file:
        file.write(bytes(10 * PARTS_AT_ONCE))
    assert sorted(server.sizes) == list(range(1, PARTS_AT_ONCE + 1))


@pytest.mark.parametrize(("in_all", "at_once"), [(1000, PARTS_AT_ONCE), (25, 2), (10, 1), (5, 1)])
def test_few_parts_are_held(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch, in_all: int, at_once: int
) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", 10)
    monkeypatch.setattr(writer, "PARTS_BYTES", in_all)
    faults.otherwise(Parts())
    alive: set[int] = set()
    most: list[int] = []

    class Counted(writer._Filling):
        def add(self, data: memoryview) -> int:
            alive.add(id(self))
            most.append(len(alive))
            return super().add(data)

        def close(self) -> None:
            super().close()
            alive.discard(id(self))

    monkeypatch.setattr(writer, "_Filling", Counted)
    with writing(faults) as file:
        for _ in range(60):
            file.write(bytes(7))
    assert max(most) <= at_once + 1  # those under way, and the one that is being filled
    assert not alive


def test_large_parts_are_gathered_on_disk(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", 10)
    monkeypatch.setattr(multipart, "PART_GROWTH_EVERY", 2)
    monkeypatch.setattr(writer, "MEMORY_PART_BYTES", 15)
    files: list[io.FileIO] = []

    def kept() -> io.FileIO:
        files.append(tempfile.TemporaryFile(buffering=0))  # noqa: SIM115 - the writer closes it
        return files[-1]

    monkeypatch.setattr(writer, "_temporary", kept)
    bodies: dict[int, bytes] = {}
    server = Parts()

    def answer(request: Request) -> Reply:
        if "partNumber" in request.query:
            bodies[int(request.query["partNumber"][0])] = request.body
        return server(request)

    faults.otherwise(answer)
    data = os.urandom(10 + 10 + 20 + 20 + 40 + 3)
    thing = Object("acme", "k", cloud=faults.cloud(transfers=Transfers(checksums="when_supported")))
    with thing.open("wb") as file:
        for start in range(0, len(data), 7):
            file.write(data[start : start + 7])
    assert [len(body) for _, body in sorted(bodies.items())] == [10, 10, 20, 20, 40, 3]
    assert b"".join(body for _, body in sorted(bodies.items())) == data
    crc = base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()
    assert faults.requests[-1].headers["x-amz-checksum-crc32"] == crc
    assert len(files) == 4
    assert all(file.closed for file in files)


def test_a_disk_that_is_full_ends_the_writing(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", 10)
    monkeypatch.setattr(writer, "MEMORY_PART_BYTES", 5)
    server = Parts()
    faults.otherwise(server)
    with pytest.raises(OSError, match="No space"):  # noqa: PT012 - the block is what is tested
        with writing(faults) as file:
            file.write(bytes(15))

            def full(data: object) -> int:
                raise OSError(28, "No space left on device")

            kept: Any = file._part._file
            monkeypatch.setattr(file._part, "_file", SimpleNamespace(write=full, close=kept.close))
            file.write(bytes(3))
    assert kept.closed
    assert server.steps[-1] == "abort"


def test_there_is_an_end_to_parts(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", 10)
    monkeypatch.setattr(writer, "MAX_PARTS", 3)
    server = Parts()
    faults.otherwise(server)
    with writing(faults) as file:
        file.write(bytes(30))
    assert server.steps[-1] == "complete"
    with pytest.raises(InvalidRequest, match="all that an object has") as caught:  # noqa: PT012 - as above
        with writing(faults) as file:
            file.write(bytes(30))
            file.write(b"x")
    assert "size=" in str(caught.value.hint)
    assert server.steps[-1] == "abort"


# -- of a size that is known -------------------------------------------------------------------------------------


def test_a_size_that_is_known_sets_the_parts(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "part_bytes", lambda size: -(-size // 4))
    server = Parts()
    faults.otherwise(server)
    with ObjectWriter(Object("acme", "k", cloud=faults.cloud()), {}, size=41) as file:
        for _ in range(41):
            file.write(b"x")
    assert sorted(server.sizes.items()) == [(1, 11), (2, 11), (3, 11), (4, 8)]


@pytest.mark.parametrize(
    ("written", "steps"), [(40, ["begin", "part", "abort"]), (42, ["begin", "part", "abort"]), (3, [])]
)
def test_another_size_publishes_nothing(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch, written: int, steps: list[str]
) -> None:
    monkeypatch.setattr(writer, "part_bytes", lambda size: 21)
    server = Parts()
    faults.otherwise(server)
    file = ObjectWriter(Object("acme", "k", cloud=faults.cloud()), {}, size=41)
    with pytest.raises(InvalidRequest, match="size=41"), file:  # noqa: PT012 - as above
        for _ in range(written):
            file.write(b"x")
    assert server.steps == steps
    assert file.closed


def test_the_size_is_given_to_open(bucket: Bucket) -> None:
    with bucket["k"].open("wb", size=3) as file:
        file.write(b"abc")
    assert bucket["k"].read_bytes() == b"abc"
    with pytest.raises(InvalidRequest, match="size=4"), bucket["k"].open("xb", size=4) as file:
        file.write(b"abc")
    assert bucket["k"].read_bytes() == b"abc"
    wrong: list[dict[str, Any]] = [{"mode": "rb"}, {"mode": "w"}, {"mode": "wb", "compression": "gzip"}]
    for options in wrong:
        with pytest.raises(InvalidRequest, match="size="):
            bucket["k"].open(size=4, **options)


def test_a_size_that_no_object_has(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="at most"):
        ObjectWriter(Object("acme", "k", cloud=faults.cloud()), {}, size=MAX_OBJECT_BYTES + 1)
    gc.collect()
    assert faults.requests == []


def test_an_upload_that_cannot_begin(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", 10)
    server = Parts(fails="begin", error=Reply.s3_error("NoSuchBucket", "The specified bucket does not exist"))
    faults.otherwise(server)
    with pytest.raises(BucketNotFound):
        with Object("acme", "k", cloud=faults.cloud()).open("wb") as file:
            file.write(bytes(25))
    assert server.steps == ["begin"]


def test_a_refused_put_closes_the_file(faults: FaultServer) -> None:
    faults.otherwise(Reply.s3_error("AccessDenied", "Access Denied", 403))
    for mode in ("w", "wb"):
        file: Any = Object("acme", "k", cloud=faults.cloud()).open(mode)
        file.write("x" if mode == "w" else b"x")
        with pytest.raises(AccessDenied):
            file.close()
        assert file.closed
        file.close()


# -- conditions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [10, 2 * MIN_PART_BYTES])
def test_only_if_it_is_not_there_yet(bucket: Bucket, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", MIN_PART_BYTES)
    with bucket["k"].open("wb", if_absent=True) as file:
        file.write(bytes(size))
    with pytest.raises(PreconditionFailed):
        with bucket["k"].open("wb", if_absent=True) as file:
            file.write(b"x" * size)
    assert bucket["k"].read_bytes() == bytes(size)
    assert parts(bucket) == []


def test_only_if_it_is_the_one_that_was_seen(bucket: Bucket) -> None:
    seen = bucket["k"].write_text("old").etag
    with bucket["k"].open("w", if_match=seen) as file:
        file.write("new")
    with pytest.raises(PreconditionFailed):
        with bucket["k"].open("w", if_match=seen) as file:
            file.write("newer")
    assert bucket["k"].read_text() == "new"


def test_conditions_of_parts_are_sent_at_the_end(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", 10)
    faults.otherwise(Parts())
    asked: list[tuple[str, Any]] = [
        ("If-None-Match", {"if_absent": True}),
        ("If-Match", {"if_match": '"one"'}),
    ]
    for header, options in asked:
        with Object("acme", "k", cloud=faults.cloud()).open("wb", **options) as file:
            file.write(bytes(25))
        assert [request for request in faults.requests if header in request.headers] == [faults.requests[-1]]
        assert faults.requests[-1].method == "POST"


def test_a_condition_of_parts_that_does_not_hold_aborts_them(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", 10)
    server = Parts(fails="complete", error=Reply.s3_error("PreconditionFailed", "no", 412))
    faults.otherwise(server)
    with pytest.raises(PreconditionFailed) as caught:
        with Object("acme", "k", cloud=faults.cloud()).open("wb", if_match='"one"') as file:
            file.write(bytes(25))
    assert not isinstance(caught.value, ObjectChanged)
    assert server.steps[-2:] == ["complete", "abort"]


def test_a_condition_that_two_writers_meet_at_once(faults: FaultServer) -> None:
    faults.otherwise(Reply.s3_error("ConditionalRequestConflict", "try again", 409))
    with pytest.raises(CloudError) as caught:
        Object("acme", "k", cloud=faults.cloud()).write_bytes(b"x", if_absent=True)
    assert caught.value.retryable
    assert not isinstance(caught.value, NotFound)
