"""How buckets are made, and what `ensure` compares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from attrs import evolve

from cloudkit import Bucket, Cloud, Encryption, local
from cloudkit.errors import (
    AccessDenied,
    AlreadyExists,
    CloudError,
    Conflict,
    ConnectionFailed,
    InvalidRequest,
)
from cloudkit.s3 import LifecycleRule, ObjectLock, Ownership, PublicAccess
from cloudkit.s3._limits import SETTLE_LONGEST_PAUSE_SECONDS, SETTLE_SECONDS
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request
from tests.s3.settings.answers import Kept

OPEN = PublicAccess(block_policy=False, restrict=False)
UNKNOWN = [
    Reply.s3_error("MethodNotAllowed", status=405),
    Reply.s3_error("NotImplemented", status=501),
    Reply.s3_error("MalformedXML", status=400),
    Reply.s3_error("BucketAlreadyOwnedByYou", status=409),
]


@pytest.fixture
def elsewhere(faults: FaultServer, kept: Kept) -> Cloud:
    """Not in us-east-1, where one looks first."""
    return faults.cloud().in_region("eu-west-1")


@pytest.fixture
def aws() -> Iterator[Cloud]:
    """The embedded cloud, which counts as AWS, whatever server the rig is."""
    with local() as cloud:
        yield cloud
    cloud.close()


def asked(faults: FaultServer) -> list[str]:
    return [f"{request.method} {' '.join(request.query)}".strip() for request in faults.requests]


# -- making ------------------------------------------------------------------------------------------------------


def test_a_new_bucket_is_shut_without_acls_and_encrypted(aws: Cloud) -> None:
    bucket = Bucket.create("acme-photos")
    assert bucket.public_access == PublicAccess()
    assert bucket.public_access.blocked
    assert bucket.ownership is Ownership.BUCKET_OWNER_ENFORCED
    assert bucket.encryption == Encryption("AES256")
    assert bucket.versioning is False
    assert bucket.object_lock is None
    assert not bucket.policy


def test_public_must_be_spelt_out(aws: Cloud) -> None:
    bucket = Bucket.create("acme-photos", public=True)
    assert bucket.public_access == OPEN  # ACLs stay off: a policy is enough
    assert bucket.ownership is Ownership.BUCKET_OWNER_ENFORCED
    assert not bucket.policy  # and nothing is public until one says so
    assert Bucket.create("acme-more", public=False).public_access.blocked


def test_all_of_it(aws: Cloud) -> None:
    bucket = Bucket.create(
        "acme-photos",
        region="eu-central-1",
        encryption=Encryption("aws:kms", "alias/reports", True),
        object_lock=ObjectLock("GOVERNANCE", days=30),
        tls_only=True,
        tags={"team": "web"},
    )
    assert (bucket.cloud.region, bucket.region) == ("eu-central-1", "eu-central-1")
    assert bucket.encryption == Encryption("aws:kms", "alias/reports", True)
    assert bucket.object_lock == ObjectLock("GOVERNANCE", days=30)
    assert bucket.versioning is True
    assert [each.sid for each in bucket.policy] == ["cloudkitTlsOnly"]
    assert dict(bucket.tags) == {"team": "web"}
    assert Bucket.create("acme-locked", object_lock=True).object_lock == ObjectLock()
    assert Bucket.create("acme-kms", encryption="aws:kms").encryption == Encryption("aws:kms")


def test_acls_for_those_who_ask_for_them(aws: Cloud) -> None:
    bucket = Bucket.create("acme-photos", aws={"ObjectOwnership": "BucketOwnerPreferred"})
    assert bucket.ownership is Ownership.BUCKET_OWNER_PREFERRED


@pytest.mark.parametrize(
    ("region", "named"), [("us-east-1", ""), ("eu-west-1", "eu-west-1"), ("cn-north-1", "cn-north-1")]
)
def test_the_region_is_said_but_for_one(faults: FaultServer, region: str, named: str) -> None:
    faults.replies(*([Reply(404)] if region == "us-east-1" else []), Reply(200), Reply(200))
    bucket = Bucket.create("acme-photos", region=region, cloud=faults.cloud().in_region("sa-east-1"))
    assert bucket.cloud.region == region
    body = faults.requests[-2].body.decode()
    assert re.findall("<LocationConstraint>(.*)</LocationConstraint>", body) == ([named] if named else [])


def test_what_is_sent_to_another_server(elsewhere: Cloud, faults: FaultServer) -> None:
    Bucket.create("acme-photos", cloud=elsewhere)
    assert asked(faults) == ["PUT", "PUT publicAccessBlock"]
    headers = {name.lower() for name in faults.requests[0].headers}
    assert not [
        name for name in headers if name.startswith(("x-amz-object-ownership", "x-amz-bucket-object"))
    ]
    faults.requests.clear()
    Bucket.create(
        "acme-more", cloud=elsewhere, encryption="AES256", versioning=True, tags={"a": "b"}, tls_only=True
    )
    assert asked(faults) == [
        "PUT",
        "PUT publicAccessBlock",
        "PUT encryption",
        "PUT versioning",
        "PUT tagging",
        "PUT policy",
    ]
    faults.requests.clear()
    Bucket.create(
        "acme-lock", cloud=elsewhere, versioning=True, object_lock=ObjectLock("COMPLIANCE", years=1)
    )
    assert faults.requests[0].headers["x-amz-bucket-object-lock-enabled"] == "true"
    assert asked(faults) == ["PUT", "PUT publicAccessBlock", "PUT object-lock"]


@pytest.mark.parametrize("reply", UNKNOWN, ids=lambda reply: str(reply.status))
def test_a_server_may_know_no_such_blocks(faults: FaultServer, elsewhere: Cloud, reply: Reply) -> None:
    faults.replies(Reply(200), reply)
    assert Bucket.create("acme-photos", cloud=elsewhere).name == "acme-photos"
    assert asked(faults) == ["PUT", "PUT publicAccessBlock"]


@pytest.mark.parametrize("reply", UNKNOWN, ids=lambda reply: str(reply.status))
def test_what_was_asked_for_is_not_given_up(faults: FaultServer, elsewhere: Cloud, reply: Reply) -> None:
    faults.replies(Reply(200), Reply(200), reply)
    with pytest.raises(CloudError):
        Bucket.create("acme-photos", cloud=elsewhere, encryption="aws:kms")
    assert asked(faults)[-1] == "DELETE"


DENIED = Reply.s3_error("AccessDenied", "Access Denied", 403)


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5])
def test_a_bucket_is_not_left_half_made(faults: FaultServer, elsewhere: Cloud, step: int) -> None:
    faults.replies(*[Reply(200)] * step, DENIED, Reply(204))
    with pytest.raises(AccessDenied) as caught:
        Bucket.create(
            "acme-photos",
            cloud=elsewhere,
            encryption="AES256",
            versioning=True,
            tags={"a": "b"},
            tls_only=True,
        )
    assert asked(faults)[-1] == "DELETE"
    assert "was deleted again" in str(caught.value)
    assert len(faults.requests) == step + 2
    # It is truly gone: NotFound for it is the truth from now on.
    faults.requests.clear()
    faults.otherwise(Reply(404))
    assert not Bucket("acme-photos", cloud=elsewhere).exists()
    assert len(faults.requests) == 1


def test_what_cannot_be_taken_back_is_said(faults: FaultServer, elsewhere: Cloud) -> None:
    faults.replies(Reply(200), DENIED, Reply.s3_error("BucketNotEmpty", status=409))
    with pytest.raises(AccessDenied) as caught:
        Bucket.create("acme-photos", cloud=elsewhere)
    said = str(caught.value)
    assert "BucketNotEmpty" in said
    assert "Bucket('acme-photos').delete()" in said
    faults.replies(Reply(200), Reply(reset=True), Reply(204))
    with pytest.raises(ConnectionFailed, match="deleted again"):
        Bucket.create("acme-photos", cloud=elsewhere)


def test_what_was_not_made_is_not_taken_back(faults: FaultServer, elsewhere: Cloud) -> None:
    faults.replies(DENIED)
    with pytest.raises(AccessDenied):
        Bucket.create("acme-photos", cloud=elsewhere)
    assert asked(faults) == ["PUT"]


BUSY = Reply.s3_error("OperationAborted", "A conflicting conditional operation is in progress", 409)
EVERYTHING: dict[str, Any] = {
    "encryption": "AES256",
    "versioning": True,
    "tags": {"a": "b"},
    "tls_only": True,
}
STEPS = ["PUT", "PUT publicAccessBlock", "PUT encryption", "PUT versioning", "PUT tagging", "PUT policy"]


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_a_bucket_that_is_still_busy_is_asked_again(
    faults: FaultServer, elsewhere: Cloud, kept: Kept, step: int
) -> None:
    faults.replies(*[kept] * step, BUSY, BUSY)
    Bucket.create("acme-photos", cloud=elsewhere, **EVERYTHING)
    assert asked(faults) == [*STEPS[:step], STEPS[step], STEPS[step], *STEPS[step:]]
    assert faults.clock.slept == [0.5, 1.0]
    assert kept.made == ["acme-photos"]
    assert len(kept.found) == len(STEPS) - 1


def test_a_bucket_that_stays_busy_is_taken_back_in_the_end(faults: FaultServer, elsewhere: Cloud) -> None:
    refusals = 0

    def busy(request: Request) -> Reply:
        nonlocal refusals
        if request.method == "DELETE":
            refusals += 1
            return BUSY if refusals == 1 else Reply(204)
        return BUSY if request.query else Reply(200)

    faults.otherwise(busy)
    with pytest.raises(Conflict, match="was deleted again") as caught:
        Bucket.create("acme-photos", cloud=elsewhere)
    assert caught.value.code == "OperationAborted"
    assert asked(faults)[-2:] == ["DELETE", "DELETE"]
    *pauses, last = faults.clock.slept
    assert sum(pauses) == SETTLE_SECONDS
    assert pauses[:5] == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert max(pauses) == SETTLE_LONGEST_PAUSE_SECONDS
    assert last == 0.5


def test_a_name_that_stays_busy_is_an_error(faults: FaultServer, elsewhere: Cloud) -> None:
    faults.otherwise(BUSY)
    with pytest.raises(Conflict):
        Bucket.create("acme-photos", cloud=elsewhere)
    assert set(asked(faults)) == {"PUT"}
    assert sum(faults.clock.slept) == SETTLE_SECONDS


def test_another_conflict_is_not_waited_for(faults: FaultServer, elsewhere: Cloud) -> None:
    faults.replies(Reply(200), Reply.s3_error("InvalidBucketState", status=409), Reply(204))
    with pytest.raises(Conflict):
        Bucket.create("acme-photos", cloud=elsewhere)
    assert asked(faults) == ["PUT", "PUT publicAccessBlock", "DELETE"]
    assert faults.clock.slept == []


MINE = Reply.s3_error("BucketAlreadyOwnedByYou", "yours already", 409)
LOST = [Reply.s3_error("InternalError", "We had an error", 500), Reply(reset=True)]
LOOKS = ["GET versions max-keys encoding-type", "GET tagging", "GET policy", "GET encryption"]


@pytest.fixture
def lossy(faults: FaultServer, kept: Kept) -> Cloud:
    """One that sends a request again whose answer is lost, not in us-east-1."""
    return faults.cloud(attempts=2).in_region("eu-west-1")


@pytest.mark.parametrize("lost", LOST, ids=["500", "reset"])
@pytest.mark.parametrize("make", [Bucket.create, Bucket.ensure])
def test_a_bucket_whose_making_was_not_answered_gets_its_settings(
    faults: FaultServer, lossy: Cloud, kept: Kept, lost: Reply, make: Any
) -> None:
    faults.replies(*([Reply(404)] if make == Bucket.ensure else []), lost, MINE)
    bucket = make("acme-photos", cloud=lossy, **EVERYTHING)
    assert bucket.name == "acme-photos"
    assert [each for each in asked(faults) if each != "HEAD"] == ["PUT", "PUT", *LOOKS, *STEPS[1:]]
    assert "cloudkitTlsOnly" in kept.found["acme-photos", "policy"]


def test_it_is_not_taken_back(faults: FaultServer, lossy: Cloud, kept: Kept) -> None:
    faults.replies(LOST[1], MINE, *[kept] * len(LOOKS), DENIED)
    with pytest.raises(AccessDenied, match=r"without this setting: Bucket\('acme-photos'\)\.delete\(\)"):
        Bucket.create("acme-photos", cloud=lossy)
    assert asked(faults) == ["PUT", "PUT", *LOOKS, "PUT publicAccessBlock"]


def test_one_that_was_there_before_is_left_alone(faults: FaultServer, lossy: Cloud, kept: Kept) -> None:
    # The first request was refused for another reason than one would think, such as too many of them.
    here = Bucket("acme-photos", cloud=lossy)
    version = "<Version><Key>k</Key><VersionId>1</VersionId></Version>"
    full = Reply.xml(f"<ListVersionsResult>{version}</ListVersionsResult>")
    for look in (full, DENIED):
        faults.replies(LOST[1], MINE, look)
        with pytest.raises(AlreadyExists):
            Bucket.create("acme-photos", cloud=lossy, **EVERYTHING)
        assert asked(faults) == ["PUT", "PUT", LOOKS[0]]
        faults.requests.clear()
    here.encryption = "aws:kms"
    for change in (lambda: None, here.policy.require_tls, lambda: here.tags.update(team="web")):
        change()
        before = dict(kept.found)
        faults.requests.clear()
        faults.replies(LOST[1], MINE)
        with pytest.raises(AlreadyExists):
            Bucket.create("acme-photos", cloud=lossy, **EVERYTHING)
        assert kept.found == before
        assert asked(faults)[2:] == LOOKS[: len(faults.requests) - 2]


def test_one_that_is_anothers_or_is_found_at_once_is_an_error(faults: FaultServer, lossy: Cloud) -> None:
    for script in ([MINE], [LOST[1], Reply.s3_error("BucketAlreadyExists", "not available", 409)]):
        faults.requests.clear()
        faults.replies(*script)
        with pytest.raises(AlreadyExists):
            Bucket.create("acme-photos", cloud=lossy)
        assert asked(faults) == ["PUT"] * len(script)


def test_customer_keys_are_written_with_the_encryption(
    faults: FaultServer, elsewhere: Cloud, kept: Kept
) -> None:
    bucket = Bucket.create("acme-photos", cloud=elsewhere, customer_keys=True, encryption="aws:kms")
    assert asked(faults) == ["PUT", "PUT publicAccessBlock", "PUT encryption"]
    (rule,) = kept.rules("acme-photos", "encryption", "Rule")
    assert re.findall("<EncryptionType>(.*?)</EncryptionType>", rule) == ["NONE"]
    assert (bucket.customer_keys, bucket.encryption) == (True, Encryption("aws:kms"))
    bare = Bucket.create("acme-more", cloud=elsewhere, customer_keys=False)
    assert (bare.customer_keys, bare.encryption) == (False, None)
    assert Bucket.ensure("acme-more", cloud=elsewhere, customer_keys=False) == bare
    with pytest.raises(Conflict, match="customer_keys is False, not True"):
        Bucket.ensure("acme-more", cloud=elsewhere, customer_keys=True)
    Bucket.ensure("acme-more", cloud=elsewhere, customer_keys=True, encryption="AES256", update=True)
    assert (bare.customer_keys, bare.encryption) == (True, Encryption())


@pytest.mark.parametrize(
    "wrong",
    [
        {"encryption": "AES-256"},
        {"tags": {"aws:x": "1"}},
        {"object_lock": True, "versioning": False},
    ],
)
def test_settings_that_s3_does_not_take(faults: FaultServer, wrong: Mapping[str, Any]) -> None:
    for make in (Bucket.create, Bucket.ensure):
        with pytest.raises(InvalidRequest):
            make("acme-photos", cloud=faults.cloud(), **wrong)
        with pytest.raises(TypeError, match="no colour"):
            make("acme-photos", cloud=faults.cloud(), colour="blue")  # type: ignore[call-arg]
    assert faults.requests == []


# -- ensuring ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"versioning": True}, "versioning is False, not True"),
        ({"encryption": "aws:kms"}, "encryption is .*AES256.*, not .*aws:kms"),
        ({"public": True}, "public is False, not True"),
        ({"tls_only": True}, "tls_only is False, not True"),
        ({"tags": {"team": "db"}}, "tag team is web, not db"),
    ],
    ids=str,
)
def test_ensure_says_what_differs_or_changes_it(aws: Cloud, setting: Mapping[str, Any], said: str) -> None:
    first = Bucket.ensure("acme-photos", tags={"team": "web"})
    assert Bucket.ensure("acme-photos", tags={"team": "web"}) == first
    with pytest.raises(Conflict, match=said) as caught:
        Bucket.ensure("acme-photos", **setting)
    assert "update=True" in str(caught.value)
    Bucket.ensure("acme-photos", update=True, **setting)
    assert Bucket.ensure("acme-photos", **setting) == first


def test_ensure_names_all_that_differs(aws: Cloud) -> None:
    Bucket.create("acme-photos", versioning=True, tls_only=True, public=True)
    with pytest.raises(Conflict) as caught:
        Bucket.ensure("acme-photos", versioning=False, tls_only=False, public=False, tags={"a": "b"})
    assert caught.value.message == (
        "versioning is True, not False; public is True, not False; tls_only is True, not False; tag a is None, not b"
    )
    bucket = Bucket.ensure(
        "acme-photos", versioning=False, tls_only=False, public=False, tags={"a": "b"}, update=True
    )
    assert not bucket.versioning
    assert bucket.public_access.blocked
    assert not bucket.policy
    assert dict(bucket.tags) == {"a": "b"}


def test_ensure_and_the_lock(aws: Cloud) -> None:
    bucket = Bucket.create("acme-photos", versioning=True)
    with pytest.raises(Conflict, match="object_lock is None, not True"):
        Bucket.ensure("acme-photos", object_lock=True)
    Bucket.ensure("acme-photos", object_lock=ObjectLock("GOVERNANCE", days=1), update=True)
    assert bucket.object_lock == ObjectLock("GOVERNANCE", days=1)
    Bucket.ensure("acme-photos", object_lock=True)
    Bucket.ensure("acme-photos", object_lock=ObjectLock("GOVERNANCE", days=1))
    with pytest.raises(Conflict, match="days=1"):
        Bucket.ensure("acme-photos", object_lock=ObjectLock("GOVERNANCE", days=2))
    with pytest.raises(InvalidRequest, match="cannot be switched off"):
        Bucket.ensure("acme-photos", object_lock=False, update=True)
    assert Bucket.ensure("acme-more", object_lock=False).object_lock is None


@pytest.mark.parametrize("lock", [True, ObjectLock("GOVERNANCE", days=1)], ids=["on", "days"])
def test_ensure_keeps_versions_before_it_locks_them(
    faults: FaultServer, elsewhere: Cloud, kept: Kept, lock: Any
) -> None:
    def strict(request: Request) -> Reply:
        unversioned = "Enabled" not in kept.found.get(("acme-photos", "versioning"), "")
        if request.method == "PUT" and "object-lock" in request.query and unversioned:
            return Reply.s3_error("InvalidBucketState", "Versioning must be 'Enabled' on the bucket", 409)
        return kept(request)

    faults.otherwise(strict)
    bucket = Bucket.ensure("acme-photos", cloud=elsewhere, object_lock=lock, update=True)
    assert bucket.object_lock == (ObjectLock() if lock is True else lock)
    assert bucket.versioning
    # Where they are kept already, nothing is switched.
    kept.found.pop(("acme-photos", "object-lock"))
    faults.requests.clear()
    Bucket.ensure("acme-photos", cloud=elsewhere, object_lock=lock, update=True)
    assert "PUT versioning" not in asked(faults)
    # And where locks are on, so are versions.
    faults.requests.clear()
    Bucket.ensure("acme-photos", cloud=elsewhere, object_lock=ObjectLock("GOVERNANCE", days=9), update=True)
    assert asked(faults) == ["HEAD", "GET object-lock", "PUT object-lock"]


def test_ensure_compares_what_is_said_of_a_key_and_no_more(aws: Cloud) -> None:
    Bucket.create("acme-photos", encryption=Encryption("aws:kms", "alias/a", True))
    Bucket.ensure("acme-photos", encryption="aws:kms")
    Bucket.ensure("acme-photos", encryption=Encryption("aws:kms", "alias/a"))
    for other in (Encryption("aws:kms", "alias/b"), Encryption("aws:kms", bucket_key=False)):
        with pytest.raises(Conflict, match="encryption"):
            Bucket.ensure("acme-photos", encryption=other)


def test_ensure_asks_for_what_is_given_alone(elsewhere: Cloud, faults: FaultServer) -> None:
    Bucket.ensure("acme-photos", cloud=elsewhere)
    assert asked(faults) == ["HEAD"]
    faults.requests.clear()
    Bucket.ensure("acme-photos", cloud=elsewhere, versioning=False, tls_only=False)
    assert asked(faults) == ["HEAD", "GET versioning", "GET policy"]


def test_ensure_makes_it_with_its_settings(rig: Rig) -> None:
    name = rig.name("bucket")
    bucket = Bucket.ensure(name, versioning=True, tls_only=True, tags={"team": "web"})
    assert bucket.versioning
    assert [each.sid for each in bucket.policy] == ["cloudkitTlsOnly"]
    assert dict(bucket.tags) == {"team": "web"}


def test_a_bucket_stays_in_its_region(aws: Cloud) -> None:
    made = Bucket.ensure("acme-photos", region="eu-west-1")
    assert made.region == "eu-west-1"
    assert Bucket.ensure("acme-photos", region="eu-west-1") == made
    for update in (False, True):
        with pytest.raises(Conflict, match="region is eu-west-1, not us-east-1"):
            Bucket.ensure("acme-photos", region="us-east-1", update=update)


# -- values as the setters take them -----------------------------------------------------------------------------

TMP = LifecycleRule(id="tmp", prefix="tmp/", expire=30)


def test_a_bucket_with_all_that_can_be_given(aws: Cloud) -> None:
    bucket = Bucket.create(
        "acme-photos", encryption="alias/reports", lifecycle=(each for each in [TMP]), object_lock=True
    )
    assert bucket.encryption == Encryption("aws:kms", "alias/reports")
    assert list(bucket.lifecycle) == [TMP]
    assert Bucket.ensure("acme-photos", lifecycle=[TMP], object_lock=True) == bucket


def test_rules_are_brought_in_among_others(aws: Cloud) -> None:
    bucket = Bucket.create("acme-photos")
    bucket.lifecycle.add(id="theirs", expire=9)
    with pytest.raises(Conflict, match="rule tmp is not there"):
        Bucket.ensure("acme-photos", lifecycle=[TMP])
    Bucket.ensure("acme-photos", lifecycle=[TMP], update=True)
    assert [each.id for each in bucket.lifecycle] == ["theirs", "tmp"]
    with pytest.raises(Conflict, match="rule tmp says something else"):
        Bucket.ensure("acme-photos", lifecycle=[evolve(TMP, expire=31)])
    Bucket.ensure("acme-photos", lifecycle=[evolve(TMP, expire=31)], update=True)
    assert {each.id: each.expire for each in bucket.lifecycle} == {"theirs": 9, "tmp": 31}
    assert Bucket.ensure("acme-new", lifecycle=[TMP]).lifecycle.rules == [TMP]


@pytest.mark.parametrize(
    "wrong",
    [
        {"versioning": "no"},
        {"versioning": "Enabled"},
        {"public": "blocked"},
        {"public": 0},
        {"tls_only": "yes"},
        {"customer_keys": 1},
        {"object_lock": "GOVERNANCE"},
        {"object_lock": 30},
        {"encryption": True},
        {"tags": [("a", "b")]},
        {"tags": {"a": 1}},
        {"lifecycle": TMP},
        {"lifecycle": [{"ID": "tmp"}]},
        {"lifecycle": [TMP, TMP]},
    ],
)
def test_what_is_meant_otherwise_is_refused_before_anything_is_made(
    elsewhere: Cloud, faults: FaultServer, wrong: Any
) -> None:
    for make in (Bucket.create, Bucket.ensure):
        with pytest.raises(InvalidRequest):
            make("acme-photos", cloud=elsewhere, **wrong)
    assert faults.requests == []
