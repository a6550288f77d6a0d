"""How a target group comes to be: made anew, or taken as it is if that is as it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from attrs import frozen

from cloudkit._core.params import tag_list
from cloudkit._core.tags import checked_tags
from cloudkit.elb._address import (
    TargetGroupAddress,
    at,
    forget,
    learn,
    settings_of,
    shape_of,
    write_settings,
)
from cloudkit.elb._attributes import settings
from cloudkit.elb._attributes.shape import Shape
from cloudkit.elb._naming import checked_name
from cloudkit.elb._places import default_vpc
from cloudkit.elb._service import ELBV2
from cloudkit.elb._tagging import tags_at
from cloudkit.elb._targets.checking import fitted
from cloudkit.elb._targets.deleting import delete
from cloudkit.elb._targets.registering import register
from cloudkit.elb._undo import undoing
from cloudkit.elb.errors import TargetGroupNotFound
from cloudkit.elb.group_settings import TargetGroupChanges
from cloudkit.elb.health_check import HealthCheck, given_in, health_check_params
from cloudkit.elb.protocol import TargetType
from cloudkit.elb.target import Target
from cloudkit.errors import AlreadyExists, Conflict
from cloudkit.types import TagMap

G = TypeVar("G", bound=TargetGroupAddress)


@frozen
class Wanted:
    """What a target group shall be, checked before any request.

    Attributes:
        shape: What it is.
        vpc: The VPC of its targets; None for the default one.
        health_check: How they are checked; None for AWS's default.
        targets: What it shall have.
        tags: Its tags.
        changes: Its settings.
    """

    shape: Shape
    vpc: str | None
    health_check: HealthCheck | None
    targets: Sequence[Target]
    tags: TagMap
    changes: TargetGroupChanges

    def check(self) -> None:
        """Refuse what AWS would. No request."""
        checked_tags(self.tags)
        self.shape.check_targets(self.targets)
        settings.to_attributes(self.changes, self.shape)
        if self.health_check is not None:
            fitted(self.health_check, self.shape)


def create(group: G, wanted: Wanted, *, aws: Mapping[str, Any] | None) -> G:
    """Make a target group that is not there yet; see `TargetGroup.create`."""
    checked_name("target group", group.name)
    wanted.check()
    if group.exists():
        raise AlreadyExists(
            "a target group of this name is there already",
            service=ELBV2.name,
            operation="CreateTargetGroup",
            resource=group.name,
            hint=f"TargetGroup.ensure({group.name!r}, ...) takes what is there",
        )
    shape, cloud = wanted.shape, group.cloud
    params: dict[str, Any] = {
        "Name": group.name,
        **shape.params(),
        "Tags": tag_list(checked_tags(wanted.tags)),
        **_checks(wanted),
    }
    if shape.type is not TargetType.LAMBDA:
        params["VpcId"] = default_vpc(cloud) if wanted.vpc is None else wanted.vpc
    row = cloud.invoke(ELBV2, "create_target_group", params, aws=aws, about=group.name)["TargetGroups"][0]
    made = type(group)(row["TargetGroupName"], arn=row["TargetGroupArn"], cloud=cloud)
    forget(made)
    cloud.remember(made.arn, TargetGroupNotFound)
    cloud.remember(made.name, TargetGroupNotFound)
    learn(made, row, whole=False)
    with undoing(f"TargetGroup({made.name!r}).delete() removes what is there") as undo:
        undo.add(f"target group {made.name}", partial(delete, made))
        attributes = settings.to_attributes(wanted.changes, shape)
        if attributes:
            write_settings(made, attributes)
        if wanted.targets:
            register(made, wanted.targets)
    return made


def _checks(wanted: Wanted) -> Mapping[str, Any]:
    if wanted.health_check is None:
        return {}
    params = health_check_params(fitted(wanted.health_check, wanted.shape), grpc=wanted.shape.grpc)
    if wanted.shape.type is TargetType.LAMBDA:
        params["HealthCheckEnabled"] = wanted.health_check.enabled
    return params


def modify(group: TargetGroupAddress, check: HealthCheck | None, aws: Mapping[str, Any] | None) -> None:
    """Change how targets are checked. One request; one more if it is not known what the group is."""
    params: dict[str, Any] = {}
    if check is not None:
        shape = shape_of(group)
        params = health_check_params(fitted(check, shape, group.health_check), grpc=shape.grpc)
        if shape.type is TargetType.LAMBDA:
            params["HealthCheckEnabled"] = check.enabled
    answer = at(
        group,
        lambda arn: group.cloud.invoke(
            ELBV2, "modify_target_group", {"TargetGroupArn": arn, **params}, aws=aws, about=group
        ),
    )
    learn(group, answer["TargetGroups"][0], whole=True)


def bring_about(group: G, wanted: Wanted, fixed: Mapping[str, object], *, update: bool) -> G:
    """Make a group that is there what it shall be, or raise Conflict naming what differs; see `TargetGroup.ensure`.

    Args:
        group: The group, loaded.
        wanted: What it shall be.
        fixed: What was given of what AWS never changes, by name.
        update: Whether to change what differs.
    """
    _check_fixed(group, fixed)
    shape = shape_of(group)
    shape.check_targets(wanted.targets)
    attributes = settings.to_attributes(wanted.changes, shape)
    there: Mapping[str, str] = settings_of(group) if attributes else {}
    other = settings.differing(attributes, there)
    check = wanted.health_check
    checks = _other_checks(check, group.health_check)
    tags = tags_at(group.cloud, partial(at, group))
    missing = {key: value for key, value in wanted.tags.items() if tags.get(key) != value}
    if (other or checks or missing) and not update:
        raise Conflict(
            "; ".join(
                [
                    *(f"health check: {told}" for told in checks),
                    *(f"{key} is {have or 'off'}, not {value}" for key, (have, value) in other.items()),
                    *(f"tag {key} is {tags.get(key)}, not {value}" for key, value in missing.items()),
                ]
            ),
            service=ELBV2.name,
            resource=group.name,
            hint="update=True changes it",
        )
    if checks:
        modify(group, check, None)
    if other:
        write_settings(group, {key: value for key, (_, value) in other.items()})
    if missing:
        tags.merge(missing)
    if wanted.targets:
        register(group, wanted.targets)
    return group


def _check_fixed(group: TargetGroupAddress, fixed: Mapping[str, object]) -> None:
    there = {
        "type": group.type,
        "protocol": group.protocol,
        "port": group.port,
        "version": group.version,
        "family": group.family,
        "vpc": group.vpc_id,
    }
    wrong = [
        f"{name} is {there[name]}, not {value}"
        for name, value in fixed.items()
        if value is not None and there[name] != value
    ]
    if wrong:
        raise Conflict(
            "; ".join(wrong),
            service=ELBV2.name,
            resource=group.name,
            hint="AWS cannot change that: make one of another name",
        )


def _other_checks(check: HealthCheck | None, there: HealthCheck) -> Sequence[str]:
    given: Mapping[str, Any] = {} if check is None else given_in(check)
    differs = [
        f"{name} is {getattr(there, name)}, not {value}"
        for name, value in given.items()
        if getattr(there, name) != value
    ]
    if check is not None and check.enabled != there.enabled:
        differs.append(f"enabled is {there.enabled}, not {check.enabled}")
    return differs
