"""Directory buckets. No embedded cloud has any: what is sent is looked at, and what is refused before."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from cloudkit import Bucket, Cloud, Folder, InvalidRequest, Object
from cloudkit.errors import AlreadyExists, CloudError, ConnectionFailed, PreconditionFailed
from cloudkit.s3 import ObjectNotFound, Upload
from cloudkit.s3._directory import REFUSED_OPERATIONS, REFUSED_PARAMETERS
from tests.contract import package
from tests.faults import FaultServer, Reply, Request
from tests.s3._address.test_way import members, operations_in_s3

NAME = "logs--usw2-az1--x-s3"
SESSION = (
    "<CreateSessionResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey>"
    "<SessionToken>T</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></CreateSessionResult>"
)
ETAG = '"e0"'


class Directory:
    """A directory bucket's server, as far as it is needed: listings in an order of its own, sessions, renames."""

    def __init__(self, server: FaultServer, keys: dict[str, bytes] | None = None) -> None:
        self.server = server
        self.keys = dict(keys or {})
        self.page = 2
        server.otherwise(self.answer)

    @property
    def requests(self) -> list[Request]:
        return [request for request in self.server.requests if "session" not in request.query]

    @property
    def bucket(self) -> Bucket:
        return Bucket(NAME, cloud=self.server.cloud())

    def answer(self, request: Request) -> Reply:
        if "session" in request.query:
            return Reply.xml(SESSION)
        if request.method == "GET" and "list-type" in request.query:
            return self._list(request)
        key = request.path.partition("/")[2].partition("/")[2]
        if request.method in ("GET", "HEAD") and key:
            if key not in self.keys:
                return Reply.s3_error("NoSuchKey")
            return Reply(200, self.keys[key], {"ETag": ETAG})
        return Reply(200, headers={"ETag": ETAG})

    def _list(self, request: Request) -> Reply:
        prefix = request.query.get("prefix", [""])[0]
        assert prefix == "" or prefix.endswith("/")
        assert "start-after" not in request.query
        found = [key for key in sorted(self.keys, key=lambda key: key[::-1]) if key.startswith(prefix)]
        rows, folders = [], []
        for key in found:
            rest = key[len(prefix) :]
            if "delimiter" in request.query and "/" in rest:
                folders.append(prefix + rest.partition("/")[0] + "/")
            else:
                rows.append(key)
        begin = int(request.query.get("continuation-token", ["0"])[0])
        end = begin + self.page
        more = end < len(rows)
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>{ETAG}</ETag><Size>{len(self.keys[key])}</Size><StorageClass>EXPRESS_ONEZONE</StorageClass></Contents>"
            for key in rows[begin:end]
        )
        prefixes = "".join(
            f"<CommonPrefixes><Prefix>{each}</Prefix></CommonPrefixes>" for each in dict.fromkeys(folders)
        )
        token = f"<NextContinuationToken>{end}</NextContinuationToken>" if more else ""
        return Reply.xml(
            f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{token}{contents}{prefixes}</ListBucketResult>"
        )


@pytest.fixture
def there(faults: FaultServer) -> Directory:
    return Directory(faults)


# -- moving ------------------------------------------------------------------------------------------------------


def test_a_move_within_one_renames(there: Directory) -> None:
    thing = there.bucket["a b/ä+.txt"]
    moved = thing.move_to("new/name.txt")
    assert (moved.bucket_name, moved.key) == (NAME, "new/name.txt")
    (request,) = there.requests
    assert (request.method, request.path) == ("PUT", f"/{NAME}/new/name.txt")
    assert "renameObject" in request.query
    assert request.headers["x-amz-rename-source"] == "a%20b/%C3%A4%2B.txt"
    assert request.headers["x-amz-client-token"]
    assert "If-Match" not in request.headers
    assert "If-None-Match" not in request.headers


def test_conditions_of_a_rename_are_about_the_target(there: Directory) -> None:
    there.bucket["k"].move_to("l", if_absent=True)
    there.bucket["k"].move_to("l", if_match='"old"')
    one, two = there.requests
    assert (one.headers["If-None-Match"], two.headers["If-Match"]) == ("*", '"old"')
    there.server.replies(Reply.xml(SESSION), Reply.s3_error("PreconditionFailed", status=412))
    with pytest.raises(PreconditionFailed):
        there.bucket["k"].move_to("l", if_absent=True)
    with pytest.raises(InvalidRequest, match="if_match"):
        there.bucket["k"].move_to("l", if_match="")


