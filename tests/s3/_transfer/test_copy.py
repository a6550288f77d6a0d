from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit import Bucket, Cloud, CustomerKey, Encryption, Object
from cloudkit.errors import (
    AccessDenied,
    InvalidRequest,
    PreconditionFailed,
    ServiceError,
)
from cloudkit.s3 import BucketNotFound, ObjectChanged, ObjectNotFound
from cloudkit.s3._headers import WRITE_MARK
from cloudkit.s3._limits import (
    MAX_COPY_BYTES,
    MAX_METADATA_BYTES,
    MAX_OBJECT_BYTES,
    MAX_PART_BYTES,
    MAX_PARTS,
    MIN_PART_BYTES,
    WRITE_TOKEN_BYTES,
)
from cloudkit.s3._transfer.copy import _part_size, _parts
from cloudkit.types import Progress
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request

LARGE = 2 * MIN_PART_BYTES + 17


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("copies"))


def all_of(thing: Object) -> dict[str, Any]:
    """What a copy has of its source."""
    raw = thing.refresh().raw
    names = ("Size", "ContentType", "ContentEncoding", "ContentDisposition", "CacheControl", "Metadata")
    return {**{name: raw.get(name) for name in names}, "tags": dict(thing.tags), "class": thing.storage_class}


# -- the same at any size ----------------------------------------------------------------------------------------


def test_copies(bucket: Bucket, rig: Rig) -> None:
    other = Bucket.create(rig.name("other"))
    thing = bucket["a/b"].write_text("x", content_type="x/y", metadata={"by": "me"}, tags={"t": "1"})
    for target, wanted in (("c", bucket["c"]), (other, other["a/b"]), (other["d"], other["d"])):
        copy = thing.copy_to(target)
        assert copy == wanted
        assert (copy.read_text(), copy.content_type, copy.metadata) == ("x", "x/y", {"by": "me"})
        assert dict(copy.tags) == {"t": "1"}
    renewed = thing.copy_to("e", aws={"MetadataDirective": "REPLACE", "ContentType": "z/z"})
    assert (renewed.content_type, renewed.metadata) == ("z/z", {})


KEEPS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"metadata": {"new": "1"}}, {"Metadata": {"new": "1"}}),
    ({"metadata": {}}, {"Metadata": {}}),
    (
        {"content_type": "z/z", "cache_control": "no-store"},
        {"ContentType": "z/z", "CacheControl": "no-store"},
    ),
    ({"tags": {"other": "2"}}, {"tags": {"other": "2"}}),
    ({"tags": {}}, {"tags": {}}),
    ({"keep": ("metadata",)}, {"tags": {}}),
    (
        {"keep": ("tags",)},
        {
            "Metadata": {},
            "ContentType": "text/csv; charset=utf-8",
            "ContentDisposition": None,
            "CacheControl": None,
        },
    ),
    ({"storage_class": "ONEZONE_IA"}, {"class": "ONEZONE_IA"}),
    ({"keep": ("metadata", "tags", "storage_class")}, {"class": "STANDARD_IA"}),
]


@pytest.mark.parametrize(("options", "changed"), KEEPS, ids=lambda each: "-".join(each) or "nothing")
def test_a_copy_in_parts_is_the_same_as_a_whole_one(
    bucket: Bucket, options: dict[str, Any], changed: dict[str, Any]
) -> None:
    source = bucket["a.txt"].write_bytes(
        bytes(LARGE),
        content_type="x/y",
        content_disposition="inline",
        cache_control="max-age=5",
        metadata={"by": "me"},
        tags={"team": "a b=c+d"},
        storage_class="STANDARD_IA",
    )
    whole = source.copy_to("whole.csv", **options)
    parts = source.copy_to("parts.csv", part_size=MIN_PART_BYTES, **options)
    assert parts.etag.endswith('-3"')
    assert not whole.etag.endswith('-3"')
    assert all_of(parts) == all_of(whole)
    assert all_of(whole) == {**all_of(source), "class": None, **changed}


