"""Whatever moves content ends in time, whatever the server does, and leaves nothing behind."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import cloudkit
from cloudkit import (
    BatchError,
    Bucket,
    Cloud,
    DeadlineExceeded,
    InvalidRequest,
    Object,
    SyncAction,
    SyncFailed,
    SyncResult,
    Transfers,
)
from cloudkit._core.body import bare_body
from cloudkit.s3._engine import engine_for
from cloudkit.s3._engine.plain import Plain
from cloudkit.s3._files import content as content_module, writer as writer_module
from cloudkit.s3._transfer import copy as copy_module, download as download_module, upload as upload_module
from cloudkit.s3._tree import history, moving
from tests.faults import LATE_SECONDS, FaultServer, Reply, Request

SECONDS = 0.12
# Where something has to be done by then on a machine that is busy.
LONGER_SECONDS = 1.0
DATE = "Mon, 23 Nov 2026 10:00:00 GMT"
HANG = 60.0

Fault = Callable[[Request, Reply], Reply]


def hang(_: Request, reply: Reply) -> Reply:
    return Reply(reply.status, reply.body, reply.headers, delay=HANG)


def drip(request: Request, reply: Reply) -> Reply:
    if request.method == "HEAD" or not reply.body:
        return hang(request, reply)  # there is nothing that could drip
    return Reply(reply.status, reply.body, reply.headers, drip=0.1)


def refuse(_: Request, __: Reply) -> Reply:
    return Reply.s3_error("SlowDown", status=503)


FAULTS = pytest.mark.parametrize("fault", [hang, drip, refuse])


class Store:
    """One bucket, as S3 keeps it: enough of it for all that moves content.

    Attributes:
        objects: The content of each key.
        uploads: Uploads in parts that are neither complete nor aborted, by id, with their parts.
        fault: What is done in place of an answer, where `wrong` says so.
        wrong: Which requests go wrong.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.fault: Fault = hang
        self.wrong: Callable[[Request], bool] = lambda _: False
        self._begun = 0

    def __call__(self, request: Request) -> Reply:
        if not self.wrong(request):
            return self.answer(request)
        if self.fault is drip and request.method == "GET":
            return drip(request, self.answer(request))
        return self.fault(request, Reply())

    def answer(self, request: Request) -> Reply:
        key = request.path.removeprefix("/acme").lstrip("/")
        query = request.query
        if "uploads" in query or "uploadId" in query:
            return self._multipart(request, key)
        if not key:
            return self._bucket(request)
        if request.method == "PUT":
            source = request.headers.get("x-amz-copy-source", "")
            self.objects[key] = self.objects[source.split("/", 1)[1]] if source else request.body
            if source:
                return Reply.xml(
                    f"<CopyObjectResult><ETag>{tag(self.objects[key])}</ETag></CopyObjectResult>"
                )
            return Reply(headers={"ETag": tag(request.body)})
        if request.method == "DELETE":
            self.objects.pop(key, None)
            return Reply(204)
        return self._content(request, key)

    def _content(self, request: Request, key: str) -> Reply:
        body = self.objects.get(key)
        if body is None:
            return Reply.s3_error("NoSuchKey")
        headers = {"ETag": tag(body), "Last-Modified": DATE}
        if request.method == "HEAD":
            return Reply(headers={**headers, "Content-Length": str(len(body))})
        wanted = request.headers.get("Range")
        if wanted is None:
            return Reply(body=body, headers=headers)
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start, end = int(first), min(len(body), int(last) + 1) if last else len(body)
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(body)}"
        return Reply(206, body[start:end], headers)

    def _multipart(self, request: Request, key: str) -> Reply:
        name = request.query.get("uploadId", [""])[0]
        if request.method == "GET":
            rows = "".join(
                f"<Upload><Key>big</Key><UploadId>{each}</UploadId><Initiated>2026-11-23T10:00:00.000Z</Initiated></Upload>"
                for each in self.uploads
            )
            return Reply.xml(f"<ListMultipartUploadsResult>{rows}</ListMultipartUploadsResult>")
        if not name:
            self._begun += 1
            self.uploads[f"u{self._begun}"] = {}
            return Reply.xml(
                f"<InitiateMultipartUploadResult><UploadId>u{self._begun}</UploadId></InitiateMultipartUploadResult>"
            )
        if name not in self.uploads:
            return Reply.s3_error("NoSuchUpload")
        if request.method == "DELETE":
            del self.uploads[name]
            return Reply(204)
        if request.method == "POST":
            self.objects[key] = b"".join(part for _, part in sorted(self.uploads.pop(name).items()))
            return Reply.xml(
                f"<CompleteMultipartUploadResult><ETag>{tag(self.objects[key])}</ETag></CompleteMultipartUploadResult>"
            )
        self.uploads[name][int(request.query["partNumber"][0])] = request.body
        if "x-amz-copy-source" in request.headers:
            return Reply.xml('<CopyPartResult><ETag>"p"</ETag></CopyPartResult>')
        return Reply(headers={"ETag": tag(request.body)})

    def _bucket(self, request: Request) -> Reply:
        if request.method == "DELETE":
            return Reply(204)
        if "delete" in request.query:
            return Reply.xml("<DeleteResult></DeleteResult>")
        if "versioning" in request.query:
            return Reply.xml("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
        kind = "Version" if "versions" in request.query else "Contents"
        rows = "".join(
            f"<{kind}><Key>{key}</Key><LastModified>2026-11-23T10:00:00.000Z</LastModified>"
            f"<ETag>{tag(body)}</ETag><Size>{len(body)}</Size><StorageClass>STANDARD</StorageClass>"
            f"<VersionId>v1</VersionId><IsLatest>true</IsLatest></{kind}>"
            for key, body in sorted(self.objects.items())
            if key.startswith(request.query.get("prefix", [""])[0])
        )
        root = "ListVersionsResult" if kind == "Version" else "ListBucketResult"
        return Reply.xml(f"<{root}><IsTruncated>false</IsTruncated>{rows}</{root}>")


def tag(body: bytes) -> str:
    return f'"{hashlib.md5(body).hexdigest()}"'


@pytest.fixture
def store(faults: FaultServer) -> Store:
    made = Store()
    faults.otherwise(made)
    return made


def bucket_on(faults: FaultServer, engine: str = "boto3", **options: Any) -> Bucket:
    """The bucket, its client and its engine ready: to make them takes longer than the times here."""
    transfers = Transfers(engine="auto" if engine == "auto" else "boto3")
    cloud = faults.cloud(**{"attempts": 100, "transfers": transfers, **options})
    cloud.client("s3")
    engine_for(cloud)
    return Bucket("acme", cloud=cloud)


@contextmanager
def in_time(seconds: float = SECONDS) -> Iterator[list[DeadlineExceeded]]:
    """The block ends soon after its deadline."""
    caught: list[DeadlineExceeded] = []
    begun = time.monotonic()
    with pytest.raises(DeadlineExceeded) as info:
        yield caught
    took = time.monotonic() - begun
    caught.append(info.value)
    assert seconds * 0.9 <= took < seconds + LATE_SECONDS, took


def result_of(error: DeadlineExceeded) -> SyncResult:
    assert isinstance(error.batch, SyncFailed)
    assert error.batch.result is not None
    return error.batch.result


def eventually(true: Callable[[], object]) -> None:
    ends = time.monotonic() + 10
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)


