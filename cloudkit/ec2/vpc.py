"""A VPC: the network that instances are in."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import ClassVar

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
from cloudkit.ec2.errors import VpcNotFound
from cloudkit.ec2.subnet import Subnet
from cloudkit.types import Answer


@define(eq=False, repr=False)
class Vpc(Resource):
    """A VPC, by its id. Making one calls nothing.

    Args:
        id: Such as `"vpc-0123456789abcdef0"`; `Vpc.default()` is the one that instances are launched in.
        cloud: Where it is. Default: the current Cloud.

    Examples:
        >>> [subnet.zone for subnet in Vpc.default().subnets()][:2]
        ['us-east-1a', 'us-east-1b']

    AWS: none
    """

    _service = EC2
    _boto3_name: ClassVar[str | None] = "Vpc"
    _shown = ("CidrBlock",)

    id: str = field()

    network: ClassVar[Attribute[IPv4Network]] = attribute("CidrBlock", IPv4Network)
    state: ClassVar[Attribute[str]] = attribute("State", str, volatile=True)
    is_default: ClassVar[Attribute[bool]] = attribute("IsDefault", bool)
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
    def default(cls, *, cloud: Cloud | None = None) -> Self:
        """Find the account's default VPC in the region. One request.

        Args:
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The VPC, loaded.

        Raises:
            VpcNotFound: The account has none there: it was deleted.

        Examples:
            >>> Vpc.default().is_default
            True

        AWS: ec2:DescribeVpcs
        """
        cloud = cloud_or_current(cloud)
        answer = cloud.invoke(EC2, "describe_vpcs", {"Filters": [{"Name": "is-default", "Values": ["true"]}]})
        if not answer["Vpcs"]:
            raise VpcNotFound(
                f"the account has no default VPC in {cloud.region}",
                service=EC2.name,
                operation="DescribeVpcs",
                hint="give a subnet of another one, or make it again: `aws ec2 create-default-vpc`",
            )
        row = answer["Vpcs"][0]
        return cls(row["VpcId"], cloud=cloud)._learn(row, whole=True)

    @classmethod
    def get(cls, id: str, *, cloud: Cloud | None = None) -> Self:
        """Find a VPC by its id. One request.

        Args:
            id: Such as `"vpc-0123456789abcdef0"`.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The VPC, loaded.

        Raises:
            VpcNotFound: There is none.

        Examples:
            >>> Vpc.get(Vpc.default().id).network
            IPv4Network('172.31.0.0/16')

        AWS: ec2:DescribeVpcs
        """
        return cls(id, cloud=cloud).refresh()

    @classmethod
    def list(
        cls,
        *,
        name: Wanted = None,
        tags: TagFilter | None = None,
        cloud: Cloud | None = None,
    ) -> Listing[Self]:
        """The VPCs of the region. One request for each 1,000.

        Args:
            name: Their tag `Name`, or several; `*` stands for any text.
            tags: Tags that they have; `"*"` for any value.
            cloud: Where they are. Default: the current Cloud.

        Returns:
            The VPCs, loaded.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> Vpc.default() in Vpc.list().to_list()
            True

        AWS: ec2:DescribeVpcs
        """
        cloud = cloud_or_current(cloud)
        return search(
            cloud,
            "describe_vpcs",
            "Vpcs",
            lambda row: cls(row["VpcId"], cloud=cloud)._learn(row, whole=True),
            of="Vpc",
            filters={f"tag:{NAME_TAG}": name},
            tags=tags,
            page_rows=(MIN_ROWS_PER_PAGE, MAX_SUBNETS_PER_PAGE),
            MaxResults=MAX_SUBNETS_PER_PAGE,
        )

    @classmethod
    def find(
        cls, *, name: Wanted = None, tags: TagFilter | None = None, cloud: Cloud | None = None
    ) -> Self | None:
        """Find the first VPC that matches. One request.

        Args:
            name: Its tag `Name`; `*` stands for any text.
            tags: Tags that it has.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The VPC, or None.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> Vpc.find(name="no-such-vpc") is None
            True

        AWS: ec2:DescribeVpcs
        """
        return cls.list(name=name, tags=tags, cloud=cloud).first()

    def subnets(self, *, zone: Things = None) -> Listing[Subnet]:
        """Its subnets. One request for each 1,000.

        Args:
            zone: Their zone, or several.

        Returns:
            The subnets, loaded.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> Vpc.default().subnets(zone="us-east-1a").one().public
            True

        AWS: ec2:DescribeSubnets
        """
        return Subnet.list(vpc=self.id, zone=zone, cloud=self.cloud)

    @override
    def _load(self) -> Answer:
        answer = self._call("describe_vpcs", VpcIds=[self.id])
        return only(answer["Vpcs"], VpcNotFound, "DescribeVpcs", self)
