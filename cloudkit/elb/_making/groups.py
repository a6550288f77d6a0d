"""The target groups that are made with a load balancer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from cloudkit._core.cloud import Cloud
from cloudkit.elb._making.wanted import Wanted
from cloudkit.elb._naming import MARK, group_name, is_group_of
from cloudkit.elb._routing.fronts import Need
from cloudkit.elb._tagging import tags_of_many
from cloudkit.elb._undo import Undo
from cloudkit.elb.target_group import TargetGroup, delete_when_released


def make_group(
    wanted: Wanted, cloud: Cloud, undo: Undo, need: Need, *, vpc: str, targets: Sequence[str]
) -> TargetGroup:
    """Make the target group of a port and protocol, with its targets."""
    group = TargetGroup.create(
        group_name(wanted.name, need.port, str(need.protocol)),
        port=need.port,
        protocol=need.protocol,
        vpc=vpc,
        health_check=wanted.check_of(need.protocol),
        tags=wanted.tags,
        cloud=cloud,
    )
    undo.add(f"target group {group.name}", partial(delete_when_released, [group]))
    group.register(*targets)
    return group


def groups_made_for(balancer: str, cloud: Cloud) -> Sequence[TargetGroup]:
    """The target groups that were made with a load balancer: those of such a name that carry its mark."""
    named = [group for group in TargetGroup.list(cloud=cloud) if is_group_of(balancer, group.name)]
    tags = tags_of_many(cloud, [group.arn for group in named])
    return [group for group in named if tags.get(group.arn, {}).get(MARK) == balancer]
