"""Both engines pass one suite, over HTTP: the same results, the same errors."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from cloudkit import AccessDenied, BatchError, Bucket, Cloud, Object, Retry, Timeouts, Transfers, local
from cloudkit.errors import ConnectionFailed, CredentialsError, PreconditionFailed, Throttled
from cloudkit.s3 import BucketNotFound, ObjectNotFound
from cloudkit.s3._address.object import ObjectAddress
from cloudkit.s3._engine import engine_for, native
from cloudkit.s3._engine.native import Native
from cloudkit.s3._engine.plain import Plain
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request

ENGINES = [
    pytest.param(Transfers(engine="boto3"), id="boto3"),
    pytest.param(Transfers(), id="obstore"),
]
# Keys that a path would not spell.
HARD_KEYS = [
    "a b/c d.txt",
    "a//b",
    "/a",
    "a/",
    "a/../b",
    "./a",
    "é/ü.txt",
    "100%/x+y=z",
    "a&b<c>d",
    "#?;:,@!'()*",
    "~tilde",
    "..",
    "emoji 🐈",
]


@pytest.fixture(params=ENGINES)
def transfers(request: pytest.FixtureRequest) -> Transfers:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def cloud(server_url: str, transfers: Transfers) -> Iterator[Cloud]:
    with Cloud(region="us-east-1", endpoint_url=server_url, transfers=transfers) as cloud:
        yield cloud
        cloud.close()


@pytest.fixture
def bucket(rig: Rig, cloud: Cloud) -> Bucket:
    return Bucket.create(rig.name("engines"), cloud=cloud)


def test_each_is_the_one_that_was_asked_for(cloud: Cloud, transfers: Transfers) -> None:
    wanted = "boto3" if transfers.engine == "boto3" else "obstore"
    assert engine_for(cloud).name == wanted
    assert engine_for(cloud) is engine_for(cloud)


def test_what_is_written_is_read(bucket: Bucket) -> None:
    written = {f"many/{number:03d}": bytes([number]) * number for number in range(50)}
    assert bucket.write_many(written) == 50
    read = list(bucket.read_many(written))
    assert [thing.key for thing, _ in read] == list(written)
    assert {thing.key: data for thing, data in read} == written
    assert bucket.delete_objects(written) == 50
    assert bucket.objects("many/").to_list() == []


@pytest.mark.parametrize("key", HARD_KEYS)
def test_keys_are_what_they_are(bucket: Bucket, key: str) -> None:
    bucket.write_many({key: key})
    assert [thing.key for thing in bucket.objects()] == [key]
    assert [(thing.key, data.decode()) for thing, data in bucket.read_many([key])] == [(key, key)]
    assert bucket[key].read_text() == key


@given(st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=30))
def test_obstore_takes_no_key_that_it_would_spell_otherwise(key: str) -> None:
    if native._SAFE_KEY.fullmatch(key):
        assert key == os.path.normpath(key)
        assert key.isascii()
        assert not key.startswith("/")


def test_options_are_kept(bucket: Bucket) -> None:
    bucket.write_many(
        [("page.html", "<p>"), ("data.csv", b"a,b")],
        metadata={"by": "me"},
        cache_control="max-age=60",
        content_disposition="attachment",
        tags={"team": "x"},
    )
    page = Object.get(bucket.name, "page.html")
    assert page.content_type == "text/html; charset=utf-8"
    assert page.metadata == {"by": "me"}
    assert page.raw["CacheControl"] == "max-age=60"
    assert page.raw["ContentDisposition"] == "attachment"
    assert dict(bucket["data.csv"].tags) == {"team": "x"}


def test_metadata_is_never_a_header(bucket: Bucket) -> None:
    wanted = {"content-type": "text/html", "storage-class": "GLACIER", "cache-control": "no"}
    bucket.write_many({"a.txt": "A"}, metadata=wanted)
    thing = Object.get(bucket.name, "a.txt")
    assert thing.metadata == wanted
    assert thing.content_type == "text/plain; charset=utf-8"


def test_plain_options_are_kept(bucket: Bucket) -> None:
    bucket.write_many({"a.json": "{}"}, metadata={"by": "me"}, cache_control="max-age=60")
    thing = Object.get(bucket.name, "a.json")
    assert (thing.content_type, thing.metadata) == ("application/json", {"by": "me"})
    assert thing.etag == f'"{hashlib.md5(b"{}").hexdigest()}"'


def test_what_is_missing_is_told_after_the_rest(bucket: Bucket) -> None:
    bucket.write_many({"a": "A", "c": "C"})
    read: list[str] = []
    with pytest.raises(BatchError) as caught:
        read.extend(thing.key for thing, _ in bucket.read_many(["a", "b", "c"]))
    assert read == ["a", "c"]
    (failed,) = caught.value.failed
    assert failed.item == "b"
    assert isinstance(failed.error, ObjectNotFound)
    assert failed.error.operation == "GetObject"
    assert [item for item, _ in caught.value.succeeded] == ["a", "c"]


def test_a_missing_bucket_is_told_at_once(cloud: Cloud, rig: Rig) -> None:
    missing = Bucket(rig.name("missing"), cloud=cloud)
    with pytest.raises(BucketNotFound):
        list(missing.read_many(f"k{number}" for number in range(10_000)))
    with pytest.raises(BucketNotFound):
        missing.write_many((f"k{number}", "x") for number in range(10_000))


def test_conditions_hold(bucket: Bucket) -> None:
    bucket["a"].write_text("old")
    with pytest.raises(BatchError) as caught:
        bucket.write_many({"a": "new", "b": "new"}, if_absent=True)
    assert [type(error) for _, error in caught.value.failed] == [PreconditionFailed]
    assert [data for _, data in bucket.read_many(["a", "b"])] == [b"old", b"new"]


def test_versions_are_read(bucket: Bucket) -> None:
    bucket.versioning = True
    bucket.write_many({"a": "1"})
    bucket.write_many({"a": "2"})
    versions = bucket["a"].versions().to_list()
    assert [data for _, data in bucket.read_many(versions)] == [b"2", b"1"]


def test_items_are_read_as_they_are_sent(bucket: Bucket) -> None:
    read = 0

    def keys() -> Iterator[str]:
        nonlocal read
        while True:
            read += 1
            yield "a"

    bucket["a"].write_text("x")
    found = bucket.read_many(keys())
    next(found)
    width = engine_for(bucket.cloud).width
    assert read <= 2 * width + 1
    found.close()  # type: ignore[attr-defined]


def test_one_object_is_read_by_it_too(bucket: Bucket) -> None:
    bucket["a.txt"].write_text("A")
    assert (bucket["a.txt"].read_bytes(), bucket["a.txt"].read_text()) == (b"A", "A")
    with pytest.raises(ObjectNotFound) as caught:
        bucket["b.txt"].read_bytes()
    assert caught.value.operation == "GetObject"


def test_large_ones_are_boto3_s(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "MAX_NATIVE_BYTES", 10)
    cloud = faults.cloud(transfers=Transfers())
    left = Refusing()
    engine = native.native_engine(cloud, left)
    assert engine is not None
    headers = {"ETag": '"e"', "Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT"}
    for size in (10, 11):
        faults.otherwise(Reply(body=bytes(size), headers=headers))
        engine.get(Object("acme-photos", f"get-{size}", cloud=cloud))
        engine.put(Object("acme-photos", f"put-{size}", cloud=cloud), bytes(size), {})
    assert left.asked == ["get-11", "put-11"]


# -- faults ------------------------------------------------------------------------------------------------------


def faulty(server: FaultServer, transfers: Transfers, attempts: int = 2) -> Bucket:
    return Bucket("acme-photos", cloud=server.cloud(attempts=attempts, transfers=transfers))


def test_refusals_are_the_same(faults: FaultServer, transfers: Transfers) -> None:
    for code, status, cls in (
        ("AccessDenied", 403, AccessDenied),
        ("NoSuchKey", 404, ObjectNotFound),
        ("SlowDown", 503, Throttled),
    ):
        faults.otherwise(Reply.s3_error(code, status=status))
        with pytest.raises(BatchError) as caught:
            list(faulty(faults, transfers, attempts=1).read_many(["k"]))
        error = caught.value.failed[0].error
        assert type(error) is cls
        assert (error.code, error.status, error.attempts) == (code, status, 1)


def test_credentials_that_ended_stop_it(faults: FaultServer, transfers: Transfers) -> None:
    faults.otherwise(Reply.s3_error("ExpiredToken", status=400))
    with pytest.raises(CredentialsError):
        list(faulty(faults, transfers).read_many(f"k{number}" for number in range(10_000)))


def test_what_passes_is_tried_again(faults: FaultServer, transfers: Transfers) -> None:
    faults.replies(Reply.s3_error("SlowDown", status=503), Reply(reset=True))
    faults.otherwise(
        Reply(body=b"x", headers={"ETag": '"e"', "Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT"})
    )
    bucket = faulty(faults, transfers, attempts=3)
    assert [data for _, data in bucket.read_many(["k"])] == [b"x"]
    faults.replies(Reply(reset=True), Reply.s3_error("InternalError", status=500))
    faults.otherwise(Reply(headers={"ETag": '"e"'}))
    assert bucket.write_many({"k": "x"}) == 1


def test_a_cut_body_is_never_a_short_one(faults: FaultServer, transfers: Transfers) -> None:
    whole = bytes(range(256)) * 64
    headers = {"ETag": '"e"', "Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT"}

    def rest(request: Request) -> Reply:
        start = int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        span = {"Content-Range": f"bytes {start}-{len(whole) - 1}/{len(whole)}"} if start else {}
        return Reply(206 if start else 200, whole[start:], {**headers, **span})

    faults.replies(Reply(body=whole, headers=headers, cut_after=5000))
    faults.otherwise(rest)
    assert [data for _, data in faulty(faults, transfers).read_many(["k"])] == [whole]


def test_a_server_that_is_not_there(transfers: Transfers) -> None:
    cloud = Cloud(
        region="us-east-1",
        endpoint_url="http://127.0.0.1:9",
        retry=Retry(attempts=1),
        timeouts=Timeouts(connect=0.5),
        transfers=transfers,
    )
    with pytest.raises(BatchError) as caught:
        list(Bucket("acme-photos", cloud=cloud).read_many(["k"]))
    assert isinstance(caught.value.failed[0].error, ConnectionFailed)


def test_the_same_credentials(
    faults: FaultServer, transfers: Transfers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIACANARY")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    faults.otherwise(
        Reply(body=b"x", headers={"ETag": '"e"', "Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT"})
    )
    list(faulty(faults, transfers).read_many(["k"]))
    (request,) = faults.requests
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert "Credential=AKIACANARY/" in headers["authorization"]
    assert headers["x-amz-security-token"] == "token"
    assert "us-east-1/s3/aws4_request" in headers["authorization"]


def test_anonymous_requests_are_not_signed(faults: FaultServer, transfers: Transfers) -> None:
    faults.otherwise(
        Reply(body=b"x", headers={"ETag": '"e"', "Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT"})
    )
    bucket = Bucket("acme-photos", cloud=faults.cloud(anonymous=True, transfers=transfers))
    assert [data for _, data in bucket.read_many(["k"])] == [b"x"]
    assert "authorization" not in {name.lower() for name in faults.requests[0].headers}


# -- which one ---------------------------------------------------------------------------------------------------


def test_boto3_does_what_obstore_cannot(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3

    def chosen(**options: Any) -> str:
        return engine_for(Cloud(region="us-east-1", **options)).name

    assert chosen() == chosen(endpoint_url=faults.url) == chosen(anonymous=True) == "obstore"
    assert engine_for(local()).name == "boto3"
    assert chosen(session=boto3.Session()) == "boto3"
    assert chosen(transfers=Transfers(engine="boto3")) == "boto3"
    assert chosen(transfers=Transfers(checksums="when_supported")) == "boto3"
    assert engine_for(Cloud(region="cn-north-1")).name == "boto3"
    for name, value in (
        ("AWS_CA_BUNDLE", "/some/ca.pem"),
        ("AWS_USE_FIPS_ENDPOINT", "true"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
        ("AWS_SKIP_SIGNATURE", "true"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert chosen() == "boto3", name
    with monkeypatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", "/some/ca.pem")
        assert chosen() == "boto3"
        patch.setenv("AWS_CA_BUNDLE", "/some/ca.pem")
        patch.setenv("SSL_CERT_FILE", "/some/ca.pem")
        assert chosen() == "obstore"


def test_without_credentials_boto3_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert engine_for(Cloud(region="us-east-1")).name == "boto3"


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.delitem(sys.modules, "cloudkit.s3._engine.native")
    monkeypatch.setitem(sys.modules, "obstore", None)
    assert engine_for(Cloud(region="us-east-1")).name == "boto3"


class Refusing(Plain):
    """Tells what obstore left to boto3."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get(self, source: ObjectAddress) -> bytes:
        self.asked.append(source.key)
        return b""

    def put(self, target: ObjectAddress, body: bytes, params: Any) -> None:
        self.asked.append(target.key)