def is_part(request: Request) -> bool:
    return "partNumber" in request.query


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts and ranges of a few bytes, so that little content is many of them."""
    for module, name, value in (
        (upload_module, "UPLOAD_PUT_BYTES", 10),
        (upload_module, "UPLOAD_PART_BYTES", 10),
        (upload_module, "part_bytes", lambda *_: 10),
        (writer_module, "growing_part_bytes", lambda _: 10),
        (download_module, "ONE_STREAM_BYTES", 10),
        (download_module, "DOWNLOAD_RANGE_BYTES", 10),
        (copy_module, "MAX_COPY_BYTES", 10),
        (copy_module, "_part_size", lambda *_: 10),
        (moving, "SMALL_BYTES", 10),
    ):
        monkeypatch.setattr(module, name, value)


# -- one object --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [hang, refuse])
def test_a_small_upload(faults: FaultServer, store: Store, fault: Fault) -> None:
    thing = bucket_on(faults)["k"]
    store.fault, store.wrong = fault, lambda request: request.method == "PUT"
    with in_time() as caught:
        thing.upload(b"x" * 1000, timeout=SECONDS)
    assert (caught[0].seconds, caught[0].resource) == (SECONDS, "s3://acme/k")
    store.wrong = lambda _: False
    assert thing.upload(b"new", timeout=10).size == 3
    assert thing.read_bytes() == b"new"


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("fault", [hang, refuse])
@pytest.mark.parametrize("stream", [False, True])
def test_an_upload_in_parts(faults: FaultServer, store: Store, fault: Fault, stream: bool) -> None:
    store.fault, store.wrong = fault, lambda request: request.query.get("partNumber", ["1"]) > ["2"]
    thing = bucket_on(faults)["big"]
    content = bytes(range(100))
    with in_time():
        thing.upload(iter([content]) if stream else content, timeout=SECONDS)
    assert store.uploads == {}
    assert store.objects == {}
    store.wrong = lambda _: False
    assert thing.upload(content, timeout=10).read_bytes() == content
    assert store.uploads == {}


@pytest.mark.usefixtures("small_limits")
def test_an_upload_to_be_resumed_keeps_its_parts(faults: FaultServer, store: Store) -> None:
    store.wrong = lambda request: request.query.get("partNumber") == ["4"]
    thing = bucket_on(faults)["big"]
    with in_time(LONGER_SECONDS):
        thing.upload(bytes(100), resume=True, timeout=LONGER_SECONDS)
    time.sleep(0.1)
    assert list(store.uploads) == ["u1"]


@pytest.mark.usefixtures("small_limits")
def test_an_upload_is_aborted_once_the_server_answers_again(faults: FaultServer, store: Store) -> None:
    thing = bucket_on(faults, read=LONGER_SECONDS + 0.3)["big"]
    store.wrong = lambda request: is_part(request) or request.method == "DELETE"
    with in_time(LONGER_SECONDS):
        thing.upload(bytes(100), timeout=LONGER_SECONDS)
    assert list(store.uploads) == ["u1"]
    store.wrong = lambda _: False
    eventually(lambda: not store.uploads)


@pytest.mark.usefixtures("small_limits")
def test_one_that_begins_late_is_aborted(faults: FaultServer, store: Store) -> None:
    def late(request: Request, _: Reply) -> Reply:
        reply = store.answer(request)
        return Reply(reply.status, reply.body, reply.headers, delay=LONGER_SECONDS + 0.2)

    store.fault, store.wrong = late, lambda request: "uploads" in request.query
    thing = bucket_on(faults)["big"]
    with in_time(LONGER_SECONDS):
        thing.upload(bytes(100), timeout=LONGER_SECONDS)
    assert list(store.uploads) == ["u1"]
    eventually(lambda: not store.uploads)


@pytest.mark.usefixtures("small_limits")
def test_a_part_that_arrives_late_is_thrown_away(faults: FaultServer, store: Store) -> None:

    def late(request: Request, _: Reply) -> Reply:
        return Reply(headers={"ETag": '"p"'}, delay=LONGER_SECONDS + 0.3)

    thing = bucket_on(faults)["big"]
    store.fault, store.wrong = late, is_part
    with in_time(LONGER_SECONDS):
        thing.upload(bytes(100), timeout=LONGER_SECONDS)
    assert store.uploads == {}
    store.uploads["u1"] = {}  # what S3 keeps of a part that came while the upload was aborted
    eventually(lambda: not store.uploads)


@pytest.mark.usefixtures("small_limits")
def test_a_file_that_was_begun_before_is_closed_in_time(faults: FaultServer, store: Store) -> None:
    store.wrong = is_part
    file = bucket_on(faults)["big"].open("wb")
    file.write(bytes(30))
    with in_time(LONGER_SECONDS), cloudkit.deadline(LONGER_SECONDS):
        file.close()
    eventually(lambda: not store.uploads)
    assert store.objects == {}


@FAULTS
def test_a_download(faults: FaultServer, store: Store, fault: Fault, tmp_path: Path) -> None:
    store.objects["k"] = bytes(range(200))
    store.fault, store.wrong = fault, lambda request: request.method == "GET"
    thing = bucket_on(faults)["k"]
    with in_time():
        thing.download(tmp_path / "k", timeout=SECONDS)
    assert list(tmp_path.iterdir()) == []
    file = io.BytesIO()
    with in_time():
        thing.download(file, timeout=SECONDS)
    store.wrong = lambda _: False
    assert thing.download(tmp_path / "k", timeout=10).read_bytes() == store.objects["k"]
    assert os.listdir(tmp_path) == ["k"]


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("fault", [hang, drip])
def test_a_download_in_ranges(faults: FaultServer, store: Store, fault: Fault, tmp_path: Path) -> None:
    store.objects["k"] = os.urandom(4_000)  # so that the front does not take it all
    store.fault, store.wrong = fault, lambda request: "Range" in request.headers
    thing = bucket_on(faults)["k"]
    with in_time():
        thing.download(tmp_path / "k", timeout=SECONDS)
    assert list(tmp_path.iterdir()) == []
    store.wrong = lambda _: False
    assert thing.download(tmp_path / "k", timeout=10).read_bytes() == store.objects["k"]


@pytest.mark.parametrize("fault", [hang, refuse])
@pytest.mark.parametrize("method", ["copy_to", "move_to"])
def test_a_copy(faults: FaultServer, store: Store, fault: Fault, method: str) -> None:
    store.objects["k"] = b"content"
    store.fault, store.wrong = fault, lambda request: request.method == "PUT"
    thing = bucket_on(faults)["k"]
    with in_time():
        getattr(thing, method)("new", timeout=SECONDS)
    assert store.objects == {"k": b"content"}
    store.wrong = lambda _: False
    getattr(thing, method)("new", timeout=10)
    assert store.objects["new"] == b"content"


@pytest.mark.usefixtures("small_limits")
def test_a_copy_in_parts(faults: FaultServer, store: Store) -> None:
    store.objects["k"] = bytes(100)
    store.wrong = lambda request: request.query.get("partNumber") == ["5"]
    with in_time():
        bucket_on(faults)["k"].copy_to(
            "new", keep=("metadata", "storage_class"), part_size=None, timeout=SECONDS
        )
    assert store.uploads == {}
    assert store.objects.keys() == {"k"}


def test_a_file_that_is_read_goes_on_after_the_block(faults: FaultServer, store: Store) -> None:
    store.objects["k"] = bytes(range(200))
    store.fault, store.wrong = drip, lambda request: request.method == "GET"
    file = bucket_on(faults)["k"].open("rb")
    with in_time(), cloudkit.deadline(SECONDS):
        file.read()
    store.wrong = lambda _: False
    assert file.read() == store.objects["k"]
    file.close()


def test_what_a_deadline_ends_is_hung_up(
    faults: FaultServer, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies: list[Any] = []
    real = bare_body

    def noted(body: Any, length: int | None) -> Any:
        bodies.append(real(body, length))
        return bodies[-1]

    monkeypatch.setattr(content_module, "bare_body", noted)
    store.objects["k"] = bytes(100_000)
    store.fault, store.wrong = drip, lambda request: request.method == "GET"
    thing = bucket_on(faults, read=60)["k"]
    with in_time(), cloudkit.deadline(SECONDS):
        thing.read_bytes()
    eventually(lambda: bodies[0]._raw_stream.closed)


def test_lines_documents_and_locks(faults: FaultServer, store: Store) -> None:
    store.objects["k"] = b'{"a": 1}\n' * 50
    store.objects[".locks/job"] = b"{}" * 50
    store.fault, store.wrong = drip, lambda request: request.method == "GET"
    bucket = bucket_on(faults)
    with in_time(), cloudkit.deadline(SECONDS):
        list(bucket["k"].lines())
    with in_time(), cloudkit.deadline(SECONDS), bucket["k"].edit():
        raise AssertionError("not reached")
    with in_time(), cloudkit.deadline(SECONDS), bucket.lock("job", wait=60):
        raise AssertionError("not reached")


def test_a_lock_is_given_back(faults: FaultServer, store: Store) -> None:
    bucket = bucket_on(faults)
    with in_time(LONGER_SECONDS), cloudkit.deadline(LONGER_SECONDS), bucket.lock("job"):
        store.wrong = lambda request: request.path.endswith("/k")
        bucket["k"].read_bytes()
    assert b'"held": false' in store.objects[".locks/job"].lower()


# -- many --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "engine"), [(hang, "boto3"), (hang, "auto"), (drip, "auto"), (refuse, "auto")]
)
def test_many_are_read_and_written(faults: FaultServer, store: Store, fault: Fault, engine: str) -> None:
    bucket = bucket_on(faults, engine)
    assert engine_for(bucket.cloud).name == ("obstore" if engine == "auto" else "boto3")
    store.objects.update({f"k{number:04}": b"content" * 30 for number in range(40)})
    keys = list(store.objects)
    assert len(list(bucket.read_many(keys[:1]))) == 1  # connected: what is bounded next is the reading alone
    store.fault, store.wrong = fault, lambda request: request.path >= "/acme/k0005"
    read: list[str] = []
    # Some have to have begun by then, here and below.
    with in_time(LONGER_SECONDS) as caught, cloudkit.deadline(LONGER_SECONDS):
        read.extend(thing.key for thing, _ in bucket.read_many(keys))
    assert set(read) <= set(keys[:5])
    batch = caught[0].batch
    assert isinstance(batch, BatchError)
    assert {item for item, _ in batch.succeeded} == set(read)
    assert all(isinstance(error, DeadlineExceeded) for _, error in batch.failed)
    with in_time(LONGER_SECONDS) as caught, cloudkit.deadline(LONGER_SECONDS):
        bucket.write_many((f"k{number:04}", b"new" * 100) for number in range(10**9))
    assert isinstance(caught[0].batch, BatchError)
    assert len(caught[0].batch.failed) < 1000
    store.wrong = lambda _: False
    with cloudkit.deadline(30):
        assert dict(bucket.read_many(["k0039"])) == {bucket["k0039"]: store.objects["k0039"]}


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One object hangs where no deadline ends it: in a disk's read, say."""
    go = threading.Event()
    real_get, real_put = Plain.get, Plain.put

    def get(engine: Plain, source: Object) -> bytes:
        return real_get(engine, source) if source.key != "k03" else bytes(go.wait(30))

    def put(engine: Plain, target: Object, body: bytes, params: Mapping[str, Any]) -> None:
        real_put(engine, target, body, params) if target.key != "k03" else go.wait(30)

    monkeypatch.setattr(Plain, "get", get)
    monkeypatch.setattr(Plain, "put", put)
    yield
    go.set()


