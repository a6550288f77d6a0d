"""A machine image (AMI)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing
from cloudkit._core.params import one_of, tag_dict
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.service import service_named
from cloudkit._core.tags import Tags
from cloudkit.ec2._limits import MAX_IMAGES_PER_PAGE
from cloudkit.ec2._search import TagFilter, Wanted, choices, only, search
from cloudkit.ec2._service import EC2
from cloudkit.ec2._systems import ARCHITECTURES, System, system_named
from cloudkit.ec2._tags import tags_of
from cloudkit.ec2.errors import ImageNotFound
from cloudkit.errors import NotFound
from cloudkit.types import Answer, OpenEnum

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
    _tag_rows = attribute("Tags", tag_dict, optional=True)

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set."""
        return tags_of(self, lambda: self.id, lambda: self._tag_rows, self._unlearn)

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
