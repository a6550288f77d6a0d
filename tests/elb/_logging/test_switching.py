from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from cloudkit import AccessDenied, Bucket, InvalidRequest, Throttled
from cloudkit.elb import Kind, LoadBalancer, LogKind, LogPlace
from cloudkit.s3 import BucketNotFound, Encryption
from tests.conftest import Rig
from tests.elb import answers
from tests.elb.answers import ACCOUNT, BALANCER_ARN, answer
from tests.elb.kinds import balancer_of
from tests.faults import FaultServer, Reply, Request

WRITERS = (Kind.APPLICATION, Kind.NETWORK, Kind.CLASSIC)
NETWORK_ARN = f"{ACCOUNT}:loadbalancer/net/web/50dc6c495c0c9188"
CLASSIC_ARN = f"{ACCOUNT}:loadbalancer/web"


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("acme-logs"))


@pytest.mark.parametrize("kind", WRITERS)
def test_on_and_off(rig: Rig, bucket: Bucket, kind: Kind) -> None:
    balancer = balancer_of(rig, kind)
    assert balancer.access_logs is None
    balancer.access_logs = bucket
    interval = 3600 if kind == Kind.CLASSIC else None
    assert balancer.access_logs == LogPlace(bucket.name, interval=interval)
    assert balancer.access_logs == balancer.settings.access_logs
    (*_, writing) = bucket.policy
    assert writing.actions == ("s3:PutObject",)
    before = bucket.policy.document
    balancer.access_logs = balancer.access_logs
    assert bucket.policy.document == before
    balancer.access_logs = None
    assert balancer.access_logs is None
    assert not bucket.policy
    balancer.access_logs = None


@pytest.mark.parametrize("kind", WRITERS)
def test_elsewhere(rig: Rig, bucket: Bucket, kind: Kind) -> None:
    balancer = balancer_of(rig, kind)
    other = Bucket.create(rig.name("acme-others"))
    balancer.log_to(bucket, prefix="web/")
    balancer.log_to(bucket, prefix="shop")
    found = balancer.access_logs
    assert found is not None
    assert (found.bucket, found.prefix) == (bucket.name, "shop")
    assert all("/web/" not in str(each.resources) for each in bucket.policy)
    balancer.log_to(other.name)
    assert not bucket.policy
    assert other.policy
    balancer.log_to(None)
    assert not other.policy


def test_how_often_a_classic_one_writes(rig: Rig, bucket: Bucket) -> None:
    balancer = balancer_of(rig, Kind.CLASSIC)
    balancer.log_to(bucket, interval=300)
    assert balancer.access_logs == LogPlace(bucket.name, interval=300)
    balancer.log_to(LogPlace(bucket.name, interval=3600))
    assert balancer.access_logs == LogPlace(bucket.name, interval=3600)
    assert len(bucket.policy.statements) == 1


def test_connections_go_their_own_way(rig: Rig, bucket: Bucket) -> None:
    balancer = balancer_of(rig, Kind.APPLICATION)
    balancer.access_logs = bucket
    balancer.connection_logs = bucket
    assert balancer.connection_logs == balancer.access_logs == LogPlace(bucket.name)
    balancer.access_logs = None
    assert len(bucket.policy.statements) == 1
    assert balancer.connection_logs == LogPlace(bucket.name)
    balancer.connection_logs = None
    assert not bucket.policy


def test_those_of_others_stay(rig: Rig, bucket: Bucket) -> None:
    bucket.policy.require_tls()
    web, api = (balancer_of(rig, Kind.APPLICATION) for _ in range(2))
    web.access_logs = api.access_logs = bucket
    assert len(bucket.policy.statements) == 3
    web.access_logs = None
    assert len(bucket.policy.statements) == 2
    api.access_logs = None
    assert [each.sid for each in bucket.policy] == ["cloudkitTlsOnly"]


def test_a_bucket_of_another_region(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("acme-logs"), region="eu-west-1")
    with pytest.raises(InvalidRequest, match="in eu-west-1, and the load balancer in us-east-1") as refused:
        balancer_of(rig, Kind.APPLICATION).access_logs = bucket
    assert "region='us-east-1'" in str(refused.value.hint)
    assert not bucket.policy


