from __future__ import annotations

import gc
import io
import os
from collections.abc import Generator, Iterator
from typing import Any, BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from cloudkit import Bucket, Object, local
from cloudkit.errors import (
    AccessDenied,
    CloudError,
    ConnectionFailed,
    InvalidRequest,
    NotFound,
    PreconditionFailed,
    ServiceError,
)
from cloudkit.s3 import BucketNotFound, ObjectChanged, ObjectNotFound
from cloudkit.s3._files import multipart
from cloudkit.s3._files.reader import ObjectReader
from cloudkit.s3._files.writer import ObjectWriter
from cloudkit.s3._limits import MIN_PART_BYTES, READ_ATTEMPTS
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


class Served:
    """Answers GET and HEAD of one object as S3 does, with a body that can be cut."""

    def __init__(
        self, body: bytes = BODY, *, etag: str = '"one"', cuts: list[int | None] | None = None
    ) -> None:
        self.body = body
        self.etag = etag
        self.cuts = cuts or []
        self.sent = 0

    def __call__(self, request: Request) -> Reply:
        headers = {"ETag": self.etag, "Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT"}
        if request.method == "HEAD":
            return Reply(200, b"", {**headers, "Content-Length": str(len(self.body))})
        wanted = request.headers.get("If-Match")
        if wanted is not None and wanted != self.etag:
            return Reply.s3_error("PreconditionFailed", "At least one of the conditions did not hold", 412)
        start = int(request.headers.get("Range", "bytes=0-").partition("=")[2].rstrip("-"))
        if start and start >= len(self.body):
            return Reply.s3_error("InvalidRange", "The requested range is not satisfiable", 416)
        body = self.body[start:]
        cut = self.cuts.pop(0) if self.cuts else None
        self.sent += len(body) if cut is None else min(cut, len(body))
        if "Range" not in request.headers:
            return Reply(200, body, headers, cut_after=cut)
        headers["Content-Range"] = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
        return Reply(206, body, headers, cut_after=cut)


def served(faults: FaultServer, **options: Any) -> tuple[Object, Served]:
    server = Served(**options)
    faults.otherwise(server)
    return Object("acme", "k", cloud=faults.cloud()), server


# -- reading: the laws of io -------------------------------------------------------------------------------------

steps = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(-1, 400)),
        st.tuples(st.just("readinto"), st.integers(0, 400)),
        st.tuples(st.just("set"), st.integers(0, 1500)),
        st.tuples(st.just("forward"), st.integers(-300, 300)),
        st.tuples(st.just("end"), st.integers(-1100, 100)),
    ),
    max_size=10,
)


@pytest.fixture(scope="module")
def kept() -> Iterator[Object]:
    with local():
        yield Bucket.create("acme-laws")["k"].write_bytes(BODY)


def _step(file: BinaryIO | io.BytesIO, name: str, number: int) -> tuple[object, int]:
    result: object
    try:
        if name == "read":
            result = file.read(number)
        elif name == "readinto":
            buffer = bytearray(number)
            result = (file.readinto(buffer), bytes(buffer))  # type: ignore[union-attr]
        else:
            whence = {"set": os.SEEK_SET, "forward": os.SEEK_CUR, "end": os.SEEK_END}[name]
            # BytesIO clamps a negative target where a file refuses it.
            if whence == os.SEEK_CUR and file.tell() + number < 0:
                number = -file.tell()
            if whence == os.SEEK_END and len(BODY) + number < 0:
                number = -len(BODY)
            result = file.seek(number, whence)
    except OSError as error:
        result = type(error)
    return result, file.tell()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_a_reader_is_like_a_file(kept: Object, steps: list[tuple[str, int]]) -> None:
    model = io.BytesIO(BODY)
    with kept.open("rb") as file:
        for name, number in steps:
            assert _step(file, name, number) == _step(model, name, number)


@settings(max_examples=20, deadline=None)
@given(steps)
def test_an_unbuffered_reader_is_too(kept: Object, steps: list[tuple[str, int]]) -> None:
    model = io.BytesIO(BODY)
    with ObjectReader(kept) as file:
        for name, number in steps:
            # One raw read may give less: what it gives is right.
            if name == "read" and number != -1:
                piece = file.read(number) or b""
                assert model.getvalue()[model.tell() : model.tell() + len(piece)] == piece
                assert piece or number == 0 or model.tell() >= len(BODY)
                model.seek(model.tell() + len(piece))
            elif name != "readinto":
                assert _step(file, name, number) == _step(model, name, number)  # type: ignore[arg-type]


