"""A machine image (AMI)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any, ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing
from cloudkit._core.params import as_text, one_of, tag_dict
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.service import service_named
from cloudkit._core.tags import Tags
from cloudkit.ec2._images import deregistering, sharing
from cloudkit.ec2._images.block_device import BlockDevice, block_devices_of
from cloudkit.ec2._images.systems import ARCHITECTURES, System, system_named
from cloudkit.ec2._limits import (
    COPY_SECONDS,
    MAX_IMAGE_NAME_CHARACTERS,
    MAX_IMAGES_PER_PAGE,
    MIN_IMAGE_NAME_CHARACTERS,
)
from cloudkit.ec2._ready import wait_for
from cloudkit.ec2._search import TagFilter, Wanted, choices, only, search
from cloudkit.ec2._service import EC2
from cloudkit.ec2._tags import tag_specifications, tags_of
from cloudkit.ec2.errors import ImageNotFound
from cloudkit.errors import InvalidRequest, NotFound
from cloudkit.types import Answer, Duration, OpenEnum, TagMap

SSM = service_named("ssm")
# What the names of public parameters begin with.
_PARAMETER = "/"


class ImageState(OpenEnum):
    """What an image can be."""

    PENDING = "pending"
    AVAILABLE = "available"
    INVALID = "invalid"
    DEREGISTERED = "deregistered"
    TRANSIENT = "transient"
    FAILED = "failed"
    ERROR = "error"
    DISABLED = "disabled"


_ENDED = (ImageState.INVALID, ImageState.DEREGISTERED, ImageState.FAILED, ImageState.ERROR)
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@define(eq=False, repr=False)
class Image(Resource):
    """A machine image, by its id. Making one calls nothing. The same system has another id in each region.

    Args:
        id: Such as `"ami-0123456789abcdef0"`.
        cloud: Where it is. Default: the current Cloud.

    Examples:
        >>> Image.latest("al2023").architecture
        'x86_64'

    AWS: none
    """

    _service = EC2
    _boto3_name: ClassVar[str | None] = "Image"
    _shown = ("Name",)

    id: str = field()

    state: ClassVar[Attribute[ImageState]] = attribute("State", ImageState, volatile=True)
    name: ClassVar[Attribute[str | None]] = attribute("Name", str, optional=True)
    description: ClassVar[Attribute[str | None]] = attribute("Description", str, optional=True)
    created: ClassVar[Attribute[datetime | None]] = attribute("CreationDate", datetime, optional=True)
    deprecated: ClassVar[Attribute[datetime | None]] = attribute("DeprecationTime", datetime, optional=True)
    architecture: ClassVar[Attribute[str]] = attribute("Architecture", str)
    owner: ClassVar[Attribute[str]] = attribute("OwnerId", str)
    platform: ClassVar[Attribute[str | None]] = attribute("PlatformDetails", str, optional=True)
    public: ClassVar[Attribute[bool]] = attribute("Public", bool)
    root_device: ClassVar[Attribute[str | None]] = attribute("RootDeviceName", str, optional=True)
    state_reason: ClassVar[Attribute[str | None]] = attribute("StateReason.Message", str, optional=True)
    _devices = attribute("BlockDeviceMappings", block_devices_of, optional=True)
    _tag_rows = attribute("Tags", tag_dict, optional=True)

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set."""
        return tags_of(self, lambda: self.id, lambda: self._tag_rows, self._unlearn)

    @property
    def block_devices(self) -> Sequence[BlockDevice]:
        """The disks that an instance of it gets."""
        return self._devices or ()

    @property
    def shared_with(self) -> Sequence[str]:
        """The accounts and organizations it is shared with, `"all"` for everybody. One request. AWS: ec2:DescribeImageAttribute."""
        return sharing.shared_with(self)

    # -- finding ---------------------------------------------------------------------------------------------

    @classmethod
    def latest(cls, name: str, *, arch: str = "x86_64", cloud: Cloud | None = None) -> Self:
        """Find the newest image of an operating system, as its maker publishes it. One request in five minutes.

        The id comes from the Systems Manager's public parameters; in a region that has no such parameter a second
        request looks through the maker's images.

        Args:
            name: `"al2023"`, `"al2023-minimal"`, `"al2"`, `"ubuntu-24.04"`, `"ubuntu-22.04"`, `"debian-13"`,
                `"debian-12"`, `"debian-11"`, `"windows-2025"`, `"windows-2022"`, `"windows-2019"`; or the name of
                any public parameter, such as `"/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"`.
            arch: `"x86_64"` or `"arm64"`.
            cloud: Where to look. Default: the current Cloud.

        Returns:
            The image.

        Raises:
            ImageNotFound: There is none in this region.
            InvalidRequest: There is no system of that name, or not for that architecture.

        Examples:
            >>> Image.latest("al2023", arch="arm64").architecture
            'arm64'

        AWS: ssm:GetParameter, ec2:DescribeImages
        """
        cloud = cloud_or_current(cloud)
        one_of("arch", arch, ARCHITECTURES)
        system = None if name.startswith(_PARAMETER) else system_named(name)
        own = arch if system is None else system.arch(arch)
        parameter = name if system is None else system.parameter.format(arch=own)
        found = cloud.lookup(
            ("image", parameter), lambda: cls._published(cloud, name, parameter, system, own)
        )
        return cls(found, cloud=cloud)

    @classmethod
    def _published(cls, cloud: Cloud, name: str, parameter: str, system: System | None, arch: str) -> str:
        try:
            answer = cloud.invoke(SSM, "get_parameter", {"Name": parameter}, about=name)
            return str(answer["Parameter"]["Value"])
        except NotFound as error:
            newest = None
            if system is not None:
                pattern = system.pattern.format(arch=arch)
                newest = cls.find(owner=system.owner, name=pattern, cloud=cloud)
            if newest is None:
                raise ImageNotFound(
                    f"no image of {name} for {arch} is published in {cloud.region}",
                    service=EC2.name,
                    resource=name,
                ) from error
            return newest.id

    @classmethod
    def get(cls, id: str, *, cloud: Cloud | None = None) -> Self:
        """Find an image by its id. One request.

        Args:
            id: Such as `"ami-0123456789abcdef0"`.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The image, loaded.

        Raises:
            ImageNotFound: There is none in this region that you may see.

        Examples:
            >>> Image.get(image.id).state
            <ImageState.AVAILABLE: 'available'>

        AWS: ec2:DescribeImages
        """
        return cls(id, cloud=cloud).refresh()

    @classmethod
    def list(
        cls,
        *,
        owner: str | Sequence[str] = "self",
        name: Wanted = None,
        arch: Wanted = None,
        tags: TagFilter | None = None,
        cloud: Cloud | None = None,
    ) -> Listing[Self]:
        """The images of an owner, the newest first. AWS gives no order, so all pages are read: one request each.

        Args:
            owner: `"self"`, `"amazon"`, `"aws-marketplace"`, the number of an account, or several of these.
            name: Their name, or several; `*` stands for any text.
            arch: `"x86_64"`, `"arm64"` ...
            tags: Tags that they have; `"*"` for any value.
            cloud: Where to look. Default: the current Cloud.

        Returns:
            The images.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> Image.list(owner="amazon", name="al2023-ami-2023.*", arch="arm64").first().architecture
            'arm64'

        AWS: ec2:DescribeImages
        """
        cloud = cloud_or_current(cloud)
        as_given = search(
            cloud,
            "describe_images",
            "Images",
            lambda row: cls(row["ImageId"], cloud=cloud)._learn(row, whole=True),
            of="Image",
            filters={"name": name, "architecture": arch},
            tags=tags,
            Owners=choices(owner),
            MaxResults=MAX_IMAGES_PER_PAGE,
        )

        def fetch(_: int | None) -> Iterator[Sequence[Self]]:
            yield sorted(as_given, key=lambda image: str(image._known("CreationDate")), reverse=True)

        return Listing(fetch, "Image")

    @classmethod
    def find(
        cls,
        *,
        owner: str | Sequence[str] = "self",
        name: Wanted = None,
        arch: Wanted = None,
        tags: TagFilter | None = None,
        cloud: Cloud | None = None,
    ) -> Self | None:
        """Find the newest of the images that match. One request a page.

        Args:
            owner: As in `list`, and so are the others.
            name: Their name, or several; `*` stands for any text.
            arch: `"x86_64"`, `"arm64"` ...
            tags: Tags that they have.
            cloud: Where to look. Default: the current Cloud.

        Returns:
            The image, or None.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> Image.find(name="no-such-image") is None
            True

        AWS: ec2:DescribeImages
        """
        return cls.list(owner=owner, name=name, arch=arch, tags=tags, cloud=cloud).first()

    @override
    def _load(self) -> Answer:
        answer = self._call("describe_images", ImageIds=[self.id])
        return only(answer["Images"], ImageNotFound, "DescribeImages", self)

    def wait(self, state: ImageState | str = "available", *, timeout: Duration = COPY_SECONDS) -> Self:
        """Wait until it is in a state. One request a poll: after 1 second, then less and less often.

        Args:
            state: Such as `"available"`.
            timeout: Seconds, more than 0. Default: an hour.

        Returns:
            The image itself.

        Raises:
            WaitTimeout: It was not there in time; it goes on.
            WaitFailed: AWS could not make it; `.reason` has AWS's words.
            ImageNotFound: It is not there.
            InvalidRequest: There is no such state.

        Examples:
            >>> image.wait().state
            <ImageState.AVAILABLE: 'available'>

        AWS: ec2:DescribeImages
        """
        return wait_for(
            self,
            str(state),
            states=list(ImageState),
            dead_ends=_ENDED,
            missing=ImageNotFound,
            gone=None,
            reason="StateReason.Message",
            timeout=timeout,
        )

    # -- use -------------------------------------------------------------------------------------------------

    def copy_to(
        self,
        region: str,
        *,
        name: str | None = None,
        description: str | None = None,
        encrypted: bool = False,
        kms_key: str | None = None,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> Self:
        """Copy it to a region, this one or another. One or two requests; `wait()` on the copy waits for it.

        The call carries a token, so that a repeated request copies nothing twice.

        Args:
            region: Such as `"eu-west-1"`.
            name: The name of the copy, 3 to 128 characters. Default: the same.
            description: Of the copy. Default: none.
            encrypted: Whether its disks are encrypted; those that are stay so in any case.
            kms_key: The key there that encrypts them: id, ARN or alias. Default: the account's key for volumes.
            tags: Tags of the copy and its snapshots. Default: those of the image.
            aws: More parameters of CopyImage, as boto3 takes them.

        Returns:
            The copy.

        Raises:
            ImageNotFound: It is not there.
            InvalidRequest: EC2 takes no such name.
            LimitExceeded: Too many copies are under way.

        Examples:
            >>> image.copy_to("eu-west-1", name="golden", encrypted=True).wait().name
            'golden'

        AWS: ec2:CopyImage, ec2:DescribeImages
        """
        if kms_key is not None and not encrypted:
            raise InvalidRequest("kms_key: it encrypts, so say so too", hint="encrypted=True")
        text = self.name or self.id if name is None else name
        there = self.cloud.in_region(region)
        answer = there.invoke(
            EC2,
            "copy_image",
            {
                "SourceImageId": self.id,
                "SourceRegion": self.cloud.region,
                "Name": as_text("name", text, MIN_IMAGE_NAME_CHARACTERS, MAX_IMAGE_NAME_CHARACTERS),
                "Description": description,
                "Encrypted": encrypted or None,
                "KmsKeyId": kms_key,
                "CopyImageTags": True if tags is None else None,
                "TagSpecifications": tag_specifications(["image", "snapshot"], tags),
                "ClientToken": None if "ClientToken" in (aws or {}) else uuid.uuid4().hex,
            },
            aws=aws,
            about=self,
        )
        there.remember(answer["ImageId"], ImageNotFound)
        return type(self)(answer["ImageId"], cloud=there)

    def share(
        self,
        accounts: str | Iterable[str] | None = None,
        *,
        organizations: str | Iterable[str] | None = None,
        public: bool = False,
    ) -> None:
        """Let others launch instances of it. One request. Encrypted disks need a key that they may use.

        Args:
            accounts: The number of an account, or several.
            organizations: The ARN of an organization or of a unit of one, or several.
            public: Yes, everybody shall have what is on it.

        Raises:
            InvalidRequest: Nobody is named, or nobody of that number or ARN; or AWS takes it not as it is.
            ImageNotFound: It is not there.

        Examples:
            >>> image.share("111122223333")
            >>> "111122223333" in image.shared_with
            True

        AWS: ec2:ModifyImageAttribute
        """
        sharing.change(self, "Add", sharing.permissions(accounts, organizations, public=public))
        self._unlearn()

    def unshare(
        self,
        accounts: str | Iterable[str] | None = None,
        *,
        organizations: str | Iterable[str] | None = None,
        public: bool = False,
    ) -> None:
        """Take it from others; fine if they have it not. One request. Their instances stay.

        Args:
            accounts: The number of an account, or several.
            organizations: The ARN of an organization or of a unit of one, or several.
            public: Whether to take it from everybody who is not named.

        Raises:
            InvalidRequest: Nobody is named, or nobody of that number or ARN.
            ImageNotFound: It is not there.

        Examples:
            >>> image.unshare("111122223333")

        AWS: ec2:ModifyImageAttribute
        """
        sharing.change(self, "Remove", sharing.permissions(accounts, organizations, public=public))
        self._unlearn()

    def deprecate(self, at: datetime | None) -> None:
        """Say from when on it is out of date: `list` of other accounts leaves it out then. One request.

        Args:
            at: When, with its time zone; within ten years. None takes it back.

        Raises:
            InvalidRequest: The time is over, or says no time zone.
            ImageNotFound: It is not there.

        Examples:
            >>> image.deprecate(datetime(2020, 1, 1, tzinfo=timezone.utc))
            Traceback (most recent call last):
            cloudkit.errors.InvalidRequest: at=2020-01-01 00:00:00+00:00: that is over

        AWS: ec2:EnableImageDeprecation, ec2:DisableImageDeprecation
        """
        if at is None:
            self._call("disable_image_deprecation", ImageId=self.id)
        else:
            self._call("enable_image_deprecation", ImageId=self.id, DeprecateAt=_checked_time(at))
        self._unlearn()

    # -- the end ---------------------------------------------------------------------------------------------

    def deregister(self, *, snapshots: bool = False) -> None:
        """Take it back, so that nobody launches it any more; fine if it is gone. One request, with snapshots two.

        Instances of it go on.

        Args:
            snapshots: Delete the snapshots that it is made of too, but those that other images are made of.

        Raises:
            Conflict: It is protected against that.
            BatchError: It is taken back, and `.failed` says which snapshots are left and why.

        Examples:
            >>> copy = image.copy_to("us-east-1", name="temporary").wait()
            >>> copy.deregister(snapshots=True)
            >>> copy.exists()
            False

        AWS: ec2:DescribeImages, ec2:DeregisterImage, ec2:DeleteSnapshot
        """
        ids: Sequence[str] = ()
        if snapshots:
            with suppress(ImageNotFound):
                ids = [each.snapshot_id for each in self.block_devices if each.snapshot_id]
        try:
            deregistering.deregister(self, ids if snapshots else None)
        finally:
            self.cloud.forget(self.id)
            self._unlearn()


def _checked_time(at: datetime) -> str:
    if at.tzinfo is None:
        raise InvalidRequest(f"at={at}: it has no time zone", hint="datetime(..., tzinfo=timezone.utc)")
    if at <= datetime.now(timezone.utc):
        raise InvalidRequest(f"at={at}: that is over")
    return at.astimezone(timezone.utc).strftime(_TIME)
