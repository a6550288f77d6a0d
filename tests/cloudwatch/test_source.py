"""The metrics of AWS's own resources."""

from __future__ import annotations

import pytest

from cloudkit import (
    Alarm,
    Bucket,
    Cloud,
    Conflict,
    Instance,
    LoadBalancer,
    Metric,
    Queue,
    TargetGroup,
    Topic,
)
from cloudkit.cloudwatch import Source
from cloudkit.ec2 import Volume
from cloudkit.elb.metrics import balancer_metrics, group_metrics
from tests.cloudwatch.seed import put
from tests.conftest import Rig

HERE = Cloud(region="us-east-1")
ELB = "arn:aws:elasticloadbalancing:us-east-1:123456789012:"
WEB, NET, CLASSIC = (
    balancer_metrics(f"{ELB}loadbalancer/{name}", HERE) for name in ("app/web/50dc", "net/web/50dc", "web")
)


def all_of(source: Source) -> dict[str, Metric]:
    """The metrics that are ready on it, by the names of the properties."""
    found: dict[str, Metric] = {}
    for cls in type(source).__mro__:
        for name, value in vars(cls).items():
            if isinstance(value, property):
                metric = getattr(source, name)
                assert isinstance(metric, Metric), name
                found[name] = metric
    return found


@pytest.mark.parametrize(
    ("source", "namespace", "dimensions"),
    [
        (Instance("i-1", cloud=HERE).metrics, "AWS/EC2", {"InstanceId": "i-1"}),
        (Volume("vol-1", cloud=HERE).metrics, "AWS/EBS", {"VolumeId": "vol-1"}),
        (Queue("jobs", cloud=HERE).metrics, "AWS/SQS", {"QueueName": "jobs"}),
        (Topic("news", cloud=HERE).metrics, "AWS/SNS", {"TopicName": "news"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_says_what_it_is_of(source: Source, namespace: str, dimensions: dict[str, str]) -> None:
    metrics = all_of(source)
    assert len(metrics) >= 7
    assert {metric.namespace for metric in metrics.values()} == {namespace}
    assert all(metric.dimensions == dimensions for metric in metrics.values())
    assert all(metric.unit is not None for metric in metrics.values())
    assert len({(metric.name, metric.statistic) for metric in metrics.values()}) == len(metrics)
    assert str(next(iter(dimensions.values()))) in repr(source)


def test_names_as_aws_spells_them() -> None:
    box = Instance("i-1", cloud=HERE).metrics
    assert (box.cpu.name, box.cpu.statistic, box.cpu.every, box.cpu.unit) == (
        "CPUUtilization",
        "Average",
        300,
        "Percent",
    )
    assert (box.network_in.name, box.network_in.statistic) == ("NetworkIn", "Sum")
    assert (
        box.status_check_failed.name,
        box.status_check_failed.statistic,
        box.status_check_failed.every,
    ) == ("StatusCheckFailed", "Maximum", 60)
    assert Queue("jobs", cloud=HERE).metrics.oldest_age.name == "ApproximateAgeOfOldestMessage"
    assert Topic("news", cloud=HERE).metrics.published.name == "NumberOfMessagesPublished"
    other = box.named("NetworkPacketsIn", statistic="Sum", unit="Count", dimensions={"More": "x"})
    assert other.dimensions == {"InstanceId": "i-1", "More": "x"}


def test_of_buckets(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("acme-bucket"))
    size, count = bucket.metrics.size, bucket.metrics.count
    assert size.dimensions == {"BucketName": bucket.name, "StorageType": "StandardStorage"}
    assert (size.name, size.every, size.unit) == ("BucketSizeBytes", 86_400, "Bytes")
    assert count.dimensions["StorageType"] == "AllStorageTypes"
    assert size.last("14d").period == 86_400
    requests = bucket.metrics.requests()
    assert {metric.name for metric in all_of(requests).values()} >= {
        "AllRequests",
        "5xxErrors",
        "FirstByteLatency",
    }
    assert requests.count.dimensions == {"BucketName": bucket.name, "FilterId": "EntireBucket"}
    condition = bucket.metrics.size > 10**12
    assert Alarm.when(condition, "2d", name=rig.name("large")).period == 86_400


def test_a_bucket_s_are_in_its_region(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("acme-bucket"), cloud=rig.cloud.in_region("eu-west-1"))
    assert Bucket(bucket.name).metrics.size.cloud.region == "eu-west-1"


def test_of_load_balancers() -> None:
    assert WEB.requests.namespace == "AWS/ApplicationELB"
    assert WEB.requests.dimensions == {"LoadBalancer": "app/web/50dc"}
    assert (WEB.p99.name, WEB.p99.statistic) == ("TargetResponseTime", "p99")
    assert NET.connections.name == "ActiveFlowCount"
    assert NET.processed.dimensions == {"LoadBalancer": "net/web/50dc"}
    assert CLASSIC.requests.dimensions == {"LoadBalancerName": "web"}
    assert (CLASSIC.latency.name, CLASSIC.target_errors_5xx.name) == ("Latency", "HTTPCode_Backend_5XX")
    for nothing in ("requests", "p99", "errors_5xx", "errors_4xx", "target_errors_4xx", "target_errors_5xx"):
        with pytest.raises(Conflict, match="AWS/NetworkELB"):
            getattr(NET, nothing)
    for nothing in ("connections", "new_connections", "processed", "target_resets"):
        with pytest.raises(Conflict, match="AWS/ELB"):
            getattr(CLASSIC, nothing)
    gateway = balancer_metrics(f"{ELB}loadbalancer/gwy/web/50dc", HERE)
    assert gateway.connections.namespace == "AWS/GatewayELB"
    assert [each.name for each in (gateway.connections, gateway.new_connections, gateway.processed)] == [
        "ActiveFlowCount",
        "NewFlowCount",
        "ProcessedBytes",
    ]
    with pytest.raises(Conflict, match="AWS/GatewayELB"):
        gateway.requests  # noqa: B018


def test_of_target_groups() -> None:
    group = f"{ELB}targetgroup/web-8080/abcd"
    metrics = group_metrics(group, f"{ELB}loadbalancer/app/web/50dc", HERE)
    assert metrics.unhealthy.dimensions == {
        "LoadBalancer": "app/web/50dc",
        "TargetGroup": "targetgroup/web-8080/abcd",
    }
    assert len(all_of(metrics)) >= 8
    behind = group_metrics(group, f"{ELB}loadbalancer/net/web/50dc", HERE)
    assert behind.healthy.namespace == "AWS/NetworkELB"
    with pytest.raises(Conflict):
        behind.requests  # noqa: B018


def test_they_are_found_by_the_arn(rig: Rig) -> None:
    vpc = rig.cloud.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = TargetGroup.create(rig.name("group"), port=80, vpc=vpc)
    with pytest.raises(Conflict, match="no load balancer uses it"):
        group.metrics  # noqa: B018
    subnets = [
        rig.cloud.call(
            "ec2", "create_subnet", VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{zone}"
        )["Subnet"]["SubnetId"]
        for n, zone in enumerate("ab")
    ]
    made = rig.cloud.call("elbv2", "create_load_balancer", Name=rig.name("web"), Subnets=subnets)[
        "LoadBalancers"
    ][0]
    balancer = LoadBalancer(made["LoadBalancerName"])
    assert (
        balancer.metrics.requests.dimensions["LoadBalancer"]
        == made["LoadBalancerArn"].partition(":loadbalancer/")[2]
    )


def test_all_that_there_is(rig: Rig) -> None:
    box = Instance(f"i-{rig.name('x')}")
    for name in ("CPUUtilization", "NetworkIn"):
        put(rig.cloud, name, {3: 5}, namespace="AWS/EC2", dimensions={"InstanceId": box.id})
    assert sorted(metric.name for metric in box.metrics.all()) == ["CPUUtilization", "NetworkIn"]
    assert box.metrics.cpu.latest() == 5
