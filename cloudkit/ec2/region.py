"""A region and its zones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing
from cloudkit._core.partitions import partition_of
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.service import service_named
from cloudkit.ec2._regions import NAME_PARAMETER, NAMES
from cloudkit.ec2._search import only, search
from cloudkit.ec2._service import EC2
from cloudkit.ec2.errors import RegionNotFound
from cloudkit.ec2.zone import OptIn, Zone, zone_of
from cloudkit.errors import NotFound
from cloudkit.types import Answer

SSM = service_named("ssm")


@define(eq=False, repr=False)
class Region(Resource):
    """A region, by its name. Making one calls nothing.

    Args:
        name: Such as `"eu-west-1"`.
        cloud: Whose account. Default: the current Cloud.

    Examples:
        >>> [zone.name for zone in Region("eu-west-1").zones]
        ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']
        >>> Region("sa-east-1").long_name
        'South America (São Paulo)'

    AWS: none
    """

    _service = EC2

    name: str = field()

    opt_in: ClassVar[Attribute[OptIn]] = attribute("OptInStatus", OptIn)
    endpoint: ClassVar[Attribute[str]] = attribute("Endpoint", str)

    @property
    def enabled(self) -> bool:
        """Whether the account can use it."""
        return self.opt_in != OptIn.NOT_OPTED_IN

    @property
    def partition(self) -> str:
        """The partition that it is in: `"aws"`, `"aws-cn"`, `"aws-us-gov"` ... What stands in its ARNs behind `arn:`."""
        return partition_of(self.name)

    @property
    def long_name(self) -> str:
        """What AWS calls it, such as `"Europe (Ireland)"`. One request if it is new. AWS: ssm:GetParameter."""
        known = NAMES.get(self.name)
        return known or self.cloud.lookup(("region-name", self.name), self._published_name)

    def _published_name(self) -> str:
        try:
            name = NAME_PARAMETER.format(region=self.name)
            answer = self.cloud.invoke(SSM, "get_parameter", {"Name": name}, about=self)
        except NotFound:
            return self.name
        return str(answer["Parameter"]["Value"])

    @property
    def zones(self) -> Sequence[Zone]:
        """The zones that the account can use there. One request. AWS: ec2:DescribeAvailabilityZones."""
        return self._zones(None)

    @property
    def all_zones(self) -> Sequence[Zone]:
        """Those too that the account would have to opt in to first. One request. AWS: ec2:DescribeAvailabilityZones."""
        return self._zones(True)

    def _zones(self, all: bool | None) -> Sequence[Zone]:
        # To that region: another one knows nothing of them.
        answer = self.cloud.in_region(self.name).invoke(
            EC2, "describe_availability_zones", {"AllAvailabilityZones": all}, about=self
        )
        return tuple(zone_of(row) for row in answer["AvailabilityZones"])

    @classmethod
    def get(cls, name: str, *, cloud: Cloud | None = None) -> Self:
        """Find a region by name, whether the account uses it or not. One request.

        Args:
            name: Such as `"eu-west-1"`.
            cloud: Whose account. Default: the current Cloud.

        Returns:
            The region, loaded.

        Raises:
            RegionNotFound: There is none of that name.

        Examples:
            >>> Region.get("eu-west-1").enabled
            True

        AWS: ec2:DescribeRegions
        """
        return cls(name, cloud=cloud).refresh()

    @classmethod
    def list(cls, *, all: bool = False, cloud: Cloud | None = None) -> Listing[Self]:
        """The regions that the account can use. One request.

        Args:
            all: Those too that the account would have to opt in to first.
            cloud: Whose account. Default: the current Cloud.

        Returns:
            The regions.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> Region("eu-west-1") in Region.list().to_list()
            True

        AWS: ec2:DescribeRegions
        """
        cloud = cloud_or_current(cloud)
        return search(
            cloud,
            "describe_regions",
            "Regions",
            lambda row: cls(row["RegionName"], cloud=cloud)._learn(row, whole=True),
            of="Region",
            filters={},
            keep=None if all else lambda region: region.enabled,
            AllRegions=True if all else None,
        )

    @override
    def _load(self) -> Answer:
        answer = self._call("describe_regions", RegionNames=[self.name], AllRegions=True)
        return only(answer["Regions"], RegionNotFound, "DescribeRegions", self)
