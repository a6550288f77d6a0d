"""Who may ask an instance's metadata service, which gives away the credentials of its role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from cloudkit._core.params import within
from cloudkit.ec2._limits import MAX_METADATA_HOPS

_ON, _OFF = "enabled", "disabled"


@frozen
class MetadataOptions:
    """How an instance's metadata can be asked for.

    Attributes:
        tokens_required: Whether it takes a token (IMDSv2).
        hops: How far away who asks may be; a container is at 2.
        enabled: Whether it can be asked at all.
        ipv6: Whether by IPv6 too.
        tags: Whether it tells the instance's tags.
        applied: Whether all this is in force by now.
    """

    tokens_required: bool
    hops: int
    enabled: bool
    ipv6: bool = False
    tags: bool = False
    applied: bool = True


def metadata_of(row: Mapping[str, Any]) -> MetadataOptions:
    """The options in AWS's form of them."""
    return MetadataOptions(
        row.get("HttpTokens") == "required",
        int(row.get("HttpPutResponseHopLimit") or 1),
        row.get("HttpEndpoint", _ON) == _ON,
        row.get("HttpProtocolIpv6") == _ON,
        row.get("InstanceMetadataTags") == _ON,
        row.get("State", "applied") == "applied",
    )


def metadata_change(
    tokens_required: bool | None, hops: int | None, enabled: bool | None, ipv6: bool | None, tags: bool | None
) -> dict[str, Any]:
    """Parameters of ModifyInstanceMetadataOptions for what was given."""
    return {
        "HttpTokens": None if tokens_required is None else "required" if tokens_required else "optional",
        "HttpPutResponseHopLimit": None
        if hops is None
        else within("hops", hops, 1, MAX_METADATA_HOPS, "hops"),
        "HttpEndpoint": _switch(enabled),
        "HttpProtocolIpv6": _switch(ipv6),
        "InstanceMetadataTags": _switch(tags),
    }


def _switch(on: bool | None) -> str | None:
    return None if on is None else _ON if on else _OFF