@pytest.mark.usefixtures("stuck")
def test_one_that_is_stuck_takes_nothing_of_the_others_with_it(
    faults: FaultServer, store: Store, tmp_path: Path
) -> None:
    bucket = bucket_on(faults, "boto3")
    names = [f"k{number:02}" for number in range(10)]
    store.objects.update(dict.fromkeys(names, b"x"))
    read: list[str] = []
    with in_time(LONGER_SECONDS) as caught, cloudkit.deadline(LONGER_SECONDS):
        read.extend(thing.key for thing, _ in bucket.read_many(names))
    batch = caught[0].batch
    assert isinstance(batch, BatchError)
    assert [item for item, _ in batch.succeeded] == read
    assert batch.failed[0].item == "k03"
    assert {"k00", "k01", "k02"} <= set(read)
    with in_time(LONGER_SECONDS) as caught, cloudkit.deadline(LONGER_SECONDS):
        bucket.write_many(dict.fromkeys(names, "new"))
    batch = caught[0].batch
    assert isinstance(batch, BatchError)
    assert {item for item, _ in batch.succeeded} <= set(names) - {"k03"}
    assert batch.failed[0].item == "k03"
    assert store.objects["k00"] == b"new"
    for name in names:
        (tmp_path / name).write_bytes(b"newest")
    with in_time(LONGER_SECONDS) as caught:
        bucket.sync_from(tmp_path, timeout=LONGER_SECONDS)
    result = result_of(caught[0])
    assert "k00" in {action.name for action in result.transferred}
    first = result.failed[0].item
    assert isinstance(first, SyncAction)
    assert first.name == "k03"
    assert len(result.transferred) + len(result.failed) == 10


