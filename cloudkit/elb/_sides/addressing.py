"""The static addresses of a network load balancer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from cloudkit.elb._service import ELBV2
from cloudkit.elb._sides.v2 import V2
from cloudkit.elb.kinds import Scheme


@frozen
class StaticAddress:
    """A static address of a network load balancer.

    Attributes:
        zone: The zone that it is in.
        subnet_id: The subnet.
        ip: The address.
        allocation_id: The id of the Elastic IP address; None for a private address.
    """

    zone: str
    subnet_id: str
    ip: str
    allocation_id: str | None = None


def addresses_in(row: Mapping[str, Any]) -> Sequence[StaticAddress]:
    """The addresses that a row tells of."""
    return [
        StaticAddress(
            str(zone["ZoneName"]),
            str(zone["SubnetId"]),
            str(each.get("IpAddress") or each.get("PrivateIPv4Address")),
            each.get("AllocationId"),
        )
        for zone in row.get("AvailabilityZones", [])
        for each in zone.get("LoadBalancerAddresses") or ()
        if each.get("IpAddress") or each.get("PrivateIPv4Address")
    ]


def mappings(subnets: Mapping[str, str | None], scheme: Scheme) -> Sequence[Mapping[str, str]]:
    """Subnets with their addresses as SubnetMappings."""
    key = "PrivateIPv4Address" if scheme == Scheme.INTERNAL else "AllocationId"
    return [
        {"SubnetId": subnet, **({} if address is None else {key: address})}
        for subnet, address in subnets.items()
    ]


def add(side: V2, row: Mapping[str, Any], more: Mapping[str, str]) -> None:
    """Add subnets with their addresses. All that are there have to be named again, with theirs."""
    scheme = Scheme(row["Scheme"])
    there = {each.subnet_id: each.allocation_id or each.ip for each in addresses_in(row)}
    subnets = {str(zone["SubnetId"]): there.get(zone["SubnetId"]) for zone in row["AvailabilityZones"]}
    params = {
        "LoadBalancerArn": side.arn,
        "SubnetMappings": mappings({**subnets, **more}, scheme),
    }
    side.cloud.invoke(ELBV2, "set_subnets", params, about=row["LoadBalancerName"])
