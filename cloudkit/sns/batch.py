"""The PublishBatch calls of one `publish_many`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cloudkit._core.batching import Outcome
from cloudkit._core.cloud import Cloud
from cloudkit._core.translate import entry_error
from cloudkit.errors import CloudError, Conflict
from cloudkit.sns._service import SNS
from cloudkit.sns.message import Entry, Published, oversize_hint
from cloudkit.types import Answer


class Batches:
    """Publishes batches to one topic, and on a FIFO topic lets no message overtake a failed one of its group."""

    def __init__(self, cloud: Cloud, topic_arn: str, *, fifo: bool) -> None:
        self._cloud = cloud
        self._arn = topic_arn
        self._fifo = fifo
        # By group, the places of messages that failed: these alone may still be sent, again.
        self._failed: dict[str | None, set[int]] = {}

    def __call__(self, batch: Sequence[Entry]) -> Outcome[Published]:
        """Make one call for what can be sent of a batch, and say of each entry what became of it."""
        errors: dict[int, CloudError] = {}
        for index, entry in enumerate(batch):
            error = entry.error or self._overtaking(entry)
            if error is not None:
                errors[index] = error
                self._note(entry)
        results: dict[int, Published] = {}
        rows = [{"Id": str(index), **each.params} for index, each in enumerate(batch) if index not in errors]
        if rows:
            answer = self._cloud.invoke(
                SNS,
                "publish_batch",
                {"TopicArn": self._arn, "PublishBatchRequestEntries": rows},
                about=self._arn,
            )
            self._read(answer, batch, results, errors)
        return Outcome(results, errors)

    def _read(
        self,
        answer: Answer,
        batch: Sequence[Entry],
        results: dict[int, Published],
        errors: dict[int, CloudError],
    ) -> None:
        for row in answer.get("Successful", []):
            index = int(row["Id"])
            results[index] = Published(row["MessageId"], row.get("SequenceNumber"))
            self._failed.get(batch[index].group, set()).discard(batch[index].place)
        for row in answer.get("Failed", []):
            index = int(row["Id"])
            errors[index] = self._failure(row, batch[index])
            self._note(batch[index])
            if self._fifo and _later_of_group(batch, index, results):
                # Sent again, it would come after one that was to follow it.
                errors[index].retryable = False

    def _note(self, entry: Entry) -> None:
        if self._fifo:
            self._failed.setdefault(entry.group, set()).add(entry.place)

    def _overtaking(self, entry: Entry) -> CloudError | None:
        before = self._failed.get(entry.group)
        if not before or entry.place in before:
            return None
        return Conflict(
            f"an earlier message of group {entry.group!r} failed, and this one would overtake it: it was not sent",
            service=SNS.name,
            operation="PublishBatch",
            resource=self._arn,
        )

    def _failure(self, row: Answer, entry: Entry) -> CloudError:
        error = entry_error(
            SNS,
            "publish_batch",
            code=row.get("Code", "Unknown"),
            message=row.get("Message", ""),
            retryable=not row.get("SenderFault", False),
            about=self._arn,
        )
        error.hint = error.hint or oversize_hint(entry.size)
        return error


def _later_of_group(batch: Sequence[Entry], index: int, results: Mapping[int, Published]) -> bool:
    return any(later > index and batch[later].group == batch[index].group for later in results)
