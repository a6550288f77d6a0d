"""Things that come one by one, from any thread, and go on together: when enough are there, or the first has waited."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, TimeoutError as NotDone
from functools import partial
from typing import Generic, TypeVar

from attrs import define, field

from cloudkit._core.crew import Aside, Ended, Threads
from cloudkit._core.deadline import as_timeout, check, exceeded, patience
from cloudkit._core.inbox import Inbox
from cloudkit.types import Clock

T = TypeVar("T")
R = TypeVar("R")


class Promise(Generic[R]):
    """What will come of something, for any number of threads that wait for it."""

    def __init__(self) -> None:
        self._future: Future[R] = Future()

    def keep(self, result: R) -> None:
        """Say what came of it."""
        self._future.set_result(result)

    def break_off(self, error: BaseException) -> None:
        """Say why nothing came of it."""
        self._future.set_exception(error)

    def done(self) -> bool:
        """Whether that was said."""
        return self._future.done()

    def result(self, seconds: float | None = None) -> tuple[R] | None:
        """What came of it, in a tuple; None if that was not said in time. What was broken off raises its error.

        Raises:
            DeadlineExceeded: The deadline was over first.
        """
        longest = patience()
        wanted = None if seconds is None else as_timeout(seconds)
        shortest = min((each for each in (longest, wanted) if each is not None), default=None)
        try:
            return (self._future.result(shortest),)
        except NotDone:
            if self._future.done():
                return (self._future.result(),)
        check()
        return None


@define(eq=False)
class _Batch(Generic[T]):
    """What has gathered."""

    items: list[T] = field(factory=list[T])
    size: int = 0
    due: float = math.inf


@define(eq=False)
class _Mark:
    """What was put before this has to go on now."""

    reached: threading.Event = field(factory=threading.Event)
    last: bool = False


class Gatherer(Generic[T]):
    """Gathers what is put into it, and hands on what has gathered: `most` things, or `most_bytes`, or after `seconds`.

    Args:
        hand_on: Gets each batch, on a thread of its own. It must not raise.
        clock: Where time comes from.
        most: Things in a batch.
        most_bytes: Bytes in a batch.
        seconds: How long the first one of a batch waits at most.
        width: Batches handed on at once. With 1 they are so in their order.
        limit: Things that were put and not handed on; then `put` waits.
        name: What the threads are called.
    """

    def __init__(
        self,
        hand_on: Callable[[Sequence[T]], object],
        *,
        clock: Clock,
        most: int,
        most_bytes: int,
        seconds: float,
        width: int,
        limit: int,
        name: str,
    ) -> None:
        self._hand_on = hand_on
        self._clock = clock
        self._most = most
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._room = threading.Semaphore(limit)
        self._inbox: Inbox[tuple[T, int] | _Mark] = Inbox()
        self._crew: Threads[object] = Threads(width, name)
        self._under_way = 0
        self._changed = threading.Condition()
        self._aside = Aside(self._run, name)

    def put(self, item: T, size: int) -> bool:
        """Take it in; False if it was closed. Waits while too much is under way.

        Raises:
            DeadlineExceeded: The deadline was over first.
        """
        if not self._room.acquire(timeout=patience()):
            raise exceeded()
        taken = self._inbox.offer((item, size))
        if not taken:
            self._room.release()
        return taken

    def flush(self) -> None:
        """Hand on what is there, and wait until all that was put before has been."""
        self._mark(_Mark())

    def close(self) -> None:
        """Take nothing more, hand on what is there, and wait for that, as long as the deadline lets it."""
        self._mark(_Mark(last=True))
        self._crew.close()

    def _mark(self, mark: _Mark) -> None:
        if self._inbox.offer(mark):
            mark.reached.wait(patience())
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way, patience())

    def _run(self) -> None:
        batch: _Batch[T] = _Batch()
        while True:
            found = self._inbox.take(self._clock, batch.due)
            if isinstance(found, tuple):
                batch = self._add(batch, *found)
                continue
            last = isinstance(found, _Mark) and found.last
            for each in self._inbox.close() if last else ():
                # Put by another thread at the same moment: it was told that it is taken.
                batch = self._add(batch, *each) if isinstance(each, tuple) else _reached(each, batch)
            batch = self._start(batch)
            if isinstance(found, _Mark):
                found.reached.set()
            if last:
                return

    def _add(self, batch: _Batch[T], item: T, size: int) -> _Batch[T]:
        if batch.items and batch.size + size > self._most_bytes:
            batch = self._start(batch)
        if not batch.items:
            batch.due = self._clock.now() + self._seconds
        batch.items.append(item)
        batch.size += size
        return batch if len(batch.items) < self._most else self._start(batch)

    def _start(self, batch: _Batch[T]) -> _Batch[T]:
        if batch.items:
            with self._changed:
                self._under_way += 1
            self._crew.start(partial(self._hand_on, batch.items), partial(self._handed_on, len(batch.items)))
        return _Batch()

    def _handed_on(self, count: int, _: Ended[object]) -> None:
        self._room.release(count)
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()


def _reached(mark: _Mark, batch: _Batch[T]) -> _Batch[T]:
    mark.reached.set()
    return batch
