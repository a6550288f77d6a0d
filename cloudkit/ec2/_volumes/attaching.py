"""Attaching a volume to an instance under a name that is free, and taking it off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from cloudkit._core.cloud import Cloud
from cloudkit._core.resource import Resource
from cloudkit._core.waiting import wait_until
from cloudkit.ec2._search import only
from cloudkit.ec2._service import EC2
from cloudkit.ec2._volumes.attachment import Attachment, AttachmentState, attachments_of
from cloudkit.ec2._volumes.devices import free_names
from cloudkit.ec2.errors import InstanceNotFound, VolumeNotFound
from cloudkit.errors import Conflict, InvalidRequest, NotFound
from cloudkit.types import Duration

# What EC2 says of a device name that another volume has.
_TAKEN = "already in use"
_WINDOWS = "windows"


Look: TypeAlias = Callable[[], Sequence[Attachment]]
"""Where the volume is attached now, as AWS says it."""


def attach(
    volume: Resource, look: Look, instance_id: str, *, device: str | None, timeout: Duration | None
) -> Attachment:
    """Attach it; fine if it is attached there. Waits, if there is a timeout.

    Args:
        volume: The volume.
        look: Where it is attached now.
        instance_id: The instance.
        device: The device name. Default: the first one that is free.
        timeout: Seconds; None does not wait.
    """
    names = iter([device]) if device is not None else _free_names(volume.cloud, instance_id)
    for name in names:
        params = {"VolumeId": str(volume), "InstanceId": instance_id, "Device": name}
        try:
            answer = volume.cloud.invoke(EC2, "attach_volume", params, about=volume)
        except Conflict:
            # It may be attached there: by an earlier try, or since long.
            there = _attachment(look, instance_id)
            if there is None or (device is not None and there.device != device):
                raise
            return there if timeout is None else _attached(volume, look, instance_id, timeout)
        except InvalidRequest as error:
            if device is not None or _TAKEN not in error.message:
                raise
            continue  # somebody took it in between
        return (
            attachments_of([answer])[0] if timeout is None else _attached(volume, look, instance_id, timeout)
        )
    raise Conflict(
        f"{instance_id} has a volume at each of the device names that are tried",
        service=EC2.name,
        resource=str(volume),
        hint="give another with device=, such as '/dev/xvdca'; or detach a volume that nobody needs",
    )


def _free_names(cloud: Cloud, instance_id: str) -> Iterator[str]:
    answer = cloud.invoke(EC2, "describe_instances", {"InstanceIds": [instance_id]}, about=instance_id)
    rows = [row for reservation in answer["Reservations"] for row in reservation["Instances"]]
    instance = only(rows, InstanceNotFound, "DescribeInstances", instance_id)
    taken = [str(row.get("DeviceName", "")) for row in instance.get("BlockDeviceMappings", ())]
    return free_names(taken, windows=_is_windows(instance))


def _is_windows(instance: Mapping[str, Any]) -> bool:
    return str(instance.get("Platform", "")).lower() == _WINDOWS


def _attachment(look: Look, instance_id: str) -> Attachment | None:
    return next((each for each in look() if each.instance_id == instance_id), None)


def _attached(volume: Resource, look: Look, instance_id: str, timeout: Duration) -> Attachment:
    found = wait_until(
        lambda: _attachment(look, instance_id),
        lambda there: there is not None and there.state == AttachmentState.ATTACHED,
        timeout=timeout,
        clock=volume.cloud.clock,
        what=f"{volume} to be attached to {instance_id}",
        shown=_shown,
    )
    assert found is not None  # noqa: S101 - it is not done before
    return found


def _shown(there: Attachment | None) -> str:
    return "it is not attached" if there is None else f"it is {there.state}"


def detach(
    volume: Resource, look: Look, instance_id: str | None, *, force: bool, timeout: Duration | None
) -> None:
    """Take it off the instance, or off all; fine if it is not attached. Waits, if there is a timeout."""
    wanted = [each for each in look() if instance_id in (None, each.instance_id)]
    for each in wanted:
        params = {"VolumeId": str(volume), "InstanceId": each.instance_id, "Force": force or None}
        try:
            volume.cloud.invoke(EC2, "detach_volume", params, about=volume)
        except VolumeNotFound:
            raise
        except (Conflict, NotFound):
            # Somebody else has taken it off, or an earlier try: then it is off, or on its way.
            there = _attachment(look, each.instance_id)
            if there is not None and there.state != AttachmentState.DETACHING:
                raise
    if wanted and timeout is not None:
        _detached(volume, look, [each.instance_id for each in wanted], timeout)


def _detached(volume: Resource, look: Look, instance_ids: list[str], timeout: Duration) -> None:
    def left() -> list[Attachment]:
        return [each for each in look() if each.instance_id in instance_ids]

    def shown(found: list[Attachment]) -> str:
        busy = any(each.state == AttachmentState.BUSY for each in found)
        states = ", ".join(f"it is {each.state} on {each.instance_id}" for each in found)
        return f"{states}: unmount it there, or detach(force=True)" if busy else states

    wait_until(
        left,
        lambda found: not found,
        timeout=timeout,
        clock=volume.cloud.clock,
        what=f"{volume} to be detached",
        shown=shown,
    )
