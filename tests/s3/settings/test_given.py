"""What settings can be set to as people type it, and what is refused before anything is asked of S3."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

import cloudkit
from cloudkit import Bucket, Encryption, Object, Queue, Retention, local
from cloudkit.errors import CloudError, InvalidRequest
from cloudkit.s3 import (
    BucketNotFound,
    CorsRule,
    LifecycleRule,
    Logging,
    Notification,
    ObjectLock,
    Ownership,
    PublicAccess,
    RoutingRule,
    Website,
)
from tests.conftest import Rig
from tests.faults import FaultServer, Reply
from tests.s3.settings.answers import Kept

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:jobs"
RULE = LifecycleRule(id="tmp", prefix="tmp/", expire=30)
DENY = {
    "Sid": "a",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "arn:aws:s3:::acme-photos",
}
SWITCHES = ["versioning", "acceleration", "requester_pays", "customer_keys"]
# What can be taken away, and so is None or nothing then.
REMOVABLE = [
    "tags",
    "lifecycle",
    "notifications",
    "policy",
    "cors",
    "website",
    "encryption",
    "ownership",
    "logging",
]


@pytest.mark.parametrize(
    ("name", "given", "found"),
    [
        ("website", "index.html", Website("index.html")),
        ("encryption", "AES256", Encryption()),
        ("encryption", "aws:kms", Encryption("aws:kms")),
        ("encryption", KEY, Encryption("aws:kms", KEY)),
        ("encryption", "alias/reports", Encryption("aws:kms", "alias/reports")),
        ("encryption", KEY.rpartition("/")[2], Encryption("aws:kms", KEY.rpartition("/")[2])),
        ("encryption", "mrk-" + "0" * 32, Encryption("aws:kms", "mrk-" + "0" * 32)),
        ("public_access", "blocked", PublicAccess()),
        ("public_access", "by policy", PublicAccess(block_policy=False, restrict=False)),
        ("ownership", "ObjectWriter", Ownership.OBJECT_WRITER),
        ("logging", "acme-logs", Logging("acme-logs")),
        ("object_lock", True, ObjectLock()),
        ("cors", ["https://example.com"], [CorsRule("https://example.com")]),
        ("cors", ("*", CorsRule("http://localhost:3000", "PUT")), [CorsRule("*"), CorsRule("http://localhost:3000", "PUT")]),
        ("tags", {"team": "web"}, {"team": "web"}),
        ("lifecycle", [RULE], [RULE]),
    ],
)  # fmt: skip
def test_the_obvious(bucket: Bucket, name: str, given: Any, found: Any) -> None:
    setattr(bucket, name, given)
    read = getattr(bucket, name)
    assert (list(read) if name == "lifecycle" else read) == found


def test_a_bucket_to_log_to(bucket: Bucket) -> None:
    bucket.logging = Bucket("acme-logs", cloud=bucket.cloud)
    assert bucket.logging == Logging("acme-logs")


FOLDER: Callable[[Bucket], object] = lambda bucket: bucket.folder("site/")  # noqa: E731


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        *[(name, value, "True or False") for name in SWITCHES for value in ("no", "Enabled", 1, 0, None, "False")],
        ("website", True, "'index.html'"),
        ("website", {"index": "index.html"}, "'index.html'"),
        ("website", "https://example.com", "redirect_to="),
        ("website", "a/index.html", "without a slash"),
        ("website", "", "without a slash"),
        ("public_access", True, "'blocked'"),
        ("public_access", False, "'by policy'"),
        ("public_access", None, "'blocked'"),
        ("public_access", "open", "'by policy'"),
        ("public_access", {"block_acls": True}, "PublicAccess"),
        ("encryption", True, "'aws:kms'"),
        ("encryption", "kms", "'aws:kms'"),
        ("encryption", "", "one of"),
        ("ownership", True, "BucketOwnerEnforced"),
        ("ownership", "bucketownerenforced", "BucketOwnerEnforced"),
        ("logging", True, "'acme-logs'"),
        ("logging", "acme-logs/site/", "Logging('acme-logs', 'site/')"),
        ("logging", "arn:aws:s3:::acme-logs", "its name"),
        ("logging", "", "its name"),
        ("logging", "acme-photos", "without end"),
        ("logging", FOLDER, "its name"),
        ("object_lock", False, "cannot be switched off"),
        ("object_lock", None, "cannot be switched off"),
        ("object_lock", 30, "days=30"),
        ("object_lock", "GOVERNANCE", "days=30"),
        ("cors", "https://example.com", "['https://example.com']"),
        ("cors", CorsRule("*"), "it is a list"),
        ("cors", {"https://example.com": "GET"}, "it is a list"),
        ("cors", ["example.com"], "would never match"),
        ("cors", ["https://example.com/"], "without a slash"),
        ("cors", [{"AllowedOrigins": ["*"]}], "CorsRule("),
        ("cors", 5, "it is a list"),
        ("tags", "team=web", "mapping"),
        ("tags", [{"Key": "team", "Value": "web"}], "mapping"),
        ("tags", {"size": 5}, "'size': '5'"),
        ("tags", {"aws:x": "y"}, "for itself"),
        ("tags", {str(number): "x" for number in range(51)}, "up to 50"),
        ("lifecycle", RULE, "it is a list"),
        ("lifecycle", {"tmp/": 30}, "it is a list"),
        ("lifecycle", "tmp/", "it is a list"),
        ("lifecycle", [{"ID": "x"}], "LifecycleRule("),
        ("lifecycle", [RULE, RULE], "'tmp'"),
        ("lifecycle", [LifecycleRule(id="x")], "does nothing"),
        ("lifecycle", [LifecycleRule(id=str(n), expire=1) for n in range(1001)], "up to 1000"),
        ("notifications", QUEUE, "it is a list"),
        ("notifications", Notification(QUEUE), "it is a list"),
        ("notifications", [QUEUE, QUEUE], "several"),
        ("notifications", ["jobs"], "nothing that a bucket can tell"),
        ("notifications", [None], "a Queue, a Topic, or an ARN"),
        ("notifications", [Notification(QUEUE, "created")], "no event"),
        ("notifications", [Notification(f"{QUEUE}-{n}") for n in range(101)], "up to 100"),
        ("policy", "", "no JSON"),
        ("policy", True, "it is a list"),
        ("policy", {"statement": [DENY]}, "has no statement"),
        ("policy", {"Policy": json.dumps({"Statement": DENY})}, "has no Policy"),
        ("policy", {"Version": "2012-10-17"}, "has a Statement"),
        ("policy", {"Statement": ["x"]}, "is a mapping"),
        ("policy", ["s3:GetObject"], "Statements"),
        ("policy", '["x"]', "list"),
    ],
)  # fmt: skip
def test_what_is_meant_otherwise_is_refused_before_anything_is_asked(
    bucket: Bucket, faults: FaultServer, kept: Kept, name: str, wrong: Any, said: str
) -> None:
    before = dict(kept.found)
    with pytest.raises(InvalidRequest) as caught:
        setattr(bucket, name, wrong(bucket) if wrong is FOLDER else wrong)
    assert said in str(caught.value)
    assert {request.method for request in faults.requests} <= {"GET"}
    # How many notifications there are in all, and which tags AWS has set, S3 alone knows.
    assert faults.requests == [] or (name, said) in (("notifications", "up to 100"), ("tags", "for itself"))
    assert kept.found == before


@pytest.mark.parametrize(
    "wrong",
    [
        lambda s3: s3.CorsRule({"https://example.com": 1}),
        lambda s3: s3.CorsRule([1]),
        lambda s3: s3.CorsRule("*", max_age=True),
        lambda s3: s3.ObjectLock("GOVERNANCE", days=True),
        lambda s3: s3.ObjectLock("GOVERNANCE", days=timedelta(days=3)),
        lambda s3: s3.ObjectLock("GOVERNANCE", years="1"),
        lambda s3: s3.LifecycleRule(expire=True),
        lambda s3: s3.LifecycleRule(expire="30"),
        lambda s3: s3.LifecycleRule(expire=datetime(2030, 1, 1)),  # noqa: DTZ001
        lambda s3: s3.LifecycleRule(expire=-timedelta(days=1)),
        lambda s3: s3.LifecycleRule(expire=1, enabled="no"),
        lambda s3: s3.LifecycleRule(expire_markers=1),
        lambda s3: s3.LifecycleRule(transition=["GLACIER"]),
        lambda s3: s3.LifecycleRule(transition={"GLACIER": 1.5}),
        lambda s3: s3.LifecycleRule(noncurrent_expire=True),
        lambda s3: s3.LifecycleRule(noncurrent_transition={"GLACIER": "3"}),
        lambda s3: s3.LifecycleRule(abort_uploads="7"),
        lambda s3: s3.Website(True),
        lambda s3: s3.Website(rules=s3.RoutingRule(to="https://example.com")),
        lambda s3: s3.Website(rules=["docs/"]),
        lambda s3: s3.Logging(None),
        lambda s3: s3.Notification(None),
        lambda s3: s3.Notification(QUEUE, {"s3:ObjectCreated:*": 1}),
        lambda s3: s3.Notification(s3.Notification(QUEUE)),
        lambda s3: s3.Retention("2030-01-01"),
        lambda s3: s3.Retention(date(2030, 1, 1)),
    ],
)
def test_values_that_are_none(wrong: Callable[[Any], Any]) -> None:
    with pytest.raises(InvalidRequest):
        wrong(cloudkit.s3)  # untyped, as of callers that check no types


# -- taking away -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", REMOVABLE)
def test_none_takes_away_what_can_be_taken_away(bucket: Bucket, kept: Kept, name: str) -> None:
    values: dict[str, Any] = {
        "tags": {"a": "b"},
        "lifecycle": [RULE],
        "notifications": [QUEUE],
        "policy": {"Statement": DENY},
        "cors": ["*"],
        "website": "index.html",
        "encryption": "aws:kms",
        "ownership": "ObjectWriter",
        "logging": "acme-logs",
    }
    setattr(bucket, name, values[name])
    assert getattr(bucket, name)
    setattr(bucket, name, None)
    assert not getattr(bucket, name)
    setattr(bucket, name, None)
    with pytest.raises(AttributeError):
        delattr(bucket, name)


@pytest.mark.parametrize("name", ["tags", "lifecycle", "notifications", "cors", "policy"])
def test_nothing_is_what_is_left_of_a_collection(bucket: Bucket, name: str) -> None:
    setattr(bucket, name, {} if name == "tags" else [])
    assert not getattr(bucket, name)


# -- what is replaced, and what stays ----------------------------------------------------------------------------


def test_tags_are_replaced_and_those_of_aws_stay(bucket: Bucket, kept: Kept, faults: FaultServer) -> None:
    kept.found["acme-photos", "tagging"] = (
        "<Tagging><TagSet><Tag><Key>aws:cloudformation:stack-name</Key><Value>web</Value></Tag>"
        "<Tag><Key>old</Key><Value>1</Value></Tag></TagSet></Tagging>"
    )
    bucket.tags = {"team": "web"}
    assert dict(bucket.tags) == {"aws:cloudformation:stack-name": "web", "team": "web"}
    assert [request.method for request in faults.requests[:2]] == ["GET", "PUT"]
    bucket.tags = {**bucket.tags, "more": "1"}  # as one does
    assert bucket.tags["more"] == "1"
    bucket.tags = None
    assert dict(bucket.tags) == {"aws:cloudformation:stack-name": "web"}
    with pytest.raises(InvalidRequest, match="for itself"):
        bucket.tags = {"aws:cloudformation:stack-name": "other"}
    bucket.tags = Bucket("acme-other", cloud=bucket.cloud).tags
    assert dict(bucket.tags) == {"aws:cloudformation:stack-name": "web"}


def test_tags_of_an_object_are_one_request(faults: FaultServer) -> None:
    faults.otherwise(Reply(200))
    thing = Object("acme-photos", "k", cloud=faults.cloud())
    thing.tags = {"team": "web"}
    thing.tags = None
    assert [(request.method, *request.query) for request in faults.requests] == [
        ("PUT", "tagging"),
        ("DELETE", "tagging"),
    ]
    faults.requests.clear()
    for wrong in ("a=b", [("a", "b")], {"a": 1}, {str(number): "x" for number in range(11)}):
        with pytest.raises(InvalidRequest):
            setattr(thing, "tags", wrong)  # noqa: B010 - type checkers refuse it otherwise
    assert faults.requests == []


def test_a_list_that_is_read_once_is_written_whole_while_s3_is_busy(
    bucket: Bucket, faults: FaultServer, kept: Kept
) -> None:
    busy = Reply.s3_error("OperationAborted", "A conflicting conditional operation is in progress", 409)
    faults.replies(busy)
    bucket.cors = (origin for origin in ["https://one.example", "https://two.example"])
    assert len(bucket.cors) == 2
    faults.replies(kept, busy)
    bucket.lifecycle = (each for each in [RULE])
    assert list(bucket.lifecycle) == [RULE]


def test_adding_in_place(bucket: Bucket, faults: FaultServer) -> None:
    # mypy looks for the + of what the setter takes, where nothing was read before.
    bucket.cors += ["https://one.example"]  # type: ignore[operator]
    assert [request.method for request in faults.requests] == ["GET", "PUT"]
    bucket.cors.append("*")
    bucket.cors.insert(0, "https://two.example")
    bucket.cors[0] = "https://three.example"
    bucket.cors[1:1] = ["https://four.example"]
    assert [rule.origins[0] for rule in bucket.cors] == [
        "https://three.example",
        "https://four.example",
        "https://one.example",
        "*",
    ]
    faults.requests.clear()
    with pytest.raises(InvalidRequest, match="it is a list"):
        bucket.cors.extend("https://x.example")
    assert faults.requests == []


def test_object_lock_true_keeps_what_new_objects_are_locked_with(bucket: Bucket, faults: FaultServer) -> None:
    bucket.object_lock = ObjectLock("COMPLIANCE", years=7)
    faults.requests.clear()
    bucket.object_lock = True
    assert [request.method for request in faults.requests] == ["GET"]
    assert bucket.object_lock == ObjectLock("COMPLIANCE", years=7)


def test_settings_of_another_bucket(bucket: Bucket, kept: Kept) -> None:
    other = Bucket("acme-other", cloud=bucket.cloud)
    other.lifecycle.add(expire=30, id="x")
    other.cors.append("*")
    other.policy = {"Statement": DENY}
    bucket.lifecycle, bucket.cors, bucket.policy = other.lifecycle, other.cors, other.policy
    assert list(bucket.lifecycle) == list(other.lifecycle)
    assert bucket.cors == other.cors
    assert bucket.policy.document == other.policy.document


# -- objects -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given", [timedelta(days=30), datetime.now(timezone.utc) + timedelta(days=30), "retention"]
)
def test_a_retention_as_people_say_it(rig: Rig, given: Any) -> None:
    thing = Bucket.create(rig.name("vault"), object_lock=True)["k"].write_text("x")
    now = datetime.now(timezone.utc)
    thing.retention = Retention(now + timedelta(days=30)) if given == "retention" else given
    found = thing.retention
    assert found is not None
    assert found.mode == "GOVERNANCE"
    assert abs(found.until - now - timedelta(days=30)) < timedelta(minutes=10)
    assert thing.retain(timedelta(days=60)).retention != found


@pytest.mark.parametrize(
    "wrong",
    [
        datetime(2030, 1, 1),  # noqa: DTZ001
        datetime(2020, 1, 1, tzinfo=timezone.utc),
        Retention(datetime(2020, 1, 1, tzinfo=timezone.utc)),
        timedelta(0),
        -timedelta(days=1),
        30,
        "GOVERNANCE",
        True,
        date(2030, 1, 1),
    ],
)
def test_retentions_that_are_none(faults: FaultServer, wrong: Any) -> None:
    thing = Object("acme", "k", cloud=faults.cloud())
    with pytest.raises(InvalidRequest):
        thing.retention = wrong
    if not isinstance(wrong, Retention):
        with pytest.raises(InvalidRequest):
            thing.retain(wrong)
    for hold in ("OFF", "ON", 1, None):
        with pytest.raises(InvalidRequest, match="True or False"):
            setattr(thing, "legal_hold", hold)  # noqa: B010 - type checkers refuse it otherwise
    with pytest.raises(InvalidRequest, match="True or False"):
        thing.retain(timedelta(days=1), bypass_governance="no")  # type: ignore[arg-type]
    assert faults.requests == []


# -- servers other than AWS --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "status"), [("NotImplemented", 501), ("MethodNotAllowed", 405)])
def test_a_server_that_knows_no_such_setting_says_so(faults: FaultServer, code: str, status: int) -> None:
    faults.otherwise(Reply.s3_error(code, "not here", status))
    bucket = Bucket("acme-photos", cloud=faults.cloud())
    reads: list[Callable[[], object]] = [
        lambda: bucket.versioning,
        lambda: bucket.acceleration,
        lambda: bucket.website,
        lambda: bucket.public_access,
        lambda: bucket.object_lock,
        lambda: list(bucket.lifecycle),
        lambda: dict(bucket.tags),
        lambda: setattr(bucket, "requester_pays", True),
        lambda: setattr(bucket, "tags", {"a": "b"}),
        lambda: setattr(bucket, "lifecycle", [RULE]),
        lambda: setattr(bucket, "notifications", None),
        lambda: setattr(bucket, "logging", None),
    ]
    for each in reads:
        with pytest.raises(InvalidRequest) as caught:
            each()
        assert caught.value.code == code
        assert "this server" in str(caught.value.hint)


# -- the embedded cloud ------------------------------------------------------------------------------------------


def test_what_the_embedded_cloud_keeps_of_the_settings() -> None:
    """All but what docs/testing.md lists. Should moto learn one of these, that page is to be changed."""
    with local() as cloud:
        bucket, logs = Bucket.create("acme-photos", tags={"a": "b"}), Bucket.create("acme-logs")
        queue = Queue.create("jobs")
        bucket.versioning = True
        bucket.acceleration = True
        bucket.website = Website(
            "home.html", "404.html", rules=[RoutingRule(prefix="a/", replace_prefix="b/")]
        )
        bucket.encryption = Encryption("aws:kms", "alias/reports", True)
        bucket.public_access = "by policy"
        bucket.ownership = "ObjectWriter"
        bucket.object_lock = ObjectLock("COMPLIANCE", years=7)
        bucket.logging = Logging(logs, "photos/")
        bucket.cors = [CorsRule("*", ["PUT"], headers="*", expose="ETag", max_age=3, id="x")]
        bucket.tags = {"team": "web"}
        bucket.lifecycle = [RULE]
        bucket.notifications = [Notification(queue, "s3:ObjectRemoved:*", prefix="a", suffix="b")]
        bucket.policy = {"Statement": DENY}
        assert (bucket.versioning, bucket.acceleration) == (True, True)
        assert bucket.website == Website(
            "home.html", "404.html", rules=[RoutingRule(prefix="a/", replace_prefix="b/")]
        )
        assert bucket.encryption == Encryption("aws:kms", "alias/reports", True)
        assert bucket.public_access == PublicAccess(block_policy=False, restrict=False)
        assert bucket.ownership is Ownership.OBJECT_WRITER
        assert bucket.object_lock == ObjectLock("COMPLIANCE", years=7)
        assert bucket.logging == Logging("acme-logs", "photos/")
        assert bucket.cors == [CorsRule("*", ["PUT"], headers="*", expose="ETag", max_age=3, id="x")]
        assert dict(bucket.tags) == {"team": "web"}
        assert list(bucket.lifecycle) == [RULE]
        assert [(each.arn, each.prefix, each.suffix) for each in bucket.notifications] == [
            (queue.arn, "a", "b")
        ]
        assert bucket.policy.document["Statement"] == DENY
        dropped: dict[str, object] = {}
        bucket.requester_pays = True
        dropped["requester_pays"] = bucket.requester_pays
        bucket.customer_keys = False
        dropped["customer_keys"] = not bucket.customer_keys
        bucket.logging = Logging(logs, by_date="event")
        dropped["by_date"] = bucket.logging.by_date
        bucket.notifications.event_bridge = True
        dropped["event_bridge"] = bucket.notifications.event_bridge
        bucket.lifecycle = [
            LifecycleRule(expire=9, larger_than=1, smaller_than=9, noncurrent_expire=3, noncurrent_keep=4)
        ]
        (rule,) = bucket.lifecycle
        dropped.update(sizes=rule.larger_than or rule.smaller_than, noncurrent_keep=rule.noncurrent_keep)
        assert {name for name, value in dropped.items() if not value} == {*dropped}
        assert cloud.requests["s3:PutBucketRequestPayment"] == 1


def test_a_missing_bucket_is_told_by_every_setter(rig: Rig) -> None:
    bucket = Bucket(rig.name("nowhere"))
    for name, value in (
        ("tags", {"a": "b"}),
        ("lifecycle", [RULE]),
        ("notifications", []),
        ("cors", ["*"]),
        ("website", "index.html"),
        ("public_access", "blocked"),
        ("object_lock", True),
        ("logging", "acme-logs"),
    ):
        with pytest.raises((BucketNotFound, CloudError)) as caught:
            setattr(bucket, name, value)
        assert isinstance(caught.value, BucketNotFound), name
