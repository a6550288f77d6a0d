"""An instance type: how large a machine is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing, paged
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit.ec2._limits import MAX_OFFERINGS_PER_PAGE, MAX_TYPES_PER_PAGE, MIN_ROWS_PER_PAGE
from cloudkit.ec2._quotas import quota, quota_class
from cloudkit.ec2._search import Wanted, only, search
from cloudkit.ec2._service import EC2
from cloudkit.ec2.errors import InstanceTypeNotFound
from cloudkit.types import Answer

_MIB = 1024**2
_MIB_PER_GIB = 1024
_SPOT = "spot"
_LINUX = "Linux/UNIX"


def _bytes(mib: int) -> int:
    return int(mib) * _MIB


def _count(rows: Sequence[Mapping[str, Any]]) -> int:
    return sum(int(row.get("Count", 1)) for row in rows)


def _texts(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(values)


@define(eq=False, repr=False)
class InstanceType(Resource):
    """An instance type, by its name. Making one calls nothing.

    Args:
        name: Such as `"t3.micro"`.
        cloud: Where it is looked at. Default: the current Cloud.

    Examples:
        >>> small = InstanceType("t4g.small")
        >>> small.vcpus, small.memory_gib, small.architectures
        (2, 2.0, ('arm64',))

    AWS: none
    """

    _service = EC2

    name: str = field()

    vcpus: ClassVar[Attribute[int]] = attribute("VCpuInfo.DefaultVCpus", int)
    cores: ClassVar[Attribute[int | None]] = attribute("VCpuInfo.DefaultCores", int, optional=True)
    memory_bytes: ClassVar[Attribute[int]] = attribute("MemoryInfo.SizeInMiB", _bytes)
    architectures: ClassVar[Attribute[tuple[str, ...]]] = attribute(
        "ProcessorInfo.SupportedArchitectures", _texts
    )
    clock_ghz: ClassVar[Attribute[float | None]] = attribute(
        "ProcessorInfo.SustainedClockSpeedInGhz", float, optional=True
    )
    current: ClassVar[Attribute[bool]] = attribute("CurrentGeneration", bool)
    burstable: ClassVar[Attribute[bool | None]] = attribute(
        "BurstablePerformanceSupported", bool, optional=True
    )
    bare_metal: ClassVar[Attribute[bool]] = attribute("BareMetal", bool)
    free_tier: ClassVar[Attribute[bool | None]] = attribute("FreeTierEligible", bool, optional=True)
    hypervisor: ClassVar[Attribute[str | None]] = attribute("Hypervisor", str, optional=True)
    usage_classes: ClassVar[Attribute[tuple[str, ...]]] = attribute("SupportedUsageClasses", _texts)
    network: ClassVar[Attribute[str | None]] = attribute("NetworkInfo.NetworkPerformance", str, optional=True)
    disks_gb: ClassVar[Attribute[int | None]] = attribute(
        "InstanceStorageInfo.TotalSizeInGB", int, optional=True
    )
    _gpus = attribute("GpuInfo.Gpus", _count, optional=True)

    @property
    def memory_gib(self) -> float:
        """Its memory in GiB."""
        return self.memory_bytes / _MIB / _MIB_PER_GIB

    @property
    def gpus(self) -> int:
        """How many GPUs it has."""
        return self._gpus or 0

    @property
    def family(self) -> str:
        """What stands before the dot, such as `"t3"`."""
        return self.name.partition(".")[0]

    @property
    def spot(self) -> bool:
        """Whether there are spot instances of it."""
        return _SPOT in self.usage_classes

    @property
    def quota_class(self) -> str | None:
        """The types that share a quota with it, in AWS's words; None if it is counted in hosts, as Macs are."""
        found = quota_class(self.name)
        return None if found is None else found.name

    @property
    def vcpu_quota(self) -> float | None:
        """The vCPUs that the account may run of its class; None if it is counted otherwise. One request. AWS: service-quotas:GetServiceQuota."""
        found = quota_class(self.name)
        return None if found is None else quota(self.cloud, found.on_demand)

    @property
    def spot_vcpu_quota(self) -> float | None:
        """The same for spot instances; None if there are none. One request. AWS: service-quotas:GetServiceQuota."""
        found = quota_class(self.name)
        return None if found is None or found.spot is None else quota(self.cloud, found.spot)

    # -- finding ---------------------------------------------------------------------------------------------

    @classmethod
    def get(cls, name: str, *, cloud: Cloud | None = None) -> Self:
        """Find an instance type by name. One request.

        Args:
            name: Such as `"t3.micro"`.
            cloud: Where to look. Default: the current Cloud.

        Returns:
            The type, loaded.

        Raises:
            InstanceTypeNotFound: There is none of that name, or not in this region.

        Examples:
            >>> InstanceType.get("m5.large").memory_gib
            8.0

        AWS: ec2:DescribeInstanceTypes
        """
        return cls(name, cloud=cloud).refresh()

    @classmethod
    def list(
        cls,
        *,
        name: Wanted = None,
        arch: Wanted = None,
        vcpus: int | None = None,
        current: bool | None = True,
        zone: str | None = None,
        cloud: Cloud | None = None,
    ) -> Listing[Self]:
        """The instance types of the region that match all of these. One request for each 100, one more for a zone.

        Args:
            name: Their name, or several; `*` stands for any text: `"t4g.*"`.
            arch: `"x86_64"` or `"arm64"`.
            vcpus: How many vCPUs they have.
            current: Those of the current generation alone; None: the older ones too.
            zone: Those alone that there are in that zone.
            cloud: Where to look. Default: the current Cloud.

        Returns:
            The types, loaded, in AWS's order, which is none.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> small = InstanceType.list(name="t4g.*", vcpus=2, zone="us-east-1a")
            >>> min(small, key=lambda each: each.memory_bytes).name
            't4g.nano'

        AWS: ec2:DescribeInstanceTypes, ec2:DescribeInstanceTypeOfferings
        """
        cloud = cloud_or_current(cloud)
        return search(
            cloud,
            "describe_instance_types",
            "InstanceTypes",
            lambda row: cls(row["InstanceType"], cloud=cloud)._learn(row, whole=True),
            of="InstanceType",
            filters={
                "instance-type": name,
                "processor-info.supported-architecture": arch,
                "vcpu-info.default-vcpus": None if vcpus is None else str(vcpus),
                "current-generation": None if current is None else str(current).lower(),
            },
            keep=None if zone is None else cls._offered(zone, cloud),
            page_rows=(MIN_ROWS_PER_PAGE, MAX_TYPES_PER_PAGE),
            MaxResults=MAX_TYPES_PER_PAGE,
        )

    @classmethod
    def _offered(cls, zone: str, cloud: Cloud) -> Callable[[Self], bool]:
        """Whether there is a type in a zone, which is asked once, when the first one comes."""
        there: set[str] = set()

        def keep(each: Self) -> bool:
            if not there:
                rows = _offerings(cloud, {"location": zone}, lambda row: str(row["InstanceType"]))
                there.update(rows, [""])
            return each.name in there

        return keep

    @classmethod
    def find(
        cls,
        *,
        name: Wanted = None,
        arch: Wanted = None,
        vcpus: int | None = None,
        current: bool | None = True,
        zone: str | None = None,
        cloud: Cloud | None = None,
    ) -> Self | None:
        """Find the matching instance type with the least memory. One request for each 100.

        Args:
            name: As in `list`, and so are the others.
            arch: `"x86_64"` or `"arm64"`.
            vcpus: How many vCPUs it has.
            current: Whether it is of the current generation.
            zone: A zone that has it.
            cloud: Where to look. Default: the current Cloud.

        Returns:
            The type, or None.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> InstanceType.find(name="t4g.*", vcpus=4).name
            't4g.xlarge'

        AWS: ec2:DescribeInstanceTypes, ec2:DescribeInstanceTypeOfferings
        """
        found = cls.list(name=name, arch=arch, vcpus=vcpus, current=current, zone=zone, cloud=cloud)
        return min(found, key=lambda each: (each.memory_bytes, each.name), default=None)

    @override
    def _load(self) -> Answer:
        answer = self._call("describe_instance_types", InstanceTypes=[self.name])
        return only(answer["InstanceTypes"], InstanceTypeNotFound, "DescribeInstanceTypes", self)

    # -- where, and for how much -----------------------------------------------------------------------------

    def zones(self) -> Sequence[str]:
        """The names of the zones that have it. One request. That they have one free now is not said.

        Returns:
            The zones, in order.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> InstanceType("t3.micro").zones()[0]
            'us-east-1a'

        AWS: ec2:DescribeInstanceTypeOfferings
        """
        rows = _offerings(self.cloud, {"instance-type": self.name}, lambda row: str(row["Location"]))
        return tuple(sorted(rows))

    def spot_prices(self, *, system: str = _LINUX) -> Mapping[str, Decimal]:
        """What a spot instance costs now, by zone. One request.

        Args:
            system: `"Linux/UNIX"`, `"Windows"`, `"Red Hat Enterprise Linux"` or `"SUSE Linux"`.

        Returns:
            US dollars an hour, by the name of the zone; empty if there are none.

        Raises:
            InvalidRequest: There is no such system.

        Examples:
            >>> min(InstanceType("t3.micro").spot_prices().values()) > 0
            True

        AWS: ec2:DescribeSpotPriceHistory
        """
        now = datetime.now(timezone.utc)
        rows = paged(
            self.cloud,
            EC2,
            "describe_spot_price_history",
            "SpotPriceHistory",
            lambda row: (row["Timestamp"], row["AvailabilityZone"], Decimal(row["SpotPrice"])),
            of="price",
            InstanceTypes=[self.name],
            ProductDescriptions=[system, f"{system} (Amazon VPC)"],
            # From now on: AWS gives the price that is in force, and none that was.
            StartTime=now,
        )
        return {zone: price for _, zone, price in sorted(rows)}


def _offerings(cloud: Cloud, filters: Mapping[str, Wanted], build: Callable[[Any], str]) -> Listing[str]:
    return search(
        cloud,
        "describe_instance_type_offerings",
        "InstanceTypeOfferings",
        build,
        of="offering",
        filters=filters,
        LocationType="availability-zone",
        MaxResults=MAX_OFFERINGS_PER_PAGE,
    )