@pytest.mark.parametrize(("fault", "engine"), [(hang, "auto"), (refuse, "boto3")])
def test_a_sync_up(faults: FaultServer, store: Store, fault: Fault, engine: str, tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number:02}").write_bytes(b"x" * 100)
    bucket = bucket_on(faults, engine)
    plan = bucket.sync_from(tmp_path, dry_run=True)
    store.fault, store.wrong = fault, lambda request: request.method == "PUT" and request.path >= "/acme/03"
    with in_time(LONGER_SECONDS) as caught:
        plan.run(timeout=LONGER_SECONDS)
    result = result_of(caught[0])
    done = {action.name for action in result.transferred}
    assert done <= {"00", "01", "02"}
    assert len(result.transferred) + len(result.failed) == 20
    assert caught[0].resource == "s3://acme/"
    store.wrong = lambda _: False
    assert len(bucket.sync_from(tmp_path, timeout=30).failed) == 0
    assert len(store.objects) == 20


@pytest.mark.parametrize(
    ("fault", "engine"), [(hang, "auto"), (drip, "auto"), (drip, "boto3"), (refuse, "boto3")]
)
def test_a_sync_down(faults: FaultServer, store: Store, fault: Fault, engine: str, tmp_path: Path) -> None:
    store.objects.update({f"{number:02}": b"x" * 100 for number in range(20)})
    bucket = bucket_on(faults, engine)
    plan = bucket.sync_to(tmp_path, dry_run=True)
    store.fault, store.wrong = fault, lambda request: request.path >= "/acme/03"
    with in_time(LONGER_SECONDS) as caught:
        plan.run(timeout=LONGER_SECONDS)
    result = result_of(caught[0])
    assert {path.name for path in tmp_path.iterdir()} == {each.name for each in result.transferred}
    store.wrong = lambda _: False
    plan = bucket.sync_to(tmp_path, dry_run=True)
    assert len(plan.run(timeout=30).transferred) + len(result.transferred) == 20


