from __future__ import annotations

import base64
import io
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudkit import Bucket, Object
from cloudkit._core.transfers import Transfers
from cloudkit.errors import AccessDenied, Conflict, InvalidRequest, PreconditionFailed
from cloudkit.s3 import BucketNotFound, Encryption
from cloudkit.s3._files import multipart
from cloudkit.s3._limits import MIN_PART_BYTES
from cloudkit.s3._transfer import upload as upload_module
from cloudkit.types import Progress
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("upload"))


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of three parts."""
    monkeypatch.setattr(upload_module, "UPLOAD_PART_BYTES", MIN_PART_BYTES)
    monkeypatch.setattr(upload_module, "UPLOAD_PUT_BYTES", 2 * MIN_PART_BYTES)
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(1024) * (2 * MIN_PART_BYTES // 1024) + b"the end")
    return path


class Watch:
    """A progress hook that checks what it is told."""

    def __init__(self) -> None:
        self.seen: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        assert not self.seen or progress.done > self.seen[-1].done
        self.seen.append(progress)


# -- whatever there is -------------------------------------------------------------------------------------------


def test_a_file_goes_up(bucket: Bucket, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<p>")
    thing = bucket["page.html"]
    assert thing.upload(path) is thing
    assert (thing.read_text(), thing.content_type, thing.size) == ("<p>", "text/html; charset=utf-8", 3)
    thing.upload(
        str(path), content_type="x/y", metadata={"by": "me"}, cache_control="no-store", tags={"a": "b"}
    )
    thing.refresh()
    assert (thing.content_type, thing.metadata, thing.raw["CacheControl"]) == (
        "x/y",
        {"by": "me"},
        "no-store",
    )
    answer = bucket.cloud.call("s3", "get_object_tagging", Bucket=bucket.name, Key=thing.key)
    assert answer["TagSet"] == [{"Key": "a", "Value": "b"}]
    (tmp_path / "empty").touch()
    assert bucket["empty"].upload(tmp_path / "empty").size == 0


def test_a_large_file_goes_up_in_parts(bucket: Bucket, large: Path) -> None:
    watch = Watch()
    thing = bucket["large"].upload(large, progress=watch, metadata={"by": "me"}, storage_class="STANDARD_IA")
    assert (thing.etag[-3:], thing.size) == ('-3"', large.stat().st_size)
    assert thing.read_bytes() == large.read_bytes()
    assert (thing.refresh().metadata, thing.storage_class) == ({"by": "me"}, "STANDARD_IA")
    total = large.stat().st_size
    assert watch.seen[-1].done == watch.seen[-1].total == total
    assert watch.seen[-1].fraction == 1.0
    assert all(each.total == total for each in watch.seen)
    assert len(watch.seen) >= 3
    assert list(bucket.uploads()) == []


@pytest.mark.parametrize("size", [0, 10, 2 * MIN_PART_BYTES + 1])
def test_memory_and_streams_go_up(
    bucket: Bucket, large: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", MIN_PART_BYTES)
    data = os.urandom(size)
    memory = io.BytesIO(data)
    for source in (data, bytearray(data), memory, iter([data[:7], data[7:]])):
        watch = Watch()
        thing = bucket["k"].upload(source, progress=watch)
        assert (thing._known("Size"), "-" in thing.etag) == (size, size > 10)
        assert thing.read_bytes() == data
        assert watch.seen[-1].done == size
    assert not memory.closed


def test_an_open_file_stays_open(bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"header body")
    with open(tmp_path / "f", "rb") as file:
        file.seek(7)
        assert bucket["k"].upload(file).read_text() == "body"
        assert (file.closed, file.tell()) == (False, 11)


def test_a_bar_is_shown(bucket: Bucket, large: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bucket["film.mp4"].upload(large, progress=True)
    bucket["film.mp4"].upload(iter([b"x"]), progress=True)
    shown = capsys.readouterr()
    assert "film.mp4" in shown.out + shown.err
    bucket["film.mp4"].upload(large, progress=False)
    assert capsys.readouterr() == ("", "")


def test_progress_is_of_what_is_sent(faults: FaultServer) -> None:
    """Over plain HTTP botocore reads the body for its signature before it is sent."""
    faults.otherwise(Reply(headers={"ETag": '"e"'}))
    watch = Watch()
    Object("acme", "k", cloud=faults.cloud()).upload(os.urandom(3 * 256 * 1024), progress=watch)
    assert [each.done for each in watch.seen] == [256 * 1024, 512 * 1024, 768 * 1024]


def test_what_does_not_go_up(bucket: Bucket, tmp_path: Path, rig: Rig) -> None:
    thing = bucket["k"]
    with pytest.raises(FileNotFoundError):
        thing.upload(tmp_path / "nothing")
    with pytest.raises(OSError):
        thing.upload(tmp_path)
    (tmp_path / "text").write_text("é")
    with open(tmp_path / "text") as text, pytest.raises(InvalidRequest, match="open for text"):
        thing.upload(text)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest, match="a piece is text"):
        thing.upload(["é"])  # type: ignore[list-item]
    with pytest.raises(TypeError):
        thing.upload([1, 2])  # type: ignore[list-item]
    with pytest.raises(InvalidRequest, match="Nonsense"):
        thing.upload(tmp_path / "text", aws={"Nonsense": 1})
    with pytest.raises(InvalidRequest, match="a version cannot be written"):
        Object(bucket.name, "k", "v1").upload(tmp_path / "text")
    with pytest.raises(InvalidRequest, match="read once"):
        thing.upload(iter([b"x"]), resume=True)
    assert not thing.exists()
    with pytest.raises(BucketNotFound):
        Object(rig.name("nowhere"), "k").upload(tmp_path / "text")


def test_an_upload_that_is_refused(faults: FaultServer, tmp_path: Path) -> None:
    faults.otherwise(Reply.s3_error("AccessDenied", "Access Denied", 403))
    (tmp_path / "f").write_text("x")
    for source in (tmp_path / "f", io.BytesIO(b"x"), iter([b"x"])):
        with pytest.raises(AccessDenied) as caught:
            Object("acme", "k", cloud=faults.cloud()).upload(source)
        assert caught.value.resource == "s3://acme/k"
        assert caught.value.operation == "PutObject"


def test_a_stream_that_breaks_publishes_nothing(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", MIN_PART_BYTES)

    def pieces() -> Iterator[bytes]:
        yield os.urandom(MIN_PART_BYTES + 1)
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        bucket["k"].upload(pieces())
    assert not bucket["k"].exists()
    assert list(bucket.uploads()) == []


# -- conditions --------------------------------------------------------------------------------------------------


def test_only_if_it_is_not_there(bucket: Bucket, large: Path) -> None:
    for name, source in (("file", large), ("bytes", b"small"), ("stream", iter([b"stream"]))):
        thing = bucket[name].upload(source, if_absent=True)
        seen = thing.etag
        with pytest.raises(PreconditionFailed):
            thing.upload(large, if_absent=True)
        with pytest.raises(PreconditionFailed):
            thing.upload(b"other", if_match='"other"')
        thing.upload(b"new", if_match=seen)
        assert thing.read_bytes() == b"new"
    assert list(bucket.uploads()) == []


# -- files that change -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["grow", "shrink", "touch"])
def test_a_file_that_changes_meanwhile_is_not_published(bucket: Bucket, large: Path, change: str) -> None:
    def hook(progress: Progress) -> None:
        if change == "grow":
            with open(large, "ab") as file:
                file.write(b"more")
        elif change == "shrink":
            os.truncate(large, MIN_PART_BYTES)
        else:
            os.utime(large, (0, 0))

    with pytest.raises(Conflict, match="was changed while it was read"):
        bucket["k"].upload(large, progress=hook)
    assert not bucket["k"].exists()
    assert list(bucket.uploads()) == []


# -- what goes wrong ---------------------------------------------------------------------------------------------


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
    with pytest.raises(AccessDenied) as caught:
        Object("acme", "k", cloud=faults.cloud()).upload(large)
    assert caught.value.operation == "UploadPart"
    assert [request.query.get("uploadId") for request in faults.requests if request.method == "DELETE"] == [
        ["u1"]
    ]
    assert faults.requests[-1].method == "DELETE"  # when no part is under way any more


@pytest.mark.parametrize("error", [KeyError("mine"), KeyboardInterrupt()])
def test_an_error_of_the_progress_hook_is_the_caller_s(
    bucket: Bucket, large: Path, error: BaseException
) -> None:
    def hook(progress: Progress) -> None:
        raise error

    for source in (b"x", large, iter([b"x"])):
        with pytest.raises(type(error)):
            bucket["k"].upload(source, progress=hook)
    assert not bucket["k"].exists()
    assert list(bucket.uploads()) == []


def test_an_error_of_the_hook_is_no_reason_to_send_again(faults: FaultServer) -> None:
    def hook(progress: Progress) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        Object("acme", "k", cloud=faults.cloud(attempts=5)).upload(b"x" * 1000, progress=hook)
    assert len(faults.requests) <= 1


# -- taking an upload up again -----------------------------------------------------------------------------------


class Breaks:
    """A hook that ends an upload once so many bytes went."""

    def __init__(self, after: int) -> None:
        self.after = after

    def __call__(self, progress: Progress) -> None:
        if progress.done >= self.after:
            raise RuntimeError("the line broke")


def broken(thing: Object, large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Upload the first two parts of three, and fail."""
    monkeypatch.setattr(upload_module, "PARTS_AT_ONCE", 1)
    with pytest.raises(RuntimeError, match="the line broke"):
        thing.upload(large, resume=True, progress=Breaks(2 * MIN_PART_BYTES + 1), metadata={"by": "first"})


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the parts that are sent from now on."""
    sent: list[int] = []
    send = multipart.Multipart.send

    def noted(self: multipart.Multipart, number: int, *rest: Any) -> None:
        sent.append(number)
        send(self, number, *rest)

    monkeypatch.setattr(multipart.Multipart, "send", noted)
    return sent


def test_a_broken_upload_is_taken_up(bucket: Bucket, large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    thing = bucket["k"]
    broken(thing, large, monkeypatch)
    upload = bucket.uploads().one()
    assert [part.number for part in upload.parts()] == [1, 2]
    assert not thing.exists()
    sent = counted(monkeypatch)
    watch = Watch()
    thing.upload(large, resume=True, progress=watch)
    assert sent == [3]
    assert thing.read_bytes() == large.read_bytes()
    assert thing.refresh().metadata == {"by": "first"}  # it was begun with that
    assert watch.seen[-1].done == large.stat().st_size
    assert not upload.exists()
    assert list(bucket.uploads()) == []


def test_parts_of_another_content_are_sent_again(
    bucket: Bucket, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thing = bucket["k"]
    broken(thing, large, monkeypatch)
    with open(large, "r+b") as file:
        file.seek(MIN_PART_BYTES + 5)
        file.write(b"CHANGED")
    sent = counted(monkeypatch)
    thing.upload(large, resume=True)
    assert sent == [2, 3]
    assert thing.read_bytes() == large.read_bytes()


def test_parts_of_another_size_are_kept(bucket: Bucket, large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(bucket["k"], large, monkeypatch)
    sent = counted(monkeypatch)
    monkeypatch.setattr(upload_module, "UPLOAD_PART_BYTES", MIN_PART_BYTES + 12345)
    bucket["k"].upload(large, resume=True)
    assert sent == [3]
    assert bucket["k"].read_bytes() == large.read_bytes()


def test_without_resume_it_begins_anew_and_leaves_nothing(
    bucket: Bucket, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(bucket["k"], large, monkeypatch)
    sent = counted(monkeypatch)
    with pytest.raises(RuntimeError):
        bucket["k"].upload(large, progress=Breaks(MIN_PART_BYTES))
    assert len(list(bucket.uploads())) == 1  # the one that was kept
    sent.clear()
    bucket["k"].upload(large)
    assert sorted(sent) == [1, 2, 3]
    assert bucket.uploads().abort() == 1


def test_a_condition_that_does_not_hold_keeps_no_parts(bucket: Bucket, large: Path) -> None:
    bucket["k"].write_text("there")
    with pytest.raises(PreconditionFailed):
        bucket["k"].upload(large, resume=True, if_absent=True)
    assert list(bucket.uploads()) == []


@pytest.mark.parametrize(
    "options",
    [
        {"acl": "private"},
        {"encryption": "AES256"},
        {"encryption": Encryption("aws:kms", "alias/x")},
        {"aws": {"GrantRead": "id=1"}},
        {"aws": {"ServerSideEncryption": "AES256"}},
    ],
)
def test_who_may_read_it_is_never_that_of_an_earlier_upload(
    faults: FaultServer, content: bytes, options: dict[str, Any]
) -> None:
    server = Resumed([row("u1")], {"u1": part(1, content[:10])})
    assert resumed(faults, server, content, **options) == [
        "begin",
        "new part 1",
        "new part 2",
        "new part 3",
        "new complete",
    ]


def test_and_such_an_upload_is_not_left_to_a_later_one(
    bucket: Bucket, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(bucket["k"], large, monkeypatch)
    earlier = bucket.uploads().one()
    with pytest.raises(RuntimeError):
        bucket["k"].upload(large, resume=True, acl="public-read", progress=Breaks(MIN_PART_BYTES))
    assert bucket.uploads().one() == earlier


@pytest.mark.parametrize(
    ("code", "kept"), [("ConditionalRequestConflict", False), ("OperationAborted", True)]
)
def test_an_upload_that_met_another_writer_has_to_be_begun_again(
    faults: FaultServer, content: bytes, code: str, kept: bool
) -> None:
    server = Resumed([row("u1")], {"u1": part(1, content[:10])}, fails=code)
    with pytest.raises(Conflict):
        resumed(faults, server, content, if_absent=True)
    assert ("u1 abort" in server.steps) is not kept


def test_a_file_that_was_changed_keeps_its_parts(
    bucket: Bucket, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(progress: Progress) -> None:
        if progress.done >= large.stat().st_size:
            os.utime(large, ns=(1, 1))

    with pytest.raises(Conflict):
        bucket["k"].upload(large, resume=True, progress=change)
    assert len(list(bucket.uploads())) == 1


def test_a_second_interrupt_leaves_nothing_either(
    bucket: Bucket, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impatient(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt("second")
        yield

    monkeypatch.setattr(upload_module, "in_parallel", impatient)
    with pytest.raises(KeyboardInterrupt, match="second"):
        bucket["k"].upload(large)
    assert list(bucket.uploads()) == []


def test_a_small_thing_has_no_parts_to_be_taken_up(bucket: Bucket) -> None:
    assert bucket["k"].upload(b"small", resume=True).read_bytes() == b"small"


ROW = (
    "<Upload><Key>{key}</Key><UploadId>{id}</UploadId><Initiated>{at}</Initiated>"
    "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>{kind}</ChecksumType></Upload>"
)


class Resumed:
    """Answers as S3 does, with uploads under way and checksums of their parts."""

    def __init__(
        self, uploads: list[dict[str, str]], parts: dict[str, str], fails: str | None = None
    ) -> None:
        self.fails = fails
        self.uploads = uploads
        self.parts = parts
        self.steps: list[str] = []

    def __call__(self, request: Request) -> Reply:
        upload = request.query.get("uploadId", [""])[0]
        if request.method == "GET" and "uploads" in request.query:
            rows = "".join(ROW.format(**row) for row in self.uploads)
            return Reply.xml(f"<ListMultipartUploadsResult>{rows}</ListMultipartUploadsResult>")
        if request.method == "GET":
            if upload not in self.parts:
                return Reply.s3_error("NoSuchUpload", "no", 404)
            return Reply.xml(f"<ListPartsResult>{self.parts[upload]}</ListPartsResult>")
        if request.method == "POST" and "uploads" in request.query:
            self.steps.append("begin")
            return Reply.xml(
                "<InitiateMultipartUploadResult><UploadId>new</UploadId></InitiateMultipartUploadResult>"
            )
        if request.method == "PUT":
            self.steps.append(f"{upload} part {request.query['partNumber'][0]}")
            return Reply(headers={"ETag": '"p"'})
        if request.method == "DELETE":
            self.steps.append(f"{upload} abort")
            return Reply(204)
        self.steps.append(f"{upload} complete")
        if self.fails is not None:
            return Reply.s3_error(self.fails, "no", 409)
        return Reply.xml("<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>")


@pytest.fixture
def content(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Content of three parts of ten bytes, in spite of S3's least part."""
    monkeypatch.setattr(upload_module, "UPLOAD_PUT_BYTES", 5)
    monkeypatch.setattr(upload_module, "MIN_PART_BYTES", 1)
    monkeypatch.setattr(upload_module, "part_bytes", lambda size, least: 10)
    return bytes(range(25))


