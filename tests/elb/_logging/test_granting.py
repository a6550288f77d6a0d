from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from hypothesis import given, strategies as st

from cloudkit import Bucket, Cloud
from cloudkit._core.policy import Policy, Statement
from cloudkit.elb import Kind, LogKind, LogPlace
from cloudkit.elb._logging.granting import let_in, shut_out, statements
from cloudkit.elb._settings.seat import Seat
from tests.conftest import Rig

HERE = Cloud(region="us-east-1")
STEM = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/"
APPLICATION = Seat(f"{STEM}app/web/50dc", Kind.APPLICATION, HERE)
NETWORK = Seat(f"{STEM}net/web/50dc", Kind.NETWORK, HERE)
CLASSIC = Seat(f"{STEM}web", Kind.CLASSIC, HERE)
BUCKET = "arn:aws:s3:::acme-logs"
PLACE = LogPlace("acme-logs", "web")


@pytest.mark.parametrize("seat", [APPLICATION, CLASSIC])
def test_of_application_and_classic(seat: Seat) -> None:
    (only,) = statements(seat, LogKind.ACCESS, PLACE, BUCKET)
    assert only.document == {
        "Sid": only.sid,
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::acme-logs/web/AWSLogs/123456789012/*",
        "Condition": {
            "ArnLike": {"aws:SourceArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/*"}
        },
    }


def test_of_network() -> None:
    check, write = statements(NETWORK, LogKind.ACCESS, LogPlace("acme-logs"), BUCKET)
    here = {"aws:SourceArn": "arn:aws:logs:us-east-1:123456789012:*"}
    assert check.document == {
        "Sid": check.sid,
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "s3:GetBucketAcl",
        "Resource": BUCKET,
        "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}, "ArnLike": here},
    }
    assert write.actions == ("s3:PutObject",)
    assert write.resources == ("arn:aws:s3:::acme-logs/AWSLogs/123456789012/*",)
    assert write.conditions == {
        "StringEquals": {
            "s3:x-amz-acl": "bucket-owner-full-control",
            "aws:SourceAccount": "123456789012",
        },
        "ArnLike": here,
    }


def test_in_other_parts_of_aws() -> None:
    seat = Seat(
        "arn:aws-cn:elasticloadbalancing:cn-north-1:123456789012:loadbalancer/app/web/50dc",
        Kind.APPLICATION,
        HERE,
    )
    (only,) = statements(seat, LogKind.ACCESS, PLACE, "arn:aws-cn:s3:::acme-logs")
    assert only.resources == ("arn:aws-cn:s3:::acme-logs/web/AWSLogs/123456789012/*",)
    assert "arn:aws-cn:elasticloadbalancing:cn-north-1" in str(only.conditions)


def test_none_is_too_wide() -> None:
    assert not any(
        each.too_wide
        for seat in (APPLICATION, NETWORK, CLASSIC)
        for each in statements(seat, LogKind.ACCESS, PLACE, BUCKET)
    )


def test_each_has_its_own_name() -> None:
    sids = [
        each.sid
        for seat in (APPLICATION, NETWORK, CLASSIC)
        for what in LogKind.known()
        for place in (PLACE, LogPlace("acme-logs"))
        for each in statements(seat, what, place, BUCKET)
    ]
    assert len(set(sids)) == len(sids)
    assert all((sid or "").isalnum() for sid in sids)


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("acme-logs"))


def test_in_and_out(bucket: Bucket) -> None:
    foreign = bucket.policy.deny("*", "s3:DeleteObject", sid="keep")
    wanted = statements(NETWORK, LogKind.ACCESS, LogPlace(bucket.name), bucket.arn)
    assert let_in(bucket, wanted) is True
    assert let_in(bucket, wanted) is False
    assert [each.sid for each in bucket.policy] == ["keep", *(each.sid for each in wanted)]
    shut_out(bucket, wanted)
    shut_out(bucket, wanted)
    assert list(bucket.policy) == [foreign]


def test_what_others_allow_is_not_said_again(bucket: Bucket) -> None:
    (only,) = statements(APPLICATION, LogKind.ACCESS, LogPlace(bucket.name), bucket.arn)
    theirs = Statement({**only.document, "Sid": "ours-from-terraform"})
    bucket.policy = Policy.of([theirs])
    assert let_in(bucket, [only]) is False
    shut_out(bucket, [only])
    assert list(bucket.policy) == [theirs]


def test_two_that_write_to_one_place(bucket: Bucket) -> None:
    place = LogPlace(bucket.name)
    web = statements(APPLICATION, LogKind.ACCESS, place, bucket.arn)
    api = statements(Seat(f"{STEM}app/api/50dd", Kind.APPLICATION, HERE), LogKind.ACCESS, place, bucket.arn)
    assert let_in(bucket, web)
    assert let_in(bucket, api)
    shut_out(bucket, web)
    assert list(bucket.policy) == list(api)


def test_many_at_the_same_time(bucket: Bucket) -> None:
    """S3 has no way to read and write a policy in one step: of two that do so at once, one would be lost."""
    place = LogPlace(bucket.name)
    wanted = [
        statements(Seat(f"{STEM}app/web-{n}/50dc", Kind.APPLICATION, HERE), LogKind.ACCESS, place, bucket.arn)
        for n in range(6)
    ]
    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(partial(let_in, bucket), wanted))
        assert {each.sid for each in bucket.policy} == {only.sid for (only,) in wanted}
        list(threads.map(partial(shut_out, bucket), wanted))
    assert not bucket.policy


def test_a_bucket_that_is_gone(rig: Rig) -> None:
    bucket = Bucket(rig.name("nothing"))
    shut_out(bucket, statements(APPLICATION, LogKind.ACCESS, LogPlace(bucket.name), bucket.arn))


@given(st.lists(st.sampled_from([APPLICATION, NETWORK, CLASSIC]), unique=True), st.data())
def test_the_last_one_out_leaves_nothing(seats: list[Seat], data: st.DataObject) -> None:
    """As data, whatever the order: what came in goes, and what was there stays."""
    foreign = Statement.deny("s3:DeleteObject", f"{BUCKET}/*", principal="*", sid="keep")
    policy = Policy.of([foreign])
    of = {seat: statements(seat, LogKind.ACCESS, PLACE, BUCKET) for seat in seats}
    for seat in seats:
        for each in of[seat]:
            policy = policy.adding(each).adding(each)
    for seat in data.draw(st.permutations(seats)):
        for each in of[seat]:
            policy = policy.removing(str(each.sid), effect="Allow")
    assert list(policy) == [foreign]
