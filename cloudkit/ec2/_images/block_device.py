"""The disks that an instance of an image gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen


@frozen
class BlockDevice:
    """A disk that an instance of the image gets.

    Attributes:
        device: The device name, such as `"/dev/xvda"`.
        snapshot_id: The snapshot that it is made of, if any.
        size_gib: Its size, if it is a volume.
        type: The type of the volume, such as `"gp3"`.
        encrypted: Whether it is encrypted.
        delete_on_termination: Whether it is deleted with the instance.
    """

    device: str
    snapshot_id: str | None
    size_gib: int | None
    type: str | None
    encrypted: bool
    delete_on_termination: bool


def block_devices_of(rows: Sequence[Mapping[str, Any]]) -> tuple[BlockDevice, ...]:
    """The disks that AWS's rows tell of."""
    found: list[BlockDevice] = []
    for row in rows:
        volume = row.get("Ebs", {})
        found.append(
            BlockDevice(
                row.get("DeviceName", ""),
                volume.get("SnapshotId") or None,
                volume.get("VolumeSize"),
                volume.get("VolumeType"),
                bool(volume.get("Encrypted")),
                bool(volume.get("DeleteOnTermination")),
            )
        )
    return tuple(found)
