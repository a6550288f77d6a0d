from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from cloudkit import Bucket, Object
from cloudkit.errors import AccessDenied, BatchError, Conflict, InvalidRequest, PreconditionFailed
from cloudkit.s3 import BucketNotFound, ObjectNotFound
from tests.conftest import Rig
from tests.faults import FaultServer, Reply


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("versions"), versioning=True)


def texts(thing: Object) -> list[str]:
    return [version.read_text() for version in thing.versions()]


# -- one version -------------------------------------------------------------------------------------------------


def test_one_version_by_its_id(bucket: Bucket) -> None:
    thing = bucket["k"].write_text("one").write_text("two")
    newest, oldest = thing.versions()
    assert oldest.version_id is not None
    assert thing.at(oldest.version_id) == oldest
    assert thing.at(oldest.version_id).read_text() == "one"
    assert newest.at(oldest.version_id) == oldest
    with pytest.raises(InvalidRequest, match="not empty"):
        thing.at("")
    with pytest.raises((ObjectNotFound, InvalidRequest)):
        thing.at("nonsense").read_text()


def test_a_version_keeps_how_it_is_reached(faults: FaultServer) -> None:
    thing = Object("acme", "k", expected_bucket_owner="1" * 12, customer_key=bytes(32), cloud=faults.cloud())
    version = thing.at("v1")
    assert version.expected_bucket_owner == "1" * 12
    assert version.customer_key is thing.customer_key


def test_tags_are_a_version_s_own(bucket: Bucket) -> None:
    thing = bucket["k"].write_text("one", tags={"n": "1"}).write_text("two")
    newest, oldest = thing.versions()
    assert (dict(oldest.tags), dict(newest.tags)) == ({"n": "1"}, {})
    oldest.tags["more"] = "x"
    thing.tags["n"] = "2"
    assert (dict(oldest.tags), dict(newest.tags)) == ({"n": "1", "more": "x"}, {"n": "2"})
    del oldest.tags["n"]
    thing.tags.clear()
    assert (dict(oldest.tags), dict(newest.tags)) == ({"more": "x"}, {})


def test_tags_that_are_refused(bucket: Bucket, faults: FaultServer) -> None:
    thing = bucket["k"].write_text("x", tags={str(number): "x" for number in range(9)})
    thing.tags["9"] = "x"
    with pytest.raises(InvalidRequest, match="11 tags"):
        thing.tags["10"] = "x"
    with pytest.raises(InvalidRequest, match="AWS keeps"):
        thing.tags["aws:x"] = "x"
    assert len(thing.tags) == 10
    with pytest.raises(ObjectNotFound):
        dict(bucket["nothing"].tags)
    faults.otherwise(Reply.s3_error("AccessDenied", status=403))
    with pytest.raises(AccessDenied):
        dict(Object("acme", "k", cloud=faults.cloud()).tags)


# -- back to an old one ------------------------------------------------------------------------------------------


def test_an_old_version_becomes_the_newest(bucket: Bucket) -> None:
    thing = bucket["k"].write_text(
        "one", metadata={"by": "me"}, tags={"t": "1"}, content_type="x/y", storage_class="STANDARD_IA"
    )
    thing.write_text("two")
    oldest = thing.versions().to_list()[-1]
    now = oldest.restore()
    assert now == thing
    assert (now.read_text(), now.metadata, now.content_type) == ("one", {"by": "me"}, "x/y")
    assert (dict(now.tags), now.storage_class) == ({"t": "1"}, "STANDARD_IA")
    assert texts(thing) == ["one", "two", "one"]
    thing.restore(thing.versions().to_list()[1]).read_text()
    assert thing.read_text() == "two"
    assert oldest.version_id is not None
    assert thing.restore(oldest.version_id).read_text() == "one"
    thing.delete()
    assert thing.at(oldest.version_id).restore().read_text() == "one"


KMS = {
    "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": "arn:key",
    "x-amz-server-side-encryption-bucket-key-enabled": "true",
}


@pytest.mark.parametrize("kms", [True, False])
def test_an_old_version_keeps_its_key_and_where_it_leads_to(faults: FaultServer, kms: bool) -> None:
    """A copy has the encryption that its bucket has by default, unless it is told."""
    encryption = KMS if kms else {"x-amz-server-side-encryption": "AES256"}
    faults.replies(
        Reply(
            200,
            headers={
                "Content-Length": "1",
                "ETag": '"1"',
                "x-amz-website-redirect-location": "/there",
                **encryption,
            },
        ),
        Reply.xml("<CopyObjectResult><ETag>&quot;1&quot;</ETag></CopyObjectResult>"),
    )
    Object("acme", "k", "v1", cloud=faults.cloud()).restore()
    put = faults.requests[-1]
    assert {name: put.headers.get(name) for name in KMS} == (KMS if kms else dict.fromkeys(KMS))
    assert put.headers["x-amz-website-redirect-location"] == "/there"
    assert put.headers["x-amz-copy-source-if-match"] == '"1"'


