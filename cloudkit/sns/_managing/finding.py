"""The topics that there are."""

from __future__ import annotations

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing, paged
from cloudkit.sns._address.topic import T
from cloudkit.sns._service import SNS


def topics_in(cloud: Cloud | None, prefix: str, kind: type[T]) -> Listing[T]:
    """The topics of an account in a region; see `Topic.list`."""
    cloud = cloud_or_current(cloud)
    return paged(
        cloud,
        SNS,
        "list_topics",
        "Topics",
        lambda row: kind._own(row["TopicArn"], cloud),  # pyright: ignore[reportPrivateUsage]
        of=kind.__name__,
        keep=lambda topic: topic.name.startswith(prefix),
    )