def test_a_copy_in_parts_has_the_bytes(bucket: Bucket) -> None:
    data = os.urandom(LARGE)
    source = bucket["k"].write_bytes(data)
    seen: list[Progress] = []
    copy = source.copy_to("l", part_size=MIN_PART_BYTES, progress=seen.append)
    assert copy.read_bytes() == data
    assert [(each.done, each.total) for each in seen] == [
        (MIN_PART_BYTES, LARGE),
        (2 * MIN_PART_BYTES, LARGE),
        (LARGE, LARGE),
    ]
    seen.clear()
    assert source.copy_to("m", progress=seen.append).size == LARGE
    assert [(each.done, each.total) for each in seen] == [(LARGE, LARGE)]
    # What is smaller than a part is one request all the same.
    assert not bucket["s"].write_text("s").copy_to("t", part_size=MIN_PART_BYTES).etag.endswith('-1"')


def test_grants_come_along_if_asked_for(bucket: Bucket) -> None:
    source = bucket["k"].write_text("x")
    client = bucket.cloud.client("s3")
    client.put_object_acl(Bucket=bucket.name, Key="k", ACL="public-read")

    def readers(thing: Object) -> list[str]:
        grants = client.get_object_acl(Bucket=thing.bucket_name, Key=thing.key)["Grants"]
        return [each["Grantee"]["URI"] for each in grants if "URI" in each["Grantee"]]

    assert readers(source.copy_to("private")) == []
    (uri,) = readers(source.copy_to("public", keep=("metadata", "tags", "acl")))
    assert uri.endswith("AllUsers")
    assert readers(source.copy_to("spelt", keep=("acl",), acl="private")) == []


def test_an_object_with_its_owner_s_grant_alone_has_none_to_keep(faults: FaultServer) -> None:
    """Buckets whose ACLs are off refuse to be given any."""
    faults.replies(
        Reply.xml(
            "<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList><Grant><Grantee "
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>me</ID></Grantee>'
            "<Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>"
        ),
        Reply.xml("<CopyObjectResult><ETag>&quot;1&quot;</ETag></CopyObjectResult>"),
    )
    Object("acme", "k", cloud=faults.cloud()).copy_to("l", keep=("acl", "metadata", "tags"))
    assert [request.method for request in faults.requests] == ["GET", "PUT"]


