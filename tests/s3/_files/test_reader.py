from __future__ import annotations

import csv
import gzip
import io
import json
import os
import tarfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from cloudkit import Bucket, Object, local
from cloudkit._core.body import bare_body
from cloudkit.errors import (
    AccessDenied,
    ConnectionFailed,
    InvalidRequest,
    PreconditionFailed,
    ServiceError,
)
from cloudkit.s3 import BucketNotFound, CustomerKey, ObjectChanged, ObjectNotFound
from cloudkit.s3._files import content, reader
from cloudkit.s3._files.reader import ObjectReader
from cloudkit.s3._limits import FIRST_WINDOW_BYTES, READ_ATTEMPTS, READ_BUFFER_BYTES
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request
from tests.s3.served import BODY, crc32, served

CRC = {"x-amz-checksum-crc32": crc32(BODY), "x-amz-checksum-type": "FULL_OBJECT"}


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("files"))


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


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=steps,
    cuts=st.lists(st.one_of(st.none(), st.integers(1, 300)), max_size=8),
    piece=st.sampled_from([7, 64, 2000]),
    buffer=st.sampled_from([1, 16, 200]),
)
def test_nothing_that_happens_on_the_way_can_be_seen(
    faults: FaultServer, steps: list[tuple[str, int]], cuts: list[int | None], piece: int, buffer: int
) -> None:
    """Small windows, pieces and buffers, and connections that drop."""
    thing, _ = served(faults, checked=True, checksums=CRC, cuts=list(cuts))
    model = io.BytesIO(BODY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "FIRST_WINDOW_BYTES", 16)
        patch.setattr(reader, "MAX_WINDOW_BYTES", 128)
        patch.setattr(reader, "READ_ON_BYTES", 24)
        patch.setattr(reader, "READ_PIECE_BYTES", piece)
        with io.BufferedReader(ObjectReader(thing), buffer) as file:
            for name, number in steps:
                assert _step(file, name, number) == _step(model, name, number)
    thing.cloud.close()


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
        with pytest.raises(TypeError):
            file.seek(1.5)  # type: ignore[arg-type]
        assert file.tell() == 0


def test_lines_of_text(bucket: Bucket) -> None:
    thing = bucket["lines.txt"].write_text("één\ntwo\r\nthree", encoding="utf-8")
    with thing.open() as file:
        assert list(file) == ["één\n", "two\n", "three"]
    with thing.open("r", encoding="latin-1") as file:
        assert file.readline() == "één\n".encode().decode("latin-1")
    with thing.open("rb") as file:
        assert next(iter(file)) == "één\n".encode()


def test_a_reader_says_what_it_is(kept: Object) -> None:
    with kept.open("rb") as file:
        assert (file.name, file.mode) == ("s3://acme-laws/k", "rb")
        assert isinstance(file, io.BufferedReader)
        assert not file.isatty()
        with pytest.raises(io.UnsupportedOperation):
            file.fileno()
        with pytest.raises(io.UnsupportedOperation):
            file.truncate()


def test_peek_and_readinto1(kept: Object) -> None:
    with kept.open("rb") as file:
        assert isinstance(file, io.BufferedReader)
        assert file.peek(4)[:4] == BODY[:4]
        assert file.tell() == 0
        buffer = bytearray(8)
        assert file.readinto1(buffer) == 8
        assert bytes(buffer) == BODY[:8]
        assert file.read1(4) == BODY[8:12]
        # Any writable buffer is filled, not only one of bytes.
        words = memoryview(bytearray(8)).cast("I")
        assert file.readinto(words) == 8
        assert words.tobytes() == BODY[12:20]


def test_a_buffer_that_cannot_be_written_is_refused(kept: Object) -> None:
    with ObjectReader(kept) as file:
        with pytest.raises(TypeError):
            file.readinto(b"1234")


def _rows() -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerows([number, f"two\nlines, {number}"] for number in range(200))
    return text.getvalue().encode()


