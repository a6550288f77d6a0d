"""From a target to the load balancers that have it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from cloudkit._core.batching import split
from cloudkit._core.cloud import Cloud
from cloudkit._core.workers import in_parallel
from cloudkit.elb._limits import FIND_WIDTH, MAX_ARNS_PER_DESCRIBE
from cloudkit.elb._service import ELB, ELBV2
from cloudkit.elb._sides.classic import Classic
from cloudkit.elb._sides.rows import arn_in, name_in
from cloudkit.elb.errors import LoadBalancerNotFound, TargetGroupNotFound
from cloudkit.elb.health import HealthTable, TargetHealth
from cloudkit.elb.target_group import TargetGroup
from cloudkit.types import Answer

_REGISTERED_BY_ID = ("instance", "ip")


def having(cloud: Cloud, names: Collection[str], *, vpc: str | None) -> Sequence[tuple[Answer, HealthTable]]:
    """The rows of the load balancers that have a target, and how it is there.

    A request for each 400 target groups and one for each of those that may have it, several at once; one for each 20
    load balancers found; one for each 400 classic ones, and one for each of those that has it.

    Args:
        cloud: Where to look.
        names: What the target is registered by: its id, its address.
        vpc: Its VPC; None if that is not known.
    """
    return [*_v2(cloud, names, vpc), *_classic(cloud, names)]


def _v2(cloud: Cloud, names: Collection[str], vpc: str | None) -> Sequence[tuple[Answer, HealthTable]]:
    groups = [
        group
        for group in TargetGroup.list(cloud=cloud)
        if group.raw.get("LoadBalancerArns")
        and group.raw.get("TargetType") in _REGISTERED_BY_ID
        and (vpc is None or group.vpc_id in (None, vpc))
    ]
    found: dict[str, list[TargetHealth]] = {}
    for group, table in in_parallel(_health, groups, width=FIND_WIDTH):
        rows = [row for row in table if row.id in names]
        for arn in group.raw["LoadBalancerArns"] if rows else ():
            found.setdefault(arn, []).extend(rows)
    rows_of = {row["LoadBalancerArn"]: row for row in _rows(cloud, list(found))}
    return [(rows_of[arn], HealthTable(tuple(rows))) for arn, rows in found.items() if arn in rows_of]


def _health(group: TargetGroup) -> HealthTable:
    try:
        return group.health()
    except TargetGroupNotFound:  # deleted meanwhile
        return HealthTable()


def _rows(cloud: Cloud, arns: Sequence[str]) -> Sequence[Answer]:
    rows: list[Answer] = []
    for batch in split(arns, most=MAX_ARNS_PER_DESCRIBE):
        try:
            answer = cloud.invoke(ELBV2, "describe_load_balancers", {"LoadBalancerArns": batch})
            rows.extend(answer.get("LoadBalancers", ()))
        except LoadBalancerNotFound:  # one was deleted meanwhile, which spoils the call
            for page in cloud.pages(ELBV2, "describe_load_balancers", about="load balancers"):
                rows.extend(row for row in page.get("LoadBalancers", ()) if row["LoadBalancerArn"] in batch)
    return rows


def _classic(cloud: Cloud, names: Collection[str]) -> Sequence[tuple[Answer, HealthTable]]:
    found: list[tuple[Answer, HealthTable]] = []
    for page in cloud.pages(ELB, "describe_load_balancers", about="load balancers"):
        for row in page.get("LoadBalancerDescriptions", ()):
            registered = [
                each["InstanceId"] for each in row.get("Instances", ()) if each["InstanceId"] in names
            ]
            if registered:
                found.append((row, _classic_health(cloud, row, registered)))
    return found


def _classic_health(cloud: Cloud, row: Mapping[str, object], ids: Sequence[str]) -> HealthTable:
    try:
        return Classic(arn_in(row, cloud), name_in(row), cloud).health(*ids)
    except LoadBalancerNotFound:  # deleted meanwhile
        return HealthTable()
