"""How messages come out of a queue: received, and compared with their checksums."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cloudkit._core.params import as_datetime, whole_seconds, within
from cloudkit.errors import ServiceError
from cloudkit.sqs._attributes import digest, from_wire
from cloudkit.sqs._limits import MAX_RECEIVE_MESSAGES, MAX_VISIBILITY_SECONDS, MAX_WAIT_SECONDS
from cloudkit.sqs._service import SQS
from cloudkit.sqs.message import Message
from cloudkit.types import Answer, Duration

if TYPE_CHECKING:
    from cloudkit.sqs.queue import Queue

_MILLISECONDS = 1000


def receive(
    queue: Queue,
    limit: int,
    *,
    wait: Duration,
    visibility_timeout: Duration | None,
    aws: Mapping[str, Any] | None,
) -> Sequence[Message]:
    """Receive what is there, or wait for the first message; see `Queue.receive`."""
    answer = queue.cloud.invoke(
        SQS,
        "receive_message",
        {
            "QueueUrl": queue.url,
            "MaxNumberOfMessages": within("limit", limit, 1, MAX_RECEIVE_MESSAGES, "messages"),
            "WaitTimeSeconds": whole_seconds("wait", wait, 0, MAX_WAIT_SECONDS),
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
    return [message_of(queue, row) for row in answer.get("Messages", [])]


def message_of(queue: Queue, row: Answer) -> Message:
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
        made = Message(
            queue,
            row["MessageId"],
            body,
            from_wire(wire),
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
    return made


def _corrupt(queue: Queue, message: str) -> ServiceError:
    return ServiceError(
        message,
        service=SQS.name,
        operation="ReceiveMessage",
        resource=str(queue),
        retryable=True,
        hint="SQS gives it out again after the visibility timeout",
    )