def test_what_reads_files_reads_objects(bucket: Bucket) -> None:
    rows = _rows()
    with bucket["rows.csv"].write_bytes(rows).open(newline="") as text:
        assert list(csv.reader(text))[199] == ["199", "two\nlines, 199"]
    with bucket["a.json"].write_json({"a": [1, 2]}).open("rb") as file:
        assert json.load(file) == {"a": [1, 2]}
    with bucket["a.gz"].write_bytes(gzip.compress(rows)).open("rb") as file, gzip.open(file) as unpacked:
        assert unpacked.read() == rows
    with bucket["a.csv"].write_bytes(rows).open("rb") as file:
        assert io.TextIOWrapper(file, newline="").read().encode() == rows


def test_zip_files_are_read_in_pieces(bucket: Bucket) -> None:
    with bucket["a.zip"].open("wb") as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("one.txt", "first")
        archive.writestr("two.txt", b"second" * 1000)
    with bucket["a.zip"].open("rb") as file, zipfile.ZipFile(file) as archive:
        assert archive.namelist() == ["one.txt", "two.txt"]
        assert archive.read("two.txt") == b"second" * 1000


@pytest.mark.parametrize("packed", ["", "gz", "xz"])
def test_tar_files_are_read(bucket: Bucket, packed: Any) -> None:
    made = io.BytesIO()
    with cast("Any", tarfile.open)(fileobj=made, mode=f"w:{packed}") as archive:
        for name in ("one", "two"):
            entry = tarfile.TarInfo(name)
            entry.size = len(BODY)
            archive.addfile(entry, io.BytesIO(BODY))
    thing = bucket["a.tar"].write_bytes(made.getvalue())
    with thing.open("rb") as file, tarfile.open(fileobj=file) as archive:
        member = archive.extractfile("two")
        assert member is not None
        assert member.read() == BODY


# -- reading: what is asked for ----------------------------------------------------------------------------------


def _ranges(faults: FaultServer) -> list[str | None]:
    return [request.headers.get("Range") for request in faults.requests if request.method == "GET"]


def test_nothing_is_asked_until_it_is_read(faults: FaultServer) -> None:
    thing, _ = served(faults)
    with thing.open("rb") as file:
        file.seek(10)
        assert file.tell() == 10
        assert faults.requests == []
        assert file.read(2) == BODY[10:12]
    assert [request.method for request in faults.requests] == ["GET"]
    assert _ranges(faults) == [f"bytes=10-{10 + FIRST_WINDOW_BYTES - 1}"]


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
    for mode in ("a", "r+", "wb+", "b", "br", "rU", ""):
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
    body = os.urandom(1024) * (6 * 1024)
    thing, server = served(faults, body=body, cuts=[1_000_000] * 5)
    assert thing.read_bytes() == body
    assert len(faults.requests) == 6
    assert server.sent <= 1.1 * len(body)


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
        file.seek(5)
        with pytest.raises(ObjectChanged):
            file.read(10)


def test_nor_of_a_server_that_does_not_look_at_if_match(faults: FaultServer) -> None:
    thing, server = served(faults, cuts=[100])

    def careless(request: Request) -> Reply:
        server.etag = '"two"'
        headers = {name: value for name, value in request.headers.items() if name != "If-Match"}
        return server(
            Request(request.method, request.path, request.query, headers, request.body, request.target)
        )

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


def test_nor_more_than_was_asked_for(faults: FaultServer) -> None:
    thing, _ = served(faults)
    faults.otherwise(Reply(200, BODY, {"ETag": '"one"'}))
    assert thing.read_bytes(size=5) == BODY[:5]


