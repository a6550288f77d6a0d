"""The requests of a consumer: each one says of every entry whether it got through."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from cloudkit._core.batching import Outcome
from cloudkit.errors import CloudError, ServiceError
from cloudkit.sqs._address.message import MessageAddress, discard
from cloudkit.sqs._address.queue import QueueAddress
from cloudkit.sqs._limits import MAX_BATCH_ENTRIES
from cloudkit.sqs._service import SQS
from cloudkit.sqs._traffic.batches import row_error
from cloudkit.types import Answer

LOG = logging.getLogger("cloudkit.sqs")


def delete(queue: QueueAddress[Any], messages: Sequence[MessageAddress[Any]]) -> Outcome[None]:
    """Delete up to ten messages."""
    entries = [{"Id": str(index), "ReceiptHandle": message.receipt} for index, message in enumerate(messages)]
    params = {"QueueUrl": queue.url, "Entries": entries}
    try:
        answer = queue.cloud.invoke(SQS, "delete_message_batch", params, about=queue)
    except CloudError as error:
        return _all_failed(messages, error)
    return _outcome(queue, "DeleteMessageBatch", messages, answer)


def discard_body(message: MessageAddress[Any]) -> None:
    """Delete the body that a deleted message had in a bucket. What is left there costs storage, and nothing else."""
    try:
        discard(message)
    except CloudError as error:
        LOG.warning("the body of %s stays in its bucket: %s", message, error)


def hide(queue: QueueAddress[Any], messages: Sequence[tuple[MessageAddress[Any], int]]) -> Outcome[None]:
    """Hide up to ten messages from everybody, each for so many seconds from now on."""
    entries = [
        {"Id": str(index), "ReceiptHandle": message.receipt, "VisibilityTimeout": seconds}
        for index, (message, seconds) in enumerate(messages)
    ]
    params = {"QueueUrl": queue.url, "Entries": entries}
    try:
        answer = queue.cloud.invoke(SQS, "change_message_visibility_batch", params, about=queue)
    except CloudError as error:
        return _all_failed(messages, error)
    return _outcome(queue, "ChangeMessageVisibilityBatch", messages, answer)


def give_back(queue: QueueAddress[Any], messages: Sequence[MessageAddress[Any]]) -> None:
    """Give messages back at once, as well as that can be done: there is nobody to be told if it fails."""
    for at in range(0, len(messages), MAX_BATCH_ENTRIES):
        with suppress(CloudError):
            hide(queue, [(message, 0) for message in reversed(messages[at : at + MAX_BATCH_ENTRIES])])


def _all_failed(entries: Sequence[object], error: CloudError) -> Outcome[None]:
    return Outcome({}, dict.fromkeys(range(len(entries)), error))


def _outcome(
    queue: QueueAddress[Any], operation: str, entries: Sequence[object], answer: Answer
) -> Outcome[None]:
    through = {row.get("Id") for row in answer.get("Successful", [])}
    refused: Mapping[Any, Answer] = {row.get("Id"): row for row in answer.get("Failed", [])}
    errors: dict[int, CloudError] = {}
    for index in range(len(entries)):
        row = refused.get(str(index))
        if row is not None:
            errors[index] = row_error(row, service=SQS, operation=operation, about=str(queue))
        elif str(index) not in through:
            # An entry that the answer does not mention must not pass for done.
            errors[index] = ServiceError(
                "AWS's answer does not mention this entry",
                service=SQS.name,
                operation=operation,
                resource=str(queue),
                retryable=True,
            )
    return Outcome(dict.fromkeys(range(len(entries)), None), errors)
