"""A disk that an instance is launched with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from cloudkit.ec2._volumes.settings import VolumeType, checked_settings, checked_type
from cloudkit.errors import InvalidRequest

if TYPE_CHECKING:
    from cloudkit.ec2.snapshot import Snapshot


@frozen
class Disk:
    """A disk that an instance is launched with: `Instance.launch(..., root=Disk(50), volumes=[Disk(200)])`.

    Attributes:
        size_gib: Its size. Default: that of the image's disk, or of the snapshot.
        type: The kind of volume.
        iops: Operations a second, where its type has a choice.
        throughput_mib: MiB a second, where its type has a choice.
        snapshot: The snapshot that it is made of, or its id.
        encrypted: Whether it is encrypted. False leaves that to the account's setting, and to the snapshot.
        kms_key: By which key, if not by the account's own one for disks.
        keep: Whether it stays when the instance ends.
        device: The device name. Default: a free one.

    Raises:
        InvalidRequest: There is no such disk.

    Examples:
        >>> Disk(200, "io2", iops=10_000).type
        <VolumeType.IO2: 'io2'>

    AWS: none
    """

    size_gib: int | None = None
    type: VolumeType = field(default=VolumeType.GP3, converter=checked_type)
    iops: int | None = field(default=None, kw_only=True)
    throughput_mib: int | None = field(default=None, kw_only=True)
    snapshot: Snapshot | str | None = field(default=None, kw_only=True)
    encrypted: bool = field(default=True, kw_only=True)
    kms_key: str | None = field(default=None, kw_only=True)
    keep: bool = field(default=False, kw_only=True)
    device: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        checked_settings(
            self.type,
            size_gib=self.size_gib,
            iops=self.iops,
            throughput_mib=self.throughput_mib,
            new=True,
        )
        if self.kms_key is not None and not self.encrypted:
            raise InvalidRequest("kms_key with encrypted=False: a disk with a key is encrypted")