@pytest.mark.usefixtures("small_limits")
def test_large_files_of_a_sync(faults: FaultServer, store: Store, tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / str(number)).write_bytes(bytes(100))
    bucket = bucket_on(faults)
    store.wrong = lambda request: request.query.get("partNumber", ["0"])[0] > "3"
    with in_time():
        bucket.folder("up").sync_from(tmp_path, timeout=SECONDS)
    eventually(lambda: not store.uploads)
    store.objects.update({f"down/{number}": bytes(100) for number in range(6)})
    store.wrong = lambda request: request.path.startswith("/acme/down/")
    with in_time():
        bucket.sync_to(tmp_path / "below", "down", timeout=SECONDS)
    assert list((tmp_path / "below").iterdir()) == []


@pytest.mark.parametrize("wrong", ["list-type", "x-amz-copy-source"])
def test_a_copy_of_a_tree(faults: FaultServer, store: Store, wrong: str) -> None:
    store.objects.update({f"a/{number:02}": b"x" * 100 for number in range(20)})
    bucket = bucket_on(faults)
    store.wrong = lambda request: wrong in request.query or wrong in request.headers
    with in_time():
        bucket.copy_tree(bucket.folder("b"), "a", timeout=SECONDS)


def test_deleting(faults: FaultServer, store: Store) -> None:
    bucket = bucket_on(faults)
    store.wrong = lambda request: "delete" in request.query
    store.objects["k"] = b"x"
    with in_time():
        bucket.delete_objects((str(number) for number in range(20_000)), timeout=SECONDS)
    for method in (
        lambda: bucket.empty(timeout=SECONDS),
        lambda: bucket.delete(force=True, timeout=SECONDS),
    ):
        store.wrong = lambda request: "versions" in request.query
        with in_time():
            method()
    store.wrong = lambda request: "list-type" in request.query
    with in_time():
        bucket.folder("k").delete(timeout=SECONDS)
    store.wrong = lambda request: request.method == "DELETE"
    with in_time():
        bucket.delete(timeout=SECONDS)


