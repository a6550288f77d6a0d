"""Messages sent to a topic, one or many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cloudkit._core.batching import each_of, send_all
from cloudkit.errors import InvalidRequest
from cloudkit.sns._address.topic import TopicAddress, derives_key
from cloudkit.sns._answering import said
from cloudkit.sns._limits import MAX_BATCH_BYTES, MAX_ENTRIES_PER_BATCH
from cloudkit.sns._publishing.fitting import fitted, oversize_hint, said_limit, size_of
from cloudkit.sns._publishing.spelling import publishing
from cloudkit.sns._service import SNS
from cloudkit.sns.outgoing import Content, Outgoing, Published
from cloudkit.sqs._rules import derives_id
from cloudkit.sqs._traffic.batches import Entry, Sending, entry_or_error, taken_back_if_refused
from cloudkit.types import Answer


def publish(topic: TopicAddress, outgoing: Outgoing, *, aws: Mapping[str, Any] | None) -> Published:
    """Publish one message; see `Topic.publish`."""
    entry = _entry(topic, outgoing, item=outgoing.message, aws=aws)
    if entry.parcel is not None:
        entry.parcel.put()
    try:
        with taken_back_if_refused([entry]):
            answer = topic.cloud.invoke(
                SNS, "publish", {"TopicArn": topic.arn, **entry.params}, aws=aws, about=topic
            )
    except InvalidRequest as error:
        # SNS says "too long" by the same code as anything else; how long it is, is known here alone.
        error.hint = error.hint or oversize_hint(entry.size)
        raise
    return _published(topic, answer, "Publish")


def publish_many(topic: TopicAddress, messages: Iterable[Outgoing | Content]) -> Sequence[Published]:
    """Publish any number of messages; see `Topic.publish_many`."""

    def entry_of(item: Outgoing | Content) -> Entry:
        outgoing = item if isinstance(item, Outgoing) else Outgoing(item)
        return entry_or_error(item, outgoing.group, lambda: _entry(topic, outgoing, item=item))

    arn = topic.arn
    return send_all(
        each_of(messages, entry_of),
        Sending(
            lambda entries: topic.cloud.invoke(
                SNS, "publish_batch", {"TopicArn": arn, "PublishBatchRequestEntries": entries}, about=arn
            ),
            lambda _, row: _published(topic, row, "PublishBatch"),
            service=SNS,
            operation="PublishBatch",
            about=arn,
            fifo=topic.fifo,
            hint=lambda entry: oversize_hint(entry.size),
        ),
        clock=topic.cloud.clock,
        most=MAX_ENTRIES_PER_BATCH,
        most_bytes=said_limit(topic) or MAX_BATCH_BYTES,
        size_of=lambda entry: entry.size,
        shown=lambda entry: entry.item,
        unnamed="messages",
        service=SNS.name,
        operation="PublishBatch",
        resource=topic.name,
    )


def _entry(
    topic: TopicAddress, outgoing: Outgoing, *, item: object, aws: Mapping[str, Any] | None = None
) -> Entry:
    """The message in AWS's form; its text goes into the topic's bucket, if it is too large for the topic."""
    params = publishing(
        outgoing, about=topic, fifo=topic.fifo, derives_id=lambda: _derives_id(topic), aws=aws
    )
    params, parcel = fitted(topic, params, aws=aws)
    return Entry(item, params, size_of(params), outgoing.group, parcel=parcel)


def _derives_id(topic: TopicAddress) -> bool:
    """Whether a FIFO topic makes deduplication ids of contents itself; asked once in a while."""
    return derives_id(topic.cloud, derives_key(topic.arn), lambda: topic.content_deduplication)


def _published(topic: TopicAddress, answer: Answer, operation: str) -> Published:
    return Published(str(said(answer, "MessageId", operation, topic)), answer.get("SequenceNumber"))
