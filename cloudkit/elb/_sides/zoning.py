"""Where a classic load balancer stands: zones of the default VPC, or subnets of any."""

from __future__ import annotations

from collections.abc import Sequence

from cloudkit.elb._service import ELB
from cloudkit.elb._sides.classic import Classic


def enable(side: Classic, zones: Sequence[str]) -> Sequence[str]:
    """All zones, after some more."""
    params = {"LoadBalancerName": side.balancer, "AvailabilityZones": list(zones)}
    answer = side.cloud.invoke(
        ELB, "enable_availability_zones_for_load_balancer", params, about=side.balancer
    )
    return [str(each) for each in answer.get("AvailabilityZones", [])]


def disable(side: Classic, zones: Sequence[str]) -> Sequence[str]:
    """The zones that are left."""
    params = {"LoadBalancerName": side.balancer, "AvailabilityZones": list(zones)}
    answer = side.cloud.invoke(
        ELB, "disable_availability_zones_for_load_balancer", params, about=side.balancer
    )
    return [str(each) for each in answer.get("AvailabilityZones", [])]


def attach(side: Classic, subnets: Sequence[str]) -> Sequence[str]:
    """All subnets, after some more."""
    params = {"LoadBalancerName": side.balancer, "Subnets": list(subnets)}
    answer = side.cloud.invoke(ELB, "attach_load_balancer_to_subnets", params, about=side.balancer)
    return [str(each) for each in answer.get("Subnets", [])]


def detach(side: Classic, subnets: Sequence[str]) -> Sequence[str]:
    """The subnets that are left."""
    params = {"LoadBalancerName": side.balancer, "Subnets": list(subnets)}
    answer = side.cloud.invoke(ELB, "detach_load_balancer_from_subnets", params, about=side.balancer)
    return [str(each) for each in answer.get("Subnets", [])]
