"""Any number of items in AWS-sized batches: failed entries are tried again, and those left are reported."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from functools import partial
from itertools import chain
from typing import Generic, TypeVar

from attrs import field, frozen

from cloudkit._core.backoff import Backoff
from cloudkit._core.deadline import or_exceeded
from cloudkit._core.latency import Latency
from cloudkit._core.workers import in_parallel, until
from cloudkit.errors import BatchError, CloudError, DeadlineExceeded, Failed, Succeeded
from cloudkit.types import Clock

T = TypeVar("T")
U = TypeVar("U")
R = TypeVar("R")

ENTRY_ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.2


@frozen
class Outcome(Generic[R]):
    """What one batch call did, by position in the batch.

    Attributes:
        results: What came of the entries that got through.
        errors: Why the others did not; `retryable` ones are sent again.
    """

    results: Mapping[int, R] = field(factory=dict[int, R])
    errors: Mapping[int, CloudError] = field(factory=dict[int, CloudError])


def split(
    items: Iterable[T], *, most: int, most_bytes: int | None = None, size_of: Callable[[T], int] | None = None
) -> Iterator[list[T]]:
    """Lists of at most `most` items and `most_bytes` bytes, in order. One item over the bytes goes alone."""
    batch: list[T] = []
    filled = 0
    for item in items:
        size = size_of(item) if size_of is not None else 0
        if batch and most_bytes is not None and filled + size > most_bytes:
            yield batch
            batch, filled = [], 0
        batch.append(item)
        filled += size
        if len(batch) >= most:  # at once: the next item of a slow source may be long in coming
            yield batch
            batch, filled = [], 0
    if batch:
        yield batch


def send_all(
    items: Iterable[T],
    send: Callable[[Sequence[T]], Outcome[R]],
    *,
    clock: Clock,
    most: int,
    most_bytes: int | None = None,
    size_of: Callable[[T], int] | None = None,
    shown: Callable[[T], object] | None = None,
    unnamed: str | None = None,
    workers: int = 1,
    latency: Latency | None = None,
    service: str | None = None,
    operation: str | None = None,
    resource: str | None = None,
) -> list[R]:
    """Send every item, in as few calls as AWS allows.

    Entries that AWS refuses for a passing reason are sent again, up to 4 times in all. A call that fails as a whole
    ends the sending. What was not sent yet is listed as failed too, if `items` has a length; of an iterator, no more
    is read, so that the caller can go on with it.

    Args:
        items: Any iterable; read as it is sent. `each_of` makes one of the caller's inputs.
        send: Makes one call for one batch.
        clock: Where pauses come from.
        most: Items in a call.
        most_bytes: Bytes in a call.
        size_of: Bytes of an item.
        shown: The caller's input that an item stands for. Default: the item.
        unnamed: What the inputs are, if the error's text shall not show them.
        workers: Calls under way at once, on threads that carry the caller's context.
        latency: Of the server's calls: no threads are started until it is found to be long. Default: at once.
        service: For the error.
        operation: For the error.
        resource: For the error.

    Returns:
        What came of each item, in their order.

    Raises:
        BatchError: Some entries failed; `.failed` and `.succeeded` name the caller's inputs.
        DeadlineExceeded: The deadline ended it; `.batch` is that error, if anything was done by then.
        CloudError: The first call failed as a whole, so that nothing was done.
    """
    of = shown if shown is not None else _itself
    failed: list[Failed] = []
    through: list[object] = []
    results: list[R] = []
    stopped: CloudError | None = None
    read: deque[T] = deque()
    reading = _noting(items, read)
    batches = split(reading, most=most, most_bytes=most_bytes, size_of=size_of)
    if isinstance(items, Sized) and len(items) <= most:
        workers = 1
    for batch, outcome, broken in _run(batches, send, clock, workers, latency):
        stopped = stopped or broken
        for index, item in enumerate(batch):
            read.popleft()
            if index in outcome.errors:
                failed.append(Failed(of(item), outcome.errors[index]))
            else:
                results.append(outcome.results[index])
                through.append(of(item))
    if stopped is not None and not through:
        raise stopped
    if stopped is not None:
        left = chain(read, reading if isinstance(items, Sized) else ())
        failed.extend(Failed(of(item), _unsent(stopped)) for item in left)
    if failed:
        succeeded = [Succeeded(item, result) for item, result in zip(through, results, strict=True)]
        error = BatchError.of(
            failed, succeeded, unnamed=unnamed, service=service, operation=operation, resource=resource
        )
        raise or_exceeded(error) from stopped
    return results


def each_of(inputs: Iterable[T], make: Callable[[T], U]) -> Iterable[U]:
    """The items for the caller's inputs: all at once if they have a length, so that a bad one stops all of them."""
    made = map(make, inputs)
    return list(made) if isinstance(inputs, Sized) else made


