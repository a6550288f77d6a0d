"""Values that any thread counts at no cost to speak of, and a thread that sees to them now and then."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

from cloudkit._core.deadline import deadline, in_force, patience

LOG = logging.getLogger("cloudkit.background")

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class HasReset(Protocol):
    """What can begin afresh."""

    def _reset(self) -> None: ...


class TallyClosed(Exception):
    """Nothing more is counted."""


class Tally(Generic[K, T]):
    """How often each value of each key came, by the period of the wall clock that it came in.

    After a fork the child's is empty: what was counted before is the parent's to send.

    Args:
        limit: Distinct values in all; then new ones are left out.

    Attributes:
        waiting: What was taken and could not be seen to yet; for whoever takes.
        left_out: Values that were left out since they were last taken.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._closed = False
        self._reset()
        afresh_after_fork(self)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._gathered: dict[tuple[K, int], dict[float, float]] = {}
        self._distinct = 0
        self.waiting: list[T] = []
        self.left_out = 0

    def add(self, key: K, value: float, times: float, grain: int, moment: float | None = None) -> int:
        """Count a value.

        Args:
            key: What it is a value of.
            value: It.
            times: How often it came.
            grain: Seconds of a period.
            moment: When it came, as `time.time()` says it. Default: now.

        Returns:
            How many distinct values there are, if it is a new one; else 0.

        Raises:
            TallyClosed: It was taken for the last time.
        """
        now = time.time() if moment is None else moment
        place = (key, int(now // grain) * grain)
        with self._lock:
            if self._closed:
                raise TallyClosed
            values = self._gathered.get(place)
            if values is not None and value in values:
                values[value] += times
                return 0
            if self._distinct >= self._limit:
                self.left_out += 1
                return self._distinct
            if values is None:
                values = self._gathered[place] = {}
            values[value] = times
            self._distinct += 1
            return self._distinct

    def take(self, *, last: bool = False) -> tuple[dict[tuple[K, int], dict[float, float]], int]:
        """All that was counted, by key and beginning of the period; and how many values were left out.

        Args:
            last: Count nothing more: a value is taken, or whoever counts it is told.
        """
        with self._lock:
            self._closed = self._closed or last
            found, self._gathered = self._gathered, {}
            left_out, self.left_out = self.left_out, 0
            self._distinct = 0
        return found, left_out

    @property
    def places(self) -> int:
        """Keys and periods."""
        return len(self._gathered)


class Pulse(Generic[T]):
    """Work that is done every so often, on a thread that begins when it is first needed; never twice at once.

    What is left as the process ends is seen to then, for a limited time. After a fork the child begins a thread of its
    own.

    Args:
        work: It; given whether it is the last time. What it raises on the thread is logged, and the thread goes on.
        seconds: From one time to the next.
        last_seconds: How long the end of the process waits for it.
        name: What the thread is called.
    """

    def __init__(self, work: Callable[[bool], T], seconds: float, last_seconds: float, name: str) -> None:
        self._work = work
        self._seconds = seconds
        self._last_seconds = last_seconds
        self._name = name
        self._reset()
        afresh_after_fork(self)

    def _reset(self) -> None:
        self._turn = threading.Lock()
        self._beginning = threading.Lock()
        self._wake = threading.Event()
        self._over = False
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether there is a thread."""
        return self._thread is not None

    def begin(self) -> None:
        """Begin the thread, unless there is one."""
        with self._beginning:
            if self._thread is None and not self._over:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
                atexit.register(self._at_exit)

    def nudge(self) -> None:
        """Let it be done soon."""
        self._wake.set()

    def now(self) -> T:
        """Do it now, on this thread; what it gives."""
        with self._turn:
            return self._work(False)

    def stop(self) -> T | None:
        """End the thread, wait for work that is under way, and do it for the last time; as long as the deadline lets it.

        What it gives; None if the work under way was not over in time.
        """
        self._over = True
        self._wake.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(patience())
        atexit.unregister(self._at_exit)
        wait = patience()
        if not self._turn.acquire(timeout=-1 if wait is None else wait):
            LOG.warning("%s was not over in time, and not done for the last time", self._name)
            return None
        try:
            return self._work(True)
        finally:
            self._turn.release()

    def _run(self) -> None:
        in_force.set(None)
        while not self._over:
            self._wake.wait(self._seconds)
            self._wake.clear()
            if not self._over:
                try:
                    self.now()
                except Exception:
                    LOG.exception("%s raised", self._name)

    def _at_exit(self) -> None:
        with deadline(self._last_seconds):
            self.stop()


def afresh_after_fork(each: HasReset) -> None:
    """Let it begin afresh in the child of a fork: what it holds is the parent's."""
    _living.add(each)


def _after_fork() -> None:
    for each in list(_living):
        each._reset()  # pyright: ignore[reportPrivateUsage]


_living: weakref.WeakSet[HasReset] = weakref.WeakSet()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
