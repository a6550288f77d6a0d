"""Access logs, and the leave to write them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudkit import Bucket
from cloudkit.errors import AccessDenied, InvalidRequest, ServiceError
from cloudkit.s3 import BucketNotFound, Logging
from tests.conftest import Rig
from tests.faults import FaultServer, Reply
from tests.s3.settings.answers import Kept

OWNER = "123456789012"


def statements(kept: Kept, bucket: str = "acme-logs") -> list[Any]:
    text = kept.found.get((bucket, "policy"))
    found: list[Any] = json.loads(text)["Statement"] if text else []
    return found


def test_on_the_embedded_cloud(rig: Rig) -> None:
    # Which refuses to log to where S3 may not write.
    bucket, logs = Bucket.create(rig.name("bucket")), Bucket.create(rig.name("logs"))
    assert bucket.logging is None
    bucket.logging = Logging(logs, "photos/")
    assert bucket.logging == Logging(logs.name, "photos/")
    (statement,) = logs.policy
    assert statement.conditions == {
        "ArnEquals": {"aws:SourceArn": bucket.arn},
        "StringEquals": {"aws:SourceAccount": rig.cloud.account_id},
    }
    bucket.logging = None
    assert bucket.logging is None
    assert not logs.policy


def test_s3_may_write_there_for_this_bucket_alone(bucket: Bucket, kept: Kept, faults: FaultServer) -> None:
    theirs = {"Sid": "theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    kept.found["acme-logs", "policy"] = json.dumps({"Version": "2012-10-17", "Statement": [theirs]})
    bucket.logging = Logging("acme-logs", "photos/")
    first, ours = statements(kept)
    assert first == theirs
    assert ours == {
        "Sid": ours["Sid"],
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::acme-logs/photos/*",
        "Condition": {
            "ArnEquals": {"aws:SourceArn": "arn:aws:s3:::acme-photos"},
            "StringEquals": {"aws:SourceAccount": OWNER},
        },
    }
    # First the leave, then the logs: the other way about S3 refuses.
    assert [(request.method, request.path, *request.query) for request in faults.requests] == [
        ("GET", "/acme-photos", "logging"),
        ("GET", "/acme-logs", "policy"),
        ("PUT", "/acme-logs", "policy"),
        ("PUT", "/acme-photos", "logging"),
    ]
    faults.requests.clear()
    bucket.logging = Logging("acme-logs", "photos/")
    assert "policy" not in [name for request in faults.requests[2:] for name in request.query]
    bucket.logging = Logging("acme-logs", "pictures/")
    assert [each["Resource"] for each in statements(kept)] == ["*", "arn:aws:s3:::acme-logs/pictures/*"]
    bucket.logging = None
    assert statements(kept) == [theirs]
    assert bucket.logging is None


def test_logging_elsewhere_takes_the_leave_back(bucket: Bucket, kept: Kept) -> None:
    bucket.logging = Logging("acme-logs")
    bucket.logging = Logging("acme-other")
    assert statements(kept) == []
    assert len(statements(kept, "acme-other")) == 1
    assert bucket.logging == Logging("acme-other")


def test_what_else_was_set_stays(bucket: Bucket, kept: Kept) -> None:
    grant = (
        '<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>1</ID>'
        "</Grantee><Permission>READ</Permission></Grant>"
    )
    kept.found["acme-photos", "logging"] = (
        "<BucketLoggingStatus><LoggingEnabled><TargetBucket>acme-logs</TargetBucket><TargetPrefix/>"
        f"<TargetGrants>{grant}</TargetGrants></LoggingEnabled></BucketLoggingStatus>"
    )
    bucket.logging = Logging("acme-logs", "photos/", by_date="delivery")
    text = kept.found["acme-photos", "logging"]
    assert "<Permission>READ</Permission>" in text
    assert "<PartitionDateSource>DeliveryTime</PartitionDateSource>" in text
    assert bucket.logging == Logging("acme-logs", "photos/", by_date="delivery")


def test_a_bucket_does_not_log_to_itself(bucket: Bucket, kept: Kept) -> None:
    with pytest.raises(InvalidRequest, match="without end"):
        bucket.logging = Logging(bucket)
    assert kept.found == {}
    with pytest.raises(InvalidRequest, match="by_date"):
        Logging("acme-logs", by_date="size")  # type: ignore[arg-type]


def test_where_the_logs_went_may_be_gone(bucket: Bucket, faults: FaultServer, kept: Kept) -> None:
    bucket.logging = Logging("acme-logs")
    faults.replies(kept, kept, Reply.s3_error("NoSuchBucket"))
    bucket.logging = None
    assert bucket.logging is None
    bucket.logging = Logging("acme-logs")
    faults.replies(kept, kept, Reply.s3_error("AccessDenied", status=403))
    with pytest.raises(AccessDenied):
        bucket.logging = None


def test_where_the_logs_shall_go_must_be_there(bucket: Bucket, faults: FaultServer, kept: Kept) -> None:
    faults.replies(kept, Reply.s3_error("NoSuchBucket"))
    with pytest.raises(BucketNotFound) as caught:
        bucket.logging = Logging("acme-logs")
    assert caught.value.resource == "acme-logs"
    assert bucket.logging is None


def test_the_leave_is_taken_back_if_the_logs_are_refused(
    bucket: Bucket, faults: FaultServer, kept: Kept
) -> None:
    refused = Reply.s3_error("InvalidTargetBucketForLogging", "no", 400)
    faults.replies(kept, kept, kept, refused)
    with pytest.raises(InvalidRequest):
        bucket.logging = "acme-logs"
    assert ("acme-logs", "policy") not in kept.found
    bucket.logging = Logging("acme-logs", "photos/")
    before = statements(kept)
    faults.replies(kept, kept, kept, refused)
    with pytest.raises(InvalidRequest):
        bucket.logging = Logging("acme-logs", "pictures/")
    assert statements(kept) == before
    # Where nobody knows what was done, it stays: logs that go there must be able to.
    faults.replies(kept, kept, kept, Reply.s3_error("InternalError", "no", 500))
    with pytest.raises(ServiceError):
        bucket.logging = Logging("acme-logs", "pictures/")
    assert statements(kept) != before
