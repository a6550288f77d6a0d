"""What load balancers can be: kinds, schemes and states."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cloudkit._core.params import one_of
from cloudkit.errors import InvalidRequest
from cloudkit.types import OpenEnum

DEFAULT_LISTENERS: Mapping[int, int] = MappingProxyType({80: 8080})
"""What a new load balancer listens on, and the port of its targets."""


class Kind(OpenEnum):
    """What kind of load balancer it is."""

    APPLICATION = "application"
    NETWORK = "network"
    GATEWAY = "gateway"
    CLASSIC = "classic"


class Scheme(OpenEnum):
    """From where a load balancer can be reached."""

    INTERNET_FACING = "internet-facing"
    INTERNAL = "internal"


class LoadBalancerState(OpenEnum):
    """The state of a load balancer."""

    PROVISIONING = "provisioning"
    ACTIVE = "active"
    ACTIVE_IMPAIRED = "active_impaired"
    FAILED = "failed"


SERVING = frozenset({LoadBalancerState.ACTIVE, LoadBalancerState.ACTIVE_IMPAIRED})
"""The states in which requests get through."""


def checked_scheme(scheme: Scheme | str) -> Scheme:
    """The scheme, if AWS knows it."""
    return Scheme(one_of("scheme", str(scheme), [str(each) for each in Scheme.known()]))


def checked_kind(kind: Kind | str) -> Kind:
    """The kind, if one of it can be made here."""
    wanted = Kind(one_of("kind", str(kind), [str(each) for each in Kind.known()]))
    if wanted is Kind.GATEWAY:
        raise InvalidRequest(
            "kind='gateway': a gateway load balancer stands before firewalls in a network of routes, and is not made here",
            hint=(
                "cloud.call('elbv2', 'create_load_balancer', Name=..., Type='gateway', Subnets=[...]) makes one, which"
                " LoadBalancer(name) then finds, waits for, tags and deletes"
            ),
        )
    return wanted
