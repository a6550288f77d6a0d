"""How far a transfer is: bytes of several threads as one growing number."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from cloudkit.types import Clock, Progress, ProgressHook

# Without rich, a line at most this often.
LINE_SECONDS = 1.0
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


class Meter:
    """Counts bytes and tells the hook. What is sent a second time counts once, so that it never shrinks.

    Args:
        hook: Called with a `Progress`, by one thread at a time; None tells nobody.
        total: Bytes in all, if that is known.
        clock: Where time comes from.
    """

    def __init__(self, hook: ProgressHook | None, total: int | None, clock: Clock) -> None:
        self.total = total
        self._hook = hook
        self._clock = clock
        self._began = clock.now()
        self._moved = 0
        self._shown = -1
        self._lock = threading.Lock()

    def __call__(self, count: int) -> None:
        """Count these bytes; a negative number takes some back that must be sent again."""
        if self._hook is None:
            return
        with self._lock:
            self._moved += count
            if self._moved > self._shown:
                self._shown = self._moved
                self._hook(self._progress())

    def _progress(self) -> Progress:
        elapsed = self._clock.now() - self._began
        rate = self._shown / elapsed if elapsed > 0 else None
        left = None if self.total is None else max(0, self.total - self._shown)
        eta = left / rate if rate and left is not None else None
        return Progress(self._shown, self.total, rate, eta)


@contextmanager
def metered(
    hook: ProgressHook | bool | None, total: int | None, clock: Clock, title: str
) -> Generator[Meter]:
    """A meter for the block: `True` shows a bar if rich is installed, and lines if it is not.

    Args:
        hook: What the caller gave as `progress=`.
        total: Bytes in all, if that is known.
        clock: Where time comes from.
        title: What is moved, for people.
    """
    if not isinstance(hook, bool):
        yield Meter(hook, total, clock)
    elif not hook:
        yield Meter(None, total, clock)
    else:
        with _shown(title, total, clock) as show:
            yield Meter(show, total, clock)


@contextmanager
def _shown(title: str, total: int | None, clock: Clock) -> Generator[Callable[[Progress], None]]:
    try:
        from rich import progress as rich
    except ImportError:
        yield _Lines(title, clock)
        return
    columns: list[Any] = [
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.DownloadColumn(binary_units=True),
        rich.TransferSpeedColumn(),
        rich.TimeRemainingColumn(),
    ]
    with rich.Progress(*columns) as bar:
        task = bar.add_task(title, total=total)
        yield lambda now: bar.update(task, completed=now.done, total=now.total)


class _Lines:
    """A line on stderr now and then, where there is no rich."""

    def __init__(self, title: str, clock: Clock) -> None:
        self._title = title
        self._clock = clock
        self._last: float | None = None

    def __call__(self, now: Progress) -> None:
        at = self._clock.now()
        done = now.total is not None and now.done >= now.total
        if self._last is not None and at - self._last < LINE_SECONDS and not done:
            return
        self._last = at
        share = "" if now.fraction is None else f" ({now.fraction:.0%})"
        whole = "" if now.total is None else f" of {_bytes(now.total)}"
        print(f"{self._title}: {_bytes(now.done)}{whole}{share}", file=sys.stderr, flush=True)


def _bytes(count: float) -> str:
    power = 0
    while count >= 1024 and power < len(_UNITS) - 1:
        count, power = count / 1024, power + 1
    return f"{count:.1f} {_UNITS[power]}" if power else f"{count:.0f} {_UNITS[0]}"
