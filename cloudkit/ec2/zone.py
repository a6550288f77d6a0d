"""A zone of a region, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from typing_extensions import override

from cloudkit.types import OpenEnum


class OptIn(OpenEnum):
    """Whether the account has a region, or a zone."""

    NOT_REQUIRED = "opt-in-not-required"
    OPTED_IN = "opted-in"
    NOT_OPTED_IN = "not-opted-in"


class ZoneType(OpenEnum):
    """The kinds of zones."""

    AVAILABILITY_ZONE = "availability-zone"
    LOCAL_ZONE = "local-zone"
    WAVELENGTH_ZONE = "wavelength-zone"


class ZoneState(OpenEnum):
    """What a zone can be."""

    AVAILABLE = "available"
    INFORMATION = "information"
    IMPAIRED = "impaired"
    UNAVAILABLE = "unavailable"
    CONSTRAINED = "constrained"


@frozen
class Zone:
    """A zone of a region.

    Attributes:
        name: Its name in this account, such as `"eu-west-1a"`, which is also its text.
        id: Its name in every account, such as `"euw1-az3"`.
        state: Such as `"available"`.
        type: `"availability-zone"`, `"local-zone"` or `"wavelength-zone"`.
        region: The name of its region.
        group: What the account opts in to, such as `"us-west-2-lax-1"`; of ordinary zones, the region.
        opt_in: Whether the account has it.
        border_group: Where its public addresses are announced, which Elastic IPs for it must be too.
        parent: The zone that a local one is run from.
        messages: What AWS says about its state.
    """

    name: str
    id: str
    state: ZoneState
    type: ZoneType
    region: str = ""
    group: str = ""
    opt_in: OptIn = OptIn.NOT_REQUIRED
    border_group: str = ""
    parent: str | None = None
    messages: tuple[str, ...] = field(default=())

    @override
    def __str__(self) -> str:
        return self.name


def zone_of(row: Mapping[str, Any]) -> Zone:
    """The zone that AWS's row tells of."""
    region = row.get("RegionName", "")
    return Zone(
        row["ZoneName"],
        row.get("ZoneId", ""),
        ZoneState(row.get("State", "")),
        ZoneType(row.get("ZoneType", ZoneType.AVAILABILITY_ZONE)),
        region,
        row.get("GroupName", region),
        OptIn(row.get("OptInStatus", OptIn.NOT_REQUIRED)),
        row.get("NetworkBorderGroup", region),
        row.get("ParentZoneName"),
        tuple(each["Message"] for each in row.get("Messages", ())),
    )
