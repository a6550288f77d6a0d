from __future__ import annotations

import base64
import errno
import functools
import hashlib
import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from cloudkit import Bucket, Cloud, Object
from cloudkit.errors import AccessDenied, ConnectionFailed, InvalidRequest, ServiceError
from cloudkit.s3 import BucketNotFound, CustomerKey, ObjectChanged, ObjectNotFound
from cloudkit.s3._limits import DOWNLOAD_WORKERS, READ_ATTEMPTS
from cloudkit.s3._transfer import download
from cloudkit.s3._transfer.paths import refusal
from cloudkit.types import Progress
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request
from tests.s3.served import BODY, crc32, served

LARGE = os.urandom(1000)
CRC = {"x-amz-checksum-crc32": crc32(LARGE), "x-amz-checksum-type": "FULL_OBJECT"}


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("downloads"))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes 64 MiB takes 100 bytes."""
    monkeypatch.setattr(download, "ONE_STREAM_BYTES", 100)
    monkeypatch.setattr(download, "DOWNLOAD_RANGE_BYTES", 60)
    monkeypatch.setattr(download, "READ_PIECE_BYTES", 25)


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# -- a path ------------------------------------------------------------------------------------------------------


def test_a_file(bucket: Bucket, tmp_path: Path) -> None:
    thing = bucket["a/report.txt"].write_bytes(BODY)
    for target in (tmp_path / "one", str(tmp_path / "two")):
        path = thing.download(target)
        assert path == Path(target)
        assert path.read_bytes() == BODY
    assert thing.download(tmp_path) == tmp_path / "report.txt"
    assert leftovers(tmp_path) == ["one", "report.txt", "two"]


def test_what_was_there_is_replaced(bucket: Bucket, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old, and longer than the new one" * 100)
    assert bucket["k"].write_bytes(b"new").download(path).read_bytes() == b"new"


def test_an_empty_object_is_an_empty_file(bucket: Bucket, tmp_path: Path) -> None:
    seen: list[Progress] = []
    path = bucket["k"].write_bytes(b"").download(tmp_path / "f", progress=seen.append)
    assert path.read_bytes() == b""
    assert [(each.done, each.total) for each in seen] == [(0, 0)]


def test_a_version(bucket: Bucket, tmp_path: Path) -> None:
    bucket.cloud.call(
        "s3", "put_bucket_versioning", Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"}
    )
    bucket["k"].write_bytes(b"first")
    bucket["k"].write_bytes(b"second")
    old = list(bucket["k"].versions())[-1]
    assert old.download(tmp_path / "f").read_bytes() == b"first"


@pytest.mark.parametrize("key", ["a/..", "a/.", "back\\slash", "a/", "a/D:x", "a:b"])
def test_a_key_that_is_no_name_of_a_file(bucket: Bucket, tmp_path: Path, key: str) -> None:
    thing = bucket[key].write_bytes(b"x")
    if key == "a/":
        assert thing.download(tmp_path) == tmp_path / "a"
        return
    with pytest.raises(InvalidRequest, match="no name for a file"):
        thing.download(tmp_path)
    assert leftovers(tmp_path) == []
    assert thing.download(tmp_path / "name").read_bytes() == b"x"


def test_what_is_not_there(bucket: Bucket, rig: Rig, tmp_path: Path) -> None:
    with pytest.raises(ObjectNotFound):
        bucket["nothing"].download(tmp_path / "f")
    with pytest.raises(BucketNotFound):
        Object(rig.name("nobucket"), "k").download(tmp_path / "f")
    assert leftovers(tmp_path) == []
    with pytest.raises(FileNotFoundError):
        bucket["k"].write_bytes(b"x").download(tmp_path / "no" / "folder")


def test_a_refusal_leaves_what_was_there(faults: FaultServer, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")
    faults.otherwise(Reply.s3_error("AccessDenied", "Access Denied", 403))
    with pytest.raises(AccessDenied):
        Object("acme", "k", cloud=faults.cloud()).download(path)
    assert path.read_bytes() == b"old"
    assert leftovers(tmp_path) == ["f"]


def test_a_disk_that_is_full(faults: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: object, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(download, "_write", full)
    thing, _ = served(faults)
    with pytest.raises(OSError, match="No space left") as caught:
        thing.download(tmp_path / "f")
    assert caught.value.errno == errno.ENOSPC
    assert leftovers(tmp_path) == []


# -- one stream --------------------------------------------------------------------------------------------------


def test_a_small_one_is_one_request(faults: FaultServer, tmp_path: Path) -> None:
    thing, _ = served(faults)
    thing.download(tmp_path / "f")
    assert [request.method for request in faults.requests] == ["GET"]
    assert "Range" not in faults.requests[0].headers


def test_it_goes_on_after_cuts(faults: FaultServer, tmp_path: Path) -> None:
    body = os.urandom(1024) * (5 * 1024)
    thing, server = served(faults, body=body, cuts=[800_000] * 5)
    assert thing.download(tmp_path / "f").read_bytes() == body
    assert len(faults.requests) == 6
    assert server.sent <= 1.1 * len(body)


def test_it_gives_up_in_the_end(faults: FaultServer, tmp_path: Path) -> None:
    thing, _ = served(faults, cuts=[50] + [0] * 50)
    with pytest.raises(ConnectionFailed, match="byte 50 of 1024"):
        thing.download(tmp_path / "f")
    assert len(faults.requests) == READ_ATTEMPTS
    assert leftovers(tmp_path) == []


def test_a_changed_byte_leaves_no_file(faults: FaultServer, tmp_path: Path) -> None:
    checksums = {"x-amz-checksum-crc32": crc32(BODY)}
    thing, server = served(faults, checked=True, checksums=checksums, corrupt=[7])
    with pytest.raises(ServiceError, match="not what S3 keeps"):
        thing.download(tmp_path / "f")
    assert leftovers(tmp_path) == []
    server.corrupt = []
    assert thing.download(tmp_path / "f").read_bytes() == BODY


def test_progress(faults: FaultServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = os.urandom(1024) * 3000
    thing, _ = served(faults, body=body, cuts=[100_000])
    seen: list[Progress] = []
    thing.download(tmp_path / "f", progress=seen.append)
    done = [each.done for each in seen]
    assert done[0] == 0
    assert done == sorted(done)
    assert done[-1] == len(body)
    assert {each.total for each in seen} == {len(body)}
    thing.download(tmp_path / "f", progress=True)
    shown = capsys.readouterr()
    assert "k" in shown.out + shown.err


# -- an open file ------------------------------------------------------------------------------------------------


def test_an_open_file(bucket: Bucket, tmp_path: Path) -> None:
    thing = bucket["k"].write_bytes(BODY)
    with open(tmp_path / "f", "wb") as file:
        file.write(b"first ")
        assert thing.download(file) == len(BODY)
        assert not file.closed
    assert (tmp_path / "f").read_bytes() == b"first " + BODY
    memory = io.BytesIO()
    assert thing.download(memory) == 1024
    assert memory.getvalue() == BODY
    with bucket["copy"].open("wb") as copy:
        assert thing.download(copy) == 1024
    assert bucket["copy"].read_bytes() == BODY
    with open(tmp_path / "t", "w") as text, pytest.raises(InvalidRequest, match="open for text"):
        thing.download(text)  # type: ignore[call-overload]


class Slow:
    """Takes little at once, as a raw file may."""

    def __init__(self) -> None:
        self.taken = b""

    def write(self, data: bytes, /) -> int:
        self.taken += data[:100]
        return len(data[:100])


def test_a_file_that_takes_little_at_once(faults: FaultServer) -> None:
    thing, _ = served(faults, cuts=[500])
    slow = Slow()
    seen: list[Progress] = []
    assert thing.download(slow, progress=seen.append) == 1024
    assert slow.taken == BODY
    assert seen[-1].done == 1024


def test_an_open_file_is_verified_too(faults: FaultServer) -> None:
    checksums = {"x-amz-checksum-crc32": crc32(BODY)}
    thing, _ = served(faults, checked=True, checksums=checksums, corrupt=[7])
    with pytest.raises(ServiceError, match="not what S3 keeps"):
        thing.download(io.BytesIO())


# -- in ranges ---------------------------------------------------------------------------------------------------


def _ranges(faults: FaultServer) -> list[str]:
    return [request.headers.get("Range", "all") for request in faults.requests]


@pytest.mark.usefixtures("small")
def test_a_large_one_comes_in_ranges(
    faults: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thing, _ = served(faults, body=LARGE)
    met: set[int] = set()
    meeting = threading.Barrier(DOWNLOAD_WORKERS)
    real = download._write

    def together(file: Any, data: bytes) -> None:
        if threading.get_ident() not in met:
            met.add(threading.get_ident())
            meeting.wait(10)
        real(file, data)

    monkeypatch.setattr(download, "_write", together)
    seen: list[Progress] = []
    assert thing.download(tmp_path / "f", progress=seen.append).read_bytes() == LARGE
    assert len(met) == DOWNLOAD_WORKERS
    first, *others = _ranges(faults)
    assert first == "all"
    assert len(others) >= DOWNLOAD_WORKERS - 1
    possible = {f"bytes={start}-{min(start + 60, 1000) - 1}" for start in range(0, 1000, 60)}
    assert set(others) <= possible
    assert len(others) == len(set(others))
    assert {request.headers.get("If-Match") for request in faults.requests[1:]} == {'"one"'}
    assert [each.done for each in seen] == sorted(each.done for each in seen)
    assert (seen[-1].done, seen[-1].total) == (1000, 1000)
    assert leftovers(tmp_path) == ["f"]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("size", [101, 119, 120, 121, 240, 999])
def test_sizes_around_the_borders(faults: FaultServer, tmp_path: Path, size: int) -> None:
    thing, _ = served(faults, body=LARGE[:size], checked=True, checksums={})
    assert thing.download(tmp_path / "f").read_bytes() == LARGE[:size]


@pytest.mark.usefixtures("small")
def test_ranges_on_a_bucket(bucket: Bucket, tmp_path: Path) -> None:
    thing = bucket["k"].write_bytes(LARGE)
    assert thing.download(tmp_path / "f").read_bytes() == LARGE


@pytest.mark.usefixtures("small")
def test_ranges_go_on_after_cuts(faults: FaultServer, tmp_path: Path) -> None:
    thing, server = served(faults, body=LARGE, checked=True, checksums=CRC, cuts=[30, 10, 5, 0, 7, None, 20])
    seen: list[Progress] = []
    assert thing.download(tmp_path / "f", progress=seen.append).read_bytes() == LARGE
    assert server.cuts == []
    assert seen[-1].done == 1000


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("place", [0, 30, 500, 999])
def test_a_changed_byte_of_a_range_leaves_no_file(faults: FaultServer, tmp_path: Path, place: int) -> None:
    thing, server = served(faults, body=LARGE, checked=True, checksums=CRC, corrupt=[place])
    with pytest.raises(ServiceError, match="its crc32 is") as caught:
        thing.download(tmp_path / "f")
    assert caught.value.code == "ChecksumMismatch"
    assert leftovers(tmp_path) == []
    server.corrupt = []
    assert thing.download(tmp_path / "f").read_bytes() == LARGE


@pytest.mark.usefixtures("small")
def test_checksums_that_cannot_be_put_together(faults: FaultServer, tmp_path: Path) -> None:
    sums = {"x-amz-checksum-sha256": base64.b64encode(hashlib.sha256(LARGE).digest()).decode()}
    thing, server = served(faults, body=LARGE, checked=True, checksums=sums)
    assert thing.download(tmp_path / "f").read_bytes() == LARGE
    server.corrupt = [100]
    with pytest.raises(ServiceError, match="its sha256 is"):
        thing.download(tmp_path / "g")
    assert leftovers(tmp_path) == ["f"]


@pytest.mark.usefixtures("small")
def test_an_object_replaced_meanwhile_leaves_no_file(faults: FaultServer, tmp_path: Path) -> None:
    thing, server = served(faults, body=LARGE)

    def replaced(request: Request) -> Reply:
        server.etag, server.body = '"two"', bytes(1000)
        return server(request)

    faults.replies(server, replaced)
    with pytest.raises(ObjectChanged):
        thing.download(tmp_path / "f")
    assert leftovers(tmp_path) == []


@pytest.mark.usefixtures("small")
def test_a_wrong_range_is_refused(faults: FaultServer, tmp_path: Path) -> None:
    thing, server = served(faults, body=LARGE)
    faults.replies(server)
    headers = {"ETag": '"one"', "Content-Range": "bytes 0-59/1000"}
    faults.otherwise(Reply(206, LARGE[:60], headers))
    with pytest.raises(ServiceError, match="the server sent something else"):
        thing.download(tmp_path / "f")
    assert leftovers(tmp_path) == []


@pytest.mark.usefixtures("small")
def test_a_refused_range_ends_it_all(faults: FaultServer, tmp_path: Path) -> None:
    thing, server = served(faults, body=LARGE)
    faults.replies(server)
    faults.otherwise(Reply.s3_error("AccessDenied", "Access Denied", 403))
    with pytest.raises(AccessDenied):
        thing.download(tmp_path / "f")
    assert leftovers(tmp_path) == []
    assert len(faults.requests) <= DOWNLOAD_WORKERS


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_exception_of_the_hook_ends_it_all(
    faults: FaultServer, tmp_path: Path, error: type[BaseException]
) -> None:
    thing, _ = served(faults, body=LARGE)

    def hook(progress: Progress) -> None:
        if progress.done > 200:
            raise error

    threads = threading.active_count()
    with pytest.raises(error):
        thing.download(tmp_path / "f", progress=hook)
    assert leftovers(tmp_path) == []
    assert _soon(lambda: threading.active_count() <= threads + 1)


def _soon(holds: Callable[[], bool]) -> bool:
    """The test server's own threads end by themselves."""
    for _ in range(200):
        if holds():
            return True
        time.sleep(0.01)
    return False


