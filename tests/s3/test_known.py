"""What is known of an object without asking: a read and a write say as much as a HEAD would."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from cloudkit import Bucket, Cloud, Object, Transfers
from cloudkit.errors import CloudError
from cloudkit.s3 import ObjectChanged
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request

READS: list[Callable[[Object], object]] = [
    lambda thing: thing.read_bytes(),
    lambda thing: thing.read_bytes(start=1, size=2),
    lambda thing: thing.read_bytes(start=2),
    lambda thing: thing.read_text(),
    lambda thing: list(thing.lines()),
    lambda thing: thing.open().read(),
    lambda thing: thing.open("rb").read(1),
    lambda thing: thing.download(io.BytesIO()),
]
OPTIONS: list[dict[str, Any]] = [
    {},
    {
        "content_type": "text/csv",
        "content_disposition": "attachment",
        "content_encoding": "x",
        "cache_control": 60,
        "expires": datetime(2035, 1, 1, tzinfo=timezone.utc),
        "metadata": {"by": "me"},
        "tags": {"team": "web"},
        "storage_class": "STANDARD_IA",
        "encryption": "aws:kms",
        "checksum": "sha256",
    },
    {"if_absent": True, "metadata": {"by": "me"}},
]


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    """In a Cloud of boto3's engine, whose answers are whole."""
    cloud = rig.cloud.with_options(transfers=Transfers(engine="boto3"))
    return Bucket.create(rig.name("known"), versioning=True, cloud=cloud)


class Asked(AssertionError):
    """There was a call."""


def known(thing: Object) -> dict[str, Any]:
    """What it says of itself without a call."""

    def refuse(*_: object, **__: object) -> None:
        raise Asked

    names = [name for name in dir(Object) if type(vars(Object).get(name)).__name__ == "Attribute"]
    said: dict[str, Any] = {}
    with patch.object(Object, "_load", refuse):
        for name in [*names, "metadata"]:
            try:
                said[name] = getattr(thing, name)
            except (Asked, CloudError):
                continue
        said["raw"] = dict(thing.raw)
    return said


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "all", "absent"])
def test_a_read_tells_what_a_head_tells(
    bucket: Bucket, read: Callable[[Object], object], options: dict[str, Any]
) -> None:
    bucket["k"].write_text("hello", **options)
    asked, thing = bucket["k"].refresh(), bucket["k"]
    read(thing)
    assert known(thing) == known(asked)
    assert (thing.size, thing.metadata) == (5, options.get("metadata", {}))
    assert thing.current_version == thing.raw["VersionId"]


def test_a_read_of_one_version_too(bucket: Bucket) -> None:
    first = bucket["k"].write_text("one", metadata={"n": "1"}).current_version
    bucket["k"].write_text("two", metadata={"n": "2"})
    assert first is not None
    asked, thing = bucket["k"].at(first).refresh(), bucket["k"].at(first)
    assert thing.read_text() == "one"
    assert known(thing) == known(asked)
    assert (thing.metadata, thing.version_id, thing.current_version) == ({"n": "1"}, first, first)


def test_what_was_listed_gives_way_to_what_was_read(bucket: Bucket) -> None:
    bucket["k"].write_text("one")
    (listed,) = bucket.objects()
    bucket["k"].write_text("three", metadata={"n": "2"})
    assert listed.size == 3
    assert listed.read_text() == "three"
    assert (listed.size, listed.metadata) == (5, {"n": "2"})
    listed.write_text("four", if_match=listed.etag)  # of what was read


def test_what_says_too_little_is_asked_for(faults: FaultServer) -> None:
    """A server that sends no ETag, or nothing of the size, leaves it to HEAD."""
    thing = Object("acme", "k", cloud=faults.cloud())
    faults.replies(Reply(200, b"abc", {}), Reply(200, b"", {"Content-Length": "3", "ETag": '"1"'}))
    assert thing.read_bytes() == b"abc"
    assert thing.size == 3
    assert [request.method for request in faults.requests] == ["GET", "HEAD"]


