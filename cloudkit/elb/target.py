"""Targets, and what else can be named by an object or by its id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Protocol, TypeAlias, runtime_checkable

from attrs import field, frozen
from typing_extensions import override

from cloudkit.elb._limits import MAX_PORT, MIN_PORT
from cloudkit.elb.protocol import TargetType
from cloudkit.errors import InvalidRequest
from cloudkit.types import HasArn

ALL_ZONES = "all"

_FUNCTION_ARN = re.compile(r"arn:[\w-]+:lambda:[^:]*:[^:]*:function:[^:]+(?::[^:]+)?")
_BALANCER_ARN = re.compile(r"arn:[\w-]+:elasticloadbalancing:[^:]*:[^:]*:loadbalancer/app/.+")
_SERVER_ID = re.compile("0x[0-9a-f]{16}")


@runtime_checkable
class HasId(Protocol):
    """Anything with an id of AWS's, such as an instance, a security group or a subnet."""

    @property
    def id(self) -> str:
        """The id."""
        ...


def checked_port(what: str, port: object) -> int:
    """The port, if it is one."""
    if isinstance(port, bool) or not isinstance(port, int) or not MIN_PORT <= port <= MAX_PORT:
        raise InvalidRequest(f"{what} {port!r}: a port is a whole number from {MIN_PORT} to {MAX_PORT}")
    return port


def id_of(what: str, thing: object) -> str:
    """The id of a thing, which is given as an object that has one, or as the id itself."""
    found = thing if isinstance(thing, str) else thing.id if isinstance(thing, HasId) else None
    if not isinstance(found, str) or not found or any(letter.isspace() for letter in found):
        raise InvalidRequest(
            f"{what} {thing!r} is neither an object with an id nor an id",
            hint=f"give the {what}s one by one" if isinstance(thing, (list, tuple, set)) else None,
        )
    return found


def _named(thing: object) -> str:
    """What a target is named by: its id, its address or its ARN."""
    if isinstance(thing, (IPv4Address, IPv6Address)):
        return str(thing)
    if not isinstance(thing, (str, HasId)) and isinstance(thing, HasArn):
        return thing.arn
    return id_of("target", thing)


def _port(port: int | None) -> int | None:
    return None if port is None else checked_port("target port", port)


def _server_id(value: str | None) -> str | None:
    if value is not None and not _SERVER_ID.fullmatch(value):
        raise InvalidRequest(
            f"server_id={value!r}: it is 0x and 16 hexadecimal digits, letters in lower case",
            hint=f"such as {'0x' + '0' * 15 + '1'!r}",
        )
    return value


@frozen
class Target:
    """A target with a port of its own, or in a zone of its own. The same one can be registered on several ports.

    Attributes:
        id: What it is: an instance or its id, an address, an application load balancer or a Lambda function or its ARN.
        port: The port that it gets requests on. Default: the group's.
        zone: For an address outside the VPC `"all"`, or the zone whose requests it gets. Default: AWS finds it.
        server_id: For QUIC and TCP_QUIC: its server id, `0x` and 16 hexadecimal digits.

    Examples:
        >>> Target(box, port=9000).port
        9000
        >>> Target("10.1.2.3", zone="all")
        Target(id='10.1.2.3', port=None, zone='all', server_id=None)
    """

    id: str = field(converter=_named)
    port: int | None = field(default=None, converter=_port)
    zone: str | None = field(default=None, kw_only=True)
    server_id: str | None = field(default=None, kw_only=True, converter=_server_id)

    @property
    def type(self) -> TargetType | None:
        """What it is; None if its id does not tell."""
        if _FUNCTION_ARN.fullmatch(self.id):
            return TargetType.LAMBDA
        if _BALANCER_ARN.fullmatch(self.id):
            return TargetType.ALB
        if self.address is not None:
            return TargetType.IP
        return TargetType.INSTANCE if self.id.startswith("i-") else None

    @property
    def address(self) -> IPv4Address | IPv6Address | None:
        """The address, if it is one."""
        try:
            return ip_address(self.id)
        except ValueError:
            return None

    @override
    def __str__(self) -> str:
        return self.id if self.port is None else f"{self.id}:{self.port}"


TargetLike: TypeAlias = Target | HasId | HasArn | IPv4Address | IPv6Address | str
"""A target: an instance or its id, an address, what has an ARN or the ARN, or a `Target` with its port."""


def target_of(thing: object) -> Target:
    """The target that a thing is."""
    return thing if isinstance(thing, Target) else Target(thing)


def targets_of(things: Iterable[object]) -> Sequence[Target]:
    """The targets that things are, each once, in their order."""
    if isinstance(things, str):
        raise InvalidRequest(f"targets={things!r}: it is a list of them", hint=f"[{things!r}]")
    return tuple(dict.fromkeys(target_of(thing) for thing in things))


def ids_of(what: str, things: Iterable[object]) -> Sequence[str]:
    """The ids of several things, each once, in their order."""
    if isinstance(things, str):
        raise InvalidRequest(f"{what}s={things!r}: it is a list of them", hint=f"[{things!r}]")
    return tuple(dict.fromkeys(id_of(what, thing) for thing in things))


def arn_of(thing: HasArn | str) -> str:
    """The ARN of a thing, which is given as an object that has one, or as the ARN itself."""
    return thing if isinstance(thing, str) else thing.arn
