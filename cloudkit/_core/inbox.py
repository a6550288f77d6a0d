"""What threads and signals tell one thread that decides: so its state needs no locks."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from typing import Generic, TypeVar

from cloudkit.types import Clock

T = TypeVar("T")


class Inbox(Generic[T]):
    """Things that anybody puts in, and one thread takes out."""

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[T] = queue.SimpleQueue()
        self._turn = threading.Lock()
        self._closed = False

    def put(self, item: T) -> None:
        """Put it in; after the closing nobody sees it. Signal handlers may: it takes no lock."""
        self._items.put(item)

    def offer(self, item: T) -> bool:
        """Put it in, unless it is closed: then somebody else has to see to it."""
        with self._turn:
            if not self._closed:
                self._items.put(item)
            return not self._closed

    def take(self, clock: Clock, until: float) -> T | None:
        """The next one; None if there is none by that time of the clock.

        The wait is real. A clock that does not move by itself is moved on by as much, so that what is due comes due.
        """
        with suppress(queue.Empty):
            return self._items.get_nowait()
        wanted = until - clock.now()
        if wanted <= 0:
            return None
        with suppress(queue.Empty):
            return self._items.get(timeout=min(wanted, threading.TIMEOUT_MAX))
        late = until - clock.now()
        if late > 0:
            clock.sleep(late)
        return None

    def close(self) -> list[T]:
        """Take no more, and give what is left."""
        with self._turn:
            self._closed = True
        left: list[T] = []
        with suppress(queue.Empty):
            while True:
                left.append(self._items.get_nowait())
        return left
