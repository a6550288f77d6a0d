"""How messages get into a queue: made ready and checked, sent, and confirmed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from cloudkit._core.batching import each_of, send_all
from cloudkit._core.params import compact, whole_seconds
from cloudkit.errors import InvalidRequest, ServiceError
from cloudkit.sqs._attributes import AttributeValue, digest, size_of, to_wire
from cloudkit.sqs._batches import Entry, Sending, entry_or_error
from cloudkit.sqs._limits import MAX_BATCH_BYTES, MAX_BATCH_ENTRIES, MAX_DELAY_SECONDS, SEND_WORKERS
from cloudkit.sqs._rules import QUEUES, identified
from cloudkit.sqs._service import SQS
from cloudkit.sqs.outgoing import Outgoing, Sent
from cloudkit.types import Answer, Duration

if TYPE_CHECKING:
    from cloudkit.sqs.queue import Queue

T = TypeVar("T")


def send(
    queue: Queue, message: Outgoing, *, derives_id: Callable[[], bool], aws: Mapping[str, Any] | None
) -> Sent:
    """Send one message; see `Queue.send`."""
    entry = prepared(message, item=message.body, about=queue, fifo=queue.fifo, derives_id=derives_id)
    answer = queue.cloud.invoke(
        SQS, "send_message", {"QueueUrl": queue.url, **entry.params}, aws=aws, about=queue
    )
    return confirmed(entry, answer, operation="SendMessage", about=queue)


def send_many(
    queue: Queue,
    items: Iterable[T],
    *,
    attributes: Mapping[str, AttributeValue] | None,
    delay: Duration | None,
    group: str | Callable[[T], str] | None,
    derives_id: Callable[[], bool],
) -> Sequence[Sent]:
    """Send any number of messages; see `Queue.send_many`."""

    def entry_of(item: T) -> Entry:
        message = completed(
            item,
            attributes=attributes,
            delay=delay,
            group=lambda: group(item) if callable(group) else group,
        )
        return entry_or_error(
            item,
            message.group,
            lambda: prepared(message, item=item, about=queue, fifo=queue.fifo, derives_id=derives_id),
        )

    return send_all(
        each_of(items, entry_of),
        Sending(
            lambda entries: queue.cloud.invoke(
                SQS, "send_message_batch", {"QueueUrl": queue.url, "Entries": entries}, about=queue
            ),
            lambda entry, row: confirmed(entry, row, operation="SendMessageBatch", about=queue),
            service=SQS,
            operation="SendMessageBatch",
            about=queue,
            fifo=queue.fifo,
        ),
        clock=queue.cloud.clock,
        most=MAX_BATCH_ENTRIES,
        most_bytes=MAX_BATCH_BYTES,
        size_of=lambda entry: entry.size,
        shown=lambda entry: entry.item,
        workers=1 if queue.fifo else SEND_WORKERS,
        service=SQS.name,
        operation="SendMessageBatch",
        resource=str(queue),
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


def body_text(body: object) -> str:
    """The body as the text that is sent: text as it is, everything else as JSON.

    Args:
        body: The body.

    Raises:
        InvalidRequest: It has no JSON form, or characters that SQS refuses.
    """
    if isinstance(body, (bytes, bytearray, memoryview)):
        raise InvalidRequest(
            "the body is bytes: SQS takes text",
            hint="send base64.b64encode(body).decode(), or the bytes as an attribute",
        )
    return QUEUES.content("the body", body)


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
    size = QUEUES.checked_size(len(text.encode()) + size_of(attributes))
    order = QUEUES.ordering(
        group=message.group, deduplication_id=message.deduplication_id, fifo=fifo, about=about
    )
    delay = whole_seconds("delay", message.delay, 0, MAX_DELAY_SECONDS)
    if fifo and delay is not None:
        raise InvalidRequest(
            f"{about} is a FIFO queue: it delays all messages or none", hint="queue.update(delay=...)"
        )
    params = compact(
        {"MessageBody": text, "MessageAttributes": attributes or None, "DelaySeconds": delay, **order}
    )
    return Entry(item, identified(params, fifo=fifo, derives_id=derives_id), size, message.group)


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
