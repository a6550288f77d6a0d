"""Which targets go through a rolling."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from cloudkit.ec2 import Instance
from cloudkit.elb._serving.draining import Seen, those
from cloudkit.elb._serving.leave import present
from cloudkit.elb._watching.boxes import instances
from cloudkit.elb._watching.front import Front
from cloudkit.elb.health import INSTANCE_IDS_BEGIN
from cloudkit.elb.target import TargetLike, target_of, targets_of
from cloudkit.errors import Conflict

T = TypeVar("T", bound=TargetLike)


def given_once(targets: Iterable[T]) -> Sequence[T]:
    """The targets, each once."""
    things = list(targets)
    kinds = targets_of(targets if isinstance(targets, str) else things)
    wanted = [target_of(each) for each in things]
    return [things[wanted.index(each)] for each in kinds]


def all_registered(given: Sequence[T], seen: Seen, front: Front) -> Sequence[T]:
    """Those targets, if the load balancer has them all."""
    wanted = [target_of(each) for each in given]
    there = present(wanted, those(seen, wanted, leaving=False))
    missing = [each for each in wanted if each not in there]
    if missing:
        raise Conflict(
            f"{', '.join(map(str, missing))} {'is' if len(missing) == 1 else 'are'} not registered",
            service="elbv2",
            resource=front.name,
            hint="balancer.health() shows the targets",
        )
    return given


def instances_in(seen: Seen, front: Front) -> Sequence[Instance]:
    """All targets as instances. One request for each 200."""
    there = _registered(seen)
    others = [each for each in there if not each.startswith(INSTANCE_IDS_BEGIN)]
    if others:
        raise Conflict(
            f"{', '.join(others)} {'is' if len(others) == 1 else 'are'} no instance",
            service="elbv2",
            resource=front.name,
            hint="balancer.rolling([row.id for row in balancer.health()]) gives out ids and addresses",
        )
    found = instances(front.cloud, there)
    return [found.get(each) or Instance(each, cloud=front.cloud) for each in there]


def _registered(seen: Seen) -> Sequence[str]:
    return list(dict.fromkeys(row.id for _, table in seen for row in table if not row.leaving))
