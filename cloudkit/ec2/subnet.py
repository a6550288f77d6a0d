"""A subnet: the part of a VPC that is in one zone."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING, ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing
from cloudkit._core.params import tag_dict
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags
from cloudkit.ec2._limits import MAX_SUBNETS_PER_PAGE, MIN_ROWS_PER_PAGE
from cloudkit.ec2._search import TagFilter, Things, Wanted, only, search
from cloudkit.ec2._service import EC2
from cloudkit.ec2._tags import NAME_TAG, tags_of
from cloudkit.ec2.errors import SubnetNotFound
from cloudkit.types import Answer

if TYPE_CHECKING:
    from cloudkit.ec2.vpc import Vpc


def _network(value: str) -> IPv4Network | None:
    # One that has IPv6 addresses alone has none.
    return IPv4Network(value) if value else None


@define(eq=False, repr=False)
class Subnet(Resource):
    """A subnet, by its id. Making one calls nothing.

    Args:
        id: Such as `"subnet-0123456789abcdef0"`.
        cloud: Where it is. Default: the current Cloud.

    Examples:
        >>> roomiest = max(Subnet.list(), key=lambda subnet: subnet.free_addresses)
        >>> Instance.launch("al2023", subnet=roomiest.id).subnet_id == roomiest.id
        True

    AWS: none
    """

    _service = EC2
    _boto3_name: ClassVar[str | None] = "Subnet"
    _shown = ("AvailabilityZone", "CidrBlock")

    id: str = field()

    network: ClassVar[Attribute[IPv4Network | None]] = attribute("CidrBlock", _network, optional=True)
    state: ClassVar[Attribute[str]] = attribute("State", str, volatile=True)
    vpc_id: ClassVar[Attribute[str]] = attribute("VpcId", str)
    zone: ClassVar[Attribute[str]] = attribute("AvailabilityZone", str)
    zone_id: ClassVar[Attribute[str | None]] = attribute("AvailabilityZoneId", str, optional=True)
    free_addresses: ClassVar[Attribute[int]] = attribute("AvailableIpAddressCount", int, volatile=True)
    is_default: ClassVar[Attribute[bool]] = attribute("DefaultForAz", bool)
    public: ClassVar[Attribute[bool]] = attribute("MapPublicIpOnLaunch", bool)
    owner: ClassVar[Attribute[str | None]] = attribute("OwnerId", str, optional=True)
    _tag_rows = attribute("Tags", tag_dict, optional=True)

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set."""
        return tags_of(self, lambda: self.id, lambda: self._tag_rows, self._unlearn)

    @property
    def name(self) -> str | None:
        """Its tag `Name`, or None."""
        return self.tags.get(NAME_TAG)

    @classmethod
    def get(cls, id: str, *, cloud: Cloud | None = None) -> Self:
        """Find a subnet by its id. One request.

        Args:
            id: Such as `"subnet-0123456789abcdef0"`.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The subnet, loaded.

        Raises:
            SubnetNotFound: There is none.

        Examples:
            >>> Subnet.get(box.subnet_id).zone == box.zone
            True

        AWS: ec2:DescribeSubnets
        """
        return cls(id, cloud=cloud).refresh()

    @classmethod
    def list(
        cls,
        *,
        vpc: Vpc | str | None = None,
        zone: Things = None,
        name: Wanted = None,
        tags: TagFilter | None = None,
        default: bool | None = None,
        cloud: Cloud | None = None,
    ) -> Listing[Self]:
        """The subnets of the region that match all of these. One request for each 1,000.

        Args:
            vpc: The VPC that they are in, or its id.
            zone: Their zone, or several.
            name: Their tag `Name`, or several; `*` stands for any text.
            tags: Tags that they have; `"*"` for any value.
            default: Those alone that instances are launched in if nothing is said; or those alone that are not.
            cloud: Where they are. Default: the current Cloud.

        Returns:
            The subnets, loaded.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> Subnet.list(zone="us-east-1a", default=True).one().zone
            'us-east-1a'

        AWS: ec2:DescribeSubnets
        """
        cloud = cloud_or_current(cloud)
        return search(
            cloud,
            "describe_subnets",
            "Subnets",
            lambda row: cls(row["SubnetId"], cloud=cloud)._learn(row, whole=True),
            of="Subnet",
            filters={
                "vpc-id": None if vpc is None else str(vpc),
                "availability-zone": zone,
                f"tag:{NAME_TAG}": name,
                "default-for-az": None if default is None else str(default).lower(),
            },
            tags=tags,
            page_rows=(MIN_ROWS_PER_PAGE, MAX_SUBNETS_PER_PAGE),
            MaxResults=MAX_SUBNETS_PER_PAGE,
        )

    @classmethod
    def find(
        cls,
        *,
        vpc: Vpc | str | None = None,
        zone: Things = None,
        name: Wanted = None,
        tags: TagFilter | None = None,
        default: bool | None = None,
        cloud: Cloud | None = None,
    ) -> Self | None:
        """Find the first subnet that matches all of these. One request.

        Args:
            vpc: As in `list`, and so are the others.
            zone: Its zone.
            name: Its tag `Name`.
            tags: Tags that it has.
            default: Whether instances are launched in it if nothing is said.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The subnet, or None.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> Subnet.find(zone="us-east-1b", default=True).free_addresses > 0
            True

        AWS: ec2:DescribeSubnets
        """
        return cls.list(vpc=vpc, zone=zone, name=name, tags=tags, default=default, cloud=cloud).first()

    @override
    def _load(self) -> Answer:
        answer = self._call("describe_subnets", SubnetIds=[self.id])
        return only(answer["Subnets"], SubnetNotFound, "DescribeSubnets", self)
