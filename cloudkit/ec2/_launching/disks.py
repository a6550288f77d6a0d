"""The disks of a launch, in AWS's form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from cloudkit._core.params import compact
from cloudkit.ec2._volumes.devices import free_names, place
from cloudkit.ec2._volumes.settings import checked_settings
from cloudkit.ec2.disk import Disk
from cloudkit.errors import InvalidRequest


def block_devices(
    root: Disk | int | None, root_device: str | None, volumes: Iterable[Disk | int]
) -> list[dict[str, Any]] | None:
    """`BlockDeviceMappings` of RunInstances; None if the image's own disks are all.

    Args:
        root: The disk with the system on it.
        root_device: What the image calls that.
        volumes: More of them.
    """
    if not isinstance(cast("object", volumes), Iterable):
        raise InvalidRequest(f"volumes={volumes!r}: they are several", hint=f"volumes=[{volumes!r}]")
    more = [_disk("volumes", each) for each in volumes]
    for each in more:
        if each.size_gib is None and each.snapshot is None:
            raise InvalidRequest(f"{each}: a new disk needs a size, or a snapshot", hint="Disk(100)")
    free = free_names(each.device for each in more if each.device is not None)
    rows = [] if root is None else [_row(_disk("root", root), str(root_device))]
    for each in more:
        device = each.device or next(free, None)
        if device is None:
            raise InvalidRequest(
                f"{len(more)} volumes: that is more than there are device names for",
                hint="name some yourself: Disk(100, device='/dev/xvdca')",
            )
        rows.append(_row(each, device))
    names = [str(row["DeviceName"]) for row in rows]
    places = [place(name) for name in names]
    twice = sorted(name for name in names if places.count(place(name)) > 1)
    if twice:
        raise InvalidRequest(f"two disks are called {twice[0]}, or what is the same")
    return rows or None


def _disk(name: str, given: object) -> Disk:
    if isinstance(given, Disk):
        return given
    if isinstance(given, int) and not isinstance(given, bool):
        return Disk(given)
    raise InvalidRequest(
        f"{name}: {given!r} is no disk to launch with",
        hint="Disk(100), or its size in GiB; a volume that is there goes to it later: volume.attach(box)",
    )


def _row(disk: Disk, device: str) -> dict[str, Any]:
    settings = checked_settings(
        disk.type,
        size_gib=disk.size_gib,
        iops=disk.iops,
        throughput_mib=disk.throughput_mib,
        new=True,
    )
    return {
        "DeviceName": device,
        "Ebs": compact(
            {
                "VolumeSize": settings["Size"],
                "VolumeType": str(disk.type),
                "Iops": settings["Iops"],
                "Throughput": settings["Throughput"],
                "SnapshotId": None if disk.snapshot is None else str(disk.snapshot),
                "Encrypted": True if disk.encrypted else None,
                "KmsKeyId": disk.kms_key,
                "DeleteOnTermination": not disk.keep,
            }
        ),
    }
