"""What is spoken on a port, and what target groups can be."""

from __future__ import annotations

from cloudkit.types import OpenEnum


class Protocol(OpenEnum):
    """What is spoken on a port."""

    HTTP = "HTTP"
    HTTPS = "HTTPS"
    TCP = "TCP"
    TLS = "TLS"
    UDP = "UDP"
    TCP_UDP = "TCP_UDP"
    GENEVE = "GENEVE"
    QUIC = "QUIC"
    TCP_QUIC = "TCP_QUIC"


class ProtocolVersion(OpenEnum):
    """Which HTTP the targets of an HTTP or HTTPS group speak."""

    HTTP1 = "HTTP1"
    HTTP2 = "HTTP2"
    GRPC = "GRPC"


class TargetType(OpenEnum):
    """What the targets of a group are."""

    INSTANCE = "instance"
    IP = "ip"
    LAMBDA = "lambda"
    ALB = "alb"


class AddressFamily(OpenEnum):
    """Which addresses the targets of a group have."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"


class Algorithm(OpenEnum):
    """How an application load balancer chooses the target of a request."""

    ROUND_ROBIN = "round_robin"
    LEAST_OUTSTANDING = "least_outstanding_requests"
    WEIGHTED_RANDOM = "weighted_random"


WEB = frozenset({Protocol.HTTP, Protocol.HTTPS})
"""The protocols of application load balancers."""

NETWORK = frozenset(
    {Protocol.TCP, Protocol.TLS, Protocol.UDP, Protocol.TCP_UDP, Protocol.QUIC, Protocol.TCP_QUIC}
)
"""The protocols of network load balancers."""

QUIC = frozenset({Protocol.QUIC, Protocol.TCP_QUIC})
"""Those whose targets have a server id."""
