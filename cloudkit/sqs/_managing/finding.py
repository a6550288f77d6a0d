"""Which queues there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from cloudkit._core.cloud import Cloud
from cloudkit._core.listing import Listing, paged
from cloudkit.sqs._address.parsing import parse
from cloudkit.sqs._address.queue import QueueAddress
from cloudkit.sqs._limits import MAX_QUEUES_PER_PAGE, MAX_SOURCES_PER_PAGE
from cloudkit.sqs._service import SQS

Q = TypeVar("Q", bound=QueueAddress[Any])


def queues(make: Callable[[str, str], Q], *, prefix: str, cloud: Cloud) -> Listing[Q]:
    """The queues of an account; see `Queue.list`.

    Args:
        make: Makes one of its name and URL.
        prefix: What their names start with.
        cloud: Whose.
    """
    return paged(
        cloud,
        SQS,
        "list_queues",
        "QueueUrls",
        lambda url: make(parse(url).name, url),
        of="Queue",
        page_rows=(1, MAX_QUEUES_PER_PAGE),
        QueueNamePrefix=prefix or None,
        # Without it AWS gives one page and no token, and so loses queues.
        MaxResults=MAX_QUEUES_PER_PAGE,
    )


def sources_of(queue: Q) -> Listing[Q]:
    """The queues whose dead letters come here; see `Queue.sources`."""
    return paged(
        queue.cloud,
        SQS,
        "list_dead_letter_source_queues",
        "queueUrls",
        lambda url: queue._sibling(parse(url).name, url=url),  # pyright: ignore[reportPrivateUsage]
        of="Queue",
        page_rows=(1, MAX_SOURCES_PER_PAGE),
        QueueUrl=queue.url,
        MaxResults=MAX_SOURCES_PER_PAGE,
    )
