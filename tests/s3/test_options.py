from __future__ import annotations

import importlib.util
import re
import string
from datetime import date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, strategies as st

from cloudkit import Bucket, CustomerKey, Object
from cloudkit.errors import InvalidRequest
from cloudkit.s3 import Encryption
from cloudkit.s3._headers import WRITE_MARK
from cloudkit.s3._limits import MAX_METADATA_BYTES, WRITE_TOKEN_BYTES
from cloudkit.s3._options import (
    STORAGE_CLASSES,
    checked_metadata,
    guessed_type,
    tagging,
    write_params,
)
from tests.conftest import Rig
from tests.faults import FaultServer

KEY = bytes(range(32))


def params(key: str = "k", **options: Any) -> dict[str, Any]:
    return write_params(Object("acme", key), options)  # type: ignore[arg-type]


# -- all of them -------------------------------------------------------------------------------------------------


def test_each_option_has_its_parameter() -> None:
    moment = datetime(2030, 1, 1, tzinfo=timezone.utc)
    assert params(
        content_type="text/csv",
        content_encoding="gzip",
        content_disposition="attachment",
        cache_control="no-store",
        expires=moment,
        metadata={"by": "me"},
        tags={"team": "web"},
        storage_class="STANDARD_IA",
        encryption=Encryption("aws:kms", "alias/x", bucket_key=True),
        acl="private",
        checksum="sha256",
        if_absent=True,
        aws={"ContentLanguage": "fr"},
    ) == {
        "ContentType": "text/csv",
        "ContentEncoding": "gzip",
        "ContentDisposition": "attachment",
        "CacheControl": "no-store",
        "Expires": moment,
        "Metadata": {"by": "me"},
        "Tagging": "team=web",
        "StorageClass": "STANDARD_IA",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "alias/x",
        "BucketKeyEnabled": True,
        "ACL": "private",
        "ChecksumAlgorithm": "SHA256",
        "IfNoneMatch": "*",
        "ContentLanguage": "fr",
    }
    assert params("a.csv", if_match='"x"') == {"ContentType": "text/csv; charset=utf-8", "IfMatch": '"x"'}
    assert params("a", content_type=None, metadata=None, tags={}, if_absent=False, aws=None) == {
        "ContentType": "application/octet-stream"
    }


def test_they_arrive(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("options"))
    thing = bucket["k"].write_text(
        "x",
        content_type="text/csv",
        content_disposition='attachment; filename="a.csv"',
        cache_control="max-age=60",
        metadata={"By": "me", "note": "a  b"},
        tags={"k e/y": "v+a=l@", "empty": ""},
        storage_class="STANDARD_IA",
    )
    thing.refresh()
    assert (thing.content_type, thing.storage_class) == ("text/csv", "STANDARD_IA")
    assert thing.raw["ContentDisposition"] == 'attachment; filename="a.csv"'
    assert thing.metadata == {"by": "me", "note": "a  b"}
    answer = rig.cloud.call("s3", "get_object_tagging", Bucket=bucket.name, Key="k")
    assert {row["Key"]: row["Value"] for row in answer["TagSet"]} == {"k e/y": "v+a=l@", "empty": ""}


