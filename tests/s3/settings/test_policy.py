"""The policy of a bucket."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from cloudkit import Bucket, Policy, Statement
from cloudkit.errors import AccessDenied, Conflict, InvalidRequest
from tests.conftest import Rig
from tests.faults import FaultServer, Reply
from tests.s3.settings.answers import Kept

DENY = {
    "Sid": "theirs",
    "Effect": "Deny",
    "Principal": "*",
    "NotAction": "s3:GetObject",
    "Resource": ["arn:aws:s3:::acme-photos/*"],
}


@pytest.fixture
def kept(faults: FaultServer) -> Kept:
    made = Kept()
    faults.otherwise(made)
    return made


@pytest.fixture
def bucket(faults: FaultServer, kept: Kept) -> Bucket:
    return Bucket("acme-photos", cloud=faults.cloud())


def written(kept: Kept) -> Any:
    return json.loads(kept.found["acme-photos", "policy"])


def test_on_the_embedded_cloud(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("bucket"))
    assert bucket.policy.document == {}
    assert not bucket.policy
    read = bucket.policy.allow("123456789012", ["s3:GetObject", "s3:ListBucket"])
    bucket.policy.deny("*", "s3:DeleteObject", prefix="archive/", sid="keep")
    assert [(each.effect, each.sid) for each in bucket.policy] == [("Allow", read.sid), ("Deny", "keep")]
    assert read.resources == (bucket.arn, f"{bucket.arn}/*")
    assert [*bucket.policy][1].resources == (f"{bucket.arn}/archive/*",)
    bucket.policy.remove("keep")
    bucket.policy.remove("keep")
    assert len(list(bucket.policy)) == 1
    bucket.policy.remove(str(read.sid))
    assert bucket.policy.document == {}


def test_what_is_allowed_already_is_not_written(bucket: Bucket, faults: FaultServer) -> None:
    first = bucket.policy.allow("123456789012", "s3:GetObject")
    faults.requests.clear()
    assert bucket.policy.allow("123456789012", "s3:GetObject") == first
    bucket.policy.remove("nobody")
    assert [request.method for request in faults.requests] == ["GET", "GET"]


def test_what_others_wrote_stays(bucket: Bucket, kept: Kept) -> None:
    document = {"Version": "2008-10-17", "Id": "mine", "Statement": [DENY]}
    kept.found["acme-photos", "policy"] = json.dumps(document)
    bucket.policy.allow("123456789012", "s3:GetObject", sid="read")
    bucket.policy.allow("123456789012", "s3:PutObject", sid="read")
    assert written(kept)["Statement"][0] == DENY
    assert [each["Action"] for each in written(kept)["Statement"][1:]] == ["s3:PutObject"]
    assert (written(kept)["Version"], written(kept)["Id"]) == ("2008-10-17", "mine")
    bucket.policy.remove("read")
    assert written(kept) == document


def test_a_deny_does_not_make_way_for_an_allow(bucket: Bucket, kept: Kept) -> None:
    kept.found["acme-photos", "policy"] = json.dumps({"Statement": DENY})
    with pytest.raises(Conflict, match="'theirs'"):
        bucket.policy.allow("123456789012", "s3:GetObject", sid="theirs")
    assert written(kept) == {"Statement": DENY}
    bucket.policy.remove("theirs")  # asked for by its name
    assert ("acme-photos", "policy") not in kept.found


def test_tls_only(bucket: Bucket, kept: Kept) -> None:
    statement = bucket.policy.require_tls()
    assert bucket.policy.require_tls() == statement
    assert written(kept)["Statement"] == [
        {
            "Sid": "cloudkitTlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::acme-photos", "arn:aws:s3:::acme-photos/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")]
)
def test_arns_are_of_the_partition(faults: FaultServer, kept: Kept, region: str, partition: str) -> None:
    bucket = Bucket("acme-photos", cloud=faults.cloud().in_region(region))
    assert bucket.policy.require_tls().resources == (
        f"arn:{partition}:s3:::acme-photos",
        f"arn:{partition}:s3:::acme-photos/*",
    )


def test_replacing_it(bucket: Bucket, kept: Kept) -> None:
    bucket.policy = {"Version": "2012-10-17", "Statement": [DENY]}
    assert written(kept)["Statement"] == [DENY]
    other = Bucket("acme-other", cloud=bucket.cloud)
    other.policy = bucket.policy
    assert other.policy.document == bucket.policy.document
    bucket.policy = [Statement.allow("s3:GetObject", f"{bucket.arn}/*", principal="*", sid="read")]
    assert [each.sid for each in bucket.policy] == ["read"]
    bucket.policy = Policy.of(DENY and {"Statement": DENY}).removing("theirs")
    assert ("acme-photos", "policy") not in kept.found
    bucket.policy = None
    assert not bucket.policy


def test_what_allows_everything_warns_at_the_caller_s_line(bucket: Bucket) -> None:
    with pytest.warns(UserWarning, match="name what is needed") as caught:
        bucket.policy.allow("*", "s3:*", sid="all")
    assert [each.filename for each in caught] == [__file__]
    with pytest.warns(UserWarning, match="allows") as caught:
        bucket.policy = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
    assert [each.filename for each in caught] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bucket.policy.deny("*", "*", sid="none")


def test_a_public_policy_that_is_blocked_says_what_to_do(faults: FaultServer) -> None:
    faults.replies(
        Reply.s3_error("NoSuchBucketPolicy"),
        Reply.s3_error("AccessDenied", "public policies are blocked by the BlockPublicPolicy block", 403),
    )
    with pytest.raises(AccessDenied) as caught:
        Bucket("acme-photos", cloud=faults.cloud()).policy.allow("*", "s3:GetObject")
    assert "public=True" in str(caught.value.hint)


@pytest.mark.parametrize("action", ["GetObject", "sqs:SendMessage", ""])
def test_actions_that_are_not_s3_s(faults: FaultServer, action: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        Bucket("acme-photos", cloud=faults.cloud()).policy.allow("*", [action])
    assert "s3:" in str(caught.value.hint)
    assert faults.requests == []


def test_a_policy_can_be_too_long(bucket: Bucket, faults: FaultServer) -> None:
    bucket.policy.allow("123456789012", "s3:GetObject", prefix="x" * 900, sid="a")
    faults.requests.clear()
    with pytest.raises(InvalidRequest, match="20,480"):
        bucket.policy = {"Statement": [{**DENY, "Sid": f"{number}{'x' * 500}"} for number in range(40)]}
    assert faults.requests == []


STATEMENTS = st.lists(
    st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(["Allow", "Deny"]),
            "Principal": st.sampled_from([{"AWS": "123456789012"}, {"Service": "sns.amazonaws.com"}]),
            "Action": st.sampled_from(["s3:GetObject", ["s3:PutObject"]]),
            "Resource": st.just("arn:aws:s3:::acme-photos/*"),
        },
        optional={"Sid": st.sampled_from(["a", "b"])},
    ),
    min_size=1,
    max_size=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(STATEMENTS)
def test_the_laws_of_a_merge_hold_on_the_wire(bucket: Bucket, kept: Kept, statements: list[Any]) -> None:
    before = {"Version": "2012-10-17", "Statement": statements}
    kept.found["acme-photos", "policy"] = json.dumps(before)
    added = bucket.policy.allow("210987654321", "s3:GetObject")
    assert written(kept)["Statement"] == [*statements, added.document]
    bucket.policy.require_tls()
    bucket.policy.remove("cloudkitTlsOnly")
    bucket.policy.remove(str(added.sid))
    assert written(kept) == before


def test_a_document_as_text(bucket: Bucket, kept: Kept) -> None:
    bucket.policy = json.dumps({"Version": "2012-10-17", "Statement": [DENY]})
    assert written(kept)["Statement"] == [DENY]
    with pytest.raises(InvalidRequest, match="no JSON"):
        bucket.policy = "allow all"
    assert written(kept)["Statement"] == [DENY]


def test_a_statement_can_be_taken_away_as_it_was_read(
    bucket: Bucket, kept: Kept, faults: FaultServer
) -> None:
    bucket.policy = {"Statement": [DENY, {**DENY, "Sid": "more"}]}
    first, _ = bucket.policy
    bucket.policy.remove(first)
    assert [each.sid for each in bucket.policy] == ["more"]
    faults.requests.clear()
    nameless = Statement({name: value for name, value in first.document.items() if name != "Sid"})
    for wrong in ("", nameless, None):
        with pytest.raises(InvalidRequest, match="name of a statement"):
            bucket.policy.remove(wrong)  # type: ignore[arg-type]
    assert faults.requests == []