def test_a_bucket_that_is_not_there(rig: Rig) -> None:
    with pytest.raises(BucketNotFound):
        balancer_of(rig, Kind.APPLICATION).access_logs = rig.name("nothing")


@pytest.mark.parametrize("kind", WRITERS)
def test_keys_that_keep_logs_out(rig: Rig, bucket: Bucket, kind: Kind) -> None:
    bucket.encryption = Encryption("aws:kms")
    with pytest.raises(InvalidRequest, match="encrypts with") as refused:
        balancer_of(rig, kind).access_logs = bucket
    assert "AES256" in str(refused.value.hint)
    assert not bucket.policy


def test_a_network_one_may_have_keys(rig: Rig, bucket: Bucket) -> None:
    bucket.encryption = Encryption("aws:kms", "alias/logs")
    balancer = balancer_of(rig, Kind.NETWORK)
    balancer.access_logs = bucket
    assert balancer.access_logs == LogPlace(bucket.name)


@pytest.mark.parametrize(
    ("tail", "given", "options", "why"),
    [
        ("gwy/web/1", "acme-logs", {}, "gateway load balancers have no access logs"),
        ("net/web/1", "acme-logs", {"what": LogKind.CONNECTIONS}, "no connections logs"),
        ("web", None, {"what": "health_checks"}, "no health checks logs"),
        ("app/web/1", "acme-logs", {"what": "errors"}, "one of 'access'"),
        ("app/web/1", "acme-logs", {"interval": 300}, "write every 5 minutes"),
        ("web", "acme-logs", {"interval": 60}, "every 300 seconds"),
        ("app/web/1", LogPlace("acme-logs"), {"prefix": "x"}, "says prefix and interval itself"),
        ("app/web/1", "acme-logs", {"prefix": "AWSLogs"}, "AWSLogs"),
    ],
)
def test_what_cannot_be(
    faults: FaultServer, tail: str, given: Any, options: dict[str, Any], why: str
) -> None:
    faults.otherwise(Aws(DONE))
    balancer = LoadBalancer(f"{ACCOUNT}:loadbalancer/{tail}", cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match=why):
        balancer.log_to(given, **options)
    assert set(faults.operations) <= {"DescribeLoadBalancers"}


# -- AWS's refusals ----------------------------------------------------------------------------------------


class Aws:
    """A bucket, and a load balancer that logs to nowhere, whose changes are answered in turn."""

    def __init__(
        self, *changes: Reply | Callable[[], Reply], policy: Mapping[str, Any] | None = None
    ) -> None:
        self.policy = dict(policy or {})
        self.changes: list[Reply | Callable[[], Reply]] = list(changes)
        self.told: list[dict[str, str]] = []
        self.writes = 0
        self.encryption = Reply.s3_error("AccessDenied", status=403)

    def __call__(self, request: Request) -> Reply:
        if request.operation == "DescribeLoadBalancers":
            return answers.balancer()
        if request.operation == "DescribeLoadBalancerAttributes":
            return answer("DescribeLoadBalancerAttributes", "<Attributes></Attributes>")
        if request.operation == "ModifyLoadBalancerAttributes":
            self.told.append(request.form)
            change = self.changes.pop(0) if len(self.changes) > 1 else self.changes[0]
            return change if isinstance(change, Reply) else change()
        if request.method == "HEAD":
            return Reply(headers={"x-amz-bucket-region": "us-east-1"})
        if "encryption" in request.query:
            return self.encryption
        if request.method == "PUT":
            self.writes += 1
            self.policy = json.loads(request.body)
            return Reply()
        if request.method == "DELETE":
            self.policy = {}
            return Reply(204)
        return (
            Reply(body=json.dumps(self.policy).encode())
            if self.policy
            else Reply.s3_error("NoSuchBucketPolicy")
        )

    @property
    def sids(self) -> list[str]:
        return [each["Sid"] for each in self.policy.get("Statement", [])]


