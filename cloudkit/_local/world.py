"""One world an account: which one speaks to moto on this thread, one call of a service at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from typing import Any

# moto is not written for threads: one call of a service at a time. SNS is left out, since it delivers to HTTP
# servers while it is called, and such a server may well call back.
_locks: dict[str, threading.RLock] = {}
_locks_lock = threading.Lock()
_UNLOCKED = frozenset({"sns"})

_speaking = threading.local()
_everywhere: list[bool] = []


def _new_locks() -> None:
    # In a child process: one that another thread held at the fork is held for ever.
    global _locks_lock
    _locks_lock = threading.Lock()
    _locks.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_locks)


def alone() -> threading.Lock:
    """The lock of what all embedded clouds of the process share."""
    return _locks_lock


def speaking() -> str | None:
    """The account of the embedded cloud that moto answers on this thread; None outside of one."""
    found: str | None = getattr(_speaking, "account", None)
    return found


_done: set[Callable[[], None]] = set()


def once(change: Callable[[], None]) -> None:
    """Change moto, unless that was done in this process: what embedded clouds share is changed for all of them.

    Args:
        change: A function of a module. It is called alone.
    """
    if change in _done:
        return
    with alone():
        if change not in _done:
            change()
            _done.add(change)


@contextmanager
def world(account: str, service: str) -> Generator[None]:
    """A block in which moto answers for that account."""
    before = speaking()
    _speaking.account = account
    try:
        if service in _UNLOCKED:
            yield
        else:
            with alone():
                lock = _locks.setdefault(service, threading.RLock())
            with lock:
                yield
    finally:
        _speaking.account = before


def be_everywhere() -> None:
    """Complete moto for whoever asks it, as in a process that is a server; else it is within embedded clouds alone."""
    _everywhere.append(True)


def here(ours: Callable[..., Any], theirs: Callable[..., Any] | None) -> Any:
    """Ours within embedded clouds, moto's own elsewhere."""

    @wraps(ours)
    def either(*args: Any, **kwargs: Any) -> Any:
        if _everywhere or speaking() is not None:
            return ours(*args, **kwargs)
        if theirs is None:
            # As moto says it of any operation that it lacks: outside of embedded clouds it is as it was.
            raise NotImplementedError(f"The {ours.__name__} action has not been implemented")
        return theirs(*args, **kwargs)

    return either
