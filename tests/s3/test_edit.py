from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cloudkit import Bucket, Cloud, CustomerKey, Object, local
from cloudkit._core.workers import in_parallel
from cloudkit.errors import AccessDenied, Conflict, ConnectionFailed, InvalidRequest
from cloudkit.s3 import BucketNotFound, ObjectChanged, ObjectNotFound
from cloudkit.s3._headers import WRITE_MARK
from cloudkit.s3._limits import MAX_METADATA_BYTES, WRITE_TOKEN_BYTES
from cloudkit.s3.edit import backoff
from cloudkit.testing import FakeClock
from tests.conftest import ENDPOINT_URL, Rig
from tests.faults import FaultServer, Reply


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("edits"))


NO_TAGS = Reply.xml("<Tagging><TagSet></TagSet></Tagging>")


def count(document: dict[str, int]) -> None:
    document["n"] += 1


# -- the block ---------------------------------------------------------------------------------------------------


def test_a_document_is_changed_in_place(bucket: Bucket) -> None:
    thing = bucket["k.json"].write_json({"n": 1, "ä": []})
    with thing.edit() as document:
        document["n"] += 1
        document["ä"].append("ö")
    assert thing.read_json() == {"n": 2, "ä": ["ö"]}
    with thing.edit(dict[str, int]) as typed:
        del typed["ä"]
    assert thing.read_json() == {"n": 2}
    with bucket["l.json"].edit(default=[0]) as numbers:
        numbers.append(1)
    assert bucket["l.json"].read_json(list) == [0, 1]
    assert bucket["l.json"].content_type == "application/json"


def test_what_belongs_to_it_stays(bucket: Bucket) -> None:
    thing = bucket["k"].write_json(
        {"n": 1},
        content_type="application/vnd.acme+json",
        cache_control="no-store",
        metadata={"by": "me"},
        tags={"t": "1"},
        storage_class="STANDARD_IA",
    )
    for _ in range(2):
        with thing.edit() as document:
            document["n"] += 1
    assert (thing.content_type, thing.raw["CacheControl"]) == ("application/vnd.acme+json", "no-store")
    assert thing.storage_class == "STANDARD_IA"
    assert thing.metadata["by"] == "me"
    assert dict(thing.tags) == {"t": "1"}


def test_the_key_of_kms_stays(faults: FaultServer) -> None:
    faults.replies(
        Reply(
            200,
            b'{"n": 1}',
            {
                "ETag": '"1"',
                "x-amz-server-side-encryption": "aws:kms",
                "x-amz-server-side-encryption-aws-kms-key-id": "arn:key",
                "x-amz-server-side-encryption-bucket-key-enabled": "true",
            },
        ),
        NO_TAGS,
        Reply(200),
    )
    with Object("acme", "k", cloud=faults.cloud()).edit() as document:
        document["n"] = 2
    put = faults.requests[-1]
    assert put.headers["x-amz-server-side-encryption"] == "aws:kms"
    assert put.headers["x-amz-server-side-encryption-aws-kms-key-id"] == "arn:key"
    assert put.headers["x-amz-server-side-encryption-bucket-key-enabled"] == "true"
    assert put.headers["If-Match"] == '"1"'


def test_a_customer_key_goes_both_ways(faults: FaultServer) -> None:
    faults.replies(Reply(200, b"{}", {"ETag": '"1"'}), NO_TAGS, Reply(200))
    thing = Object(
        "acme",
        "k",
        customer_key=CustomerKey(bytes(32)),
        expected_bucket_owner="1" * 12,
        cloud=faults.cloud(),
    )
    with thing.edit() as document:
        document["n"] = 2
    for request in faults.requests:
        assert ("tagging" in request.query) != (
            request.headers.get("x-amz-server-side-encryption-customer-algorithm") == "AES256"
        )
        assert request.headers["x-amz-expected-bucket-owner"] == "1" * 12


def test_tags_are_asked_for_whether_or_not_their_number_is_told(faults: FaultServer) -> None:
    """Their number is only told to those who may read them."""
    tags = "<Tagging><TagSet><Tag><Key>t</Key><Value>a b</Value></Tag></TagSet></Tagging>"
    faults.replies(Reply(200, b"{}", {"ETag": '"1"'}), Reply.xml(tags), Reply(200))
    with Object("acme", "k", cloud=faults.cloud()).edit() as document:
        document["n"] = 2
    assert faults.requests[-1].headers["x-amz-tagging"] == "t=a+b"
    assert len(faults.requests) == 3