def test_nothing_is_sent_of_what_makes_no_sense(faults: FaultServer) -> None:
    thing = Object("acme", "k", cloud=faults.cloud())
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"contenttype": "x"}, "no contenttype"),
        ({"if_absent": True, "if_match": "x"}, "cannot both hold"),
        ({"if_match": ""}, "if_match is empty"),
        ({"checksum": "crc33"}, "checksum='crc33'"),
        ({"encryption": "AES128"}, "algorithm='AES128'"),
        ({"aws": {"ContentType": "x/y"}}, "ContentType"),
        ({"aws": {"Body": b"x"}}, "Body"),
        ({"aws": {"Key": "x"}}, "Key"),
        ({"aws": {"WebsiteRedirectLocation": "/a\r\nx: y"}}, "line break"),
        ({"aws": {"ContentLanguage": "fr\n"}}, "line break"),
        ({"if_match": None}, "if_match=None is no ETag"),
        ({"if_match": None, "if_absent": True}, "if_match=None is no ETag"),
        ({"if_match": thing}, "if_match is of type Object"),
        ({"if_match": 'W/"x"'}, "weak ETag"),
        ({"if_absent": "*"}, "True or False"),
        ({"if_absent": 1}, "True or False"),
        ({"content_type": "csv"}, "a content type has a slash"),
        ({"content_type": 5}, "content_type is of type int"),
        ({"content_disposition": b"x"}, "content_disposition is of type bytes"),
        ({"expires": 3600}, "it is a moment"),
        ({"expires": True}, "it is a moment"),
        ({"expires": timedelta(hours=1)}, "it is a moment"),
        ({"expires": "tomorrow"}, "it is a moment"),
        ({"expires": datetime(2030, 1, 1)}, "no time zone"),  # noqa: DTZ001 - that is the point
        ({"cache_control": True}, "number of seconds"),
        ({"cache_control": -1}, "no copy is that young"),
        ({"cache_control": b"no-store"}, "cache_control is of type bytes"),
        ({"cache_control": float("nan")}, "has an end"),
        ({"metadata": ["by"]}, "metadata is of type list"),
        ({"metadata": "by=me"}, "metadata is of type str"),
        ({"metadata": {"by": 5}}, "metadata 'by' is of type int"),
        ({"metadata": {5: "by"}}, "metadata 5: a name"),
        ({"metadata": {"x-amz-meta-by": "me"}}, "by itself"),
        ({"tags": ["a"]}, "tags is of type list"),
        ({"tags": "a=b"}, "tags is of type str"),
        ({"tags": {"a": 1}}, "its value is of type int"),
        ({"tags": {1: "a"}}, "its key is of type int"),
        ({"encryption": KEY}, "belongs to the object"),
        ({"encryption": CustomerKey(KEY)}, "belongs to the object"),
        ({"checksum": ""}, "checksum=''"),
        ({"checksum": "CRC32"}, "it is one of 'crc32'"),
    ]
    for options, said in wrong:
        with pytest.raises(InvalidRequest, match=re.escape(said)):
            thing.write_bytes(b"x", **options)
    with pytest.raises(InvalidRequest, match="not text"):
        thing.write_bytes("x")  # type: ignore[arg-type]
    assert faults.requests == []


def test_a_version_is_not_written() -> None:
    with pytest.raises(InvalidRequest, match="a version cannot be written"):
        write_params(Object("acme", "k", "v1"), {})


def test_a_customer_s_key_is_the_only_encryption(faults: FaultServer) -> None:
    thing = Object("acme", "k", customer_key=KEY, cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match="no other encryption"):
        thing.write_bytes(b"x", encryption="AES256")
    assert faults.requests == []


@pytest.mark.parametrize("key", ["a\nb", "a\rb", "a\0b", "\x1f"])
def test_keys_that_cannot_be_named_are_not_written(key: str) -> None:
    with pytest.raises(InvalidRequest, match="control character"):
        params(key)
    assert Object("acme", key).key == key  # what is there can be read and deleted


@pytest.mark.parametrize("key", ["a b", "é/ü", "a//b", "../x", "?versionId=x", "%0a", "\u2028", "😀", "a\tb"])
def test_odd_keys_work(rig: Rig, key: str) -> None:
    bucket = Bucket.create(rig.name("keys"))
    assert bucket[key].write_text("x").read_text() == "x"
    assert [each.key for each in bucket.objects()] == [key]