def test_back_to_a_moment(faults: FaultServer, store: Store) -> None:
    store.objects.update({f"k{number}": b"x" for number in range(30)})
    bucket = bucket_on(faults)
    long_ago = datetime.now(timezone.utc) - timedelta(days=3650)
    store.wrong = lambda request: "versions" in request.query
    with in_time():
        bucket.restore(at=long_ago, timeout=SECONDS)
    store.wrong = lambda _: False
    plan = bucket.restore(at=long_ago, dry_run=True)
    store.wrong = lambda request: request.method == "DELETE"
    with in_time(LONGER_SECONDS) as caught:
        plan.run(timeout=LONGER_SECONDS)
    assert isinstance(caught[0].batch, BatchError)
    assert len(caught[0].batch.failed) == 30
    store.wrong = lambda _: False
    assert len(plan.run(timeout=30)) == 30


def test_a_restore_of_which_one_is_stuck(
    faults: FaultServer, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"k{number:02}" for number in range(10)]
    store.objects.update(dict.fromkeys(names, b"x"))
    plan = bucket_on(faults).restore(at=datetime.now(timezone.utc) - timedelta(days=3650), dry_run=True)
    go = threading.Event()
    real = history._delete

    def delete(step: history.Step) -> None:
        real(step) if step.object.key != "k03" else go.wait(30)

    monkeypatch.setattr(history, "_delete", delete)
    try:
        with in_time(LONGER_SECONDS) as caught:
            plan.run(timeout=LONGER_SECONDS)
    finally:
        go.set()
    batch = caught[0].batch
    assert isinstance(batch, BatchError)
    restored = {each.result for each in batch.succeeded}
    assert restored == {bucket_on(faults)[name] for name in names if name not in store.objects}
    assert "k00" not in store.objects
    assert len(batch.succeeded) + len(batch.failed) == 10


