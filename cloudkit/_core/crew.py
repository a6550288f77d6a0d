"""Who does pieces of work: threads, or an executor of the caller's. All report in the same way.

Threads here do not keep the process alive: work that hangs for ever must not.
"""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor as Executor, Future
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from attrs import frozen

from cloudkit._core.deadline import in_force

R = TypeVar("R")


@frozen(eq=False)
class Ended(Generic[R]):
    """How a piece of work ended.

    Attributes:
        result: What came of it, in a tuple; None if it raised.
        error: What it raised.
        cancelled: Whether it was told to stop, or had not begun.
        broken: Whether whoever should do it can do nothing more.
    """

    result: tuple[R] | None = None
    error: BaseException | None = None
    cancelled: bool = False
    broken: bool = False


Report: TypeAlias = Callable[[Ended[R]], object]
"""Told how the work ended, on whatever thread that was; it must neither wait nor raise."""


class Crew(Protocol[R]):
    """Does pieces of work, several at once."""

    def start(self, work: Callable[[], Any], report: Report[R]) -> None:
        """Begin it now, or as soon as somebody is free."""
        ...

    def cancel(self) -> bool:
        """Tell what is under way to stop, and drop what has not begun; False if that cannot be done here."""
        ...

    def close(self) -> None:
        """End it. What is under way is left to itself."""
        ...


class Threads(Generic[R]):
    """At most `width` threads, begun as they are needed.

    Args:
        width: How many.
        name: What they are called.
        patient: Whether no deadline holds for the work.
    """

    def __init__(self, width: int, name: str, *, patient: bool = False) -> None:
        self._width = width
        self._name = name
        self._patient = patient
        self._work: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []

    def start(self, work: Callable[[], R], report: Report[R]) -> None:
        """Begin it on a free thread, in this context."""
        context = contextvars.copy_context()
        if self._patient:
            context.run(in_force.set, None)
        self._work.put(lambda: report(context.run(_done, work)))
        if not self._idle.acquire(blocking=False) and len(self._threads) < self._width:
            thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self) -> None:
        while (job := self._work.get()) is not None:
            job()
            del job  # it may be long until the next one
            self._idle.release()

    def cancel(self) -> bool:
        """Nobody can stop a thread."""
        return False

    def close(self) -> None:
        """Let the threads end when they have done what is under way."""
        for _ in self._threads:
            self._work.put(None)


def _done(work: Callable[[], R]) -> Ended[R]:
    try:
        return Ended((work(),))
    except BaseException as error:  # whoever asked for it is told
        return Ended(error=error)


class Aside(Generic[R]):
    """One piece of work on a thread of its own, in this context, that others may wait for.

    Args:
        work: What to do.
        name: What the thread is called.
    """

    def __init__(self, work: Callable[[], R], name: str) -> None:
        self._over = threading.Event()
        self._ended: Ended[R] = Ended()
        thread = Threads[R](1, name)
        thread.start(work, self._report)
        thread.close()

    def _report(self, ended: Ended[R]) -> None:
        self._ended = ended
        self._over.set()

    def wait(self, seconds: float) -> Ended[R] | None:
        """How it ended; None if it did not within that time."""
        over = self._over.wait(max(0.0, min(seconds, threading.TIMEOUT_MAX)))
        return self._ended if over else None


class Hired(Generic[R]):
    """An executor of the caller's, which stays theirs. What it is given has to travel as the executor lets it.

    Args:
        executor: Such as a ProcessPoolExecutor, or Dask's `client.get_executor()`.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._under_way: set[Future[R]] = set()

    def start(self, work: Callable[[], R], report: Report[R]) -> None:
        """Hand it over."""
        try:
            future = self._executor.submit(work)
        except Exception as error:  # it was shut down, or its processes died
            report(Ended(error=error, broken=True))
            return
        self._under_way.add(future)

        def ended(future: Future[R]) -> None:
            self._under_way.discard(future)
            report(_of_future(future))

        future.add_done_callback(ended)

    def cancel(self) -> bool:
        """Drop what has not begun; what has goes on."""
        for future in list(self._under_way):
            future.cancel()
        return True

    def close(self) -> None:
        """Nothing: it is not ours."""


def _of_future(future: Future[R]) -> Ended[R]:
    try:
        error = future.exception()
    except CancelledError as cancelled:
        return Ended(error=cancelled, cancelled=True)
    if error is None:
        return Ended((future.result(),))
    return Ended(error=error, broken=isinstance(error, BrokenExecutor))
