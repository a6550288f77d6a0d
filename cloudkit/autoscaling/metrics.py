"""What a group reports: its instances together, and its size."""

from __future__ import annotations

from cloudkit._core.cloud import Cloud
from cloudkit.cloudwatch import Metric, Unit
from cloudkit.ec2 import InstanceMetrics

_DIMENSION = "AutoScalingGroupName"
_OWN = "AWS/AutoScaling"


class GroupMetrics(InstanceMetrics):
    """The metrics of a group: `group.metrics`. Those of its instances are of all of them together.

    Those of its size have a value every minute once `group.collect_metrics()` has switched them on.

    Examples:
        >>> AutoScalingGroup("web").metrics.cpu
        <Metric AWS/EC2 CPUUtilization AutoScalingGroupName=web Average>
        >>> AutoScalingGroup("web").metrics.in_service
        <Metric AWS/AutoScaling GroupInServiceInstances AutoScalingGroupName=web Average>

    AWS: none
    """

    def _size(self, name: str) -> Metric:
        return Metric(_OWN, name, self.dimensions, unit=Unit.COUNT, cloud=self.cloud)

    @property
    def in_service(self) -> Metric:
        """Instances in service."""
        return self._size("GroupInServiceInstances")

    @property
    def pending(self) -> Metric:
        """Instances that are not in service yet."""
        return self._size("GroupPendingInstances")

    @property
    def terminating(self) -> Metric:
        """Instances that are being ended."""
        return self._size("GroupTerminatingInstances")

    @property
    def standby(self) -> Metric:
        """Instances in standby."""
        return self._size("GroupStandbyInstances")

    @property
    def total(self) -> Metric:
        """Instances in all."""
        return self._size("GroupTotalInstances")

    @property
    def desired(self) -> Metric:
        """How many instances it shall have."""
        return self._size("GroupDesiredCapacity")

    @property
    def min(self) -> Metric:
        """How many instances it has at least."""
        return self._size("GroupMinSize")

    @property
    def max(self) -> Metric:
        """How many instances it has at most."""
        return self._size("GroupMaxSize")


def group_metrics(name: str, cloud: Cloud) -> GroupMetrics:
    """Those of the group of that name."""
    return GroupMetrics("AWS/EC2", {_DIMENSION: name}, cloud)
