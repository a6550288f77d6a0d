"""A function that is a consumer too: what `@queue.consume(...)` makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, cast

from typing_extensions import Unpack

from cloudkit.errors import InvalidRequest
from cloudkit.sqs._consuming.handling import Handler
from cloudkit.sqs._consuming.options import ConsumerOptions, plan_of
from cloudkit.sqs.consumer import Consumer
from cloudkit.sqs.counters import Counters
from cloudkit.sqs.message import Message

if TYPE_CHECKING:
    from cloudkit.sqs.queue import Queue


class Worker(Protocol):
    """A function under `@queue.consume(...)`: it stays what it is, and can be run as a consumer.

    Examples:
        >>> @Queue("jobs").consume(concurrency=4)
        ... def resize(message):
        ...     print(message.body)
        >>> resize.run(stop_when_empty=True, wait=0).acked
        resize cat.jpg
        1

    AWS: none
    """

    def __call__(self, message: Message, /) -> object:
        """Call the function, and nothing else."""
        ...

    def run(self, **options: Unpack[ConsumerOptions]) -> Counters:
        """Consume the queue with it, as `queue.consume` does. One request for each poll.

        Args:
            **options: In place of those of the decorator.

        Returns:
            What was done.

        Raises:
            QueueNotFound: The queue is not there.

        Examples:
            >>> @Queue("jobs").consume(wait=0)
            ... def resize(message): ...
            >>> resize.run(stop_when_empty=True).acked
            1

        AWS: sqs:ReceiveMessage, sqs:DeleteMessageBatch, sqs:ChangeMessageVisibilityBatch, sqs:GetQueueAttributes
        """
        ...

    def consumer(self, **options: Unpack[ConsumerOptions]) -> Consumer:
        """Make a consumer of it, as `queue.consumer` does. No request.

        Args:
            **options: In place of those of the decorator.

        Returns:
            The consumer.

        Raises:
            InvalidRequest: The options make no sense.

        Examples:
            >>> @Queue("jobs").consume(wait=0)
            ... def resize(message): ...
            >>> with resize.consumer(stop_when_empty=True) as consumer:
            ...     consumer.wait().acked
            1

        AWS: none
        """
        ...


def as_worker(queue: Queue, handler: Handler, given: ConsumerOptions) -> Worker:
    """The function itself, with the two methods of `Worker`.

    Raises:
        InvalidRequest: The options make no sense, or it is not a function that is one's own.
    """
    plan_of(handler, given)

    def consumer(options: dict[str, Any]) -> Consumer:
        return Consumer(queue, handler, **cast("ConsumerOptions", {**given, **options}))

    if hasattr(handler, "run") or hasattr(handler, "consumer"):
        raise InvalidRequest(
            f"{handler!r} is a worker already, or has a `run` of its own",
            hint="queue.consume(handler) takes it as it is",
        )
    try:
        setattr(handler, "consumer", _Attached(consumer))  # noqa: B010 - no type checker takes it otherwise
        setattr(handler, "run", _Attached(lambda options: consumer(options).run()))  # noqa: B010
    except AttributeError as error:
        raise InvalidRequest(
            f"{handler!r} cannot be decorated: it is not a function", hint="queue.consume(handler) takes it"
        ) from error
    return cast("Worker", handler)


class _Attached:
    """A method of a function. Pickled with it, it stays behind: queue and executor are the parent's."""

    def __init__(self, make: Callable[[dict[str, Any]], Any]) -> None:
        self._make = make

    def __call__(self, **options: Any) -> Any:
        return self._make(options)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Attached, (_elsewhere,)


def _elsewhere(_options: dict[str, Any]) -> Any:
    raise InvalidRequest("a worker is run in the process that it was made in")
