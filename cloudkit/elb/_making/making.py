"""Making a load balancer of `elbv2` with all its parts, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import tag_list
from cloudkit.elb._limits import MIN_ZONES
from cloudkit.elb._making import classic
from cloudkit.elb._making.groups import make_group
from cloudkit.elb._making.guarding import client_rules, make_guard
from cloudkit.elb._making.wanted import Wanted
from cloudkit.elb._places import Place, find_place
from cloudkit.elb._routing.fronts import listener_options, need_of
from cloudkit.elb._service import ELBV2
from cloudkit.elb._sides.addressing import mappings
from cloudkit.elb._undo import Undo
from cloudkit.elb.errors import LoadBalancerNotFound
from cloudkit.elb.kinds import Kind, Scheme
from cloudkit.elb.listener import Listener
from cloudkit.types import Answer

_DUALSTACK = "dualstack"


def make(wanted: Wanted, cloud: Cloud, undo: Undo, *, aws: Mapping[str, Any] | None) -> Answer:
    """Make the load balancer and what it needs: its row."""
    scheme = wanted.scheme or Scheme.INTERNET_FACING
    place = find_place(
        cloud,
        subnets=wanted.subnets,
        targets=wanted.targets,
        internal=scheme is Scheme.INTERNAL,
        least=MIN_ZONES if wanted.kind == Kind.APPLICATION else 1,
    )
    groups = _guards(wanted, cloud, undo, place, scheme, aws)
    if wanted.kind == Kind.CLASSIC:
        return classic.make(wanted, cloud, undo, place=place, scheme=scheme, security_groups=groups, aws=aws)
    return _make_v2(wanted, cloud, undo, place=place, scheme=scheme, security_groups=groups, aws=aws)


def _guards(
    wanted: Wanted, cloud: Cloud, undo: Undo, place: Place, scheme: Scheme, aws: Mapping[str, Any] | None
) -> Sequence[str]:
    if wanted.security_groups is not None:
        return wanted.security_groups
    ipv6 = str((aws or {}).get("IpAddressType", "")).startswith(_DUALSTACK)
    rules = client_rules(cloud, wanted.fronts, kind=wanted.kind, scheme=scheme, vpc=place.vpc_id, ipv6=ipv6)
    return [make_guard(cloud, undo, wanted.name, vpc=place.vpc_id, rules=rules, tags=wanted.tags)]


def _make_v2(
    wanted: Wanted,
    cloud: Cloud,
    undo: Undo,
    *,
    place: Place,
    scheme: Scheme,
    security_groups: Sequence[str],
    aws: Mapping[str, Any] | None,
) -> Answer:
    needs = {port: need_of(front, wanted.kind) for port, front in wanted.fronts.items()}
    groups = {
        need: make_group(wanted, cloud, undo, need, vpc=place.vpc_id, targets=wanted.targets)
        for need in dict.fromkeys(needs.values())
        if need is not None
    }
    params = {
        "Name": wanted.name,
        "Type": str(wanted.kind),
        "Scheme": str(scheme),
        "Subnets": None if wanted.addresses else list(place.subnets),
        "SubnetMappings": list(mappings(wanted.addresses, scheme)) if wanted.addresses else None,
        "SecurityGroups": list(security_groups) or None,
        "Tags": tag_list(wanted.tags),
    }
    answer = cloud.invoke(ELBV2, "create_load_balancer", params, aws=aws, about=wanted.name)
    row: Answer = answer["LoadBalancers"][0]
    arn = str(row["LoadBalancerArn"])
    undo.add(f"load balancer {wanted.name}", partial(_delete, wanted.name, arn, cloud))
    cloud.remember(arn, LoadBalancerNotFound)
    cloud.remember(wanted.name, LoadBalancerNotFound)
    for port, front in wanted.fronts.items():
        need = needs[port]
        group = None if need is None else groups[need]
        options = listener_options(front, kind=wanted.kind, target_group=group)
        Listener.create(arn, port, tags=wanted.tags, cloud=cloud, **options)
    return row


def _delete(name: str, arn: str, cloud: Cloud) -> None:
    cloud.forget(name)
    cloud.forget(arn)
    cloud.invoke(ELBV2, "delete_load_balancer", {"LoadBalancerArn": arn}, about=name)
