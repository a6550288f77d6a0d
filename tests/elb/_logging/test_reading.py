from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from cloudkit import AccessDenied, Bucket, Conflict, InvalidRequest
from cloudkit.elb import Kind, LoadBalancer, LogPlace
from cloudkit.elb._logging.reading import span_of
from tests.conftest import Rig
from tests.elb import answers
from tests.elb._logging.files import put
from tests.elb._logging.lines import CLASSIC_HTTP, CLASSIC_TCP, DROPPED, HTTP, TLS
from tests.elb.answers import ACCOUNT, BALANCER_ARN, world
from tests.elb.kinds import balancer_of
from tests.faults import FaultServer, Reply, Request

LINES = {Kind.APPLICATION: (HTTP, DROPPED), Kind.NETWORK: (TLS,), Kind.CLASSIC: (CLASSIC_HTTP, CLASSIC_TCP)}


def at(hour: int, minute: int, day: int = 2) -> datetime:
    return datetime(2026, 7, day, hour, minute, tzinfo=timezone.utc)


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("acme-logs"))


@pytest.mark.parametrize("kind", list(LINES))
def test_the_entries_of_a_span(rig: Rig, bucket: Bucket, kind: Kind) -> None:
    balancer = balancer_of(rig, kind)
    balancer.log_to(bucket, prefix="web")
    put(bucket, balancer, at(22, 25), *LINES[kind], prefix="web")
    found = list(balancer.logs(at(22, 0), at(23, 0)))
    assert len(found) == len(LINES[kind])
    assert list(balancer.logs(at(22, 0), at(22, 23))) == []
    assert list(balancer.logs(at(22, 25), at(23, 0))) == []
    first = found[0].time
    assert list(balancer.logs(first, first + timedelta(microseconds=1))) == found[:1]


def test_only_its_own_files_are_read(rig: Rig, bucket: Bucket) -> None:
    balancer = balancer_of(rig, Kind.CLASSIC)
    balancer.access_logs = bucket
    put(bucket, balancer, at(22, 25), CLASSIC_HTTP)
    put(bucket, balancer, at(22, 25), CLASSIC_HTTP, other="-two")
    put(bucket, balancer, at(22, 25), CLASSIC_HTTP, prefix="elsewhere")
    account = balancer.arn.split(":")[4]
    bucket[f"AWSLogs/{account}/ELBAccessLogTestFile"].write_text("Enable AccessLog for ELB: web")
    assert len(list(balancer.logs(at(22, 0), at(23, 0)))) == 1


def test_one_that_came_after_midnight(rig: Rig, bucket: Bucket) -> None:
    balancer = balancer_of(rig, Kind.APPLICATION)
    balancer.access_logs = bucket
    late = HTTP.replace("2026-07-02T22:23", "2026-07-02T23:59")
    put(bucket, balancer, at(0, 5, day=3), late)
    put(bucket, balancer, at(23, 55), late.replace("23:59", "23:54"), folder=at(0, 10, day=3))
    assert len(list(balancer.logs(at(23, 0), at(0, 0, day=3)))) == 2


def test_files_are_chosen_by_their_names(rig: Rig, bucket: Bucket) -> None:
    balancer = balancer_of(rig, Kind.APPLICATION)
    balancer.access_logs = bucket
    for minute in (5, 10, 15, 20):
        put(bucket, balancer, at(22, minute), HTTP.replace("22:23", f"22:{minute - 1:02}"))
    read: list[str] = []

    def note(params: dict[str, str], **_: object) -> None:
        read.append(params["Key"])

    events = bucket.cloud.client("s3").meta.events
    events.register("provide-client-params.s3.GetObject", note)
    try:
        assert len(list(balancer.logs(at(22, 11), at(22, 15)))) == 1
    finally:
        events.unregister("provide-client-params.s3.GetObject", note)
    assert all("T2215Z" in key or "T2220Z" in key for key in read)


def test_from_another_place(rig: Rig, bucket: Bucket) -> None:
    balancer = balancer_of(rig, Kind.APPLICATION)
    put(bucket, balancer, at(22, 25), HTTP, prefix="old")
    span = (at(22, 0), at(23, 0))
    with pytest.raises(Conflict, match="writes no access logs") as refused:
        list(balancer.logs(*span))
    assert "balancer.access_logs =" in str(refused.value.hint)
    assert len(list(balancer.logs(*span, place=LogPlace(bucket.name, "old")))) == 1
    assert list(balancer.logs(*span, place=bucket)) == []
    assert list(balancer.logs(*span, place=bucket.name)) == []


def test_lines_that_are_none(rig: Rig, bucket: Bucket) -> None:
    balancer = balancer_of(rig, Kind.APPLICATION)
    balancer.access_logs = bucket
    put(bucket, balancer, at(22, 25), "nothing", HTTP, "", "more of nothing")
    with pytest.warns(UserWarning, match="2 lines of .* are no entries"):
        assert len(list(balancer.logs(at(22, 0), at(23, 0)))) == 1


def test_spans() -> None:
    first, last = span_of("90m", at(22, 0))
    assert (first, last) == (at(20, 30), at(22, 0))
    first, last = span_of(timedelta(minutes=5), None)
    assert last - first == timedelta(minutes=5)
    for since, until in (
        (at(22, 0), at(22, 0)),
        (at(21, 0).replace(tzinfo=None), at(22, 0)),
        ("soon", None),
        (-1, None),
    ):
        with pytest.raises(InvalidRequest):
            span_of(since, until)


def test_what_cannot_be_read(faults: FaultServer) -> None:
    cloud = world(faults, DescribeLoadBalancers=[answers.balancer()])
    gateway = LoadBalancer(f"{ACCOUNT}:loadbalancer/gwy/web/1", cloud=cloud)
    with pytest.raises(InvalidRequest, match="no access logs"):
        gateway.logs("1h")
    with pytest.raises(InvalidRequest, match="none"):
        LoadBalancer(BALANCER_ARN, cloud=cloud).logs("1h", place="s3://acme/")
    assert faults.operations == ["DescribeLoadBalancers"]


def test_a_bucket_that_one_may_not_read(faults: FaultServer) -> None:
    def refuse(request: Request) -> Reply:
        return answers.balancer() if request.operation else Reply.s3_error("AccessDenied", status=403)

    faults.otherwise(refuse)
    with pytest.raises(AccessDenied):
        list(LoadBalancer(BALANCER_ARN, cloud=faults.cloud()).logs("1h", place="acme-logs"))
