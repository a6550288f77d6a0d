"""Where a load balancer goes: its VPC, and a subnet in each zone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from cloudkit._core.batching import split
from cloudkit._core.cloud import Cloud
from cloudkit._core.params import dig, filter_list
from cloudkit._core.waiting import wait_until
from cloudkit.ec2._service import EC2
from cloudkit.elb._limits import LAUNCH_SECONDS, MIN_FREE_ADDRESSES, MIN_ZONES, TARGETS_PER_CALL
from cloudkit.errors import InvalidRequest

# Subnets of Local and Wavelength Zones (us-west-2-lax-1a) do not go together with others in a load balancer.
_ORDINARY_ZONE = re.compile(r"[a-z]+(?:-[a-z]+)+-\d+[a-z]")
_ON_THE_WAY = "pending"
_RUNNING = "running"


@frozen
class Subnet:
    """What matters of a subnet here."""

    id: str
    vpc_id: str
    zone: str
    default: bool
    public: bool
    free: int
    ordinary: bool


@frozen
class Place:
    """Where a load balancer goes."""

    vpc_id: str
    subnets: Sequence[str]
    zones: Sequence[str]


@frozen
class _Located:
    """Where a target is."""

    id: str
    vpc_id: str | None
    zone: str | None
    state: str


def find_place(
    cloud: Cloud, *, subnets: Sequence[str], targets: Sequence[str], internal: bool, least: int = MIN_ZONES
) -> Place:
    """The VPC and subnets for a load balancer. One request, and one for each 200 targets.

    With subnets given these are taken. Otherwise it is one in each zone of the targets' VPC, or of the default VPC if
    there are no targets; in `least` zones or more. Instances that are starting are waited for, since only running ones can be registered.
    """
    located = _locate(cloud, targets)
    vpcs = sorted({each.vpc_id for each in located if each.vpc_id is not None})
    if len(vpcs) > 1:
        raise InvalidRequest(
            f"the targets are in several VPCs, {', '.join(vpcs)}",
            hint="a load balancer serves one VPC: make one for each",
        )
    if subnets:
        found = _chosen(_describe(cloud, {"SubnetIds": list(subnets)}), subnets, least)
    else:
        wanted = {"vpc-id": vpcs[0]} if vpcs else {"default-for-az": "true"}
        where = f"VPC {vpcs[0]}" if vpcs else "the default VPC"
        found = _one_a_zone(
            _describe(cloud, {"Filters": filter_list(wanted)}), where=where, internal=internal, least=least
        )
    place = Place(found[0].vpc_id, tuple(each.id for each in found), tuple(each.zone for each in found))
    for each in located:
        if each.vpc_id != place.vpc_id:
            raise InvalidRequest(f"{each.id} is in {each.vpc_id}, and the subnets are in {place.vpc_id}")
        if each.zone not in place.zones:
            raise InvalidRequest(
                f"{each.id} is in zone {each.zone}, and the subnets are in {', '.join(place.zones)}",
                hint=f"add a subnet in {each.zone}: targets of other zones get no requests",
            )
    return place


def default_vpc(cloud: Cloud) -> str:
    """The default VPC of the region. One request."""
    for page in cloud.pages(EC2, "describe_vpcs", Filters=filter_list({"is-default": "true"})):
        for row in page["Vpcs"]:
            return str(row["VpcId"])
    raise InvalidRequest("this region has no default VPC", hint="give vpc=")


def _describe(cloud: Cloud, params: Mapping[str, Any]) -> list[Subnet]:
    return [
        _subnet(row)
        for page in cloud.pages(EC2, "describe_subnets", about="subnets", **params)
        for row in page.get("Subnets", [])
    ]


def _subnet(row: Mapping[str, Any]) -> Subnet:
    zone = str(row["AvailabilityZone"])
    return Subnet(
        id=str(row["SubnetId"]),
        vpc_id=str(row["VpcId"]),
        zone=zone,
        default=bool(row.get("DefaultForAz")),
        public=bool(row.get("MapPublicIpOnLaunch")),
        free=int(row.get("AvailableIpAddressCount", MIN_FREE_ADDRESSES)),
        ordinary=_ORDINARY_ZONE.fullmatch(zone) is not None and not row.get("OutpostArn"),
    )


def _chosen(found: Sequence[Subnet], given: Sequence[str], least: int) -> list[Subnet]:
    """The subnets that the caller gave, in the caller's order, if AWS takes them together."""
    known = {each.id: each for each in found}
    missing = [each for each in given if each not in known]
    if missing:
        raise InvalidRequest(f"there is no subnet {', '.join(missing)}")
    chosen = [known[each] for each in given]
    vpcs = sorted({each.vpc_id for each in chosen})
    if len(vpcs) > 1:
        raise InvalidRequest(f"the subnets are in several VPCs, {', '.join(vpcs)}")
    zones = [each.zone for each in chosen]
    twice = sorted({zone for zone in zones if zones.count(zone) > 1})
    if twice:
        raise InvalidRequest(
            f"several of the subnets are in {', '.join(twice)}", hint="a load balancer takes one in each zone"
        )
    if len(zones) < least:
        raise InvalidRequest(
            f"a subnet in {zones[0]} alone: a load balancer needs subnets in {least} zones or more"
        )
    return chosen


def _one_a_zone(found: Sequence[Subnet], *, where: str, internal: bool, least: int) -> list[Subnet]:
    """The best subnet of each zone: the zone's default one first, then by whether it is as public as wanted."""
    best: dict[str, Subnet] = {}
    for each in sorted(
        found, key=lambda each: (not each.default, each.public == internal, -each.free, each.id)
    ):
        if each.ordinary and each.free >= MIN_FREE_ADDRESSES:
            best.setdefault(each.zone, each)
    if len(best) < least:
        has = f"them in {', '.join(best)} alone" if best else "none"
        raise InvalidRequest(
            f"a load balancer needs subnets with {MIN_FREE_ADDRESSES} free addresses in {least} zones or more,"
            f" and {where} has {has}",
            hint="make a subnet in another zone, or give subnets=",
        )
    return [best[zone] for zone in sorted(best)]


def _locate(cloud: Cloud, targets: Sequence[str]) -> list[_Located]:
    if not targets:
        return []
    located = wait_until(
        lambda: [each for batch in split(targets, most=TARGETS_PER_CALL) for each in _look(cloud, batch)],
        lambda seen: all(each.state != _ON_THE_WAY for each in seen),
        timeout=LAUNCH_SECONDS,
        clock=cloud.clock,
        what="the targets to be running",
        shown=lambda seen: "; ".join(f"{each.id} is {each.state}" for each in seen if each.state != _RUNNING),
    )
    down = [f"{each.id} is {each.state}" for each in located if each.state != _RUNNING]
    if down:
        raise InvalidRequest(
            f"only running instances can be registered: {'; '.join(down)}", hint="start them first"
        )
    return located


def _look(cloud: Cloud, ids: Sequence[str]) -> list[_Located]:
    answer = cloud.invoke(EC2, "describe_instances", {"InstanceIds": list(ids)}, about=", ".join(ids[:3]))
    return [
        _Located(
            id=str(row["InstanceId"]),
            vpc_id=row.get("VpcId"),
            zone=dig(row, "Placement.AvailabilityZone"),
            state=str(row["State"]["Name"]),
        )
        for reservation in answer.get("Reservations", [])
        for row in reservation.get("Instances", [])
    ]
