"""How messages get to a topic: made ready and checked, and published."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from cloudkit._core.batching import each_of, send_all
from cloudkit._core.params import as_text
from cloudkit.errors import AccessDenied, CloudError, InvalidRequest
from cloudkit.sns._attributes import to_wire
from cloudkit.sns._limits import (
    DEFAULT_MESSAGE_BYTES,
    MAX_BATCH_BYTES,
    MAX_ENTRIES_PER_BATCH,
    MAX_MESSAGE_BYTES,
    MAX_SUBJECT_CHARACTERS,
)
from cloudkit.sns._rules import TOPICS
from cloudkit.sns._service import SNS
from cloudkit.sns._target import DeliveryProtocol
from cloudkit.sns.outgoing import Content, Outgoing, Published
from cloudkit.sqs._attributes import WireValue, size_of as attributes_size
from cloudkit.sqs._batches import Entry, Sending, entry_or_error
from cloudkit.sqs._bodies.overflow import Stored, check_names, overflows, save
from cloudkit.sqs._rules import DEDUPLICATION, identified
from cloudkit.types import Answer

if TYPE_CHECKING:
    from cloudkit.sns.topic import Topic

_DEFAULT = "default"
_STRUCTURED = "json"
# Control characters, half surrogate pairs, and what breaks a line.
_NOT_IN_SUBJECTS = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Developer guide, "Publishing to mobile devices": the keys of a structured message beside the protocols.
_PUSH_SERVICES = (
    "ADM",
    "APNS",
    "APNS_SANDBOX",
    "APNS_VOIP",
    "APNS_VOIP_SANDBOX",
    "BAIDU",
    "GCM",
    "MACOS",
    "MACOS_SANDBOX",
    "MPNS",
    "WNS",
)


def publish(
    topic: Topic,
    outgoing: Outgoing,
    *,
    derives_id: Callable[[], bool],
    said_limit: Callable[[], int | None],
    aws: Mapping[str, Any] | None,
) -> Published:
    """Publish one message; see `Topic.publish`."""
    params = publishing(outgoing, about=topic, fifo=topic.fifo, derives_id=derives_id, aws=aws)
    params, place = fitted(topic, params, said_limit(), aws=aws)
    try:
        answer = topic.cloud.invoke(SNS, "publish", {"TopicArn": topic.arn, **params}, aws=aws, about=topic)
    except CloudError as error:
        if isinstance(error, InvalidRequest):
            # SNS says "too long" by the same code as anything else; how long it is, is known here alone.
            error.hint = error.hint or oversize_hint(size_of(params))
        if place is not None and _is_refusal(error):
            with suppress(CloudError):
                place.delete()
        raise
    return _published(answer)


def _is_refusal(error: CloudError) -> bool:
    """Whether it is certain that nothing was published: an answer that got lost may have been a yes."""
    client_errors = range(HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)
    return error.status in client_errors and not error.retryable


def publish_many(
    topic: Topic,
    messages: Iterable[Outgoing | Content],
    *,
    derives_id: Callable[[], bool],
    said_limit: Callable[[], int | None],
) -> Sequence[Published]:
    """Publish any number of messages; see `Topic.publish_many`."""

    def entry_of(source: Outgoing | Content) -> Entry:
        outgoing = source if isinstance(source, Outgoing) else Outgoing(source)

        def made() -> Entry:
            params = publishing(outgoing, about=topic, fifo=topic.fifo, derives_id=derives_id)
            params, _ = fitted(topic, params, said_limit())
            return Entry(source, params, size_of(params), outgoing.group)

        return entry_or_error(source, outgoing.group, made)

    arn = topic.arn
    return send_all(
        each_of(messages, entry_of),
        Sending(
            lambda entries: topic.cloud.invoke(
                SNS, "publish_batch", {"TopicArn": arn, "PublishBatchRequestEntries": entries}, about=arn
            ),
            lambda _, row: _published(row),
            service=SNS,
            operation="PublishBatch",
            about=arn,
            fifo=topic.fifo,
            hint=lambda entry: oversize_hint(entry.size),
        ),
        clock=topic.cloud.clock,
        most=MAX_ENTRIES_PER_BATCH,
        most_bytes=said_limit() or MAX_BATCH_BYTES,
        size_of=lambda entry: entry.size,
        shown=lambda entry: entry.item,
        service=SNS.name,
        operation="PublishBatch",
        resource=topic.name,
    )


# -- how large it may be -----------------------------------------------------------------------------------------


def fitted(
    topic: Topic, params: Mapping[str, Any], said: int | None, *, aws: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], Stored | None]:
    """The parameters of a message that the topic takes; a message too large goes into the topic's bucket.

    Args:
        topic: The topic.
        params: The parameters, as `publishing` gives them.
        said: Bytes that the topic takes, if that is known.
        aws: The caller's raw parameters, which are looked at only.

    Returns:
        The parameters, and where the message was put, if it was.

    Raises:
        InvalidRequest: It is too large.
    """
    made, size = dict(params), size_of(params)
    attributes: dict[str, WireValue] = made.get("MessageAttributes", {})
    if topic.overflow is not None:
        check_names(attributes)
    limit = size_limit(topic, size, said)
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
    made["Message"], pointing, place = save(topic.overflow, made["Message"])
    made["MessageAttributes"] = {**attributes, **pointing}
    TOPICS.checked_size(size_of(made))
    return made, place


def size_limit(topic: Topic, size: int, said: int | None) -> int:
    """Bytes that a topic takes, as far as it matters for a message of that size: asked only for a large one."""
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


def limit_key(topic_arn: str, said: int | None = None) -> tuple[object, ...]:
    """What a topic's limit is kept under; that an object knows another one is a reason to ask."""
    return ("max_message_size", topic_arn, said)


