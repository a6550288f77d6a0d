"""How large a message may be, and where it goes if it is larger."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from cloudkit.errors import AccessDenied, InvalidRequest
from cloudkit.sns._address.topic import TopicAddress, limit_key
from cloudkit.sns._limits import DEFAULT_MESSAGE_BYTES, MAX_MESSAGE_BYTES
from cloudkit.sns._rules import TOPICS
from cloudkit.sns._settings.topic import MAX_MESSAGE_SIZE
from cloudkit.sqs._attributes import WireValue, size_of as attributes_size
from cloudkit.sqs._bodies.overflow import Parcel, check_names, overflows
from cloudkit.sqs._rules import DEDUPLICATION


def fitted(
    topic: TopicAddress, params: Mapping[str, Any], *, aws: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], Parcel | None]:
    """The parameters of a message that the topic takes; a message too large goes into the topic's bucket.

    Args:
        topic: The topic.
        params: The parameters, as `publishing` gives them.
        aws: The caller's raw parameters, which are looked at only.

    Returns:
        The parameters, and what has to be put into the bucket first, if anything.

    Raises:
        InvalidRequest: It is too large.
    """
    made, size = dict(params), size_of(params)
    attributes: dict[str, WireValue] = made.get("MessageAttributes", {})
    if topic.overflow is not None:
        check_names(attributes)
    limit = size_limit(topic, size)
    if not overflows(size, limit):
        return made, None
    if topic.overflow is None:
        raise InvalidRequest(
            f"the message has {size:,} bytes with its attributes: the topic takes {limit:,}",
            resource=str(topic),
            hint=oversize_hint(size) or f"topic.update(max_message_size={DEFAULT_MESSAGE_BYTES}) takes more",
        )
    if "MessageStructure" in {**made, **(aws or {})}:
        raise InvalidRequest(
            f"the message has {size:,} bytes, and what goes into a bucket is the same for all protocols",
            hint="leave per_protocol out, or publish less",
        )
    if topic.fifo and DEDUPLICATION not in made:
        # SNS would make it of the pointer, which is another one each time.
        made[DEDUPLICATION] = hashlib.sha256(made["Message"].encode()).hexdigest()
    parcel = Parcel.of(topic.overflow, made["Message"])
    made["Message"] = parcel.body
    made["MessageAttributes"] = {**attributes, **parcel.attribute}
    TOPICS.checked_size(size_of(made))
    return made, parcel


def size_limit(topic: TopicAddress, size: int) -> int:
    """Bytes that a topic takes, as far as it matters for a message of that size: asked only for a large one."""
    said = said_limit(topic)
    if size <= (said or DEFAULT_MESSAGE_BYTES):
        return said or DEFAULT_MESSAGE_BYTES
    if size > MAX_MESSAGE_BYTES:
        return MAX_MESSAGE_BYTES

    def ask() -> int:
        try:
            return topic.refresh().max_message_size or DEFAULT_MESSAGE_BYTES
        except AccessDenied:
            # Who may publish need not be allowed to look: SNS says it then.
            return MAX_MESSAGE_BYTES

    return topic.cloud.lookup(limit_key(topic.arn, said), ask)


def said_limit(topic: TopicAddress) -> int | None:
    """Bytes that the topic takes, if that is known without asking."""
    said = topic._known(MAX_MESSAGE_SIZE)  # pyright: ignore[reportPrivateUsage]
    return None if said is None else int(said)


def size_of(params: Mapping[str, Any]) -> int:
    """Bytes of a message as SNS counts them: body and attributes."""
    return len(params["Message"].encode()) + attributes_size(params.get("MessageAttributes", {}))


def oversize_hint(size: int) -> str | None:
    """What to do if SNS refuses a message that is over the usual limit; None if it is not."""
    if size <= DEFAULT_MESSAGE_BYTES:
        return None
    return (
        f"the message has {size:,} bytes with its attributes, and a topic takes {DEFAULT_MESSAGE_BYTES:,} unless set to"
        " more: topic.update(max_message_size=...); or Topic(..., overflow=Bucket(...)) puts it into S3"
    )
