"""A message that was received."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.params import from_json, whole_seconds
from cloudkit.errors import CloudError
from cloudkit.sqs._attributes import AttributeValue
from cloudkit.sqs._limits import (
    FIRST_RETRY_SECONDS,
    MAX_RETRY_SECONDS,
    MAX_VISIBILITY_SECONDS,
    RETRY_GROWTH,
)
from cloudkit.sqs._service import SQS
from cloudkit.types import Answer, Duration, Json

if TYPE_CHECKING:
    from cloudkit.sqs.queue import Queue

T = TypeVar("T")


@define(repr=False, unsafe_hash=True)
class Message:
    """A message that a `Queue` gave, hidden from other consumers for a while: until then it is deleted or comes back.

    `with message:` deletes it at the end. If an exception leaves the block, the message is given back instead, to be
    tried again after 1, 2, 4 ... seconds (900 at most) by how often it was received, and the exception goes on. If
    the block is left by KeyboardInterrupt or SystemExit, others may have it at once. A block that has itself
    deleted or released the message has decided, and nothing more is done.

    Attributes:
        queue: Where it came from.
        id: The id, which `Sent.id` was.
        body: The text.
        attributes: The sender's attributes as plain values; whole numbers are int, others Decimal.
        sent: When it was sent.
        receives: How often it was received, this time included; approximate, as SQS says.
        group: Its group.
        deduplication_id: What FIFO queues know duplicates by.
        sequence_number: Its place in the order of a FIFO queue.

    Example:
        >>> [message] = Queue("jobs").receive(1)
        >>> with message:
        ...     message.body
        'resize cat.jpg'

    AWS: none
    """

    queue: Queue
    id: str
    body: str = field(eq=False)
    attributes: dict[str, AttributeValue] = field(eq=False)
    sent: datetime = field(eq=False)
    receives: int = field(eq=False)
    group: str | None = field(eq=False)
    deduplication_id: str | None = field(eq=False)
    sequence_number: str | None = field(eq=False)
    _receipt: str = field(alias="receipt")
    _raw: Answer = field(eq=False, alias="raw")
    # Whether it was deleted or released: `with` does nothing more then.
    _settled: bool = field(eq=False, default=False, init=False)

    @property
    def receipt(self) -> str:
        """SQS's receipt handle: whoever has it may delete the message."""
        return self._receipt

    @property
    def raw(self) -> Mapping[str, Any]:
        """AWS's form of it as it came, read-only."""
        return MappingProxyType(self._raw)

    @override
    def __str__(self) -> str:
        return f"{self.queue}/{self.id}"

    @override
    def __repr__(self) -> str:
        # Neither body nor receipt: reprs end in logs.
        return f"<Message {self}>"

    @overload
    def json(self) -> Json: ...
    @overload
    def json(self, type: type[T]) -> T: ...
    def json(self, type: type[Any] | None = None) -> Any:
        """The body as JSON. No request.

        Args:
            type: The class it must be of, such as `dict` or `list[int]`, which type checkers then know too; what
                is inside is not checked. Default: any.

        Returns:
            What the JSON says.

        Raises:
            InvalidRequest: It is no JSON, or not of that type.

        Example:
            >>> orders = Queue("orders")
            >>> orders.send({"id": 7})
            Sent(id=...)
            >>> orders.receive()[0].json(dict)
            {'id': 7}

        AWS: none
        """
        return from_json(self.body, type, self)

    # -- the end of it ---------------------------------------------------------------------------------------

    def delete(self) -> None:
        """Delete it: its work is done. One request; fine if it is gone already.

        Raises:
            LeaseLost: The receipt no longer counts. Standard queues do not always say so.
            QueueNotFound: The queue is not there.

        Example:
            >>> for message in Queue("jobs").receive():
            ...     message.delete()

        AWS: sqs:DeleteMessage
        """
        self.queue.cloud.invoke(
            SQS,
            "delete_message",
            {"QueueUrl": self.queue.url, "ReceiptHandle": self._receipt},
            about=self,
        )
        self._settled = True

    def release(self, *, delay: Duration = 0) -> None:
        """Give it back, so that another consumer can take it. One request.

        Args:
            delay: Seconds before it is visible again, 0 to 43,200. Default: at once.

        Raises:
            LeaseLost: The receipt no longer counts.
            QueueNotFound: The queue is not there.

        Example:
            >>> for message in Queue("jobs").receive():
            ...     message.release(delay=30)

        AWS: sqs:ChangeMessageVisibility
        """
        self._hide("delay", delay)
        self._settled = True

    def extend(self, seconds: Duration) -> None:
        """Keep it longer: others do not see it for that long from now on. One request.

        Args:
            seconds: 0 to 43,200; SQS lets a message be kept 12 hours in all.

        Raises:
            LeaseLost: The receipt no longer counts, or it would be more than 12 hours in all.
            QueueNotFound: The queue is not there.

        Example:
            >>> for message in Queue("jobs").receive():
            ...     message.extend(600)

        AWS: sqs:ChangeMessageVisibility
        """
        self._hide("seconds", seconds)

    def _hide(self, name: str, duration: Duration) -> None:
        self.queue.cloud.invoke(
            SQS,
            "change_message_visibility",
            {
                "QueueUrl": self.queue.url,
                "ReceiptHandle": self._receipt,
                "VisibilityTimeout": whole_seconds(name, duration, 0, MAX_VISIBILITY_SECONDS),
            },
            about=self,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._settled:
            return
        if error is None:
            self.delete()
            return
        # The caller's error matters more than one of giving back: SQS does that by itself in the end.
        with suppress(CloudError):
            self.release(delay=retry_delay(self.receives) if isinstance(error, Exception) else 0)


def retry_delay(receives: int) -> int:
    """Seconds that a message rests after it failed, by how often it was received."""
    delay = FIRST_RETRY_SECONDS
    for _ in range(receives - 1):
        if delay >= MAX_RETRY_SECONDS:
            break
        delay *= RETRY_GROWTH
    return min(delay, MAX_RETRY_SECONDS)
