"""How messages get into a queue: made ready and checked, sent, and confirmed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from cloudkit._core.batching import each_of, send_all
from cloudkit._core.latency import Latency
from cloudkit._core.params import compact, whole_seconds
from cloudkit.errors import AccessDenied, InvalidRequest, ServiceError
from cloudkit.sqs._address.queue import QueueAddress, derives_key, limit_key
from cloudkit.sqs._attributes import AttributeValue, WireValue, digest, size_of, to_wire
from cloudkit.sqs._bodies.overflow import Parcel, check_names, overflows
from cloudkit.sqs._bodies.typed import text_of
from cloudkit.sqs._limits import (
    MAX_ATTRIBUTES,
    MAX_BATCH_BYTES,
    MAX_BATCH_ENTRIES,
    MAX_DELAY_SECONDS,
    MAX_MESSAGE_BYTES,
    MIN_MAX_MESSAGE_BYTES,
    SEND_WORKERS,
)
from cloudkit.sqs._rules import DEDUPLICATION, GROUP, QUEUES, derives_id as asked_derives_id, identified
from cloudkit.sqs._service import SQS
from cloudkit.sqs._traffic.batches import Entry, Sending, entry_or_error, taken_back_if_refused
from cloudkit.sqs.outgoing import Outgoing, Sent
from cloudkit.types import Answer, Duration

T = TypeVar("T")

_TRACE = "AWSTraceHeader"


def send(queue: QueueAddress[Any], message: Outgoing, *, aws: Mapping[str, Any] | None) -> Sent:
    """Send one message; see `Queue.send`."""
    entry = entry_for(queue, message, item=message.body)
    if entry.parcel is not None:
        entry.parcel.put()
    with taken_back_if_refused([entry]):
        answer = queue.cloud.invoke(
            SQS, "send_message", {"QueueUrl": queue.url, **entry.params}, aws=aws, about=queue
        )
    return confirmed(entry, answer, operation="SendMessage", about=queue)


def send_many(
    queue: QueueAddress[Any],
    items: Iterable[T],
    *,
    attributes: Mapping[str, AttributeValue] | None,
    delay: Duration | None,
    group: str | Callable[[T], str] | None,
) -> Sequence[Sent]:
    """Send any number of messages; see `Queue.send_many`."""
    only_bodies = attributes is None and delay is None and group is None and _takes_plain_text(queue)

    def entry_of(item: T) -> Entry:
        if only_bodies and isinstance(item, str):
            return entry_or_error(item, None, lambda: plain(item))
        message = completed(
            item,
            attributes=attributes,
            delay=delay,
            group=lambda: group(item) if callable(group) else group,
        )
        return entry_or_error(item, message.group, lambda: entry_for(queue, message, item=item))

    return send_entries(queue, each_of(items, entry_of))


def send_entries(
    queue: QueueAddress[Any], entries: Iterable[Entry], *, sending: Sending[Sent] | None = None
) -> Sequence[Sent]:
    """Send any number of messages that are ready.

    Args:
        queue: The queue.
        entries: The messages.
        sending: What makes the calls, if it goes on from call to call. Default: a new one.

    Raises:
        BatchError: Some were not sent.
    """
    return send_all(
        entries,
        sending if sending is not None else sending_to(queue),
        clock=queue.cloud.clock,
        most=MAX_BATCH_ENTRIES,
        most_bytes=MAX_BATCH_BYTES,
        size_of=lambda entry: entry.size,
        shown=lambda entry: entry.item,
        unnamed="messages",
        workers=1 if queue.fifo else SEND_WORKERS,
        latency=latency_of(queue),
        service=SQS.name,
        operation="SendMessageBatch",
        resource=str(queue),
    )


def latency_of(queue: QueueAddress[Any]) -> Latency:
    """Whether calls to SQS wait, as far as it is known."""
    return queue.cloud.lookup(("latency", SQS.name), Latency)


def sending_to(queue: QueueAddress[Any]) -> Sending[Sent]:
    """What sends batches to a queue."""
    return Sending(
        lambda entries: queue.cloud.invoke(
            SQS, "send_message_batch", {"QueueUrl": queue.url, "Entries": entries}, about=queue
        ),
        lambda entry, row: confirmed(entry, row, operation="SendMessageBatch", about=queue),
        service=SQS,
        operation="SendMessageBatch",
        about=queue,
        fifo=queue.fifo,
    )


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


def _takes_plain_text(queue: QueueAddress[Any]) -> bool:
    return not queue.fifo and queue.overflow is None and (queue.body is None or queue.body is str)


def plain(text: str) -> Entry:
    """A text alone in AWS's form, for a queue that wants no more: what most messages are, and `entry_for` makes too.

    Args:
        text: The body.

    Raises:
        InvalidRequest: SQS would refuse it.
    """
    checked = QUEUES.checked_text("the body", text)
    return Entry(text, {"MessageBody": checked}, QUEUES.checked_size(len(checked.encode())))


def entry_for(queue: QueueAddress[Any], message: Outgoing, *, item: object) -> Entry:
    """The message in AWS's form.

    Args:
        queue: Where it goes.
        message: The message.
        item: What the caller gave.

    Raises:
        InvalidRequest: SQS would refuse it.
    """
    delay = whole_seconds("delay", message.delay, 0, MAX_DELAY_SECONDS)
    if queue.fifo and delay is not None:
        raise InvalidRequest(
            f"{queue} is a FIFO queue: it delays all messages or none", hint="queue.update(delay=...)"
        )
    return packed(
        queue,
        text_of(queue.body, message.body),
        to_wire(message.attributes),
        item=item,
        delay=delay,
        group=message.group,
        deduplication_id=message.deduplication_id,
    )


def packed(
    queue: QueueAddress[Any],
    text: str,
    attributes: Mapping[str, WireValue],
    *,
    item: object,
    delay: int | None = None,
    group: str | None,
    deduplication_id: str | None,
) -> Entry:
    """The message in AWS's form; its body goes into the queue's bucket, if it is too large for the queue.

    Args:
        queue: Where it goes.
        text: Its body.
        attributes: Its attributes.
        item: What the caller gave.
        delay: Seconds before it can be received.
        group: Its group.
        deduplication_id: For FIFO queues.

    Raises:
        InvalidRequest: SQS would refuse it.
    """
    size = len(text.encode()) + size_of(attributes)
    parcel = _parcel(queue, text, attributes, size)
    if parcel is None:
        QUEUES.checked_size(size)
    order = QUEUES.ordering(group=group, deduplication_id=deduplication_id, fifo=queue.fifo, about=queue)
    params = identified(
        compact(
            {"MessageBody": text, "MessageAttributes": attributes or None, "DelaySeconds": delay, **order}
        ),
        fifo=queue.fifo,
        derives_id=lambda: derives_id(queue),
    )
    if parcel is not None:
        if queue.fifo and DEDUPLICATION not in params:
            # SQS would make it of the pointer, which is another one each time.
            params[DEDUPLICATION] = hashlib.sha256(text.encode()).hexdigest()
        made = {**attributes, **parcel.attribute}
        params.update(MessageBody=parcel.body, MessageAttributes=made)
        size = QUEUES.checked_size(len(parcel.body.encode()) + size_of(made))
    return Entry(item, params, size, group, parcel=parcel)


def _parcel(
    queue: QueueAddress[Any], text: str, attributes: Mapping[str, WireValue], size: int
) -> Parcel | None:
    """What goes into the queue's bucket, if the message is too large for the queue."""
    if queue.overflow is None:
        return None
    check_names(attributes)
    if not overflows(size, size_limit(queue, size)):
        return None
    if len(attributes) >= MAX_ATTRIBUTES:
        raise InvalidRequest(
            f"{len(attributes)} attributes: a message whose body goes into a bucket has at most {MAX_ATTRIBUTES - 1}",
            hint="put the rest into the body",
        )
    return Parcel.of(queue.overflow, text)


