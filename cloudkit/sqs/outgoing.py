"""Messages on their way into a queue: checked before they are sent, confirmed afterwards."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

from cloudkit._core.params import compact, whole_seconds
from cloudkit.errors import CloudError, InvalidRequest, ServiceError
from cloudkit.sqs._limits import MAX_DELAY_SECONDS, MAX_GROUP_CHARACTERS, MAX_MESSAGE_BYTES
from cloudkit.sqs._service import SQS
from cloudkit.sqs.attributes import (
    AttributeValue,
    WireValue,
    checked_text,
    digest,
    is_allowed,
    size_of,
    to_wire,
)
from cloudkit.types import Answer, Duration

# MessageGroupId and MessageDeduplicationId: letters, digits and punctuation.
_ID = re.compile(r"[!-~]+")


@frozen
class Outgoing:
    """A message for `queue.send_many`, where a body alone does not say enough.

    Args:
        body: Text, or what `json.dumps` takes.
        attributes: As in `queue.send`.
        delay: As in `queue.send`.
        group: As in `queue.send`.
        deduplication_id: As in `queue.send`.

    Example:
        >>> Queue("jobs").send_many([Outgoing("now"), Outgoing("in a minute", delay=60)])
        [Sent(id=...), Sent(id=...)]

    AWS: none
    """

    body: object
    attributes: Mapping[str, AttributeValue] | None = field(default=None, kw_only=True)
    delay: Duration | None = field(default=None, kw_only=True)
    group: str | None = field(default=None, kw_only=True)
    deduplication_id: str | None = field(default=None, kw_only=True)


@frozen
class Sent:
    """What SQS says of a message that it took, after its MD5 was compared.

    Attributes:
        id: The message's id, which `Message.id` will be too.
        sequence_number: Its place in the order of a FIFO queue; None on others.
    """

    id: str
    sequence_number: str | None = None


@frozen
class Entry:
    """A message in AWS's form, or the reason why there is none.

    Attributes:
        item: What the caller gave.
        params: The parameters of SendMessage.
        size: Bytes, attributes included.
        group: Its group.
        error: Why it cannot be sent.
    """

    item: object
    params: Mapping[str, Any] = field(factory=dict[str, Any])
    size: int = 0
    group: str | None = None
    error: CloudError | None = None


def completed(
    item: object,
    *,
    attributes: Mapping[str, AttributeValue] | None,
    delay: Duration | None,
    group: Callable[[], str | None],
) -> Outgoing:
    """An item of `send_many` as a message, with what is given for those that have none of their own."""
    given = item if isinstance(item, Outgoing) else Outgoing(item)
    return Outgoing(
        given.body,
        attributes=attributes if given.attributes is None else given.attributes,
        delay=delay if given.delay is None else given.delay,
        group=group() if given.group is None else given.group,
        deduplication_id=given.deduplication_id,
    )


def body_text(body: object) -> str:
    """The body as the text that is sent: text as it is, everything else as JSON.

    Args:
        body: The body.

    Raises:
        InvalidRequest: It has no JSON form, or characters that SQS refuses.
    """
    if isinstance(body, str):
        return checked_text("the body", body)
    if isinstance(body, (bytes, bytearray, memoryview)):
        raise InvalidRequest(
            "the body is bytes: SQS takes text",
            hint="send base64.b64encode(body).decode(), or the bytes as an attribute",
        )
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False)
        # Spelled out in ASCII, every character is allowed.
        return text if is_allowed(text) else json.dumps(body, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidRequest(f"the body has no JSON form: {error}") from error


def prepared(
    message: Outgoing, *, item: object, about: object, fifo: bool, derives_id: Callable[[], bool]
) -> Entry:
    """The message in AWS's form.

    Args:
        message: The message.
        item: What the caller gave.
        about: The queue, for errors.
        fifo: Whether the queue keeps order.
        derives_id: Whether the queue makes deduplication ids of bodies itself; asked only if it matters.

    Raises:
        InvalidRequest: SQS would refuse it.
    """
    text = body_text(message.body)
    attributes = to_wire(message.attributes)
    size = len(text.encode()) + size_of(attributes)
    if size > MAX_MESSAGE_BYTES:
        raise InvalidRequest(
            f"the message has {size} bytes with its attributes: SQS takes {MAX_MESSAGE_BYTES}",
            hint="put the content into a Bucket and send its key",
        )
    group = _checked_id("group", message.group)
    unique = _checked_id("deduplication_id", message.deduplication_id)
    delay = whole_seconds("delay", message.delay, 0, MAX_DELAY_SECONDS)
    if fifo:
        if group is None:
            raise InvalidRequest(
                f"{about} is a FIFO queue: a message needs a group",
                hint="group='...': messages of one group are received in their order",
            )
        if delay is not None:
            raise InvalidRequest(
                f"{about} is a FIFO queue: it delays all messages or none", hint="queue.update(delay=...)"
            )
        if unique is None and not derives_id():
            unique = _unique_id(text, attributes, group)
    elif unique is not None:
        raise InvalidRequest(
            f"{about} is no FIFO queue: deduplication_id is for those", hint="Queue.create('....fifo')"
        )
    params = {
        "MessageBody": text,
        "MessageAttributes": attributes or None,
        "DelaySeconds": delay,
        "MessageGroupId": group,
        "MessageDeduplicationId": unique,
    }
    return Entry(item, compact(params), size, group)


def _checked_id(name: str, value: str | None) -> str | None:
    if value is not None and (not _ID.fullmatch(value) or len(value) > MAX_GROUP_CHARACTERS):
        raise InvalidRequest(
            f"{name}={value[:40]!r}: it has 1 to {MAX_GROUP_CHARACTERS} ASCII letters, digits and punctuation marks"
        )
    return value


def _unique_id(text: str, attributes: Mapping[str, WireValue], group: str) -> str:
    """An id of the content, so that the same message sent twice within five minutes arrives once."""
    known = hashlib.sha256()
    for part in (group, text, digest(attributes)):
        encoded = part.encode()
        known.update(f"{len(encoded)}:".encode() + encoded)
    return known.hexdigest()


def confirmed(entry: Entry, answer: Answer, *, operation: str, about: object) -> Sent:
    """What came of a message.

    Args:
        entry: The message that was sent.
        answer: What AWS says of it.
        operation: Which operation it was, for errors.
        about: The queue, for errors.

    Raises:
        ServiceError: It is not what was sent, or the answer does not say.
    """
    attributes = entry.params.get("MessageAttributes")
    expected = {
        "MD5OfMessageBody": hashlib.md5(
            entry.params["MessageBody"].encode(), usedforsecurity=False
        ).hexdigest()
    }
    if attributes and "MD5OfMessageAttributes" in answer:
        expected["MD5OfMessageAttributes"] = digest(attributes)
    for name, value in expected.items():
        if answer.get(name) != value:
            raise _corrupt(
                f"SQS received another message than was sent: {name} is {answer.get(name)}", operation, about
            )
    if "MessageId" not in answer:
        raise _corrupt("AWS's answer has no MessageId", operation, about)
    return Sent(str(answer["MessageId"]), answer.get("SequenceNumber"))


def _corrupt(message: str, operation: str, about: object) -> ServiceError:
    return ServiceError(message, service=SQS.name, operation=operation, resource=str(about))
