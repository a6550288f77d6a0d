from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from cloudkit import InvalidRequest
from cloudkit.elb import HealthCheck, Protocol, ProtocolVersion, TargetType
from cloudkit.elb._attributes.shape import Shape
from cloudkit.elb._targets.checking import fitted
from cloudkit.elb.health_check import given_in, health_check_of, health_check_params

WEB = Shape(TargetType.INSTANCE, Protocol.HTTP, 80)
GRPC = Shape(TargetType.INSTANCE, Protocol.HTTP, 80, ProtocolVersion.GRPC)
TCP = Shape(TargetType.INSTANCE, Protocol.TCP, 80)
GATEWAY = Shape(TargetType.INSTANCE, Protocol.GENEVE, 6081)
FUNCTION = Shape(TargetType.LAMBDA)
BALANCER = Shape(TargetType.ALB, Protocol.TCP, 80)


def test_what_is_not_given_is_not_sent() -> None:
    assert health_check_params(fitted(HealthCheck(), WEB)) == {}
    assert health_check_params(fitted(HealthCheck(path="/up"), WEB)) == {"HealthCheckPath": "/up"}
    assert health_check_params(fitted(HealthCheck(codes=0), GRPC), grpc=True) == {
        "Matcher": {"GrpcCode": "0"}
    }


def test_a_path_makes_it_http_where_it_would_be_tcp() -> None:
    assert fitted(HealthCheck(path="/up"), TCP).protocol is Protocol.HTTP
    assert fitted(HealthCheck(codes="200-599"), TCP).protocol is Protocol.HTTP
    assert fitted(HealthCheck(interval=20), TCP).protocol is None
    assert fitted(HealthCheck(path="/up"), BALANCER).protocol is None
    there = HealthCheck(path="/", protocol="HTTPS", interval=30, timeout=5)
    assert fitted(HealthCheck(path="/up"), TCP, there).protocol is None


@given(
    st.integers(5, 300), st.sampled_from([(WEB, 5), (TCP, 10), (GATEWAY, 5), (FUNCTION, 30), (BALANCER, 5)])
)
def test_an_interval_brings_a_timeout_that_fits_if_the_usual_one_does_not(
    interval: int, group: tuple[Shape, int]
) -> None:
    shape, usual = group
    params = health_check_params(fitted(HealthCheck(interval=interval), shape))
    assert params["HealthCheckIntervalSeconds"] == interval
    assert params.get("HealthCheckTimeoutSeconds", usual) < interval
    assert ("HealthCheckTimeoutSeconds" in params) == (interval <= usual + 1)


@pytest.mark.parametrize(
    ("check", "shape", "message"),
    [
        (HealthCheck(protocol="TCP"), WEB, "by HTTP or HTTPS"),
        (HealthCheck(protocol="TCP"), BALANCER, "for a load balancer"),
        (HealthCheck(protocol="UDP"), TCP, "health check protocol='UDP'"),
        (HealthCheck(protocol="TCP", path="/"), TCP, "path= with protocol='TCP'"),
        (HealthCheck(protocol="TCP", codes=200), TCP, "codes= with protocol='TCP'"),
        (HealthCheck(port=80), FUNCTION, "port= for a function"),
        (HealthCheck(protocol="HTTP"), FUNCTION, "protocol= for a function"),
        (HealthCheck(enabled=False), WEB, "always checks"),
        (HealthCheck(codes="ok"), WEB, "ranges of numbers"),
        (HealthCheck(codes="200-500"), WEB, "200 to 499"),
        (HealthCheck(codes="299-200"), WEB, "begins with the lower"),
        (HealthCheck(codes="200-600"), TCP, "200 to 599"),
        (HealthCheck(codes="200,404"), GATEWAY, "200 to 399"),
        (HealthCheck(codes="100"), GRPC, "0 to 99"),
        (HealthCheck(timeout=30), WEB, "less than the interval, which is 30"),
        (HealthCheck(timeout=11), GATEWAY, "less than the interval, which is 10"),
        (HealthCheck(timeout=36), FUNCTION, "less than the interval, which is 35"),
    ],
)
def test_what_does_not_fit_is_refused(check: HealthCheck, shape: Shape, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        fitted(check, shape)


def test_tcp_takes_a_timeout_as_long_as_the_interval() -> None:
    check = HealthCheck(protocol="TCP", interval=10, timeout=10)
    assert fitted(check, TCP) == check


def test_a_change_is_held_against_what_is_there() -> None:
    there = HealthCheck(path="/", interval=30, timeout=20, protocol="HTTP")
    with pytest.raises(InvalidRequest, match="timeout=20 seconds"):
        fitted(HealthCheck(interval=10), WEB, there)
    assert fitted(HealthCheck(interval=21), WEB, there).interval == 21
    with pytest.raises(InvalidRequest, match="which is 30"):
        fitted(HealthCheck(timeout=30), WEB, there)


def test_one_laid_over_another_keeps_the_rest() -> None:
    there = health_check_of({"HealthCheckPath": "/up", "HealthCheckIntervalSeconds": 20})
    both = HealthCheck(timeout=3).over(there)
    assert (both.path, both.interval, both.timeout) == ("/up", 20, 3)
    assert given_in(HealthCheck()) == {}
    assert HealthCheck().over(there) == there


def test_a_function_may_go_unchecked() -> None:
    assert fitted(HealthCheck(enabled=False), FUNCTION).enabled is False