def test_tags_that_may_not_be_read_are_not_dropped(faults: FaultServer) -> None:
    faults.replies(Reply(200, b"{}", {"ETag": '"1"'}), Reply.s3_error("AccessDenied", status=403))
    with (
        pytest.raises(AccessDenied, match="s3:GetObjectTagging"),
        Object("acme", "k", cloud=faults.cloud()).edit() as document,
    ):
        document["n"] = 2
    assert [request.method for request in faults.requests] == ["GET", "GET"]
    faults.replies(Reply(200, b"{}", {"ETag": '"1"'}), Reply.s3_error("AccessDenied", status=403))
    with pytest.raises(AccessDenied):
        Object("acme", "k", cloud=faults.cloud()).edit_with(lambda document: {**document, "n": 2})


def test_a_server_without_tags(faults: FaultServer) -> None:
    faults.replies(
        Reply(200, b"{}", {"ETag": '"1"'}), Reply.s3_error("NotImplemented", status=501), Reply(200)
    )
    with Object("acme", "k", cloud=faults.cloud()).edit() as document:
        document["n"] = 2
    assert "x-amz-tagging" not in faults.requests[-1].headers


def test_nothing_is_written_where_nothing_changed(faults: FaultServer) -> None:
    faults.otherwise(Reply(200, b'{"n":  1}', {"ETag": '"1"'}))
    with Object("acme", "k", cloud=faults.cloud()).edit() as document:
        document["n"] = 1
    with pytest.raises(KeyError), Object("acme", "k", cloud=faults.cloud()).edit() as document:
        raise KeyError(document.popitem())
    assert [request.method for request in faults.requests] == ["GET", "GET"]


def test_what_is_not_there(bucket: Bucket, rig: Rig) -> None:
    with pytest.raises(ObjectNotFound), bucket["nothing"].edit():
        raise AssertionError("not reached")
    with pytest.raises(BucketNotFound), Object(rig.name("nowhere"), "k").edit(default={}):
        raise AssertionError("not reached")
    with pytest.raises(InvalidRequest, match="a version"):
        bucket["k"].at("v1").edit()
    default: dict[str, list[int]] = {"seen": []}
    with bucket["new"].edit(default=default) as document:
        document["seen"].append(1)
    assert default == {"seen": []}
    assert bucket["new"].read_json() == {"seen": [1]}
    with bucket["same"].edit(default=default):
        pass
    assert bucket["same"].read_json() == {"seen": []}


def test_what_is_no_such_document(bucket: Bucket) -> None:
    bucket["text"].write_text("hello")
    with pytest.raises(InvalidRequest, match="no JSON"), bucket["text"].edit():
        pass
    bucket["list"].write_json([1])
    with pytest.raises(InvalidRequest, match="list, not dict"), bucket["list"].edit():
        pass
    wrong: list[Any] = [object(), float("nan"), b"x", {"a": {1}}]
    for each in wrong:
        with pytest.raises(InvalidRequest, match="value"), bucket["list"].edit(list) as document:
            document.append(each)
    assert bucket["list"].read_json() == [1]


def test_another_writer_in_between(bucket: Bucket) -> None:
    thing = bucket["k"].write_json({"n": 1})

    def edit(meanwhile: Callable[[], object], **options: Any) -> None:
        with thing.edit(**options) as document:
            document["n"] += 1
            meanwhile()

    with pytest.raises(ObjectChanged, match="another writer") as caught:
        edit(lambda: bucket["k"].write_json({"n": 7}))
    assert "edit_with" in str(caught.value)
    assert thing.read_json() == {"n": 7}
    with pytest.raises(ObjectChanged):
        edit(lambda: bucket["k"].delete())
    with pytest.raises(ObjectChanged):
        edit(lambda: bucket["k"].write_json({"n": 9}), default={"n": 0})
    assert thing.read_json() == {"n": 9}


# -- lost answers ------------------------------------------------------------------------------------------------


def found(mark: str) -> Reply:
    return Reply(200, b"", {"Content-Length": "8", "ETag": '"2"', "x-amz-meta-cloudkit-write": mark})


@pytest.mark.parametrize("mine", [True, False])
def test_an_own_write_whose_answer_was_lost_is_known(faults: FaultServer, mine: bool) -> None:
    """Not by the content: two who count to 2 write the same."""
    faults.replies(
        Reply(200, b'{"n": 1}', {"ETag": '"1"'}),
        NO_TAGS,
        Reply(reset=True),
        Reply.s3_error("PreconditionFailed", status=412),
        lambda _: found(faults.requests[2].headers["x-amz-meta-cloudkit-write"] if mine else "another"),
    )
    thing = Object("acme", "k", cloud=faults.cloud(attempts=2))
    if mine:
        with thing.edit() as document:
            document["n"] += 1
    else:
        with pytest.raises(ObjectChanged), thing.edit() as document:
            document["n"] += 1
    assert [request.method for request in faults.requests] == ["GET", "GET", "PUT", "PUT", "HEAD"]
    if mine:
        assert (thing.etag, thing.size) == ('"2"', 8)
        assert len(faults.requests) == 5


