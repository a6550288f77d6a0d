"""How a message gets to the dead letters by decision, and not by its number of receives."""

from __future__ import annotations

from typing import Any

from cloudkit._core.params import compact
from cloudkit.errors import Conflict
from cloudkit.sqs._address.message import MessageAddress
from cloudkit.sqs._address.queue import QueueAddress
from cloudkit.sqs._attributes import size_of, to_wire
from cloudkit.sqs._limits import MAX_ATTRIBUTES, MAX_MESSAGE_BYTES, MAX_REASON_CHARACTERS
from cloudkit.sqs._rules import DEDUPLICATION, GROUP, QUEUES
from cloudkit.sqs._service import SQS
from cloudkit.sqs._traffic.batches import Entry
from cloudkit.sqs._traffic.sending import confirmed
from cloudkit.sqs.outgoing import Sent

REASON = "DeadLetterReason"
_TRACE = "AWSTraceHeader"


def send_on(message: MessageAddress[Any], reason: str) -> Sent:
    """Send a copy of it to the dead letters of its queue; see `Message.dead_letter`."""
    target = message.queue.dead_letters
    if target is None:
        raise Conflict(
            "its queue has no dead letters",
            service=SQS.name,
            resource=str(message),
            hint="queue.update(dead_letters=another_queue)",
        )
    entry = Entry(message, _params(message, target, reason))
    answer = target.cloud.invoke(SQS, "send_message", {"QueueUrl": target.url, **entry.params}, about=target)
    return confirmed(entry, answer, operation="SendMessage", about=target)


def _params(message: MessageAddress[Any], target: QueueAddress[Any], reason: str) -> dict[str, Any]:
    # With its pointer, if the body is in a bucket: the copy is what names it then.
    body = str(message.raw["Body"])
    # As they came: the names of their types say more than plain values do.
    given: dict[str, Any] = message.raw.get("MessageAttributes") or {}
    attributes = {name: value for name, value in given.items() if value}
    text = QUEUES.refused.sub("?", reason[:MAX_REASON_CHARACTERS])
    if text:
        told = {**attributes, **to_wire({REASON: text})}
        if len(told) <= MAX_ATTRIBUTES and len(body.encode()) + size_of(told) <= MAX_MESSAGE_BYTES:
            attributes = told
    said: dict[str, str] = message.raw.get("Attributes") or {}
    trace = said.get(_TRACE)
    system = {_TRACE: {"DataType": "String", "StringValue": trace}} if trace else None
    return compact(
        {
            "MessageBody": body,
            "MessageAttributes": attributes or None,
            "MessageSystemAttributes": system,
            GROUP: message.group,
            # One for each receive: the same message may get there again later, and is no duplicate then.
            DEDUPLICATION: f"{message.id}-{message.receives}" if target.fifo else None,
        }
    )
