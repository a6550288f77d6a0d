"""Tags of EC2's things: in each answer about them, and changed by calls of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cloudkit._core.params import tag_list
from cloudkit._core.resource import Resource
from cloudkit._core.tags import Tags, checked_tags
from cloudkit.ec2._service import EC2
from cloudkit.errors import InvalidRequest
from cloudkit.types import TagMap

NAME_TAG = "Name"
TOKEN_TAG = "cloudkit:token"  # noqa: S105 - the name of a tag
"""By which what a call has made is found again if its answer is lost: see `_once`."""


def tags_of(
    thing: Resource,
    id_of: Callable[[], str],
    read: Callable[[], Mapping[str, str] | None],
    changed: Callable[[], object],
) -> Tags:
    """The tags of a thing: read from what is known of it, written at once.

    Args:
        thing: What is tagged.
        id_of: Gives its id.
        read: Gives its tags as they are known.
        changed: Is told that they are not known any more.
    """

    def put(tags: dict[str, str]) -> None:
        params = {"Resources": [id_of()], "Tags": tag_list(tags)}
        try:
            thing.cloud.invoke(EC2, "create_tags", params, about=thing)
        finally:
            changed()

    def remove(keys: Sequence[str]) -> None:
        gone = [{"Key": key} for key in keys]
        try:
            thing.cloud.invoke(EC2, "delete_tags", {"Resources": [id_of()], "Tags": gone}, about=thing)
        finally:
            changed()

    def load() -> dict[str, str]:
        return {key: value for key, value in (read() or {}).items() if key != TOKEN_TAG}

    return Tags(load, put, remove)


def named(tags: TagMap | None, name: str | None) -> TagMap | None:
    """The tags with the tag `Name` among them."""
    if name is None:
        return tags
    if tags and tags.get(NAME_TAG, name) != name:
        raise InvalidRequest(f"name={name!r} and tags[{NAME_TAG!r}]={tags[NAME_TAG]!r} say different things")
    return {**(tags or {}), NAME_TAG: name}


def tag_specifications(kinds: Sequence[str], tags: TagMap | None) -> list[dict[str, Any]] | None:
    """Tags for what a call makes, so that it is never there without them."""
    if not tags:
        return None
    rows = tag_list(checked_tags(tags))
    return [{"ResourceType": kind, "Tags": rows} for kind in kinds]
