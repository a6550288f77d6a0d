from __future__ import annotations

import base64
import hashlib
import zlib
from typing import Any

import pytest

from cloudkit import Bucket, Object
from cloudkit._core.transfers import Transfers
from cloudkit.errors import AccessDenied, Conflict, ConnectionFailed, InvalidRequest, PreconditionFailed
from cloudkit.s3._files import put as put_module
from cloudkit.s3._files.put import own_write
from cloudkit.s3._limits import CONFLICT_ATTEMPTS
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request

BODY = b"content"
TAG = f'"{hashlib.md5(BODY).hexdigest()}"'
CRC = base64.b64encode(zlib.crc32(BODY).to_bytes(4, "big")).decode()
FAILED = Reply.s3_error("PreconditionFailed", "At least one of the conditions did not hold", 412)
MET = Reply.s3_error("ConditionalRequestConflict", "try again", 409)
CHECKED = Transfers(checksums="when_supported")


MARK = "x-amz-meta-cloudkit-write"


class Mine:
    """What a HEAD finds after one's own write: the mark of that."""

    def __init__(self, faults: FaultServer) -> None:
        self.faults = faults

    def __call__(self, request: Request) -> Reply:
        written = self.faults.requests[0].headers[MARK]
        return Reply(200, b"", {**head().headers, MARK: written})


def head(size: int = len(BODY), *, etag: str = TAG, crc: str | None = None) -> Reply:
    headers = {} if crc is None else {"x-amz-checksum-crc32": crc}
    return Reply(200, b"", {"Content-Length": str(size), "ETag": etag, "Content-Type": "x/y", **headers})


def target(faults: FaultServer, *, attempts: int = 1, **options: Any) -> Object:
    return Object("acme", "k", cloud=faults.cloud(attempts=attempts, **options))


# -- checksums ---------------------------------------------------------------------------------------------------


def test_on_aws_the_content_goes_with_its_crc32(faults: FaultServer) -> None:
    faults.otherwise(Reply(headers={"ETag": TAG}))
    target(faults, transfers=CHECKED).write_bytes(BODY)
    (request,) = faults.requests
    assert request.headers["x-amz-checksum-crc32"] == CRC
    assert request.headers["x-amz-sdk-checksum-algorithm"] == "CRC32"
    assert request.body == BODY  # without trailers


def test_other_servers_get_none(faults: FaultServer) -> None:
    faults.otherwise(Reply(headers={"ETag": TAG}))
    target(faults).write_bytes(BODY)
    assert not [name for name in faults.requests[0].headers if "checksum" in name.lower()]


def test_what_is_asked_for_is_sent_everywhere(faults: FaultServer) -> None:
    faults.otherwise(Reply(headers={"ETag": TAG}))
    target(faults).write_bytes(BODY, checksum="crc32")
    target(faults, transfers=CHECKED).write_bytes(BODY, checksum="sha256")
    crc, sha = faults.requests
    assert crc.headers["x-amz-checksum-crc32"] == CRC
    assert sha.headers["x-amz-checksum-sha256"] == base64.b64encode(hashlib.sha256(BODY).digest()).decode()
    assert "x-amz-checksum-crc32" not in sha.headers


def test_one_s_own_checksum_is_enough(faults: FaultServer) -> None:
    faults.otherwise(Reply(headers={"ETag": TAG}))
    digest = base64.b64encode(hashlib.sha1(BODY).digest()).decode()
    target(faults, transfers=CHECKED).write_bytes(BODY, aws={"ChecksumSHA1": digest})
    assert faults.requests[0].headers["x-amz-checksum-sha1"] == digest
    assert "x-amz-checksum-crc32" not in faults.requests[0].headers


def test_the_embedded_cloud_keeps_it(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("sums"))
    bucket["k"].write_bytes(BODY, checksum="crc32")
    answer = rig.cloud.call("s3", "head_object", Bucket=bucket.name, Key="k", ChecksumMode="ENABLED")
    assert answer["ChecksumCRC32"] == CRC