def test_a_rename_of_what_is_not_there(there: Directory) -> None:
    there.server.replies(Reply.xml(SESSION), Reply.s3_error("NoSuchKey"))
    with pytest.raises(ObjectNotFound):
        there.bucket["k"].move_to("l")


def test_a_lost_answer_of_a_rename_is_asked_for_again_with_the_same_token(faults: FaultServer) -> None:
    faults.replies(Reply.xml(SESSION), Reply(reset=True), Reply(200))
    Bucket(NAME, cloud=faults.cloud(attempts=2))["k"].move_to("l")
    first, second = (request for request in faults.requests if "renameObject" in request.query)
    assert first.headers["x-amz-client-token"] == second.headers["x-amz-client-token"]


def test_a_rename_tells_its_progress(there: Directory) -> None:
    seen: list[Any] = []
    thing = there.bucket["k"]._learn({"Size": 7}, whole=False)
    thing.move_to("l", progress=seen.append)
    assert (seen[-1].done, seen[-1].total) == (7, 7)


@pytest.mark.parametrize(
    ("key", "target", "options"),
    [
        ("k", "l", {"metadata": {"a": "b"}}),
        ("k", "l", {"content_type": "text/plain"}),
        ("k", "l", {"keep": ()}),
        ("k", "folder/x/", {}),  # a folder, so the name stays: folder/x/k
        ("k/", "s3://other--usw2-az1--x-s3/k", {}),
        ("k", "s3://plain/k", {}),
    ],
)
def test_what_changes_more_than_the_name_is_copied(
    there: Directory, key: str, target: str, options: Any
) -> None:
    there.keys = {key: b"x"}
    renames = target == "folder/x/"
    try:
        there.bucket[key].move_to(target, **options)
    except InvalidRequest as error:
        pytest.fail(str(error))
    assert any("renameObject" in request.query for request in there.requests) is renames
    assert any("x-amz-copy-source" in request.headers for request in there.requests) is not renames


def test_the_key_of_a_folder_is_copied(there: Directory) -> None:
    there.keys = {"a/": b""}
    there.bucket["a/"].move_to(there.bucket["b"])
    assert not any("renameObject" in request.query for request in there.requests)


def test_no_other_bucket_renames(faults: FaultServer) -> None:
    faults.otherwise(Reply(200, headers={"ETag": ETAG}))
    Bucket("plain", cloud=faults.cloud())["k"].move_to("l")
    assert [request.method for request in faults.requests] == ["HEAD", "PUT", "DELETE"]


