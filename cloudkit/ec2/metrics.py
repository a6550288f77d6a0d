"""What EC2 reports of instances and volumes."""

from __future__ import annotations

from cloudkit._core.cloud import Cloud
from cloudkit.cloudwatch import Metric, Source, Statistic, Unit
from cloudkit.ec2._limits import BASIC_MONITORING_SECONDS


class InstanceMetrics(Source):
    """The metrics of an instance: `box.metrics`. They have a value every 5 minutes; with detailed monitoring every one.

    Examples:
        >>> box.metrics.cpu
        <Metric AWS/EC2 CPUUtilization InstanceId=i-... Average>
        >>> box.metrics.cpu > 80
        <Condition CPUUtilization InstanceId=i-... Average > 80>

    AWS: none
    """

    def _basic(self, name: str, statistic: Statistic, unit: Unit) -> Metric:
        return self.named(name, statistic=statistic, unit=unit, every=BASIC_MONITORING_SECONDS)

    @property
    def cpu(self) -> Metric:
        """How busy its processors are, in percent."""
        return self._basic("CPUUtilization", Statistic.AVERAGE, Unit.PERCENT)

    @property
    def cpu_credits(self) -> Metric:
        """Credits that a burstable instance has left (`t3` and the like)."""
        return self._basic("CPUCreditBalance", Statistic.MINIMUM, Unit.COUNT)

    @property
    def network_in(self) -> Metric:
        """Bytes that came in."""
        return self._basic("NetworkIn", Statistic.SUM, Unit.BYTES)

    @property
    def network_out(self) -> Metric:
        """Bytes that went out."""
        return self._basic("NetworkOut", Statistic.SUM, Unit.BYTES)

    @property
    def disk_read(self) -> Metric:
        """Bytes read from its volumes, of instances on Nitro."""
        return self._basic("EBSReadBytes", Statistic.SUM, Unit.BYTES)

    @property
    def disk_written(self) -> Metric:
        """Bytes written to its volumes, of instances on Nitro."""
        return self._basic("EBSWriteBytes", Statistic.SUM, Unit.BYTES)

    @property
    def disk_reads(self) -> Metric:
        """Reads from its volumes, of instances on Nitro."""
        return self._basic("EBSReadOps", Statistic.SUM, Unit.COUNT)

    @property
    def disk_writes(self) -> Metric:
        """Writes to its volumes, of instances on Nitro."""
        return self._basic("EBSWriteOps", Statistic.SUM, Unit.COUNT)

    @property
    def instance_store_read(self) -> Metric:
        """Bytes read from the disks that belong to the machine, where it has any."""
        return self._basic("DiskReadBytes", Statistic.SUM, Unit.BYTES)

    @property
    def instance_store_written(self) -> Metric:
        """Bytes written to the disks that belong to the machine, where it has any."""
        return self._basic("DiskWriteBytes", Statistic.SUM, Unit.BYTES)

    @property
    def status_check_failed(self) -> Metric:
        """1 if a status check failed, else 0; every minute."""
        return self.named("StatusCheckFailed", statistic=Statistic.MAXIMUM, unit=Unit.COUNT)

    @property
    def instance_check_failed(self) -> Metric:
        """1 if the check of the instance failed, which a reboot may mend; every minute."""
        return self.named("StatusCheckFailed_Instance", statistic=Statistic.MAXIMUM, unit=Unit.COUNT)

    @property
    def system_check_failed(self) -> Metric:
        """1 if the check of the machine below failed, which is AWS's to mend; every minute."""
        return self.named("StatusCheckFailed_System", statistic=Statistic.MAXIMUM, unit=Unit.COUNT)


class VolumeMetrics(Source):
    """The metrics of a volume: `volume.metrics`. They have a value every minute while it is attached.

    Examples:
        >>> Volume("vol-0123456789abcdef0").metrics.queue_length
        <Metric AWS/EBS VolumeQueueLength VolumeId=vol-0123456789abcdef0 Average>

    AWS: none
    """

    @property
    def read(self) -> Metric:
        """Bytes that were read."""
        return self.named("VolumeReadBytes", statistic=Statistic.SUM, unit=Unit.BYTES)

    @property
    def written(self) -> Metric:
        """Bytes that were written."""
        return self.named("VolumeWriteBytes", statistic=Statistic.SUM, unit=Unit.BYTES)

    @property
    def reads(self) -> Metric:
        """How often it was read."""
        return self.named("VolumeReadOps", statistic=Statistic.SUM, unit=Unit.COUNT)

    @property
    def writes(self) -> Metric:
        """How often it was written to."""
        return self.named("VolumeWriteOps", statistic=Statistic.SUM, unit=Unit.COUNT)

    @property
    def idle(self) -> Metric:
        """Seconds in which it had nothing to do."""
        return self.named("VolumeIdleTime", statistic=Statistic.SUM, unit=Unit.SECONDS)

    @property
    def queue_length(self) -> Metric:
        """Reads and writes that wait."""
        return self.named("VolumeQueueLength", unit=Unit.COUNT)

    @property
    def burst_balance(self) -> Metric:
        """What is left of its credits, in percent: of gp2, st1 and sc1."""
        return self.named("BurstBalance", statistic=Statistic.MINIMUM, unit=Unit.PERCENT)


def instance_metrics(id: str, cloud: Cloud) -> InstanceMetrics:
    """Those of the instance of that id."""
    return InstanceMetrics("AWS/EC2", {"InstanceId": id}, cloud)


def volume_metrics(id: str, cloud: Cloud) -> VolumeMetrics:
    """Those of the volume of that id."""
    return VolumeMetrics("AWS/EBS", {"VolumeId": id}, cloud)
