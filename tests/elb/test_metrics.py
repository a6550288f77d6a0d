from __future__ import annotations

import pytest

from cloudkit import Cloud, Conflict
from cloudkit.cloudwatch import Metric, Source
from cloudkit.elb import Kind, LoadBalancer, LoadBalancerMetrics
from cloudkit.elb.metrics import TargetGroupMetrics, balancer_metrics, group_metrics
from tests.conftest import Rig
from tests.elb.kinds import balancer_of

HERE = Cloud(region="us-east-1")
STEM = "arn:aws:elasticloadbalancing:us-east-1:123456789012:"
METRICS = {
    Kind.APPLICATION: balancer_metrics(f"{STEM}loadbalancer/app/web/50dc", HERE),
    Kind.NETWORK: balancer_metrics(f"{STEM}loadbalancer/net/web/50dc", HERE),
    Kind.GATEWAY: balancer_metrics(f"{STEM}loadbalancer/gwy/web/50dc", HERE),
    Kind.CLASSIC: balancer_metrics(f"{STEM}loadbalancer/web", HERE),
}
# By AWS's user guides, "CloudWatch metrics for your ... Load Balancer".
REPORTED = {
    Kind.APPLICATION: {
        "requests": "RequestCount",
        "latency": "TargetResponseTime",
        "p99": "TargetResponseTime",
        "errors_5xx": "HTTPCode_ELB_5XX_Count",
        "errors_4xx": "HTTPCode_ELB_4XX_Count",
        "target_errors_5xx": "HTTPCode_Target_5XX_Count",
        "target_errors_4xx": "HTTPCode_Target_4XX_Count",
        "target_redirects": "HTTPCode_Target_3XX_Count",
        "target_successes": "HTTPCode_Target_2XX_Count",
        "desync_requests": "DesyncMitigationMode_NonCompliant_Request_Count",
        "connections": "ActiveConnectionCount",
        "new_connections": "NewConnectionCount",
        "rejected_connections": "RejectedConnectionCount",
        "connection_errors": "TargetConnectionErrorCount",
        "tls_errors": "ClientTLSNegotiationErrorCount",
        "target_tls_errors": "TargetTLSNegotiationErrorCount",
        "processed": "ProcessedBytes",
        "capacity_units": "ConsumedLCUs",
    },
    Kind.NETWORK: {
        "connections": "ActiveFlowCount",
        "new_connections": "NewFlowCount",
        "rejected_connections": "RejectedFlowCount",
        "tls_errors": "ClientTLSNegotiationErrorCount",
        "target_tls_errors": "TargetTLSNegotiationErrorCount",
        "client_resets": "TCP_Client_Reset_Count",
        "target_resets": "TCP_Target_Reset_Count",
        "resets": "TCP_ELB_Reset_Count",
        "port_errors": "PortAllocationErrorCount",
        "processed": "ProcessedBytes",
        "processed_packets": "ProcessedPackets",
        "capacity_units": "ConsumedLCUs",
    },
    Kind.GATEWAY: {
        "connections": "ActiveFlowCount",
        "new_connections": "NewFlowCount",
        "rejected_connections": "RejectedFlowCount",
        "processed": "ProcessedBytes",
        "capacity_units": "ConsumedLCUs",
    },
    Kind.CLASSIC: {
        "requests": "RequestCount",
        "latency": "Latency",
        "p99": "Latency",
        "errors_5xx": "HTTPCode_ELB_5XX",
        "errors_4xx": "HTTPCode_ELB_4XX",
        "target_errors_5xx": "HTTPCode_Backend_5XX",
        "target_errors_4xx": "HTTPCode_Backend_4XX",
        "target_redirects": "HTTPCode_Backend_3XX",
        "target_successes": "HTTPCode_Backend_2XX",
        "desync_requests": "DesyncMitigationMode_NonCompliant_Request_Count",
        "rejected_connections": "SpilloverCount",
        "connection_errors": "BackendConnectionErrors",
        "healthy": "HealthyHostCount",
        "unhealthy": "UnHealthyHostCount",
        "surge_queue": "SurgeQueueLength",
        "spillover": "SpilloverCount",
    },
}
NAMES = sorted(
    name
    for name, what in vars(LoadBalancerMetrics).items()
    if isinstance(what, property) and not name.startswith("_")
)


@pytest.mark.parametrize("kind", list(METRICS))
@pytest.mark.parametrize("name", NAMES)
def test_a_kind_reports_it_or_says_that_it_does_not(kind: Kind, name: str) -> None:
    reported = REPORTED[kind].get(name)
    if reported is not None:
        metric = getattr(METRICS[kind], name)
        assert isinstance(metric, Metric)
        assert metric.name == reported
        return
    with pytest.raises(Conflict, match=f"of the kind {kind} .* report no") as refused:
        getattr(METRICS[kind], name)
    assert "metrics" in str(refused.value.hint)


def test_all_are_of_some_kind() -> None:
    assert {name for names in REPORTED.values() for name in names} == {*NAMES}


def test_where_targets_health_is_reported() -> None:
    with pytest.raises(Conflict) as refused:
        METRICS[Kind.APPLICATION].healthy  # noqa: B018
    assert "group.metrics" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("source", "named"),
    [
        (METRICS[Kind.CLASSIC], {"LoadBalancerName": "web"}),
        (METRICS[Kind.GATEWAY], {"LoadBalancer": "gwy/web/50dc"}),
        (
            group_metrics(f"{STEM}targetgroup/web/abcd", f"{STEM}loadbalancer/net/web/50dc", HERE),
            {"LoadBalancer": "net/web/50dc", "TargetGroup": "targetgroup/web/abcd"},
        ),
    ],
)
def test_in_a_zone(source: LoadBalancerMetrics | TargetGroupMetrics, named: dict[str, str]) -> None:
    assert source.dimensions == named
    inside: Source = source.in_zone("us-east-1a")
    assert type(inside) is type(source)
    assert inside.namespace == source.namespace
    assert inside.dimensions == {"AvailabilityZone": "us-east-1a", **named}


@pytest.mark.parametrize("kind", list(METRICS))
def test_of_a_load_balancer(rig: Rig, kind: Kind) -> None:
    balancer = balancer_of(rig, kind).refresh()
    assert balancer.metrics.namespace == METRICS[kind].namespace
    (value,) = balancer.metrics.dimensions.values()
    assert balancer.name in value


def test_its_kind_is_known_by_the_arn() -> None:
    balancer = LoadBalancer(f"{STEM}loadbalancer/net/web/50dc", cloud=HERE)
    assert balancer.metrics == METRICS[Kind.NETWORK]
