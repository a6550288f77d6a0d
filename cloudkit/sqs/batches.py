"""Batches of one queue: ten entries a call, each of which can fail alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from cloudkit._core.batching import Outcome
from cloudkit._core.translate import entry_error
from cloudkit.errors import CloudError, Conflict, InvalidRequest, ServiceError
from cloudkit.sqs._service import SQS
from cloudkit.sqs.message import Message
from cloudkit.sqs.outgoing import Entry, Sent, confirmed
from cloudkit.types import Answer

if TYPE_CHECKING:
    from cloudkit.sqs.queue import Queue

Call: TypeAlias = Callable[[Sequence[Mapping[str, Any]]], Answer]


class Sending:
    """Sends batches of one queue, and keeps the order within the groups of a FIFO queue.

    Once a message of a group has failed, the later ones of that group are not sent: they would overtake it.
    """

    def __init__(self, call: Call, *, about: object, fifo: bool) -> None:
        self._call = call
        self._about = about
        self._fifo = fifo
        # By group, the entries that failed: they alone may be sent again. They are kept so that no id is reused.
        self._failed: dict[str | None, dict[int, Entry]] = {}

    def __call__(self, batch: Sequence[Entry]) -> Outcome[Sent]:
        """Make one call for one batch; none if there is nothing that can be sent."""
        results: dict[int, Sent] = {}
        errors: dict[int, CloudError] = {}
        live: dict[str, int] = {}
        for index, entry in enumerate(batch):
            error = entry.error or self._held(entry)
            if error is None:
                live[str(index)] = index
            else:
                self._fail(entry, index, error, errors)
        if not live:
            return Outcome(results, errors)
        answer = self._call([{"Id": each, **batch[index].params} for each, index in live.items()])
        for row in answer.get("Successful", []):
            index = live.get(row.get("Id"), -1)
            if index < 0:
                continue
            try:
                results[index] = confirmed(batch[index], row, operation="SendMessageBatch", about=self._about)
                self._failed.get(batch[index].group, {}).pop(id(batch[index]), None)
            except ServiceError as error:
                self._fail(batch[index], index, error, errors)
        for row in answer.get("Failed", []):
            index = live.get(row.get("Id"), -1)
            if index >= 0:
                self._fail(batch[index], index, _failure(row, "send_message_batch", self._about), errors)
        if self._fifo:
            self._forbid_overtaking(batch, results, errors)
        return Outcome(results, errors)

    def _held(self, entry: Entry) -> CloudError | None:
        waiting = self._failed.get(entry.group) if self._fifo else None
        if not waiting or id(entry) in waiting:
            return None
        return Conflict(
            f"an earlier message of group {entry.group!r} failed, and this one would overtake it: it was not sent",
            service=SQS.name,
            operation="SendMessageBatch",
            resource=str(self._about),
        )

    def _fail(self, entry: Entry, index: int, error: CloudError, errors: dict[int, CloudError]) -> None:
        errors[index] = error
        if self._fifo:
            self._failed.setdefault(entry.group, {})[id(entry)] = entry

    @staticmethod
    def _forbid_overtaking(
        batch: Sequence[Entry], results: Mapping[int, Sent], errors: Mapping[int, CloudError]
    ) -> None:
        # A later message of the group is in the queue already: sent again, this one would come after it.
        for index, error in errors.items():
            if any(later > index and batch[later].group == batch[index].group for later in results):
                error.retryable = False


class Deletions:
    """Deletes batches of messages."""

    def __init__(self, call: Call, *, queue: Queue) -> None:
        self._call = call
        self._queue = queue

    def __call__(self, batch: Sequence[Message]) -> Outcome[Message]:
        """Make one call for one batch; none if there is nothing to delete."""
        errors: dict[int, CloudError] = {}
        # A receipt that is given twice is sent once.
        ids: dict[str, str] = {}
        for index, message in enumerate(batch):
            # One queue can be named in several ways.
            if message.queue == self._queue or message.queue.url == self._queue.url:
                ids.setdefault(message.receipt, str(index))
            else:
                errors[index] = InvalidRequest(
                    f"it is of another queue, {message.queue}", service=SQS.name, resource=str(self._queue)
                )
        if not ids:
            return Outcome({}, errors)
        answer = self._call([{"Id": each, "ReceiptHandle": receipt} for receipt, each in ids.items()])
        done = {row.get("Id") for row in answer.get("Successful", [])}
        refused = {
            row.get("Id"): _failure(row, "delete_message_batch", self._queue)
            for row in answer.get("Failed", [])
        }
        results: dict[int, Message] = {}
        for index, message in enumerate(batch):
            each = ids.get(message.receipt)
            if index not in errors and each in done:
                results[index] = message
            elif index not in errors and each in refused:
                errors[index] = refused[each]
        return Outcome(results, errors)


def _failure(row: Mapping[str, Any], operation: str, about: object) -> CloudError:
    """The error of a failed entry.

    Args:
        row: What AWS says of it.
        operation: Which operation it was.
        about: The queue.
    """
    return entry_error(
        SQS,
        operation,
        code=str(row.get("Code", "Unknown")),
        message=str(row.get("Message") or ""),
        retryable=not row.get("SenderFault", False),
        about=str(about),
    )
