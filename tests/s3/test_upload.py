from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from cloudkit import BatchError, Bucket, Object
from cloudkit.errors import AccessDenied, InvalidRequest, PreconditionFailed
from cloudkit.s3 import BucketNotFound, Upload, UploadNotFound, UploadPart, Uploads
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("uploads"))


def begun(bucket: Bucket, key: str, *parts: bytes) -> Upload:
    """An upload of these parts that somebody gave up."""
    call = bucket.cloud.call
    named = call("s3", "create_multipart_upload", Bucket=bucket.name, Key=key)["UploadId"]
    for number, body in enumerate(parts, 1):
        call("s3", "upload_part", Bucket=bucket.name, Key=key, UploadId=named, PartNumber=number, Body=body)
    return Upload(bucket.name, key, named)


def test_those_that_are_open(bucket: Bucket) -> None:
    first, second = begun(bucket, "a/film.mp4"), begun(bucket, "b/film.mp4")
    assert set(bucket.uploads()) == {first, second}
    assert bucket.uploads("a/").one() == first
    assert list(bucket.uploads("c/")) == []
    found = bucket.uploads("a/").one()
    assert found.started.tzinfo is not None
    assert found.storage_class == "STANDARD"
    assert found.object == bucket["a/film.mp4"]
    assert str(found) == f"s3://{bucket.name}/a/film.mp4?uploadId={first.id}"
    assert repr(found) == f"<Upload {found}>"


def test_one(bucket: Bucket) -> None:
    made = begun(bucket, "film.mp4", b"one", b"three")
    other = begun(bucket, "film.mp4.bak")
    found = Upload.get(bucket.name, "film.mp4", id=made.id)
    assert found == made != other
    assert isinstance(found._known("Initiated"), datetime)
    assert made.exists()
    parts = made.parts().to_list()
    assert [(part.number, part.size) for part in parts] == [(1, 3), (2, 5)]
    assert all(isinstance(part, UploadPart) for part in parts)
    assert made.parts().first() == parts[0]
    assert made.boto3_resource().id == made.id


def test_it_is_aborted(bucket: Bucket) -> None:
    made, other = begun(bucket, "film.mp4", b"one"), begun(bucket, "film.mp4")
    made.abort()
    made.abort()
    assert not made.exists()
    assert list(bucket.uploads()) == [other]
    with pytest.raises(UploadNotFound) as caught:
        made.parts().to_list()
    assert caught.value.resource == str(made)
    with pytest.raises(UploadNotFound):
        made.refresh()
    with pytest.raises(UploadNotFound):
        Upload.get(bucket.name, "film.mp4", id=made.id)


def test_all_are_aborted(bucket: Bucket) -> None:
    for number in range(12):
        begun(bucket, f"{number % 2}/{number}")
    assert bucket.uploads("0/").abort() == 6
    assert {upload.key[0] for upload in bucket.uploads()} == {"1"}
    assert bucket.uploads().abort() == 6
    assert bucket.uploads().abort() == 0


def listing(**ages: timedelta) -> Reply:
    now = datetime.now(timezone.utc)
    rows = "".join(
        f"<Upload><Key>{key}</Key><UploadId>{key}</UploadId>"
        f"<Initiated>{(now - age).isoformat()}</Initiated></Upload>"
        for key, age in ages.items()
    )
    return Reply.xml(f"<ListMultipartUploadsResult>{rows}</ListMultipartUploadsResult>")


def test_only_old_ones(faults: FaultServer) -> None:
    faults.otherwise(listing(new=timedelta(minutes=5), day=timedelta(hours=25), week=timedelta(days=7)))
    bucket = Bucket("acme", cloud=faults.cloud())
    assert [each.key for each in bucket.uploads(older_than=timedelta(days=1))] == ["day", "week"]
    assert [each.key for each in bucket.uploads(older_than=3600)] == ["day", "week"]
    assert [each.key for each in bucket.uploads(older_than=0)] == ["new", "day", "week"]
    assert len(list(bucket.uploads())) == 3


def test_the_owner_is_expected_everywhere(faults: FaultServer) -> None:
    faults.otherwise(lambda request: listing(k=timedelta(0)) if request.method == "GET" else Reply(204))
    bucket = Bucket("acme", expected_bucket_owner="123456789012", cloud=faults.cloud())
    (upload,) = bucket.uploads()
    upload.refresh()
    upload.abort()
    upload.parts().to_list()
    assert upload.object.expected_bucket_owner == "123456789012"
    assert len(faults.requests) == 4
    for request in faults.requests:
        assert request.headers["x-amz-expected-bucket-owner"] == "123456789012"


