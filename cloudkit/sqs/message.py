"""A message that was received."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, overload

from attrs import define
from typing_extensions import Self, TypeVar

from cloudkit._core.deadline import clean_up_time
from cloudkit._core.params import from_json, whole_seconds
from cloudkit.errors import CloudError
from cloudkit.sqs._address.message import MessageAddress, Settlement, discard, lease_lost
from cloudkit.sqs._limits import MAX_VISIBILITY_SECONDS
from cloudkit.sqs._service import SQS
from cloudkit.sqs._traffic.dead_letters import send_on
from cloudkit.sqs.backoff import USUAL
from cloudkit.types import Duration, Json

if TYPE_CHECKING:
    from cloudkit.sqs.queue import Queue  # noqa: F401 - named below

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True, default=str)


@define(repr=False, unsafe_hash=True)
class Message(MessageAddress[T_co, "Queue[T_co]"]):
    """A message that a `Queue` gave, hidden from other consumers for a while: until then it is deleted or comes back.

    `with message:` deletes it at the end. If an exception leaves the block, the message is given back instead, to be
    tried again after 1, 2, 4 ... seconds (900 at most, as `Backoff()` says) by how often it was received, and the
    exception goes on. If the block is left by KeyboardInterrupt or SystemExit, others may have it at once. A block
    that has itself deleted or released the message has decided, and nothing more is done.

    Attributes:
        queue: Where it came from.
        id: The id, which `Sent.id` was.
        attributes: The sender's attributes as plain values; whole numbers are int, others Decimal.
        sent: When it was sent.
        receives: How often it was received, this time included; approximate, as SQS says.
        group: Its group.
        deduplication_id: What FIFO queues know duplicates by.
        sequence_number: Its place in the order of a FIFO queue.
        settlement: What was done with it here: `"deleted"`, `"released"`, `"dead-lettered"`, or None so far. `with`
            and consumers leave alone what was settled.
        lost: Whether its consumer knows that its time was over: others may have it, so its work is better left
            undone. `queue.consume` says so while a handler runs, but not to other processes.

    Examples:
        >>> [message] = Queue("jobs").receive(1)
        >>> with message:
        ...     message.body
        'resize cat.jpg'

    AWS: none
    """

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

        Examples:
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

        A body in the queue's `overflow` is deleted after it, with one more.

        Raises:
            LeaseLost: The receipt no longer counts. Standard queues do not always say so.
            QueueNotFound: The queue is not there.

        Examples:
            >>> for message in Queue("jobs").receive():
            ...     message.delete()

        AWS: sqs:DeleteMessage
        """
        with self._settling("deleted"):
            self._delete()
        discard(self)

    def release(self, *, delay: Duration = 0) -> None:
        """Give it back, so that another consumer can take it. One request.

        Args:
            delay: Seconds before it is visible again, 0 to 43,200. Default: at once.

        Raises:
            LeaseLost: The receipt no longer counts.
            QueueNotFound: The queue is not there.

        Examples:
            >>> for message in Queue("jobs").receive():
            ...     message.release(delay=30)

        AWS: sqs:ChangeMessageVisibility
        """
        with self._settling("released"):
            self._hide("delay", delay)

    def extend(self, seconds: Duration) -> None:
        """Keep it longer: others do not see it for that long from now on. One request.

        Args:
            seconds: 0 to 43,200; SQS lets a message be kept 12 hours in all.

        Raises:
            LeaseLost: The receipt no longer counts, or it would be more than 12 hours in all.
            QueueNotFound: The queue is not there.

        Examples:
            >>> for message in Queue("jobs").receive():
            ...     message.extend(600)

        AWS: sqs:ChangeMessageVisibility
        """
        self._check_lease()
        self._hide("seconds", seconds)

    def dead_letter(self, reason: str) -> None:
        """Send it to the dead letters of its queue now, since trying again is of no use. Two requests, one more at first.

        The copy has body, attributes and group, and the reason as an attribute, `DeadLetterReason`, if there is room
        for it among ten. If the process dies in between, the message is in both queues.

        Args:
            reason: Why, for whoever looks at it; up to 1,024 characters of it.

        Raises:
            Conflict: The queue has no dead letters.
            LeaseLost: The receipt no longer counts.
            QueueNotFound: One of the queues is not there.

        Examples:
            >>> jobs = Queue("jobs").update(dead_letters=Queue.create("jobs-failed"))
            >>> for message in jobs.drain(wait=0):
            ...     message.dead_letter("no such cat")
            >>> Queue("jobs-failed").receive(wait=0)[0].attributes
            {'DeadLetterReason': 'no such cat'}

        AWS: sqs:SendMessage, sqs:DeleteMessage; sqs:GetQueueAttributes
        """
        with self._settling("dead-lettered"):
            send_on(self, reason)
            self._delete()

    def _delete(self) -> None:
        self.queue.cloud.invoke(
            SQS,
            "delete_message",
            {"QueueUrl": self.queue.url, "ReceiptHandle": self._receipt},
            about=self,
        )

    @contextmanager
    def _settling(self, how: Settlement) -> Generator[None]:
        self._check_lease()
        # Before the request: who keeps its lease meanwhile must not undo it.
        before, self.settlement = self.settlement, how
        try:
            yield
        except BaseException:
            self.settlement: Settlement | None = before
            raise

    def _check_lease(self) -> None:
        if self.lost:
            raise lease_lost(self)

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
        if self.settlement is not None:
            return
        if error is None:
            self.delete()
            return
        # The caller's error matters more than one of giving back: SQS does that by itself in the end.
        with suppress(CloudError), clean_up_time():
            self.release(delay=USUAL.delay(self.receives) if isinstance(error, Exception) else 0)
