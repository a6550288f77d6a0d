"""What belongs to a group is named by the group and a name of its own."""

from __future__ import annotations

from typing import cast

from cloudkit._core.cloud import Cloud
from cloudkit.autoscaling._address import GroupAddress
from cloudkit.errors import InvalidRequest


def group_name(group: GroupAddress | str) -> str:
    """The name of a group, which is given as itself or by its name."""
    found = group.name if isinstance(group, GroupAddress) else group
    if not isinstance(cast("object", found), str) or not found:
        raise InvalidRequest(f"{group!r} is no Auto Scaling group, nor the name of one")
    return found


def cloud_of(group: GroupAddress | str, cloud: Cloud | None) -> Cloud | None:
    """Where it is: where the group is, unless another place is named."""
    return group.cloud if cloud is None and isinstance(group, GroupAddress) else cloud
