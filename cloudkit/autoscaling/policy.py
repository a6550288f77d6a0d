"""A scaling policy: when a group grows or shrinks by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.listing import Listing
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit.autoscaling._address import GroupAddress
from cloudkit.autoscaling._naming import cloud_of, group_name
from cloudkit.autoscaling._parts import Shelf, listed, row_on
from cloudkit.autoscaling._refusals import fine_if_gone, told_apart
from cloudkit.autoscaling._scaling.stepping import Step, steps_of
from cloudkit.autoscaling._scaling.tracking import tracked_of
from cloudkit.autoscaling._service import AUTOSCALING
from cloudkit.autoscaling.errors import ScalingPolicyNotFound
from cloudkit.autoscaling.kinds import PolicyType
from cloudkit.cloudwatch import Alarm
from cloudkit.errors import NotFound
from cloudkit.types import Answer

_SHELF = Shelf(
    "describe_policies",
    "DescribePolicies",
    "ScalingPolicies",
    "PolicyName",
    ScalingPolicyNotFound,
    "the group has no such scaling policy",
    "group.policies() shows those that it has",
)


def _names(rows: Iterable[Mapping[str, Any]] | None) -> tuple[str, ...]:
    return tuple(str(row["AlarmName"]) for row in rows or ())


@define(eq=False, repr=False)
class ScalingPolicy(Resource):
    """A scaling policy of a group, by its name. Making one of these calls nothing.

    `group.track(...)` and `group.step(...)` make one at AWS.

    Args:
        group: The group, or its name.
        name: Its name.
        cloud: Where it is. Default: the current Cloud.

    Examples:
        >>> policy = AutoScalingGroup("web").track(AutoScalingGroup("web").metrics.cpu, 50)
        >>> policy.tracks, policy.target
        ('ASGAverageCPUUtilization', 50.0)

    AWS: none
    """

    _service = AUTOSCALING
    _shown = ("PolicyType",)

    group: str = field(converter=group_name)
    name: str = field()

    arn: ClassVar[Attribute[str]] = attribute("PolicyARN", str)
    type: ClassVar[Attribute[PolicyType]] = attribute("PolicyType", PolicyType)
    tracks: ClassVar[Attribute[str | None]] = attribute(
        "TargetTrackingConfiguration", tracked_of, optional=True
    )
    target: ClassVar[Attribute[float | None]] = attribute(
        "TargetTrackingConfiguration.TargetValue", float, optional=True
    )
    adjustment: ClassVar[Attribute[str | None]] = attribute("AdjustmentType", str, optional=True)
    steps: ClassVar[Attribute[Sequence[Step] | None]] = attribute("StepAdjustments", steps_of, optional=True)
    warm_up: ClassVar[Attribute[int | None]] = attribute("EstimatedInstanceWarmup", int, optional=True)
    enabled: ClassVar[Attribute[bool | None]] = attribute("Enabled", bool, optional=True)
    alarm_names: ClassVar[Attribute[tuple[str, ...] | None]] = attribute("Alarms", _names, optional=True)

    @classmethod
    def get(cls, group: GroupAddress | str, name: str, *, cloud: Cloud | None = None) -> Self:
        """Find a policy by its name. One request.

        Args:
            group: The group, or its name.
            name: Its name.
            cloud: Where it is. Default: the group's Cloud, or the current one.

        Returns:
            The policy, loaded.

        Raises:
            ScalingPolicyNotFound: The group has no such policy.
            AutoScalingGroupNotFound: There is no such group.

        Examples:
            >>> ScalingPolicy.get("web", "busy").type
            <PolicyType.STEP: 'StepScaling'>

        AWS: autoscaling:DescribePolicies
        """
        return cls(group, name, cloud=cloud_of(group, cloud)).refresh()

    @classmethod
    def list(cls, group: GroupAddress | str, *, cloud: Cloud | None = None) -> Listing[Self]:
        """The policies of a group. One request for each 100.

        Args:
            group: The group, or its name.
            cloud: Where it is. Default: the group's Cloud, or the current one.

        Returns:
            The policies, loaded.

        Raises:
            AutoScalingGroupNotFound: There is no such group.

        Examples:
            >>> [policy.name for policy in ScalingPolicy.list("web")]
            ['busy']

        AWS: autoscaling:DescribePolicies
        """
        return listed(
            _SHELF,
            group,
            cloud,
            lambda of, row, at: cls(of, row[_SHELF.key], cloud=at)._learn(row, whole=True),
            of="ScalingPolicy",
        )

    @override
    def _call(self, operation: str, /, *, aws: Mapping[str, Any] | None = None, **params: Any) -> Answer:
        with told_apart(self.group):
            return self.cloud.invoke(self._service, operation, params, aws=aws, about=self)

    @override
    def _load(self) -> Answer:
        return row_on(_SHELF, self, self.group, self.name)

    def alarms(self) -> Listing[Alarm]:
        """The alarms that set it off. One request for each 100, and one if it is not loaded.

        Returns:
            The alarms, loaded; those of target tracking are AWS's own to change.

        Raises:
            ScalingPolicyNotFound: It is not there.

        Examples:
            >>> [alarm.name for alarm in ScalingPolicy("web", "busy").alarms()]
            ['web busy']

        AWS: autoscaling:DescribePolicies, cloudwatch:DescribeAlarms
        """
        return Alarm.list(notifies=self.arn, cloud=self.cloud)

    def delete(self) -> None:
        """Delete it, and of step policies the alarms that tell nobody else; fine if it is gone. Three requests or more.

        Raises:
            AccessDenied: These credentials may not.

        Examples:
            >>> ScalingPolicy("web", "busy").delete()

        AWS: autoscaling:DescribePolicies, cloudwatch:DescribeAlarms, cloudwatch:DeleteAlarms,
            autoscaling:DeletePolicy
        """
        try:
            self.refresh()
        except NotFound:
            return
        # Alarms first: without the policy nothing tells which ones they are.
        for alarm in self.alarms() if self.type != PolicyType.TRACKING else ():
            if alarm.notify == (self.arn,) and not alarm.notify_ok and not alarm.notify_insufficient_data:
                alarm.delete()
        try:
            with fine_if_gone():
                self._call("delete_policy", AutoScalingGroupName=self.group, PolicyName=self.name)
        finally:
            self._unlearn()
