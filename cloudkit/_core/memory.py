"""What is remembered for a while, by all threads: small, and never more than so much of it."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from cachetools import TTLCache

from cloudkit._core.deadline import exceeded, time_left
from cloudkit.types import Clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memory(Generic[K, V]):
    """Values by their keys, each for so many seconds; when it is full, the oldest make room.

    Args:
        most: How many.
        seconds: For how long.
        clock: By which clock.
    """

    def __init__(self, most: int, seconds: float, clock: Clock) -> None:
        self._kept: TTLCache[K, V] = TTLCache(most, seconds, timer=clock.now)
        self.renew()
        _memories.add(self)

    def renew(self) -> None:
        """Take a lock of one's own, and wait for nobody: at first, and in a child process."""
        self._lock = threading.Lock()
        self._being_made: dict[K, threading.Event] = {}

    def __getitem__(self, key: K) -> V:
        """The value of that key.

        Raises:
            KeyError: There is none, or no longer.
        """
        with self._lock:
            return self._kept[key]

    def get(self, key: K) -> V | None:
        """The value of that key; None if there is none, or no longer."""
        try:  # not `in` and then `[]`, as `TTLCache.get` does it: it may end in between
            return self[key]
        except KeyError:
            return None

    def put(self, key: K, value: V) -> None:
        """Remember it from now on."""
        with self._lock:
            self._kept[key] = value

    def put_new(self, key: K, value: V) -> bool:
        """Remember it if there is none of that key; whether that was so."""
        with self._lock:
            if key in self._kept:
                return False
            self._kept[key] = value
            return True

    def get_or_make(self, key: K, make: Callable[[], V]) -> V | None:
        """The value of that key, made if there is none. Of those who ask at once one makes it, and the others wait.

        Args:
            key: Whose value.
            make: Makes it. What it raises goes to the one who makes it, and nothing is remembered then.

        Returns:
            The value; None if this one has waited for another one, which could not make it.

        Raises:
            DeadlineExceeded: It was waited for too long.
        """
        with self._lock:
            try:
                return self._kept[key]
            except KeyError:
                pass
            other = self._being_made.get(key)
            mine = self._being_made[key] = threading.Event() if other is None else other
        if other is not None:
            if not other.wait(time_left()):
                raise exceeded()
            return self.get(key)
        try:
            value = make()
            self.put(key, value)
            return value
        finally:
            with self._lock:
                self._being_made.pop(key, None)
            mine.set()

    def forget(self, key: K) -> None:
        """Remember it no longer; fine if it is not."""
        with self._lock, suppress(KeyError):  # not `pop`, which looks twice too
            del self._kept[key]

    def change(self, key: K, make: Callable[[V | None], V | None]) -> None:
        """Put in the place of a value, or of none, what is made of it; None takes it away. Nobody gets in between.

        Args:
            key: Whose value.
            make: Makes the new one. It must neither wait nor ask this memory.
        """
        with self._lock:
            try:
                found: V | None = self._kept[key]
            except KeyError:
                found = None
            made = make(found)
            if made is not None:
                self._kept[key] = made
            elif found is not None:
                with suppress(KeyError):
                    del self._kept[key]

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)


_memories: weakref.WeakSet[Memory[Any, Any]] = weakref.WeakSet()


def _after_fork() -> None:
    # A lock that another thread held at the fork is held for ever.
    for memory in list(_memories):
        memory.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