def test_what_obstore_leaves_to_boto3(faults: FaultServer) -> None:
    faults.otherwise(
        Reply(body=b"x", headers={"ETag": '"e"', "Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT"})
    )
    cloud = faults.cloud(transfers=Transfers())
    left = Refusing()
    engine = native.native_engine(cloud, left)
    assert isinstance(engine, Native)
    engine.get(Object("acme-photos", "plain", cloud=cloud))
    engine.put(
        Object("acme-photos", "plain", cloud=cloud),
        b"x",
        {"ContentType": "text/plain", "Metadata": {"a": "b"}},
    )
    assert left.asked == []
    engine.get(Object("acme-photos", "v", "version", cloud=cloud))
    engine.get(Object("acme-photos", "o", expected_bucket_owner="123456789012", cloud=cloud))
    engine.get(Object("acme-photos", "k", customer_key=bytes(32), cloud=cloud))
    engine.get(Object("acme-photos", "a//b", cloud=cloud))
    for params in (
        {"IfNoneMatch": "*"},
        {"Tagging": "a=b"},
        {"ServerSideEncryption": "aws:kms"},
        {"ACL": "private"},
    ):
        engine.put(Object("acme-photos", next(iter(params)), cloud=cloud), b"x", params)
    assert left.asked == ["v", "o", "k", "a//b", "IfNoneMatch", "Tagging", "ServerSideEncryption", "ACL"]


