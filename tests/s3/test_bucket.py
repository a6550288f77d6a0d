from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from xml.etree import ElementTree as ET

import pytest

from cloudkit import BatchError, Bucket, Cloud, Listing, Object
from cloudkit.errors import (
    AccessDenied,
    AlreadyExists,
    CloudError,
    Conflict,
    ConnectionFailed,
    InvalidRequest,
    ServiceError,
)
from cloudkit.s3 import BucketNotFound, Contents, ObjectNotFound
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request

DENIED = Reply.s3_error("AccessDenied", "Access Denied", 403)


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("bucket"))


def created(faults: FaultServer) -> str:
    """The region that the request to create named, or nothing."""
    (request,) = [request for request in faults.requests if request.method == "PUT" and not request.query]
    found = re.search(rb"<LocationConstraint>(.*)</LocationConstraint>", request.body)
    return found[1].decode() if found else ""


# -- what it is --------------------------------------------------------------------------------------------------


def test_a_bucket_is_an_address(faults: FaultServer) -> None:
    bucket = Bucket("acme", cloud=faults.cloud())
    assert (bucket.name, bucket.arn, str(bucket), repr(bucket)) == (
        "acme",
        "arn:aws:s3:::acme",
        "acme",
        "<Bucket acme>",
    )
    assert bucket["k"].cloud is bucket.cloud
    assert faults.requests == []


def test_attributes(bucket: Bucket) -> None:
    assert bucket.region == "us-east-1"
    assert Bucket.get(bucket.name).raw["BucketRegion"] == "us-east-1"


def listed(*rows: tuple[str, str]) -> Reply:
    buckets = "".join(
        f"<Bucket><Name>{name}</Name><CreationDate>{date}</CreationDate></Bucket>" for name, date in rows
    )
    return Reply.xml(f"<ListAllMyBucketsResult><Buckets>{buckets}</Buckets></ListAllMyBucketsResult>")


def test_when_it_was_made(bucket: Bucket) -> None:
    before = datetime.now(timezone.utc) - timedelta(minutes=5)
    for found in (Bucket(bucket.name), Bucket.get(bucket.name), Bucket.list(prefix=bucket.name).one()):
        assert found.created is not None
        assert before < found.created < datetime.now(timezone.utc) + timedelta(minutes=5)


