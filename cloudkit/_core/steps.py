"""Steps: one piece of work on another thread, waited for as long as there is time, and then left to itself."""

from __future__ import annotations

import contextvars
import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from cloudkit._core.deadline import Limit, as_timeout, in_force, patience, time_left

R = TypeVar("R")

# What nobody waits for any more is still tried for so long: a server that hangs may answer again.
LATE_CLEAN_UP_SECONDS = 180.0
# How long a thread for steps waits for the next one.
IDLE_SECONDS = 1.0


class _Runner:
    """A thread that does one thing after another, and ends when there is nothing for it for a while.

    It does not keep the process alive. To start one costs more than to wait for one that is there.
    """

    def __init__(self, first: Callable[[], object]) -> None:
        self._next: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._next.put(first)
        threading.Thread(target=self._run, name="cloudkit-step", daemon=True).start()

    @staticmethod
    def run(work: Callable[[], object]) -> None:
        """Do it on one that is idle, or on a new one. It raises nothing."""
        try:
            _idle.pop()._next.put(work)
        except IndexError:
            _Runner(work)

    def _run(self) -> None:
        while True:
            try:
                self._next.get(timeout=IDLE_SECONDS)()
            except Empty:
                try:
                    _idle.remove(self)
                except ValueError:
                    continue  # somebody has taken it this very moment
                return
            _idle.append(self)


_idle: deque[_Runner] = deque()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # the threads are the parent's


class _Step(Generic[R]):
    """One piece of work on another thread, which can be left to itself there."""

    def __init__(self, work: Callable[[], R], late: Callable[[R | None], object] | None) -> None:
        self._work = work
        self._late = late
        self._turn = threading.Lock()
        self._over = threading.Event()
        self._left = False
        self._result: list[R] = []
        self._failure: BaseException | None = None
        _Runner.run(partial(contextvars.copy_context().run, self._run))

    def _run(self) -> None:
        try:
            self._result.append(self._work())
        except BaseException as error:  # whoever waits gets it
            self._failure = error
        with self._turn:
            self._over.set()
            left = self._left
        if left and self._late is not None:
            with suppress(Exception):  # nobody is there to be told
                self._late(self._result[0] if self._result else None)

    def wait(self, seconds: float) -> None:
        """Wait until it is over, that long at most."""
        self._over.wait(as_timeout(seconds))

    def leave(self) -> bool:
        """Leave it to itself; False if it is over."""
        with self._turn:
            self._left = not self._over.is_set()
            return self._left

    def result(self) -> R:
        """What came of it, once it is over."""
        failure, self._failure = self._failure, None
        if failure is None:
            return self._result[0]
        try:
            raise failure
        finally:
            del failure  # its traceback holds this frame


def attempt(
    work: Callable[[], R],
    seconds: float,
    *,
    give_up: Callable[[], object] | None = None,
    late: Callable[[R | None], object] | None = None,
) -> tuple[R] | None:
    """Do it on a thread of its own, and leave that to itself when the time is over.

    Args:
        work: What to do. It should have time-outs of its own, so that its thread ends one day.
        seconds: How long to wait for it.
        give_up: Called when it is left, here: to make it end soon. It must not wait.
        late: Called when it ends after all, there, with what came of it; None if it failed.

    Returns:
        What came of it, in a tuple; None if it did not end in time.
    """
    step = _Step(work, late)
    try:
        step.wait(seconds)
    finally:  # an interrupt leaves it too
        left = step.leave()
        if left and give_up is not None:
            give_up()
    return None if left else (step.result(),)


def in_time(
    work: Callable[[], R],
    *,
    give_up: Callable[[], object] | None = None,
    late: Callable[[R | None], object] | None = None,
) -> R:
    """Do it within the deadline; here, if there is none.

    Args:
        work: What to do.
        give_up: As in `attempt`.
        late: As in `attempt`.

    Raises:
        DeadlineExceeded: It did not end in time, or there was none left to begin it.
    """
    left = time_left()
    limit = in_force.get()
    if left is None or limit is None:
        return work()
    found = attempt(work, left, give_up=give_up, late=late)
    if found is None:
        raise limit.exceeded()
    return found[0]


def clean_up(work: Callable[[], object]) -> None:
    """Undo something after a failure, even if the deadline is over: then it is waited for no longer than a moment.

    It goes on without its caller for some minutes, so that a server that hangs and answers again is cleaned up too.
    """
    longest = patience()
    if longest is None:
        work()
        return

    def patiently() -> None:
        in_force.set(Limit.of(LATE_CLEAN_UP_SECONDS))  # of this thread's copy of the context
        work()

    attempt(patiently, longest)