DENIED = Reply.query_error(
    "InvalidConfigurationRequest",
    "Access Denied for bucket: acme-logs. Please check S3bucket permission",
)
DONE = answer("ModifyLoadBalancerAttributes")
TLS = {
    "Sid": "cloudkitTlsOnly",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "arn:aws:s3:::acme-logs",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
KEEP: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "keep",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "arn:aws:s3:::acme-logs",
        }
    ],
}


@pytest.mark.parametrize("arn", [BALANCER_ARN, NETWORK_ARN, CLASSIC_ARN])
def test_a_policy_counts_after_some_seconds(faults: FaultServer, arn: str) -> None:
    aws = Aws(DENIED, DENIED, DONE)
    faults.otherwise(aws)
    LoadBalancer(arn, cloud=faults.cloud()).log_to("acme-logs")
    assert len(aws.told) == 3
    assert len(aws.sids) == (2 if arn == NETWORK_ARN else 1)


def test_another_process_writes_over_the_policy(faults: FaultServer) -> None:
    """Both read it, both write: this one is the first, and its statement is lost."""

    def overwritten() -> Reply:
        aws.policy = dict(KEEP)
        return DENIED

    aws = Aws(overwritten, DONE)
    faults.otherwise(aws)
    LoadBalancer(BALANCER_ARN, cloud=faults.cloud()).access_logs = "acme-logs"
    assert aws.sids[0] == "keep"
    assert aws.sids[1].startswith("cloudkitElbLogs")


def test_who_is_never_let_in(faults: FaultServer) -> None:
    aws = Aws(DENIED, policy={**KEEP, "Statement": [*KEEP["Statement"], TLS]})
    faults.otherwise(aws)
    balancer = LoadBalancer(BALANCER_ARN, cloud=faults.cloud())
    before = faults.clock.now()
    with pytest.raises(InvalidRequest, match="Access Denied for bucket") as refused:
        balancer.access_logs = "acme-logs"
    assert "(it denies: keep)" in str(refused.value.hint)
    assert faults.clock.now() - before == pytest.approx(60, abs=10)
    assert aws.sids == ["keep", "cloudkitTlsOnly"]


def test_one_that_was_let_in_before_is_not_waited_for(faults: FaultServer) -> None:
    aws = Aws(DONE)
    faults.otherwise(aws)
    balancer = LoadBalancer(BALANCER_ARN, cloud=faults.cloud())
    balancer.access_logs = "acme-logs"
    aws.changes = [DENIED]
    with pytest.raises(InvalidRequest) as refused:
        balancer.access_logs = "acme-logs"
    assert "a KMS key" in str(refused.value.hint)
    assert len(aws.told) == 2
    assert len(aws.sids) == 1


def test_what_is_refused_is_taken_back(faults: FaultServer) -> None:
    aws = Aws(Reply.query_error("AccessDenied", "not you", 403), policy=KEEP)
    faults.otherwise(aws)
    with pytest.raises(AccessDenied):
        LoadBalancer(BALANCER_ARN, cloud=faults.cloud()).access_logs = "acme-logs"
    assert aws.sids == ["keep"]


def test_what_may_have_been_done_is_not(faults: FaultServer) -> None:
    aws = Aws(Reply.query_error("Throttling", "slower", 400))
    faults.otherwise(aws)
    with pytest.raises(Throttled):
        LoadBalancer(BALANCER_ARN, cloud=faults.cloud()).access_logs = "acme-logs"
    assert len(aws.sids) == 1


def test_what_is_said_of_health_checks(faults: FaultServer) -> None:
    aws = Aws(DONE)
    faults.otherwise(aws)
    LoadBalancer(BALANCER_ARN, cloud=faults.cloud()).health_check_logs = LogPlace("acme-logs", "checks")
    (sent,) = aws.told
    told = {sent[f"Attributes.member.{n}.Key"]: sent[f"Attributes.member.{n}.Value"] for n in (1, 2, 3)}
    assert told == {
        "health_check_logs.s3.enabled": "true",
        "health_check_logs.s3.bucket": "acme-logs",
        "health_check_logs.s3.prefix": "checks",
    }
