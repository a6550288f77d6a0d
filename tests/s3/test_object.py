from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings, strategies as st

from cloudkit import Bucket, Cloud, Object, local
from cloudkit.errors import (
    AccessDenied,
    CloudError,
    InvalidRequest,
    NotFound,
    PreconditionFailed,
    ServiceError,
)
from cloudkit.s3 import BucketNotFound, ObjectNotFound, Upload
from tests.conftest import Rig
from tests.faults import FaultServer, Reply


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("objects"))


# -- what it is --------------------------------------------------------------------------------------------------


def test_an_object_is_an_address(faults: FaultServer) -> None:
    thing = Object("acme", "a/b/c.txt", cloud=faults.cloud())
    assert (thing.bucket_name, thing.key, thing.version_id, thing.name) == (
        "acme",
        "a/b/c.txt",
        None,
        "c.txt",
    )
    assert thing.bucket == Bucket("acme", cloud=thing.cloud)
    assert str(thing) == "s3://acme/a/b/c.txt"
    assert repr(thing) == "<Object s3://acme/a/b/c.txt>"
    assert thing == thing.bucket["a/b/c.txt"]
    version = Object("acme", "k", "v1", cloud=faults.cloud())
    assert str(version) == "s3://acme/k?versionId=v1"
    assert version != Object("acme", "k", cloud=version.cloud)
    assert Object("acme", "a/b/").name == "b"
    assert faults.requests == []


def test_what_is_no_text_is_no_key() -> None:
    with pytest.raises(InvalidRequest, match="not valid text"):
        Object("acme", "a\ud800")
    with pytest.raises(InvalidRequest, match="not int"):
        Object("acme", 5)  # type: ignore[arg-type]


@pytest.mark.parametrize("owner", ["1\r\nx-amz-acl: public-read", "é", "123 "])
def test_an_owner_is_one_line(owner: str) -> None:
    for make in (
        lambda: Object("acme", "k", expected_bucket_owner=owner),
        lambda: Bucket("acme", expected_bucket_owner=owner),
        lambda: Upload("acme", "k", "u1", expected_bucket_owner=owner),
    ):
        with pytest.raises(InvalidRequest, match="expected_bucket_owner"):
            make()


@pytest.mark.parametrize("key", ["", "x" * 1025, "é" * 513])
def test_keys_that_s3_does_not_take(key: str) -> None:
    with pytest.raises(InvalidRequest, match="1 to 1024"):
        Object("acme", key)
    with pytest.raises(InvalidRequest):
        Bucket("acme")[key]


def test_keys_of_all_kinds(bucket: Bucket) -> None:
    keys = [
        "a b",
        "ä/ö",
        "a+b&c=d?e#f",
        "%41",
        "a//b",
        "日本",
        "x" * 1000,
        "quote'\"",
        "tab\tin",
        "~!*()",
        "e\u0301",
    ]
    for key in keys:
        bucket[key].write_text(key)
    assert sorted(each.key for each in bucket.objects()) == sorted(keys)
    for key in keys:
        assert bucket[key].read_text() == key
        assert bucket[key].size == len(key.encode())
        assert unquote(urlsplit(bucket[key].url()).path).endswith(f"/{key}")
    for key in keys:
        copy = bucket[key].copy_to(f"copy of {key}"[:1000])
        assert copy.read_text() == key
    assert bucket.delete_objects(keys) == len(keys)
    assert not any(key in bucket for key in keys)


def test_attributes(bucket: Bucket) -> None:
    before = datetime.now(timezone.utc) - timedelta(minutes=1)
    thing = bucket["page.html"].write_text("<p>", metadata={"by": "me"})
    assert (thing.size, thing.content_type, thing.metadata) == (3, "text/html; charset=utf-8", {"by": "me"})
    assert before < thing.last_modified < datetime.now(timezone.utc) + timedelta(minutes=1)
    assert thing.etag.startswith('"')
    assert thing.storage_class is None or thing.storage_class == "STANDARD"
    assert thing.is_delete_marker in (None, False)
    assert thing.raw["ContentLength"] == 3
    assert "ResponseMetadata" not in thing.raw


def test_attributes_are_those_of_what_was_written_last(bucket: Bucket) -> None:
    thing = bucket["k"].write_text("one")
    assert thing.size == 3
    assert thing.write_text("three").size == 5
    thing.delete()
    with pytest.raises(ObjectNotFound):
        thing.size  # noqa: B018


def test_it_travels() -> None:
    thing = Object("acme", "k", "v1", cloud=Cloud(region="eu-west-1"))
    found = pickle.loads(pickle.dumps(thing))
    assert (found, found.cloud.region) == (thing, "eu-west-1")


