from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit import InvalidRequest
from cloudkit.elb import Algorithm, HealthyMinimum, Protocol, Stickiness, TargetType
from cloudkit.elb._attributes.settings import differing, read, to_attributes
from cloudkit.elb._attributes.shape import Shape

WEB = Shape(TargetType.INSTANCE, Protocol.HTTP, 80)
TCP = Shape(TargetType.INSTANCE, Protocol.TCP, 80)
TLS = Shape(TargetType.INSTANCE, Protocol.TLS, 80)
UDP = Shape(TargetType.INSTANCE, Protocol.UDP, 80)
GATEWAY = Shape(TargetType.INSTANCE, Protocol.GENEVE, 6081)
FUNCTION = Shape(TargetType.LAMBDA)

durations = st.integers(1, 604_800)
minimums = st.builds(HealthyMinimum, st.integers(1, 1000), percent=st.none() | st.integers(1, 100))


def made(shape: Shape, **changes: Any) -> dict[str, str]:
    return to_attributes(changes, shape)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shape", "name", "values"),
    [
        (WEB, "drain_delay", st.integers(0, 3600)),
        (WEB, "slow_start", st.just(0) | st.integers(30, 900)),
        (WEB, "algorithm", st.sampled_from(Algorithm.known())),
        (WEB, "anomaly_mitigation", st.booleans()),
        (WEB, "cross_zone", st.sampled_from([True, False, "inherit"])),
        (
            WEB,
            "stickiness",
            st.builds(Stickiness.load_balancer, durations)
            | st.builds(Stickiness.app_cookie, st.just("session"), durations)
            | st.just(Stickiness.off()),
        ),
        (TCP, "stickiness", st.sampled_from([Stickiness.source_ip(), Stickiness.off()])),
        (GATEWAY, "stickiness", st.builds(Stickiness.flow, protocol=st.booleans())),
        (TCP, "connection_termination", st.booleans()),
        (TCP, "preserve_client_ip", st.booleans()),
        (TCP, "proxy_protocol", st.booleans()),
        (TCP, "unhealthy_connection_termination", st.booleans()),
        (TCP, "unhealthy_draining", st.integers(0, 360_000)),
        (FUNCTION, "multi_value_headers", st.booleans()),
        (GATEWAY, "rebalance", st.booleans()),
        (TCP, "dns_failover", minimums | st.just(HealthyMinimum(None, percent=50))),
        (WEB, "unhealthy_routing", minimums),
    ],
)
def test_what_is_set_reads_back(shape: Shape, name: str, values: st.SearchStrategy[object]) -> None:
    @given(values)
    def law(value: object) -> None:
        assert read(name, made(shape, **{name: value})) == value

    law()


@pytest.mark.parametrize(
    ("shape", "changes", "message"),
    [
        (FUNCTION, {"drain_delay": 30}, "all groups but those of functions"),
        (FUNCTION, {"slow_start": 30}, "slow_start is for"),
        (TCP, {"slow_start": 30}, "this is a group of TCP"),
        (TCP, {"algorithm": "round_robin"}, "HTTP or HTTPS"),
        (WEB, {"proxy_protocol": True}, "network load balancers"),
        (WEB, {"multi_value_headers": True}, "groups of functions"),
        (TCP, {"rebalance": True}, "gateway load balancers"),
        (GATEWAY, {"cross_zone": True}, "application and network"),
        (WEB, {"drain_delay": 3601}, "0 to 3600"),
        (WEB, {"slow_start": 29}, "30 to 900"),
        (WEB, {"algorithm": "random"}, "algorithm='random'"),
        (WEB, {"cross_zone": "yes"}, "cross_zone: 'yes'"),
        (TCP, {"proxy_protocol": "true"}, "neither True nor False"),
        (UDP, {"preserve_client_ip": False}, "always preserves"),
        (UDP, {"unhealthy_connection_termination": True}, "no connections"),
        (WEB, {"stickiness": "off"}, "it is a Stickiness"),
        (TCP, {"stickiness": Stickiness.load_balancer()}, "lb_cookie is for"),
        (WEB, {"stickiness": Stickiness.source_ip()}, "source_ip is for"),
        (WEB, {"stickiness": Stickiness.flow()}, "source_ip_dest_ip is for"),
        (TLS, {"stickiness": Stickiness.source_ip()}, "TLS has no stickiness"),
        (WEB, {"unhealthy_routing": HealthyMinimum(None)}, "wants a number"),
        (WEB, {"slow_start": 30, "algorithm": Algorithm.WEIGHTED_RANDOM}, "round robin alone"),
        (WEB, {"anomaly_mitigation": True, "algorithm": "round_robin"}, "weighted random alone"),
        (TCP, {"unhealthy_draining": 5, "unhealthy_connection_termination": True}, "finish nothing"),
    ],
)
def test_what_such_a_group_has_not_is_refused(shape: Shape, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        made(shape, **changes)


def test_stickiness_goes_off_without_a_type_which_aws_may_refuse() -> None:
    assert made(TLS, stickiness=Stickiness.off()) == {"stickiness.enabled": "false"}


def test_rebalancing_is_two_attributes_that_aws_takes_together_alone() -> None:
    assert set(made(GATEWAY, rebalance=True).values()) == {"rebalance"}
    assert len(made(GATEWAY, rebalance=False)) == 2


def test_none_and_nothing_change_nothing() -> None:
    assert made(WEB) == made(WEB, drain_delay=None) == {}


def test_a_wrong_name_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="drain"):
        made(WEB, drain=30)


def test_durations_are_timedeltas_too() -> None:
    assert made(WEB, drain_delay=timedelta(minutes=1)) == {"deregistration_delay.timeout_seconds": "60"}


def test_what_aws_leaves_out() -> None:
    assert read("drain_delay", {}) == 0
    assert read("preserve_client_ip", {}) is None
    assert read("algorithm", {}) is None
    assert read("cross_zone", {}) == "inherit"
    assert read("stickiness", {}) == Stickiness.off()
    assert read("stickiness", {"stickiness.enabled": "true"}) == Stickiness.off()
    assert read("dns_failover", {}) == HealthyMinimum()


def test_spelling_is_no_difference() -> None:
    assert differing({"a": "true", "b": "1"}, {"a": "True", "b": "2"}) == {"b": ("2", "1")}
