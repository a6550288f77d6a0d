"""Whose bucket it must be, and who pays: said by every request that can say it.

moto takes both words and heeds neither, so what is looked at is what is sent.
"""

from __future__ import annotations

import ast
import inspect
import pickle
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cloudkit import Bucket, Cloud, Folder, InvalidRequest, Object
from cloudkit.s3 import BucketNotFound, ObjectLock, Upload
from cloudkit.s3._address.way import PAYER
from cloudkit.s3._engine import engine_for
from cloudkit.s3._files import multipart
from cloudkit.s3._transfer import upload as upload_module
from tests.conftest import Rig
from tests.contract import package
from tests.faults import FaultServer, Reply, Request

PAYER_HEADER, OWNER_HEADER = "x-amz-request-payer", "x-amz-expected-bucket-owner"
PART = 5 * 1024**2
CLASSES: tuple[type[Any], ...] = (Bucket, Folder, Object, Upload)


class Recorder:
    """What S3's operations were called with, by all clients that are made of the Cloud's session from now on."""

    def __init__(self, cloud: Cloud) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        cloud._hub.boto3_session().events.register_first("provide-client-params.s3", self._note)

    def _note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.calls.append((model.name, dict(params)))

    @property
    def operations(self) -> set[str]:
        return {operation for operation, _ in self.calls}

    def wrong(self, name: str, value: str) -> list[str]:
        """The operations that take a parameter and did not get it."""
        return sorted(
            {
                operation
                for operation, params in self.calls
                if name in members(operation) and params.get(name) != value
            }
        )


def members(operation: str) -> Any:
    return package.model("s3").operation_model(operation).input_shape.members


def operations_in_s3() -> set[str]:
    """The operations that the code of S3 names, whatever it does with the names."""
    known = package.operations("s3")
    return {
        known[node.value]
        for file in (package.ROOT / "s3").rglob("*.py")
        if file.name != "_directory.py"  # which names what is not called
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in known
    }


def operations_named(with_parameter: str) -> set[str]:
    """Those with that parameter."""
    return {operation for operation in operations_in_s3() if with_parameter in members(operation)}


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_module, "UPLOAD_PUT_BYTES", PART)
    monkeypatch.setattr(upload_module, "UPLOAD_PART_BYTES", PART)
    monkeypatch.setattr(multipart, "PART_BYTES", PART)


def use_what_is_in_it(bucket: Bucket, folder: Path) -> None:
    """Do what makes every operation on objects, but for those of Object Lock."""
    thing = bucket["a/b.txt"].write_text("text", tags={"a": "b"}, metadata={"by": "me"})
    assert (thing.read_text(), thing.refresh().size) == ("text", 4)
    thing.tags["c"] = "d"
    thing.tags.clear()
    thing.copy_to("copy.txt", keep=("metadata", "tags", "acl")).move_to("moved.txt")
    assert "missing" not in bucket
    for _ in range(2):
        with bucket["doc.json"].edit(default={"n": 0}) as document:
            document["n"] += 1
    with bucket.lock("name"):
        pass
    for each in (bucket.objects(), bucket.versions(), bucket.folder("a").children(), bucket.uploads()):
        each.to_list()
    bucket.objects(parallel=2).to_list()
    bucket.glob("**/*.txt").to_list()
    bucket.filesystem().ls("a")
    bucket.write_many({"one": b"1", "two": b"2"})
    assert [data for _, data in bucket.read_many(["one", "two"])] == [b"1", b"2"]
    large = bucket["large"].upload(b"x" * (PART + 1))
    large.copy_to("large-copy", part_size=PART)
    with large.open("rb") as file:
        file.seek(PART)
        assert file.read() == b"x"
    assert large.verify(b"x" * (PART + 1))
    leave_half_written(bucket["never"])
    started = bucket.cloud.call("s3", "create_multipart_upload", Bucket=bucket.name, Key="left")["UploadId"]
    upload = bucket.uploads().one()
    assert (upload.key, upload.id, upload.exists(), upload.parts().to_list()) == ("left", started, True, [])
    upload.abort()
    (folder / "f.txt").write_text("file")
    bucket.sync_from(folder, "site")
    bucket.sync_to(folder / "back", "site")
    bucket.copy_tree(bucket.folder("mirror"), "site")
    bucket.folder("mirror").delete()
    assert bucket.acceleration is False


