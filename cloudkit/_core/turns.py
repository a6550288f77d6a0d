"""Turns: what threads of this process must not do to the same thing at the same time, they do one after the other."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Generator, Hashable
from contextlib import contextmanager

from cloudkit._core.deadline import exceeded, patience


class _Turn:
    """The lock of one key, as long as somebody has it or waits for it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()


def _none() -> weakref.WeakValueDictionary[Hashable, _Turn]:
    return weakref.WeakValueDictionary()


_turns = _none()
_guard = threading.Lock()


@contextmanager
def turn(*key: Hashable) -> Generator[None]:
    """A block in which one thread is at a time, of those with the same key. It may enter it again.

    Other processes do not wait.

    Args:
        *key: What the turn is about.

    Raises:
        DeadlineExceeded: Another thread was in it for that long.
    """
    with _guard:
        found = _turns.get(key)
        if found is None:
            found = _turns[key] = _Turn()
    longest = patience()
    if not found.lock.acquire(timeout=-1 if longest is None else longest):
        raise exceeded()
    try:
        yield
    finally:
        found.lock.release()


def _after_fork() -> None:
    global _turns, _guard
    # Whoever had a turn at the fork is not in the child.
    _turns, _guard = _none(), threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
