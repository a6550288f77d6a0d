"""When the queue is asked for messages, and for how many."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from cloudkit.errors import CloudError, ConnectionFailed, LimitExceeded
from cloudkit.sqs._limits import (
    FIRST_POLL_PAUSE_SECONDS,
    GATHER_SECONDS,
    IDLE_SECONDS,
    LONGEST_POLL_PAUSE_SECONDS,
    MAX_POLLS,
    MAX_RECEIVE_MESSAGES,
)


def ends_all(error: CloudError) -> bool:
    """Whether there is no use in asking again: a person has to change something first."""
    return not error.retryable and not isinstance(error, (ConnectionFailed, LimitExceeded))


class Polling:
    """The polls of a consumer: one, which waits for messages, and more only while there is plenty.

    Args:
        jitter: Spreads the pauses after failures.

    Attributes:
        empties: Polls in a row that found nothing.
    """

    def __init__(self, jitter: Callable[[float], float]) -> None:
        self._jitter = jitter
        self._under_way: dict[int, tuple[int, float]] = {}
        self._number = 0
        self._width = 1
        self._failures = 0
        # No poll before that.
        self._rest = -math.inf
        # Workers that are free wait so long for others, unless all are.
        self._gathering: float | None = None
        self._since = -math.inf
        self.empties = 0

    @property
    def wanted(self) -> int:
        """Messages that the polls under way may still bring."""
        return sum(limit for limit, _ in self._under_way.values())

    @property
    def wake(self) -> float:
        """When to look again, if there are workers that are free."""
        if len(self._under_way) >= self._width:
            return math.inf
        return max(self._rest, -math.inf if self._gathering is None else self._gathering)

    def begin(self, free: int, now: float, *, busy: bool) -> Sequence[tuple[int, int]]:
        """The polls to begin now: their numbers, and how many messages each asks for.

        Args:
            free: Messages that could be begun, beyond those that polls under way may bring.
            now: The time.
            busy: Whether some workers are, so that more may become free soon.
        """
        if free <= 0 or len(self._under_way) >= self._width or now < self._rest:
            if free <= 0:
                self._gathering = None
            return []
        if busy and free < MAX_RECEIVE_MESSAGES:
            if self._gathering is None:
                self._gathering = now + GATHER_SECONDS
            if now < self._gathering:
                return []
        self._gathering = None
        found: list[tuple[int, int]] = []
        while free > 0 and len(self._under_way) < self._width:
            self._number += 1
            limit = min(free, MAX_RECEIVE_MESSAGES)
            self._under_way[self._number] = (limit, now)
            found.append((self._number, limit))
            free -= limit
        return found

    def start_over(self, now: float) -> None:
        """There may be messages now: polls that began before say nothing about it."""
        self.empties = 0
        self._since = now

    def answered(self, number: int, count: int) -> None:
        """A poll has brought so many messages."""
        limit, begun = self._under_way.pop(number)
        self._failures = 0
        if count:
            self.empties = 0
            full = count >= limit == MAX_RECEIVE_MESSAGES
            self._width = min(self._width + 1, MAX_POLLS) if full else 1
            return
        self.empties += begun >= self._since
        self._width = 1
        # A server that does not wait, or was told not to, is not asked without a pause.
        self._rest = max(self._rest, begun + IDLE_SECONDS)

    def failed(self, number: int, now: float) -> float:
        """A poll has failed: none before a pause, which grows. How long it is."""
        self._under_way.pop(number)
        self._width = 1
        wanted = FIRST_POLL_PAUSE_SECONDS * 2 ** min(self._failures, 30)
        pause = self._jitter(min(wanted, LONGEST_POLL_PAUSE_SECONDS))
        self._failures += 1
        self._rest = max(self._rest, now + pause)
        return pause