def leave_half_written(thing: Object) -> None:
    with suppress(RuntimeError), thing.open("wb") as file:
        file.write(b"x" * (PART + 1))
        raise RuntimeError


def use_locks(bucket: Bucket) -> None:
    """The operations of Object Lock."""
    bucket.object_lock = ObjectLock(mode="GOVERNANCE", days=1)
    thing = bucket["locked"].write_text("x", checksum="crc32")  # which such a bucket asks for
    thing.legal_hold = True
    assert thing.legal_hold is True
    thing.legal_hold = False
    thing.retain(datetime.now(timezone.utc) + timedelta(days=2))


def test_all_that_can_say_who_pays_and_whose_it_is_says_so(rig: Rig, tmp_path: Path) -> None:
    recorder = Recorder(rig.cloud)
    plain, locked = rig.name("plain"), rig.name("locked")
    Bucket.create(plain)
    Bucket.create(locked, object_lock=True)
    recorder.calls.clear()
    owner = rig.cloud.account_id
    bucket, vault = (
        Bucket(name, expected_bucket_owner=owner, request_payer=True) for name in (plain, locked)
    )
    use_what_is_in_it(bucket, tmp_path)
    use_locks(vault)
    begun = [call for call in recorder.calls if call[1].get("Key") == "left"]
    recorder.calls = [call for call in recorder.calls if call != begun[0]]  # the test's own raw call
    assert recorder.wrong("RequestPayer", PAYER) == []
    assert recorder.wrong("ExpectedBucketOwner", owner) == []
    assert recorder.wrong("ExpectedSourceBucketOwner", owner) == []
    assert operations_named("RequestPayer") - recorder.operations == set()
    assert len(operations_named("RequestPayer")) > 20


def test_nobody_pays_unless_it_is_said(rig: Rig, tmp_path: Path) -> None:
    recorder = Recorder(rig.cloud)
    use_what_is_in_it(Bucket.create(rig.name("plain")), tmp_path)
    assert [call for call in recorder.calls if "RequestPayer" in call[1]] == []
    assert [call for call in recorder.calls if "ExpectedBucketOwner" in call[1]] == []


def test_every_setting_says_whose_it_is(rig: Rig) -> None:
    recorder = Recorder(rig.cloud)
    owner = rig.cloud.account_id
    bucket = Bucket.create(
        rig.name("settings"), expected_bucket_owner=owner, versioning=True, tags={"a": "b"}, tls_only=True
    )
    assert bucket.expected_bucket_owner == owner
    again = Bucket.ensure(
        bucket.name,
        expected_bucket_owner=owner,
        versioning=True,
        encryption="AES256",
        tags={"a": "c"},
        update=True,
    )
    assert again.expected_bucket_owner == owner
    for name in (
        *("cors", "website", "logging", "replication", "acceleration", "requester_pays", "ownership"),
        *("object_lock", "encryption", "public_access", "versioning"),
    ):
        getattr(bucket, name)
    assert bucket.policy.statements
    assert dict(bucket.tags) == {"a": "c"}
    bucket.delete(force=True)
    assert recorder.wrong("ExpectedBucketOwner", owner) == []
    assert {"HeadBucket", "PutPublicAccessBlock", "DeleteBucket"} <= recorder.operations


def test_a_header_in_every_request(faults: FaultServer) -> None:
    faults.otherwise(Reply(200, headers={"ETag": '"e"'}))
    bucket = Bucket("theirs", request_payer=True, expected_bucket_owner="123456789012", cloud=faults.cloud())
    bucket["k"].write_text("x")
    bucket["k"].read_bytes()
    bucket["k"].delete()
    assert [request.headers.get(PAYER_HEADER) for request in faults.requests] == ["requester"] * 3
    assert [request.headers.get(OWNER_HEADER) for request in faults.requests] == ["123456789012"] * 3
    faults.requests.clear()
    bucket["k"]._write_tags({})
    bucket.refresh()
    assert [PAYER_HEADER in request.headers for request in faults.requests] == [False, False]


