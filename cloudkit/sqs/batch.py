"""Messages that are sent together as they come, one by one and from any thread."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Generic, cast

from attrs import field, frozen
from typing_extensions import Self, TypeVar, override

from cloudkit._core.deadline import done_of, in_force, or_exceeded
from cloudkit._core.gathering import Gatherer, Promise
from cloudkit._core.params import seconds
from cloudkit.errors import BatchError, CloudError, Failed, InvalidRequest, WaitTimeout
from cloudkit.sqs._attributes import AttributeValue
from cloudkit.sqs._limits import (
    BATCH_SECONDS,
    MAX_BATCH_BYTES,
    MAX_BATCH_ENTRIES,
    MAX_BUFFERED_MESSAGES,
    SEND_WORKERS,
)
from cloudkit.sqs._service import SQS
from cloudkit.sqs._traffic.batches import Entry
from cloudkit.sqs._traffic.sending import entry_for, send_entries, sending_to
from cloudkit.sqs.outgoing import Outgoing, Sent
from cloudkit.types import Duration

if TYPE_CHECKING:
    from cloudkit.sqs.queue import Queue

LOG = logging.getLogger("cloudkit.sqs")

T_co = TypeVar("T_co", covariant=True, default=str)


@frozen(eq=False)
class _Taken:
    """A message on its way."""

    body: object
    promise: Promise[Sent] = field(factory=Promise[Sent])


class Receipt:
    """What `batch.send` gives: the message is on its way, and here is what will come of it.

    Examples:
        >>> with Queue("jobs").batch() as batch:
        ...     receipt = batch.send("resize dog.jpg")
        >>> receipt.done(), receipt.id == receipt.result().id
        (True, True)

    AWS: none
    """

    def __init__(self, about: str, promise: Promise[Sent]) -> None:
        self._about = about
        self._promise = promise

    @override
    def __repr__(self) -> str:
        return f"<Receipt of {self._about}>"

    def done(self) -> bool:
        """Whether it was sent, or has failed. No request.

        Returns:
            True or False.

        Examples:
            >>> with Queue("jobs").batch() as batch:
            ...     receipt = batch.send("resize dog.jpg")
            >>> receipt.done()
            True

        AWS: none
        """
        return self._promise.done()

    def result(self, timeout: Duration | None = None) -> Sent:
        """Wait for it, and say what came of it. No request.

        Args:
            timeout: Seconds to wait at most. Default: as long as it takes.

        Returns:
            Its id and sequence number.

        Raises:
            WaitTimeout: It was not sent by then; it still may be.
            CloudError: It was not sent, for this reason.

        Examples:
            >>> with Queue("jobs").batch() as batch:
            ...     sent = batch.send("resize dog.jpg").result(timeout=60)

        AWS: none
        """
        found = self._promise.result(None if timeout is None else seconds(timeout))
        if found is None:
            raise WaitTimeout(
                f"the message was not sent after {timeout} s", service=SQS.name, resource=self._about
            )
        return found[0]

    @property
    def id(self) -> str:
        """The message's id, which `Message.id` will be too; waits for it as `result` does."""
        return self.result().id