def test_what_cannot_be_restored(bucket: Bucket, faults: FaultServer) -> None:
    thing = bucket["k"].write_text("x")
    with pytest.raises(InvalidRequest, match="no version is named") as caught:
        thing.restore()
    assert "undelete" in str(caught.value)
    with pytest.raises(InvalidRequest, match="is no version of"):
        thing.restore(bucket["l"].at("v1"))
    thing.delete()
    marker = bucket.versions(key="k", delete_markers=True).first()
    assert marker is not None
    with pytest.raises(InvalidRequest, match="delete marker"):
        marker.restore()
    faults.replies(Reply(404), Reply(200))
    with pytest.raises(ObjectNotFound):
        Object("acme", "k", "v1", cloud=faults.cloud()).restore()


def test_only_if_nobody_wrote_meanwhile(faults: FaultServer) -> None:
    version = Object("acme", "k", "v1", cloud=faults.cloud())
    faults.replies(
        Reply(200, headers={"Content-Length": "1"}), Reply.s3_error("PreconditionFailed", status=412)
    )
    with pytest.raises(PreconditionFailed):
        version.restore(if_match='"1"')
    _, request = faults.requests
    assert request.headers["If-Match"] == '"1"'
    assert request.headers["x-amz-copy-source"] == "acme/k?versionId=v1"


# -- taking back a delete ----------------------------------------------------------------------------------------


def test_a_delete_is_taken_back(bucket: Bucket) -> None:
    thing = bucket["k"].write_text("one").write_text("two")
    bucket["kk"].write_text("another")
    bucket["kk"].delete()
    for deletes in (1, 3, 0):
        for _ in range(deletes):
            thing.delete()
        assert thing.exists() is (deletes == 0)
        assert thing.undelete() is thing
        assert thing.read_text() == "two"
    assert texts(thing) == ["two", "one"]
    assert not bucket["kk"].exists()


def test_where_there_is_nothing_to_come_back_to(bucket: Bucket, rig: Rig) -> None:
    with pytest.raises(ObjectNotFound, match="versioning"):
        bucket["nothing"].undelete()
    thing = bucket["k"].write_text("x")
    version = thing.versions().one()
    thing.delete()
    version.delete()
    with pytest.raises(ObjectNotFound, match="no version"):
        thing.undelete()
    assert len(bucket.versions(key="k", delete_markers=True).to_list()) == 1
    plain = Bucket.create(rig.name("plain"))
    assert plain["k"].write_text("x").undelete().read_text() == "x"
    plain["k"].delete()
    with pytest.raises(ObjectNotFound, match="versioning"):
        plain["k"].undelete()
    with pytest.raises(BucketNotFound):
        Object(rig.name("nowhere"), "k").undelete()


def listing(*rows: str) -> Reply:
    return Reply.xml(f"<ListVersionsResult>{''.join(rows)}</ListVersionsResult>")


def row(kind: str, version: str, *, latest: bool = False) -> str:
    size = "<Size>1</Size>" if kind == "Version" else ""
    return (
        f"<{kind}><Key>k</Key><VersionId>{version}</VersionId><IsLatest>{str(latest).lower()}</IsLatest>"
        f"<LastModified>2026-01-01T00:00:00.000Z</LastModified>{size}</{kind}>"
    )


def test_markers_of_the_same_second(faults: FaultServer) -> None:
    """Of a server that lists them apart, the order is not known from the times: only which is the newest."""
    faults.replies(
        listing(
            row("Version", "v1"),
            row("DeleteMarker", "m2", latest=True),
            row("DeleteMarker", "m1"),
        ),
        Reply.xml(
            "<DeleteResult><Deleted><Key>k</Key><VersionId>m2</VersionId></Deleted></DeleteResult>",
        ),
        listing(row("DeleteMarker", "m1", latest=True), row("Version", "v1")),
        Reply.xml(
            "<DeleteResult><Deleted><Key>k</Key><VersionId>m1</VersionId></Deleted></DeleteResult>",
        ),
        listing(row("Version", "v1", latest=True)),
    )
    Object("acme", "k", cloud=faults.cloud()).undelete()
    deleted = [request.body for request in faults.requests if request.method == "POST"]
    assert [b"m2" in body for body in deleted] == [True, False]
    assert b"m1" in deleted[1]


