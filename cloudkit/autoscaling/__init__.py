"""Auto Scaling: groups of instances, as many as are wanted."""

from __future__ import annotations

from cloudkit.autoscaling._scaling.stepping import Step
from cloudkit.autoscaling._settings import GroupOptions
from cloudkit.autoscaling.activity import Activity
from cloudkit.autoscaling.errors import (
    AutoScalingGroupNotFound,
    InstanceRefreshNotFound,
    ScalingFailed,
    ScalingPolicyNotFound,
    ScheduledActionNotFound,
)
from cloudkit.autoscaling.group import AutoScalingGroup
from cloudkit.autoscaling.kinds import ActivityStatus, Lifecycle, PolicyType, Process, RefreshStatus
from cloudkit.autoscaling.member import Member
from cloudkit.autoscaling.metrics import GroupMetrics
from cloudkit.autoscaling.mixed import Mixed
from cloudkit.autoscaling.policy import ScalingPolicy
from cloudkit.autoscaling.refresh import InstanceRefresh
from cloudkit.autoscaling.schedule import ScheduledAction

Group = AutoScalingGroup
"""The same class by its short name, for code that has imported this package alone."""

__all__ = [
    "Activity",
    "ActivityStatus",
    "AutoScalingGroup",
    "AutoScalingGroupNotFound",
    "Group",
    "GroupMetrics",
    "GroupOptions",
    "InstanceRefresh",
    "InstanceRefreshNotFound",
    "Lifecycle",
    "Member",
    "Mixed",
    "PolicyType",
    "Process",
    "RefreshStatus",
    "ScalingFailed",
    "ScalingPolicy",
    "ScalingPolicyNotFound",
    "ScheduledAction",
    "ScheduledActionNotFound",
    "Step",
]