def test_an_interrupt_loses_no_byte(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    thing, _ = served(faults)
    interrupts = [KeyboardInterrupt()]

    def interrupted(body: Any, length: int | None) -> Any:
        made = bare_body(body, length)
        read = made.read

        def half(count: int) -> bytes:
            data = bytes(read(count))
            if interrupts:
                raise interrupts.pop()  # the bytes have left the connection
            return data

        made.read = half
        return made

    monkeypatch.setattr(content, "bare_body", interrupted)
    with ObjectReader(thing) as file:
        with pytest.raises(KeyboardInterrupt):
            file.read(100)
        assert file.tell() == 0
        assert file.read(100) == BODY[:100]


def test_a_customer_s_key_goes_with_all_requests(faults: FaultServer) -> None:
    thing, _ = served(faults, cuts=[10])
    locked = Object("acme", "k", customer_key=CustomerKey(bytes(32)), cloud=thing.cloud)
    assert locked.read_bytes() == BODY
    with locked.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        assert file.read() == BODY[-1:]
    assert {request.method for request in faults.requests} == {"GET", "HEAD"}
    name = "x-amz-server-side-encryption-customer-algorithm"
    assert {request.headers.get(name) for request in faults.requests} == {"AES256"}


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
    assert caught.value.resource == "s3://acme/k"
    assert "byte 50 of 1024" in str(caught.value)
    assert len(faults.requests) == READ_ATTEMPTS
    assert len(faults.clock.slept) == READ_ATTEMPTS - 2
    assert faults.clock.slept == sorted(faults.clock.slept)


def test_a_read_that_was_given_up_can_be_tried_again(faults: FaultServer) -> None:
    thing, _ = served(faults, cuts=[50] + [0] * (READ_ATTEMPTS - 1))
    with ObjectReader(thing) as file:
        file.read(50)
        with pytest.raises(ConnectionFailed):
            file.read(50)
        assert file.tell() == 50
        assert file.read(50) == BODY[50:100]


def test_an_end_that_comes_too_early_is_none(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is below may keep silent about it."""
    monkeypatch.setattr(content, "bare_body", lambda body, length: _Careless(body))
    thing, _ = served(faults, checked=True, checksums=CRC, cuts=[0, 100])
    assert thing.read_bytes() == BODY
    assert len(faults.requests) == 3


class _Careless:
    def __init__(self, body: Any) -> None:
        self._below = body.__enter__()
        self.close = body.close

    def read(self, count: int) -> bytes:
        try:
            return bytes(self._below.read(count))
        except Exception:
            return b""


def test_a_range_that_must_be_there_is_missed(faults: FaultServer) -> None:
    thing, _ = served(faults)
    with ObjectReader(thing) as file:
        file.seek(-5, os.SEEK_END)
        faults.otherwise(Reply.s3_error("InvalidRange", "The requested range is not satisfiable", 416))
        with pytest.raises(InvalidRequest):
            file.read()


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


def test_a_connection_that_cannot_be_opened_again_says_how_far_it_was(faults: FaultServer) -> None:
    thing, server = served(faults, cuts=[100])
    faults.replies(server)
    faults.otherwise(Reply(reset=True))
    with pytest.raises(ConnectionFailed, match="byte 100 of 1024"):
        thing.read_bytes()


def test_a_reset_loses_no_more_than_a_piece(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    thing, server = served(faults, cuts=[700])
    asked: list[int] = []
    real = bare_body

    def resets(body: Any, length: int | None) -> Any:
        made = real(body, length)
        read = made.read

        def noted(count: int) -> bytes:
            asked.append(count)
            return bytes(read(count))

        made.read = noted
        return made

    monkeypatch.setattr(content, "bare_body", resets)
    monkeypatch.setattr(content, "READ_AFTER_CUT_BYTES", 10)
    server.cuts = [700, 0]
    assert thing.read_bytes() == BODY
    assert max(asked[:2]) == 1024
    assert 10 in asked[2:]


def test_a_shorter_answer_than_asked_for_is_taken_up(faults: FaultServer) -> None:
    thing, _ = served(faults)

    def short(request: Request) -> Reply:
        return Reply(206, BODY[10:20], {"ETag": '"one"', "Content-Range": "bytes 10-19/1024"})

    faults.replies(short)
    assert thing.read_bytes(start=10) == BODY[10:]
    assert _ranges(faults) == ["bytes=10-", "bytes=20-"]


@pytest.mark.parametrize(
    "found",
    ["bytes 9-1023/1024", "bytes 10-1100/1200", "bytes */1024", "something else", ""],
)
def test_what_was_not_asked_for_is_refused(faults: FaultServer, found: str) -> None:
    thing, _ = served(faults)
    headers = {"ETag": '"one"', **({"Content-Range": found} if found else {})}
    faults.otherwise(Reply(206, BODY[10:20], headers))
    with pytest.raises(ServiceError, match="byte 10"):
        thing.read_bytes(start=10, size=10)


def test_nor_is_another_size_of_the_same_object(faults: FaultServer) -> None:
    thing, server = served(faults, cuts=[100])
    faults.replies(server, Reply(206, BODY[100:], {"ETag": '"one"', "Content-Range": "bytes 100-1023/2048"}))
    with pytest.raises(ServiceError, match="byte 100"):
        thing.read_bytes()


def test_a_body_of_no_known_length(faults: FaultServer) -> None:
    for corrupt in ([], [5]):
        thing, _ = served(faults, checked=True, checksums=CRC, corrupt=corrupt)
        # As an answer in chunks has it.
        events = thing.cloud.client("s3").meta.events
        events.register("after-call.s3.GetObject", lambda parsed, **_: parsed.pop("ContentLength"))
        with thing.open("rb") as file:
            if corrupt:
                with pytest.raises(ServiceError, match="not what S3 keeps"):
                    file.read()
            else:
                assert file.read() == BODY
                assert file.read() == b""
                assert file.seek(0, os.SEEK_END) == len(BODY)


def test_an_empty_answer_keeps_its_connection(faults: FaultServer) -> None:
    thing, _ = served(faults, body=b"")
    assert thing.read_bytes() == b""
    with ObjectReader(thing) as file:
        assert file.read() == file.read() == b""
    assert _ranges(faults) == [None, None]


def test_connections_are_used_again(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    take = faults._server.get_request

    def noted() -> Any:
        opened.append(taken := take())
        return taken

    monkeypatch.setattr(faults._server, "get_request", noted)
    thing, _ = served(faults)
    for _ in range(3):
        assert thing.read_bytes() == BODY
        assert thing.read_bytes(start=5, size=7) == BODY[5:12]
        with thing.open("rb") as file:
            file.seek(100)
            assert file.read(4) == BODY[100:104]
    assert len(opened) == 1


def test_what_is_not_read_to_its_end_is_hung_up(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []
    real = bare_body

    def noted(body: Any, length: int | None) -> Any:
        made = real(body, length)
        close = made.close

        def noted_close() -> None:
            closed.append(True)
            close()

        made.close = noted_close
        return made

    monkeypatch.setattr(content, "bare_body", noted)
    thing, _ = served(faults)
    with ObjectReader(thing) as file:
        file.read(10)
        assert closed == []
    assert closed == [True]
    with ObjectReader(thing) as file:
        file.read(10)
        file.seek(1)
        faults.otherwise(Reply(206, BODY[1:], {"ETag": '"two"', "Content-Range": "bytes 1-1023/1024"}))
        with pytest.raises(ObjectChanged):
            file.read(1)
    assert closed == [True, True]


# -- reading: seeks ----------------------------------------------------------------------------------------------


def test_little_is_asked_for_after_a_seek(faults: FaultServer) -> None:
    """What zipfile does: the end, then a member. The object is large, what is asked for is not."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("large", bytes(6 * 1024**2))
        archive.writestr("small", b"here")
        archive.writestr("other", bytes(6 * 1024**2))
    thing, server = served(faults, body=made.getvalue())
    with thing.open("rb") as file, zipfile.ZipFile(file) as archive:
        assert archive.read("small") == b"here"
    assert server.asked <= 4 * FIRST_WINDOW_BYTES


def test_more_is_asked_for_as_reading_goes_on(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "FIRST_WINDOW_BYTES", 8)
    monkeypatch.setattr(reader, "MAX_WINDOW_BYTES", 100)
    thing, _ = served(faults)
    with ObjectReader(thing) as file:
        file.seek(100)
        while file.read(64):
            pass
        sizes = [_length(wanted) for wanted in _ranges(faults)]
        assert sizes == [8, 32, *[100] * 9]
        file.seek(0)
        assert file.read(4) == BODY[:4]
        assert _length(_ranges(faults)[-1]) == 8


def _length(wanted: str | None) -> int:
    assert wanted is not None
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    return int(last) - int(first) + 1


def test_a_large_read_is_one_request(faults: FaultServer) -> None:
    body = os.urandom(1024) * 3072
    thing, _ = served(faults, body=body)
    with thing.open("rb") as file:
        file.seek(5)
        assert file.read(2 * READ_BUFFER_BYTES) == body[5 : 5 + 2 * READ_BUFFER_BYTES]
        assert len(faults.requests) == 1
        file.seek(7)
        assert file.read() == body[7:]
    assert len(faults.requests) == 2
    assert _ranges(faults)[1] == "bytes=7-"


def test_a_short_way_forward_is_read(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "READ_ON_BYTES", 100)
    thing, _ = served(faults)
    with ObjectReader(thing) as file:
        assert file.read(10) == BODY[:10]
        file.seek(90, os.SEEK_CUR)
        assert file.read(10) == BODY[100:110]
        assert _ranges(faults) == [None]
        file.seek(101, os.SEEK_CUR)
        assert file.read(10) == BODY[211:221]
        assert len(faults.requests) == 2
        file.seek(0)
        assert file.read(1) == BODY[:1]
        assert len(faults.requests) == 3


def test_seeks_without_a_read_ask_nothing(faults: FaultServer) -> None:
    thing, _ = served(faults)
    with ObjectReader(thing) as file:
        assert file.read(10) == BODY[:10]
        file.seek(900)
        file.seek(10)
        assert file.read(10) == BODY[10:20]
    assert _ranges(faults) == [None]


def test_the_size_is_asked_for_once(faults: FaultServer) -> None:
    thing, _ = served(faults)
    with thing.open("rb") as file:
        assert file.seek(0, os.SEEK_END) == 1024
        assert file.seek(-1, os.SEEK_END) == 1023
        assert file.read() == BODY[-1:]
    assert [request.method for request in faults.requests] == ["HEAD", "GET"]


# -- reading: some of it -----------------------------------------------------------------------------------------


def test_some_of_the_bytes(bucket: Bucket) -> None:
    thing = bucket["k"].write_bytes(BODY)
    assert thing.read_bytes(start=3) == BODY[3:]
    assert thing.read_bytes(size=5) == BODY[:5]
    assert thing.read_bytes(start=1000, size=100) == BODY[1000:]
    assert thing.read_bytes(start=1024) == thing.read_bytes(start=5000, size=1) == b""
    assert thing.read_bytes(start=3, size=0) == b""
    assert bucket["empty"].write_bytes(b"").read_bytes(size=5) == b""
    with pytest.raises(ObjectNotFound):
        bucket["nothing"].read_bytes(start=3)
    numbers: list[dict[str, Any]] = [{"start": -1}, {"size": -1}, {"start": 2, "size": -5}]
    for wrong in numbers:
        with pytest.raises(InvalidRequest, match="0 or more"):
            thing.read_bytes(**wrong)
    numbers = [{"start": True}, {"size": False}, {"start": 1.5}, {"size": "5"}, {"start": None}]
    for wrong in numbers:
        with pytest.raises(InvalidRequest, match="whole number"):
            thing.read_bytes(**wrong)


def test_some_of_the_bytes_are_one_request(faults: FaultServer) -> None:
    thing, server = served(faults)
    assert thing.read_bytes(start=10, size=20) == BODY[10:30]
    assert _ranges(faults) == ["bytes=10-29"]
    server.cuts = [5]
    assert thing.read_bytes(start=10, size=20) == BODY[10:30]
    assert _ranges(faults)[1:] == ["bytes=10-29", "bytes=15-29"]
    with pytest.raises(InvalidRequest):
        thing.read_bytes(start=-1)
    assert thing.read_bytes(start=1, size=0) == b""
    assert len(faults.requests) == 3


# -- reading: checksums ------------------------------------------------------------------------------------------


def test_a_changed_byte_is_seen(faults: FaultServer) -> None:
    thing, server = served(faults, checked=True, checksums=CRC)
    assert thing.read_bytes() == BODY
    server.corrupt = [500]
    with pytest.raises(ServiceError, match="not what S3 keeps") as caught:
        thing.read_bytes()
    assert (caught.value.code, caught.value.retryable) == ("ChecksumMismatch", True)
    assert caught.value.resource == "s3://acme/k"
    server.checksums = {}
    assert thing.read_bytes() != BODY  # nothing is known that could tell


def test_a_changed_byte_is_seen_over_several_answers(faults: FaultServer) -> None:
    for corrupt in ([], [10], [500]):
        thing, _ = served(faults, checked=True, checksums=CRC, cuts=[100, 300], corrupt=corrupt)
        if corrupt:
            with pytest.raises(ServiceError, match="not what S3 keeps"):
                thing.read_bytes()
        else:
            assert thing.read_bytes() == BODY


def test_a_stream_is_verified_before_its_last_bytes(faults: FaultServer) -> None:
    thing, _ = served(faults, checked=True, checksums=CRC, corrupt=[3])
    with ObjectReader(thing) as file:
        assert file.read(1000) is not None
        for _ in range(2):  # and there is no way around it
            with pytest.raises(ServiceError, match="not what S3 keeps"):
                file.read(1000)
        file.seek(0)
        with pytest.raises(ServiceError, match="not what S3 keeps"):
            file.read(1)


def test_it_is_verified_if_some_is_read_twice(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "READ_ON_BYTES", 100)
    for corrupt in ([], [1023]):
        thing, _ = served(faults, checked=True, checksums=CRC, corrupt=corrupt)
        with ObjectReader(thing) as file:
            assert file.read(600) == BODY[:600]
            file.seek(300)
            if corrupt:
                with pytest.raises(ServiceError, match="not what S3 keeps"):
                    file.readall()
            else:
                assert file.readall() == BODY[300:]


def test_a_part_of_it_is_not_held_against_the_whole(faults: FaultServer) -> None:
    thing, _ = served(faults, checked=True, checksums=CRC)
    with thing.open("rb") as file:
        file.seek(10)
        assert file.read() == BODY[10:]
    with ObjectReader(thing) as raw:
        assert raw.read(10) == BODY[:10]
        raw.seek(0)
        raw.seek(1000)
        assert raw.readall() == BODY[1000:]


def test_checksums_of_parts_are_not_held_against_the_whole(faults: FaultServer) -> None:
    composite = {"x-amz-checksum-crc32": "AAAAAA==-2", "x-amz-checksum-type": "COMPOSITE"}
    thing, _ = served(faults, checked=True, checksums=composite)
    assert thing.read_bytes() == BODY


def test_a_checksum_that_cannot_be_made_here_is_left(faults: FaultServer) -> None:
    thing, _ = served(faults, checked=True, checksums={"x-amz-checksum-crc64nvme": "AAAAAAAAAAA="})
    assert thing.read_bytes() == BODY


def test_an_empty_object_has_a_checksum_too(faults: FaultServer) -> None:
    thing, server = served(faults, checked=True, body=b"", checksums={"x-amz-checksum-crc32": crc32(b"")})
    assert thing.read_bytes() == b""
    server.checksums = CRC
    with pytest.raises(ServiceError, match="not what S3 keeps"):
        thing.read_bytes()


def test_other_servers_are_asked_for_no_checksum(faults: FaultServer) -> None:
    thing, _ = served(faults, checksums=CRC)
    assert thing.read_bytes() == BODY
    assert "x-amz-checksum-mode" not in faults.requests[0].headers


# -- reading: memory ---------------------------------------------------------------------------------------------


def test_a_reader_holds_no_more_than_its_buffer(faults: FaultServer) -> None:
    size = 12 * 1024**2
    thing, _ = served(faults, checked=True, body=bytes(size))
    with thing.open("rb") as file:
        file.read(1)
        tracemalloc.start()
        try:
            read = 1
            while piece := file.read(100_000):
                read += len(piece)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert read == size
    assert peak < 4 * READ_BUFFER_BYTES


def test_the_whole_is_held_once(faults: FaultServer) -> None:
    size = 12 * 1024**2
    thing, _ = served(faults, body=bytes(size))
    tracemalloc.start()
    try:
        assert len(thing.read_bytes()) == size
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * size
