"""Instances of several types, on demand and spot, in one group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from cloudkit._core.params import compact, dig
from cloudkit.autoscaling._limits import MAX_PERCENT, MAX_TYPES
from cloudkit.errors import InvalidRequest


def _as_types(types: Iterable[str]) -> tuple[str, ...]:
    if isinstance(types, str):
        raise InvalidRequest(f"types={types!r}: it is a list of them", hint=f"[{types!r}]")
    return tuple(dict.fromkeys(types))


@frozen
class Mixed:
    """What a group launches beside what its template says: several types, some of them spot.

    Args:
        types: Instance types, in the order of preference; up to 40. Default: the template's.
        spot: The share of spot instances beyond `on_demand`: 0.0 (none) to 1.0 (all).
        on_demand: How many are on demand in any case, before spot instances are counted.
        spot_strategy: How spot instances are chosen. Default: those that are least likely to be taken away, for the price.

    Raises:
        InvalidRequest: A share that is none, a number below 0, or more than 40 types.

    Examples:
        >>> Mixed(["t3.small", "t3a.small"], spot=0.5, on_demand=1).spot
        0.5
    """

    types: tuple[str, ...] = field(default=(), converter=_as_types)
    spot: float = field(default=0.0, kw_only=True)
    on_demand: int = field(default=0, kw_only=True)
    spot_strategy: str = field(default="price-capacity-optimized", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if len(self.types) > MAX_TYPES:
            raise InvalidRequest(f"types: {len(self.types)} of them, and a group takes up to {MAX_TYPES}")
        if not 0 <= self.spot <= 1:
            raise InvalidRequest(
                f"spot={self.spot!r}: it is a share, 0.0 to 1.0", hint="spot=0.5 for one of two"
            )
        if self.on_demand < 0:
            raise InvalidRequest(f"on_demand={self.on_demand}: it is 0 or more")


def mixed_policy(mixed: Mixed, specification: Mapping[str, Any]) -> dict[str, Any]:
    """MixedInstancesPolicy, with the launch template that it goes with."""
    overrides = [{"InstanceType": each} for each in mixed.types]
    return {
        "LaunchTemplate": compact(
            {"LaunchTemplateSpecification": dict(specification), "Overrides": overrides or None}
        ),
        "InstancesDistribution": {
            "OnDemandBaseCapacity": mixed.on_demand,
            "OnDemandPercentageAboveBaseCapacity": MAX_PERCENT - round(mixed.spot * MAX_PERCENT),
            "SpotAllocationStrategy": mixed.spot_strategy,
        },
    }


def mixed_of(row: Mapping[str, Any] | None) -> Mixed | None:
    """What AWS's MixedInstancesPolicy says."""
    if not row:
        return None
    distribution: Mapping[str, Any] = dig(row, "InstancesDistribution") or {}
    overrides: Sequence[Mapping[str, Any]] = dig(row, "LaunchTemplate.Overrides") or []
    share = int(distribution.get("OnDemandPercentageAboveBaseCapacity", MAX_PERCENT))
    return Mixed(
        [str(each["InstanceType"]) for each in overrides if each.get("InstanceType")],
        spot=(MAX_PERCENT - share) / MAX_PERCENT,
        on_demand=int(distribution.get("OnDemandBaseCapacity") or 0),
        spot_strategy=str(distribution.get("SpotAllocationStrategy") or "lowest-price"),
    )
