"""A consumer: it takes messages out of a queue and has them worked on."""

from __future__ import annotations

import math
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING

from typing_extensions import Self, Unpack, override

from cloudkit._core.crew import Aside
from cloudkit._core.params import seconds
from cloudkit._core.signals import stopped_by_signals
from cloudkit.errors import InvalidRequest, WaitTimeout
from cloudkit.sqs._consuming.handling import Handler
from cloudkit.sqs._consuming.loop import Loop
from cloudkit.sqs._consuming.options import ConsumerOptions, checked_grace, plan_of
from cloudkit.sqs._consuming.record import Record
from cloudkit.sqs._service import SQS
from cloudkit.sqs.counters import Counters
from cloudkit.types import Duration

if TYPE_CHECKING:
    from cloudkit.sqs.queue import Queue


class Consumer:
    """Takes messages out of a queue and has a handler work on them; made by `queue.consumer`.

    `with` starts it on a thread of its own, and stops it at the end of the block. It works once.

    Args:
        queue: The queue.
        handler: What to do with a message.
        **options: As in `ConsumerOptions`.

    Raises:
        InvalidRequest: The options make no sense.

    Examples:
        >>> def resize(message): ...
        >>> with Queue("jobs").consumer(resize, stop_when_empty=True, wait=0) as consumer:
        ...     consumer.wait(timeout=10).acked
        1

    AWS: none
    """

    def __init__(self, queue: Queue, handler: Handler, **options: Unpack[ConsumerOptions]) -> None:
        self.queue = queue
        plan = plan_of(handler, options)
        self._signals = plan.signals
        self._record = Record(plan.hooks, plan.on_error)
        self._loop = Loop(queue, handler, plan, self._record)
        self._begun = False
        self._aside: Aside[None] | None = None
        self._told: BaseException | None = None
        self._leaving = ExitStack()

    @override
    def __repr__(self) -> str:
        return f"<Consumer of {self.queue}>"

    @property
    def counters(self) -> Counters:
        """What it has done so far."""
        return self._record.counters

    def run(self) -> Counters:
        """Work in this thread until it was stopped or nothing is left, as `queue.consume` does. One request for each poll.

        Returns:
            What it has done.

        Raises:
            QueueNotFound: The queue is not there.
            AccessDenied: These credentials may not read it.

        Examples:
            >>> def resize(message): ...
            >>> Queue("jobs").consumer(resize, stop_when_empty=True, wait=0).run().acked
            1

        AWS: sqs:ReceiveMessage, sqs:DeleteMessageBatch, sqs:ChangeMessageVisibilityBatch, sqs:GetQueueAttributes
        """
        self._begin()
        with ExitStack() as stack:
            self._listen(stack)
            self._loop.run()
        return self.counters

    def stop(self, *, grace: Duration | None = None) -> None:
        """Take no more messages, give back what has not begun, and end once handlers under way have. It does not wait.

        Args:
            grace: Seconds that they have for it. Default: as was said when it was made.

        Raises:
            InvalidRequest: That is no time.

        Examples:
            >>> def resize(message): ...
            >>> with Queue("jobs").consumer(resize) as consumer:
            ...     consumer.stop(grace=5)

        AWS: none
        """
        self._loop.stop(None if grace is None else checked_grace(grace))

    def wait(self, timeout: Duration | None = None) -> Counters:
        """Wait until it has ended, in a `with` block. No request.

        Args:
            timeout: Seconds to wait at most. Default: as long as it takes.

        Returns:
            What it has done.

        Raises:
            WaitTimeout: It had not ended by then; it goes on.
            QueueNotFound: The queue is not there, which has ended it; and so with other errors.

        Examples:
            >>> def resize(message): ...
            >>> with Queue("jobs").consumer(resize, stop_when_empty=2, wait=0) as consumer:
            ...     print(consumer.wait(60).received)
            1

        AWS: none
        """
        if self._aside is None:
            raise InvalidRequest("the consumer was not started", hint="with queue.consumer(...) as consumer:")
        ended = self._aside.wait(math.inf if timeout is None else seconds(timeout))
        if ended is None:
            raise WaitTimeout(
                f"the consumer had not ended after {timeout} s", service=SQS.name, resource=str(self.queue)
            )
        if ended.error is not None:
            self._told = ended.error
            raise ended.error
        return self.counters

    def __enter__(self) -> Self:
        self._begin()
        self._listen(self._leaving)
        self._aside = Aside(self._loop.run, "cloudkit-consumer")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._leaving:
            self.stop()
            if self._aside is not None:
                ended = self._aside.wait(math.inf)
                failure = ended.error if ended is not None else None
                if failure is not None and failure is not self._told and error is None:
                    raise failure

    def _begin(self) -> None:
        if self._begun:
            raise InvalidRequest("a consumer works once", hint="make another one: queue.consumer(...)")
        self._begun = True

    def _listen(self, stack: ExitStack) -> None:
        if self._signals:
            stack.enter_context(stopped_by_signals(self.stop))