def _noting(items: Iterable[T], read: deque[T]) -> Iterator[T]:
    for item in items:
        read.append(item)
        yield item


def _itself(item: object) -> object:
    return item


def _unsent(stopped: CloudError) -> CloudError:
    return CloudError(
        f"not sent, since an earlier call failed: {stopped.message}",
        service=stopped.service,
        operation=stopped.operation,
        code=stopped.code,
        retryable=stopped.retryable,
        attempts=0,
    )


def _run(
    batches: Iterator[list[T]],
    send: Callable[[Sequence[T]], Outcome[R]],
    clock: Clock,
    workers: int,
    latency: Latency | None,
) -> Iterator[tuple[list[T], Outcome[R], CloudError | None]]:
    """The outcome of each batch, in order. After a call that failed as a whole no new batch is begun."""
    while workers <= 1 or (latency is not None and not latency.long):
        batch = next(batches, None)
        if batch is None:
            return
        call = partial(_persist, batch, send, clock)
        outcome, broken = call() if latency is None else latency.measure(call)
        yield batch, outcome, broken
        if broken is not None:
            return
    stopping: list[CloudError] = []

    def late(batch: Sequence[T], error: DeadlineExceeded) -> tuple[Outcome[R], CloudError | None]:
        return Outcome({}, dict.fromkeys(range(len(batch)), error)), error

    for batch, (outcome, broken) in in_parallel(
        lambda batch: _persist(batch, send, clock),
        until(stopping, batches),
        width=workers,
        name="cloudkit-batch",
        late=late,
        drop=False,  # when the caller's iterable raises, what it gave before is sent
    ):
        if broken is not None:
            stopping.append(broken)
        yield batch, outcome, broken


def _persist(
    batch: Sequence[T], send: Callable[[Sequence[T]], Outcome[R]], clock: Clock
) -> tuple[Outcome[R], CloudError | None]:
    """Send one batch, and again those of its entries that may get through later."""
    left = dict(enumerate(batch))
    results: dict[int, R] = {}
    errors: dict[int, CloudError] = {}
    pauses = Backoff(FIRST_PAUSE_SECONDS).begin(clock)
    for attempt in range(1, ENTRY_ATTEMPTS + 1):
        positions = list(left)
        try:
            outcome = send([left[position] for position in positions])
        except CloudError as error:
            errors.update(dict.fromkeys(positions, error))
            return Outcome(results, errors), error
        for index, position in enumerate(positions):
            if index in outcome.results:
                results[position] = outcome.results[index]
                del left[position]
            elif index not in outcome.errors:
                # An entry that the answer does not mention must not pass for done.
                errors[position] = CloudError("AWS's answer does not mention this entry", attempts=attempt)
                del left[position]
            elif not outcome.errors[index].retryable or attempt == ENTRY_ATTEMPTS:
                errors[position] = outcome.errors[index]
                errors[position].attempts = attempt
                del left[position]
        if not left:
            break
        pauses.take()
    return Outcome(results, errors), None