def test_a_copy_from_one_has_no_tags_to_take_along(there: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    from cloudkit.s3._transfer import copy

    monkeypatch.setattr(copy, "MAX_COPY_BYTES", 1)
    there.keys = {"k": b"xx"}
    there.server.replies(
        Reply.xml(SESSION),
        Reply(200, b"xx", {"ETag": ETAG}),
        Reply.xml("<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"),
        Reply.xml("<CopyPartResult><ETag>p</ETag></CopyPartResult>"),
        Reply.xml("<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"),
    )
    there.bucket["k"].copy_to(Object("plain", "k", cloud=there.bucket.cloud))
    assert not any("tagging" in request.query for request in there.requests)


def test_a_copy_to_one_of_what_has_tags_says_what_to_do(there: Directory) -> None:
    source = Object("plain", "k", cloud=there.bucket.cloud)
    there.server.otherwise(Reply.s3_error("NotImplemented", "A header you provided", status=501))
    with pytest.raises(CloudError, match="A header") as caught:
        source.copy_to(there.bucket["k"])
    assert "keep=('metadata',)" in str(caught.value.hint)


def test_a_document_is_edited_without_its_tags(there: Directory) -> None:
    there.keys = {"doc.json": b'{"n": 1}'}
    with there.bucket["doc.json"].edit() as document:
        document["n"] += 1
    assert [request.method for request in there.requests] == ["GET", "PUT"]
    assert "x-amz-tagging" not in there.requests[1].headers


# -- listings without an order -----------------------------------------------------------------------------------------

KEYS = {
    "b/2.txt": b"1",
    "a.txt": b"22",
    "b/1.gz": b"333",
    "c/d/e.txt": b"4",
    "c/f.txt": b"55",
    "b/sub/3.txt": b"",
}


@pytest.fixture
def filled(faults: FaultServer) -> Directory:
    return Directory(faults, KEYS)


def test_all_is_listed_in_whatever_order(filled: Directory) -> None:
    bucket = filled.bucket
    assert {each.key: each.size for each in bucket.objects()} == {
        key: len(data) for key, data in KEYS.items()
    }
    assert {each.key for each in bucket.objects("b/", suffix=".txt")} == {"b/2.txt", "b/sub/3.txt"}
    assert {str(each) for each in bucket.folder("b").children()} == {
        f"s3://{NAME}/b/2.txt",
        f"s3://{NAME}/b/1.gz",
        f"s3://{NAME}/b/sub/",
    }
    assert {folder.prefix for folder, _, _ in bucket.walk()} == {"", "b/", "b/sub/", "c/", "c/d/"}
    usage = bucket.usage(depth=1)
    assert (usage.count, usage.size) == (6, 9)
    assert [(each.prefix, each.count) for each in usage.folders] == [("b/", 3), ("c/", 2)]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.txt", {"a.txt"}),
        ("a*", {"a.txt"}),
        ("**/*.txt", {"b/2.txt", "a.txt", "c/d/e.txt", "c/f.txt", "b/sub/3.txt"}),
        ("b/*.gz", {"b/1.gz"}),
        ("b/[12].*", {"b/1.gz", "b/2.txt"}),
        ("?/*.txt", {"b/2.txt", "c/f.txt"}),
        ("b/**", {"b/2.txt", "b/1.gz", "b/sub/3.txt"}),
        ("b**", set()),
        ("c/d/e.txt", {"c/d/e.txt"}),
        ("c/d/x.txt", set()),
        ("*/*/*", {"c/d/e.txt", "b/sub/3.txt"}),
    ],
)
def test_patterns(filled: Directory, pattern: str, found: set[str]) -> None:
    assert {each.key for each in filled.bucket.glob(pattern)} == found


def test_a_sync_is_right(filled: Directory, tmp_path: Path) -> None:
    for key, data in {**KEYS, "new.txt": b"n"}.items():
        path = tmp_path / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "a.txt").unlink()
    (tmp_path / "c/f.txt").write_bytes(b"other")
    plan = filled.bucket.sync_from(tmp_path, compare="size", delete=True, dry_run=True)
    assert [each.name for each in plan.transfers] == ["c/f.txt", "new.txt"]
    assert [each.name for each in plan.deletes] == ["a.txt"]
    assert len(plan.skipped) == 4
    back = filled.bucket.sync_to(tmp_path, compare="size", dry_run=True)
    assert {each.name for each in back.transfers} == {"a.txt", "c/f.txt"}


def test_it_is_emptied_by_its_objects(filled: Directory) -> None:
    uploads = Reply.xml(
        "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"
    )
    deleted: list[str] = []

    def answer(request: Request) -> Reply:
        if "uploads" in request.query:
            return uploads
        if "delete" in request.query:
            keys = re.findall(rb"<Key>([^<]*)</Key>", request.body)
            deleted.extend(key.decode() for key in keys)
            return Reply.xml(
                "<DeleteResult>"
                + "".join(f"<Deleted><Key>{key.decode()}</Key></Deleted>" for key in keys)
                + "</DeleteResult>"
            )
        assert "versions" not in request.query
        return filled.answer(request)

    filled.server.otherwise(answer)
    found = filled.bucket.empty(dry_run=True)
    assert (found.versions, found.delete_markers, found.size) == (6, 0, 9)
    assert deleted == []
    filled.bucket.delete(force=True)
    assert sorted(deleted) == sorted(KEYS)
    assert filled.requests[-1].method == "DELETE"


