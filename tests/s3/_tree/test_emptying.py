from __future__ import annotations

import pytest

from cloudkit import BatchError, Bucket, local
from cloudkit.s3 import BucketNotFound, Contents
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    bucket = Bucket.create(rig.name("full"), versioning=True)
    bucket["a"].write_text("1")
    bucket["a"].write_text("22")
    bucket["b/c"].write_text("333")
    bucket["b/c"].delete()
    for key in ("a", "b/d"):
        rig.cloud.call("s3", "create_multipart_upload", Bucket=bucket.name, Key=key)
    return bucket


def test_what_is_in_it_is_counted_and_stays(bucket: Bucket) -> None:
    found = bucket.empty(dry_run=True)
    assert found == Contents(versions=3, delete_markers=1, uploads=2, size=6)
    assert str(found) == "3 versions (6 bytes), 1 delete markers, 2 open uploads"
    assert bucket.empty(dry_run=True) == found


def test_it_is_deleted(bucket: Bucket) -> None:
    assert bucket.empty() == Contents(3, 1, 2, 6)
    assert not bucket.empty(dry_run=True)
    assert bucket.exists()


def test_below_a_prefix_alone(bucket: Bucket) -> None:
    assert bucket.empty("b/") == Contents(1, 1, 1, 3)
    assert bucket.empty(dry_run=True) == Contents(2, 0, 1, 3)


def test_in_as_few_requests_as_there_are_pages() -> None:
    with local() as cloud:
        bucket = Bucket.create("acme-full")
        bucket.write_many({f"{number:04d}": "" for number in range(2100)})
        cloud.requests.clear()
        bucket.delete(force=True)
        assert dict(cloud.requests) == {
            "s3:ListObjectVersions": 3,
            "s3:DeleteObjects": 3,
            "s3:ListMultipartUploads": 1,
            "s3:DeleteBucket": 1,
        }


def test_a_bucket_that_is_not_there(rig: Rig) -> None:
    with pytest.raises(BucketNotFound):
        Bucket(rig.name("missing")).empty()


def test_what_cannot_be_deleted_is_told(faults: FaultServer) -> None:
    def serve(request: Request) -> Reply:
        if "versions" in request.query:
            row = (
                "<Version><Key>{0}</Key><VersionId>v</VersionId><IsLatest>true</IsLatest>"
                "<LastModified>2026-11-23T10:00:00.000Z</LastModified><ETag>e</ETag><Size>1</Size></Version>"
            )
            rows = "".join(row.format(key) for key in "ab")
            return Reply.xml(f"<ListVersionsResult>{rows}</ListVersionsResult>")
        return Reply.xml(
            "<DeleteResult><Deleted><Key>a</Key><VersionId>v</VersionId></Deleted>"
            "<Error><Key>b</Key><VersionId>v</VersionId><Code>AccessDenied</Code></Error></DeleteResult>"
        )

    faults.otherwise(serve)
    with pytest.raises(BatchError) as caught:
        Bucket("acme-photos", cloud=faults.cloud()).empty()
    assert [str(failed.item) for failed in caught.value.failed] == ["s3://acme-photos/b?versionId=v"]
