"""What is remembered for a while, by all threads: small, and never more than so much of it."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

from cachetools import TTLCache

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
        self.renew_lock()
        _memories.add(self)

    def renew_lock(self) -> None:
        """Take a lock of one's own: at first, and in a child process."""
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """The value of that key; None if there is none, or no longer."""
        with self._lock:
            return self._kept.get(key)

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

    def forget(self, key: K) -> None:
        """Remember it no longer; fine if it is not."""
        with self._lock:
            self._kept.pop(key, None)

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)


_memories: weakref.WeakSet[Memory[Any, Any]] = weakref.WeakSet()


def _after_fork() -> None:
    # A lock that another thread held at the fork is held for ever.
    for memory in list(_memories):
        memory.renew_lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
