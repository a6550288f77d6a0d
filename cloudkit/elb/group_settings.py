"""What can be set of a target group."""

from __future__ import annotations

from typing import Literal, TypeAlias

from attrs import field, frozen
from typing_extensions import TypedDict

from cloudkit._core.params import within
from cloudkit.elb._limits import MAX_PERCENT
from cloudkit.elb.protocol import Algorithm
from cloudkit.elb.stickiness import Stickiness
from cloudkit.errors import InvalidRequest
from cloudkit.types import Duration

CrossZone: TypeAlias = bool | Literal["inherit"]
"""Whether each node serves the targets of all zones; `"inherit"` for as the load balancer does."""


def _count(value: int | None) -> int | None:
    if value is not None and value < 1:
        raise InvalidRequest(f"count={value}: it is 1 or more", hint="leave count= out for none")
    return value


def _percent(value: int | None) -> int | None:
    return None if value is None else within("percent", value, 1, MAX_PERCENT, "percent")


@frozen
class HealthyMinimum:
    """How many targets of a zone must be healthy; with fewer AWS acts.

    Attributes:
        count: So many; None for no matter how many.
        percent: So much of all of them, 1 to 100; None for no matter how much.

    Examples:
        >>> HealthyMinimum(percent=50).percent
        50
    """

    count: int | None = field(default=1, converter=_count)
    percent: int | None = field(default=None, converter=_percent, kw_only=True)


class TargetGroupChanges(TypedDict, total=False):
    """What can be set of a target group. What is not given, or None, stays as it is.

    Attributes:
        drain_delay: Seconds that a target which is taken out has to finish its requests, 0 to 3600. Not for functions.
        stickiness: Whether a client's requests go to the same target. Not for functions, nor with TLS.
        slow_start: Seconds in which a new target's share of requests grows, 30 to 900; 0 for off. Instances and
            addresses behind application load balancers, with round robin alone.
        algorithm: How the target of a request is chosen. Instances and addresses behind application load balancers.
        anomaly_mitigation: Whether targets that behave oddly get less. With `Algorithm.WEIGHTED_RANDOM`.
        cross_zone: Whether each node serves the targets of all zones: True, False, or `"inherit"` for as the load
            balancer does. Application and network.
        connection_termination: Whether connections are closed when the drain delay is over. Network.
        preserve_client_ip: Whether targets see the client's address. Network.
        proxy_protocol: Whether targets get a proxy protocol header, version 2. Network.
        unhealthy_connection_termination: Whether connections to unhealthy targets are closed. Network.
        unhealthy_draining: Seconds that an unhealthy target has to finish what is under way, 0 to 360,000, if its
            connections are not closed. Network.
        multi_value_headers: Whether a function gets headers and parameters with lists of values.
        rebalance: Whether flows of targets that leave or fail go to others. Gateway.
        dns_failover: How many targets must be healthy for a zone to stay in the DNS. Application and network.
        unhealthy_routing: How many must be healthy for unhealthy ones to get no requests. Application and network.
    """

    drain_delay: Duration | None
    stickiness: Stickiness | None
    slow_start: Duration | None
    algorithm: Algorithm | str | None
    anomaly_mitigation: bool | None
    cross_zone: CrossZone | None
    connection_termination: bool | None
    preserve_client_ip: bool | None
    proxy_protocol: bool | None
    unhealthy_connection_termination: bool | None
    unhealthy_draining: Duration | None
    multi_value_headers: bool | None
    rebalance: bool | None
    dns_failover: HealthyMinimum | None
    unhealthy_routing: HealthyMinimum | None
