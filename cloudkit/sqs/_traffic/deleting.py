"""How many messages are deleted: ten a call, each of which can fail alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cloudkit._core.batching import Outcome, send_all
from cloudkit.errors import CloudError, InvalidRequest
from cloudkit.sqs._address.message import MessageAddress, discard
from cloudkit.sqs._address.queue import QueueAddress
from cloudkit.sqs._limits import DELETE_WORKERS, MAX_BATCH_ENTRIES
from cloudkit.sqs._service import SQS
from cloudkit.sqs._traffic.batches import row_error
from cloudkit.sqs._traffic.sending import latency_of


def delete_messages(
    queue: QueueAddress[Any], messages: Iterable[MessageAddress[Any]], *, bodies: bool = True
) -> int:
    """Delete messages, and say how many it was asked for; see `Queue.delete_messages`.

    Args:
        queue: Their queue.
        messages: Which ones.
        bodies: Whether bodies in the queue's bucket are deleted after them.
    """
    gone = send_all(
        messages,
        lambda batch: _delete(queue, batch, bodies=bodies),
        clock=queue.cloud.clock,
        most=MAX_BATCH_ENTRIES,
        workers=DELETE_WORKERS,
        latency=latency_of(queue),
        service=SQS.name,
        operation="DeleteMessageBatch",
        resource=str(queue),
    )
    return len(gone)


def _delete(
    queue: QueueAddress[Any], batch: Sequence[MessageAddress[Any]], *, bodies: bool
) -> Outcome[MessageAddress[Any]]:
    """Make one call for one batch; none if there is nothing to delete."""
    errors: dict[int, CloudError] = {}
    # A receipt that is given twice is sent once.
    ids: dict[str, str] = {}
    for index, message in enumerate(batch):
        # One queue can be named in several ways.
        if message.queue == queue or message.queue.url == queue.url:
            ids.setdefault(message.receipt, str(index))
        else:
            errors[index] = InvalidRequest(
                f"it is of another queue, {message.queue}", service=SQS.name, resource=str(queue)
            )
    if not ids:
        return Outcome({}, errors)
    rows = [{"Id": each, "ReceiptHandle": receipt} for receipt, each in ids.items()]
    answer = queue.cloud.invoke(
        SQS, "delete_message_batch", {"QueueUrl": queue.url, "Entries": rows}, about=queue
    )
    done = {row.get("Id") for row in answer.get("Successful", [])}
    refused = {
        row.get("Id"): row_error(row, service=SQS, operation="DeleteMessageBatch", about=str(queue))
        for row in answer.get("Failed", [])
    }
    results: dict[int, MessageAddress[Any]] = {}
    for index, message in enumerate(batch):
        each = ids.get(message.receipt)
        if index not in errors and each in done:
            try:
                if bodies:
                    discard(message)
                results[index] = message
            except CloudError as error:
                # Repeating it is right: a message that is gone is deleted without an error.
                errors[index] = error
        elif index not in errors and each in refused:
            errors[index] = refused[each]
    return Outcome(results, errors)