def test_the_order_of_a_listing_is_that_of_the_history(faults: FaultServer) -> None:
    """All of the same second."""
    faults.otherwise(
        listing(
            row("DeleteMarker", "m3", latest=True),
            row("DeleteMarker", "m2"),
            row("Version", "v2"),
            row("DeleteMarker", "m1"),
            row("Version", "v1"),
        )
    )
    thing = Object("acme", "k", cloud=faults.cloud())
    rows = list(thing.bucket.versions(key="k", delete_markers=True))
    assert [each.version_id for each in rows] == ["m3", "m2", "v2", "m1", "v1"]
    assert [each.is_delete_marker for each in rows] == [True, True, False, True, False]
    assert [each.version_id for each in thing.versions()] == ["v2", "v1"]


def test_markers_that_do_not_go(faults: FaultServer) -> None:
    there = listing(row("DeleteMarker", "m1", latest=True), row("Version", "v1"))
    gone = Reply.xml("<DeleteResult><Deleted><Key>k</Key><VersionId>m1</VersionId></Deleted></DeleteResult>")
    faults.otherwise(lambda request: gone if request.method == "POST" else there)
    with pytest.raises(Conflict, match="stay"):
        Object("acme", "k", cloud=faults.cloud()).undelete()
    assert len(faults.requests) == 3


def test_a_marker_that_may_not_be_deleted(faults: FaultServer) -> None:
    faults.replies(
        listing(row("DeleteMarker", "m1", latest=True), row("Version", "v1")),
        Reply.xml(
            "<DeleteResult><Error><Key>k</Key><VersionId>m1</VersionId><Code>AccessDenied</Code></Error>"
            "</DeleteResult>"
        ),
    )
    with pytest.raises(BatchError):
        Object("acme", "k", cloud=faults.cloud()).undelete()


# -- what is no version ------------------------------------------------------------------------------------------


def test_ids_that_are_none(faults: FaultServer) -> None:
    thing = Object("acme", "k", cloud=faults.cloud())
    wrong: list[Any] = ["", None, 5, thing]
    for each in wrong:
        with pytest.raises(InvalidRequest, match="the id of a version is text") as caught:
            thing.at(each)
        assert "versions()" in str(caught.value.hint)
    odd: list[Any] = ["", 5, ["v1"]]
    for each in odd:
        with pytest.raises(InvalidRequest):
            thing.restore(each)
    with pytest.raises(InvalidRequest, match="if_match is empty"):
        thing.restore("v1", if_match="")
    assert faults.requests == []


def test_a_delete_marker_is_not_restored_by_its_id_either(bucket: Bucket, faults: FaultServer) -> None:
    thing = bucket["k"].write_text("x")
    thing.delete()
    (marker,) = [each for each in bucket.versions(delete_markers=True) if each.is_delete_marker]
    assert marker.version_id is not None
    for which in (marker, marker.version_id):
        with pytest.raises(InvalidRequest, match="delete marker") as caught:
            thing.restore(which)
        assert "undelete()" in str(caught.value.hint)
    assert not thing.exists()
    faults.replies(Reply(405, b"", {"x-amz-delete-marker": "true"}), Reply(200))
    with pytest.raises(InvalidRequest, match="delete marker"):
        Object("acme", "k", cloud=faults.cloud()).restore("m1")


def test_moments_that_no_bucket_can_go_back_to(faults: FaultServer) -> None:
    bucket = Bucket("acme", cloud=faults.cloud())
    now = datetime.now(timezone.utc)
    wrong: list[tuple[Any, str]] = [
        (now.replace(tzinfo=None), "no time zone"),
        (now + timedelta(hours=1), "still to come"),
        ("2026-01-01", "it is a moment"),
        (now.date(), "it is a moment"),
        (timedelta(days=1), "it is a moment"),
        (now.timestamp(), "it is a moment"),
        (None, "it is a moment"),
    ]
    for at, said in wrong:
        with pytest.raises(InvalidRequest, match=said):
            bucket.restore("a/", at=at, dry_run=True)
    prefix: Any = Object("acme", "a")
    with pytest.raises(InvalidRequest, match="prefix is text"):
        bucket.restore(prefix, at=now)
    assert faults.requests == []
