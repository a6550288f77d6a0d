from __future__ import annotations

from typing import Any

import pytest

from cloudkit import InvalidRequest
from cloudkit.elb import Kind, Protocol, Target, TargetType
from cloudkit.elb._attributes.shape import Shape, check_target

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:hello"
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"


def wanted(*targets: str, **given: Any) -> Shape:
    named = {"type": None, "protocol": None, "port": None, "version": None, "family": None, **given}
    return Shape.wanted(targets=[Target(each) for each in targets], **named)


@pytest.mark.parametrize(
    ("targets", "given", "shape"),
    [
        ((), {"port": 80}, Shape(TargetType.INSTANCE, Protocol.HTTP, 80)),
        (("i-1",), {"port": 80}, Shape(TargetType.INSTANCE, Protocol.HTTP, 80)),
        (("10.0.0.1", "fd00::1"), {"port": 80}, Shape(TargetType.IP, Protocol.HTTP, 80)),
        ((), {"port": 80, "type": "ip"}, Shape(TargetType.IP, Protocol.HTTP, 80)),
        ((FUNCTION,), {}, Shape(TargetType.LAMBDA)),
        ((), {"type": "lambda"}, Shape(TargetType.LAMBDA)),
        ((BALANCER,), {"port": 80}, Shape(TargetType.ALB, Protocol.TCP, 80)),
        ((), {"protocol": "GENEVE"}, Shape(TargetType.INSTANCE, Protocol.GENEVE, 6081)),
    ],
)
def test_what_is_left_out_is_found(targets: tuple[str, ...], given: dict[str, object], shape: Shape) -> None:
    assert wanted(*targets, **given) == shape


@pytest.mark.parametrize(
    ("targets", "given", "message"),
    [
        ((), {}, "has a port"),
        ((), {"port": 0}, "1 to 65535"),
        ((), {"port": 80, "protocol": "SMTP"}, "protocol='SMTP'"),
        ((), {"port": 80, "type": "box"}, "type='box'"),
        ((), {"port": 80, "version": "HTTP9"}, "version='HTTP9'"),
        ((), {"port": 80, "family": "ipv5"}, "family='ipv5'"),
        ((), {"port": 80, "protocol": "TCP", "version": "HTTP2"}, "only HTTP and HTTPS have versions"),
        ((), {"port": 80, "protocol": "GENEVE"}, "its port is 6081"),
        ((FUNCTION,), {"port": 80}, "port= for a function"),
        ((), {"type": "lambda", "protocol": "HTTP", "version": "HTTP1"}, "protocol=, version="),
        ((BALANCER,), {"port": 80, "protocol": "HTTP"}, "hands them TCP"),
        (("i-1", "10.0.0.1"), {"port": 80}, "several types, instance and ip"),
    ],
)
def test_what_aws_does_not_take_together_says_what_does(
    targets: tuple[str, ...], given: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message):
        wanted(*targets, **given)


@pytest.mark.parametrize(
    ("protocol", "kind"),
    [
        ("HTTP", Kind.APPLICATION),
        ("HTTPS", Kind.APPLICATION),
        ("GENEVE", Kind.GATEWAY),
        ("TCP", Kind.NETWORK),
        ("TLS", Kind.NETWORK),
        ("UDP", Kind.NETWORK),
        ("TCP_UDP", Kind.NETWORK),
        ("QUIC", Kind.NETWORK),
        ("TCP_QUIC", Kind.NETWORK),
    ],
)
def test_the_kind_of_load_balancer_follows_from_the_protocol(protocol: str, kind: Kind) -> None:
    assert wanted(protocol=protocol, port=6081).kind is kind


def test_params_leave_out_what_is_usual() -> None:
    params = wanted(port=80, family="ipv6", version="GRPC").params()
    assert {name: value for name, value in params.items() if value is not None} == {
        "Protocol": "HTTP",
        "Port": 80,
        "ProtocolVersion": "GRPC",
        "IpAddressType": "ipv6",
    }
    assert wanted(type="lambda").params()["TargetType"] == "lambda"


def test_a_row_reads_as_the_same() -> None:
    for shape in (wanted(port=80, version="GRPC", family="ipv6"), wanted(type="lambda")):
        row = {name: value for name, value in shape.params().items() if value is not None}
        assert Shape.of_row(row) == shape


@pytest.mark.parametrize(
    ("target", "type", "protocol", "message"),
    [
        (Target("10.0.0.1"), "instance", "HTTP", "of type ip"),
        (Target("i-1", zone="all"), "instance", "HTTP", "leave zone= out|knows the zone"),
        (Target(BALANCER, zone="all"), "alb", "TCP", "knows the zone"),
        (Target(FUNCTION, 80), "lambda", None, "has no port"),
        (Target("i-1"), "instance", "QUIC", "has no server id"),
        (Target("i-1", server_id="0x0000000000000001"), "instance", "TCP", "QUIC alone"),
    ],
)
def test_targets_that_a_group_does_not_take(
    target: Target, type: str, protocol: str | None, message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message):
        check_target(target, TargetType(type), None if protocol is None else Protocol(protocol))