def test_what_a_reader_can_do(kept: Object) -> None:
    with kept.open("rb") as file:
        assert file.readable()
        assert file.seekable()
        assert not file.writable()
        with pytest.raises(io.UnsupportedOperation):
            file.write(b"x")
    assert file.closed
    for use in (file.read, file.tell, lambda: file.seek(0), lambda: file.readline()):
        with pytest.raises(ValueError, match="closed"):
            use()
    raw = ObjectReader(kept)
    raw.close()
    raw.close()
    for use in (raw.read, raw.tell, lambda: raw.seek(0), lambda: raw.readinto(bytearray(1)), raw.readall):
        with pytest.raises(ValueError, match="closed"):
            use()


def test_bad_seeks(kept: Object) -> None:
    with ObjectReader(kept) as file:
        with pytest.raises(ValueError, match="before the start"):
            file.seek(-1)
        with pytest.raises(ValueError):
            file.seek(0, 9)
        assert file.tell() == 0


def test_lines_of_text(bucket: Bucket) -> None:
    thing = bucket["lines.txt"].write_text("één\ntwo\r\nthree", encoding="utf-8")
    with thing.open() as file:
        assert list(file) == ["één\n", "two\n", "three"]
    with thing.open("r", encoding="latin-1") as file:
        assert file.readline() == "één\n".encode().decode("latin-1")
    with thing.open("rb") as file:
        assert next(iter(file)) == "één\n".encode()


def test_zip_files_are_read_in_pieces(bucket: Bucket) -> None:
    import zipfile

    with bucket["a.zip"].open("wb") as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("one.txt", "first")
        archive.writestr("two.txt", b"second" * 1000)
    with bucket["a.zip"].open("rb") as file, zipfile.ZipFile(file) as archive:
        assert archive.namelist() == ["one.txt", "two.txt"]
        assert archive.read("two.txt") == b"second" * 1000


def test_nothing_is_asked_until_it_is_read(faults: FaultServer) -> None:
    thing, _ = served(faults)
    with thing.open("rb") as file:
        file.seek(10)
        assert file.tell() == 10
        assert faults.requests == []
        assert file.read(2) == BODY[10:12]
    assert [request.method for request in faults.requests] == ["GET"]
    assert faults.requests[0].headers["Range"] == "bytes=10-"


def test_past_the_end_there_is_nothing(faults: FaultServer) -> None:
    thing, _ = served(faults)
    with thing.open("rb") as file:
        assert file.seek(5000) == 5000
        assert file.read(5) == file.read() == b""
        assert file.seek(-4, os.SEEK_END) == len(BODY) - 4
        assert file.read() == BODY[-4:]
        assert file.seek(len(BODY)) == len(BODY)
        assert file.read() == b""


def test_a_read_of_nothing_asks_nothing(faults: FaultServer) -> None:
    thing, _ = served(faults)
    with ObjectReader(thing) as file:
        assert file.readinto(bytearray(0)) == 0
        assert file.read(0) == b""
    assert faults.requests == []


def test_an_empty_object(bucket: Bucket) -> None:
    thing = bucket["empty"].write_bytes(b"")
    assert thing.read_bytes() == b""
    with thing.open("rb") as file:
        assert file.read() == b""
        assert file.seek(0, os.SEEK_END) == 0
        assert file.read(1) == b""


def test_what_is_not_there_is_so_at_the_first_read(bucket: Bucket, rig: Rig) -> None:
    with bucket["nothing"].open("rb") as file:
        with pytest.raises(ObjectNotFound):
            file.read()
    with bucket["nothing"].open("rb") as file:
        with pytest.raises(ObjectNotFound):
            file.seek(0, os.SEEK_END)
    with Object(rig.name("nobucket"), "k").open("r") as text:
        with pytest.raises(BucketNotFound):
            text.read()


def test_modes_and_options(bucket: Bucket) -> None:
    for mode in ("a", "r+", "wb+", "x", ""):
        with pytest.raises(InvalidRequest, match="mode"):
            bucket["k"].open(mode)  # type: ignore[call-overload]
    with pytest.raises(InvalidRequest, match="for writing only"):
        bucket["k"].open("rb", content_type="text/plain")


# -- reading: faults ---------------------------------------------------------------------------------------------


def test_a_cut_body_is_taken_up_where_it_ended(faults: FaultServer) -> None:
    thing, server = served(faults, cuts=[100, 0, 300])
    assert thing.read_bytes() == BODY
    first, *others = faults.requests
    assert "Range" not in first.headers
    assert "If-Match" not in first.headers
    starts = [int(request.headers["Range"].removeprefix("bytes=").removesuffix("-")) for request in others]
    assert starts == sorted(starts)
    assert all(request.headers["If-Match"] == '"one"' for request in others)
    assert len(others) == 3
    assert server.cuts == []


def test_five_cuts_of_a_large_body_cost_little(faults: FaultServer) -> None:
    body = os.urandom(1024) * (16 * 1024)
    thing, server = served(faults, body=body, cuts=[3_000_000] * 5)
    assert thing.read_bytes() == body
    assert len(faults.requests) == 6
    assert server.sent <= 1.35 * len(body)


