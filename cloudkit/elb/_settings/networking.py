"""Where a load balancer stands: its subnets, its security groups, and which addresses it is reached at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cloudkit._core.params import one_of
from cloudkit.elb._limits import MIN_ZONES
from cloudkit.elb._service import ELB, ELBV2
from cloudkit.elb._settings.seat import Seat
from cloudkit.elb.errors import LoadBalancerNotFound
from cloudkit.elb.kinds import Kind
from cloudkit.elb.settings import AddressType
from cloudkit.elb.target import ids_of
from cloudkit.errors import Conflict, InvalidRequest

_BOTH = (AddressType.IPV4, AddressType.DUALSTACK)
_ADDRESS_TYPES: Mapping[Kind, Sequence[AddressType]] = {
    Kind.APPLICATION: AddressType.known(),
    Kind.NETWORK: _BOTH,
    Kind.GATEWAY: _BOTH,
}


def checked_subnets(given: object, kind: Kind) -> Sequence[str]:
    """The ids of the subnets, if that kind can stand in so many."""
    found = _several("subnet", given)
    if kind == Kind.APPLICATION and len(found) < MIN_ZONES:
        raise InvalidRequest(
            f"subnets={list(found)}: an application load balancer stands in {MIN_ZONES} zones or more",
            hint="all of its subnets are named, those that it has too: [*balancer.subnet_ids, 'subnet-...']",
        )
    return found


def checked_groups(given: object, kind: Kind) -> Sequence[str]:
    """The ids of the security groups, if that kind has any."""
    found = _several("security_group", given)
    if kind == Kind.GATEWAY:
        raise InvalidRequest(
            "a gateway load balancer has no security groups", hint="those of its targets let traffic in"
        )
    return found


def checked_address_type(given: object, kind: Kind) -> AddressType:
    """The type of addresses, if that kind can have it."""
    known = _ADDRESS_TYPES.get(kind)
    if known is None:
        raise InvalidRequest(
            f"ip_address_type={str(given)!r}: {kind} load balancers have no such setting",
            hint="inside of a VPC it has IPv4 addresses alone; an application load balancer may have both",
        )
    return AddressType(one_of("ip_address_type", str(given), [str(each) for each in known]))


def set_subnets(seat: Seat, wanted: Sequence[str]) -> None:
    """Stand in these subnets. One request; for a gateway two, for a classic one up to three."""
    if seat.kind == Kind.CLASSIC:
        _set_classic_subnets(seat, wanted)
        return
    if seat.kind == Kind.GATEWAY:
        present = [str(zone["SubnetId"]) for zone in _row(seat).get("AvailabilityZones", [])]
        left_out = [each for each in present if each not in wanted]
        if left_out:
            raise Conflict(
                f"a gateway load balancer stays in its subnets, and {', '.join(left_out)} is not among those wanted",
                service=ELBV2.name,
                operation="SetSubnets",
                resource=seat.name,
                hint="subnets=[*balancer.subnet_ids, 'subnet-...'] adds one",
            )
    seat.cloud.invoke(
        ELBV2, "set_subnets", {"LoadBalancerArn": seat.arn, "Subnets": list(wanted)}, about=seat.name
    )


def set_groups(seat: Seat, wanted: Sequence[str]) -> None:
    """Have these security groups. One request; for a network load balancer two."""
    if seat.kind == Kind.CLASSIC:
        seat.cloud.invoke(
            ELB,
            "apply_security_groups_to_load_balancer",
            {"LoadBalancerName": seat.name, "SecurityGroups": list(wanted)},
            about=seat.name,
        )
        return
    if seat.kind == Kind.NETWORK and not _row(seat).get("SecurityGroups"):
        raise Conflict(
            "it was made without security groups, and such a network load balancer can have none",
            service=ELBV2.name,
            operation="SetSecurityGroups",
            resource=seat.name,
            hint="LoadBalancer.create(..., kind='network', security_groups=[...]) makes one that has some",
        )
    seat.cloud.invoke(
        ELBV2,
        "set_security_groups",
        {"LoadBalancerArn": seat.arn, "SecurityGroups": list(wanted)},
        about=seat.name,
    )


def set_address_type(seat: Seat, wanted: AddressType) -> None:
    """Be reached at such addresses. One request."""
    seat.cloud.invoke(
        ELBV2,
        "set_ip_address_type",
        {"LoadBalancerArn": seat.arn, "IpAddressType": str(wanted)},
        about=seat.name,
    )


def _set_classic_subnets(seat: Seat, wanted: Sequence[str]) -> None:
    answer = seat.cloud.invoke(
        ELB, "describe_load_balancers", {"LoadBalancerNames": [seat.name]}, about=seat.name
    )
    present = _first(answer.get("LoadBalancerDescriptions"), seat).get("Subnets", [])
    added = [each for each in wanted if each not in present]
    if added:
        # Before others are taken away: it stands somewhere all the time. A new one takes the place of its zone's.
        attached = seat.cloud.invoke(
            ELB,
            "attach_load_balancer_to_subnets",
            {"LoadBalancerName": seat.name, "Subnets": added},
            about=seat.name,
        )
        present = attached.get("Subnets", [])
    removed = [each for each in present if each not in wanted]
    if removed:
        seat.cloud.invoke(
            ELB,
            "detach_load_balancer_from_subnets",
            {"LoadBalancerName": seat.name, "Subnets": removed},
            about=seat.name,
        )


def _several(what: str, given: Any) -> Sequence[str]:
    found = ids_of(what, given)
    if not found:
        raise InvalidRequest(f"{what}s=[]: a load balancer has at least one", hint="leave it out")
    return found


def _row(seat: Seat) -> Mapping[str, Any]:
    answer = seat.cloud.invoke(
        ELBV2, "describe_load_balancers", {"LoadBalancerArns": [seat.arn]}, about=seat.name
    )
    return _first(answer.get("LoadBalancers"), seat)


def _first(rows: Sequence[Mapping[str, Any]] | None, seat: Seat) -> Mapping[str, Any]:
    if not rows:
        raise LoadBalancerNotFound("there is no such load balancer", service="elb", resource=seat.name)
    return rows[0]
