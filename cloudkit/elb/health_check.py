"""How a target group finds out whether a target is well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from typing_extensions import Self

from cloudkit._core.params import as_text, compact, seconds, within
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
from cloudkit.elb.target import checked_port
from cloudkit.errors import InvalidRequest
from cloudkit.types import Duration

_TRAFFIC_PORT = "traffic-port"


def _whole(value: Duration) -> int:
    return round(seconds(value))


@frozen(kw_only=True)
class HealthCheck:
    """What is asked of a target, how often, and what counts as well.

    Attributes:
        path: What is requested; None with TCP.
        codes: The HTTP statuses that are well, such as `"200"`, `"200,302"` or `"200-299"`; None with TCP.
        interval: Seconds between two checks, 5 to 300.
        timeout: Seconds for an answer, 2 to 120, less than the interval.
        healthy_threshold: Good answers in a row until a target is healthy, 2 to 10.
        unhealthy_threshold: Bad ones in a row until it is unhealthy, 2 to 10.
        port: The port that is asked; None for the one that gets the requests.
        protocol: `"HTTP"`, `"HTTPS"` or `"TCP"`.

    Examples:
        >>> HealthCheck(path="/up", interval=10).interval
        10
    """

    path: str | None = "/"
    codes: str | None = "200"
    interval: int = field(default=DEFAULT_HEALTH_INTERVAL_SECONDS, converter=_whole)
    timeout: int = field(default=DEFAULT_HEALTH_TIMEOUT_SECONDS, converter=_whole)
    healthy_threshold: int = DEFAULT_HEALTHY_THRESHOLD
    unhealthy_threshold: int = DEFAULT_UNHEALTHY_THRESHOLD
    port: int | None = None
    protocol: str = "HTTP"

    def checked(self) -> Self:
        """The health check itself, if AWS takes it. No request.

        `TargetGroup.create` and `update` check it by themselves.

        Returns:
            The health check itself.

        Raises:
            InvalidRequest: A value is out of AWS's range, or they do not go together.

        Examples:
            >>> HealthCheck(path="/up").checked().path
            '/up'

        AWS: none
        """
        if self.path is not None:
            checked_path(self.path)
        if self.port is not None:
            checked_port("health check port", self.port)
        within("interval", self.interval, MIN_HEALTH_INTERVAL_SECONDS, MAX_HEALTH_INTERVAL_SECONDS, "seconds")
        within("timeout", self.timeout, MIN_HEALTH_TIMEOUT_SECONDS, MAX_HEALTH_TIMEOUT_SECONDS, "seconds")
        for name, value in (
            ("healthy_threshold", self.healthy_threshold),
            ("unhealthy_threshold", self.unhealthy_threshold),
        ):
            within(name, value, MIN_HEALTH_THRESHOLD, MAX_HEALTH_THRESHOLD, "checks")
        if self.timeout >= self.interval:
            raise InvalidRequest(
                f"timeout={self.timeout} seconds: it is less than the interval, which is {self.interval}",
                hint=f"HealthCheck(interval={self.interval}, timeout={max(MIN_HEALTH_TIMEOUT_SECONDS, self.interval - 1)})",
            )
        return self


def checked_path(path: str) -> str:
    """The path, if AWS takes it for a health check."""
    as_text("health path", path, 1, MAX_HEALTH_PATH_CHARACTERS)
    if not path.startswith("/") or not path.isprintable() or not path.isascii() or " " in path:
        raise InvalidRequest(
            f"health path {path!r}: it begins with / and has printable ASCII characters alone"
        )
    return path


def health_check_params(check: HealthCheck) -> dict[str, Any]:
    """The check as parameters of CreateTargetGroup and ModifyTargetGroup."""
    return compact(
        {
            "HealthCheckProtocol": check.protocol,
            "HealthCheckPort": _TRAFFIC_PORT if check.port is None else str(check.port),
            "HealthCheckPath": check.path,
            "HealthCheckIntervalSeconds": check.interval,
            "HealthCheckTimeoutSeconds": check.timeout,
            "HealthyThresholdCount": check.healthy_threshold,
            "UnhealthyThresholdCount": check.unhealthy_threshold,
            "Matcher": None if check.codes is None else {"HttpCode": check.codes},
        }
    )


def health_check_of(row: Mapping[str, Any]) -> HealthCheck:
    """The check that a row of DescribeTargetGroups tells of."""
    port = row.get("HealthCheckPort")
    matcher: Mapping[str, Any] = row.get("Matcher") or {}
    return HealthCheck(
        path=row.get("HealthCheckPath"),
        codes=matcher.get("HttpCode") or matcher.get("GrpcCode"),
        interval=row.get("HealthCheckIntervalSeconds", DEFAULT_HEALTH_INTERVAL_SECONDS),
        timeout=row.get("HealthCheckTimeoutSeconds", DEFAULT_HEALTH_TIMEOUT_SECONDS),
        healthy_threshold=row.get("HealthyThresholdCount", DEFAULT_HEALTHY_THRESHOLD),
        unhealthy_threshold=row.get("UnhealthyThresholdCount", DEFAULT_UNHEALTHY_THRESHOLD),
        port=None if port in (None, _TRAFFIC_PORT) else int(str(port)),
        protocol=row.get("HealthCheckProtocol", "HTTP"),
    )