@pytest.mark.usefixtures("small")
def test_a_customer_s_key_goes_with_each_range(faults: FaultServer, tmp_path: Path) -> None:
    thing, _ = served(faults, body=LARGE)
    locked = Object("acme", "k", customer_key=CustomerKey(bytes(32)), cloud=thing.cloud)
    assert locked.download(tmp_path / "f").read_bytes() == LARGE
    name = "x-amz-server-side-encryption-customer-algorithm"
    assert {request.headers.get(name) for request in faults.requests} == {"AES256"}


@pytest.mark.usefixtures("small")
def test_no_thread_takes_more_than_its_piece(
    faults: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    real = download._write

    def noted(file: Any, data: bytes) -> None:
        written.append(len(data))
        real(file, data)

    monkeypatch.setattr(download, "_write", noted)
    thing, _ = served(faults, body=LARGE)
    thing.download(tmp_path / "f")
    assert max(written) <= 25
    assert sum(written) == 1000


# -- a kill ------------------------------------------------------------------------------------------------------

_KILLED = """
import os, sys
from cloudkit import Cloud, Object
from cloudkit.s3._transfer import download

download.ONE_STREAM_BYTES, download.DOWNLOAD_RANGE_BYTES, download.READ_PIECE_BYTES = 100, 60, 25
at = int(sys.argv[3])

def hook(progress):
    if progress.done >= at:
        os._exit(9)

cloud = Cloud(region="us-east-1", endpoint_url=sys.argv[1])
Object("acme", "k", cloud=cloud).download(sys.argv[2], progress=hook)
"""


@pytest.mark.parametrize("at", [0, 400, 1000])
def test_a_kill_leaves_nothing_wrong_under_the_name(faults: FaultServer, tmp_path: Path, at: int) -> None:
    served(faults, body=LARGE)
    path = tmp_path / "f"
    path.write_bytes(b"old")
    command: Sequence[str] = [sys.executable, "-c", _KILLED, faults.url, str(path), str(at)]
    killed = subprocess.run(command, check=False, capture_output=True, text=True)
    assert killed.returncode == 9, killed.stderr
    assert path.read_bytes() == b"old"
    assert all(name == "f" or name.endswith(".part") for name in leftovers(tmp_path))


@pytest.mark.parametrize("key", ["a/NUL", "com1.txt", "a/what?", "dot."])
def test_a_key_that_is_no_name_on_windows(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setattr(download, "refusal", functools.partial(refusal, windows=True))
    with pytest.raises(InvalidRequest, match="no name for a file"):
        download._file_name(Object("acme", key, cloud=Cloud(region="us-east-1")))


def test_a_folder_that_is_not_there_is_not_taken_for_a_file(bucket: Bucket, tmp_path: Path) -> None:
    bucket["k"].write_text("x")
    with pytest.raises(NotADirectoryError, match="make it first"):
        bucket["k"].download(f"{tmp_path}/new/")
    assert list(tmp_path.iterdir()) == []


def test_what_nothing_can_be_written_to(faults: FaultServer, tmp_path: Path) -> None:
    thing: Any = Object("acme", "k", cloud=faults.cloud())
    (tmp_path / "a").write_bytes(b"")
    with open(tmp_path / "a", "rb") as reading, open(tmp_path / "a", "r+") as text:
        wrong: list[tuple[Any, str]] = [
            (None, "it takes a path"),
            (5, "it takes a path"),
            (b"a", "it takes a path"),
            ("", "that is no path"),
            (reading, "not open for writing"),
            (text, "open for text"),
        ]
        for target, said in wrong:
            with pytest.raises(InvalidRequest, match=said):
                thing.download(target)
    assert faults.requests == []
