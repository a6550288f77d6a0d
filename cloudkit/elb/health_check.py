"""How a target group finds out whether a target is well."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import evolve, field, frozen
from typing_extensions import Self

from cloudkit._core.params import as_bool, as_text, compact, one_of, seconds, within
from cloudkit.elb._limits import (
    DEFAULT_HEALTH_INTERVAL_SECONDS,
    DEFAULT_HEALTH_TIMEOUT_SECONDS,
    DEFAULT_HEALTHY_THRESHOLD,
    DEFAULT_UNHEALTHY_THRESHOLD,
    MAX_HEALTH_INTERVAL_SECONDS,
    MAX_HEALTH_PATH_CHARACTERS,
    MAX_HEALTH_THRESHOLD,
    MAX_HEALTH_TIMEOUT_SECONDS,
    MIN_HEALTH_INTERVAL_SECONDS,
    MIN_HEALTH_THRESHOLD,
    MIN_HEALTH_TIMEOUT_SECONDS,
)
from cloudkit.elb.protocol import WEB, Protocol
from cloudkit.elb.target import checked_port
from cloudkit.errors import InvalidRequest
from cloudkit.types import Duration

_TRAFFIC_PORT = "traffic-port"
_CODES = re.compile(r"\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*")
_PROTOCOLS = (Protocol.HTTP, Protocol.HTTPS, Protocol.TCP)


class _Usual(int):
    """A number that nobody gave. It is not sent: AWS has another for some kinds of groups."""


def _whole(value: Duration) -> int:
    return value if isinstance(value, _Usual) else round(seconds(value))


def _codes(value: str | int | None) -> str | None:
    return None if value is None else str(value).replace(" ", "")


def _protocol(value: Protocol | str | None) -> Protocol | None:
    return None if value is None else Protocol(str(value))


@frozen(kw_only=True)
class HealthCheck:
    """What is asked of a target, how often, and what counts as well.

    What is not given is AWS's default for the kind of group, or stays as it is in `update`. One that was read from a group
    has all.

    Attributes:
        path: What is requested, or the gRPC method, `/package.service/method`. Default: `/`; none with TCP.
        codes: The HTTP statuses that are well, such as `"200"`, `"200,302"` or `"200-299"`, or gRPC's codes. Default:
            200; behind network load balancers 200 to 399; 12 with gRPC.
        interval: Seconds between two checks, 5 to 300. Default: 30; 10 with GENEVE, 35 for functions.
        timeout: Seconds for an answer, 2 to 120, less than the interval. Default: 5; 10 with TCP, 30 for functions.
        healthy_threshold: Good answers in a row until a target is healthy, 2 to 10. Default: 5.
        unhealthy_threshold: Bad ones in a row until it is unhealthy, 2 to 10. Default: 2.
        port: The port that is asked. Default: the one that gets the requests.
        protocol: `"HTTP"`, `"HTTPS"` or `"TCP"`. Default: HTTP; for groups of other protocols than HTTP and HTTPS it is
            TCP, unless there is a path or there are codes.
        enabled: Whether targets are checked. Only functions can do without, and do so until a check is given.

    Examples:
        >>> HealthCheck(path="/up", interval=10).interval
        10
    """

    path: str | None = None
    codes: str | None = field(default=None, converter=_codes)
    interval: int = field(default=_Usual(DEFAULT_HEALTH_INTERVAL_SECONDS), converter=_whole)
    timeout: int = field(default=_Usual(DEFAULT_HEALTH_TIMEOUT_SECONDS), converter=_whole)
    healthy_threshold: int = _Usual(DEFAULT_HEALTHY_THRESHOLD)
    unhealthy_threshold: int = _Usual(DEFAULT_UNHEALTHY_THRESHOLD)
    port: int | None = None
    protocol: Protocol | None = field(default=None, converter=_protocol)
    enabled: bool = True

    def checked(self) -> Self:
        """The health check itself, if AWS takes it for any group. No request.

        `TargetGroup.create` and `update` check it by themselves, and whether it fits to the group.

        Returns:
            The health check itself.

        Raises:
            InvalidRequest: A value is out of AWS's range, or they do not go together.

        Examples:
            >>> HealthCheck(path="/up").checked().path
            '/up'

        AWS: none
        """
        if self.protocol is not None:
            one_of("health check protocol", str(self.protocol), [str(each) for each in _PROTOCOLS])
        if self.path is not None:
            checked_path(self.path)
        if self.port is not None:
            checked_port("health check port", self.port)
        if self.codes is not None and not _CODES.fullmatch(self.codes):
            raise InvalidRequest(
                f"codes={self.codes!r}: they are numbers and ranges of numbers", hint='such as "200,301-304"'
            )
        if self.protocol is Protocol.TCP and (self.path is not None or self.codes is not None):
            given = "path" if self.path is not None else "codes"
            raise InvalidRequest(
                f"{given}= with protocol='TCP': a TCP check opens a connection and asks nothing",
                hint="protocol='HTTP', or leave path= and codes= out",
            )
        within("interval", self.interval, MIN_HEALTH_INTERVAL_SECONDS, MAX_HEALTH_INTERVAL_SECONDS, "seconds")
        within("timeout", self.timeout, MIN_HEALTH_TIMEOUT_SECONDS, MAX_HEALTH_TIMEOUT_SECONDS, "seconds")
        for name, value in (
            ("healthy_threshold", self.healthy_threshold),
            ("unhealthy_threshold", self.unhealthy_threshold),
        ):
            within(name, value, MIN_HEALTH_THRESHOLD, MAX_HEALTH_THRESHOLD, "checks")
        if not isinstance(self.timeout, _Usual) and not isinstance(self.interval, _Usual):
            check_timeout(self.timeout, self.interval, equal=self.protocol is Protocol.TCP)
        return self

    def over(self, there: HealthCheck) -> HealthCheck:
        """Another check, with what this one gives in the place of what that has. No request.

        Args:
            there: The other check.

        Returns:
            A new one.

        Examples:
            >>> HealthCheck(interval=10).over(HealthCheck(path="/up")).path
            '/up'

        AWS: none
        """
        return evolve(there, **given_in(self), enabled=self.enabled)


def check_timeout(timeout: int, interval: int, *, equal: bool = False) -> None:
    """Refuse a time-out that is not over before the next check; AWS takes equal ones with TCP."""
    if timeout > interval or (timeout == interval and not equal):
        raise InvalidRequest(
            f"timeout={timeout} seconds: it is less than the interval, which is {interval}",
            hint=f"HealthCheck(interval={interval}, timeout={fitting_timeout(interval)})",
        )


def fitting_timeout(interval: int) -> int:
    """The longest time-out for an interval."""
    return max(MIN_HEALTH_TIMEOUT_SECONDS, interval - 1)


_NUMBERS = ("interval", "timeout", "healthy_threshold", "unhealthy_threshold")
_OTHERS = ("path", "codes", "port", "protocol")


def given_in(check: HealthCheck) -> Mapping[str, Any]:
    """What was given of a check, by name, but for whether it is enabled."""
    numbers = {name: getattr(check, name) for name in _NUMBERS}
    others = {name: getattr(check, name) for name in _OTHERS}
    return {
        **{name: value for name, value in others.items() if value is not None},
        **{name: value for name, value in numbers.items() if not isinstance(value, _Usual)},
    }


def checked_path(path: str) -> str:
    """The path, if AWS takes it for a health check."""
    as_text("health path", path, 1, MAX_HEALTH_PATH_CHARACTERS)
    if not path.startswith("/") or not path.isprintable() or not path.isascii() or " " in path:
        raise InvalidRequest(
            f"health path {path!r}: it begins with / and has printable ASCII characters alone"
        )
    return path


def health_check_params(check: HealthCheck, *, grpc: bool = False) -> dict[str, Any]:
    """What was given of the check as parameters of CreateTargetGroup and ModifyTargetGroup."""
    given = given_in(check)
    codes = given.get("codes")
    params = {
        "HealthCheckProtocol": None if check.protocol is None else str(check.protocol),
        "HealthCheckPort": None if check.port is None else str(check.port),
        "HealthCheckPath": check.path,
        "HealthCheckIntervalSeconds": given.get("interval"),
        "HealthCheckTimeoutSeconds": given.get("timeout"),
        "HealthyThresholdCount": given.get("healthy_threshold"),
        "UnhealthyThresholdCount": given.get("unhealthy_threshold"),
        "Matcher": None if codes is None else {"GrpcCode" if grpc else "HttpCode": codes},
    }
    return compact(params)


def health_check_of(row: Mapping[str, Any]) -> HealthCheck:
    """The check that a row of DescribeTargetGroups tells of."""
    port = row.get("HealthCheckPort")
    matcher: Mapping[str, Any] = row.get("Matcher") or {}
    protocol = Protocol(row.get("HealthCheckProtocol") or Protocol.HTTP)
    return HealthCheck(
        path=row.get("HealthCheckPath") if protocol in WEB else None,
        codes=(matcher.get("HttpCode") or matcher.get("GrpcCode")) if protocol in WEB else None,
        interval=int(row.get("HealthCheckIntervalSeconds", DEFAULT_HEALTH_INTERVAL_SECONDS)),
        timeout=int(row.get("HealthCheckTimeoutSeconds", DEFAULT_HEALTH_TIMEOUT_SECONDS)),
        healthy_threshold=int(row.get("HealthyThresholdCount", DEFAULT_HEALTHY_THRESHOLD)),
        unhealthy_threshold=int(row.get("UnhealthyThresholdCount", DEFAULT_UNHEALTHY_THRESHOLD)),
        port=None if port in (None, _TRAFFIC_PORT) else int(str(port)),
        protocol=protocol,
        enabled=as_bool(row.get("HealthCheckEnabled", True)),
    )