def test_a_replaced_object_is_not_taken_for_what_was_read(faults: FaultServer) -> None:
    def answer(request: Request) -> Reply:
        if "If-Match" in request.headers:
            return Reply.s3_error("PreconditionFailed", status=412)
        return Reply(200, b"abcdef", {"ETag": '"1"'}, cut_after=3)

    faults.otherwise(answer)
    thing = Object("acme", "k", cloud=faults.cloud())
    with pytest.raises(ObjectChanged):
        thing.read_bytes()
    assert thing.etag == '"1"'  # of the bytes that came; nothing mixed


WRITES: list[Callable[[Object], object]] = [
    lambda thing: thing.write_bytes(b"abc"),
    lambda thing: thing.write_text("abc"),
    lambda thing: thing.write_json(100),
    lambda thing: thing.write_json_lines([10]),
    lambda thing: thing.upload(b"abc"),
    lambda thing: thing.upload(iter([b"a", b"bc"])),
    lambda thing: thing.write_bytes(b"abc", if_absent=True),
    lambda thing: _written(thing),
    lambda thing: thing.bucket["source"].copy_to(thing, cache_control=5),
    lambda thing: thing.bucket["source"].copy_to(thing),
]


def _written(thing: Object) -> None:
    with thing.open("wb") as file:
        file.write(b"abc")


@pytest.mark.parametrize("write", WRITES)
def test_a_write_tells_which_version_it_made(bucket: Bucket, write: Callable[[Object], object]) -> None:
    bucket["source"].write_bytes(b"abc")
    thing = bucket["k"]
    write(thing)
    with patch.object(Object, "_load", side_effect=Asked):
        made = (thing.etag, thing.current_version)
    assert made == (bucket["k"].etag, bucket["k"].current_version)
    assert thing.version_id is None
    assert thing.current_version is not None
    assert thing.at(thing.current_version).read_bytes()[:2] in (b"ab", b"10")
    assert thing.size == 3


def test_without_versions_there_is_none_and_nobody_asks(rig: Rig) -> None:
    thing = Bucket.create(rig.name("plain"))["k"].write_text("x")
    with patch.object(Object, "_load", side_effect=Asked):
        assert thing.current_version is None
    assert thing.refresh().current_version is None
    assert thing.content_type == "application/octet-stream"


def test_a_restored_version_is_known(bucket: Bucket) -> None:
    thing = bucket["k"].write_text("one")
    first = thing.current_version
    thing.write_text("two")
    assert first is not None
    back = thing.restore(first)
    with patch.object(Object, "_load", side_effect=Asked):
        assert back.current_version not in (None, first)
    assert back.read_text() == "one"


def test_both_engines_tell(rig: Rig, server_url: str, tmp_path: Path) -> None:
    """obstore's answer says the most of it; what it leaves out is asked for."""
    with Cloud(region="us-east-1", endpoint_url=server_url) as cloud:
        bucket = Bucket.create(rig.name("engines"), cloud=cloud, versioning=True)
        written = bucket["a.txt"].write_text("abc", metadata={"by": "me"}, cache_control=5)
        thing = bucket["a.txt"]
        assert thing.read_bytes() == b"abc"
        with patch.object(Object, "_load", side_effect=Asked):
            assert (thing.size, thing.etag, thing.metadata) == (3, written.etag, {"by": "me"})
            assert (thing.current_version, thing.content_type) == (
                written.current_version,
                "text/plain; charset=utf-8",
            )
            assert thing.cache_control == "max-age=5"
        asked = bucket["a.txt"].refresh()
        assert thing.last_modified == asked.last_modified
        assert dict(thing.raw) == dict(asked.raw)
        thing.read_bytes()
        with patch.object(Object, "_load", side_effect=Asked):
            assert (
                thing.storage_class is asked.storage_class
            )  # what was known of the same content stays known
        cloud.close()