def test_uploads_are_found_in_the_folder_of_their_key(
    there: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(
        f"<Upload><Key>{key}</Key><UploadId>{key}-id</UploadId><Initiated>2026-01-01T00:00:00Z</Initiated></Upload>"
        for key in ("a/z.bin", "a/film.bin")
    )
    there.server.otherwise(
        lambda request: (
            Reply.xml(
                f"<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>{rows}</ListMultipartUploadsResult>"
            )
            if "uploads" in request.query
            else there.answer(request)
        )
    )
    assert Upload(NAME, "a/film.bin", "a/film.bin-id", cloud=there.bucket.cloud).exists()
    assert not Upload(NAME, "a/film.bin", "other", cloud=there.bucket.cloud).exists()
    assert {request.query["prefix"][0] for request in there.requests} == {"a/"}
    assert "prefix" not in _listing_of(there, "top.bin").query


def _listing_of(there: Directory, key: str) -> Request:
    Upload(NAME, key, "id", cloud=there.bucket.cloud).exists()
    return there.requests[-1]


def test_prefixes_are_folders(there: Directory) -> None:
    for listing in (there.bucket.objects("a/b"), there.bucket.uploads("a/b")):
        with pytest.raises(InvalidRequest, match="slash") as caught:
            listing.to_list()
        assert "glob('a/b**')" in str(caught.value.hint)
    assert there.server.requests == []


# -- what they do not have -----------------------------------------------------------------------------------------


def refused() -> Iterator[tuple[str, Callable[[Bucket], object]]]:
    """What says no, with a word of why."""
    yield "versions", lambda bucket: bucket.versions().to_list()
    yield "versions", lambda bucket: bucket.versioning
    yield "versions", lambda bucket: setattr(bucket, "versioning", True)
    yield "versions", lambda bucket: bucket.restore(at=datetime(2026, 1, 1, tzinfo=timezone.utc))
    yield "versions", lambda bucket: bucket["k"].versions().to_list()
    yield "versions", lambda bucket: bucket["k"].at("v").read_bytes()
    yield "versions", lambda bucket: bucket["k"].at("v").delete()
    yield "versions", lambda bucket: bucket["k"].at("v").restore()
    yield "versions", lambda bucket: bucket["k"].undelete()
    yield "versions", lambda bucket: bucket["k"].at("v").copy_to(Object("plain", "k", cloud=bucket.cloud))
    yield "tags", lambda bucket: dict(bucket.tags)
    yield "tags", lambda bucket: bucket.tags.update(a="b")
    yield "tags", lambda bucket: dict(bucket["k"].tags)
    yield "tags", lambda bucket: bucket["k"].write_bytes(b"", tags={"a": "b"})
    yield "tags", lambda bucket: bucket["k"].upload_url(tags={"a": "b"}, expires=60, region="us-west-2")
    yield "Object Lock", lambda bucket: bucket.object_lock
    yield "Object Lock", lambda bucket: bucket["k"].legal_hold
    yield "Object Lock", lambda bucket: setattr(bucket["k"], "legal_hold", True)
    yield "Object Lock", lambda bucket: bucket["k"].retain(datetime(2099, 1, 1, tzinfo=timezone.utc))
    yield "ACLs", lambda bucket: bucket["k"].write_bytes(b"", acl="private")
    yield "ACLs", lambda bucket: bucket["k"].copy_to("l", keep=("metadata", "acl"))
    yield "owner", lambda bucket: bucket.ownership
    yield "public", lambda bucket: bucket.public_access
    yield "CORS", lambda bucket: list(bucket.cors)
    yield "websites", lambda bucket: bucket.website
    yield "logs", lambda bucket: bucket.logging
    yield "notifications", lambda bucket: list(bucket.notifications)
    yield "replication", lambda bucket: bucket.replication
    yield "Acceleration", lambda bucket: bucket.acceleration
    yield "pays", lambda bucket: bucket.requester_pays
    yield "pays", lambda bucket: Bucket(NAME, request_payer=True, cloud=bucket.cloud)["k"].read_bytes()
    yield (
        "customer keys",
        lambda bucket: Object(NAME, "k", customer_key=b"k" * 32, cloud=bucket.cloud).read_bytes(),
    )
    yield "order", lambda bucket: bucket.objects(parallel=4)
    yield "order", lambda bucket: bucket.usage(parallel=4)
    yield "form", lambda bucket: bucket.upload_form("k", max_size=1)


@pytest.mark.parametrize(
    ("why", "use"), [pytest.param(*each, id=f"{index}-{each[0]}") for index, each in enumerate(refused())]
)
def test_what_they_do_not_have_is_refused_before(
    there: Directory, why: str, use: Callable[[Bucket], object]
) -> None:
    there.keys = {"k": b"x"}
    with pytest.raises(InvalidRequest, match=why) as caught:
        use(there.bucket)
    assert "directory buckets have no" in str(caught.value)
    assert caught.value.resource == NAME
    # A copy with ACLs asks for the source first, which is no harm.
    assert {request.method for request in there.requests} <= {"HEAD"}


def test_what_they_have_is_sent(there: Directory) -> None:
    bucket = there.bucket
    bucket["k"].write_text("x", metadata={"a": "b"}, if_absent=True)
    bucket["k"].delete()
    bucket["k"].at("null").delete()
    assert [request.method for request in there.requests] == ["PUT", "DELETE", "DELETE"]


def test_a_raw_call_is_let_through(there: Directory) -> None:
    # Should S3 learn it one day, nobody has to wait for cloudkit.
    there.bucket.cloud.call("s3", "get_bucket_versioning", Bucket=NAME)
    assert "versioning" in there.requests[0].query


def test_other_buckets_are_none(faults: FaultServer) -> None:
    faults.otherwise(Reply.xml("<VersioningConfiguration/>"))
    assert Bucket("logs-x-s3", cloud=faults.cloud()).versioning is False


def test_an_access_point_to_one_is_one(there: Directory) -> None:
    with pytest.raises(InvalidRequest, match="versions"):
        _ = Bucket("point--usw2-az1--xa-s3", cloud=there.bucket.cloud).versioning


# -- what AWS says -------------------------------------------------------------------------------------------------


def says_no(what: str, documentation: str) -> bool:
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", documentation)))
    return re.search(rf"This {what} is not supported (?:for|by) directory buckets", text) is not None


def test_what_is_refused_is_what_aws_says_of_the_operations() -> None:
    # By AWS's own words in botocore's model, of each operation that the code of S3 names.
    named = operations_in_s3() - {"ListBuckets"}  # which is about no bucket
    said = {
        name
        for name in named
        if says_no("operation", package.model("s3").operation_model(name).documentation)
    }
    known = package.operations("s3")
    assert said == named & {known[operation] for operation in REFUSED_OPERATIONS}
    assert len(said) > 25
    assert REFUSED_OPERATIONS.keys() <= known.keys()


def test_and_of_their_parameters() -> None:
    said = {
        parameter
        for name in operations_in_s3() - {package.operations("s3")[each] for each in REFUSED_OPERATIONS}
        for parameter, shape in members(name).items()
        if says_no("functionality", shape.documentation)
    }
    # Companions of others, what the SDK sends by itself, and what nobody but AWS's own `aws={}` sends.
    beside = {
        name for name in said if name.startswith(("SSECustomer", "CopySourceSSECustomer", "ObjectLockEvent"))
    }
    beside |= {"ContentMD5", "UploadIdMarker", "OptionalObjectAttributes", "ConfirmRemoveSelfBucketAccess"}
    assert said - beside - REFUSED_PARAMETERS.keys() == set()
    assert {"Tagging", "ACL", "StartAfter", "RequestPayer"} <= said


# -- making one ----------------------------------------------------------------------------------------------------


def west(faults: FaultServer) -> Cloud:
    return faults.cloud().in_region("us-west-2")


@pytest.mark.parametrize(
    ("name", "zone", "kind"),
    [(NAME, "usw2-az1", "AvailabilityZone"), ("logs--usw2-lax1-az1--x-s3", "usw2-lax1-az1", "LocalZone")],
)
def test_create(faults: FaultServer, name: str, zone: str, kind: str) -> None:
    faults.otherwise(lambda request: Reply.xml(SESSION) if "session" in request.query else Reply(200))
    bucket = Bucket.create(name, cloud=west(faults), versioning=False, public=False)
    assert bucket.name == name
    (request,) = (each for each in faults.requests if "session" not in each.query)
    body = request.body.decode()
    assert f"<Location><Type>{kind}</Type><Name>{zone}</Name></Location>" in body
    assert f"<DataRedundancy>Single{kind}</DataRedundancy>" in body
    assert "<Type>Directory</Type>" in body
    assert "LocationConstraint" not in body
    assert "x-amz-object-ownership" not in request.headers


def test_create_with_encryption(faults: FaultServer) -> None:
    faults.otherwise(lambda request: Reply.xml(SESSION) if "session" in request.query else Reply(200))
    Bucket.create(NAME, cloud=west(faults), encryption="aws:kms")
    queries = [set(request.query) for request in faults.requests if "session" not in request.query]
    assert queries == [set(), {"encryption"}]


@pytest.mark.parametrize(
    "settings",
    [
        {"versioning": True},
        {"object_lock": True},
        {"public": True},
        {"tags": {"a": "b"}},
        {"tls_only": True},
        {"customer_keys": True},
    ],
)
def test_settings_that_they_do_not_have(faults: FaultServer, settings: Any) -> None:
    for make in (Bucket.create, Bucket.ensure):
        with pytest.raises(InvalidRequest, match="directory buckets have no"):
            make(NAME, cloud=west(faults), **settings)
    assert faults.requests == []


def test_ensure_takes_what_is_there(there: Directory) -> None:
    bucket = Bucket.ensure(NAME, versioning=False, cloud=there.bucket.cloud)
    assert bucket.name == NAME
    assert [request.method for request in there.requests] == ["HEAD"]


def test_a_lost_answer_of_a_create(faults: FaultServer) -> None:
    empty = Reply.xml("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
    taken = Reply.s3_error("BucketAlreadyOwnedByYou", status=409)
    made: list[Request] = []

    def answer(request: Request) -> Reply:
        if "session" in request.query:
            return Reply.xml(SESSION)
        if "list-type" in request.query:
            return empty
        if "policy" in request.query:
            return Reply.s3_error("NoSuchBucketPolicy")
        made.append(request)
        return Reply(reset=True) if len(made) == 1 else taken

    faults.otherwise(answer)
    cloud = faults.cloud(attempts=2).in_region("us-west-2")
    assert Bucket.create(NAME, cloud=cloud).name == NAME
    with pytest.raises(AlreadyExists):
        Bucket.create(NAME, cloud=cloud)


@pytest.mark.parametrize(
    "name", ["a.b--usw2-az1--x-s3", "logs--x-s3", "--usw2-az1--x-s3", "point--usw2-az1--xa-s3"]
)
def test_names_that_are_none(faults: FaultServer, name: str) -> None:
    with pytest.raises(InvalidRequest, match="bucket name"):
        Bucket.create(name, cloud=west(faults))
    assert faults.requests == []


def test_its_arn(faults: FaultServer) -> None:
    faults.otherwise(
        lambda request: (
            Reply.xml(SESSION)
            if "session" in request.query
            else Reply(200, headers={"x-amz-bucket-region": "us-west-2"})
        )
    )
    bucket = Bucket(NAME, expected_bucket_owner="123456789012", cloud=faults.cloud())
    assert bucket.arn == f"arn:aws:s3express:us-west-2:123456789012:bucket/{NAME}"


def test_when_it_was_made(faults: FaultServer) -> None:
    rows = f"<Bucket><Name>other--usw2-az1--x-s3</Name></Bucket><Bucket><Name>{NAME}</Name><CreationDate>2026-02-03T04:05:06Z</CreationDate></Bucket>"
    faults.otherwise(
        Reply.xml(
            f"<ListAllMyDirectoryBucketsResult><Buckets>{rows}</Buckets></ListAllMyDirectoryBucketsResult>"
        )
    )
    assert Bucket(NAME, cloud=faults.cloud()).created == datetime(2026, 2, 3, 4, 5, 6, tzinfo=timezone.utc)


# -- links and the other engine ----------------------------------------------------------------------------------------


def test_links_end_with_the_session(there: Directory) -> None:
    link = there.bucket["k"].url(expires=300, region="us-east-1")
    assert "X-Amz-S3session-Token=T" in link
    with pytest.raises(InvalidRequest, match="300"):
        there.bucket["k"].url(region="us-east-1")


def test_the_other_engine_leaves_them_to_boto3(there: Directory) -> None:
    pytest.importorskip("obstore")
    from cloudkit import Transfers
    from cloudkit.s3._engine import engine_for

    there.keys = {"k": b"x"}
    cloud = there.server.cloud(transfers=Transfers())
    assert engine_for(cloud).name == "obstore"
    bucket = Bucket(NAME, cloud=cloud)
    assert [data for _, data in bucket.read_many(["k"])] == [b"x"]
    assert all("boto" in request.headers["User-Agent"].lower() for request in there.requests)


def test_a_server_that_does_not_answer_is_told_of(faults: FaultServer) -> None:
    faults.otherwise(Reply(reset=True))
    with pytest.raises(ConnectionFailed):
        Bucket(NAME, cloud=faults.cloud())["k"].move_to("l")
    assert Folder(NAME, "a", cloud=faults.cloud()).bucket.name == NAME