@given(st.integers(1, MAX_OBJECT_BYTES), st.none() | st.integers(MIN_PART_BYTES, MAX_PART_BYTES))
def test_parts_are_such_as_s3_takes(size: int, wanted: int | None) -> None:
    each = _part_size(size, wanted)
    count = -(-size // each)
    assert MIN_PART_BYTES <= each <= MAX_PART_BYTES
    assert count <= MAX_PARTS
    if count < 50:
        parts = list(_parts(size, each))
        assert [number for number, _ in parts] == list(range(1, count + 1))
        assert sum(min(each, size - first) for _, first in parts) == size


# -- where to and from -------------------------------------------------------------------------------------------


def test_a_copy_forgets_what_was_known_of_its_target(bucket: Bucket) -> None:
    target = bucket["t"].write_text("old one")
    assert target.size == 7
    bucket["s"].write_text("new").copy_to(target)
    assert target.size == 3


def test_what_is_missing_in_a_copy_is_named(bucket: Bucket, rig: Rig) -> None:
    with pytest.raises(ObjectNotFound) as caught:
        bucket["nothing"].copy_to("k")
    assert caught.value.resource == str(bucket["nothing"])
    nowhere = Bucket(rig.name("nowhere"))
    with pytest.raises(BucketNotFound) as gone:
        bucket["k"].write_text("x").copy_to(nowhere)
    assert gone.value.resource == str(nowhere["k"])
    with pytest.raises(BucketNotFound) as gone:
        nowhere["k"].copy_to(bucket)
    assert gone.value.resource == str(nowhere["k"])
    with pytest.raises(InvalidRequest, match="a version cannot be written"):
        bucket["k"].copy_to(Object(bucket.name, "j", "v1"))
    with pytest.raises(InvalidRequest, match="Nonsense"):
        bucket["k"].copy_to("j", aws={"Nonsense": 1})
    assert "j" not in bucket


def test_arguments_that_make_no_sense(faults: FaultServer) -> None:
    thing = Object("acme", "k", cloud=faults.cloud())
    uses: list[tuple[str, Callable[[], object]]] = [
        ("keep='metadata'", lambda: thing.copy_to("l", keep="metadata")),  # type: ignore[arg-type]
        ("keep=", lambda: thing.copy_to("l", keep=("owner",))),  # type: ignore[arg-type]
        ("part_size=1 ", lambda: thing.copy_to("l", part_size=1)),
        ("part_size=", lambda: thing.copy_to("l", part_size=MAX_PART_BYTES + 1)),
        ("cannot both", lambda: thing.copy_to("l", if_absent=True, if_match="x")),
        ("changes nothing", lambda: thing.copy_to("k")),
        ("changes nothing", lambda: thing.copy_to("k", tags={"a": "b"})),
        ("there already", lambda: thing.move_to("k")),
        ("CacheControl", lambda: thing.copy_to("l", cache_control="x", aws={"CacheControl": "y"})),
    ]
    for said, use in uses:
        with pytest.raises(InvalidRequest, match=said):
            use()
    assert faults.requests == []


def test_an_object_is_copied_onto_itself_to_change_it(bucket: Bucket) -> None:
    thing = bucket["k"].write_text("x", content_type="x/y", metadata={"by": "me"}, tags={"t": "1"})
    thing.copy_to(thing, metadata={"by": "you"})
    assert (thing.metadata, thing.content_type, dict(thing.tags)) == ({"by": "you"}, "x/y", {"t": "1"})
    thing.copy_to("k", storage_class="STANDARD_IA")
    assert (thing.metadata, thing.refresh().storage_class) == ({"by": "you"}, "STANDARD_IA")


KMS = {
    "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": "arn:key",
    "x-amz-server-side-encryption-bucket-key-enabled": "true",
}
NO_KMS = dict.fromkeys(KMS)
DONE = Reply.xml("<CopyObjectResult><ETag>&quot;1&quot;</ETag></CopyObjectResult>")
USES: list[tuple[str, Callable[[Object], object], dict[str, str | None]]] = [
    ("onto itself", lambda thing: thing.copy_to("k", metadata={"a": "b"}), {**KMS}),
    ("moved", lambda thing: thing.move_to("l"), {**KMS}),
    ("kept", lambda thing: thing.copy_to("l", keep=("metadata", "encryption")), {**KMS}),
    ("copied", lambda thing: thing.copy_to("l", metadata={"a": "b"}), NO_KMS),
    (
        "given",
        lambda thing: thing.move_to("l", encryption="AES256"),
        {**NO_KMS, "x-amz-server-side-encryption": "AES256"},
    ),
    (
        "another key",
        lambda thing: thing.copy_to("k", encryption=Encryption("aws:kms", "alias/b")),
        {
            **NO_KMS,
            "x-amz-server-side-encryption": "aws:kms",
            "x-amz-server-side-encryption-aws-kms-key-id": "alias/b",
        },
    ),
    (
        "a customer's key",
        lambda thing: thing.move_to(
            Object("acme", "l", cloud=thing.cloud, customer_key=CustomerKey(bytes(32)))
        ),
        NO_KMS,
    ),
]


@pytest.mark.parametrize(("use", "wanted"), [each[1:] for each in USES], ids=[each[0] for each in USES])
def test_the_key_of_kms_stays_where_nothing_may_be_missing(
    faults: FaultServer, use: Callable[[Object], object], wanted: dict[str, str | None]
) -> None:
    """S3 copies no encryption: without a word a copy has what its bucket has by default."""
    faults.replies(head(headers=KMS), DONE, Reply(204))
    use(Object("acme", "k", cloud=faults.cloud()))
    put = faults.requests[1].headers
    assert {name: put.get(name) for name in KMS} == wanted


@pytest.mark.parametrize("encryption", ["aws:kms", "AES256"])
def test_the_key_of_kms_stays_in_parts_too(faults: FaultServer, encryption: str) -> None:
    giant = Giant(encryption={**KMS, "x-amz-server-side-encryption": encryption})
    faults.otherwise(giant)
    Object("acme", "k", cloud=faults.cloud()).move_to("l")
    (begin,) = [request for request in faults.requests if "uploads" in request.query]
    wanted = KMS if encryption == "aws:kms" else NO_KMS
    assert {name: begin.headers.get(name) for name in KMS} == wanted


def test_a_copy_onto_itself_leads_on_to_where_it_did(faults: FaultServer) -> None:
    thing = Object("acme", "k", cloud=faults.cloud())
    name = "x-amz-website-redirect-location"
    uses: list[tuple[dict[str, Any], str | None]] = [
        ({"storage_class": "STANDARD_IA"}, "/there"),
        ({"aws": {"WebsiteRedirectLocation": "/elsewhere"}}, "/elsewhere"),
        ({"keep": ("tags",), "cache_control": "x"}, None),
    ]
    for options, wanted in uses:
        faults.replies(head(headers={name: "/there"}), DONE)
        thing.copy_to("k", **options)
        assert faults.requests[-1].headers.get(name) == wanted
    faults.replies(head(headers={name: "/there"}), DONE)
    thing.copy_to("l", cache_control="x")
    assert faults.requests[-1].headers.get(name) is None


def test_servers_and_partitions_do_not_copy_from_each_other(faults: FaultServer) -> None:
    here = Object("acme", "k", cloud=faults.cloud())
    for other, said in (
        (Cloud(region="us-east-1"), "two servers"),
        (Cloud(region="us-east-1", endpoint_url="http://127.0.0.1:1"), "two servers"),
    ):
        with pytest.raises(InvalidRequest, match=said):
            here.copy_to(Object("acme", "l", cloud=other))
    ours = Object("acme", "k", cloud=Cloud(region="eu-west-1"))
    with pytest.raises(InvalidRequest, match="aws and aws-cn"):
        ours.copy_to(Object("acme", "l", cloud=Cloud(region="cn-north-1")))
    assert faults.requests == []


def test_the_target_s_credentials_copy(faults: FaultServer) -> None:
    faults.replies(Reply.s3_error("AccessDenied", "Access Denied", 403))
    source = Object("acme", "k", cloud=faults.cloud(anonymous=True))
    with pytest.raises(AccessDenied) as caught:
        source.copy_to(Object("other", "k", cloud=faults.cloud()))
    assert "the target's cloud" in str(caught.value)
    (request,) = faults.requests
    assert "Authorization" in request.headers


def test_owners_and_customer_keys_are_said_of_both_sides(faults: FaultServer) -> None:
    faults.replies(Reply.xml("<CopyObjectResult><ETag>&quot;1&quot;</ETag></CopyObjectResult>"))
    cloud = faults.cloud()
    old, new = CustomerKey(b"a" * 32), CustomerKey(b"b" * 32)
    source = Object("acme", "k", "v1", expected_bucket_owner="1" * 12, customer_key=old, cloud=cloud)
    source.copy_to(Object("other", "l", expected_bucket_owner="2" * 12, customer_key=new, cloud=cloud))
    (request,) = faults.requests
    sent = {name.lower(): value for name, value in request.headers.items()}
    assert sent["x-amz-copy-source"] == "acme/k?versionId=v1"
    assert sent["x-amz-source-expected-bucket-owner"] == "1" * 12
    assert sent["x-amz-expected-bucket-owner"] == "2" * 12
    assert (
        sent["x-amz-copy-source-server-side-encryption-customer-key"]
        != (sent["x-amz-server-side-encryption-customer-key"])
    )


# -- conditions and failures -------------------------------------------------------------------------------------


def head(size: int = 3, etag: str = '"one"', headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(200, b"", {"Content-Length": str(size), "ETag": etag, **(headers or {})})


def failed(condition: str) -> Reply:
    return Reply.xml(
        f"<Error><Code>PreconditionFailed</Code><Message>no</Message><Condition>{condition}</Condition></Error>",
        412,
    )


def test_conditions_are_of_the_target(faults: FaultServer) -> None:
    thing = Object("acme", "k", cloud=faults.cloud())
    faults.otherwise(failed("If-None-Match"))
    with pytest.raises(PreconditionFailed) as caught:
        thing.copy_to("l", if_absent=True)
    assert not isinstance(caught.value, ObjectChanged)
    faults.otherwise(failed("If-Match"))
    with pytest.raises(PreconditionFailed) as caught:
        thing.copy_to("l", if_match='"x"')
    assert not isinstance(caught.value, ObjectChanged)
    assert [
        (each.headers.get("If-None-Match"), each.headers.get("If-Match")) for each in faults.requests
    ] == [
        ("*", None),
        (None, '"x"'),
    ]


def test_a_source_that_is_replaced_meanwhile(faults: FaultServer) -> None:
    thing = Object("acme", "k", cloud=faults.cloud())
    for options, condition in (
        ({"content_type": "a/b"}, "x-amz-copy-source-If-Match"),
        ({"content_type": "a/b"}, ""),  # not every server says which
        ({"content_type": "a/b", "if_absent": True}, "x-amz-copy-source-If-Match"),
    ):
        faults.replies(head(), failed(condition))
        with pytest.raises(ObjectChanged) as caught:
            thing.copy_to("l", **options)
        assert caught.value.resource == "s3://acme/k"
        assert faults.requests[-1].headers["x-amz-copy-source-if-match"] == '"one"'


@pytest.mark.parametrize("etag", ['"one"', '"another"'])
def test_an_own_copy_whose_answer_was_lost_is_known(faults: FaultServer, etag: str) -> None:
    faults.replies(Reply(reset=True), failed("If-None-Match"), head(3), head(3, etag))
    thing = Object("acme", "k", cloud=faults.cloud(attempts=2))
    if etag == '"one"':
        assert thing.copy_to("l", if_absent=True).key == "l"
    else:
        with pytest.raises(PreconditionFailed):
            thing.copy_to("l", if_absent=True)
    assert [request.path for request in faults.requests[2:]] == ["/acme/k", "/acme/l"]


@pytest.mark.parametrize("mine", [True, False])
def test_a_copy_that_names_its_metadata_is_known_by_a_mark(faults: FaultServer, mine: bool) -> None:
    """Not by its content: another may have copied the same."""

    def there(_: Request) -> Reply:
        mark = faults.requests[1].headers["x-amz-meta-cloudkit-write"] if mine else "another"
        return head(3, '"of kms"' if mine else '"one"', {"x-amz-meta-cloudkit-write": mark})

    faults.replies(head(3), Reply(reset=True), failed("If-None-Match"), there)
    thing = Object("acme", "k", cloud=faults.cloud(attempts=2))
    if mine:
        thing.copy_to("l", if_absent=True, metadata={"a": "b"})
    else:
        with pytest.raises(PreconditionFailed):
            thing.copy_to("l", if_absent=True, metadata={"a": "b"})
    assert [request.method for request in faults.requests] == ["HEAD", "PUT", "PUT", "HEAD"]


def test_metadata_that_leaves_no_room_for_a_mark(faults: FaultServer) -> None:
    faults.replies(head(3, headers={"x-amz-meta-a": "x" * (MAX_METADATA_BYTES - 1)}), DONE)
    Object("acme", "k", cloud=faults.cloud()).copy_to("l", if_absent=True, cache_control="x")
    assert "x-amz-meta-cloudkit-write" not in faults.requests[-1].headers
    assert len(faults.requests[-1].headers["x-amz-meta-a"]) == MAX_METADATA_BYTES - 1


def test_tags_that_may_not_be_read(faults: FaultServer) -> None:
    faults.replies(
        Reply.s3_error(
            "AccessDenied",
            "User: arn:aws:iam::1:user/me is not authorized to perform: s3:GetObjectTagging on resource: x because",
            403,
        )
    )
    with pytest.raises(AccessDenied) as caught:
        Object("acme", "k", cloud=faults.cloud()).copy_to("l")
    assert "keep=('metadata',)" in str(caught.value)


def test_a_copy_that_fails_after_its_200(faults: FaultServer) -> None:
    faults.replies(Reply.s3_error("InternalError", "We encountered an internal error", 200))
    with pytest.raises(ServiceError):
        Object("acme", "k", cloud=faults.cloud()).copy_to("other")


class Giant:
    """A server with a source of six gigabytes, and a place for it."""

    def __init__(
        self,
        *,
        part: Reply | None = None,
        complete: Reply | None = None,
        encryption: Mapping[str, str] | None = None,
    ) -> None:
        self.encryption = dict(encryption or {})
        self.headers: dict[str, str] = {}
        self.size = 6 * 1024**3
        self._part = part
        self._complete = complete

    def __call__(self, request: Request) -> Reply:
        copied = "<ETag>&quot;p&quot;</ETag>"
        if request.method == "HEAD":
            return head(
                self.size,
                headers={
                    "Content-Type": "x/y",
                    "x-amz-meta-by": "me",
                    "Cache-Control": "no-store",
                    **self.encryption,
                    **self.headers,
                },
            )
        if "tagging" in request.query:
            return Reply.xml("<Tagging><TagSet><Tag><Key>t</Key><Value>1 2</Value></Tag></TagSet></Tagging>")
        if "uploads" in request.query:
            return Reply.xml(
                "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
            )
        if "partNumber" in request.query:
            return self._part or Reply.xml(f"<CopyPartResult>{copied}</CopyPartResult>")
        if request.method == "POST":
            return self._complete or Reply.xml(
                f"<CompleteMultipartUploadResult>{copied}</CompleteMultipartUploadResult>"
            )
        if request.method == "DELETE":
            return Reply(204)
        return Reply.s3_error("InvalidRequest", "The specified copy source is larger than the maximum", 400)


@pytest.mark.parametrize("room", [True, False])
def test_the_mark_of_a_copy_in_parts_leaves_the_metadata_its_room(faults: FaultServer, room: bool) -> None:
    """What the source has may be all that S3 takes, and a mark of an earlier write among it."""
    most = MAX_METADATA_BYTES - len("by" + "me" + "a") - len(WRITE_MARK) - 2 * WRITE_TOKEN_BYTES
    giant = Giant()
    kept = "x" * (most if room else most + 1)
    giant.headers = {"x-amz-meta-a": kept, f"x-amz-meta-{WRITE_MARK}": "o" * 2 * WRITE_TOKEN_BYTES}
    faults.otherwise(giant)
    Object("acme", "k", cloud=faults.cloud()).copy_to("l", if_absent=True)
    (begin,) = [request for request in faults.requests if "uploads" in request.query]
    sent = {
        name[len("x-amz-meta-") :]: value
        for name, value in begin.headers.items()
        if name.startswith("x-amz-meta-")
    }
    assert (sent["a"], sent["by"]) == (kept, "me")
    assert (WRITE_MARK in sent) == room
    assert sent.get(WRITE_MARK) != "o" * 2 * WRITE_TOKEN_BYTES
    assert sum(len(name) + len(value) for name, value in sent.items()) <= MAX_METADATA_BYTES


def test_what_was_copied_is_known(faults: FaultServer) -> None:
    faults.replies(
        Reply(
            200,
            b"<CopyObjectResult><ETag>&quot;2&quot;</ETag></CopyObjectResult>",
            {"Content-Type": "text/xml", "x-amz-version-id": "v2"},
        )
    )
    copied = Object("acme", "k", cloud=faults.cloud()).copy_to("l")
    assert (copied.etag, copied.current_version) == ('"2"', "v2")
    assert len(faults.requests) == 1
    faults.otherwise(Giant())
    copied = Object("acme", "k", cloud=faults.cloud()).copy_to("l")
    asked = len(faults.requests)
    assert (copied.etag, copied.size) == ('"p"', 6 * 1024**3)
    assert len(faults.requests) == asked


def test_what_one_request_does_not_take_goes_in_parts(faults: FaultServer) -> None:
    giant = Giant()
    faults.otherwise(giant)
    Object("acme", "k", cloud=faults.cloud()).copy_to("l", if_absent=True, storage_class="STANDARD_IA")
    assert [request.method for request in faults.requests[:2]] == ["PUT", "HEAD"]
    (begin,) = [request for request in faults.requests if "uploads" in request.query]
    sent = {name.lower(): value for name, value in begin.headers.items()}
    assert (sent["content-type"], sent["x-amz-meta-by"], sent["cache-control"]) == ("x/y", "me", "no-store")
    assert (sent["x-amz-tagging"], sent["x-amz-storage-class"]) == ("t=1+2", "STANDARD_IA")
    assert "If-None-Match" not in begin.headers
    parts = [request for request in faults.requests if "partNumber" in request.query]
    assert {request.headers["x-amz-copy-source-if-match"] for request in parts} == {'"one"'}
    ranges = sorted(
        tuple(map(int, request.headers["x-amz-copy-source-range"][len("bytes=") :].split("-")))
        for request in parts
    )
    assert ranges[0][0] == 0
    assert ranges[-1][1] == giant.size - 1
    assert all(before[1] + 1 == after[0] for before, after in itertools.pairwise(ranges))
    assert max(last - first + 1 for first, last in ranges) <= MAX_COPY_BYTES
    assert faults.requests[-1].headers["If-None-Match"] == "*"


def test_a_known_size_saves_the_request_that_would_fail(faults: FaultServer) -> None:
    faults.otherwise(Giant())
    thing = Object("acme", "k", cloud=faults.cloud())._learn({"Size": 6 * 1024**3}, whole=False)
    thing.copy_to("l", keep=())
    assert faults.requests[0].method == "HEAD"
    assert not any(request.headers.get("x-amz-tagging") for request in faults.requests)


def test_an_invalid_request_of_another_kind_stays_one(faults: FaultServer) -> None:
    faults.replies(Reply.s3_error("InvalidRequest", "something else", 400), head(3))
    with pytest.raises(InvalidRequest, match="something else"):
        Object("acme", "k", cloud=faults.cloud()).copy_to("l")


@pytest.mark.parametrize(
    ("giant", "error"),
    [
        (Giant(part=failed("x-amz-copy-source-If-Match")), ObjectChanged),
        (Giant(part=Reply.s3_error("AccessDenied", "no", 403)), AccessDenied),
        (Giant(complete=failed("If-None-Match")), PreconditionFailed),
        (Giant(complete=Reply.s3_error("InternalError", "oh", 200)), ServiceError),
    ],
    ids=["replaced", "denied", "taken", "late"],
)
def test_a_copy_in_parts_that_fails_is_aborted(
    faults: FaultServer, giant: Giant, error: type[Exception]
) -> None:
    faults.otherwise(giant)
    with pytest.raises(error) as caught:
        Object("acme", "k", cloud=faults.cloud()).copy_to("l", if_absent=True)
    assert isinstance(caught.value, ObjectChanged) is (error is ObjectChanged)
    assert faults.requests[-1].method == "DELETE"
    assert faults.requests[-1].query["uploadId"] == ["u"]


def test_conditions_on_the_source_are_ours(faults: FaultServer) -> None:
    faults.otherwise(Giant())
    with pytest.raises(InvalidRequest, match="CopySourceIfUnmodifiedSince"):
        Object("acme", "k", cloud=faults.cloud()).copy_to(
            "l", aws={"CopySourceIfUnmodifiedSince": datetime(2026, 1, 1, tzinfo=timezone.utc)}
        )
    assert not any("uploads" in request.query for request in faults.requests)


# -- moving ------------------------------------------------------------------------------------------------------


def test_moves(bucket: Bucket, rig: Rig) -> None:
    other = Bucket.create(rig.name("other"))
    thing = bucket["a/b"].write_text("x", metadata={"by": "me"}, tags={"t": "1"})
    moved = thing.move_to(other)
    assert (moved, moved.read_text(), moved.metadata) == (other["a/b"], "x", {"by": "me"})
    assert not thing.exists()
    again = moved.move_to("c", metadata={"by": "you"}, part_size=MIN_PART_BYTES)
    assert (again, again.metadata, dict(again.tags)) == (other["c"], {"by": "you"}, {"t": "1"})
    assert [each.key for each in other] == ["c"]
    with pytest.raises(ObjectNotFound):
        thing.move_to("d")
    with pytest.raises(BucketNotFound):
        again.move_to(Bucket(rig.name("nowhere")))
    assert again.exists()


def test_a_version_is_moved_for_good(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("copies"), versioning=True)
    thing = bucket["k"].write_text("one").write_text("two")
    oldest = thing.versions().to_list()[1]
    assert oldest.move_to("old").read_text() == "one"
    assert [each.read_text() for each in thing.versions()] == ["two"]
    thing.move_to("new")
    assert not thing.exists()
    assert [each.read_text() for each in thing.versions()] == ["two"]


COPIED = Reply.xml("<CopyObjectResult><ETag>&quot;1&quot;</ETag></CopyObjectResult>")


def test_only_what_was_copied_is_deleted(faults: FaultServer) -> None:
    thing = Object("acme", "k", cloud=faults.cloud())
    faults.replies(head(), COPIED, Reply(204))
    thing.move_to("l")
    copy, delete = faults.requests[1:]
    assert copy.headers["x-amz-copy-source-if-match"] == delete.headers["If-Match"] == '"one"'
    faults.replies(head(), COPIED, failed("If-Match"))
    with pytest.raises(ObjectChanged, match="copied to s3://acme/l"):
        thing.move_to("l")
    faults.replies(head(), COPIED, Reply.s3_error("NoSuchKey"))
    thing.move_to("l")


def test_nothing_is_deleted_if_the_copy_fails(faults: FaultServer) -> None:
    thing = Object("acme", "k", cloud=faults.cloud())
    for reply, error in (
        (failed("x-amz-copy-source-If-Match"), ObjectChanged),
        (failed("If-None-Match"), PreconditionFailed),
        (Reply.s3_error("AccessDenied", "no", 403), AccessDenied),
        (Reply.s3_error("InternalError", "oh", 200), ServiceError),
        (Reply(200, b"<html>"), ServiceError),
    ):
        faults.replies(head(), reply)
        with pytest.raises(error):
            thing.move_to("l", if_absent=True)
    assert "DELETE" not in [request.method for request in faults.requests]
