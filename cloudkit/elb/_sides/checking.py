"""The health check of a classic load balancer, whose target is one text: `HTTP:8080/up`, `TCP:8080`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudkit._core.params import dig
from cloudkit.elb._limits import (
    DEFAULT_CLASSIC_HEALTHY_THRESHOLD,
    DEFAULT_HEALTH_INTERVAL_SECONDS,
    DEFAULT_HEALTH_TIMEOUT_SECONDS,
    DEFAULT_UNHEALTHY_THRESHOLD,
)
from cloudkit.elb.health_check import HealthCheck
from cloudkit.elb.protocol import WEB, Protocol
from cloudkit.errors import InvalidRequest

# "Any answer other than 200 OK is considered unhealthy", says AWS.
_CODES = "200"
_UNTIL_SET = "TCP"
# What a classic load balancer calls TLS.
_SSL = "SSL"
_ROOT = "/"
_HTTP_PORT = 80


def classic_health_check(row: Mapping[str, Any]) -> HealthCheck:
    """The check that a classic load balancer's row tells of; AWS's default one if it tells of none."""
    check: Mapping[str, Any] = row.get("HealthCheck") or {}
    target = str(check.get("Target") or f"{_UNTIL_SET}:{first_port(row)}")
    protocol, _, rest = target.partition(":")
    port, slash, path = rest.partition("/")
    spoken = Protocol.TLS if protocol.upper() == _SSL else Protocol(protocol.upper())
    return HealthCheck(
        protocol=spoken,
        port=int(port),
        path=f"{slash}{path}" or _ROOT if spoken in WEB else None,
        codes=_CODES if spoken in WEB else None,
        interval=int(check.get("Interval", DEFAULT_HEALTH_INTERVAL_SECONDS)),
        timeout=int(check.get("Timeout", DEFAULT_HEALTH_TIMEOUT_SECONDS)),
        healthy_threshold=int(check.get("HealthyThreshold", DEFAULT_CLASSIC_HEALTHY_THRESHOLD)),
        unhealthy_threshold=int(check.get("UnhealthyThreshold", DEFAULT_UNHEALTHY_THRESHOLD)),
    )


def classic_check_params(check: HealthCheck, *, port: int) -> Mapping[str, Any]:
    """The check as HealthCheck of ConfigureHealthCheck; on that port if it has none of its own."""
    if check.codes not in (None, _CODES):
        raise InvalidRequest(
            f"codes={check.codes!r}: a classic load balancer takes {_CODES} alone for well",
            hint="let the path answer 200, or kind='application', which takes others",
        )
    if check.protocol != Protocol.TLS:  # which only classic load balancers check by
        check.checked()
    spoken = str(check.protocol or Protocol.HTTP)
    path = (check.path or _ROOT) if spoken in WEB else ""
    return {
        "Target": f"{_SSL if spoken == 'TLS' else spoken}:{check.port or port}{path}",
        "Interval": int(check.interval),
        "Timeout": int(check.timeout),
        "HealthyThreshold": int(check.healthy_threshold),
        "UnhealthyThreshold": int(check.unhealthy_threshold),
    }


def first_port(row: Mapping[str, Any]) -> int:
    """The port that AWS checks until it is told: that of the first listener's instances."""
    ports = [int(dig(each, "Listener.InstancePort")) for each in row.get("ListenerDescriptions", [])]
    return ports[0] if ports else _HTTP_PORT