def _published(row: Answer) -> Published:
    return Published(row["MessageId"], row.get("SequenceNumber"))


def publishing(
    outgoing: Outgoing,
    *,
    about: object,
    fifo: bool,
    derives_id: Callable[[], bool],
    aws: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The parameters of Publish, or of an entry of PublishBatch, for a message.

    Args:
        outgoing: The message.
        about: The topic, for errors.
        fifo: Whether it is for a FIFO topic.
        derives_id: Whether the topic makes deduplication ids itself; asked only if it matters.
        aws: The caller's raw parameters, which are looked at only.

    Raises:
        InvalidRequest: SNS would refuse it, or drop it in silence.
    """
    text = _text(outgoing.message)
    made: dict[str, Any] = {"Message": text}
    if outgoing.per_protocol:
        made.update(Message=_structure(text, outgoing.per_protocol), MessageStructure=_STRUCTURED)
    elif aws and aws.get("MessageStructure") == _STRUCTURED:
        _check_structure(text)
    if outgoing.subject is not None:
        made["Subject"] = _checked_subject(outgoing.subject)
    attributes = to_wire(outgoing.attributes)
    if attributes:
        made["MessageAttributes"] = attributes
    made.update(
        TOPICS.ordering(
            group=outgoing.group, deduplication_id=outgoing.deduplication_id, fifo=fifo, about=about
        )
    )
    return identified(made, fifo=fifo, derives_id=derives_id)


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


def _text(message: Content) -> str:
    if isinstance(message, (bytes, bytearray, memoryview)) or not isinstance(
        message, (str, Mapping, Sequence)
    ):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequest(
            f"the message is a {type(message).__name__}: it is text, or a dict or list that goes as JSON",
            hint="str(...), or bytes.decode()",
        )
    return TOPICS.content("the message", message)


def _structure(default: str, per_protocol: Mapping[str, str]) -> str:
    """The JSON that gives each protocol its own text."""
    known = [_DEFAULT, *(protocol.value for protocol in DeliveryProtocol.known()), *_PUSH_SERVICES]
    for name, text in per_protocol.items():
        if name == _DEFAULT:
            raise InvalidRequest(
                "per_protocol has a default, which the message is",
                hint="give it as the message, and only there",
            )
        if name not in known:
            raise InvalidRequest(
                f"per_protocol={name!r}, which SNS would skip: it is one of {', '.join(known[1:])}"
            )
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidRequest(
                f"per_protocol[{name!r}] is a {type(text).__name__}, which SNS would skip: it is text",
                hint="json.dumps(...) makes text of it",
            )
    return TOPICS.json_text("per_protocol", {_DEFAULT: default, **per_protocol})


def _check_structure(text: str) -> None:
    try:
        found: object = json.loads(text)
    except ValueError:
        found = None
    default = cast("dict[str, object]", found).get(_DEFAULT) if isinstance(found, dict) else None
    if not isinstance(default, str):
        raise InvalidRequest(
            "MessageStructure 'json' wants a message that is a JSON object with a text as its 'default'",
            hint="publish(text, per_protocol={...}) makes that",
        )


def _checked_subject(subject: str) -> str:
    as_text("subject", subject, 1, MAX_SUBJECT_CHARACTERS)
    if any(unicodedata.category(character) in _NOT_IN_SUBJECTS for character in subject):
        raise InvalidRequest(f"subject={subject!r}: it has no line breaks and no control characters")
    return subject
