"""What a group serves: target groups and classic load balancers, and where those are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TypeAlias, cast

from attrs import frozen

from cloudkit._core.batching import split
from cloudkit._core.cloud import Cloud
from cloudkit.autoscaling._address import GroupAddress
from cloudkit.autoscaling._limits import MAX_SUBNETS_CHARACTERS, MAX_TARGETS_PER_CALL
from cloudkit.autoscaling._refusals import unless
from cloudkit.ec2 import Subnet
from cloudkit.elb import HealthTable, LoadBalancer, TargetGroup
from cloudkit.errors import Conflict, InvalidRequest

Served: TypeAlias = LoadBalancer | TargetGroup | str
"""A load balancer of any kind, a target group, or the ARN of a target group."""

Places: TypeAlias = Iterable[Subnet | str]
"""Subnets, or their ids."""

_CLASSIC = "classic"
_TARGET_GROUP = ":targetgroup/"
_ORDINARY_ZONE_PARTS = 3  # us-east-1a; a Local Zone is us-west-2-lax-1a


@frozen
class Targets:
    """What a group serves.

    Attributes:
        groups: ARNs of target groups.
        classic: Names of classic load balancers.
        subnets: The subnets of the load balancers that were named.
    """

    groups: tuple[str, ...] = ()
    classic: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.groups or self.classic)

    def __sub__(self, other: Targets) -> Targets:
        return Targets(
            tuple(each for each in self.groups if each not in other.groups),
            tuple(each for each in self.classic if each not in other.classic),
        )


def targets_of(given: Served | Iterable[Served], cloud: Cloud, *, places: bool = False) -> Targets:
    """What those are to a group. One request for a target group by name, two for a load balancer.

    Args:
        given: One or several.
        cloud: Where to ask.
        places: Whether their subnets are wanted: one request more for a target group.
    """
    several = [given] if isinstance(given, (LoadBalancer, TargetGroup, str)) else [*given]
    groups: list[str] = []
    classic: list[str] = []
    subnets: list[str] = []
    for each in several:
        if isinstance(cast("object", each), LoadBalancer):
            balancer = cast("LoadBalancer", each)
            if balancer.kind == _CLASSIC:
                classic.append(balancer.name)
            else:
                groups.extend(_groups_of(balancer))
            subnets.extend(balancer.subnet_ids if places else ())
            continue
        group = _target_group(each, cloud)
        groups.append(group.arn)
        subnets.extend(_subnets_of(group) if places else ())
    return Targets(*(tuple(dict.fromkeys(names)) for names in (groups, classic, subnets)))


def _groups_of(balancer: LoadBalancer) -> Sequence[str]:
    found = [group.arn for group in balancer.target_groups()]
    if not found:
        raise Conflict(
            "it has no target group for the instances",
            resource=balancer.name,
            hint="Listener.create(balancer, 80, target_group=TargetGroup.create(...)) gives it one",
        )
    return found


def _target_group(given: object, cloud: Cloud) -> TargetGroup:
    if isinstance(given, TargetGroup):
        return given
    if isinstance(given, str) and _TARGET_GROUP in given:
        return TargetGroup(given, cloud=cloud)
    raise InvalidRequest(
        f"targets: {given!r} is neither a load balancer nor a target group",
        hint="LoadBalancer('web'), TargetGroup('web-8080'), or the ARN of a target group",
    )


def _subnets_of(group: TargetGroup) -> Sequence[str]:
    balancers = [LoadBalancer(arn, cloud=group.cloud) for arn in group.load_balancer_arns]
    if balancers:
        return [subnet for balancer in balancers for subnet in balancer.subnet_ids]
    vpc = group.vpc_id
    return [] if vpc is None else _best(Subnet.list(vpc=vpc, cloud=group.cloud), f"VPC {vpc}")


def subnets_for(given: Places | None, targets: Targets, cloud: Cloud) -> str:
    """VPCZoneIdentifier: the subnets that are given, those of the load balancers, or the default VPC's."""
    if given is not None:
        if isinstance(given, str):
            raise InvalidRequest(f"subnets={given!r}: it is a list of them", hint=f"[{given!r}]")
        chosen = [str(each) for each in given]
    else:
        chosen = [*targets.subnets] or _best(Subnet.list(default=True, cloud=cloud), "the default VPC")
    if not chosen:
        raise InvalidRequest("subnets=[]: a group launches in at least one")
    text = ",".join(dict.fromkeys(chosen))
    if len(text) > MAX_SUBNETS_CHARACTERS:
        raise InvalidRequest(f"{len(chosen)} subnets are more than AWS takes")
    return text


