"""How a queue comes to be: made anew, or taken as it is if that is as it should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from cloudkit._core.params import merge_raw
from cloudkit._core.tags import checked_tags
from cloudkit.errors import AlreadyExists, Conflict, InvalidRequest
from cloudkit.sqs._address.queue import QueueAddress, said
from cloudkit.sqs._rules import QUEUES
from cloudkit.sqs._service import SQS
from cloudkit.sqs._settings import QueueSettings, differing, named, tags_named, to_attributes
from cloudkit.sqs.errors import QueueNotFound
from cloudkit.types import TagMap

Q = TypeVar("Q", bound=QueueAddress[Any])


def create(
    queue: Q,
    name: str,
    settings: QueueSettings,
    *,
    fifo: bool | None,
    tags: TagMap | None,
    aws: Mapping[str, Any] | None,
) -> Q:
    """Make a queue that is not there yet, and say where it is; see `Queue.create`."""
    check_name(queue, name, fifo)
    raw = dict(aws or {})
    attributes = {"FifoQueue": "true"} if queue.fifo else {}
    attributes |= to_attributes(settings, fifo=queue.fifo)
    attributes = merge_raw(attributes, raw.pop("Attributes", None))
    checked = checked_tags(tags) if tags else None
    if _is_there(queue):
        raise QUEUES.taken(name)
    params = {"QueueName": name, "Attributes": attributes or None, "tags": checked}
    answer = queue.cloud.invoke(SQS, "create_queue", params, aws=raw, about=queue)
    url = str(said(answer, "QueueUrl", "CreateQueue", queue))
    for made in (name, url):
        queue.cloud.remember(made, QueueNotFound)
    return queue._sibling(name, url=url)  # pyright: ignore[reportPrivateUsage]


def ensure(
    queue: Q,
    name: str,
    settings: QueueSettings,
    *,
    fifo: bool | None,
    tags: TagMap | None,
    update: bool,
) -> Q:
    """Take a queue, or make it if it is not there; see `Queue.ensure`."""
    check_name(queue, name, fifo)
    if not queue.exists():
        try:
            return create(queue, name, settings, fifo=fifo, tags=tags, aws=None)
        except AlreadyExists:
            queue.refresh()  # made by another process in between
    changes = differing(to_attributes(settings, fifo=queue.fifo, present=queue.raw), queue.raw)
    present = queue._read_tags() if tags else {}  # pyright: ignore[reportPrivateUsage]
    missing = {key: value for key, value in (tags or {}).items() if present.get(key) != value}
    if (changes or missing) and not update:
        raise Conflict(
            "; ".join([*named(changes, queue.raw), *tags_named(missing, present)]),
            service=SQS.name,
            resource=name,
            hint="update=True changes it",
        )
    if changes:
        queue._set(changes)  # pyright: ignore[reportPrivateUsage]
    queue.tags.merge(missing)
    return queue


def check_name(queue: QueueAddress[Any], name: str, fifo: bool | None) -> None:
    """Refuse what names no queue that could be made."""
    if queue.name != name:
        raise InvalidRequest(f"{name!r}: a new queue is made by its name", hint=f"such as {queue.name!r}")
    QUEUES.checked_name(name, fifo)


def _is_there(queue: QueueAddress[Any]) -> bool:
    try:
        queue._find_url()  # pyright: ignore[reportPrivateUsage]
    except QueueNotFound:
        return False
    return True