def test_a_buffered_reader_and_text_go_on_too(faults: FaultServer) -> None:
    thing, _ = served(faults, body=b"first\nsecond\nthird\n", cuts=[8, 3])
    with thing.open() as file:
        assert file.readlines() == ["first\n", "second\n", "third\n"]


def test_bytes_of_two_objects_are_never_mixed(faults: FaultServer) -> None:
    thing, server = served(faults, cuts=[100])

    def replaced(request: Request) -> Reply:
        server.etag = '"two"'
        return server(request)

    faults.replies(server, replaced)
    with pytest.raises(ObjectChanged) as caught:
        thing.read_bytes()
    assert isinstance(caught.value, PreconditionFailed)
    assert caught.value.resource == "s3://acme/k"


def test_nor_between_two_reads(faults: FaultServer) -> None:
    thing, server = served(faults)
    with ObjectReader(thing) as file:
        assert file.read(10) == BODY[:10]
        server.etag, server.body = '"two"', bytes(len(BODY))
        file.seek(500)
        with pytest.raises(ObjectChanged):
            file.read(10)


def test_nor_of_a_server_that_does_not_look_at_if_match(faults: FaultServer) -> None:
    thing, server = served(faults, cuts=[100])

    def careless(request: Request) -> Reply:
        server.etag = '"two"'
        headers = {name: value for name, value in request.headers.items() if name != "If-Match"}
        return server(Request(request.method, request.path, request.query, headers, request.body))

    faults.replies(server, careless)
    with pytest.raises(ObjectChanged):
        thing.read_bytes()


def test_a_server_that_does_not_look_at_range_gives_nothing_wrong(faults: FaultServer) -> None:
    thing, _ = served(faults)
    faults.otherwise(Reply(200, BODY, {"ETag": '"one"'}))
    with ObjectReader(thing) as file:
        file.seek(10)
        with pytest.raises(ServiceError, match="byte 10"):
            file.read(5)


def test_the_length_is_that_of_the_object_whose_bytes_are_read(faults: FaultServer) -> None:
    thing, server = served(faults)
    with ObjectReader(thing) as file:
        file.seek(-10, os.SEEK_END)
        server.etag, server.body = '"two"', BODY * 2
        with pytest.raises(ObjectChanged):
            file.read()


def test_a_body_that_never_comes_is_given_up(faults: FaultServer) -> None:
    thing, _ = served(faults, cuts=[50] + [0] * 50)
    with ObjectReader(thing) as file:
        assert file.read(50) == BODY[:50]
        with pytest.raises(ConnectionFailed) as caught:
            file.read(50)
    assert caught.value.attempts == READ_ATTEMPTS
    assert caught.value.retryable
    assert len(faults.requests) == READ_ATTEMPTS


def test_a_slow_drip_of_bytes_is_not_given_up(faults: FaultServer) -> None:
    thing, _ = served(faults, cuts=[20] * 40)
    assert thing.read_bytes() == BODY


def test_no_answer_at_all_is_repeated_by_botocore_alone(faults: FaultServer) -> None:
    faults.otherwise(Reply(reset=True))
    with pytest.raises(ConnectionFailed) as caught:
        Object("acme", "k", cloud=faults.cloud()).read_bytes()
    assert caught.value.attempts == len(faults.requests) == 1


def test_a_server_that_hangs_ends_by_the_read_timeout(faults: FaultServer) -> None:
    faults.otherwise(Reply(200, BODY, {"ETag": '"one"'}, delay=1.5))
    with pytest.raises(ConnectionFailed):
        Object("acme", "k", cloud=faults.cloud(read=0.3)).read_bytes()
    assert len(faults.requests) == 1


def test_refused_half_way(faults: FaultServer) -> None:
    thing, server = served(faults, cuts=[100])
    faults.replies(server, Reply.s3_error("AccessDenied", "Access Denied", 403))
    with pytest.raises(AccessDenied):
        thing.read_bytes()


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
        self.sizes: list[int] = []

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
            self.sizes.append(len(request.body))
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
    assert server.sizes == [10, 10, 10, 20, 20, 20, 30, 30, 4]
    assert server.steps == ["begin", *["part"] * 9, "complete"]
    numbers = [request.query["partNumber"] for request in faults.requests if "partNumber" in request.query]
    assert numbers == [[str(number)] for number in range(1, 10)]


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


def test_after_a_refused_part_nothing_more_is_sent(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", 10)
    server = Parts(fails="part")
    faults.otherwise(server)
    file = Object("acme", "k", cloud=faults.cloud()).open("wb")
    with pytest.raises(AccessDenied):
        file.write(bytes(25))
    sent = len(faults.requests)
    file.write(bytes(100))
    file.close()
    assert len(faults.requests) == sent
    assert server.steps == ["begin", "part", "abort"]


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