def test_a_copy_is_paid_for_where_either_side_says_so(faults: FaultServer) -> None:
    faults.otherwise(Reply.xml("<CopyObjectResult><ETag>&quot;e&quot;</ETag></CopyObjectResult>"))
    cloud = faults.cloud()
    theirs, ours = Bucket("theirs", request_payer=True, cloud=cloud), Bucket("ours", cloud=cloud)
    for source, target in ((theirs, ours), (ours, theirs)):
        source["k"].copy_to(target["k"])
        assert faults.requests.pop().headers[PAYER_HEADER] == "requester"
    ours["k"].copy_to(ours["l"])
    assert PAYER_HEADER not in faults.requests.pop().headers


# -- what comes of it ----------------------------------------------------------------------------------------------


def way(of: Any) -> tuple[str | None, bool]:
    return of.expected_bucket_owner, of.request_payer


def all_from(bucket: Bucket) -> Iterator[Any]:
    """Everything that is made of a bucket without a request."""
    thing, folder = bucket["a/b"], bucket.folder("a")
    yield from (thing, folder, thing.bucket, folder.bucket, thing.parent, thing / "c", folder / "c")
    yield from (folder.folder("d"), folder.parent, thing.at("v"), thing.parent.parent)
    yield from (thing._place_of("other"), thing._place_of(f"s3://{bucket.name}/x"), thing._place_of(bucket))
    yield Upload(bucket.name, "k", "id", expected_bucket_owner="123456789012", request_payer=True).object


def test_it_travels_to_all_that_is_in_it(rig: Rig) -> None:
    bucket = Bucket("theirs", expected_bucket_owner="123456789012", request_payer=True)
    assert {way(each) for each in all_from(bucket)} == {("123456789012", True)}
    assert {
        way(pickle.loads(pickle.dumps(each)))
        for each in all_from(Bucket("b", cloud=Cloud(region="us-east-1")))
    } == {
        (None, False),
        ("123456789012", True),  # the upload's
    }
    elsewhere = bucket["k"]._place_of("s3://another/k")
    assert way(elsewhere) == (None, False)


def test_what_is_listed_has_it(rig: Rig) -> None:
    name = Bucket.create(rig.name("listed")).name
    bucket = Bucket(name, expected_bucket_owner=rig.cloud.account_id, request_payer=True)
    bucket["a/b"].write_text("x")
    bucket.cloud.call("s3", "create_multipart_upload", Bucket=name, Key="u")
    listings = (
        bucket.objects(),
        bucket.objects(parallel=2),
        bucket.objects(suffix="b"),
        bucket.versions(),
        bucket.folder("").children(),
        bucket.folder("").folders(),
        bucket.glob("*/b"),
        bucket.uploads(),
    )
    for listing in listings:
        assert {way(each) for each in listing} == {(rig.cloud.account_id, True)}
    for folder, folders, objects in bucket.walk():
        assert {way(each) for each in (folder, *folders, *objects)} == {(rig.cloud.account_id, True)}
    (found,) = Bucket.list(prefix=name, expected_bucket_owner=rig.cloud.account_id)
    assert found.expected_bucket_owner == rig.cloud.account_id


@pytest.mark.parametrize("cls", CLASSES)
def test_every_way_to_get_one_takes_both(cls: type[Any]) -> None:
    for name in ("__init__", "get", "find"):
        method = getattr(cls, name, None)
        if method is not None:
            assert {"expected_bucket_owner", "request_payer", "cloud"} <= inspect.signature(
                method
            ).parameters.keys()