def _read_in_a_child(cloud: Cloud, name: str, answers: Any) -> None:
    answers.put((engine_for(cloud).name, [data for _, data in Bucket(name, cloud=cloud).read_many(["a"])]))


def test_after_a_fork_it_goes_on(server_url: str, rig: Rig) -> None:
    cloud = Cloud(region="us-east-1", endpoint_url=server_url)
    bucket = Bucket.create(rig.name("forked"), cloud=cloud)
    bucket.write_many({"a": "A"})
    assert engine_for(cloud).name == "obstore"
    if "fork" not in multiprocessing.get_all_start_methods():
        return  # such a system has no forks to go wrong
    context = multiprocessing.get_context("fork")
    answers: Any = context.Queue()
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of forks where there are threads
        child = context.Process(target=_read_in_a_child, args=(cloud, bucket.name, answers))
        child.start()
    assert answers.get(timeout=30) == ("boto3", [b"A"])
    child.join(30)
    assert child.exitcode == 0


# moto may take what follows two slashes for the name of a host, and refuses those that cannot be one.
_KEYS = st.text("abc/._- é", min_size=1, max_size=12).filter(lambda key: "//" not in key)


@settings(max_examples=20)
@given(st.dictionaries(_KEYS, st.binary(max_size=100), max_size=8))
def test_both_leave_the_same_world(contents: dict[str, bytes]) -> None:
    cloud = local()
    bucket = Bucket.create("acme-same", cloud=cloud)
    assert bucket.write_many(contents) == len(contents)
    assert {thing.key: data for thing, data in bucket.read_many(sorted(contents))} == contents
