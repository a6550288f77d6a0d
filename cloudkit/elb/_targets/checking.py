"""Which health checks fit to which target groups."""

from __future__ import annotations

from attrs import evolve

from cloudkit.elb._attributes.shape import Shape
from cloudkit.elb._limits import (
    DEFAULT_HEALTH_INTERVAL_SECONDS,
    DEFAULT_HEALTH_TIMEOUT_SECONDS,
    DEFAULT_TCP_HEALTH_TIMEOUT_SECONDS,
    MAX_GATEWAY_HTTP_CODE,
    MAX_GRPC_CODE,
    MAX_HTTP_CODE,
    MAX_NETWORK_HTTP_CODE,
    MIN_HTTP_CODE,
    USUAL_FUNCTION_INTERVAL_SECONDS,
    USUAL_FUNCTION_TIMEOUT_SECONDS,
    USUAL_GATEWAY_INTERVAL_SECONDS,
)
from cloudkit.elb.health_check import HealthCheck, check_timeout, fitting_timeout, given_in
from cloudkit.elb.kinds import Kind
from cloudkit.elb.protocol import Protocol, TargetType
from cloudkit.errors import InvalidRequest


def fitted(check: HealthCheck, shape: Shape, there: HealthCheck | None = None) -> HealthCheck:
    """The check as a target group gets it: with the protocol and the timeout that its other values need.

    Args:
        check: What is given.
        shape: What the group is.
        there: The check that the group has; None for a new group.

    Raises:
        InvalidRequest: AWS does not take it for such a group.
    """
    check.checked()
    if shape.type is TargetType.LAMBDA:
        _check_for_functions(check)
    elif not check.enabled:
        raise InvalidRequest(
            "enabled=False: AWS always checks targets that are no functions",
            hint="a check with protocol='TCP' (network) or a path that always answers says little",
        )
    protocol = check.protocol
    asks = check.path is not None or check.codes is not None
    present = _usual_protocol(shape) if there is None else there.protocol
    if protocol is None and asks and present is Protocol.TCP:
        protocol = Protocol.HTTP
    if protocol is Protocol.TCP and (shape.kind is Kind.APPLICATION or shape.type is TargetType.ALB):
        what = "a load balancer" if shape.type is TargetType.ALB else f"targets that speak {shape.protocol}"
        raise InvalidRequest(
            f"a health check with protocol='TCP' for {what}: AWS checks such by HTTP or HTTPS",
            hint="protocol='HTTP', or leave protocol= out",
        )
    _check_codes(check.codes, shape)
    return _in_time(evolve(check, protocol=protocol), protocol or present, shape, there)


def _check_for_functions(check: HealthCheck) -> None:
    for name, value in (("port", check.port), ("protocol", check.protocol)):
        if value is not None:
            raise InvalidRequest(
                f"a health check with {name}= for a function, which has none", hint=f"leave {name}= out"
            )


def _usual_protocol(shape: Shape) -> Protocol:
    """What AWS checks with if it is not told."""
    plain = shape.kind is Kind.APPLICATION or shape.type is TargetType.ALB
    return Protocol.HTTP if plain else Protocol.TCP


def _check_codes(codes: str | None, shape: Shape) -> None:
    low, high = _code_range(shape)
    for part in [] if codes is None else codes.split(","):
        first, _, last = part.partition("-")
        if not low <= int(first) <= int(last or first) <= high:
            speaks = "gRPC" if shape.grpc else f"a {shape.kind} load balancer"
            raise InvalidRequest(
                f"codes={codes!r}: with {speaks} they are {low} to {high}, and a range begins with the lower",
                hint=f"codes='{low}-{high}' takes all of them",
            )


def _code_range(shape: Shape) -> tuple[int, int]:
    if shape.grpc:
        return 0, MAX_GRPC_CODE
    most = {Kind.NETWORK: MAX_NETWORK_HTTP_CODE, Kind.GATEWAY: MAX_GATEWAY_HTTP_CODE}
    return MIN_HTTP_CODE, most.get(shape.kind, MAX_HTTP_CODE)


def _in_time(
    check: HealthCheck, protocol: Protocol | None, shape: Shape, there: HealthCheck | None
) -> HealthCheck:
    """The check, with a timeout where the usual one is too long for the interval that is given."""
    given = given_in(check)
    if not given.keys() & {"interval", "timeout"}:
        return check
    usual_interval, usual_timeout = _usual_times(protocol, shape)
    if there is not None:
        usual_interval, usual_timeout = there.interval, there.timeout
    interval: int = given.get("interval", usual_interval)
    timeout: int = given.get("timeout", usual_timeout)
    # AWS's pages differ by a second about what is usual.
    if "timeout" not in given and there is None and timeout + 1 >= interval:
        return evolve(check, timeout=fitting_timeout(interval))
    check_timeout(timeout, interval, equal=protocol is Protocol.TCP)
    return check


def _usual_times(protocol: Protocol | None, shape: Shape) -> tuple[int, int]:
    if shape.type is TargetType.LAMBDA:
        return USUAL_FUNCTION_INTERVAL_SECONDS, USUAL_FUNCTION_TIMEOUT_SECONDS
    if shape.kind is Kind.GATEWAY:
        return USUAL_GATEWAY_INTERVAL_SECONDS, DEFAULT_HEALTH_TIMEOUT_SECONDS
    if protocol in (Protocol.TCP, Protocol.HTTPS) and shape.kind is Kind.NETWORK:
        return DEFAULT_HEALTH_INTERVAL_SECONDS, DEFAULT_TCP_HEALTH_TIMEOUT_SECONDS
    return DEFAULT_HEALTH_INTERVAL_SECONDS, DEFAULT_HEALTH_TIMEOUT_SECONDS
