from __future__ import annotations

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloudkit import AccessDenied, Bucket, BucketNotFound, InvalidRequest, ServiceError
from cloudkit.sqs import Once, OnceInBucket
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("once"))


def ended(bucket: Bucket, key: str) -> None:
    """Let a note end now."""
    place = bucket["once/" + hashlib.sha256(key.encode()).hexdigest()]
    place.write_bytes(json.dumps({**json.loads(place.read_bytes()), "until": 1.0}).encode())


def test_work_is_begun_finished_and_not_begun_again(bucket: Bucket) -> None:
    once: Once = OnceInBucket(bucket)
    another: Once = OnceInBucket(Bucket(bucket.name, cloud=bucket.cloud))
    assert once.begin("k", owner="a", seconds=30) == "begun"
    assert once.begin("k", owner="a", seconds=30) == "begun"
    assert another.begin("k", owner="b", seconds=30) == "busy"
    assert another.begin("other", owner="b", seconds=30) == "begun"
    once.finish("k")
    assert another.begin("k", owner="b", seconds=30) == "done"


def test_what_ended_may_be_begun_again(bucket: Bucket) -> None:
    once = OnceInBucket(bucket)
    once.begin("k", owner="a", seconds=30)
    ended(bucket, "k")
    assert once.begin("k", owner="b", seconds=30) == "begun"
    once.forget("k", owner="a")  # another's by now
    once.keep("k", owner="a", seconds=600)
    assert once.begin("k", owner="c", seconds=30) == "busy"
    once.finish("k")
    ended(bucket, "k")
    assert once.begin("k", owner="c", seconds=30) == "begun"


def test_what_is_kept_lasts(bucket: Bucket) -> None:
    once = OnceInBucket(bucket)
    once.begin("k", owner="a", seconds=0)
    once.keep("k", owner="a", seconds=30)
    assert once.begin("k", owner="b", seconds=30) == "busy"


def test_what_failed_may_be_begun_again(bucket: Bucket) -> None:
    once = OnceInBucket(bucket)
    once.begin("k", owner="a", seconds=30)
    once.forget("k", owner="a")
    assert once.begin("k", owner="b", seconds=30) == "begun"
    once.forget("never begun", owner="a")
    once.keep("never begun", owner="a", seconds=30)
    assert len(list(bucket)) == 1


def test_any_text_is_a_key(bucket: Bucket) -> None:
    once = OnceInBucket(bucket, prefix="jobs/done/")
    for key in ("../../x", "a" * 5000, "\x00\r\n", "ключ", "\ud800"):
        assert once.begin(key, owner="a", seconds=30) == "begun"
        assert once.begin(key, owner="b", seconds=30) == "busy"
    assert all(each.key.startswith("jobs/done/") for each in bucket)


@pytest.mark.parametrize("content", [b"\xff", b"[]", b"{}", b'{"owner": 3, "until": 1}', b"[" * 100_000])
def test_what_cannot_be_read_bars_nobody(bucket: Bucket, content: bytes) -> None:
    once = OnceInBucket(bucket)
    bucket["once/" + hashlib.sha256(b"k").hexdigest()].write_bytes(content)
    assert once.begin("k", owner="a", seconds=30) == "begun"


def test_of_many_at_once_one_begins(bucket: Bucket) -> None:
    barrier = threading.Barrier(8)

    def begin(owner: int) -> str:
        once = OnceInBucket(Bucket(bucket.name, cloud=bucket.cloud))
        barrier.wait(10)
        return once.begin("k", owner=str(owner), seconds=30)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(begin, range(8)))
    assert sorted(found) == ["begun", *["busy"] * 7]


def test_a_memory_that_remembers_nothing(bucket: Bucket) -> None:
    with pytest.raises(InvalidRequest, match="nothing would be remembered"):
        OnceInBucket(bucket, 0)


