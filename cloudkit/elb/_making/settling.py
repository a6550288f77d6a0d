"""Bringing a load balancer that is there to what is wanted, whichever API it is of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudkit.elb._making.ensuring import bring_about as bring_about_v2
from cloudkit.elb._making.ensuring_classic import bring_about_classic
from cloudkit.elb._making.wanted import Wanted
from cloudkit.elb._sides.classic import Classic
from cloudkit.elb._sides.side import Side
from cloudkit.elb._sides.v2 import V2


def bring_about(wanted: Wanted, side: Side, row: Mapping[str, Any], *, update: bool) -> bool:
    """Change what differs, or raise Conflict naming it: whether its row may be another now."""
    if isinstance(side, Classic):
        bring_about_classic(wanted, side, row, update=update)
    elif isinstance(side, V2):
        bring_about_v2(wanted, side, row, update=update)
    return update
