"""A snapshot: what was on a volume at some moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing
from cloudkit._core.params import as_text, tag_dict
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags
from cloudkit.ec2._accounts import checked_accounts
from cloudkit.ec2._limits import (
    COPY_SECONDS,
    MAX_RULE_TEXT_CHARACTERS,
    MAX_SNAPSHOTS_PER_PAGE,
    MIN_ROWS_PER_PAGE,
    WAIT_SECONDS,
)
from cloudkit.ec2._once import Made, make_once
from cloudkit.ec2._ready import wait_for
from cloudkit.ec2._search import TagFilter, Wanted, choices, only, search
from cloudkit.ec2._service import EC2
from cloudkit.ec2._snapshots import sharing
from cloudkit.ec2._snapshots.temporary import volume_of
from cloudkit.ec2._tags import NAME_TAG, named, tags_of
from cloudkit.ec2._volumes.settings import VolumeType
from cloudkit.ec2.errors import SnapshotNotFound
from cloudkit.ec2.volume import Volume
from cloudkit.errors import InvalidRequest
from cloudkit.types import Answer, Duration, OpenEnum, TagMap

if TYPE_CHECKING:
    from cloudkit.ec2.instance import Instance


class SnapshotState(OpenEnum):
    """What a snapshot can be."""

    PENDING = "pending"
    COMPLETED = "completed"
    ERROR = "error"
    RECOVERABLE = "recoverable"
    RECOVERING = "recovering"


_ENDED = (SnapshotState.ERROR,)

_MADE = Made(
    "snapshot",
    "describe_snapshots",
    "Snapshots",
    "SnapshotId",
    lambda cloud, row: Snapshot(row["SnapshotId"], cloud=cloud).delete(),
    where={"OwnerIds": ["self"]},
)


def _percent(value: str) -> int:
    return int(value.rstrip("%") or 0)


@define(eq=False, repr=False)
class Snapshot(Resource):
    """A snapshot, by its id. Making one calls nothing.

    Args:
        id: Such as `"snap-0123456789abcdef0"`.
        cloud: Where it is. Default: the current Cloud.

    Examples:
        >>> with volume.snapshot(wait=True).temporary_volume(attach=box) as copy:
        ...     print(copy.size_gib, copy.attachments[0].device)
        10 /dev/sdf

    AWS: none
    """

    _service = EC2
    _boto3_name: ClassVar[str | None] = "Snapshot"
    _shown = ("State",)

    id: str = field()

    state: ClassVar[Attribute[SnapshotState]] = attribute("State", SnapshotState, volatile=True)
    progress: ClassVar[Attribute[int | None]] = attribute("Progress", _percent, optional=True, volatile=True)
    message: ClassVar[Attribute[str | None]] = attribute("StateMessage", str, optional=True, volatile=True)
    size_gib: ClassVar[Attribute[int]] = attribute("VolumeSize", int)
    volume_id: ClassVar[Attribute[str | None]] = attribute("VolumeId", str, optional=True)
    description: ClassVar[Attribute[str | None]] = attribute("Description", str, optional=True)
    started: ClassVar[Attribute[datetime]] = attribute("StartTime", datetime)
    encrypted: ClassVar[Attribute[bool]] = attribute("Encrypted", bool)
    kms_key: ClassVar[Attribute[str | None]] = attribute("KmsKeyId", str, optional=True)
    owner: ClassVar[Attribute[str]] = attribute("OwnerId", str)
    _tag_rows = attribute("Tags", tag_dict, optional=True)

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set."""
        return tags_of(self, lambda: self.id, lambda: self._tag_rows, self._unlearn)

    @property
    def name(self) -> str | None:
        """Its tag `Name`, or None."""
        return self.tags.get(NAME_TAG)

    @property
    def shared_with(self) -> Sequence[str]:
        """The accounts it is shared with, `"all"` for everybody. One request. AWS: ec2:DescribeSnapshotAttribute."""
        return sharing.shared_with(self)

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        volume: Volume | str,
        *,
        description: str | None = None,
        name: str | None = None,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Take a snapshot of what is on a volume now. One request; `wait("completed")` waits for it.

        A token among its tags, which `tags` does not show, tells what a repeated request has made: it is there once.

        Args:
            volume: The volume, or its id; it may be used meanwhile.
            description: Up to 255 characters.
            name: The tag `Name`.
            tags: Its tags.
            aws: More parameters of CreateSnapshot, as boto3 takes them.
            cloud: Where the volume is. Default: the current Cloud.

        Returns:
            The snapshot.

        Raises:
            VolumeNotFound: The volume is not there.
            Throttled: There are too many of that volume at once.

        Examples:
            >>> Snapshot.create(volume, description="nightly").description
            'nightly'

        AWS: ec2:CreateSnapshot
        """
        cloud = cloud_or_current(cloud)
        params = {"VolumeId": str(volume), "Description": _checked_text(description)}
        answer = make_once(
            cloud, _MADE, "create_snapshot", params, tags=named(tags, name), aws=aws, about=volume
        )
        cloud.remember(answer["SnapshotId"], SnapshotNotFound)
        return cls(answer["SnapshotId"], cloud=cloud)._learn(answer, whole=False)

    @classmethod
    def get(cls, id: str, *, cloud: Cloud | None = None) -> Self:
        """Find a snapshot by its id. One request.

        Args:
            id: Such as `"snap-0123456789abcdef0"`.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The snapshot, loaded.

        Raises:
            SnapshotNotFound: There is none that this account may see.

        Examples:
            >>> Snapshot.get(snapshot.id).state
            <SnapshotState.COMPLETED: 'completed'>

        AWS: ec2:DescribeSnapshots
        """
        return cls(id, cloud=cloud).refresh()

    @classmethod
    def list(
        cls,
        *,
        owner: str | Sequence[str] = "self",
        state: Wanted = None,
        name: Wanted = None,
        tags: TagFilter | None = None,
        volume: Volume | str | None = None,
        cloud: Cloud | None = None,
    ) -> Listing[Self]:
        """The snapshots of an owner that match all of these. One request for each 1,000.

        Args:
            owner: `"self"`, `"amazon"`, the number of an account, or several of these.
            state: Such as `"completed"`, or several.
            name: Their tag `Name`, or several; `*` stands for any text.
            tags: Tags that they have; `"*"` for any value.
            volume: What they were taken of, or its id.
            cloud: Where they are. Default: the current Cloud.

        Returns:
            The snapshots, loaded.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> snapshot in Snapshot.list(volume=volume).to_list()
            True

        AWS: ec2:DescribeSnapshots
        """
        cloud = cloud_or_current(cloud)
        return search(
            cloud,
            "describe_snapshots",
            "Snapshots",
            lambda row: cls(row["SnapshotId"], cloud=cloud)._learn(row, whole=True),
            of="Snapshot",
            filters={
                "status": state,
                f"tag:{NAME_TAG}": name,
                "volume-id": None if volume is None else str(volume),
            },
            tags=tags,
            page_rows=(MIN_ROWS_PER_PAGE, MAX_SNAPSHOTS_PER_PAGE),
            OwnerIds=choices(owner),
            MaxResults=MAX_SNAPSHOTS_PER_PAGE,
        )

    @classmethod
    def find(
        cls,
        *,
        owner: str | Sequence[str] = "self",
        state: Wanted = None,
        name: Wanted = None,
        tags: TagFilter | None = None,
        volume: Volume | str | None = None,
        cloud: Cloud | None = None,
    ) -> Self | None:
        """Find the newest snapshot that matches all of these. One request for each 1,000, since AWS gives no order.

        Args:
            owner: As in `list`, and so are the others.
            state: Such as `"completed"`.
            name: Its tag `Name`.
            tags: Tags that it has.
            volume: What it was taken of, or its id.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The snapshot, or None.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> Snapshot.find(volume=volume, state="completed") == snapshot
            True

        AWS: ec2:DescribeSnapshots
        """
        found = cls.list(owner=owner, state=state, name=name, tags=tags, volume=volume, cloud=cloud)
        return max(found, key=lambda each: str(each._known("StartTime")), default=None)

    @override
    def _load(self) -> Answer:
        answer = self._call("describe_snapshots", SnapshotIds=[self.id])
        return only(answer["Snapshots"], SnapshotNotFound, "DescribeSnapshots", self)

    # -- use -------------------------------------------------------------------------------------------------

    def temporary_volume(
        self,
        *,
        zone: str | None = None,
        attach: Instance | str | None = None,
        device: str | None = None,
        type: VolumeType | str = VolumeType.GP3,
        encrypted: bool = True,
        timeout: Duration = WAIT_SECONDS,
    ) -> AbstractContextManager[Volume]:
        """A volume of it for as long as a block takes: ready at the start, taken off and deleted at the end.

        It is deleted however the block ends, and if it never gets ready. Unmount it before the block ends.

        Args:
            zone: The zone that it is in. Default: that of the instance.
            attach: The instance to attach it to, or its id. Default: none.
            device: The device name. Default: one that is free.
            type: As in `Volume.create`.
            encrypted: As in `Volume.create`.
            timeout: Seconds for each wait: until it is ready, attached, and off again.

        Returns:
            A context manager that gives the volume.

        Raises:
            InvalidRequest: Neither zone nor instance is given.
            WaitFailed: AWS could not make the volume.

        Examples:
            >>> with snapshot.temporary_volume(zone=box.zone) as copy:
            ...     print(copy.state)
            available
            >>> copy.exists()
            False

        AWS: ec2:DescribeInstances, ec2:CreateVolume, ec2:DescribeVolumes, ec2:AttachVolume, ec2:DetachVolume, ec2:DeleteVolume
        """
        return volume_of(
            self.id,
            self.cloud,
            zone=zone,
            instance_id=None if attach is None else str(attach),
            device=device,
            timeout=timeout,
            type=type,
            encrypted=encrypted,
        )

    def copy_to(
        self,
        region: str,
        *,
        encrypted: bool = True,
        kms_key: str | None = None,
        description: str | None = None,
        tags: TagMap | None = None,
    ) -> Self:
        """Copy it to a region, this one or another. Two requests; `wait("completed")` on the copy waits for it.

        Args:
            region: Such as `"eu-west-1"`.
            encrypted: Whether the copy is encrypted. That of an encrypted one always is.
            kms_key: The key there that encrypts it: id, ARN or alias. Default: the account's key for volumes.
            description: Up to 255 characters. Default: its own.
            tags: Tags of the copy. Default: its own.

        Returns:
            The copy.

        Raises:
            SnapshotNotFound: It is not there.
            LimitExceeded: Too many copies are under way.
            InvalidRequest: A key for a copy that is not encrypted.

        Examples:
            >>> snapshot.copy_to("eu-west-1").wait("completed").encrypted
            True

        AWS: ec2:CopySnapshot, ec2:DescribeSnapshots
        """
        if kms_key is not None and not encrypted:
            raise InvalidRequest("kms_key: with encrypted=False there is nothing for a key to do")
        text = _checked_text(self.description if description is None else description)
        there = self.cloud.in_region(region)
        params = {
            "SourceRegion": self.cloud.region,
            "SourceSnapshotId": self.id,
            "Description": text or None,
            # False is no value of it: AWS decides then.
            "Encrypted": encrypted or None,
            "KmsKeyId": kms_key,
        }
        own = dict(self.tags) if tags is None else tags
        kept = {key: value for key, value in own.items() if not key.startswith("aws:")}
        answer = make_once(there, _MADE, "copy_snapshot", params, tags=kept, about=self)
        there.remember(answer["SnapshotId"], SnapshotNotFound)
        return type(self)(answer["SnapshotId"], cloud=there)

    def share(self, accounts: str | Iterable[str] | None = None, *, public: bool = False) -> None:
        """Let other accounts make volumes of it. One request. An encrypted one needs a key that they may use.

        Args:
            accounts: The number of an account, or several.
            public: Yes, everybody shall have what is on it.

        Raises:
            InvalidRequest: Nobody is named, or that is no number of an account; or AWS takes it not as it is.
            SnapshotNotFound: It is not there.

        Examples:
            >>> snapshot.share("111122223333")
            >>> snapshot.shared_with
            ('111122223333',)

        AWS: ec2:ModifySnapshotAttribute
        """
        self._change_sharing("add", accounts, public=public)

    def unshare(self, accounts: str | Iterable[str] | None = None, *, public: bool = False) -> None:
        """Take it from other accounts; fine if they have it not. One request. What they made of it stays theirs.

        Args:
            accounts: The number of an account, or several.
            public: Whether to take it from everybody who is not named.

        Raises:
            InvalidRequest: Nobody is named, or that is no number of an account.
            SnapshotNotFound: It is not there.

        Examples:
            >>> snapshot.unshare("111122223333")

        AWS: ec2:ModifySnapshotAttribute
        """
        self._change_sharing("remove", accounts, public=public)

    def _change_sharing(
        self, how: sharing.Change, accounts: str | Iterable[str] | None, *, public: bool
    ) -> None:
        numbers = checked_accounts(accounts)
        if not numbers and not public:
            raise InvalidRequest(
                "nobody is named", hint="accounts='123456789012'; public=True is for everybody"
            )
        sharing.change(self, how, numbers, public=public)

    def wait(self, state: SnapshotState | str = "completed", *, timeout: Duration = COPY_SECONDS) -> Self:
        """Wait until it is in a state. One request a poll: after 1 second, then less and less often.

        Args:
            state: Such as `"completed"`.
            timeout: Seconds, more than 0. Default: an hour.

        Returns:
            The snapshot itself.

        Raises:
            WaitTimeout: It was not there in time; it goes on.
            WaitFailed: AWS could not do it; `.reason` has AWS's words.
            SnapshotNotFound: It is not there.
            InvalidRequest: There is no such state.

        Examples:
            >>> snapshot.wait().progress
            100

        AWS: ec2:DescribeSnapshots
        """
        return wait_for(
            self,
            str(state),
            states=list(SnapshotState),
            dead_ends=_ENDED,
            missing=SnapshotNotFound,
            gone=None,
            reason="StateMessage",
            timeout=timeout,
        )

    # -- the end ---------------------------------------------------------------------------------------------

    def delete(self) -> None:
        """Delete it; fine if it is gone. One request. What was made of it stays.

        Raises:
            Conflict: An image is made of it.

        Examples:
            >>> volume.snapshot().delete()

        AWS: ec2:DeleteSnapshot
        """
        with suppress(SnapshotNotFound):
            self._call("delete_snapshot", SnapshotId=self.id)
        self.cloud.forget(self.id)
        self._unlearn()


def _checked_text(description: str | None) -> str | None:
    return None if description is None else as_text("description", description, 0, MAX_RULE_TEXT_CHARACTERS)