def test_checksums_that_need_awscrt_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudkit.s3._options.find_spec", lambda name: None)
    for name in ("crc32c", "crc64nvme"):
        with pytest.raises(InvalidRequest, match="awscrt") as caught:
            params(checksum=name)
        assert caught.value.hint == "pip install awscrt"
    monkeypatch.setattr("cloudkit.s3._options.find_spec", importlib.util.find_spec)
    assert params(checksum="sha1")["ChecksumAlgorithm"] == "SHA1"


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"storage_class": "STANDARD-IA"}, "storage_class='STANDARD_IA'"),
        ({"storage_class": "standard"}, "storage_class='STANDARD'"),
        ({"storage_class": "INTELLIGENT"}, "storage_class='INTELLIGENT_TIERING'"),
        ({"storage_class": "GLACIER IR"}, "storage_class='GLACIER_IR'"),
        ({"acl": "public_read"}, "acl='public-read'"),
        ({"acl": "bucket-owner-full"}, "acl='bucket-owner-full-control'"),
        ({"content_type": "csv"}, "text/csv"),
        ({"content_disposition": 'attachment; filename="é.csv"'}, "%C3%A9.csv"),
        ({"content_disposition": "inline; filename=é"}, "'inline; filename="),
        ({"content_disposition": "é"}, "urllib.parse.quote"),
        ({"expires": 60}, "cache_control=60"),
        ({"expires": date(2030, 1, 2)}, "datetime(2030, 1, 2, tzinfo=timezone.utc)"),
        ({"if_match": None}, "leave it out"),
        ({"metadata": {"X-Amz-Meta-By": "me"}}, "metadata={'By': ...}"),
        ({"metadata": {"n": 5}}, "'5'"),
    ],
)
def test_what_is_nearly_right_is_told_how(options: dict[str, Any], hint: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        params(**options)
    assert caught.value.hint is not None
    assert hint in caught.value.hint


def test_words_that_nobody_here_knows_are_left_to_s3(faults: FaultServer) -> None:
    assert params(storage_class="COLD")["StorageClass"] == "COLD"
    assert params(aws={"StorageClass": "STANDARD-IA"})["StorageClass"] == "STANDARD-IA"
    for word in STORAGE_CLASSES:
        assert params(storage_class=word)["StorageClass"] == word
    # Other servers have classes of their own, which may well be called nearly like one of S3's.
    elsewhere = Object("acme", "k", cloud=faults.cloud())
    assert write_params(elsewhere, {"storage_class": "STANDARD_IB"})["StorageClass"] == "STANDARD_IB"
    with pytest.raises(InvalidRequest):
        write_params(elsewhere, {"storage_class": "standard_ia"})
    with pytest.raises(InvalidRequest):
        params(storage_class="STANDARD_IB")


@pytest.mark.parametrize("etag", ['"abc-2"', "abc-2"])
def test_an_etag_has_its_quotes_or_gets_them(etag: str) -> None:
    assert params(if_match=etag)["IfMatch"] == '"abc-2"'
    assert params(if_match="*")["IfMatch"] == "*"


def test_how_long_caches_may_keep_it() -> None:
    assert params(cache_control=3600)["CacheControl"] == "max-age=3600"
    assert params(cache_control=timedelta(minutes=1))["CacheControl"] == "max-age=60"
    assert params(cache_control=0)["CacheControl"] == "max-age=0"
    assert params(cache_control="public, max-age=5")["CacheControl"] == "public, max-age=5"


# -- headers -----------------------------------------------------------------------------------------------------

HEADERS = [
    "content_type",
    "content_encoding",
    "content_disposition",
    "cache_control",
    "storage_class",
    "acl",
    "if_match",
]


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize(
    "value", ["a\r\nx-amz-acl: public-read", "a\nb", "a\0b", "é", "a\tb", " a", "a ", "\x7f"]
)
def test_headers_that_would_not_arrive_are_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidRequest):
        params(**{name: value})


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=30), max_size=4))
def test_metadata_arrives_or_is_refused(metadata: dict[str, str]) -> None:
    try:
        checked = checked_metadata(metadata)
    except InvalidRequest:
        return
    assert checked == metadata
    for name, value in metadata.items():
        assert set(name) <= set(string.ascii_letters + string.digits + "!#$%&'*+.^_`|~-")
        assert name
        assert value == value.strip()
        assert set(value) <= set(map(chr, range(32, 127)))