class Batch(Generic[T_co]):
    """Sends messages together as they come: made by `queue.batch()`, for a `with` block that any number of threads share.

    A request is sent when ten messages are there, or 1 MiB, or when the first of them has waited for 50 ms. If
    requests are slower than what comes, `send` waits, with 1,000 messages on their way.

    At the end of the block everything that was taken is sent, also if an exception leaves it: `send` has said that it
    is on its way. If some were not sent, `BatchError` says so then, with `.failed`; what was sent the receipts know. If
    a deadline was over first, `DeadlineExceeded` does, with that error as its `.batch`.
    If an exception leaves the block, that is what is raised, and what failed is logged as a warning.

    Examples:
        >>> with Queue("jobs").batch() as batch:
        ...     receipts = [batch.send({"id": number}) for number in range(25)]
        >>> len({receipt.id for receipt in receipts})
        25

    AWS: none
    """

    def __init__(self, queue: Queue[T_co]) -> None:
        self.queue = queue
        self._sending = sending_to(queue)
        self._gatherer: Gatherer[Entry] | None = None
        # Several threads append to it and count with these, which lists and `count` allow.
        self._failed: list[Failed] = []
        self._taken = count()
        self._sent = count()
        self._begun = False

    @override
    def __repr__(self) -> str:
        return f"<Batch for {self.queue}>"

    def send(
        self,
        body: object,
        *,
        attributes: Mapping[str, AttributeValue] | None = None,
        delay: Duration | None = None,
        group: str | None = None,
        deduplication_id: str | None = None,
    ) -> Receipt:
        """Take a message that is sent with others, soon. No request here; on a FIFO queue one now and then.

        Of a FIFO queue messages of a group stay in the order in which one thread gives them; once one has failed, the
        later ones of its group are not sent, and fail too.

        Args:
            body: As in `queue.send`.
            attributes: As in `queue.send`.
            delay: As in `queue.send`.
            group: As in `queue.send`.
            deduplication_id: As in `queue.send`.

        Returns:
            What tells what came of it.

        Raises:
            InvalidRequest: SQS would refuse it, and it was not taken; or the block is over.

        Examples:
            >>> with Queue("jobs").batch() as batch:
            ...     receipt = batch.send("resize dog.jpg", attributes={"tries": 3})

        AWS: sqs:SendMessageBatch; sqs:GetQueueAttributes
        """
        message = Outgoing(
            body, attributes=attributes, delay=delay, group=group, deduplication_id=deduplication_id
        )
        taken = _Taken(body)
        entry = entry_for(self.queue, message, item=taken)
        if not self._running().put(entry, entry.size):
            raise _not_running("over")
        next(self._taken)
        return Receipt(str(self.queue), taken.promise)

    def flush(self) -> None:
        """Send what is there at once, and wait until all that was taken before is sent or has failed. One request or more.

        Raises:
            InvalidRequest: The block has not begun.

        Examples:
            >>> with Queue("jobs").batch() as batch:
            ...     receipt = batch.send("resize dog.jpg")
            ...     batch.flush()
            ...     receipt.done()
            True

        AWS: sqs:SendMessageBatch
        """
        self._running().flush()

    def __enter__(self) -> Self:
        if self._begun:
            raise InvalidRequest("a batch works once", hint="make another one: queue.batch()")
        self._begun = True
        self._gatherer = Gatherer(
            self._send,
            clock=self.queue.cloud.clock,
            most=MAX_BATCH_ENTRIES,
            most_bytes=MAX_BATCH_BYTES,
            seconds=BATCH_SECONDS,
            width=1 if self.queue.fifo else SEND_WORKERS,
            limit=MAX_BUFFERED_MESSAGES,
            name="cloudkit-batch",
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running().close()
        taken, sent = next(self._taken), next(self._sent)
        found = self._failure(taken) if self._failed else None
        failure: CloudError | None = None if found is None else or_exceeded(found)
        limit = in_force.get()
        if taken > sent + len(self._failed) and limit is not None:
            # Nothing but a deadline ends the wait for what is on its way.
            late = limit.exceeded()
            late.message = f"{taken - sent} of {taken} messages were not sent within {limit.given:g} s"
            late.service, late.operation, late.resource = SQS.name, "SendMessageBatch", str(self.queue)
            late.batch = found
            failure = late
        if failure is None:
            return
        if error is None:
            raise failure
        LOG.warning("%s", failure)

    def _failure(self, taken: int) -> BatchError:
        failure = BatchError.of(
            self._failed,
            (),
            total=taken,
            unnamed="messages",
            service=SQS.name,
            operation="SendMessageBatch",
            resource=str(self.queue),
        )
        failure.hint = "`.failed` pairs each failed body with its error; the receipts know what was sent."
        return failure

    def _running(self) -> Gatherer[Entry]:
        if self._gatherer is None:
            raise _not_running("not begun")
        return self._gatherer

    def _send(self, entries: Sequence[Entry]) -> None:
        taken = [cast("_Taken", entry.item) for entry in entries]
        told: dict[_Taken, Sent | CloudError] = {}
        reason = CloudError("it was not sent", service=SQS.name, resource=str(self.queue))
        try:
            told.update(zip(taken, send_entries(self.queue, entries, sending=self._sending), strict=True))
        except CloudError as error:
            # What was done before a deadline was over, is in that of the batch.
            reason, said = error, done_of(error)
            if isinstance(said, BatchError):
                pairs = [*said.succeeded, *said.failed]
                told.update(cast("Iterable[tuple[_Taken, Sent | CloudError]]", pairs))
        finally:
            for each in taken:
                found = told.get(each, reason)
                if isinstance(found, Sent):
                    next(self._sent)
                    each.promise.keep(found)
                else:
                    self._failed.append(Failed(each.body, found))
                    each.promise.break_off(found)


def _not_running(how: str) -> InvalidRequest:
    return InvalidRequest(f"the batch is {how}", hint="with queue.batch() as batch: batch.send(...)")
