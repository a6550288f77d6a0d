"""A crew of coroutines: an event loop on a thread of its own."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Any, Generic, TypeVar

from cloudkit._core.crew import Ended, Report

R = TypeVar("R")

# What was cancelled may tidy up for so long before the loop ends.
END_SECONDS = 1.0


class EventLoop(Generic[R]):
    """An event loop on a thread of its own: the work is a function that gives a coroutine.

    Args:
        name: What the thread is called.
    """

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._end: asyncio.Task[None] | None = None
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            asyncio.set_event_loop(None)
            self._loop.close()

    def start(self, work: Callable[[], Coroutine[Any, Any, R]], report: Report[R]) -> None:
        """Begin it as a task, in this context."""
        context = contextvars.copy_context()
        future = context.run(asyncio.run_coroutine_threadsafe, _awaited(work), self._loop)

        def ended(future: Future[Ended[R]]) -> None:
            try:
                report(future.result())
            except CancelledError as cancelled:  # before it had begun
                report(Ended(error=cancelled, cancelled=True))

        future.add_done_callback(ended)

    def cancel(self) -> bool:
        """Cancel the tasks."""
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._cancel_tasks)
        return True

    def _cancel_tasks(self) -> set[asyncio.Task[Any]]:
        tasks = {task for task in asyncio.all_tasks(self._loop) if task is not self._end}
        for task in tasks:
            task.cancel()
        return tasks

    def close(self) -> None:
        """Cancel what is left, and end the loop."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._begin_end)

    def _begin_end(self) -> None:
        if self._end is None:
            self._end = self._loop.create_task(self._finish())

    async def _finish(self) -> None:
        tasks = self._cancel_tasks()
        if tasks:
            await asyncio.wait(tasks, timeout=END_SECONDS)
        await self._loop.shutdown_asyncgens()
        self._loop.stop()


async def _awaited(work: Callable[[], Coroutine[Any, Any, R]]) -> Ended[R]:
    try:
        return Ended((await work(),))
    except asyncio.CancelledError as error:
        return Ended(error=error, cancelled=True)
    except BaseException as error:  # SystemExit too: it would end the loop, and all the others with it
        return Ended(error=error)
