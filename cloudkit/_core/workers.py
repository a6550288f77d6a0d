"""Threads: those that do many things at once. Each carries the context of who started it."""

from __future__ import annotations

import contextvars
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ThreadPoolExecutor,
    TimeoutError as NotDone,
    wait,
)
from types import TracebackType
from typing import Generic, TypeVar

from typing_extensions import ParamSpec, Self

from cloudkit._core.deadline import exceeded, in_force, patience
from cloudkit.errors import DeadlineExceeded

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")


class Task(Generic[R]):
    """Work that a worker does, or will do."""

    def __init__(self, future: Future[R]) -> None:
        self._future = future

    def done(self) -> bool:
        """Whether it is over."""
        return self._future.done()

    def result(self) -> R:
        """What came of it; waits for that, as long as the deadline lets it. An exception of it is raised here."""
        return _result(self._future)


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
        self._under_way: set[Future[R]] = set()

    def submit(self, work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Task[R]:
        """Start it as soon as a worker is free, and wait until then."""
        context = contextvars.copy_context()
        if not self._free.acquire(timeout=patience()):
            raise exceeded()
        try:
            future = self._pool.submit(lambda: context.run(work, *args, **kwargs))
        except BaseException:
            self._free.release()
            raise
        self._under_way.add(future)
        future.add_done_callback(self._over)
        return Task(future)

    def _over(self, future: Future[R]) -> None:
        self._under_way.discard(future)
        self._free.release()

    def close(self, *, drop: bool = False) -> None:
        """Wait for what is under way; with `drop`, without beginning what has not begun.

        What was begun outside of a deadline is waited for no longer than that lets it.
        """
        _shut(self._pool, list(self._under_way), drop=drop)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(drop=kind is not None)


def in_parallel(
    work: Callable[[T], R],
    items: Iterable[T],
    *,
    width: int,
    name: str = "cloudkit",
    late: Callable[[T, DeadlineExceeded], R] | None = None,
    drop: bool = True,
) -> Iterator[tuple[T, R]]:
    """`(item, work(item))` for each item, in their order, several at once.

    Items are read on the caller's thread, and no more than twice the width ahead of what was given out. The first
    exception of `work` ends it; closing the iterator does too.

    Args:
        work: What to do with an item.
        items: Any iterable, endless ones too.
        width: How many at once. 1 starts no thread.
        name: What the threads are called.
        late: What stands for the result of an item whose work has not ended although the deadline is over, so that
            those of the others are not lost. None: `DeadlineExceeded` is raised then.
        drop: Whether items that were read, and not begun when it ends early, are left undone.
    """
    if width <= 1:
        for item in items:
            yield item, work(item)
        return
    pool = ThreadPoolExecutor(width, thread_name_prefix=name)
    under_way: deque[tuple[T, Future[R]]] = deque()
    try:
        for item in items:
            under_way.append((item, pool.submit(contextvars.copy_context().run, work, item)))
            while len(under_way) >= 2 * width or (under_way and under_way[0][1].done()):
                first, future = under_way.popleft()
                yield first, _result_or(late, first, future)
        while under_way:
            first, future = under_way.popleft()
            yield first, _result_or(late, first, future)
    finally:
        _shut(pool, [future for _, future in under_way], drop=drop)


def until(over: Sequence[object], items: Iterable[T]) -> Iterator[T]:
    """The items, as long as `over` is empty: what does them puts in there what ends it for all others too."""
    for each in items:
        if over:
            return
        yield each


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
        done = wait(self._under_way, patience(), return_when=FIRST_COMPLETED).done
        if not done and self._under_way:
            raise exceeded()
        return [(self._under_way.pop(future), future.result()) for future in done]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _shut(self._pool, list(self._under_way), drop=True)


def _result(future: Future[R]) -> R:
    try:
        return future.result(patience())
    except NotDone:
        if future.done():
            return future.result()
        raise exceeded() from None


def _result_or(late: Callable[[T, DeadlineExceeded], R] | None, item: T, future: Future[R]) -> R:
    if late is None:
        return _result(future)
    try:
        return future.result(patience())
    except NotDone:
        if future.done():
            return future.result()
        future.cancel()
        return late(item, exceeded())


def _shut(pool: ThreadPoolExecutor, under_way: Iterable[Future[R]], *, drop: bool) -> None:
    """End it: what is under way is waited for, as long as the deadline lets it."""
    longest = patience()
    if longest is None:
        pool.shutdown(wait=True, cancel_futures=drop)
        return
    pool.shutdown(wait=False, cancel_futures=drop)
    wait([future for future in under_way if not future.cancelled()], longest)


class Background:
    """Calls `work` every `seconds`, on a thread that does not keep the process alive, until `stop()`.

    What `work` raises ends it, and is kept as `error`. No deadline holds for it: what it keeps alive is needed until
    the end of the block, however late that comes.

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
        context.run(in_force.set, None)
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
        """End it, and wait for a call that is under way, as long as the deadline lets it."""
        self._over.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(patience())