def test_a_lost_answer_and_an_object_that_is_gone(faults: FaultServer) -> None:
    faults.replies(
        Reply(200, b'{"n": 1}', {"ETag": '"1"'}),
        NO_TAGS,
        Reply(reset=True),
        Reply.s3_error("NoSuchKey"),
    )
    with pytest.raises(ObjectChanged), Object("acme", "k", cloud=faults.cloud(attempts=2)).edit() as document:
        document["n"] += 1


def test_two_writers_in_the_same_moment(faults: FaultServer) -> None:
    met = Reply.s3_error("ConditionalRequestConflict", status=409)
    faults.replies(Reply(200, b'{"n": 1}', {"ETag": '"1"'}), NO_TAGS, met, met, Reply(200))
    with Object("acme", "k", cloud=faults.cloud()).edit() as document:
        document["n"] += 1
    assert len(faults.requests) == 5
    assert faults.clock.slept == [0.1, 0.2]
    faults.replies(Reply(200, b'{"n": 1}', {"ETag": '"1"'}), NO_TAGS)
    faults.otherwise(met)
    with pytest.raises(ObjectChanged), Object("acme", "k", cloud=faults.cloud()).edit() as document:
        document["n"] += 1


def test_a_document_that_is_cut_is_read_again(faults: FaultServer) -> None:
    whole = Reply(200, b'{"n": 1}', {"ETag": '"1"'})
    cut = Reply(200, b'{"n": 1}', {"ETag": '"0"'}, cut_after=3)
    faults.replies(cut, whole, NO_TAGS, Reply(200))
    with Object("acme", "k", cloud=faults.cloud()).edit() as document:
        document["n"] += 1
    assert faults.requests[-1].headers["If-Match"] == '"1"'
    faults.otherwise(cut)
    with pytest.raises(ConnectionFailed), Object("acme", "k", cloud=faults.cloud()).edit():
        raise AssertionError("not reached")


def test_a_refusal_is_no_conflict(faults: FaultServer) -> None:
    thing = Object("acme", "k", cloud=faults.cloud())
    for code, status, error in (
        ("AccessDenied", 403, AccessDenied),
        ("NoSuchBucket", 404, BucketNotFound),
        ("OperationAborted", 409, Conflict),
    ):
        faults.replies(
            Reply(200, b'{"n": 1}', {"ETag": '"1"'}),
            NO_TAGS,
            Reply.s3_error(code, status=status),
            Reply(200),
        )
        with pytest.raises(error) as caught, thing.edit() as document:
            document["n"] += 1
        assert not isinstance(caught.value, ObjectChanged)
        faults._script.clear()


# -- the mark ----------------------------------------------------------------------------------------------------


def test_nobody_sees_the_mark(bucket: Bucket) -> None:
    thing = bucket["k"].write_json({"n": 1}, metadata={"by": "me"})
    with thing.edit() as document:
        document["n"] += 1
    assert thing.metadata == {"by": "me"}
    assert list(thing.raw["Metadata"]) == ["by", WRITE_MARK]
    mark = thing.raw["Metadata"][WRITE_MARK]
    with thing.edit() as document:
        document["n"] += 1
    assert thing.raw["Metadata"][WRITE_MARK] != mark
    assert thing.copy_to("copy").metadata == {"by": "me"}
    assert thing.copy_to("other", content_type="x/y").raw["Metadata"] == {"by": "me"}


@pytest.mark.parametrize("room", [True, False])
def test_metadata_that_leaves_no_room_for_a_mark(faults: FaultServer, room: bool) -> None:
    """What was there may be as large as S3 takes it: the edit is written, and a lost answer stays an error."""
    most = MAX_METADATA_BYTES - len(WRITE_MARK) - 2 * WRITE_TOKEN_BYTES
    kept = "x" * (most - 1 + (not room))
    faults.replies(
        Reply(200, b'{"n": 1}', {"ETag": '"1"', "x-amz-meta-a": kept, "x-amz-meta-cloudkit-write": "old"}),
        NO_TAGS,
        Reply(200, b"", {"ETag": '"2"'}),
    )
    with Object("acme", "k", cloud=faults.cloud()).edit() as document:
        document["n"] += 1
    sent = faults.requests[2].headers
    assert sent["x-amz-meta-a"] == kept
    assert ("x-amz-meta-cloudkit-write" in sent) == room
    faults.replies(
        Reply(200, b'{"n": 1}', {"ETag": '"1"', "x-amz-meta-a": kept + "x"}),
        NO_TAGS,
        Reply(reset=True),
        Reply.s3_error("PreconditionFailed", status=412),
    )
    with pytest.raises(ObjectChanged), Object("acme", "k", cloud=faults.cloud(attempts=2)).edit() as document:
        document["n"] += 1


