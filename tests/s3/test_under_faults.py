"""Eight requests in a hundred go wrong, each in another way: nothing wrong may come of it, and little may fail."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable

import pytest

from cloudkit import BatchError, Bucket, BucketNotFound, CloudError, Transfers
from cloudkit._core.workers import in_parallel
from tests.faults import FaultServer, Reply, Request

OBJECTS = 500
WORKERS = 16
MODIFIED = "Mon, 23 Nov 2026 10:00:00 GMT"


class Shaky:
    """A store that answers, cuts, resets or refuses, by the throw of a die that always falls alike."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}
        self._die = random.Random(8)
        self._lock = threading.Lock()
        self.wrong = 0

    def __call__(self, request: Request) -> Reply:
        with self._lock:
            thrown = self._die.random()
            self.wrong += thrown < 0.08
        if thrown < 0.03:
            return Reply.s3_error("SlowDown", status=503)
        if thrown < 0.05:
            return Reply.s3_error("InternalError", status=500)
        if thrown < 0.065:
            return Reply(reset=True)
        if request.method == "PUT":
            self._kept[request.path] = request.body
            if thrown < 0.08:
                return Reply(reset=True)  # done, and nobody hears of it
            return Reply(headers={"ETag": f'"{hashlib.md5(request.body).hexdigest()}"'})
        body = self._kept[request.path]
        start = int(request.headers.get("Range", "bytes=0-")[len("bytes=") : -1])
        headers = {"ETag": '"1"', "Last-Modified": MODIFIED}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        cut = (len(body) - start) // 2 if thrown < 0.08 else None
        return Reply(206 if start else 200, body[start:], headers, cut_after=cut)


def content(number: int) -> bytes:
    return str(number).encode() * 500


def one_by_one(bucket: Bucket) -> int:
    """How many writes and reads succeed."""

    def succeeds(work: Callable[[], object]) -> bool:
        try:
            work()
        except CloudError:
            return False
        return True

    def write(number: int) -> bool:
        return succeeds(lambda: bucket[str(number)].write_bytes(content(number)))

    def read(number: int) -> bool:
        found: list[bytes] = []
        done = succeeds(lambda: found.append(bucket[str(number)].read_bytes()))
        assert found in ([], [content(number)])
        return done

    return sum(
        done
        for work in (write, read)
        for _, done in in_parallel(work, range(OBJECTS), width=WORKERS, name="shaky")
    )


def many_at_once(bucket: Bucket) -> int:
    """The same by the methods for many objects, which the engine does."""
    done = 0
    try:
        done += bucket.write_many((str(number), content(number)) for number in range(OBJECTS))
    except BatchError as error:
        done += len(error.succeeded)
    try:
        for thing, data in bucket.read_many(map(str, range(OBJECTS))):
            assert data == content(int(thing.key))
            done += 1
    except BatchError:
        pass
    return done


@pytest.mark.parametrize(
    ("engine", "use"),
    [
        pytest.param(Transfers(engine="boto3"), one_by_one, id="one by one"),
        pytest.param(Transfers(engine="boto3"), many_at_once, id="boto3"),
        pytest.param(Transfers(), many_at_once, id="obstore"),
    ],
)
def test_nothing_wrong_comes_of_it(
    faults: FaultServer, engine: Transfers, use: Callable[[Bucket], int]
) -> None:
    shaky = Shaky()
    faults.otherwise(shaky)
    bucket = Bucket("acme", cloud=faults.cloud(attempts=5, pauses=False, transfers=engine))
    assert use(bucket) >= 0.995 * 2 * OBJECTS
    assert len(faults.requests) <= 1.3 * 2 * OBJECTS
    assert shaky.wrong > 0.06 * 2 * OBJECTS


# -- a bucket that is not known everywhere yet -------------------------------------------------------------------

UNKNOWN = Reply.s3_error("NoSuchBucket", "The specified bucket does not exist")


def test_what_was_just_made_is_used_at_once(faults: FaultServer) -> None:
    listing = Reply.xml(
        "<ListBucketResult><Contents><Key>k</Key><Size>1</Size></Contents></ListBucketResult>"
    )
    written, read = Reply(headers={"ETag": '"1"'}), Reply(body=b"x", headers={"ETag": '"1"'})
    script = [Reply(404), Reply(), Reply()]  # nothing of that name; made; shut to the public
    for answer in (written, read, listing):
        script += [UNKNOWN, UNKNOWN, UNKNOWN, answer]
    faults.replies(*script)
    bucket = Bucket.create("acme-new", cloud=faults.cloud())
    bucket["k"].write_bytes(b"x")
    assert bucket["k"].read_bytes() == b"x"
    assert [each.key for each in bucket.objects()] == ["k"]
    assert len(faults.requests) == len(script)


def test_what_is_not_there_is_so_at_once(faults: FaultServer) -> None:
    faults.otherwise(UNKNOWN)
    bucket = Bucket("acme-nowhere", cloud=faults.cloud())
    for use in (
        lambda: bucket["k"].write_bytes(b"x"),
        lambda: bucket["k"].read_bytes(),
        bucket.objects().to_list,
    ):
        faults.requests.clear()
        with pytest.raises(BucketNotFound):
            use()
        assert len(faults.requests) == 1
    assert faults.clock.slept == []
