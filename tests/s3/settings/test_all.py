"""What all settings have in common."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

import botocore.session
import pytest

import cloudkit
from cloudkit import Bucket, Encryption
from cloudkit.errors import AccessDenied, Conflict, InvalidRequest, NotFound, ServiceError
from cloudkit.s3 import (
    BucketNotFound,
    CorsRule,
    LifecycleRule,
    Logging,
    ObjectLock,
    Ownership,
    PublicAccess,
    Website,
)
from cloudkit.s3._limits import SETTLE_SECONDS
from tests.faults import FaultServer, Reply, Request
from tests.s3.settings.answers import MISSING, PLAIN, Kept

# Name, what it is where nothing was set, and something to set it to.
VALUES: list[tuple[str, Any, Any]] = [
    ("versioning", False, True),
    ("acceleration", False, True),
    ("requester_pays", False, True),
    ("website", None, Website("home.html", "404.html")),
    ("encryption", None, Encryption("aws:kms", "alias/reports", True)),
    ("customer_keys", True, False),
    (
        "public_access",
        PublicAccess(block_acls=False, ignore_acls=False, block_policy=False, restrict=False),
        PublicAccess(block_policy=False),
    ),
    ("ownership", None, Ownership.OBJECT_WRITER),
    ("object_lock", None, ObjectLock("COMPLIANCE", years=7)),
    ("logging", None, Logging("acme-logs", "photos/", by_date="event")),
]
# What can be taken away, and how.
REMOVABLE = ["website", "encryption", "ownership", "logging", "cors", "policy"]


def _set(name: str, value: object, bucket: Bucket) -> None:
    setattr(bucket, name, value)


READS: dict[str, Callable[[Bucket], object]] = {
    **{name: attrgetter(name) for name, _, _ in VALUES},
    "replication": lambda bucket: bucket.replication,
    "lifecycle": lambda bucket: list(bucket.lifecycle),
    "cors": lambda bucket: list(bucket.cors),
    "policy": lambda bucket: list(bucket.policy),
    "notifications": lambda bucket: list(bucket.notifications),
    "event_bridge": lambda bucket: bucket.notifications.event_bridge,
    "tags": lambda bucket: dict(bucket.tags),
}
WRITES: dict[str, Callable[[Bucket], object]] = {
    **{name: partial(_set, name, value) for name, _, value in VALUES},
    "lifecycle": lambda bucket: bucket.lifecycle.add(expire=30),
    "lifecycle.remove": lambda bucket: bucket.lifecycle.remove("x"),
    "lifecycle.clear": lambda bucket: bucket.lifecycle.clear(),
    "cors": lambda bucket: bucket.cors.append(CorsRule("*")),
    "cors.clear": lambda bucket: bucket.cors.clear(),
    "policy": lambda bucket: bucket.policy.require_tls(),
    "policy.set": lambda bucket: setattr(bucket, "policy", None),
    "notifications": lambda bucket: bucket.notifications.add("arn:aws:sqs:us-east-1:123456789012:jobs"),
    "notifications.remove": lambda bucket: bucket.notifications.remove(id="x"),
    "notifications.clear": lambda bucket: bucket.notifications.clear(),
    "event_bridge": lambda bucket: setattr(bucket.notifications, "event_bridge", True),
    "tags": lambda bucket: bucket.tags.merge({"a": "b"}),
    "tags.set": partial(_set, "tags", {"a": "b"}),
    "lifecycle.set": partial(_set, "lifecycle", [LifecycleRule(id="x", expire=30)]),
    "notifications.set": partial(_set, "notifications", ["arn:aws:sqs:us-east-1:123456789012:jobs"]),
    "ownership.none": lambda bucket: setattr(bucket, "ownership", None),
    "website.none": lambda bucket: setattr(bucket, "website", None),
    "encryption.none": lambda bucket: setattr(bucket, "encryption", None),
}


@pytest.mark.parametrize(("name", "nothing", "value"), VALUES, ids=lambda each: str(each)[:20])
def test_what_is_set_is_read(bucket: Bucket, name: str, nothing: object, value: object) -> None:
    assert getattr(bucket, name) == nothing
    setattr(bucket, name, value)
    assert getattr(bucket, name) == value
    if isinstance(value, bool):
        setattr(bucket, name, False)
        assert getattr(bucket, name) is False


@pytest.mark.parametrize("name", REMOVABLE)
def test_none_takes_it_away(bucket: Bucket, name: str) -> None:
    WRITES[name](bucket)
    assert READS[name](bucket)
    setattr(bucket, name, None)
    assert not READS[name](bucket)


@pytest.mark.parametrize("name", READS)
def test_where_nothing_was_set_nothing_is_read(bucket: Bucket, name: str) -> None:
    if name not in ("public_access", "customer_keys"):
        assert not READS[name](bucket)


@pytest.mark.parametrize("name", READS)
def test_a_missing_bucket_is_no_missing_setting(faults: FaultServer, name: str) -> None:
    faults.otherwise(Reply.s3_error("NoSuchBucket", "The specified bucket does not exist"))
    with pytest.raises(BucketNotFound):
        READS[name](Bucket("acme-photos", cloud=faults.cloud()))


@pytest.mark.parametrize("name", READS)
def test_a_refusal_is_no_missing_setting(faults: FaultServer, name: str) -> None:
    bucket = Bucket("acme-photos", expected_bucket_owner="123456789012", cloud=faults.cloud())
    faults.otherwise(Reply.s3_error("AccessDenied", "Access Denied", 403))
    with pytest.raises(AccessDenied):
        READS[name](bucket)
    faults.otherwise(Reply.s3_error("InternalError", "We had an error", 500))
    with pytest.raises(ServiceError):
        READS[name](bucket)


@pytest.mark.parametrize("name", WRITES)
def test_what_may_not_be_set_says_so(faults: FaultServer, name: str) -> None:
    bucket = Bucket("acme-photos", expected_bucket_owner="123456789012", cloud=faults.cloud())
    faults.otherwise(Reply.s3_error("AccessDenied", "Access Denied", 403))
    with pytest.raises(AccessDenied):
        WRITES[name](bucket)
    faults.otherwise(Reply.s3_error("NoSuchBucket", "The specified bucket does not exist"))
    with pytest.raises(BucketNotFound):
        WRITES[name](bucket)


@pytest.mark.parametrize("name", [*READS, *WRITES])
def test_the_account_that_it_must_be_of_is_said_each_time(
    bucket: Bucket, faults: FaultServer, name: str
) -> None:
    (WRITES[name] if name in WRITES else READS[name])(bucket)
    assert faults.requests
    for request in faults.requests:
        headers = {each.lower(): value for each, value in request.headers.items()}
        assert headers["x-amz-expected-bucket-owner"] == "123456789012", request.path


@pytest.mark.parametrize("code", [*MISSING.values()])
def test_the_codes_of_what_is_missing_are_not_found(faults: FaultServer, code: str) -> None:
    # What `None` rests on: were one of them no NotFound, it would pass for a failure.
    faults.otherwise(Reply.s3_error(code))
    with pytest.raises(NotFound):
        faults.cloud().call("s3", "get_bucket_location", Bucket="acme-photos")


def test_the_code_of_another_setting_is_no_missing_one(faults: FaultServer) -> None:
    faults.otherwise(Reply.s3_error("NoSuchCORSConfiguration"))
    with pytest.raises(NotFound):
        _ = Bucket("acme-photos", cloud=faults.cloud()).website


def test_nothing_is_asked_for_the_objects_alone(bucket: Bucket, faults: FaultServer) -> None:
    for each in (bucket.lifecycle, bucket.cors, bucket.policy, bucket.notifications, bucket.tags):
        assert repr(each)
    assert faults.requests == []


# -- single ones -------------------------------------------------------------------------------------------------


def test_encryption_keeps_what_else_its_rule_says(bucket: Bucket, kept: Kept) -> None:
    kept.found["acme-photos", "encryption"] = (
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256"
        "</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled>"
        "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule>"
        "</ServerSideEncryptionConfiguration>"
    )
    assert bucket.encryption == Encryption("AES256")
    bucket.encryption = "aws:kms"
    assert bucket.encryption == Encryption("aws:kms")
    (rule,) = kept.rules("acme-photos", "encryption", "Rule")
    assert "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>" in rule
    with pytest.raises(InvalidRequest, match="one of"):
        bucket.encryption = "AES-256"


BLOCKED = re.compile("<EncryptionType>(.*?)</EncryptionType>")


def _rule(more: str = "", blocked: str = "") -> str:
    types = "".join(f"<EncryptionType>{each}</EncryptionType>" for each in blocked.split())
    refused = f"<BlockedEncryptionTypes>{types}</BlockedEncryptionTypes>" if blocked else ""
    return (
        f"<ServerSideEncryptionConfiguration><Rule>{more}{refused}</Rule></ServerSideEncryptionConfiguration>"
    )


def _default(algorithm: str, key: str = "") -> str:
    named = f"<KMSMasterKeyID>{key}</KMSMasterKeyID>" if key else ""
    return (
        f"<ApplyServerSideEncryptionByDefault><SSEAlgorithm>{algorithm}</SSEAlgorithm>{named}"
        "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled>"
    )


def test_customer_keys_are_a_part_of_the_rule(bucket: Bucket, kept: Kept) -> None:
    kept.found["acme-photos", "encryption"] = _rule(_default("aws:kms", "alias/reports"), "SSE-C")
    assert bucket.customer_keys is False
    for on, blocked in ((True, ["NONE"]), (False, ["SSE-C"]), (False, ["SSE-C"]), (True, ["NONE"])):
        bucket.customer_keys = on
        assert bucket.customer_keys is on
        assert bucket.encryption == Encryption("aws:kms", "alias/reports", True)
        assert BLOCKED.findall(kept.found["acme-photos", "encryption"]) == blocked
    bucket.encryption = Encryption("AES256")
    assert bucket.customer_keys is True
    assert BLOCKED.findall(kept.found["acme-photos", "encryption"]) == ["NONE"]


def test_what_else_is_refused_stays_so(bucket: Bucket, kept: Kept) -> None:
    kept.found["acme-photos", "encryption"] = _rule(_default("AES256"), "SSE-X SSE-C")
    bucket.customer_keys = True
    assert BLOCKED.findall(kept.found["acme-photos", "encryption"]) == ["SSE-X"]
    bucket.customer_keys = False
    assert BLOCKED.findall(kept.found["acme-photos", "encryption"]) == ["SSE-X", "SSE-C"]


def test_taking_the_encryption_back_keeps_what_is_refused(
    bucket: Bucket, kept: Kept, faults: FaultServer
) -> None:
    kept.found["acme-photos", "encryption"] = _rule(_default("aws:kms", "alias/reports"), "SSE-C")
    bucket.encryption = None
    assert bucket.encryption == Encryption("AES256")
    assert bucket.customer_keys is False
    assert "DELETE" not in [request.method for request in faults.requests]


def test_an_algorithm_that_is_not_known_is_read_and_stays(bucket: Bucket, kept: Kept) -> None:
    kept.found["acme-photos", "encryption"] = _rule(_default("aws:fsx"), "SSE-C")
    found = bucket.encryption
    assert found is not None
    assert str(found.algorithm) == "aws:fsx"
    bucket.customer_keys = True
    assert "<SSEAlgorithm>aws:fsx</SSEAlgorithm>" in kept.found["acme-photos", "encryption"]


BUSY = Reply.s3_error("OperationAborted", "A conflicting conditional operation is in progress", 409)


@pytest.mark.parametrize("name", WRITES)
def test_a_bucket_that_is_busy_with_another_change_is_asked_again(
    bucket: Bucket, kept: Kept, faults: FaultServer, name: str
) -> None:
    if name == "lifecycle.remove":
        bucket.lifecycle.add(expire=30, id="x")
    if name == "notifications.remove":
        bucket.notifications.add("arn:aws:sqs:us-east-1:123456789012:jobs", id="x")
    refused: list[Request] = []

    def busy_at_first(request: Request) -> Reply:
        if request.method in ("PUT", "DELETE") and len(refused) < 2:
            refused.append(request)
            return BUSY
        return kept(request)

    faults.otherwise(busy_at_first)
    WRITES[name](bucket)
    assert len(refused) == 2
    assert faults.clock.slept == [0.5, 1.0]


def test_a_bucket_that_stays_busy_is_an_error(bucket: Bucket, faults: FaultServer) -> None:
    faults.otherwise(BUSY)
    with pytest.raises(Conflict) as caught:
        bucket.versioning = True
    assert caught.value.code == "OperationAborted"
    assert sum(faults.clock.slept) == SETTLE_SECONDS


def test_another_conflict_is_told_at_once(bucket: Bucket, faults: FaultServer) -> None:
    faults.otherwise(Reply.s3_error("InvalidBucketState", status=409))
    with pytest.raises(Conflict):
        bucket.object_lock = ObjectLock()
    assert len(faults.requests) == 1


def test_public_access() -> None:
    assert PublicAccess().blocked
    for name in ("block_acls", "ignore_acls", "block_policy", "restrict"):
        assert not PublicAccess(**{name: False}).blocked


def test_public_access_is_written_as_it_is(bucket: Bucket, kept: Kept) -> None:
    bucket.public_access = PublicAccess(block_policy=False, restrict=False)
    text = kept.found["acme-photos", "publicAccessBlock"]
    assert dict(re.findall(r"<(\w+)>(true|false)</", text)) == {
        "BlockPublicAcls": "true",
        "IgnorePublicAcls": "true",
        "BlockPublicPolicy": "false",
        "RestrictPublicBuckets": "false",
    }


def test_ownership_takes_a_name(bucket: Bucket, faults: FaultServer) -> None:
    bucket.ownership = "BucketOwnerPreferred"
    assert bucket.ownership is Ownership.BUCKET_OWNER_PREFERRED
    faults.requests.clear()
    with pytest.raises(InvalidRequest, match="BucketOwnerEnforced"):
        bucket.ownership = "Mine"
    assert faults.requests == []


def test_object_lock_on_without_a_default(bucket: Bucket, faults: FaultServer) -> None:
    bucket.object_lock = ObjectLock()
    assert bucket.object_lock == ObjectLock()
    faults.requests.clear()
    with pytest.raises(InvalidRequest, match="cannot be switched off") as caught:
        bucket.object_lock = None  # type: ignore[assignment]
    assert "ObjectLock()" in str(caught.value.hint)
    assert faults.requests == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "GOVERNANCE"},
        {"days": 3},
        {"mode": "GOVERNANCE", "days": 3, "years": 1},
        {"mode": "FOREVER", "days": 3},
        {"mode": "GOVERNANCE", "days": 0},
        {"mode": "COMPLIANCE", "days": 36_501},
        {"mode": "COMPLIANCE", "years": 101},
    ],
)
def test_object_locks_that_s3_does_not_take(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        ObjectLock(**wrong)


def test_a_bucket_with_a_dot_cannot_be_accelerated(faults: FaultServer) -> None:
    bucket = Bucket("acme.photos", cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match="dot"):
        bucket.acceleration = True
    assert faults.requests == []


def test_replication(bucket: Bucket, kept: Kept) -> None:
    kept.found["acme-photos", "replication"] = (
        "<ReplicationConfiguration><Role>arn:aws:iam::123456789012:role/copy</Role>"
        "<Rule><ID>all</ID><Priority>2</Priority><Status>Enabled</Status><Filter><And><Prefix>a/</Prefix>"
        "<Tag><Key>k</Key><Value>v</Value></Tag></And></Filter><Destination><Bucket>arn:aws:s3:::backup</Bucket>"
        "<Account>210987654321</Account><StorageClass>GLACIER</StorageClass></Destination>"
        "<DeleteMarkerReplication><Status>Enabled</Status></DeleteMarkerReplication></Rule>"
        "<Rule><ID>old</ID><Prefix>b/</Prefix><Status>Disabled</Status><Destination>"
        "<Bucket>arn:aws:s3:::backup</Bucket></Destination></Rule>"
        "<Rule><ID>tag</ID><Status>Enabled</Status><Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>"
        "<Destination><Bucket>arn:aws:s3:::backup</Bucket></Destination></Rule></ReplicationConfiguration>"
    )
    found = bucket.replication
    assert found is not None
    assert found.role == "arn:aws:iam::123456789012:role/copy"
    first, second, third = found.rules
    assert (first.id, first.enabled, first.priority, first.prefix, first.tags) == (
        "all",
        True,
        2,
        "a/",
        {"k": "v"},
    )
    assert (first.bucket, first.account, first.storage_class, first.delete_markers) == (
        "backup",
        "210987654321",
        "GLACIER",
        True,
    )
    assert (second.enabled, second.prefix, second.delete_markers, second.storage_class) == (
        False,
        "b/",
        False,
        None,
    )
    assert third.tags == {"k": "v"}
    assert third.raw["ID"] == "tag"
    with pytest.raises(AttributeError):
        setattr(bucket, "replication", None)  # noqa: B010 - type checkers refuse it otherwise


def test_tags_of_aws_s_own_are_written_back(bucket: Bucket, kept: Kept) -> None:
    # S3 lets nobody take them away: without them it refuses all others.
    kept.found["acme-photos", "tagging"] = (
        "<Tagging><TagSet><Tag><Key>aws:cloudformation:stack-name</Key><Value>web</Value></Tag></TagSet></Tagging>"
    )
    bucket.tags["team"] = "web"
    bucket.tags.clear()
    assert dict(bucket.tags) == {"aws:cloudformation:stack-name": "web"}


# -- the words ---------------------------------------------------------------------------------------------------


def test_every_word_of_aws_s_in_the_settings_is_in_its_model() -> None:
    """Names inside of requests and answers, which the checks of the calls themselves do not reach."""
    loader = botocore.session.Session().get_component("data_loader")
    known = set(re.findall(r"\w+", json.dumps(loader.load_service_model("s3", "service-2"))))
    others = {"AWS", "Allow", "Deny", "Bool", "Statement"}  # of policies
    unknown: list[str] = []
    for path in sorted((Path(cloudkit.__file__).parent / "s3" / "settings").glob("*.py")):
        tree = ast.parse(path.read_text())
        docs = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        unknown += [
            f"{path.name}:{node.lineno}: {part}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
            if re.fullmatch(r"(?:[A-Z][A-Za-z]+\.?)+", node.value)
            for part in node.value.split(".")
            if part not in known | others and not _is_ours(part)
        ]
    assert unknown == []


def _is_ours(word: str) -> bool:
    """Types in quotes, and the codes of errors, which the model does not have."""
    return word in {*cloudkit.s3.__all__, "Document", "Bucket", "Receiver", "PolicyLike"} or word in {
        *MISSING.values(),
        "BucketAlreadyOwnedByYou",
        "OperationAborted",
        "MethodNotAllowed",
        "NotImplemented",
        "MalformedXML",
    }


def test_the_server_of_these_tests_knows_every_setting() -> None:
    assert len(MISSING) + len(PLAIN) == 15