# -- is it there -------------------------------------------------------------------------------------------------


def test_get_and_exists(bucket: Bucket, rig: Rig) -> None:
    bucket["k"].write_text("abc")
    assert Object.get(bucket.name, "k").size == 3
    assert bucket["k"].exists()
    assert not bucket["nothing"].exists()
    with pytest.raises(ObjectNotFound, match="nothing") as caught:
        Object.get(bucket.name, "nothing")
    assert not isinstance(caught.value, BucketNotFound)
    assert isinstance(caught.value, FileNotFoundError)
    nowhere = rig.name("nowhere")
    with pytest.raises(BucketNotFound):
        Object.get(nowhere, "k")
    assert not Object(nowhere, "k").exists()


def test_exists_is_no_answer_to_refusals_and_faults(faults: FaultServer) -> None:
    thing = Object("acme", "k", cloud=faults.cloud())
    for status, wanted in (
        (403, AccessDenied),
        (500, ServiceError),
        (503, ServiceError),
        (400, InvalidRequest),
    ):
        faults.otherwise(Reply(status))
        with pytest.raises(wanted):
            thing.exists()
        with pytest.raises(wanted):
            assert "k" in thing.bucket


def test_a_missing_key_where_the_bucket_may_not_be_looked_at(faults: FaultServer) -> None:
    faults.replies(Reply(404), Reply(403))
    with pytest.raises(ObjectNotFound):
        Object.get("acme", "k", cloud=faults.cloud())


# -- reading and writing -----------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=3000), st.text("aZ9 ä\r\n\0日\u2028\U0001f600", max_size=300))
def test_what_is_written_is_read(data: bytes, text: str) -> None:
    with _shared:
        thing = Bucket.ensure("acme-shared")["k"]
        assert thing.write_bytes(data).read_bytes() == data
        assert thing.write_text(text).read_text() == text
        assert thing.write_text(text, encoding="utf-16").read_text("utf-16") == text
        assert thing.write_json([text]).read_json() == [text]


_shared = local()


def test_text_that_is_none(bucket: Bucket) -> None:
    thing = bucket["k"].write_bytes(b"\xff")
    with pytest.raises(UnicodeDecodeError):
        thing.read_text()
    assert thing.read_text(errors="replace") == "\ufffd"
    with pytest.raises(UnicodeEncodeError):
        thing.write_text("é", encoding="ascii")
    assert thing.read_bytes() == b"\xff"


def test_json(bucket: Bucket) -> None:
    thing = bucket["k"].write_json({"é": [1, 2.5, None, True]})
    assert thing.content_type == "application/json"
    assert thing.read_bytes().decode() == '{"é": [1, 2.5, null, true]}'
    assert thing.read_json() == {"é": [1, 2.5, None, True]}
    assert thing.read_json(dict) == {"é": [1, 2.5, None, True]}
    with pytest.raises(InvalidRequest, match="dict"):
        thing.read_json(list)
    assert thing.write_json([], content_type="x/y").content_type == "x/y"
    with pytest.raises(InvalidRequest, match="of type object"):
        thing.write_json(object())
    assert thing.read_json() == []
    with pytest.raises(ValueError):
        thing.write_text("{").read_json()


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("a.txt", "text/plain; charset=utf-8"),
        ("a.html", "text/html; charset=utf-8"),
        ("a.json", "application/json"),
        ("a.png", "image/png"),
        ("a.csv.gz", "application/gzip"),
        ("a", "application/octet-stream"),
        ("a.unheardof", "application/octet-stream"),
    ],
)
def test_the_content_type_is_guessed_and_can_be_given(bucket: Bucket, key: str, wanted: str) -> None:
    assert bucket[key].write_bytes(b"").content_type == wanted
    assert bucket[key].write_bytes(b"", content_type="x/y").content_type == "x/y"
    with bucket[key].open("wb") as file:
        file.write(b"x")
    assert bucket[key].content_type == wanted


def test_raw_parameters(bucket: Bucket) -> None:
    thing = bucket["k"].write_text("x", aws={"CacheControl": "no-store"})
    assert thing.raw["CacheControl"] == "no-store"
    with pytest.raises(InvalidRequest, match="ContentType"):
        thing.write_text("x", aws={"ContentType": "x/y"})
    with pytest.raises(InvalidRequest, match="Nonsense"):
        thing.write_text("x", aws={"Nonsense": 1})


