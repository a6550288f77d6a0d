"""By what instances are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from typing_extensions import TypedDict

from cloudkit._core.cloud import Cloud
from cloudkit._core.listing import Listing
from cloudkit._core.marks import lean_rows
from cloudkit._core.params import one_of
from cloudkit.ec2._limits import MAX_INSTANCES_PER_PAGE, MIN_ROWS_PER_PAGE
from cloudkit.ec2._many.describing import instance_rows
from cloudkit.ec2._option_names import check_names
from cloudkit.ec2._search import TagFilter, Things, Wanted, choices, search
from cloudkit.ec2._tags import NAME_TAG
from cloudkit.ec2.state import STATES
from cloudkit.errors import InvalidRequest

T = TypeVar("T")


class InstanceFilters(TypedDict, total=False):
    """By what `Instance.list` finds, for code that passes them on. There it says what each means."""

    state: Wanted
    name: Wanted
    tags: TagFilter | None
    type: Wanted
    zone: Things
    vpc: Things
    subnet: Things
    group: Things
    image: Things
    ids: Iterable[str] | None


def find_instances(
    cloud: Cloud, filters: InstanceFilters, build: Callable[[Any], T], aws: Mapping[str, Any] | None
) -> Listing[T]:
    """The instances of a region that match."""
    ids = filters.get("ids")
    return search(
        cloud,
        "describe_instances",
        instance_rows,
        build,
        of="Instance",
        filters=_filters(filters),
        tags=filters.get("tags"),
        page_rows=(MIN_ROWS_PER_PAGE, MAX_INSTANCES_PER_PAGE) if ids is None else None,
        aws=aws,
        InstanceIds=None if ids is None else [*ids],
        # AWS takes the two not together.
        MaxResults=MAX_INSTANCES_PER_PAGE if ids is None else None,
    ).fetched_in(lean_rows)


def checked_filters(filters: InstanceFilters, *, regional: bool) -> None:
    """Refuse a filter that there is not.

    Raises:
        TypeError: There is no such filter.
        InvalidRequest: There is no such state; or ids are looked for in several regions.
    """
    check_names(filters, InstanceFilters.__annotations__, "instances are not found by {}")
    state = filters.get("state")
    for each in () if state is None else choices(state):
        if "*" not in each:
            one_of("state", each, STATES)
    if regional and filters.get("ids") is not None:
        raise InvalidRequest("ids= with regions=: an id is in one region, and an error in all the others")


def _filters(filters: InstanceFilters) -> dict[str, Things]:
    return {
        "instance-state-name": filters.get("state"),
        f"tag:{NAME_TAG}": filters.get("name"),
        "instance-type": filters.get("type"),
        "availability-zone": filters.get("zone"),
        "vpc-id": filters.get("vpc"),
        "subnet-id": filters.get("subnet"),
        "instance.group-id": filters.get("group"),
        "image-id": filters.get("image"),
    }
