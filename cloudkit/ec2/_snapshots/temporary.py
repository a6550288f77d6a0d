"""A volume of a snapshot for as long as a block takes."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from cloudkit._core.cloud import Cloud
from cloudkit.ec2._search import only
from cloudkit.ec2._service import EC2
from cloudkit.ec2.errors import InstanceNotFound
from cloudkit.ec2.volume import Volume
from cloudkit.errors import InvalidRequest
from cloudkit.types import Duration


@contextmanager
def volume_of(
    snapshot_id: str,
    cloud: Cloud,
    *,
    zone: str | None,
    instance_id: str | None,
    device: str | None,
    timeout: Duration,
    **settings: Any,
) -> Generator[Volume]:
    """The volume, ready, and attached if an instance is given; taken off and deleted at the end, however it ends."""
    place = zone or _zone_of(cloud, instance_id)
    volume = Volume.create(None, place, snapshot=snapshot_id, cloud=cloud, **settings)
    try:
        volume.wait("available", timeout=timeout)
        if instance_id is not None:
            volume.attach(instance_id, device, timeout=timeout)
        # AWS has shown it: when it says that it is not there, it is not there any more.
        cloud.forget(volume.id)
        yield volume
    finally:
        try:
            volume.detach(timeout=None)
        finally:
            volume.delete(timeout=timeout)


def _zone_of(cloud: Cloud, instance_id: str | None) -> str:
    if instance_id is None:
        raise InvalidRequest(
            "a volume is in a zone", hint="give zone=, or the instance that it is for: attach=box"
        )
    answer = cloud.invoke(EC2, "describe_instances", {"InstanceIds": [instance_id]}, about=instance_id)
    rows = [row for reservation in answer["Reservations"] for row in reservation["Instances"]]
    instance = only(rows, InstanceNotFound, "DescribeInstances", instance_id)
    return str(instance["Placement"]["AvailabilityZone"])
