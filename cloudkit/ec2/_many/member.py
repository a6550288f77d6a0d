"""What many are many of: instances, whose text is their id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from cloudkit._core.cloud import Cloud
from cloudkit._core.resource import Resource

M = TypeVar("M", bound=Resource)


def by_cloud(things: Iterable[M]) -> Iterator[tuple[Cloud, Sequence[M]]]:
    """Those of each Cloud: one call cannot speak of instances of two regions."""
    found: dict[Cloud, list[M]] = {}
    for each in things:
        found.setdefault(each.cloud, []).append(each)
    yield from found.items()
