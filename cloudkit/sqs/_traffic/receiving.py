"""How messages come out of a queue: received, and compared with their checksums."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from attrs import frozen

from cloudkit._core.deadline import shortened
from cloudkit._core.params import as_datetime, whole_seconds, within
from cloudkit.errors import CloudError, ServiceError
from cloudkit.sqs._address.queue import QueueAddress
from cloudkit.sqs._attributes import digest, from_wire
from cloudkit.sqs._bodies.overflow import RESERVED_ATTRIBUTES
from cloudkit.sqs._limits import (
    MAX_RECEIVE_MESSAGES,
    MAX_VISIBILITY_SECONDS,
    MAX_WAIT_SECONDS,
    RECEIVE_MARGIN_SECONDS,
)
from cloudkit.sqs._service import SQS
from cloudkit.types import Answer, Duration

M = TypeVar("M")

_MILLISECONDS = 1000


def receive(
    queue: QueueAddress[Any, M],
    limit: int,
    *,
    wait: Duration,
    visibility_timeout: Duration | None,
    aws: Mapping[str, Any] | None,
) -> Sequence[M]:
    """Receive what is there, or wait for the first message; see `Queue.receive`."""
    rows = _ask(queue, limit, wait=wait, visibility_timeout=visibility_timeout, aws=aws)
    return [message_of(queue, row) for row in rows]


@frozen
class Haul:
    """What a poll brought: the messages, and what is wrong with others that came with them."""

    messages: Sequence[Any]
    errors: Sequence[CloudError]


def poll(queue: QueueAddress[Any], limit: int, *, wait: int, lease: int) -> Haul:
    """Receive as `receive` does, but one message that arrived damaged does not spoil the others.

    SQS gives it out again after the lease. Those behind it in a FIFO queue are left for then too: it could be of
    their group.
    """
    messages: list[Any] = []
    errors: list[CloudError] = []
    for row in _ask(queue, limit, wait=wait, visibility_timeout=lease, aws=None):
        try:
            messages.append(message_of(queue, row))
        except ServiceError as error:
            errors.append(error)
            if queue.fifo:
                break
    return Haul(messages, errors)


def _ask(
    queue: QueueAddress[Any, M],
    limit: int,
    *,
    wait: Duration,
    visibility_timeout: Duration | None,
    aws: Mapping[str, Any] | None,
) -> Sequence[Answer]:
    answer = queue.cloud.invoke(
        SQS,
        "receive_message",
        {
            "QueueUrl": queue.url,
            "MaxNumberOfMessages": within("limit", limit, 1, MAX_RECEIVE_MESSAGES, "messages"),
            "WaitTimeSeconds": _in_time(whole_seconds("wait", wait, 0, MAX_WAIT_SECONDS)),
            "VisibilityTimeout": whole_seconds(
                "visibility_timeout", visibility_timeout, 0, MAX_VISIBILITY_SECONDS
            ),
            "MessageAttributeNames": ["All"],
            "MessageSystemAttributeNames": ["All"],
            # If the answer is lost, the retry gets the same messages, which block their groups.
            "ReceiveRequestAttemptId": str(uuid.uuid4()) if queue.fifo else None,
        },
        aws=aws,
        about=queue,
    )
    rows: Sequence[Answer] = answer.get("Messages", [])
    return rows


def _in_time(wait: int | None) -> int | None:
    """The wait that ends well before the deadline: an answer that comes later hides messages that nobody has."""
    if wait is None:
        return None
    return max(0, int(shortened(wait + RECEIVE_MARGIN_SECONDS) - RECEIVE_MARGIN_SECONDS))


def message_of(queue: QueueAddress[Any, M], row: Answer) -> M:
    """The message that a row of ReceiveMessage's answer tells of.

    Args:
        queue: Where it came from.
        row: The row.

    Raises:
        ServiceError: It is not the message that was sent, or the row is incomplete.
    """
    said: Mapping[str, str] = row.get("Attributes") or {}
    given: Mapping[str, Any] = row.get("MessageAttributes") or {}
    # Some servers name the system's attributes here too, without values.
    wire = {name: value for name, value in given.items() if value}
    try:
        body = str(row["Body"])
        kind: Any = queue._kind()  # pyright: ignore[reportPrivateUsage]
        made = kind(
            queue,
            row["MessageId"],
            body,
            from_wire(_own(queue, wire)),
            as_datetime(int(said["SentTimestamp"]) / _MILLISECONDS),
            int(said["ApproximateReceiveCount"]),
            said.get("MessageGroupId"),
            said.get("MessageDeduplicationId"),
            said.get("SequenceNumber"),
            receipt=row["ReceiptHandle"],
            raw=row,
        )
        sums = {
            "MD5OfBody": hashlib.md5(body.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
        }
    except (KeyError, ValueError) as error:
        raise _corrupt(queue, f"a message in AWS's answer is incomplete: {error!r}") from error
    if wire and "MD5OfMessageAttributes" in row:
        sums["MD5OfMessageAttributes"] = digest(wire)
    for name, value in sums.items():
        if row.get(name) != value:
            raise _corrupt(
                queue, f"message {made.id} arrived damaged: its {name} is {row.get(name)}, not {value}"
            )
    return cast("M", made)


def _own(queue: QueueAddress[Any], wire: Mapping[str, Any]) -> Mapping[str, Any]:
    """The sender's attributes, without the one that says that the body is in the bucket, if it is read there."""
    if queue.overflow is None:
        return wire
    return {name: value for name, value in wire.items() if name not in RESERVED_ATTRIBUTES}


def _corrupt(queue: QueueAddress[Any], message: str) -> ServiceError:
    return ServiceError(
        message,
        service=SQS.name,
        operation="ReceiveMessage",
        resource=str(queue),
        retryable=True,
        hint="SQS gives it out again after the visibility timeout",
    )
