"""What a port of a load balancer serves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from attrs import field, frozen

from cloudkit._core.params import one_of
from cloudkit.elb._certificates.naming import checked_certificate
from cloudkit.elb._routing.policies import checked_policy
from cloudkit.elb.action import FixedResponse, Redirect
from cloudkit.elb.target import checked_port
from cloudkit.errors import InvalidRequest
from cloudkit.types import HasArn, OpenEnum


class Alpn(OpenEnum):
    """Which of HTTP/1 and HTTP/2 a TLS listener of a network load balancer offers to clients."""

    HTTP1_ONLY = "HTTP1Only"
    HTTP2_ONLY = "HTTP2Only"
    HTTP2_OPTIONAL = "HTTP2Optional"
    HTTP2_PREFERRED = "HTTP2Preferred"
    NONE = "None"


Cert: TypeAlias = HasArn | str
"""A certificate, its ARN, or a domain name, for which the newest issued one that covers it is looked up in ACM."""


def checked_alpn(value: Alpn | str) -> Alpn:
    """The ALPN policy, if AWS has it."""
    return Alpn(one_of("alpn", str(value), [str(each) for each in Alpn.known()]))


def _alpn(value: Alpn | str | None) -> Alpn | None:
    return None if value is None else checked_alpn(value)


def _policy(value: str | None) -> str | None:
    return None if value is None else checked_policy(value)


def _certificates(value: Sequence[Cert]) -> tuple[Cert, ...]:
    if isinstance(value, str):
        raise InvalidRequest(f"certificates={value!r}: it is a list of them", hint=f"[{value!r}]")
    return tuple(checked_certificate(each) for each in value)


def _target_port(port: int) -> int:
    return checked_port("target port", port)


@frozen
class Https:
    """HTTPS for clients, of an application or classic load balancer; targets get plain HTTP, or HTTPS again.

    Attributes:
        port: The port of the targets.
        certificate: The certificate: an object, its ARN, or a domain name that ACM has an issued one for.
        policy: The TLS policy: which versions and ciphers clients may use. Default: the one that AWS recommends.
        certificates: More certificates, of which each client gets the one for the host name that it asks for (SNI).
        protocol: What targets speak: `"HTTP"` or `"HTTPS"`.

    Raises:
        InvalidRequest: A port, certificate or policy that AWS would refuse.

    Examples:
        >>> Https(8080, "shop.example.com").port
        8080
    """

    port: int = field(converter=_target_port)
    certificate: Cert = field(converter=checked_certificate)
    policy: str | None = field(default=None, converter=_policy)
    certificates: Sequence[Cert] = field(default=(), converter=_certificates, kw_only=True)
    protocol: str = field(default="HTTP", kw_only=True)

    def __attrs_post_init__(self) -> None:
        one_of("protocol", self.protocol, ("HTTP", "HTTPS"))


@frozen
class Tls:
    """TLS for clients, of a network or classic load balancer; targets get plain TCP, or TLS again.

    Attributes:
        port: The port of the targets.
        certificate: The certificate: an object, its ARN, or a domain name that ACM has an issued one for.
        policy: The TLS policy: which versions and ciphers clients may use. Default: the one that AWS recommends.
        certificates: More certificates, of which each client gets the one for the host name that it asks for (SNI).
        protocol: What targets speak: `"TCP"` or `"TLS"`.
        alpn: Which of HTTP/1 and HTTP/2 clients are offered; None for neither.

    Raises:
        InvalidRequest: A port, certificate or policy that AWS would refuse.

    Examples:
        >>> Tls(8883, "mqtt.example.com", alpn="HTTP2Preferred").alpn
        <Alpn.HTTP2_PREFERRED: 'HTTP2Preferred'>
    """

    port: int = field(converter=_target_port)
    certificate: Cert = field(converter=checked_certificate)
    policy: str | None = field(default=None, converter=_policy)
    certificates: Sequence[Cert] = field(default=(), converter=_certificates, kw_only=True)
    protocol: str = field(default="TCP", kw_only=True)
    alpn: Alpn | None = field(default=None, converter=_alpn, kw_only=True)

    def __attrs_post_init__(self) -> None:
        one_of("protocol", self.protocol, ("TCP", "TLS"))


@frozen
class Tcp:
    """Plain connections, of a network or classic load balancer.

    Attributes:
        port: The port of the targets.

    Raises:
        InvalidRequest: It is no port.

    Examples:
        >>> Tcp(5432).port
        5432
    """

    port: int = field(converter=_target_port)


@frozen
class Udp:
    """Datagrams, of a network load balancer.

    Attributes:
        port: The port of the targets.
        tcp: Whether the same port takes TCP too, as DNS needs it.

    Raises:
        InvalidRequest: It is no port.

    Examples:
        >>> Udp(53, tcp=True).port
        53
    """

    port: int = field(converter=_target_port)
    tcp: bool = field(default=False, kw_only=True)


Front: TypeAlias = int | Https | Tls | Tcp | Udp | Redirect | FixedResponse
"""What a port serves: the port of the targets, in the kind's plain protocol, or one of these."""