def test_a_parallel_listing(faults: FaultServer, store: Store) -> None:
    store.wrong = lambda request: "list-type" in request.query
    with in_time(), cloudkit.deadline(SECONDS):
        list(bucket_on(faults).objects(parallel=8))


# -- what is no time ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("timeout", [0, -1, True, "3", float("nan"), timedelta(0)])
def test_a_time_that_is_none(faults: FaultServer, timeout: Any, tmp_path: Path) -> None:
    bucket = Bucket("acme", cloud=faults.cloud())
    thing, folder = bucket["k"], bucket.folder("f")
    plan = bucket_plan(faults)
    calls: Mapping[str, Callable[[], object]] = {
        "upload": lambda: thing.upload(b"x", timeout=timeout),
        "download": lambda: thing.download(tmp_path / "k", timeout=timeout),
        "copy_to": lambda: thing.copy_to("new", timeout=timeout),
        "move_to": lambda: thing.move_to("new", timeout=timeout),
        "sync_from": lambda: bucket.sync_from(tmp_path, timeout=timeout),
        "sync_to": lambda: bucket.sync_to(tmp_path, timeout=timeout),
        "copy_tree": lambda: bucket.copy_tree(folder, timeout=timeout),
        "folder.sync_from": lambda: folder.sync_from(tmp_path, timeout=timeout),
        "folder.sync_to": lambda: folder.sync_to(tmp_path, timeout=timeout),
        "folder.empty": lambda: folder.empty(timeout=timeout),
        "folder.delete": lambda: folder.delete(timeout=timeout),
        "delete_objects": lambda: bucket.delete_objects(["k"], timeout=timeout),
        "empty": lambda: bucket.empty(timeout=timeout),
        "delete": lambda: bucket.delete(force=True, timeout=timeout),
        "restore": lambda: bucket.restore(at=datetime(2026, 1, 1, tzinfo=timezone.utc), timeout=timeout),
        "plan.run": lambda: plan.run(timeout=timeout),
    }
    asked = len(faults.requests)
    for name, call in calls.items():
        with pytest.raises(InvalidRequest, match="timeout="):
            pytest.fail(f"{name} took it and gave {call()}")
    assert len(faults.requests) == asked


def bucket_plan(faults: FaultServer) -> cloudkit.RestorePlan:
    return cloudkit.RestorePlan(Bucket("acme", cloud=faults.cloud()), "", datetime.now(timezone.utc))


def test_time_enough_changes_nothing(faults: FaultServer, store: Store, tmp_path: Path) -> None:
    bucket = bucket_on(faults)
    with cloudkit.deadline(60):
        (tmp_path / "a").write_text("A")
        assert bucket.sync_from(tmp_path).transferred[0].name == "a"
        assert bucket["a"].copy_to("b").read_text() == "A"
        assert [each.key for each in bucket.objects()] == ["a", "b"]
        bucket["b"].move_to("c")
    assert store.objects == {"a": b"A", "c": b"A"}


def test_a_source_may_change_its_size_again(faults: FaultServer, store: Store) -> None:
    store.wrong = lambda request: request.method == "PUT"
    thing = bucket_on(faults)["k"]
    memory, file = bytearray(1000), io.BytesIO(bytes(1000))
    for source in (memory, file):
        with in_time():
            thing.upload(source, timeout=SECONDS)
    memory.extend(b"more")
    file.seek(0, os.SEEK_END)
    file.write(b"more")


def test_objects_of_another_cloud_are_not_limited(faults: FaultServer, store: Store) -> None:
    store.objects["k"] = b"x"
    cloud: Cloud = bucket_on(faults).cloud
    found: list[bytes] = []
    with cloudkit.deadline(0.01):
        time.sleep(0.02)
        thread = threading.Thread(target=lambda: found.append(Object("acme", "k", cloud=cloud).read_bytes()))
        thread.start()  # a thread of one's own has a context of its own
        thread.join()
    assert found == [b"x"]