def test_too_large_for_one_request(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(put_module, "MAX_PUT_BYTES", 5)
    with pytest.raises(InvalidRequest, match="7 bytes") as caught:
        Object(rig.name("none"), "k").write_bytes(BODY)
    assert "upload" in str(caught.value.hint)


# -- what the answer says ----------------------------------------------------------------------------------------


def test_size_and_etag_cost_no_request(faults: FaultServer) -> None:
    faults.otherwise(Reply(headers={"ETag": TAG, "x-amz-version-id": "v1"}))
    thing = target(faults).write_bytes(BODY)
    assert (thing.size, thing.etag, thing._known("VersionId")) == (len(BODY), TAG, "v1")
    assert len(faults.requests) == 1
    faults.otherwise(head())
    assert thing.content_type == "x/y"
    assert len(faults.requests) == 2


def test_a_server_that_says_no_etag_is_asked(faults: FaultServer) -> None:
    faults.replies(Reply(), head())
    assert target(faults).write_bytes(BODY).etag == TAG
    assert len(faults.requests) == 2


# -- conditions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"if_absent": True}, {"if_match": '"old"'}])
def test_one_s_own_write_whose_answer_was_lost(faults: FaultServer, options: dict[str, Any]) -> None:
    faults.replies(Reply(reset=True), FAILED, Mine(faults))
    thing = target(faults, attempts=2).write_bytes(BODY, **options)
    assert thing.etag == TAG
    assert [request.method for request in faults.requests] == ["PUT", "PUT", "HEAD"]
    first, second, _ = faults.requests
    assert first.headers[MARK] == second.headers[MARK]


@pytest.mark.parametrize("failure", [Reply(reset=True), Reply.s3_error("SlowDown", "slow", 503)])
def test_and_that_of_another_with_the_same_bytes(faults: FaultServer, failure: Reply) -> None:
    there = head(crc=CRC)
    for found in (there, Reply(200, b"", {**there.headers, MARK: "0" * 32})):
        faults.replies(failure, FAILED, found)
        with pytest.raises(PreconditionFailed):
            target(faults, attempts=2, transfers=CHECKED).write_bytes(BODY, if_absent=True)


def test_every_conditional_write_has_a_mark_of_its_own_and_no_other_has_one(faults: FaultServer) -> None:
    faults.otherwise(Reply(headers={"ETag": TAG}))
    thing = target(faults)
    thing.write_bytes(BODY, if_absent=True, metadata={"by": "me", "Cloudkit-Write": "old"})
    thing.write_bytes(BODY, if_match=TAG)
    thing.write_bytes(BODY)
    thing.write_bytes(BODY, aws={"IfNoneMatch": "*"})
    marks = [request.headers.get(MARK) for request in faults.requests]
    assert marks[2] is None
    assert len({*marks}) == 4
    assert all(mark is None or len(mark) == 32 for mark in marks)
    assert faults.requests[0].headers["x-amz-meta-by"] == "me"


def test_the_mark_is_not_shown(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("marks"))
    thing = bucket["k"].write_bytes(BODY, if_absent=True, metadata={"by": "me"}).refresh()
    assert thing.metadata == {"by": "me"}
    assert "cloudkit-write" in thing.raw["Metadata"]
    before = thing.raw["Metadata"]["cloudkit-write"]
    thing.write_bytes(BODY, if_match=thing.etag, metadata=thing.raw["Metadata"])
    assert thing.refresh().raw["Metadata"]["cloudkit-write"] != before


def test_a_copy_tells_its_own_by_the_content_and_a_write_by_the_mark(faults: FaultServer) -> None:
    thing = target(faults)
    marked = Reply(200, b"", {**head().headers, MARK: "mine"})
    faults.replies(head(), head(3), marked, marked, head())
    assert own_write(thing, size=len(BODY), crc=None, etag=TAG) is not None
    assert own_write(thing, size=len(BODY), crc=None, etag=TAG) is None
    assert own_write(thing, size=1, crc=None, etag=None, token="mine") is not None
    assert own_write(thing, size=len(BODY), crc=None, etag=TAG, token="other") is None
    assert own_write(thing, size=len(BODY), crc=None, etag=TAG, token="mine") is None


def test_where_the_etag_is_no_md5_the_checksum_tells_a_copy(faults: FaultServer) -> None:
    thing, crc = target(faults), zlib.crc32(BODY)
    faults.replies(head(etag='"kms"', crc=CRC))
    assert own_write(thing, size=len(BODY), crc=crc, etag=None) is not None
    assert faults.requests[-1].headers["x-amz-checksum-mode"] == "ENABLED"
    for other in (
        head(etag='"kms"', crc="AAAAAA=="),
        head(3, etag='"kms"', crc=CRC),
        head(etag='"kms"'),
    ):
        faults.replies(other)
        assert own_write(thing, size=len(BODY), crc=crc, etag=None) is None


def test_where_nobody_may_look_the_condition_did_not_hold(faults: FaultServer) -> None:
    faults.replies(Reply(reset=True), FAILED, Reply(403))
    with pytest.raises(PreconditionFailed):
        target(faults, attempts=2).write_bytes(BODY, if_absent=True)


def test_without_a_repetition_nobody_looks(faults: FaultServer) -> None:
    faults.replies(FAILED)
    with pytest.raises(PreconditionFailed):
        target(faults).write_bytes(BODY, if_absent=True)
    assert len(faults.requests) == 1


def test_no_answer_at_all_is_not_known(faults: FaultServer) -> None:
    faults.otherwise(Reply(reset=True))
    with pytest.raises(ConnectionFailed):
        target(faults).write_bytes(BODY, if_absent=True)


def test_two_writers_that_meet_try_again(faults: FaultServer) -> None:
    faults.replies(MET, MET, Reply(headers={"ETag": TAG}))
    assert target(faults).write_bytes(BODY, if_match='"old"').etag == TAG
    assert [request.headers["If-Match"] for request in faults.requests] == ['"old"'] * 3


def test_and_the_later_one_loses(faults: FaultServer) -> None:
    faults.replies(MET, FAILED)
    with pytest.raises(PreconditionFailed):
        target(faults).write_bytes(BODY, if_absent=True)
    assert len(faults.requests) == 2


def test_a_lost_answer_is_remembered_when_writers_meet(faults: FaultServer) -> None:
    faults.replies(Reply(reset=True), MET, FAILED, Mine(faults))
    assert target(faults, attempts=2).write_bytes(BODY, if_absent=True).etag == TAG


def test_writers_that_always_meet_are_told(faults: FaultServer) -> None:
    faults.otherwise(MET)
    with pytest.raises(Conflict) as caught:
        target(faults).write_bytes(BODY, if_absent=True)
    assert caught.value.retryable
    assert len(faults.requests) == CONFLICT_ATTEMPTS


def test_another_conflict_is_not_repeated(faults: FaultServer) -> None:
    faults.otherwise(Reply.s3_error("InvalidBucketState", "no", 409))
    with pytest.raises(Conflict):
        target(faults).write_bytes(BODY)
    assert len(faults.requests) == 1


def test_a_refusal_is_a_refusal(faults: FaultServer) -> None:
    faults.otherwise(Reply.s3_error("AccessDenied", "Access Denied", 403))
    with pytest.raises(AccessDenied):
        target(faults).write_bytes(BODY)
