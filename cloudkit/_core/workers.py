"""Threads: the only place that starts them. Each carries the context of who started it."""

from __future__ import annotations

import contextvars
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Generic, TypeAlias, TypeVar

from typing_extensions import ParamSpec, Self

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")

Task: TypeAlias = Future[R]
"""What `Workers.submit` gives: `done()`, and `result()`, which waits and raises what the work raised."""


class Workers(Generic[R]):
    """At most `width` tasks under way: `submit` waits for a free worker, so that nothing piles up in memory.

    Leaving the `with` block waits for what is under way; leaving it by an exception drops what has not begun.

    Args:
        width: Tasks under way at once.
        name: What the threads are called.
    """

    def __init__(self, width: int, name: str = "cloudkit") -> None:
        self._pool = ThreadPoolExecutor(width, thread_name_prefix=name)
        self._free = threading.Semaphore(width)

    def submit(self, work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Task[R]:
        """Start it as soon as a worker is free, and wait until then."""
        context = contextvars.copy_context()
        self._free.acquire()
        try:
            future = self._pool.submit(lambda: context.run(work, *args, **kwargs))
        except BaseException:
            self._free.release()
            raise
        future.add_done_callback(lambda _: self._free.release())
        return future

    def close(self, *, drop: bool = False) -> None:
        """Wait for what is under way; with `drop`, without beginning what has not begun."""
        self._pool.shutdown(wait=True, cancel_futures=drop)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(drop=kind is not None)


def in_parallel(
    work: Callable[[T], R], items: Iterable[T], *, width: int, name: str = "cloudkit"
) -> Iterator[tuple[T, R]]:
    """`(item, work(item))` for each item, in their order, several at once.

    Items are read on the caller's thread, and no more than twice the width ahead of what was given out. The first
    exception of `work` ends it; closing the iterator does too.

    Args:
        work: What to do with an item.
        items: Any iterable, endless ones too.
        width: How many at once. 1 starts no thread.
        name: What the threads are called.
    """
    if width <= 1:
        for item in items:
            yield item, work(item)
        return
    with ThreadPoolExecutor(width, thread_name_prefix=name) as pool:
        under_way: deque[tuple[T, Future[R]]] = deque()
        try:
            for item in items:
                under_way.append((item, pool.submit(contextvars.copy_context().run, work, item)))
                while len(under_way) >= 2 * width or (under_way and under_way[0][1].done()):
                    first, future = under_way.popleft()
                    yield first, future.result()
            while under_way:
                first, future = under_way.popleft()
                yield first, future.result()
        except BaseException:
            for _, future in under_way:
                future.cancel()
            raise


class Race(Generic[T, R]):
    """Tasks under way, each for an item, whose results are taken as they come.

    Leaving the `with` block drops what has not begun, and waits for the rest.

    Args:
        width: Tasks under way at once.
        name: What the threads are called.
    """

    def __init__(self, width: int, name: str = "cloudkit") -> None:
        self._pool = ThreadPoolExecutor(width, thread_name_prefix=name)
        self._under_way: dict[Future[R], T] = {}

    def __len__(self) -> int:
        """Tasks whose results were not taken yet."""
        return len(self._under_way)

    def start(self, item: T, work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> None:
        """Begin `work(...)`, whose result will come with the item."""
        context = contextvars.copy_context()
        self._under_way[self._pool.submit(lambda: context.run(work, *args, **kwargs))] = item

    def results(self) -> list[tuple[T, R]]:
        """What has come: waits until there is something. An exception of a task is raised here."""
        done = wait(self._under_way, return_when=FIRST_COMPLETED).done
        return [(self._under_way.pop(future), future.result()) for future in done]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


class Background:
    """Calls `work` every `seconds`, on a thread that does not keep the process alive, until `stop()`.

    What `work` raises ends it, and is kept as `error`.

    Args:
        work: What to do.
        seconds: The pause before each time.
        name: What the thread is called.
    """

    def __init__(self, work: Callable[[], object], seconds: float, name: str = "cloudkit-background") -> None:
        self.error: BaseException | None = None
        self._work = work
        self._seconds = seconds
        self._over = threading.Event()
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._run,), name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(self._seconds):
            try:
                self._work()
            except BaseException as error:  # whoever stops it looks
                self.error = error
                return

    def stop(self) -> None:
        """End it, and wait for a call that is under way."""
        self._over.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()
