"""A region and its zones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from attrs import define, field, frozen
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit.ec2._search import only, search
from cloudkit.ec2._service import EC2
from cloudkit.ec2.errors import RegionNotFound
from cloudkit.types import Answer, OpenEnum


class OptIn(OpenEnum):
    """Whether the account has a region."""

    NOT_REQUIRED = "opt-in-not-required"
    OPTED_IN = "opted-in"
    NOT_OPTED_IN = "not-opted-in"


@frozen
class Zone:
    """A zone of a region.

    Attributes:
        name: Its name in this account, such as `"eu-west-1a"`.
        id: Its name in every account, such as `"euw1-az3"`.
        state: Such as `"available"`.
        type: `"availability-zone"`, `"local-zone"` or `"wavelength-zone"`.
    """

    name: str
    id: str
    state: str
    type: str


@define(eq=False, repr=False)
class Region(Resource):
    """A region, by its name. Making one calls nothing.

    Args:
        name: Such as `"eu-west-1"`.
        cloud: Whose account. Default: the current Cloud.

    Examples:
        >>> [zone.name for zone in Region("eu-west-1").zones]
        ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']

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
    def zones(self) -> Sequence[Zone]:
        """The zones that the account can use there. One request, to that region."""
        answer = self.cloud.in_region(self.name).invoke(EC2, "describe_availability_zones", {}, about=self)
        return tuple(
            Zone(
                row["ZoneName"],
                row.get("ZoneId", ""),
                row.get("State", ""),
                row.get("ZoneType", "availability-zone"),
            )
            for row in answer["AvailabilityZones"]
        )

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
