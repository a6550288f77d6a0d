"""What can be missing or fail in Auto Scaling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cloudkit.errors import NotFound, WaitFailed

if TYPE_CHECKING:
    from cloudkit.autoscaling.activity import Activity


class AutoScalingGroupNotFound(NotFound):
    """The Auto Scaling group is not there."""


class ScalingPolicyNotFound(NotFound):
    """The group has no such scaling policy."""


class ScheduledActionNotFound(NotFound):
    """The group has no such scheduled action."""


class InstanceRefreshNotFound(NotFound):
    """The group had no such instance refresh in the last six weeks."""


class ScalingFailed(WaitFailed):
    """The group cannot get the instances that it wants, and waiting longer is not expected to help.

    Attributes:
        reason: AWS's message of the first activity.
        activities: The activities that failed, the newest first.
    """

    activities: Sequence[Activity] = ()