def test_what_is_read_and_written_is_known(faults: FaultServer) -> None:
    faults.replies(
        Reply(200, b'{"n": 1}', {"ETag": '"1"', "x-amz-meta-by": "me", "x-amz-version-id": "v1"}),
        NO_TAGS,
        Reply(200, b"", {"ETag": '"2"', "x-amz-version-id": "v2"}),
    )
    thing = Object("acme", "k", cloud=faults.cloud())
    with thing.edit() as document:
        assert (thing.etag, thing.current_version, thing.metadata) == ('"1"', "v1", {"by": "me"})
        document["n"] = 10
    assert (thing.etag, thing.current_version, thing.size) == ('"2"', "v2", 9)
    assert len(faults.requests) == 3


def test_packed_documents(bucket: Bucket) -> None:
    thing = bucket["k.json.gz"]
    with thing.edit(default={"n": 0}) as document:
        document["n"] += 1
    assert thing.content_type == "application/gzip"
    assert thing.edit_with(count, dict[str, int]) == {"n": 2}
    assert thing.read_json() == {"n": 2}
    assert thing.read_bytes()[:2] == b"\x1f\x8b"


# -- the function ------------------------------------------------------------------------------------------------


def test_a_function_is_called_again(bucket: Bucket, rig: Rig) -> None:
    thing = bucket["k"].write_json({"n": 1})
    others = [5, 6]

    def change(document: dict[str, int]) -> dict[str, int]:
        if others:
            bucket["k"].write_json({"n": others.pop(0)})
        return {**document, "n": document["n"] + 1}

    assert thing.edit_with(change) == {"n": 7}
    assert thing.read_json() == {"n": 7}
    assert rig.clock.slept[-2:] == [0.05, 0.1]


def test_what_a_function_may_return(bucket: Bucket) -> None:
    assert bucket["k"].edit_with(count, default={"n": 0}) == {"n": 1}
    assert bucket["k"].edit_with(count, dict[str, int]) == {"n": 2}
    assert bucket["k"].edit_with(lambda document: {**document, "m": 1}) == {"n": 2, "m": 1}
    assert bucket["l"].edit_with(lambda numbers: [*numbers, 1], list[int], default=[]) == [1]
    wrong: list[Callable[[Any], Any]] = [lambda document: document["n"], lambda document: list(document)]
    for each in wrong:
        with pytest.raises(InvalidRequest, match="returns None"):
            bucket["k"].edit_with(each)
    assert bucket["k"].read_json() == {"n": 2, "m": 1}
    with pytest.raises(ObjectNotFound):
        bucket["nothing"].edit_with(count, dict[str, int])
    with pytest.raises(ZeroDivisionError):
        bucket["k"].edit_with(lambda document: {"n": 1 // 0})


def test_attempts_have_an_end(faults: FaultServer) -> None:
    thing = Object("acme", "k", cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match="attempts=0"):
        thing.edit_with(count, dict[str, int], attempts=0)
    assert faults.requests == []
    faults.replies(
        *(
            step
            for _ in range(3)
            for step in (
                Reply(200, b'{"n": 1}', {"ETag": '"1"'}),
                NO_TAGS,
                Reply.s3_error("PreconditionFailed", status=412),
            )
        )
    )
    with pytest.raises(ObjectChanged, match="3 times"):
        thing.edit_with(count, dict[str, int], attempts=3)
    assert len(faults.requests) == 9
    assert faults.clock.slept == [0.05, 0.1]


def test_pauses_grow_to_an_end() -> None:
    clock = FakeClock()
    assert not backoff(1).begin(clock).take()
    pauses = backoff(200).begin(clock)
    while pauses.take():
        pass
    assert len(clock.slept) == 199
    assert clock.slept[:3] == [0.05, 0.1, 0.2]
    assert clock.slept[-1] == 2.0


def test_no_increment_is_lost(rig: Rig) -> None:
    """Eight writers, ten times each; the pauses are real, as the meetings are."""
    cloud = local() if ENDPOINT_URL is None else Cloud(region="us-east-1", endpoint_url=ENDPOINT_URL)
    thing = Bucket.create(rig.name("count"), cloud=cloud)["n.json"]

    def work(_: int) -> None:
        for _ in range(10):
            thing.edit_with(count, default={"n": 0}, attempts=1000)

    assert len(list(in_parallel(work, range(8), width=8))) == 8
    assert thing.read_json() == {"n": 80}
    cloud.close()