def test_conditions(bucket: Bucket) -> None:
    thing = bucket["k"].write_text("one", if_absent=True)
    etag = thing.etag
    with pytest.raises(PreconditionFailed):
        thing.write_text("two", if_absent=True)
    thing.write_text("two", if_match=etag)
    with pytest.raises(PreconditionFailed):
        thing.write_text("three", if_match=etag)
    assert thing.read_text() == "two"
    assert thing.write_text("three", if_absent=False).read_text() == "three"
    with pytest.raises(InvalidRequest, match="cannot both"):
        thing.write_text("x", if_absent=True, if_match=etag)


def test_what_may_not_be_read_or_written(faults: FaultServer) -> None:
    faults.otherwise(Reply.s3_error("AccessDenied", "Access Denied", 403))
    thing = Object("acme", "k", cloud=faults.cloud())
    uses: list[Callable[[], object]] = [
        thing.read_bytes,
        thing.read_text,
        thing.read_json,
        lambda: thing.write_bytes(b""),
        lambda: thing.write_json({}),
        thing.delete,
        lambda: thing.copy_to("other"),
        lambda: list(thing.versions()),
    ]
    for use in uses:
        with pytest.raises(AccessDenied) as caught:
            use()
        assert caught.value.resource is not None
        assert "acme" in caught.value.resource


def test_what_is_not_there(bucket: Bucket, rig: Rig) -> None:
    missing, nowhere = bucket["nothing"], Object(rig.name("nowhere"), "k")
    for use in ("read_bytes", "read_text", "read_json"):
        with pytest.raises(ObjectNotFound):
            getattr(missing, use)()
        with pytest.raises(BucketNotFound):
            getattr(nowhere, use)()
    with pytest.raises(BucketNotFound):
        nowhere.write_text("x")
    with pytest.raises(ObjectNotFound):
        missing.copy_to("other")
    missing.delete()
    nowhere.delete()


# -- deleting ----------------------------------------------------------------------------------------------------


def test_deleting_twice(bucket: Bucket) -> None:
    thing = bucket["k"].write_text("x")
    assert thing.exists()
    thing.delete()
    thing.delete()
    assert not thing.exists()
    bucket["k"].write_text("x")
    del bucket["k"]
    assert "k" not in bucket


def test_deleting_in_a_bucket_that_is_gone(faults: FaultServer) -> None:
    faults.otherwise(Reply.s3_error("NoSuchBucket"))
    Object("acme", "k", cloud=faults.cloud()).delete()
    faults.otherwise(Reply.s3_error("InternalError", status=500))
    with pytest.raises(ServiceError):
        Object("acme", "k", cloud=faults.cloud()).delete()


# -- versions ----------------------------------------------------------------------------------------------------


@pytest.fixture
def versioned(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("versions"), versioning=True)


def test_versions_newest_first(versioned: Bucket) -> None:
    thing = versioned["k"]
    for text in ("one", "two", "three"):
        thing.write_text(text)
    versioned["kk"].write_text("another")
    versions = thing.versions().to_list()
    assert [each.read_text() for each in versions] == ["three", "two", "one"]
    assert len({each.version_id for each in versions}) == 3
    assert [each.size for each in versions] == [5, 3, 3]
    assert Object(versioned.name, "k", versions[2].version_id).read_text() == "one"
    with pytest.raises(InvalidRequest, match="cannot be written"):
        versions[0].write_text("x")
    with pytest.raises(InvalidRequest, match="cannot be written"):
        versions[0].open("w")


def test_versions_of_a_key_stop_at_the_next_key(faults: FaultServer) -> None:
    page = (
        "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>kb</NextKeyMarker>"
        "<NextVersionIdMarker>v</NextVersionIdMarker>"
        + "".join(
            f"<Version><Key>{key}</Key><VersionId>{version}</VersionId><Size>1</Size><ETag>x</ETag>"
            "<LastModified>2026-01-02T03:04:05Z</LastModified></Version>"
            for key, version in (("k", "2"), ("k", "1"), ("ka", "1"), ("kb", "1"))
        )
        + "</ListVersionsResult>"
    )
    faults.otherwise(Reply.xml(page))
    versions = Object("acme", "k", cloud=faults.cloud()).versions().to_list()
    assert [each.version_id for each in versions] == ["2", "1"]
    assert len(faults.requests) == 1


def test_a_delete_marker_is_not_there_to_be_read(versioned: Bucket) -> None:
    thing = versioned["k"].write_text("x")
    thing.delete()
    assert not thing.exists()
    with pytest.raises(ObjectNotFound):
        thing.read_text()
    marker = versioned.versions(key="k", delete_markers=True).first()
    assert marker is not None
    assert marker.is_delete_marker
    assert [each.read_text() for each in thing.versions()] == ["x"]
    marker.delete()
    assert thing.read_text() == "x"


