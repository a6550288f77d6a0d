"""Making a group, once: a token of ours is among its tags, by which it is known after an answer that was lost."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from cloudkit._core.tags import checked_tags
from cloudkit.autoscaling._address import GroupAddress
from cloudkit.autoscaling._limits import MAX_TAGS
from cloudkit.autoscaling._tagging import TOKEN_TAG, rows_of
from cloudkit.errors import AccessDenied, AlreadyExists, InvalidRequest
from cloudkit.types import TagMap


def make(
    group: GroupAddress,
    params: Mapping[str, Any],
    *,
    tags: TagMap | None,
    propagate: bool,
    aws: Mapping[str, Any] | None,
) -> None:
    """Make it. One request; two where an answer was lost."""
    own = checked_tags(tags or {})
    if len(own) > MAX_TAGS:
        raise InvalidRequest(f"{len(own)} tags: a group has at most {MAX_TAGS}")
    rows = rows_of(group.name, own, propagate=propagate)
    token = uuid.uuid4().hex
    mark = rows_of(group.name, {TOKEN_TAG: token}, propagate=False)

    def send(tagged: list[dict[str, Any]]) -> None:
        answer = group._call(  # pyright: ignore[reportPrivateUsage]
            "create_auto_scaling_group",
            aws=aws,
            AutoScalingGroupName=group.name,
            Tags=tagged or None,
            **params,
        )
        group._note_change(answer)  # pyright: ignore[reportPrivateUsage]

    if len(own) == MAX_TAGS:
        send(rows)
        return
    try:
        send([*rows, *mark])
    except AccessDenied:
        # A policy may know the keys of the tags that it allows (aws:TagKeys): nothing was made, and the token is ours.
        send(rows)
    except AlreadyExists as error:
        if error.attempts == 1 or not _marked(group, token):
            raise


def _marked(group: GroupAddress, token: str) -> bool:
    rows = group.refresh().raw.get("Tags") or ()
    return any(row["Key"] == TOKEN_TAG and row["Value"] == token for row in rows)
