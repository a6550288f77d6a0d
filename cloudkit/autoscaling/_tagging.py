"""Tags of a group: each says whether the instances get it too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cloudkit._core.params import tag_dict
from cloudkit._core.tags import Tags
from cloudkit.autoscaling._address import GroupAddress
from cloudkit.types import TagMap

TOKEN_TAG = "cloudkit:token"  # noqa: S105 - the name of a tag
_TYPE = "auto-scaling-group"


def rows_of(group: str, tags: TagMap, *, propagate: bool) -> list[dict[str, Any]]:
    """Tags in AWS's form."""
    return [
        {
            "ResourceId": group,
            "ResourceType": _TYPE,
            "Key": key,
            "Value": value,
            "PropagateAtLaunch": propagate,
        }
        for key, value in tags.items()
    ]


def tags_of(group: GroupAddress) -> Tags:
    """The tags of a group, written through as they are set; instances that are launched later get new ones too."""

    def load() -> Mapping[str, str]:
        found = tag_dict(group.raw.get("Tags"))
        return {key: value for key, value in found.items() if key != TOKEN_TAG}

    def put(tags: Mapping[str, str]) -> None:
        kept = {row["Key"]: bool(row.get("PropagateAtLaunch")) for row in group.raw.get("Tags") or ()}
        rows = [
            row
            for key, value in tags.items()
            for row in rows_of(group.name, {key: value}, propagate=kept.get(key, True))
        ]
        group._call("create_or_update_tags", Tags=rows)  # pyright: ignore[reportPrivateUsage]
        group._unlearn()  # pyright: ignore[reportPrivateUsage]

    def remove(keys: Sequence[str]) -> None:
        gone = [{"ResourceId": group.name, "ResourceType": _TYPE, "Key": key} for key in keys]
        group._call("delete_tags", Tags=gone)  # pyright: ignore[reportPrivateUsage]
        group._unlearn()  # pyright: ignore[reportPrivateUsage]

    return Tags(load, put, remove)