def test_when_it_was_made_is_asked_for_once(faults: FaultServer) -> None:
    faults.otherwise(listed(("acme-2", "2026-01-01T00:00:00Z"), ("acme", "2026-02-03T04:05:06Z")))
    bucket = Bucket("acme", cloud=faults.cloud())
    for _ in range(2):
        assert bucket.created == datetime(2026, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
    (request,) = faults.requests
    assert request.query["prefix"] == ["acme"]
    (found,) = Bucket.list(prefix="acme-2", cloud=faults.cloud())
    assert found.created == datetime(2026, 1, 1, tzinfo=timezone.utc)
    assert len(faults.requests) == 2
    assert faults.requests[1].query["prefix"] == ["acme-2"]


def test_what_is_known_beside_stays(faults: FaultServer) -> None:
    faults.replies(
        Reply(200, headers={"x-amz-bucket-region": "eu-west-1"}), listed(("acme", "2026-02-03T04:05:06Z"))
    )
    bucket = Bucket.get("acme", cloud=faults.cloud())
    assert bucket.created is not None
    assert bucket.region == "eu-west-1"
    assert {"BucketRegion", "CreationDate"} <= bucket.raw.keys()
    assert len(faults.requests) == 2


def test_of_another_account_s_nobody_tells_when_it_was_made(faults: FaultServer) -> None:
    faults.otherwise(listed(("acme-2", "2026-01-01T00:00:00Z")))
    assert Bucket("acme", cloud=faults.cloud()).created is None
    faults.otherwise(Reply.s3_error("AccessDenied", status=403))
    with pytest.raises(AccessDenied):
        _ = Bucket("acme", cloud=faults.cloud()).created


# -- making ------------------------------------------------------------------------------------------------------


def test_create(rig: Rig) -> None:
    name = rig.name("made")
    bucket = Bucket.create(name, versioning=True, tags={"team": "web"})
    assert bucket.name == name
    assert bucket.exists()
    assert bucket.versioning is True
    assert dict(bucket.tags) == {"team": "web"}
    assert Bucket.create(rig.name("plain")).versioning is False


def test_a_name_that_is_taken(bucket: Bucket) -> None:
    with pytest.raises(AlreadyExists, match="already yours"):
        Bucket.create(bucket.name)


def test_in_us_east_1_a_bucket_of_one_s_own_is_noticed(faults: FaultServer) -> None:
    # S3 answers 200 there, and does nothing.
    faults.otherwise(Reply(200))
    with pytest.raises(AlreadyExists) as caught:
        Bucket.create("acme-photos", cloud=faults.cloud())
    assert [request.method for request in faults.requests] == ["HEAD"]
    assert (caught.value.operation, caught.value.resource) == ("CreateBucket", "acme-photos")


@pytest.mark.parametrize("code", ["BucketAlreadyExists", "BucketAlreadyOwnedByYou"])
def test_a_name_that_is_another_s(faults: FaultServer, code: str) -> None:
    faults.replies(Reply(403), Reply.s3_error(code, "The requested bucket name is not available", 409))
    with pytest.raises(AlreadyExists) as caught:
        Bucket.create("acme-photos", cloud=faults.cloud())
    assert caught.value.code == code


def test_the_region_of_the_cloud_is_the_bucket_s(faults: FaultServer) -> None:
    faults.replies(Reply(404), Reply(200), Reply(200))
    Bucket.create("acme-photos", cloud=faults.cloud())
    assert created(faults) == ""
    assert [request.method for request in faults.requests] == ["HEAD", "PUT", "PUT"]
    faults.requests.clear()
    faults.replies(Reply(200), Reply(200))
    Bucket.create("acme-photos", cloud=faults.cloud().in_region("eu-west-1"))
    assert created(faults) == "eu-west-1"
    assert [request.method for request in faults.requests] == ["PUT", "PUT"]


def test_in_another_region(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("elsewhere"), cloud=rig.cloud.in_region("eu-west-1"))
    assert Bucket.get(bucket.name, cloud=bucket.cloud).region == "eu-west-1"
    with pytest.raises(AlreadyExists):
        Bucket.create(bucket.name, cloud=bucket.cloud)
    bucket["k"].write_text("x")
    assert bucket["k"].read_text() == "x"
    bucket.delete(force=True)


@pytest.mark.parametrize(
    "name", ["", "ab", "x" * 64, "Acme", "acme_photos", "-acme", "acme-", "a b", "acmé", ".acme"]
)
def test_names_that_s3_does_not_take(faults: FaultServer, name: str) -> None:
    for make in (Bucket.create, Bucket.ensure):
        with pytest.raises(InvalidRequest, match="3 to 63"):
            make(name, cloud=faults.cloud())
    assert faults.requests == []


def test_raw_parameters(faults: FaultServer) -> None:
    faults.otherwise(Reply(200))
    cloud = faults.cloud().in_region("eu-west-1")
    Bucket.create("acme-photos", aws={"ObjectLockEnabledForBucket": True}, cloud=cloud)
    assert faults.requests[0].headers["x-amz-bucket-object-lock-enabled"] == "true"
    with pytest.raises(InvalidRequest, match="CreateBucketConfiguration"):
        Bucket.create("acme-photos", aws={"CreateBucketConfiguration": {}}, cloud=cloud)


def test_a_new_bucket_may_be_unknown_for_a_while(faults: FaultServer) -> None:
    gone = Reply.s3_error("NoSuchBucket")
    faults.replies(Reply(200), gone, Reply(200), gone, gone, Reply(200))
    bucket = Bucket.create("acme-photos", cloud=faults.cloud().in_region("eu-west-1"))
    bucket["k"].write_text("x")
    assert len(faults.requests) == 6
    faults.requests.clear()
    faults.replies(gone, Reply.xml("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"))
    assert bucket.objects().to_list() == []
    assert len(faults.requests) == 2
    faults.requests.clear()
    faults.replies(Reply(204))
    faults.otherwise(gone)
    bucket.delete()
    with pytest.raises(BucketNotFound):
        bucket["k"].write_text("x")
    assert len(faults.requests) == 2


# -- ensuring ----------------------------------------------------------------------------------------------------


def test_ensure_makes_it_or_takes_it(rig: Rig) -> None:
    name = rig.name("ensured")
    bucket = Bucket.ensure(name)
    bucket["k"].write_text("x")
    assert Bucket.ensure(name) == bucket
    assert Bucket.ensure(name, versioning=False) == bucket
    assert "k" in bucket


def test_ensure_says_what_differs(rig: Rig) -> None:
    name = rig.name("ensured")
    Bucket.ensure(name, versioning=True)
    with pytest.raises(Conflict, match="versioning is True, not False") as caught:
        Bucket.ensure(name, versioning=False)
    assert "update=True" in str(caught.value)
    assert Bucket(name).versioning is True
    assert Bucket.ensure(name).versioning is True
    assert Bucket.ensure(name, versioning=False, update=True).versioning is False


def test_ensure_when_another_process_was_quicker(faults: FaultServer) -> None:
    mine = Reply.s3_error("BucketAlreadyOwnedByYou", "yours already", 409)
    faults.replies(Reply(404), mine)
    cloud = faults.cloud().in_region("eu-west-1")
    assert Bucket.ensure("acme-photos", cloud=cloud).name == "acme-photos"


def test_ensure_of_what_is_another_s(faults: FaultServer) -> None:
    faults.replies(Reply(403), Reply.s3_error("BucketAlreadyExists", "not available", 409))
    with pytest.raises(AlreadyExists, match="shared by all accounts"):
        Bucket.ensure("acme-photos", cloud=faults.cloud().in_region("eu-west-1"))


def test_ensure_does_not_take_a_fault_for_an_answer(faults: FaultServer) -> None:
    faults.otherwise(Reply(500))
    with pytest.raises(ServiceError):
        Bucket.ensure("acme-photos", cloud=faults.cloud())
    assert [request.method for request in faults.requests] == ["HEAD"]


# -- finding -----------------------------------------------------------------------------------------------------


def test_get_and_exists(bucket: Bucket, rig: Rig) -> None:
    assert Bucket.get(bucket.name) == bucket
    assert bucket.exists()
    missing = Bucket(rig.name("nowhere"))
    assert not missing.exists()
    with pytest.raises(BucketNotFound):
        Bucket.get(missing.name)


def test_exists_is_no_answer_to_refusals_and_faults(faults: FaultServer) -> None:
    for status, wanted in ((403, AccessDenied), (500, ServiceError), (400, InvalidRequest)):
        faults.otherwise(Reply(status))
        with pytest.raises(wanted):
            Bucket("acme-photos", cloud=faults.cloud()).exists()
    faults.otherwise(Reply(reset=True))
    with pytest.raises(ConnectionFailed):
        Bucket("acme-photos", cloud=faults.cloud()).exists()
    faults.otherwise(Reply(404))
    assert not Bucket("acme-photos", cloud=faults.cloud()).exists()


def test_list(rig: Rig) -> None:
    stem = rig.name("listed")
    for number in range(3):
        Bucket.create(f"{stem}-{number}")
    found = Bucket.list(prefix=stem)
    assert isinstance(found, Listing)
    assert [bucket.name for bucket in found] == [f"{stem}-{number}" for number in range(3)]
    assert all(bucket.created is not None for bucket in found)
    assert [bucket.name for bucket in found.limit(2)] == [f"{stem}-0", f"{stem}-1"]
    assert Bucket.list(prefix=rig.name("nothing")).to_list() == []


# -- its objects -------------------------------------------------------------------------------------------------


def test_it_is_a_mapping(bucket: Bucket) -> None:
    bucket["a/1"].write_text("one")
    bucket["b"].write_text("two")
    assert [thing.key for thing in bucket] == ["a/1", "b"]
    assert "b" in bucket
    assert "c" not in bucket
    del bucket["b"]
    del bucket["b"]
    assert [thing.key for thing in bucket] == ["a/1"]


def test_objects_need_no_call_each(bucket: Bucket, rig: Rig, faults: FaultServer) -> None:
    rows = "".join(
        f"<Contents><Key>k{number}</Key><Size>{number}</Size><ETag>x</ETag>"
        "<LastModified>2026-01-02T03:04:05Z</LastModified><StorageClass>STANDARD</StorageClass></Contents>"
        for number in range(3)
    )
    faults.otherwise(
        Reply.xml(f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>")
    )
    found = Bucket("acme-photos", cloud=faults.cloud()).objects("k", limit=2)
    assert faults.requests == []
    assert [(each.size, each.etag, each.last_modified.year, each.storage_class) for each in found] == [
        (0, "x", 2026, "STANDARD"),
        (1, "x", 2026, "STANDARD"),
    ]
    assert len(faults.requests) == 1
    assert faults.requests[0].query["prefix"] == ["k"]
    assert faults.requests[0].query["max-keys"] == ["2"]


def test_objects_over_pages(bucket: Bucket) -> None:
    for number in range(5):
        bucket[f"a/{number}"].write_text("x")
    bucket["b"].write_text("x")
    pages = bucket.cloud.pages("s3", "list_objects_v2", page_size=2, Bucket=bucket.name)
    assert [len(page["Contents"]) for page in pages] == [2, 2, 2]
    assert [each.key for each in bucket.objects("a/")] == [f"a/{number}" for number in range(5)]
    assert [each.key for each in bucket.objects("a/", limit=3)] == ["a/0", "a/1", "a/2"]
    assert bucket.objects("zzz").to_list() == []


def test_objects_of_a_bucket_that_is_not_there(rig: Rig) -> None:
    missing = Bucket(rig.name("nowhere"))
    uses: list[Callable[[], object]] = [
        lambda: list(missing),
        lambda: list(missing.versions()),
        lambda: missing.delete_objects(["k"]),
        lambda: missing.versioning,
        lambda: dict(missing.tags),
        lambda: missing.tags.merge({"a": "b"}),
    ]
    for use in uses:
        with pytest.raises(BucketNotFound):
            use()
    with pytest.raises(BucketNotFound):
        missing.versioning = True


def test_versions(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("versions"), versioning=True)
    bucket["a"].write_text("1").write_text("2")
    bucket["b"].write_text("3")
    bucket["b"].delete()
    assert [(each.key, each.read_text()) for each in bucket.versions()] == [
        ("a", "2"),
        ("a", "1"),
        ("b", "3"),
    ]
    everything = bucket.versions(delete_markers=True).to_list()
    assert [(each.key, bool(each._known("IsDeleteMarker"))) for each in everything] == [
        ("a", False),
        ("a", False),
        ("b", True),
        ("b", False),
    ]
    assert [each.key for each in bucket.versions("b")] == ["b"]
    assert bucket.versions(key="nothing").to_list() == []
    assert bucket.versions(delete_markers=True).limit(1).to_list() == everything[:1]


# -- deleting many -----------------------------------------------------------------------------------------------


def test_delete_objects(bucket: Bucket) -> None:
    for number in range(5):
        bucket[f"k{number}"].write_text("x")
    assert bucket.delete_objects(["k0", bucket["k1"], "never"]) == 3
    assert [each.key for each in bucket] == ["k2", "k3", "k4"]
    assert bucket.delete_objects(bucket.objects("k")) == 3
    assert bucket.delete_objects([]) == 0
    assert list(bucket) == []


def test_objects_of_other_buckets_stop_it_before_anything_is_deleted(bucket: Bucket) -> None:
    bucket["k"].write_text("x")
    with pytest.raises(InvalidRequest, match="not in the bucket"):
        bucket.delete_objects(["k", Object("another", "k")])
    with pytest.raises(InvalidRequest, match="one key"):
        bucket.delete_objects("k")
    with pytest.raises(InvalidRequest, match="1 to 1024"):
        bucket.delete_objects(["k", ""])
    assert "k" in bucket


class Deleting:
    """Answers DeleteObjects; refuses some keys."""

    def __init__(self, refused: dict[str, str], *, passing: int = 99) -> None:
        self.refused = refused
        self.passing = passing
        self.asked: list[list[str]] = []

    def __call__(self, request: Request) -> Reply:
        space = "{http://s3.amazonaws.com/doc/2006-03-01/}"
        keys = [found.text or "" for found in ET.fromstring(request.body).iter(f"{space}Key")]
        self.asked.append(keys)
        rows = []
        for key in keys:
            code = self.refused.get(key)
            if code is None or sum(key in asked for asked in self.asked) > self.passing:
                rows.append(f"<Deleted><Key>{key}</Key></Deleted>")
            else:
                rows.append(f"<Error><Key>{key}</Key><Code>{code}</Code><Message>not {key}</Message></Error>")
        return Reply.xml(f"<DeleteResult>{''.join(rows)}</DeleteResult>")


def test_of_2500_keys_three_are_refused(faults: FaultServer) -> None:
    bad = {"k7": "AccessDenied", "k1500": "AccessDenied", "k2499": "AccessDenied"}
    server = Deleting(bad)
    faults.otherwise(server)
    keys = [f"k{number}" for number in range(2500)]
    with pytest.raises(BatchError) as caught:
        Bucket("acme-photos", cloud=faults.cloud()).delete_objects(keys)
    assert [item for item, _ in caught.value.failed] == list(bad)
    assert all(isinstance(error, AccessDenied) for _, error in caught.value.failed)
    assert next(error.resource for _, error in caught.value.failed) == "s3://acme-photos/k7"
    assert [item for item, _ in caught.value.succeeded] == [key for key in keys if key not in bad]
    assert sorted(len(asked) for asked in server.asked) == [500, 1000, 1000]
    assert "3 of 2500 entries failed: 'k7': not k7" in str(caught.value)


def test_entries_that_s3_was_too_busy_for_are_sent_again(faults: FaultServer) -> None:
    server = Deleting({"k1": "InternalError", "k3": "SlowDown"}, passing=1)
    faults.otherwise(server)
    assert (
        Bucket("acme-photos", cloud=faults.cloud()).delete_objects(f"k{number}" for number in range(5)) == 5
    )
    assert server.asked == [["k0", "k1", "k2", "k3", "k4"], ["k1", "k3"]]


def test_an_entry_that_the_answer_forgets_is_not_taken_for_done(faults: FaultServer) -> None:
    faults.otherwise(Reply.xml("<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>"))
    with pytest.raises(BatchError) as caught:
        Bucket("acme-photos", cloud=faults.cloud()).delete_objects(["a", "b"])
    assert [item for item, _ in caught.value.failed] == ["b"]


def test_versions_are_refused_one_by_one(faults: FaultServer) -> None:
    faults.otherwise(
        Reply.xml(
            "<DeleteResult><Deleted><Key>k</Key><VersionId>1</VersionId></Deleted><Error><Key>k</Key>"
            "<VersionId>2</VersionId><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>"
        )
    )
    bucket = Bucket("acme-photos", cloud=faults.cloud())
    one, two = (Object("acme-photos", "k", version, cloud=bucket.cloud) for version in "12")
    with pytest.raises(BatchError) as caught:
        bucket.delete_objects([one, two])
    assert [item for item, _ in caught.value.failed] == [two]
    assert [item for item, _ in caught.value.succeeded] == [one]


def test_a_call_that_is_refused_as_a_whole(faults: FaultServer) -> None:
    faults.otherwise(DENIED)
    with pytest.raises(AccessDenied):
        Bucket("acme-photos", cloud=faults.cloud()).delete_objects(["a", "b"])


def test_a_connection_that_ends_on_the_way(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudkit.s3._tree.many.DELETE_WORKERS", 4)
    server = Deleting({})
    faults.replies(server)
    faults.otherwise(Reply(reset=True))
    keys = [f"k{number}" for number in range(6500)]
    with pytest.raises(BatchError) as caught:
        Bucket("acme-photos", cloud=faults.cloud()).delete_objects(keys)
    named = [item for item, _ in (*caught.value.succeeded, *caught.value.failed)]
    assert sorted(named) == sorted(keys)  # type: ignore[type-var]
    assert len(caught.value.succeeded) == 1000
    assert isinstance(caught.value.__cause__, ConnectionFailed)


# -- deleting the bucket -----------------------------------------------------------------------------------------


def test_delete(bucket: Bucket) -> None:
    bucket["k"].write_text("x")
    with pytest.raises(Conflict, match=r"force=True") as caught:
        bucket.delete()
    assert caught.value.code == "BucketNotEmpty"
    del bucket["k"]
    bucket.delete()
    bucket.delete()
    bucket.delete(force=True)
    assert not bucket.exists()


def test_delete_all_that_is_in_it(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("full"), versioning=True)
    bucket["a"].write_text("1").write_text("2")
    bucket["b"].write_text("3").delete()
    for key in ("c", "d"):
        rig.cloud.call("s3", "create_multipart_upload", Bucket=bucket.name, Key=key)
    bucket.delete(force=True)
    assert not bucket.exists()


def test_open_uploads_are_aborted_even_if_another_is_quicker(faults: FaultServer) -> None:
    uploads = (
        "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>"
        + "".join(f"<Upload><Key>k{n}</Key><UploadId>u{n}</UploadId></Upload>" for n in range(2))
        + "</ListMultipartUploadsResult>"
    )
    faults.replies(
        Reply.xml("<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>"),
        Reply.xml(uploads),
        Reply.s3_error("NoSuchUpload", "gone"),
        Reply(204),
        Reply(204),
    )
    Bucket("acme-photos", cloud=faults.cloud()).delete(force=True)
    asked = [(request.method, request.path, request.query.get("uploadId")) for request in faults.requests[2:]]
    # The uploads are aborted several at once; the bucket goes last.
    assert sorted(asked[:2]) == [
        ("DELETE", "/acme-photos/k0", ["u0"]),
        ("DELETE", "/acme-photos/k1", ["u1"]),
    ]
    assert asked[2:] == [("DELETE", "/acme-photos", None)]


def test_delete_that_is_refused(faults: FaultServer) -> None:
    faults.otherwise(DENIED)
    for force in (False, True):
        with pytest.raises(AccessDenied):
            Bucket("acme-photos", cloud=faults.cloud()).delete(force=force)
    assert all(request.method != "POST" for request in faults.requests)


def test_what_could_not_be_deleted_stops_the_end_of_the_bucket(faults: FaultServer) -> None:
    faults.replies(
        Reply.xml(
            "<ListVersionsResult><IsTruncated>false</IsTruncated><Version><Key>a</Key><VersionId>1</VersionId>"
            "<LastModified>2026-01-02T03:04:05Z</LastModified></Version></ListVersionsResult>"
        ),
        Deleting({"a": "AccessDenied"}),
    )
    with pytest.raises(BatchError):
        Bucket("acme-photos", cloud=faults.cloud()).delete(force=True)
    assert len(faults.requests) == 2


# -- settings ----------------------------------------------------------------------------------------------------


def test_versioning(bucket: Bucket) -> None:
    assert bucket.versioning is False
    bucket.versioning = True
    assert bucket.versioning is True
    bucket.versioning = False
    assert bucket.versioning is False


def test_tags(bucket: Bucket) -> None:
    assert dict(bucket.tags) == {}
    bucket.tags["team"] = "web"
    bucket.tags.merge({"cost": "7", "stage": "test"})
    assert dict(bucket.tags) == {"team": "web", "cost": "7", "stage": "test"}
    del bucket.tags["cost"]
    bucket.tags.replace({"team": "db", "new": "1"})
    assert dict(bucket.tags) == {"team": "db", "new": "1"}
    bucket.tags.clear()
    assert dict(bucket.tags) == {}
    with pytest.raises(InvalidRequest):
        bucket.tags["aws:x"] = "1"


def test_what_may_not_be_done(faults: FaultServer) -> None:
    faults.otherwise(DENIED)
    bucket = Bucket("acme-photos", cloud=faults.cloud())
    uses: list[Callable[[], object]] = [
        lambda: Bucket.get("acme-photos", cloud=bucket.cloud),
        lambda: Bucket.create("acme-photos", cloud=bucket.cloud),
        lambda: Bucket.ensure("acme-photos", cloud=bucket.cloud),
        lambda: list(Bucket.list(cloud=bucket.cloud)),
        lambda: list(bucket),
        lambda: list(bucket.versions()),
        lambda: bucket.region,
        lambda: bucket.versioning,
        lambda: dict(bucket.tags),
        lambda: bucket.tags.clear(),
        lambda: bucket.tags.update(a="b"),
        bucket.refresh,
    ]
    for use in uses:
        with pytest.raises(AccessDenied):
            use()


def test_missing_key_and_missing_bucket_are_told_apart(bucket: Bucket, rig: Rig) -> None:
    missing = Bucket(rig.name("nowhere"))

    def errors(place: Bucket) -> Iterator[type[CloudError]]:
        for use in (place["k"].read_bytes, place["k"].refresh, lambda: place["k"].copy_to("j")):
            with pytest.raises((ObjectNotFound, BucketNotFound)) as caught:
                use()
            yield type(caught.value)

    assert list(errors(bucket)) == [ObjectNotFound] * 3
    assert list(errors(missing)) == [BucketNotFound] * 3


def test_equal_is_the_same_bucket_of_the_same_cloud() -> None:
    one = Cloud(region="eu-west-1")
    assert Bucket("acme", cloud=one) == Bucket("acme", cloud=Cloud(region="eu-west-1"))
    assert len({Bucket("acme", cloud=one), Bucket("acme", cloud=one), Bucket("acme2", cloud=one)}) == 2
    assert Bucket("acme", cloud=one) != Bucket("acme", cloud=Cloud(region="us-east-1"))


def test_create_refuses_bad_tags_before_any_call(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="aws:"):
        Bucket.create("acme-photos", tags={"aws:team": "web"}, cloud=faults.cloud())
    assert not faults.requests


def test_a_version_that_the_answer_does_not_mention_does_not_pass_for_deleted(faults: FaultServer) -> None:
    faults.otherwise(
        Reply.xml("<DeleteResult><Deleted><Key>a</Key><VersionId>v1</VersionId></Deleted></DeleteResult>")
    )
    cloud = faults.cloud()
    versions = [Object("acme", "a", "v1", cloud=cloud), Object("acme", "a", "v2", cloud=cloud)]
    with pytest.raises(BatchError) as caught:
        Bucket("acme", cloud=cloud).delete_objects(versions)
    assert [failed.item for failed in caught.value.failed] == versions[1:]
    assert [done.item for done in caught.value.succeeded] == versions[:1]


def test_what_would_be_deleted(bucket: Bucket) -> None:
    bucket.versioning = True
    bucket.write_many({"a/1": "one", "a/2": "two", "b": "three"})
    bucket["b"].delete()
    before = bucket.cloud.call("s3", "list_object_versions", Bucket=bucket.name)
    assert bucket.delete_objects(["a/1", bucket["a/2"], "never"], dry_run=True) == 3
    assert bucket.delete_objects(bucket.objects("a/"), dry_run=True) == 2
    with pytest.raises(InvalidRequest):
        bucket.delete_objects(["k", ""], dry_run=True)
    everything = bucket.delete(force=True, dry_run=True)
    assert everything == Contents(versions=3, delete_markers=1, uploads=0, size=11)
    assert everything == bucket.empty(dry_run=True)
    assert bucket.folder("a").delete(dry_run=True) == Contents(2, 0, 0, 6)
    after = bucket.cloud.call("s3", "list_object_versions", Bucket=bucket.name)
    assert [before["Versions"], before["DeleteMarkers"]] == [after["Versions"], after["DeleteMarkers"]]
    bucket.delete(force=True)
    nothing = Contents(0, 0, 0, 0)
    assert bucket.delete(force=True, dry_run=True) == bucket.folder("a").delete(dry_run=True) == nothing


def test_what_is_no_leave_to_delete(faults: FaultServer) -> None:
    bucket = Bucket("acme-photos", cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match="force=True"):
        bucket.delete(dry_run=True)
    for wrong in ("no", 1, None):
        with pytest.raises(InvalidRequest, match="True or False"):
            bucket.delete(force=wrong)  # type: ignore[call-overload]
    with pytest.raises(InvalidRequest, match="root"):
        bucket.folder("").delete(dry_run=True)
    assert faults.requests == []
