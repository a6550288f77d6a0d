"""What a load balancer shall be, checked before any request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol as Shape, TypeAlias, runtime_checkable

from attrs import frozen
from typing_extensions import Self, TypedDict

from cloudkit.elb._limits import MIN_ZONES
from cloudkit.elb._naming import checked_name, marked
from cloudkit.elb._routing.fronts import checked_fronts, need_of
from cloudkit.elb.front import Front
from cloudkit.elb.health_check import HealthCheck, checked_path
from cloudkit.elb.kinds import Kind, Scheme, checked_scheme
from cloudkit.elb.protocol import Protocol
from cloudkit.elb.target import HasId, id_of, ids_of
from cloudkit.errors import InvalidRequest
from cloudkit.types import TagMap


@runtime_checkable
class HasAllocationId(Shape):
    """An Elastic IP address."""

    @property
    def allocation_id(self) -> str:
        """The id."""
        ...


Subnets: TypeAlias = "Sequence[HasId | str] | Mapping[HasId | str, HasAllocationId | str]"
"""Subnets, or for a network load balancer subnets and the static address in each."""


class WantedOptions(TypedDict):
    """What `Wanted.checked` takes besides name and kind."""

    listeners: Mapping[int, Front]
    targets: Iterable[HasId | str]
    scheme: Scheme | str | None
    subnets: Subnets | None
    security_groups: Sequence[HasId | str] | None
    health_path: str | None
    tags: TagMap | None


DEFAULT_PATH = "/"
_WEB = frozenset({Protocol.HTTP, Protocol.HTTPS})
_ALLOCATION = re.compile(r"eipalloc-[0-9a-f]+")
_PRIVATE = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")


@frozen
class Wanted:
    """What the caller wants of a load balancer.

    Attributes:
        name: Its name.
        kind: Its kind.
        fronts: What its ports serve.
        targets: Ids of instances.
        scheme: From where it can be reached; None for what is there, or internet-facing.
        subnets: Ids of subnets; none for those that are found.
        addresses: The static address in each of them: the id of an Elastic IP address, or a private address.
        security_groups: Ids of security groups; None for one that is made.
        health_path: What is requested of targets; None for what is there, or `/` where targets speak HTTP.
        tags: The tags of all that is made, with the mark.
    """

    name: str
    kind: Kind
    fronts: Mapping[int, Front]
    targets: Sequence[str]
    scheme: Scheme | None
    subnets: Sequence[str]
    addresses: Mapping[str, str]
    security_groups: Sequence[str] | None
    health_path: str | None
    tags: Mapping[str, str]

    @classmethod
    def checked(
        cls,
        name: str,
        *,
        kind: Kind,
        listeners: Mapping[int, Front],
        targets: Iterable[HasId | str],
        scheme: Scheme | str | None,
        subnets: Subnets | None,
        security_groups: Sequence[HasId | str] | None,
        health_path: str | None,
        tags: TagMap | None,
    ) -> Self:
        """What is wanted, if AWS takes it."""
        checked_name("load balancer", name)
        chosen = None if subnets is None else ids_of("subnet", subnets)
        least = MIN_ZONES if kind == Kind.APPLICATION else 1
        if chosen is not None and len(chosen) < least:
            zones = f"{least} zones" if least > 1 else "a zone"
            raise InvalidRequest(
                f"subnets={list(chosen)}: a load balancer of kind {kind} needs subnets in {zones} or more",
                hint="leave subnets= out to take one in each zone",
            )
        wanted = None if scheme is None else checked_scheme(scheme)
        groups = None if security_groups is None else ids_of("security_group", security_groups)
        if groups is not None and not groups and kind != Kind.NETWORK:
            raise InvalidRequest(
                "security_groups=[]: AWS would take the VPC's default group, which lets in only its own members",
                hint="leave it out: one is made that lets clients in",
            )
        return cls(
            name=name,
            kind=kind,
            fronts=checked_fronts(listeners, kind),
            targets=ids_of("target", targets),
            scheme=wanted,
            subnets=chosen or (),
            addresses=checked_addresses(subnets, kind, wanted),
            security_groups=groups,
            health_path=None if health_path is None else checked_path(health_path),
            tags=marked(name, tags),
        )

    def check_of(self, protocol: Protocol) -> HealthCheck:
        """How targets that speak this are checked: by HTTP where they do, else by connecting."""
        if protocol in _WEB:
            return HealthCheck(path=self.health_path or DEFAULT_PATH, protocol=protocol)
        if self.health_path is not None:
            return HealthCheck(path=self.health_path, protocol=Protocol.HTTP)
        return HealthCheck(protocol=Protocol.TCP)

    @property
    def first_need(self) -> tuple[int, Protocol]:
        """Port and protocol that a classic load balancer checks: those of its first listener."""
        need = next(filter(None, (need_of(front, self.kind) for front in self.fronts.values())))
        return need.port, need.protocol


def checked_addresses(subnets: Subnets | None, kind: Kind, scheme: Scheme | None) -> Mapping[str, str]:
    """The static address in each subnet, by the subnet's id, if that kind and scheme has such ones."""
    if not isinstance(subnets, Mapping):
        return {}
    if kind != Kind.NETWORK:
        raise InvalidRequest(
            f"subnets={{...: address}}: a load balancer of kind {kind} has no static addresses",
            hint="kind='network' has one in each zone; give the others' subnets as a list",
        )
    found: dict[str, str] = {}
    for subnet, given in subnets.items():
        address = given.allocation_id if isinstance(given, HasAllocationId) else given
        wanted, what = (
            (_PRIVATE, "a private IPv4 address of the subnet")
            if scheme == Scheme.INTERNAL
            else (_ALLOCATION, "an Elastic IP address or its allocation id")
        )
        if not wanted.fullmatch(str(address)):
            raise InvalidRequest(
                f"address {given!r}: an {scheme or Scheme.INTERNET_FACING} network load balancer takes {what}"
            )
        found[id_of("subnet", subnet)] = address
    return found


def check_for_some_kind(name: str, kinds: Sequence[Kind], options: WantedOptions) -> None:
    """Raise if no load balancer of one of those kinds can be like that: what is said of the first kind."""
    refused: InvalidRequest | None = None
    for kind in kinds:
        try:
            Wanted.checked(name, kind=kind, **options)
        except InvalidRequest as error:
            refused = refused or error
        else:
            return
    if refused is not None:
        raise refused
