"""What SQS answers, for tests that script it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from cloudkit.sqs import Queue
from tests.faults import FaultServer, Reply, Request

MISSING = Reply.json(
    {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "The specified queue does not exist."},
    400,
    **{"x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender"},
)
NOTHING = Reply.json({})


def queue_on(faults: FaultServer, name: str = "jobs", **options: Any) -> Queue:
    """A queue on the scripted server whose URL need not be asked for."""
    return Queue(f"{faults.url}/123456789012/{name}", cloud=faults.cloud(**options))


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def sent(request: Request) -> Reply:
    """SendMessage, as it should be."""
    return Reply.json({"MessageId": "id-1", "MD5OfMessageBody": md5(request.json["MessageBody"])})


def taken(entry: dict[str, Any]) -> dict[str, Any]:
    """The row of an entry that got through."""
    body = entry["MessageBody"]
    return {"Id": entry["Id"], "MessageId": f"id of {body}", "MD5OfMessageBody": md5(body)}


def refused(entry: Mapping[str, Any], *, sender: bool, code: str = "InternalError") -> dict[str, Any]:
    """The row of an entry that did not."""
    return {"Id": entry["Id"], "Code": code, "Message": "no", "SenderFault": sender}


def all_taken(request: Request) -> Reply:
    """SendMessageBatch, as it should be."""
    return Reply.json({"Successful": [taken(entry) for entry in request.json["Entries"]], "Failed": []})


def row(body: str = "hello", **changes: Any) -> dict[str, Any]:
    """A message in ReceiveMessage's answer."""
    return {
        "MessageId": "id-1",
        "ReceiptHandle": "receipt-1",
        "Body": body,
        "MD5OfBody": md5(body),
        "Attributes": {"SentTimestamp": "1700000000500", "ApproximateReceiveCount": "1"},
        **changes,
    }


def received(*rows: dict[str, Any]) -> Reply:
    return Reply.json({"Messages": list(rows)} if rows else {})