def _best(subnets: Iterable[Subnet], where: str) -> list[str]:
    """One in each zone: the zone's default one, or else the one with the most free addresses."""
    best: dict[str, Subnet] = {}
    for each in sorted(subnets, key=lambda each: (not each.is_default, -each.free_addresses, each.id)):
        if len(each.zone.split("-")) == _ORDINARY_ZONE_PARTS:
            best.setdefault(each.zone, each)
    if not best:
        raise InvalidRequest(f"{where} has no subnet to launch in", hint="give subnets=")
    return [best[zone].id for zone in sorted(best)]


# -- of a group that is there ------------------------------------------------------------------------------------


def served_by(group: GroupAddress) -> Targets:
    """What a group serves."""
    return Targets(group.target_group_arns or (), group.load_balancer_names or ())


def attach(group: GroupAddress, targets: Targets) -> None:
    """Let the group's instances get requests of them. One request for each 10 of a kind."""
    for arns in split(targets.groups, most=MAX_TARGETS_PER_CALL):
        group._call(  # pyright: ignore[reportPrivateUsage]
            "attach_load_balancer_target_groups", AutoScalingGroupName=group.name, TargetGroupARNs=arns
        )
    for names in split(targets.classic, most=MAX_TARGETS_PER_CALL):
        group._call(  # pyright: ignore[reportPrivateUsage]
            "attach_load_balancers", AutoScalingGroupName=group.name, LoadBalancerNames=names
        )
    group._unlearn()  # pyright: ignore[reportPrivateUsage]


def detach(group: GroupAddress, targets: Targets) -> None:
    """Let them get none any more; those that it does not serve are fine. One request for each 10 of a kind."""
    leaving = Targets(
        tuple(each for each in targets.groups if each in served_by(group).groups),
        tuple(each for each in targets.classic if each in served_by(group).classic),
    )
    for arns in split(leaving.groups, most=MAX_TARGETS_PER_CALL):
        unless(partial(_detach_groups, group, arns), partial(_serves_none, group, arns))
    for names in split(leaving.classic, most=MAX_TARGETS_PER_CALL):
        unless(partial(_detach_classic, group, names), partial(_serves_none, group, names))
    group._unlearn()  # pyright: ignore[reportPrivateUsage]


def _detach_groups(group: GroupAddress, arns: Sequence[str]) -> None:
    group._call(  # pyright: ignore[reportPrivateUsage]
        "detach_load_balancer_target_groups", AutoScalingGroupName=group.name, TargetGroupARNs=arns
    )


def _detach_classic(group: GroupAddress, names: Sequence[str]) -> None:
    group._call(  # pyright: ignore[reportPrivateUsage]
        "detach_load_balancers", AutoScalingGroupName=group.name, LoadBalancerNames=names
    )


def _serves_none(group: GroupAddress, named: Sequence[str]) -> bool:
    group.refresh()
    serves = served_by(group)
    return not {*named} & {*serves.groups, *serves.classic}


def health_of(group: GroupAddress) -> Iterator[HealthTable]:
    """How its instances are, in each of what it serves. One request each."""
    for arn in group.target_group_arns or ():
        yield TargetGroup(arn, cloud=group.cloud).health()
    for name in group.load_balancer_names or ():
        yield LoadBalancer(_classic_arn(group.arn, name), cloud=group.cloud).health()


def _classic_arn(group_arn: str, name: str) -> str:
    """The ARN of a classic load balancer: by its name alone it might be another one's."""
    partition, region, account = (group_arn.split(":")[place] for place in (1, 3, 4))
    return f"arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{name}"
