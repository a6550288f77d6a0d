"""What is sent ten at a time: kept for a moment, so that there are ten, and sent again if that may help."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from attrs import define

from cloudkit.sqs._limits import (
    ACK_SECONDS,
    FIRST_SEND_PAUSE_SECONDS,
    LONGEST_SEND_PAUSE_SECONDS,
    MAX_BATCH_ENTRIES,
)

T = TypeVar("T")


@define(eq=False)
class _Entry(Generic[T]):
    item: T
    due: float
    # Not before that; then at once.
    again: float = -math.inf


class Outbox(Generic[T]):
    """Items that wait to be sent.

    Args:
        jitter: Spreads the pauses.
        free: Whether an item may be sent now.
    """

    def __init__(self, jitter: Callable[[float], float], free: Callable[[T], bool]) -> None:
        self._jitter = jitter
        self._free = free
        self._waiting: list[_Entry[T]] = []
        self._failures: dict[T, int] = {}
        self._under_way = 0

    def __len__(self) -> int:
        """Those that wait, and those that are under way."""
        return len(self._waiting) + self._under_way

    @property
    def wake(self) -> float:
        """When something is to be sent."""
        return min((each.due for each in self._waiting if self._free(each.item)), default=math.inf)

    def add(self, item: T, now: float, *, by: float = math.inf) -> None:
        """One more, to be sent within a moment, and not later than `by`."""
        self._waiting.append(_Entry(item, min(now + ACK_SECONDS, by)))

    def take(self, now: float, *, at_once: bool = False) -> Sequence[Sequence[T]]:
        """What is to be sent now, a list a request: full ones, and what has waited for long enough."""
        able = [each for each in self._waiting if each.again <= now and self._free(each.item)]
        if not at_once and all(each.due > now for each in able):
            del able[len(able) - len(able) % MAX_BATCH_ENTRIES :]
        if not able:
            return []
        taken = set(map(id, able))
        self._waiting = [each for each in self._waiting if id(each) not in taken]
        self._under_way += len(able)
        return [
            [each.item for each in able[at : at + MAX_BATCH_ENTRIES]]
            for at in range(0, len(able), MAX_BATCH_ENTRIES)
        ]

    def done(self, item: T) -> None:
        """One that was sent has got through, or never will."""
        self._under_way -= 1
        self._failures.pop(item, None)

    def again(self, item: T, now: float) -> None:
        """One that was sent has not got through, and may yet."""
        self._under_way -= 1
        failures = self._failures[item] = self._failures.get(item, 0) + 1
        pause = min(FIRST_SEND_PAUSE_SECONDS * 2 ** min(failures - 1, 30), LONGEST_SEND_PAUSE_SECONDS)
        at = now + self._jitter(pause)
        self._waiting.append(_Entry(item, at, at))

    def drop(self, item: T) -> None:
        """Take out one that waits."""
        self._waiting = [each for each in self._waiting if each.item is not item]
        self._failures.pop(item, None)

    def reset(self) -> None:
        """Forget all."""
        self._waiting.clear()
        self._failures.clear()
        self._under_way = 0
