"""Work that waits, kept out of somebody else's event loop."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Generic, TypeVar

R = TypeVar("R")


class _Errand(Generic[R]):
    """One piece of work on another thread, which whoever waits for it may leave."""

    def __init__(self, work: Callable[[], R], late: Callable[[R], object] | None) -> None:
        self._work = work
        self._late = late
        self._turn = threading.Lock()
        self._left = False
        self._over = False
        self._result: list[R] = []
        self._failure: BaseException | None = None

    def run(self) -> None:
        """Do it, there. What it raises is kept: not all of that can pass through a future."""
        try:
            self._result.append(self._work())
        except BaseException as error:  # whoever waits gets it
            self._failure = error
        with self._turn:
            self._over = True
            left = self._left
        if left:
            self.undo()

    def leave(self) -> bool:
        """Wait for it no longer: `undo` follows once it is over. Whether it is already, so that this is the caller's."""
        with self._turn:
            self._left = True
            return self._over

    def undo(self) -> None:
        """Give what came of it to `late`."""
        if self._late is not None and self._result:
            with suppress(Exception):  # nobody is there to be told
                self._late(self._result[0])

    def result(self) -> R:
        """What came of it, once it is over."""
        failure, self._failure = self._failure, None
        if failure is None:
            return self._result[0]
        try:
            raise failure
        finally:
            del failure  # its traceback holds this frame


async def off_the_loop(work: Callable[[], R], *, late: Callable[[R], object] | None = None) -> R:
    """Do it on a thread of the loop's, with the caller's context, and wait for it without holding up the loop.

    Args:
        work: What to do. Who is cancelled meanwhile does not stop it.
        late: Called with what came of it, on such a thread too, if nobody waits for that any more.
    """
    errand = _Errand(work, late)
    context, loop = contextvars.copy_context(), asyncio.get_running_loop()
    try:
        await loop.run_in_executor(None, partial(context.run, errand.run))
    except asyncio.CancelledError:
        if errand.leave():
            loop.run_in_executor(None, partial(context.run, errand.undo))
        raise
    return errand.result()


async def in_seconds(seconds: float, waiting: Awaitable[R]) -> tuple[R] | None:
    """Wait for it that long at most, and cancel it then.

    Returns:
        What came of it, in a tuple; None if it did not come in time.
    """
    try:
        return (await asyncio.wait_for(waiting, seconds),)
    except asyncio.TimeoutError:
        return None