def part(number: int, data: bytes, *, etag: str = '"opaque"', crc: str | None = None) -> str:
    value = base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode() if crc is None else crc
    return (
        f"<Part><PartNumber>{number}</PartNumber><Size>{len(data)}</Size><ETag>{etag}</ETag>"
        f"<ChecksumCRC32>{value}</ChecksumCRC32></Part>"
    )


def row(
    id: str, at: str = "2026-01-01T00:00:00Z", *, key: str = "k", kind: str = "FULL_OBJECT"
) -> dict[str, str]:
    return {"id": id, "at": at, "key": key, "kind": kind}


def resumed(faults: FaultServer, server: Resumed, data: bytes, **options: Any) -> list[str]:
    faults.otherwise(server)
    cloud = faults.cloud(transfers=Transfers(checksums="when_supported"))
    Object("acme", "k", cloud=cloud).upload(data, resume=True, **options)
    *steps, last = server.steps
    first = steps[:1] if steps[:1] == ["begin"] else []
    return [*first, *sorted(steps[len(first) :]), last]


def test_checksums_tell_which_parts_are_the_same(faults: FaultServer, content: bytes) -> None:
    server = Resumed([row("u1")], {"u1": part(1, content[:10]) + part(2, content[10:20], crc="AAAAAA==")})
    assert resumed(faults, server, content) == ["u1 part 2", "u1 part 3", "u1 complete"]
    whole = base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()
    assert faults.requests[-1].headers["x-amz-checksum-crc32"] == whole