def test_metadata_that_s3_would_not_keep() -> None:
    assert checked_metadata({"a": "b" * 2047}) == {"a": "b" * 2047}
    wrong: list[tuple[dict[str, str], str]] = [
        ({"a": "b" * 2048}, "2049 bytes"),
        ({"": "x"}, "a name has"),
        ({"a b": "x"}, "a name has"),
        ({"a:b": "x"}, "a name has"),
        ({"é": "x"}, "a name has"),
        ({"a": "é"}, "printable ASCII"),
        ({"a": "x\r\ny: z"}, "line break"),
        ({"a\r\n": "x"}, "a name has"),
        ({"a": " x"}, "blanks"),
        ({"By": "x", "by": "y"}, "case"),
    ]
    for metadata, said in wrong:
        with pytest.raises(InvalidRequest, match=said):
            checked_metadata(metadata)


@pytest.mark.parametrize("condition", [{"if_absent": True}, {"if_match": '"x"'}, {"aws": {"IfMatch": '"x"'}}])
def test_the_mark_of_a_condition_counts_to_the_metadata(condition: dict[str, Any]) -> None:
    most = MAX_METADATA_BYTES - len(WRITE_MARK) - 2 * WRITE_TOKEN_BYTES
    kept = {"a": "b" * (most - 1)}
    assert params(metadata=kept, **condition)["Metadata"] == kept
    with pytest.raises(InvalidRequest, match=f"2049 bytes, {WRITE_MARK}"):
        params(metadata={"a": "b" * most}, **condition)
    assert params(metadata={"a": "b" * 2047})["Metadata"]
    # What was read with another's mark can be written again.
    assert params(metadata={WRITE_MARK: "x" * 32, "a": "b" * (most - 1)}, **condition)


# -- tags --------------------------------------------------------------------------------------------------------


_TAG_SIGNS = st.characters(categories=["L", "N", "Zs"]) | st.sampled_from("+-=._:/@")


@given(
    st.dictionaries(
        st.text(_TAG_SIGNS, min_size=1, max_size=128),
        st.text(_TAG_SIGNS, max_size=256),
        min_size=1,
        max_size=10,
    )
)
def test_tags_are_spelled_so_that_they_come_back(tags: dict[str, str]) -> None:
    if any(key.lower().startswith("aws:") for key in tags):
        return
    spelled = tagging(tags)
    assert spelled is not None
    assert spelled.isascii()
    assert spelled.isprintable()
    assert dict(parse_qsl(spelled, keep_blank_values=True)) == tags


def test_tags_that_s3_would_refuse() -> None:
    assert tagging(None) is None
    assert tagging({}) is None
    assert tagging({"k" * 128: "v" * 256}) == f"{'k' * 128}={'v' * 256}"
    wrong: list[tuple[dict[str, str], str]] = [
        ({str(number): "" for number in range(11)}, "11 tags"),
        ({"": "x"}, "1 to 128"),
        ({"k" * 129: "x"}, "1 to 128"),
        ({"aws:x": "x"}, "does not begin"),
        ({"AWS:x": "x"}, "does not begin"),
        ({"k": "v" * 257}, "257 characters"),
        ({"k": "\ud800"}, "surrogate"),
        ({"k": "a&b"}, "its value has '&'"),
        ({"a;b": "x"}, "its key has ';'"),
        ({"k": "a\nb"}, "its value has"),
    ]
    for tags, said in wrong:
        with pytest.raises(InvalidRequest, match=re.escape(said)):
            tagging(tags)


# -- content types -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("a.txt", "text/plain; charset=utf-8"),
        ("a/b.HTML", "text/html; charset=utf-8"),
        ("a.json", "application/json"),
        ("a.png", "image/png"),
        ("a.csv.gz", "application/gzip"),
        ("a.tar.bz2", "application/x-bzip2"),
        ("a.unknown", "application/octet-stream"),
        ("a", "application/octet-stream"),
    ],
)
def test_content_types_are_guessed(key: str, wanted: str) -> None:
    assert guessed_type(key) == wanted
