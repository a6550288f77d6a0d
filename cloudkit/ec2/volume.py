"""A volume: a disk that instances use over the network."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing
from cloudkit._core.params import tag_dict
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags
from cloudkit.ec2._limits import (
    COPY_SECONDS,
    IN_USE_SECONDS,
    MAX_VOLUMES_PER_PAGE,
    MIN_ROWS_PER_PAGE,
    WAIT_SECONDS,
)
from cloudkit.ec2._ready import wait_for
from cloudkit.ec2._search import TagFilter, Things, Wanted, only, search
from cloudkit.ec2._service import EC2
from cloudkit.ec2._tags import NAME_TAG, named, tag_specifications, tags_of
from cloudkit.ec2._volumes import attaching, deleting, modification
from cloudkit.ec2._volumes.attachment import Attachment, attachments_of
from cloudkit.ec2._volumes.modification import VolumeModification
from cloudkit.ec2._volumes.settings import VolumeType, checked_settings, checked_type
from cloudkit.ec2.errors import VolumeNotFound
from cloudkit.ec2.metrics import VolumeMetrics, volume_metrics
from cloudkit.errors import InvalidRequest
from cloudkit.types import Answer, Duration, OpenEnum, TagMap

if TYPE_CHECKING:
    from cloudkit.ec2.instance import Instance
    from cloudkit.ec2.snapshot import Snapshot
    from cloudkit.ec2.zone import Zone


class VolumeState(OpenEnum):
    """What a volume can be."""

    CREATING = "creating"
    AVAILABLE = "available"
    IN_USE = "in-use"
    DELETING = "deleting"
    DELETED = "deleted"
    ERROR = "error"


_DEAD_ENDS: Mapping[str, Sequence[VolumeState]] = {
    VolumeState.DELETED: (),
    VolumeState.DELETING: (VolumeState.DELETED,),
}
_ENDED = (VolumeState.DELETING, VolumeState.DELETED, VolumeState.ERROR)


@define(eq=False, repr=False)
class Volume(Resource):
    """A volume (EBS), by its id. Making one calls nothing.

    Args:
        id: Such as `"vol-0123456789abcdef0"`.
        cloud: Where it is. Default: the current Cloud.

    Examples:
        >>> data = Volume.create(10, box.zone, name="data").wait("available")
        >>> data.attach(box).device
        '/dev/sdf'
        >>> data.detach()
        >>> data.delete()

    AWS: none
    """

    _service = EC2
    _boto3_name: ClassVar[str | None] = "Volume"
    _shown = ("State", "VolumeType")

    id: str = field()

    state: ClassVar[Attribute[VolumeState]] = attribute("State", VolumeState, volatile=True)
    size_gib: ClassVar[Attribute[int]] = attribute("Size", int)
    type: ClassVar[Attribute[VolumeType]] = attribute("VolumeType", VolumeType)
    iops: ClassVar[Attribute[int | None]] = attribute("Iops", int, optional=True)
    throughput_mib: ClassVar[Attribute[int | None]] = attribute("Throughput", int, optional=True)
    zone: ClassVar[Attribute[str]] = attribute("AvailabilityZone", str)
    encrypted: ClassVar[Attribute[bool]] = attribute("Encrypted", bool)
    kms_key: ClassVar[Attribute[str | None]] = attribute("KmsKeyId", str, optional=True)
    snapshot_id: ClassVar[Attribute[str | None]] = attribute(
        "SnapshotId", lambda value: str(value) or None, optional=True
    )
    created: ClassVar[Attribute[datetime]] = attribute("CreateTime", datetime)
    _attached = attribute("Attachments", attachments_of, optional=True, volatile=True)
    _tag_rows = attribute("Tags", tag_dict, optional=True)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """Where it is attached; empty if nowhere."""
        return self._attached or ()

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set."""
        return tags_of(self, lambda: self.id, lambda: self._tag_rows, self._unlearn)

    @property
    def name(self) -> str | None:
        """Its tag `Name`, or None."""
        return self.tags.get(NAME_TAG)

    @property
    def metrics(self) -> VolumeMetrics:
        """Its metrics in CloudWatch: `volume.metrics.queue_length.last("3h")`. No request."""
        return volume_metrics(self.id, self.cloud)

    @property
    def modification(self) -> VolumeModification | None:
        """Its last change by `update`; None if there was none. One request. AWS: ec2:DescribeVolumesModifications."""
        return modification.last_modification(self)

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        size_gib: int | None,
        zone: Zone | str,
        *,
        type: VolumeType | str = VolumeType.GP3,
        iops: int | None = None,
        throughput_mib: int | None = None,
        snapshot: Snapshot | str | None = None,
        encrypted: bool = True,
        kms_key: str | None = None,
        name: str | None = None,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Make a volume, which costs money until it is deleted. One request; `wait("available")` waits for it.

        The call carries a token, so that a repeated request makes nothing twice.

        Args:
            size_gib: GiB: 1 to 65,536 for gp3, other types have other ranges. None: the size of the snapshot.
            zone: The zone that it is in, or its name, as are the instances that may have it: `box.zone`.
            type: `"gp3"`, `"gp2"`, `"io2"`, `"io1"`, `"st1"`, `"sc1"` or `"standard"`.
            iops: For gp3 3,000 to 80,000, default 3,000; io1 and io2 need it.
            throughput_mib: MiB a second, for gp3 alone: 125 to 2,000, default 125.
            snapshot: What is on it, or its id. Default: nothing.
            encrypted: Whether it is encrypted. False: as the snapshot and the account's setting say.
            kms_key: The key that encrypts it: id, ARN or alias. Default: the account's key for volumes.
            name: The tag `Name`.
            tags: Its tags.
            aws: More parameters of CreateVolume, as boto3 takes them.
            cloud: Where to make it. Default: the current Cloud.

        Returns:
            The volume.

        Raises:
            InvalidRequest: A volume of that type cannot be so; nothing was sent.
            SnapshotNotFound: The snapshot is not there.
            LimitExceeded: The account may not have as much.

        Examples:
            >>> Volume.create(100, box.zone, iops=4000, throughput_mib=250).encrypted
            True

        AWS: ec2:CreateVolume
        """
        cloud = cloud_or_current(cloud)
        kind = checked_type(type)
        if size_gib is None and snapshot is None:
            raise InvalidRequest("size_gib=None: without a snapshot a volume needs a size")
        if kms_key is not None and not encrypted:
            raise InvalidRequest("kms_key: with encrypted=False there is nothing for a key to do")
        settings = checked_settings(
            kind, size_gib=size_gib, iops=iops, throughput_mib=throughput_mib, new=True
        )
        answer = cloud.invoke(
            EC2,
            "create_volume",
            {
                "AvailabilityZone": str(zone),
                "VolumeType": str(kind),
                **settings,
                "SnapshotId": None if snapshot is None else str(snapshot),
                "Encrypted": encrypted or None,
                "KmsKeyId": kms_key,
                "TagSpecifications": tag_specifications(["volume"], named(tags, name)),
                "ClientToken": None if "ClientToken" in (aws or {}) else uuid.uuid4().hex,
            },
            aws=aws,
            about=zone,
        )
        cloud.remember(answer["VolumeId"], VolumeNotFound)
        return cls(answer["VolumeId"], cloud=cloud)._learn(answer, whole=False)

    @classmethod
    def get(cls, id: str, *, cloud: Cloud | None = None) -> Self:
        """Find a volume by its id. One request.

        Args:
            id: Such as `"vol-0123456789abcdef0"`.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The volume, loaded.

        Raises:
            VolumeNotFound: There is none.

        Examples:
            >>> Volume.get(volume.id).size_gib
            10

        AWS: ec2:DescribeVolumes
        """
        return cls(id, cloud=cloud).refresh()

    @classmethod
    def list(
        cls,
        *,
        state: Wanted = None,
        name: Wanted = None,
        tags: TagFilter | None = None,
        zone: Things = None,
        type: Wanted = None,
        instance: Instance | str | None = None,
        cloud: Cloud | None = None,
    ) -> Listing[Self]:
        """The volumes of the region that match all of these. One request for each 1,000.

        Args:
            state: Such as `"available"`, or several.
            name: Their tag `Name`, or several; `*` stands for any text.
            tags: Tags that they have; `"*"` for any value.
            zone: Their zone, or several.
            type: Their type, or several.
            instance: What they are attached to, or its id.
            cloud: Where they are. Default: the current Cloud.

        Returns:
            The volumes, loaded.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> [each.id for each in Volume.list(name="dat*")] == [volume.id]
            True

        AWS: ec2:DescribeVolumes
        """
        cloud = cloud_or_current(cloud)
        return search(
            cloud,
            "describe_volumes",
            "Volumes",
            lambda row: cls(row["VolumeId"], cloud=cloud)._learn(row, whole=True),
            of="Volume",
            filters={
                "status": state,
                f"tag:{NAME_TAG}": name,
                "availability-zone": zone,
                "volume-type": type,
                "attachment.instance-id": None if instance is None else str(instance),
            },
            tags=tags,
            page_rows=(MIN_ROWS_PER_PAGE, MAX_VOLUMES_PER_PAGE),
            MaxResults=MAX_VOLUMES_PER_PAGE,
        )

    @classmethod
    def find(
        cls,
        *,
        state: Wanted = None,
        name: Wanted = None,
        tags: TagFilter | None = None,
        zone: Things = None,
        instance: Instance | str | None = None,
        cloud: Cloud | None = None,
    ) -> Self | None:
        """Find the first volume that matches all of these. One request.

        Args:
            state: As in `list`, and so are the others.
            name: Its tag `Name`.
            tags: Tags that it has.
            zone: Its zone.
            instance: What it is attached to, or its id.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The volume, or None.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> Volume.find(name="data").id == volume.id
            True

        AWS: ec2:DescribeVolumes
        """
        return cls.list(state=state, name=name, tags=tags, zone=zone, instance=instance, cloud=cloud).first()

    @override
    def _load(self) -> Answer:
        answer = self._call("describe_volumes", VolumeIds=[self.id])
        return only(answer["Volumes"], VolumeNotFound, "DescribeVolumes", self)

    def _look(self) -> Sequence[Attachment]:
        return self.refresh().attachments

    # -- use -------------------------------------------------------------------------------------------------

    def attach(
        self,
        instance: Instance | str,
        device: str | None = None,
        *,
        timeout: Duration | None = WAIT_SECONDS,
    ) -> Attachment:
        """Attach it to an instance of its zone, and wait for it; fine if it is attached there. Two requests or more.

        Args:
            instance: The instance, running or stopped, or its id.
            device: The device name. Default: the first from `/dev/sdf` on (`xvdf` for Windows) that is free; if somebody takes it in between, the next one.
            timeout: Seconds until it is attached; None does not wait.

        Returns:
            How it is attached.

        Raises:
            Conflict: It is attached elsewhere, the instance is in no state for it, or no device name is free.
            InvalidRequest: The instance is in another zone, or EC2 takes no such device name.
            WaitTimeout: It was not attached in time.

        Examples:
            >>> volume.attach(box, "/dev/sdh").device
            '/dev/sdh'
            >>> volume.detach(box)

        AWS: ec2:DescribeInstances, ec2:AttachVolume, ec2:DescribeVolumes
        """
        try:
            return attaching.attach(self, self._look, str(instance), device=device, timeout=timeout)
        finally:
            self._unlearn()

    def detach(
        self,
        instance: Instance | str | None = None,
        *,
        force: bool = False,
        timeout: Duration | None = WAIT_SECONDS,
    ) -> None:
        """Take it off, and wait for that; fine if it is not attached. Three requests or more. Unmount it first.

        Args:
            instance: What to take it off, or its id. Default: all that it is attached to.
            force: Do not wait for the instance to let go of it: data may be lost.
            timeout: Seconds until it is off; None does not wait.

        Raises:
            Conflict: It is the root volume of a running instance.
            WaitTimeout: It was not off in time; the instance may have it mounted.
            VolumeNotFound: It is not there.

        Examples:
            >>> volume.detach()

        AWS: ec2:DescribeVolumes, ec2:DetachVolume
        """
        wanted = None if instance is None else str(instance)
        try:
            attaching.detach(self, self._look, wanted, force=force, timeout=timeout)
        finally:
            self._unlearn()

    def update(
        self,
        *,
        size_gib: int | None = None,
        type: VolumeType | str | None = None,
        iops: int | None = None,
        throughput_mib: int | None = None,
    ) -> Self:
        """Change it while it is used; fine if just that is under way. One or two requests; `wait_modified` waits.

        A file system on it has to be told to grow. AWS takes the next change when this one is complete, and four in 24 hours.

        Args:
            size_gib: GiB, not less than it has.
            type: As in `create`, and so are the others.
            iops: For gp3, io1 and io2.
            throughput_mib: MiB a second, for gp3.

        Returns:
            The volume itself.

        Raises:
            InvalidRequest: A volume of that type cannot be so.
            Conflict: Another change is not complete, or there were too many.
            VolumeNotFound: It is not there.

        Examples:
            >>> volume.update(size_gib=20).wait_modified().size_gib
            20

        AWS: ec2:DescribeVolumes, ec2:ModifyVolume, ec2:DescribeVolumesModifications
        """
        given = {"size_gib": size_gib, "type": type, "iops": iops, "throughput_mib": throughput_mib}
        if all(value is None for value in given.values()):
            return self
        kind = self.type if type is None else checked_type(type)
        settings = checked_settings(
            kind, size_gib=size_gib, iops=iops, throughput_mib=throughput_mib, new=False
        )
        changes = {**settings, "VolumeType": None if type is None else str(kind)}
        try:
            modification.modify(self, changes)
        finally:
            self._unlearn()
        return self

    def wait_modified(self, *, complete: bool = False, timeout: Duration | None = None) -> Self:
        """Wait until the last change is in force. One request a poll.

        Args:
            complete: Whether to wait until it is complete too, and AWS takes the next one: that may take hours.
            timeout: Seconds, more than 0. Default: five minutes; an hour with `complete`.

        Returns:
            The volume itself.

        Raises:
            WaitTimeout: It was not in force in time.
            WaitFailed: AWS could not do it; `.reason` has AWS's words.

        Examples:
            >>> volume.update(iops=5000).wait_modified().modification.progress
            100

        AWS: ec2:DescribeVolumesModifications
        """
        patience = COPY_SECONDS if complete else WAIT_SECONDS
        modification.wait_modified(self, patience if timeout is None else timeout, complete=complete)
        self._unlearn()
        return self

    def snapshot(
        self,
        *,
        description: str | None = None,
        name: str | None = None,
        tags: TagMap | None = None,
        wait: bool = False,
        timeout: Duration | None = None,
    ) -> Snapshot:
        """Take a snapshot of what is on it now. One request. The volume may be used meanwhile.

        Args:
            description: Up to 255 characters.
            name: The tag `Name`.
            tags: Its tags.
            wait: Whether to wait until it is complete.
            timeout: Seconds for that. Default: an hour.

        Returns:
            The snapshot.

        Raises:
            VolumeNotFound: The volume is not there.
            WaitTimeout: It was not complete in time; it goes on.
            WaitFailed: AWS could not do it.

        Examples:
            >>> volume.snapshot(name="before-update", wait=True).progress
            100

        AWS: ec2:CreateSnapshot, ec2:DescribeSnapshots
        """
        from cloudkit.ec2.snapshot import Snapshot

        made = Snapshot.create(self, description=description, name=name, tags=tags, cloud=self.cloud)
        if not wait:
            return made
        return made.wait("completed") if timeout is None else made.wait("completed", timeout=timeout)

    def wait(self, state: VolumeState | str, *, timeout: Duration = WAIT_SECONDS) -> Self:
        """Wait until it is in a state. One request a poll: after 1 second, then less and less often.

        Args:
            state: `"available"`, `"in-use"` or `"deleted"`; one that AWS has forgotten is deleted.
            timeout: Seconds, more than 0.

        Returns:
            The volume itself.

        Raises:
            WaitTimeout: It was not there in time.
            WaitFailed: AWS could not make it, or it is gone.
            VolumeNotFound: It is not there.
            InvalidRequest: There is no such state.

        Examples:
            >>> volume.wait("available").state
            <VolumeState.AVAILABLE: 'available'>

        AWS: ec2:DescribeVolumes
        """
        return wait_for(
            self,
            str(state),
            states=list(VolumeState),
            dead_ends=_DEAD_ENDS.get(str(state), _ENDED),
            missing=VolumeNotFound,
            gone=VolumeState.DELETED,
            reason="StateMessage",
            timeout=timeout,
        )

    # -- the end ---------------------------------------------------------------------------------------------

    def delete(self, *, timeout: Duration = IN_USE_SECONDS) -> None:
        """Delete it and all that is on it; fine if it is gone. One request, more if it is being detached.

        Args:
            timeout: Seconds to wait for that.

        Raises:
            Conflict: It is attached, to what the error names.
            WaitTimeout: It was not detached in time.

        Examples:
            >>> Volume.create(1, box.zone).wait("available").delete()

        AWS: ec2:DeleteVolume, ec2:DescribeVolumes
        """
        try:
            deleting.delete(self, self._look, timeout)
        finally:
            self._unlearn()