def test_those_that_cannot_be_aborted_are_named(faults: FaultServer) -> None:
    hour = timedelta(hours=1)

    def answer(request: Request) -> Reply:
        if request.method == "GET":
            return listing(a=hour, b=hour, c=hour)
        return Reply.s3_error("AccessDenied", "no", 403) if request.path.endswith("/b") else Reply(204)

    faults.otherwise(answer)
    with pytest.raises(BatchError) as caught:
        Bucket("acme", cloud=faults.cloud()).uploads().abort()
    ((failed, error),) = caught.value.failed
    assert isinstance(failed, Upload)
    assert (failed.key, type(error)) == ("b", AccessDenied)
    assert len(caught.value.succeeded) == 2


def test_where_there_is_no_bucket(rig: Rig) -> None:
    bucket = Bucket(rig.name("nowhere"))
    with pytest.raises(BucketNotFound):
        list(bucket.uploads())
    with pytest.raises(BucketNotFound):
        bucket.uploads().abort()


def test_a_deleted_bucket_takes_them_along(bucket: Bucket) -> None:
    begun(bucket, "k", b"x")
    bucket.delete(force=True)
    assert not bucket.exists()


def test_its_object_can_still_be_written(bucket: Bucket) -> None:
    made = begun(bucket, "k", b"left over")
    assert isinstance(made.object, Object)
    made.object.write_text("new")
    assert bucket["k"].read_text() == "new"
    assert made.exists()


def test_what_would_be_aborted(bucket: Bucket) -> None:
    for key in ("a/one", "a/two", "b/three"):
        begun(bucket, key)
    assert bucket.uploads().abort(dry_run=True) == 3
    assert bucket.folder("a").uploads().abort(dry_run=True) == 2
    assert len(bucket.uploads().to_list()) == 3
    assert bucket.folder("a").uploads().limit(1).abort() == 1
    assert bucket.folder("a").uploads(older_than=timedelta(days=36_500)).abort() == 0
    assert bucket.folder("a").uploads().abort() == 1
    assert [each.key for each in bucket.uploads()] == ["b/three"]
    assert isinstance(bucket.uploads(), Uploads)


@pytest.mark.parametrize(
    "wrong", [-1, timedelta(days=-1), True, "1d", float("nan"), datetime.now(timezone.utc)]
)
def test_ages_that_make_no_sense(faults: FaultServer, wrong: Any) -> None:
    bucket = Bucket("acme", cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match="older_than"):
        bucket.uploads(older_than=wrong)
    assert faults.requests == []


SESSION = Reply.xml(
    "<CreateSessionResult><Credentials><AccessKeyId>a</AccessKeyId><SecretAccessKey>b</SecretAccessKey>"
    "<SessionToken>c</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></CreateSessionResult>"
)


@pytest.mark.parametrize("name", ["acme", "acme--usw2-az1--x-s3"])
def test_directory_buckets_abort_only_what_was_begun_then(faults: FaultServer, name: str) -> None:
    started = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    faults.otherwise(lambda request: SESSION if "session" in request.query else Reply(204))
    cloud = faults.cloud()
    listed = Upload(name, "k", "id", cloud=cloud)._learn(
        {"Key": "k", "UploadId": "id", "Initiated": started}, whole=True
    )
    listed.abort()
    Upload(name, "k", "id", cloud=cloud).abort()
    sent = [
        request.headers.get("x-amz-if-match-initiated-time")
        for request in faults.requests
        if request.method == "DELETE"
    ]
    assert sent == ([None, None] if name == "acme" else ["Fri, 02 Jan 2026 03:04:05 GMT", None])


def test_an_upload_of_a_directory_bucket_that_is_another_one(faults: FaultServer) -> None:
    name = "acme--usw2-az1--x-s3"
    started = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    refused = Reply.s3_error("PreconditionFailed", "no", 412)
    faults.otherwise(lambda request: SESSION if "session" in request.query else refused)
    listed = Upload(name, "k", "id", cloud=faults.cloud())
    listed._learn({"Key": "k", "UploadId": "id", "Initiated": started}, whole=True)
    with pytest.raises(PreconditionFailed):
        listed.abort()