def test_reading_a_delete_marker_by_its_version(faults: FaultServer) -> None:
    marker = Object("acme", "k", "v1", cloud=faults.cloud())
    refused = {"x-amz-delete-marker": "true", "Allow": "DELETE"}
    faults.replies(
        Reply(405, Reply.s3_error("MethodNotAllowed", "not allowed against this resource").body, refused),
        Reply(405, b"", refused),
        Reply(200),
        Reply(405, b"", refused),
        Reply(200),
    )
    with pytest.raises(ObjectNotFound, match="delete marker"):
        marker.read_bytes()
    with pytest.raises(ObjectNotFound, match="delete marker"):
        marker.size  # noqa: B018
    assert not marker.exists()


def test_one_version_is_gone_for_good(versioned: Bucket) -> None:
    thing = versioned["k"].write_text("one").write_text("two")
    newest, oldest = thing.versions()
    oldest.delete()
    assert thing.versions().to_list() == [newest]
    with pytest.raises(NotFound):
        oldest.read_text()


def test_a_version_is_copied_and_downloaded_as_it_was(versioned: Bucket, tmp_path: Any) -> None:
    thing = versioned["k"].write_text("one").write_text("two")
    oldest = thing.versions().to_list()[1]
    assert oldest.copy_to("back").read_text() == "one"
    assert oldest.download(tmp_path / "old").read_text() == "one"
    with oldest.open() as file:
        assert file.read() == "one"


def test_every_error_is_one_of_ours(faults: FaultServer) -> None:
    for reply in (
        Reply(200, b"<html>"),
        Reply(418),
        Reply(500, b"<html>"),
        Reply(reset=True),
    ):
        faults.otherwise(reply)
        thing = Object("acme", "k", cloud=faults.cloud())
        uses: list[Callable[[], object]] = [
            lambda thing=thing: list(thing.versions()),  # type: ignore[misc]
            lambda thing=thing: thing.copy_to("x"),  # type: ignore[misc]
        ]
        for use in uses:
            with pytest.raises(CloudError):
                use()


@pytest.mark.parametrize("name", ["Body", "Key", "Bucket", "ContentType"])
def test_what_is_set_already_cannot_be_given_raw(faults: FaultServer, name: str) -> None:
    thing = Object("acme", "k.txt", cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match=name):
        thing.write_text("x", aws={name: "y"})
    with pytest.raises(InvalidRequest, match=name), thing.open("w", aws={name: "y"}) as file:
        file.write("x")
    assert not faults.requests


def test_find(bucket: Bucket) -> None:
    bucket["k"].write_text("x", cache_control="no-store", content_disposition="attachment")
    found = Object.find(bucket.name, "k")
    assert found is not None
    assert (found.size, found.cache_control, found.content_disposition) == (1, "no-store", "attachment")
    assert (found.content_encoding, found.encryption_key) == (None, None)
    assert Object.find(bucket.name, "j") is None
    with pytest.raises(BucketNotFound):
        Object.find(f"{bucket.name}-not", "j")
    assert Bucket.find(bucket.name) == bucket
    assert Bucket.find(f"{bucket.name}-not") is None


def test_what_is_in_a_bucket(bucket: Bucket) -> None:
    thing = bucket["k"].write_text("x")
    assert thing in bucket
    assert "k" in bucket
    assert Object("acme-other", "k") not in bucket
    for no_key in (5, PurePosixPath("k"), None):
        with pytest.raises(InvalidRequest, match="is no key"):
            assert no_key in bucket


def test_copies_into_folders_keep_the_name(bucket: Bucket) -> None:
    thing = bucket["a/r.csv"].write_text("1")
    assert thing.copy_to("b/").key == "b/r.csv"
    assert thing.copy_to(bucket.folder("c")).key == "c/r.csv"
    assert thing.copy_to(f"s3://{bucket.name}/d/").key == "d/r.csv"
    assert thing.copy_to(f"s3://{bucket.name}/e.csv").key == "e.csv"
    assert thing.move_to("f/") == bucket["f/r.csv"]
    assert "a/r.csv" not in bucket


def test_the_size_of_what_is_written_is_in_bytes(bucket: Bucket) -> None:
    numbers = memoryview(b"abcd" * 4).cast("I")
    assert bucket["k"].write_bytes(numbers).size == 16
    assert bucket["k"].read_bytes() == b"abcd" * 4
    for wrong in (5, [1, 2], None):
        with pytest.raises(InvalidRequest, match="neither bytes nor text"):
            bucket["k"].write_bytes(wrong)  # type: ignore[arg-type]
    assert bucket["k"].read_bytes() == b"abcd" * 4
