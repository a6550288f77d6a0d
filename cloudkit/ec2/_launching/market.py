"""Spot instances: what AWS has left, for less, until it needs it again."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from cloudkit.errors import InvalidRequest

Price: TypeAlias = Decimal | float | str
"""Dollars an hour."""


def market_options(spot: Price | bool) -> dict[str, Any] | None:
    """`InstanceMarketOptions` of RunInstances; None for an instance on demand.

    The request ends with its instance: one that stays would launch another one when that is terminated.
    """
    if spot is False:
        return None
    options: dict[str, Any] = {"SpotInstanceType": "one-time", "InstanceInterruptionBehavior": "terminate"}
    if spot is not True:
        options["MaxPrice"] = _price(spot)
    return {"MarketType": "spot", "SpotOptions": options}


def _price(price: Price) -> str:
    try:
        found = Decimal(str(price))
    except InvalidOperation:
        found = Decimal("NaN")
    if not (found.is_finite() and found > 0):
        raise InvalidRequest(
            f"spot={price!r} is no price",
            hint="dollars an hour: spot='0.02'; spot=True is capped at the usual price",
        )
    return f"{found:f}"