def test_the_newest_of_the_object_s_uploads_is_taken(faults: FaultServer, content: bytes) -> None:
    uploads = [
        row("old", "2026-01-01T00:00:00Z"),
        row("newest", "2026-01-03T00:00:00Z"),
        row("gone", "2026-01-04T00:00:00Z"),
        row("new", "2026-01-02T00:00:00Z"),
        row("another", "2026-01-05T00:00:00Z", key="k2"),
        row("composite", "2026-01-06T00:00:00Z", kind="COMPOSITE"),
    ]
    here = dict.fromkeys(("old", "newest", "new", "another", "composite"), part(1, content[:10]))
    assert resumed(faults, Resumed(uploads, here), content) == [
        "newest part 2",
        "newest part 3",
        "newest complete",
    ]


@pytest.mark.parametrize("uploads", [[], [row("gone")], [row("other", key="k2")]])
def test_where_there_is_none_it_begins(
    faults: FaultServer, content: bytes, uploads: list[dict[str, str]]
) -> None:
    assert resumed(faults, Resumed(uploads, {}), content) == [
        "begin",
        "new part 1",
        "new part 2",
        "new part 3",
        "new complete",
    ]


def test_parts_cut_in_another_way(faults: FaultServer, content: bytes) -> None:
    server = Resumed([row("u1")], {"u1": part(1, content[:12]) + part(3, content[24:])})
    assert resumed(faults, server, content) == ["u1 part 2", "u1 complete"]


def test_parts_cut_in_no_way(faults: FaultServer, content: bytes) -> None:
    parts = part(1, content[:10]) + part(2, content[10:13]) + part(3, content[20:])
    assert resumed(faults, Resumed([row("u1")], {"u1": parts}), content) == ["u1 part 2", "u1 complete"]


def test_parts_of_which_nothing_is_known_are_sent_again(faults: FaultServer, content: bytes) -> None:
    opaque = re.sub("<ChecksumCRC32>.*?</ChecksumCRC32>", "", part(1, content[:10]))
    assert resumed(faults, Resumed([row("u1")], {"u1": opaque}), content) == [
        "u1 part 1",
        "u1 part 2",
        "u1 part 3",
        "u1 complete",
    ]