def test_a_bucket_that_is_not_there(rig: Rig) -> None:
    with pytest.raises(BucketNotFound):
        OnceInBucket(Bucket(rig.name("nowhere"))).begin("k", owner="a", seconds=30)


# -- what goes wrong ---------------------------------------------------------------------------------------------


class Shelf:
    """One object, as S3 keeps it on conditions."""

    def __init__(self) -> None:
        self.body: bytes | None = None
        self.version = 0

    def put(self, body: bytes) -> Reply:
        self.body = body
        self.version += 1
        return Reply(headers={"ETag": f'"{self.version}"'})

    def __call__(self, request: Request) -> Reply:
        if request.method == "GET":
            if self.body is None:
                return Reply.s3_error("NoSuchKey")
            return Reply(body=self.body, headers={"ETag": f'"{self.version}"'})
        if request.headers.get("If-None-Match") == "*" and self.body is not None:
            return Reply.s3_error("PreconditionFailed", status=412)
        wanted = request.headers.get("If-Match")
        if wanted is not None and self.body is None:
            return Reply.s3_error("NoSuchKey")
        if wanted is not None and wanted != f'"{self.version}"':
            return Reply.s3_error("PreconditionFailed", status=412)
        return self.put(request.body)


def on(faults: FaultServer, attempts: int = 1) -> OnceInBucket:
    return OnceInBucket(Bucket("acme-once", cloud=faults.cloud(attempts=attempts, pauses=False)))


def test_a_lost_answer_to_its_own_write(faults: FaultServer) -> None:
    shelf = Shelf()

    def lost(request: Request) -> Reply:
        shelf(request)
        return Reply(reset=True)

    faults.replies(lost)
    faults.otherwise(shelf)
    assert on(faults, attempts=3).begin("k", owner="a", seconds=30) == "begun"
    assert on(faults).begin("k", owner="b", seconds=30) == "busy"


def test_another_is_quicker_to_take_over(faults: FaultServer) -> None:
    shelf = Shelf()
    shelf.put(b'{"owner": "dead", "until": 1}')
    reads = iter([True])

    def raced(request: Request) -> Reply:
        reply = shelf(request)
        if request.method == "GET" and next(reads, False):
            shelf.put(b'{"owner": "quicker", "until": 99999999999}')
        return reply

    faults.otherwise(raced)
    assert on(faults).begin("k", owner="a", seconds=30) == "busy"
    assert b"quicker" in (shelf.body or b"")


def test_a_note_that_goes_away_meanwhile(faults: FaultServer) -> None:
    """A rule of the bucket deletes old ones."""
    shelf = Shelf()
    shelf.put(b'{"owner": "dead", "until": 1}')
    reads = iter([True])

    def raced(request: Request) -> Reply:
        reply = shelf(request)
        if request.method == "GET" and next(reads, False):
            shelf.body = None
        return reply

    faults.otherwise(raced)
    assert on(faults).begin("k", owner="a", seconds=30) == "begun"


def test_endless_races_are_given_up(faults: FaultServer) -> None:
    faults.otherwise(
        lambda request: (
            Reply(body=b'{"owner": "dead", "until": 1}', headers={"ETag": '"1"'})
            if request.method == "GET"
            else Reply.s3_error("ConditionalRequestConflict", status=409)
        )
    )
    assert on(faults).begin("k", owner="a", seconds=30) == "busy"
    assert len([request for request in faults.requests if request.method == "GET"]) == 5


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply.s3_error("AccessDenied", status=403), AccessDenied),
        (Reply.s3_error("InternalError", status=500), ServiceError),
    ],
)
def test_a_bucket_that_cannot_be_asked(faults: FaultServer, reply: Reply, error: type[Exception]) -> None:
    faults.otherwise(reply)
    once = on(faults)
    with pytest.raises(error):
        once.begin("k", owner="a", seconds=30)
    with pytest.raises(error):
        once.finish("k")
    with pytest.raises(error):
        once.forget("k", owner="a")
    with pytest.raises(error):
        once.keep("k", owner="a", seconds=30)
