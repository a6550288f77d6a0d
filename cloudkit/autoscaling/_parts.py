"""What belongs to a group, and AWS keeps by the group and a name: policies, actions, refreshes. How it is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from attrs import frozen

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing, paged
from cloudkit._core.resource import Resource
from cloudkit.autoscaling._address import GroupAddress
from cloudkit.autoscaling._limits import MAX_ROWS_PER_PAGE
from cloudkit.autoscaling._naming import cloud_of, group_name
from cloudkit.autoscaling._refusals import told_apart
from cloudkit.autoscaling._service import AUTOSCALING
from cloudkit.errors import NotFound
from cloudkit.types import Answer

T = TypeVar("T")


@frozen
class Shelf:
    """Where AWS keeps one sort of them.

    Attributes:
        operation: What asks for them, as boto3 calls it.
        said: The same, as AWS calls it.
        rows: What they stand under in the answer.
        key: What one is named by in its row; with an s behind it, in the request.
        error: What is raised where there is none of a name.
        message: What it says.
        hint: And what it shows the way to.
    """

    operation: str
    said: str
    rows: str
    key: str
    error: type[NotFound]
    message: str
    hint: str


def row_on(shelf: Shelf, part: Resource, group: str, name: str) -> Answer:
    """The row of one of them. One request."""
    named: dict[str, Any] = {"AutoScalingGroupName": group, f"{shelf.key}s": [name]}
    answer = part._call(shelf.operation, **named)  # pyright: ignore[reportPrivateUsage]
    rows: Sequence[Answer] = answer.get(shelf.rows, [])
    for row in rows:
        if row[shelf.key] == name:
            return row
    raise shelf.error(
        shelf.message, service=AUTOSCALING.name, operation=shelf.said, resource=str(part), hint=shelf.hint
    )


def listed(
    shelf: Shelf,
    group: GroupAddress | str,
    cloud: Cloud | None,
    make: Callable[[str, Answer, Cloud], T],
    *,
    of: str,
) -> Listing[T]:
    """Those of a group. One request for each 100.

    Args:
        shelf: Where they are kept.
        group: The group, or its name.
        cloud: Where it is, if it is named.
        make: Makes one of the group's name, its row and the Cloud.
        of: What the listing is called after.
    """
    at, name = cloud_or_current(cloud_of(group, cloud)), group_name(group)
    return paged(
        at,
        AUTOSCALING,
        shelf.operation,
        shelf.rows,
        lambda row: make(name, row, at),
        of=of,
        about=name,
        page_rows=(1, MAX_ROWS_PER_PAGE),
        AutoScalingGroupName=name,
        MaxRecords=MAX_ROWS_PER_PAGE,
    ).fetched_in(lambda: told_apart(name))