def size_limit(queue: QueueAddress[Any], size: int) -> int:
    """Bytes that a queue takes, as far as it matters for a message of that size: asked only if it does."""
    if size <= MIN_MAX_MESSAGE_BYTES or size > MAX_MESSAGE_BYTES:
        return MIN_MAX_MESSAGE_BYTES if size <= MIN_MAX_MESSAGE_BYTES else MAX_MESSAGE_BYTES

    def ask() -> int:
        try:
            return queue.refresh().max_message_size
        except AccessDenied:
            # Who may send need not be allowed to look: SQS says it then.
            return MAX_MESSAGE_BYTES

    return queue.cloud.lookup(limit_key(queue), ask)


def derives_id(queue: QueueAddress[Any]) -> bool:
    """Whether a FIFO queue makes deduplication ids of bodies itself; asked once in a while."""
    return asked_derives_id(queue.cloud, derives_key(queue), lambda: queue.content_deduplication)


def forwarded(
    queue: QueueAddress[Any],
    row: Mapping[str, Any],
    *,
    item: object,
    attributes: Mapping[str, WireValue],
    group: str | None,
    deduplication_id: str,
) -> Entry:
    """A message that SQS gave once, in the form in which it is sent again: as it came, pointers included.

    Args:
        queue: Where it goes.
        row: The message as it came.
        item: What it is to the caller.
        attributes: Its attributes.
        group: Its group; a FIFO queue that gets it from a standard one is given its own id for one.
        deduplication_id: For FIFO queues.
    """
    said: Mapping[str, str] = row.get("Attributes") or {}
    trace = said.get(_TRACE)
    params = compact(
        {
            "MessageBody": row["Body"],
            "MessageAttributes": attributes or None,
            "MessageSystemAttributes": {_TRACE: {"DataType": "String", "StringValue": trace}}
            if trace
            else None,
            GROUP: group or (row["MessageId"] if queue.fifo else None),
            DEDUPLICATION: deduplication_id if queue.fifo else None,
        }
    )
    return Entry(item, params, len(row["Body"].encode()) + size_of(attributes), group)


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