def test_get_and_find_hand_it_on(rig: Rig) -> None:
    name = Bucket.create(rig.name("got")).name
    Bucket(name)["a/b"].write_text("x")
    both: dict[str, Any] = {"expected_bucket_owner": rig.cloud.account_id, "request_payer": True}
    for found in (
        Bucket.get(name, **both),
        Bucket.find(name, **both),
        Object.get(name, "a/b", **both),
        Object.find(name, "a/b", **both),
        Folder.get(name, "a", **both),
    ):
        assert way(found) == (rig.cloud.account_id, True)
    begun = rig.cloud.call("s3", "create_multipart_upload", Bucket=name, Key="u")
    assert way(Upload.get(name, "u", id=begun["UploadId"], **both)) == (rig.cloud.account_id, True)


def test_a_missing_bucket_is_asked_for_with_its_owner(faults: FaultServer) -> None:
    faults.otherwise(Reply(404))
    with pytest.raises(BucketNotFound):
        Object.get("b", "k", expected_bucket_owner="123456789012", cloud=faults.cloud())
    assert [request.headers[OWNER_HEADER] for request in faults.requests] == ["123456789012"] * 2


@pytest.mark.parametrize("wrong", ["requester", 1, None])
def test_it_is_yes_or_no(wrong: Any) -> None:
    makers = (
        lambda: Bucket("b", request_payer=wrong),
        lambda: Object("b", "k", request_payer=wrong),
        lambda: Folder("b", "k", request_payer=wrong),
        lambda: Upload("b", "k", "id", request_payer=wrong),
    )
    for make in makers:
        with pytest.raises(InvalidRequest, match="request_payer=") as caught:
            make()
        assert "RequestPayer='requester'" in str(caught.value.hint)


# -- links and the other engine --------------------------------------------------------------------------------------


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_links_have_it_in_their_address(region: str) -> None:
    cloud = Cloud(region=region, role=None)
    thing = Object("theirs", "a b", request_payer=True, expected_bucket_owner="123456789012", cloud=cloud)
    link = thing.url(region=region)
    query = parse_qs(urlsplit(link).query)
    assert query[PAYER_HEADER] == ["requester"]
    assert query["X-Amz-SignedHeaders"] == ["host"]
    assert "X-Amz-Signature" in query
    assert link.headers == {}
    upload = thing.upload_url(region=region)
    assert parse_qs(urlsplit(upload).query)[PAYER_HEADER] == ["requester"]
    assert PAYER_HEADER not in upload.headers
    assert upload.headers == {OWNER_HEADER: "123456789012"}
    assert PAYER_HEADER not in Object("ours", "k", cloud=cloud).url(region=region)


def test_a_link_is_signed_with_it(rig: Rig) -> None:
    # The signature covers the query: with the payer cut out it would be another one.
    thing = Object("theirs", "k", request_payer=True, cloud=Cloud(region="us-east-1"))
    with_payer, without = (
        urlsplit(each.url(region="us-east-1"))
        for each in (thing, Object("theirs", "k", cloud=Cloud(region="us-east-1")))
    )
    assert parse_qs(with_payer.query)["X-Amz-Signature"] != parse_qs(without.query)["X-Amz-Signature"]


def test_a_form_cannot_say_it() -> None:
    bucket = Bucket("theirs", request_payer=True, cloud=Cloud(region="us-east-1"))
    with pytest.raises(InvalidRequest, match="form") as caught:
        bucket.upload_form("k", max_size=10)
    assert "upload_url" in str(caught.value.hint)


def test_the_other_engine_leaves_it_to_boto3(faults: FaultServer) -> None:
    pytest.importorskip("obstore")
    from cloudkit import Transfers

    def answer(request: Request) -> Reply:
        return Reply(200, b"x" if request.method == "GET" else b"", {"ETag": '"e"'})

    faults.otherwise(answer)
    cloud = faults.cloud(transfers=Transfers())
    assert engine_for(cloud).name == "obstore"
    bucket = Bucket("theirs", request_payer=True, cloud=cloud)
    bucket.write_many({"a": b"x"})
    assert [data for _, data in bucket.read_many(["a"])] == [b"x"]
    assert [request.headers[PAYER_HEADER] for request in faults.requests] == ["requester"] * 2
    assert all("boto" in request.headers["User-Agent"].lower() for request in faults.requests)
