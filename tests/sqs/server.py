"""A queue as SQS has it, on a clock of a test's: what moto cannot show of time, order and loss is shown with it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from attrs import define, field

from cloudkit.types import Clock
from tests.faults import Reply, Request
from tests.sqs.answers import md5

HOURS_12 = 43_200.0


@define(eq=False)
class Stored:
    """A message that the queue has."""

    number: int
    body: str
    group: str | None
    visible_at: float
    receives: int = 0
    receipt: str | None = None
    received_at: float = 0.0

    @property
    def id(self) -> str:
        return f"id-{self.number}"


@define
class FakeQueue:
    """The queue. Receipts count until the message is received again; those of a FIFO queue, until its time is over.

    Attributes:
        clock: Its clock.
        fifo: Whether it keeps an order.
        visibility: Its visibility timeout.
        twice: Tells whether a message that is received may be received again at once, as standard queues do at times.
        idle: Called with the seconds that a poll would wait.
    """

    clock: Clock
    fifo: bool = False
    visibility: int = 30
    twice: Callable[[Stored], bool] = lambda _message: False
    idle: Callable[[float], object] = lambda _seconds: None
    messages: dict[str, Stored] = field(factory=dict[str, Stored])
    deleted: list[str] = field(factory=list[str])
    _numbers: Iterator[int] = field(factory=itertools.count)
    _lock: threading.RLock = field(factory=threading.RLock)

    def send(self, body: str, group: str | None = None) -> Stored:
        with self._lock:
            made = Stored(next(self._numbers), body, group, self.clock.now())
            self.messages[made.id] = made
            return made

    def receive(self, limit: int, visibility: int | None = None) -> list[dict[str, Any]]:
        now = self.clock.now()
        rows: list[dict[str, Any]] = []
        with self._lock:
            locked = {each.group for each in self.messages.values() if self.fifo and each.visible_at > now}
            for each in list(self.messages.values()):
                if len(rows) == limit:
                    break
                if each.visible_at > now or (self.fifo and each.group in locked):
                    continue
                each.receives += 1
                each.receipt = f"{each.id}/{each.receives}"
                each.received_at = now
                hidden = self.visibility if visibility is None else visibility
                each.visible_at = now if not self.fifo and self.twice(each) else now + hidden
                rows.append(self._row(each))
        return rows

    def _row(self, each: Stored) -> dict[str, Any]:
        attributes = {"SentTimestamp": "1700000000500", "ApproximateReceiveCount": str(each.receives)}
        if each.group is not None:
            attributes["MessageGroupId"] = each.group
        return {
            "MessageId": each.id,
            "ReceiptHandle": each.receipt,
            "Body": each.body,
            "MD5OfBody": md5(each.body),
            "Attributes": attributes,
        }

    def _found(self, receipt: str) -> Stored | None:
        return self.messages.get(receipt.partition("/")[0])

    def delete(self, receipt: str) -> str | None:
        """The code of the error, if it is refused."""
        with self._lock:
            found = self._found(receipt)
            if found is None:
                return None
            if found.receipt != receipt:
                # A standard queue says nothing, and does nothing.
                return "ReceiptHandleIsInvalid" if self.fifo else None
            if self.fifo and found.visible_at <= self.clock.now():
                return "ReceiptHandleIsInvalid"
            del self.messages[found.id]
            self.deleted.append(found.body)
            return None

    def hide(self, receipt: str, seconds: int) -> str | None:
        """The code of the error, if it is refused."""
        now = self.clock.now()
        with self._lock:
            found = self._found(receipt)
            if found is None or found.receipt != receipt or found.visible_at <= now:
                return "MessageNotInflight"
            if now + seconds > found.received_at + HOURS_12:
                return "InvalidParameterValue"
            found.visible_at = now + seconds
            return None

    # -- over HTTP -------------------------------------------------------------------------------------------

    def __call__(self, request: Request) -> Reply:
        asked = request.json
        if request.operation == "ReceiveMessage":
            rows = self.receive(asked["MaxNumberOfMessages"], asked.get("VisibilityTimeout"))
            if not rows:
                self.idle(asked["WaitTimeSeconds"])
                rows = self.receive(asked["MaxNumberOfMessages"], asked.get("VisibilityTimeout"))
            return Reply.json({"Messages": rows} if rows else {})
        if request.operation == "DeleteMessageBatch":
            return self._batch(asked["Entries"], lambda entry: self.delete(entry["ReceiptHandle"]))
        if request.operation == "ChangeMessageVisibilityBatch":
            return self._batch(
                asked["Entries"], lambda entry: self.hide(entry["ReceiptHandle"], entry["VisibilityTimeout"])
            )
        if request.operation == "DeleteMessage":
            return self._single(self.delete(asked["ReceiptHandle"]))
        if request.operation == "ChangeMessageVisibility":
            return self._single(self.hide(asked["ReceiptHandle"], asked["VisibilityTimeout"]))
        assert request.operation == "GetQueueAttributes", request.operation
        return Reply.json({"Attributes": {"VisibilityTimeout": str(self.visibility), "QueueArn": "arn"}})

    @staticmethod
    def _single(code: str | None) -> Reply:
        return Reply.json({}) if code is None else Reply.json_error(code)

    @staticmethod
    def _batch(entries: Sequence[dict[str, Any]], do: Callable[[dict[str, Any]], str | None]) -> Reply:
        through: list[dict[str, Any]] = []
        refused: list[dict[str, Any]] = []
        for entry in entries:
            code = do(entry)
            if code is None:
                through.append({"Id": entry["Id"]})
            else:
                refused.append({"Id": entry["Id"], "Code": code, "Message": "no", "SenderFault": True})
        return Reply.json({"Successful": through, "Failed": refused})
