"""What can be set of a load balancer, and what is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import asdict, frozen
from typing_extensions import TypedDict, override

from cloudkit.elb.kinds import Kind
from cloudkit.elb.log_place import LogPlace
from cloudkit.elb.target import HasId
from cloudkit.types import Duration, OpenEnum


class DesyncMitigation(OpenEnum):
    """What becomes of requests that might be understood in two ways, and so smuggle another one."""

    MONITOR = "monitor"
    DEFENSIVE = "defensive"
    STRICTEST = "strictest"


class ForwardedFor(OpenEnum):
    """What becomes of the header `X-Forwarded-For`, which tells targets the client's address."""

    APPEND = "append"
    PRESERVE = "preserve"
    REMOVE = "remove"


class ClientRouting(OpenEnum):
    """Whether the DNS name of a network load balancer leads clients to the nodes of their own zone."""

    ANY_ZONE = "any_availability_zone"
    MOSTLY_OWN_ZONE = "partial_availability_zone_affinity"
    OWN_ZONE = "availability_zone_affinity"


class AddressType(OpenEnum):
    """Which addresses clients reach a load balancer at."""

    IPV4 = "ipv4"
    DUALSTACK = "dualstack"
    DUALSTACK_WITHOUT_PUBLIC_IPV4 = "dualstack-without-public-ipv4"


class LoadBalancerChanges(TypedDict, total=False):
    """What `balancer.update(...)` changes. What is not given, or None, stays as it is.

    Attributes:
        deletion_protection: Whether AWS refuses to delete it. All kinds but classic.
        cross_zone: Whether each node serves the targets of all zones. Network, gateway and classic; always so for
            application load balancers.
        idle_timeout: Seconds until a silent connection is closed, 1 to 4000. Application and classic.
        client_keep_alive: Seconds until a client's connection is closed, busy or not, 60 to 604,800. Application.
        http2: Whether clients may use HTTP/2. Application.
        desync_mitigation: What becomes of ambiguous requests. Application and classic.
        drop_invalid_headers: Whether headers with other signs than letters, digits and hyphens in their names are
            taken out. Application.
        preserve_host: Whether targets get the client's `Host` header as it is. Application.
        forwarded_for: What becomes of `X-Forwarded-For`. Application.
        forward_client_port: Whether `X-Forwarded-For` says the client's port too. Application.
        tls_headers: Whether targets get headers that tell the client's TLS version and cipher. Application.
        waf_fail_open: Whether requests get through when AWS WAF does not answer. Application.
        deny_internet_gateway: Whether internet gateways are blocked. Application and network.
        zonal_shift: Whether traffic may be shifted away from a zone that fails. Application and network.
        client_routing: Whether clients are led to nodes in their own zone. Network.
        secondary_addresses: How many more addresses nodes have in each subnet, 0 to 7; it can only grow. Network.
        drain_delay: Seconds that a classic load balancer's instances have to finish their requests, 1 to 3600; 0 for
            none. With the others their target groups have it.
        subnets: All of its subnets, one a zone.
        security_groups: All of its security groups. Application and classic; network if it was made with one.
        ip_address_type: Which addresses clients reach it at. All kinds but classic.
    """

    deletion_protection: bool | None
    cross_zone: bool | None
    idle_timeout: Duration | None
    client_keep_alive: Duration | None
    http2: bool | None
    desync_mitigation: DesyncMitigation | str | None
    drop_invalid_headers: bool | None
    preserve_host: bool | None
    forwarded_for: ForwardedFor | str | None
    forward_client_port: bool | None
    tls_headers: bool | None
    waf_fail_open: bool | None
    deny_internet_gateway: bool | None
    zonal_shift: bool | None
    client_routing: ClientRouting | str | None
    secondary_addresses: int | None
    drain_delay: Duration | None
    subnets: Sequence[HasId | str] | None
    security_groups: Sequence[HasId | str] | None
    ip_address_type: AddressType | str | None


@frozen(kw_only=True, repr=False)
class LoadBalancerSettings:
    """How a load balancer is set: `balancer.settings`. A setting that its kind has not is None.

    Attributes:
        kind: Its kind.
        deletion_protection: Whether AWS refuses to delete it.
        cross_zone: Whether each node serves the targets of all zones.
        idle_timeout: Seconds until a silent connection is closed.
        client_keep_alive: Seconds until a client's connection is closed, busy or not.
        http2: Whether clients may use HTTP/2.
        desync_mitigation: What becomes of ambiguous requests.
        drop_invalid_headers: Whether headers with bad names are taken out.
        preserve_host: Whether targets get the client's `Host` header as it is.
        forwarded_for: What becomes of `X-Forwarded-For`.
        forward_client_port: Whether `X-Forwarded-For` says the client's port too.
        tls_headers: Whether targets get headers that tell the client's TLS version and cipher.
        waf_fail_open: Whether requests get through when AWS WAF does not answer.
        deny_internet_gateway: Whether internet gateways are blocked.
        zonal_shift: Whether traffic may be shifted away from a zone that fails.
        client_routing: Whether clients are led to nodes in their own zone.
        secondary_addresses: How many more addresses nodes have in each subnet.
        drain_delay: Seconds that instances have to finish their requests; 0 for none. Of classic ones alone.
        access_logs: Where its access logs go.
        connection_logs: Where its connection logs go.
        health_check_logs: Where the logs of its health checks go.

    Examples:
        >>> LoadBalancer("web").settings.idle_timeout
        60
    """

    kind: Kind
    deletion_protection: bool | None = None
    cross_zone: bool | None = None
    idle_timeout: int | None = None
    client_keep_alive: int | None = None
    http2: bool | None = None
    desync_mitigation: DesyncMitigation | None = None
    drop_invalid_headers: bool | None = None
    preserve_host: bool | None = None
    forwarded_for: ForwardedFor | None = None
    forward_client_port: bool | None = None
    tls_headers: bool | None = None
    waf_fail_open: bool | None = None
    deny_internet_gateway: bool | None = None
    zonal_shift: bool | None = None
    client_routing: ClientRouting | None = None
    secondary_addresses: int | None = None
    drain_delay: int | None = None
    access_logs: LogPlace | None = None
    connection_logs: LogPlace | None = None
    health_check_logs: LogPlace | None = None

    @override
    def __repr__(self) -> str:
        told: Mapping[str, object] = asdict(self, recurse=False)
        had = ", ".join(f"{name}={_plain(value)!r}" for name, value in told.items() if value is not None)
        return f"{type(self).__name__}({had})"


def _plain(value: object) -> object:
    return str(value) if isinstance(value, OpenEnum) else value
