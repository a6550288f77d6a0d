"""What the listings of EC2 have in common: filters, tags, and ids that must be there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from cloudkit._core.cloud import Cloud
from cloudkit._core.listing import Listing, paged
from cloudkit._core.params import filter_list
from cloudkit._core.resource import Resource
from cloudkit.ec2._service import EC2
from cloudkit.ec2.zone import Zone
from cloudkit.errors import CloudError
from cloudkit.types import Answer

T = TypeVar("T")

Wanted: TypeAlias = str | Iterable[str] | None
"""One value or several of which any will do, each with `*` for any text; None for all."""

Thing: TypeAlias = str | Resource | Zone
"""A thing, or its id; a zone, or its name."""

Things: TypeAlias = Thing | Iterable[Thing] | None
"""One thing or several of which any will do; None for all."""

TagFilter: TypeAlias = Mapping[str, str | Iterable[str]]
"""Tags that must be there: key to value, or to several of which any will do; `"*"` for any value."""


def choices(value: Thing | Iterable[Thing]) -> list[str]:
    """One value or several as a list of texts."""
    return [str(value)] if isinstance(value, (str, Resource, Zone)) else [str(each) for each in value]


def search(
    cloud: Cloud,
    operation: str,
    path: str | Callable[[Answer], Iterable[Any]],
    build: Callable[[Any], T],
    *,
    of: str,
    filters: Mapping[str, Things],
    tags: TagFilter | None = None,
    keep: Callable[[T], bool] | None = None,
    page_rows: tuple[int, int] | None = None,
    aws: Mapping[str, Any] | None = None,
    **params: Any,
) -> Listing[T]:
    """`paged` with filters. Where one of several is wanted and several is none, nothing matches and nobody asks."""
    given: dict[str, Things] = {**filters, **{f"tag:{key}": value for key, value in (tags or {}).items()}}
    wanted = {name: choices(value) for name, value in given.items() if value is not None}
    # AWS takes an empty list of values or ids for no condition at all.
    if not all(wanted.values()) or any(value == [] for value in params.values()):
        return Listing(lambda _: iter(()), of)
    return paged(
        cloud,
        EC2,
        operation,
        path,
        build,
        of=of,
        keep=keep,
        page_rows=page_rows,
        aws=aws,
        Filters=filter_list(wanted),
        **params,
    )


def only(rows: Sequence[Answer] | None, missing: type[CloudError], operation: str, about: object) -> Answer:
    """The row that was asked for by its id. An answer without it means that it is not there."""
    if not rows:
        raise missing("it is not there", service=EC2.name, operation=operation, resource=str(about))
    return rows[0]
