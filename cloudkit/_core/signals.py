"""Signals that end a loop in good order. Only the main thread may listen to them."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

STOPPING = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def stopped_by_signals(stop: Callable[[], object]) -> Generator[bool]:
    """A block that SIGTERM and SIGINT stop instead of killing the process. Anywhere but on the main thread: nothing.

    The first signal calls `stop` and puts back what handled signals before, so that a second one does what it always
    did. The end of the block puts it back too. A child process made by a fork in the block does as before at once.

    Args:
        stop: Called within the signal handler: it must not wait for a lock.

    Yields:
        Whether signals are listened to.
    """
    if threading.current_thread() is not threading.main_thread():
        yield False
        return
    own = os.getpid()
    before: dict[int, Any] = {}

    def put_back() -> None:
        while before:
            number, handler = before.popitem()
            signal.signal(number, handler)

    def handle(number: int, _frame: FrameType | None) -> None:
        put_back()
        if os.getpid() == own:
            stop()
        else:
            os.kill(os.getpid(), number)

    try:
        for number in STOPPING:
            found = signal.getsignal(number)
            if found is not None:  # None: not Python's, and so it could not be put back
                before[number] = found
                signal.signal(number, handle)
        yield bool(before)
    finally:
        put_back()
